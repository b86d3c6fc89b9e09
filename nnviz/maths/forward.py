"""The forward pass, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnviz.maths.activations import activate
from nnviz.maths.parameters import NORMALISATION_EPSILON, FloatArray, Normalisation, Parameters


@dataclass(frozen=True, slots=True, eq=False)
class ForwardPass:
    """Everything a forward pass computes.

    Attributes:
        inputs: x, (batch, input size).
        pre_activations: z = x·W + b of each layer, (batch, units).
        activations: a = φ(n) of each layer, (batch, units), after dropout where the pass has any; the last is the
            output.
        normalised: n = γ·(z − mean)/√(variance + ε) + β of each layer with batch normalisation, (batch, units);
            None for a layer without, where n = z. Left out, it is None for every layer.
        factors: what dropout multiplied φ(n) of each layer with, (units,) or (batch, units): 0 for a unit that is
            off, 1/(1 − rate) for the others, so that the expected sum stays (inverted dropout, as Keras); None for a
            layer without dropout. Left out, nothing is dropped.
        silenced: units, (dense layer from 1, unit), whose activation was held at 0 whatever φ said.
    """

    inputs: FloatArray
    pre_activations: tuple[FloatArray, ...]
    activations: tuple[FloatArray, ...]
    normalised: tuple[FloatArray | None, ...] = ()
    factors: tuple[FloatArray | None, ...] = ()
    silenced: frozenset[tuple[int, int]] = frozenset()

    def __post_init__(self) -> None:
        if not self.normalised:
            object.__setattr__(self, "normalised", (None,) * len(self.pre_activations))
        if not self.factors:
            object.__setattr__(self, "factors", (None,) * len(self.pre_activations))

    @property
    def output(self) -> FloatArray:
        """Activations of the last layer: for a softmax output, the probabilities, (batch, classes)."""
        return self.activations[-1]

    def layer_input(self, layer: int) -> FloatArray:
        """Return what enters layer ``layer`` (0 the first dense layer)."""
        return self.inputs if layer == 0 else self.activations[layer - 1]

    def phi_input(self, layer: int) -> FloatArray:
        """Return what enters φ of layer ``layer``: n with batch normalisation, else z; (batch, units)."""
        n = self.normalised[layer]
        return self.pre_activations[layer] if n is None else n


def forward(
    parameters: Parameters, activations: tuple[str, ...], x: FloatArray,
    factors: tuple[FloatArray | None, ...] | None = None, silenced: frozenset[tuple[int, int]] = frozenset(),
) -> ForwardPass:
    """Run a forward pass as for a prediction: moving mean and variance, no dropout unless its factors are given.

    Args:
        parameters: the weights of each layer.
        activations: the name of φ of each layer.
        x: samples, (batch, input size); its precision is the precision of the pass.
        factors: of dropout, see ``ForwardPass``.
        silenced: units, (dense layer from 1, unit), whose activation is held at 0.
    """
    pre_activations, normalised, outputs = [], [], []
    a = x
    dropout = factors or (None,) * len(parameters)
    for number, (layer, name, factor) in enumerate(zip(parameters, activations, dropout, strict=True), start=1):
        z = np.asarray(a @ layer.kernel + layer.bias, dtype=x.dtype)
        n = None if layer.norm is None else normalise(layer.norm, z)
        a = activate(name, z if n is None else n, layer.slope)
        if factor is not None:
            a = np.asarray(a * factor, dtype=x.dtype)
        off = silenced_units(silenced, number)
        if off:
            a = a.copy()  # of a linear layer it is z itself
            a[:, off] = 0
        pre_activations.append(z)
        normalised.append(n)
        outputs.append(a)
    return ForwardPass(x, tuple(pre_activations), tuple(outputs), tuple(normalised), factors=dropout, silenced=silenced)


def silenced_units(silenced: frozenset[tuple[int, int]], number: int) -> list[int]:
    """Return the silenced units of dense layer ``number`` (1 the first), in order."""
    return sorted(unit for layer, unit in silenced if layer == number)


def normalise(norm: Normalisation, z: FloatArray) -> FloatArray:
    """Return γ·(z − mean)/√(variance + ε) + β with the moving mean and variance, (batch, units)."""
    return np.asarray(norm.gamma * standardise(norm, z) + norm.beta, dtype=z.dtype)


def standardise(norm: Normalisation, z: FloatArray) -> FloatArray:
    """Return (z − mean)/√(variance + ε), (batch, units): what γ multiplies."""
    return np.asarray((z - norm.mean) / deviation(norm), dtype=z.dtype)


def deviation(norm: Normalisation) -> FloatArray:
    """Return √(variance + ε) of each unit, (units,)."""
    return np.asarray(np.sqrt(norm.variance + NORMALISATION_EPSILON), dtype=norm.variance.dtype)
