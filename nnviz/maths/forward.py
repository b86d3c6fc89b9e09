"""The forward pass, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnviz.maths.activations import FUNCTIONS
from nnviz.maths.parameters import FloatArray, Parameters


@dataclass(frozen=True, slots=True, eq=False)
class ForwardPass:
    """Everything a forward pass computes.

    Attributes:
        inputs: x, (batch, input size).
        pre_activations: z = x·W + b of each layer, (batch, units).
        activations: a = φ(z) of each layer, (batch, units); the last is the output.
    """

    inputs: FloatArray
    pre_activations: tuple[FloatArray, ...]
    activations: tuple[FloatArray, ...]

    @property
    def output(self) -> FloatArray:
        """Activations of the last layer: for a softmax output, the probabilities, (batch, classes)."""
        return self.activations[-1]

    def layer_input(self, layer: int) -> FloatArray:
        """Return what enters layer ``layer`` (0 the first dense layer)."""
        return self.inputs if layer == 0 else self.activations[layer - 1]


def forward(parameters: Parameters, activations: tuple[str, ...], x: FloatArray) -> ForwardPass:
    """Run a forward pass.

    Args:
        parameters: kernel and bias of each layer.
        activations: the name of φ of each layer.
        x: samples, (batch, input size); its precision is the precision of the pass.
    """
    pre_activations, outputs = [], []
    a = x
    for layer, name in zip(parameters, activations, strict=True):
        z = np.asarray(a @ layer.kernel + layer.bias, dtype=x.dtype)
        a = FUNCTIONS[name](z)
        pre_activations.append(z)
        outputs.append(a)
    return ForwardPass(x, tuple(pre_activations), tuple(outputs))
