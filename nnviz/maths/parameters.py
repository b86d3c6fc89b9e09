"""The weights of a network as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.spec import NetworkSpec

FloatArray = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class LayerParameters:
    """Kernel and bias of one dense layer (or values of the same shapes: gradients, updates).

    Attributes:
        kernel: (inputs, units), floating point.
        bias: (units,), floating point.
    """

    kernel: FloatArray
    bias: FloatArray


Parameters = tuple[LayerParameters, ...]


def glorot_uniform(spec: NetworkSpec, seed: int) -> Parameters:
    """Draw first weights uniformly from ±√(6 / (inputs + units)), biases 0 (Glorot and Bengio, 2010).

    The draw is NumPy's, so that the same seed gives the same weights with and without Keras.
    """
    generator = np.random.default_rng(seed)
    made = []
    for n_in, n_out in zip(spec.sizes, spec.sizes[1:], strict=False):
        limit = np.sqrt(6.0 / (n_in + n_out))
        kernel = generator.uniform(-limit, limit, (n_in, n_out)).astype(np.float32)
        made.append(LayerParameters(kernel, np.zeros(n_out, np.float32)))
    return tuple(made)


def check_shapes(spec: NetworkSpec, parameters: Parameters) -> None:
    """Check that parameters fit a network.

    Raises:
        SpecError: the number of layers or a shape is another.
    """
    if len(parameters) != len(spec.layers):
        raise SpecError(f"{spec.title} needs {len(spec.layers)} layers of weights, got {len(parameters)}")
    for number, (n_in, n_out, layer) in enumerate(
        zip(spec.sizes, spec.sizes[1:], parameters, strict=False), start=1
    ):
        if layer.kernel.shape != (n_in, n_out) or layer.bias.shape != (n_out,):
            raise SpecError(
                f"layer {number} of {spec.title} needs a kernel ({n_in}, {n_out}) and a bias ({n_out},), "
                f"got {layer.kernel.shape} and {layer.bias.shape}"
            )


def subtract(after: Parameters, before: Parameters) -> Parameters:
    """Return after − before, layer by layer: the update ΔW, Δb."""
    return tuple(
        LayerParameters(new.kernel - old.kernel, new.bias - old.bias)
        for new, old in zip(after, before, strict=True)
    )


def add(parameters: Parameters, update: Parameters) -> Parameters:
    """Return parameters + update, layer by layer: W + ΔW, b + Δb."""
    return tuple(
        LayerParameters(old.kernel + move.kernel, old.bias + move.bias)
        for old, move in zip(parameters, update, strict=True)
    )
