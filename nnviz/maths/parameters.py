"""The weights of a network as plain arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.spec import NetworkSpec

FloatArray = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Normalisation:
    """Batch normalisation of one layer: z becomes γ·(z − mean)/√(variance + ε) + β, each unit by itself.

    Source: Ioffe and Szegedy, "Batch Normalization", 2015; ε as in Keras, see ``NORMALISATION_EPSILON``.

    Attributes:
        gamma: γ, (units,), learnt.
        beta: β, (units,), learnt.
        mean: moving mean of z over past batches, (units,); in a gradient or an update its change or 0.
        variance: moving variance of z, as ``mean``.
    """

    gamma: FloatArray
    beta: FloatArray
    mean: FloatArray
    variance: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class LayerParameters:
    """What one dense layer has learnt (or values of the same shapes: gradients, updates).

    Attributes:
        kernel: (inputs, units), floating point.
        bias: (units,), floating point; 0 in a layer without bias.
        slope: α of PReLU, (units,); None for other activations.
        norm: batch normalisation before φ; None where the layer has none.
    """

    kernel: FloatArray
    bias: FloatArray
    slope: FloatArray | None = None
    norm: Normalisation | None = None

    @property
    def arrays(self) -> tuple[FloatArray, ...]:
        """All arrays in the order kernel, bias, slope, gamma, beta, mean, variance, without those it has not."""
        norm = self.norm
        rest = () if norm is None else (norm.gamma, norm.beta, norm.mean, norm.variance)
        return (self.kernel, self.bias, *(() if self.slope is None else (self.slope,)), *rest)

    def mapped(self, function: Callable[..., FloatArray], *others: LayerParameters) -> LayerParameters:
        """Return ``function(array of this, arrays of the others…)`` for each array; all have the same ones."""
        made = iter([function(*each) for each in zip(self.arrays, *(o.arrays for o in others), strict=True)])
        kernel, bias = next(made), next(made)
        slope = None if self.slope is None else next(made)
        norm = None if self.norm is None else Normalisation(next(made), next(made), next(made), next(made))
        return LayerParameters(kernel, bias, slope, norm)


Parameters = tuple[LayerParameters, ...]

#: What Keras adds to the variance under the root; keeps a unit that never varies finite.
NORMALISATION_EPSILON = 1e-3
#: The share of the moving mean and variance that a batch leaves as it is.
NORMALISATION_MOMENTUM = 0.99
#: First slope of PReLU below 0. Keras starts it at 0 (then PReLU starts as ReLU); He et al., 2015, at 0.25.
FIRST_SLOPE = 0.0

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
    """Draw first weights as each layer's ``kernel_initializer`` says, biases 0, slopes of PReLU
    ``FIRST_SLOPE``, and a batch normalisation that leaves z as it is but for ε.

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
        kernel = _draw(generator, layer.kernel_initializer, n_in, n_out).astype(np.float32)
        zeros, ones = np.zeros(n_out, np.float32), np.ones(n_out, np.float32)
        slope = np.full(n_out, FIRST_SLOPE, np.float32) if layer.activation == "prelu" else None
        norm = Normalisation(ones, zeros, zeros, ones) if layer.batch_norm else None
        made.append(LayerParameters(kernel, zeros, slope, norm))
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
        wanted = spec.layers[number - 1]
        has = layer.slope is not None, layer.norm is not None
        if has != (wanted.activation == "prelu", wanted.batch_norm):
            raise SpecError(
                f"layer {number} of {spec.title} needs {'a' if not has[0] else 'no'} slope of PReLU"
                if has[0] != (wanted.activation == "prelu")
                else f"layer {number} of {spec.title} needs {'a' if not has[1] else 'no'} batch normalisation"
            )
        if any(array.shape != (n_out,) for array in layer.arrays[1:]):
            raise SpecError(f"layer {number} of {spec.title} needs ({n_out},) values of slope and normalisation")


def subtract(after: Parameters, before: Parameters) -> Parameters:
    """Return after − before, layer by layer: the update ΔW, Δb."""
    return tuple(new.mapped(np.subtract, old) for new, old in zip(after, before, strict=True))


def add(parameters: Parameters, update: Parameters) -> Parameters:
    """Return parameters + update, layer by layer: W + ΔW, b + Δb."""
    return tuple(old.mapped(np.add, move) for old, move in zip(parameters, update, strict=True))
