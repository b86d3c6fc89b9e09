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

#: Keras' default spread of random_uniform (half its width) and random_normal (its standard deviation).
_PLAIN_SPREAD = 0.05
#: Standard deviation of a standard normal distribution that is cut off at −2 and 2.
_CUT_SPREAD = 0.8796256610342398


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


def initial_parameters(spec: NetworkSpec, seed: int) -> Parameters:
    """Draw first weights as each layer's ``kernel_initializer`` says, biases 0.

    With Glorot's uniform initializer in every layer they are those of ``glorot_uniform``, bit by bit. The draw is
    NumPy's; the distributions are those Keras has under the same names. Of the weights into a layer with n_in
    inputs and n_out units the variance is

    - ``glorot_…``: 2 / (n_in + n_out) (Glorot and Bengio, 2010), meant for tanh and sigmoid,
    - ``he_…``: 2 / n_in (He et al., 2015), meant for ReLU,
    - ``lecun_…``: 1 / n_in (LeCun et al., 1998), needed by SELU,
    - ``random_uniform``: even in ±0.05, ``random_normal``: standard deviation 0.05, whatever the layer's size,
    - ``zeros``: 0. All units of a layer then stay alike, because all get the same gradient.

    ``…_uniform`` is even in ±√(3·variance). ``…_normal``, but for ``random_normal``, has no values beyond two
    standard deviations of the normal distribution that is cut off there; what is left has the variance named.
    """
    generator = np.random.default_rng(seed)
    made = []
    for n_in, n_out, layer in zip(spec.sizes, spec.sizes[1:], spec.layers, strict=False):
        kernel = _draw(generator, layer.kernel_initializer, n_in, n_out)
        made.append(LayerParameters(kernel.astype(np.float32), np.zeros(n_out, np.float32)))
    return tuple(made)


def _draw(generator: np.random.Generator, name: str, n_in: int, n_out: int) -> FloatArray:
    shape = (n_in, n_out)
    if name == "zeros":
        return np.zeros(shape)
    if name == "random_uniform":
        return generator.uniform(-_PLAIN_SPREAD, _PLAIN_SPREAD, shape)
    if name == "random_normal":
        return generator.normal(0, _PLAIN_SPREAD, shape)
    family, kind = name.split("_")
    gain, fan = {"glorot": (2.0, n_in + n_out), "he": (2.0, n_in), "lecun": (1.0, n_in)}[family]
    if kind == "uniform":
        limit = np.sqrt(3 * gain / fan)
        return generator.uniform(-limit, limit, shape)
    values = generator.standard_normal(n_in * n_out)
    while len(far := np.flatnonzero(np.abs(values) > 2)):
        values[far] = generator.standard_normal(len(far))
    return np.asarray(values.reshape(shape) * (np.sqrt(gain / fan) / _CUT_SPREAD))


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
