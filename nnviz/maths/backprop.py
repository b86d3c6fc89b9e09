"""Backpropagation written out: the chain rule from the loss back to every weight.

Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323 (1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.activations import backward_through
from nnviz.maths.forward import ForwardPass
from nnviz.maths.losses import cross_entropy_from_logits, cross_entropy_gradient
from nnviz.maths.parameters import FloatArray, LayerParameters, Parameters


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """The gradient of the loss L (mean over the batch) with respect to everything in the network.

    Attributes:
        loss: L.
        pre_activations: dL/dz of each layer, (batch, units).
        activations: dL/da of each layer, (batch, units). Of a softmax output behind a cross-entropy it is not
            needed to go back (dL/dz is had directly) and is NaN where a probability is 0.
        parameters: dL/dW and dL/db of each layer.
        inputs: dL/dx, (batch, input size).
    """

    loss: float
    pre_activations: tuple[FloatArray, ...]
    activations: tuple[FloatArray, ...]
    parameters: Parameters
    inputs: FloatArray


def backward(
    parameters: Parameters, activations: tuple[str, ...], passed: ForwardPass, label: NDArray[np.integer]
) -> Gradients:
    """Go back through a forward pass whose output is softmax and whose loss is cross-entropy.

    Args:
        parameters: the weights the pass was made with.
        activations: the name of φ of each layer; the last must be softmax.
        passed: the forward pass.
        label: right classes, (batch,).

    Raises:
        ValueError: the output layer is not softmax.
    """
    if activations[-1] != "softmax":
        raise ValueError(f"the output layer must be softmax, got {activations[-1]}")
    batch = len(label)
    output = passed.output
    loss = float(cross_entropy_from_logits(passed.pre_activations[-1], label).mean())
    # dL/da of the output: −1/p at the right class, 0 elsewhere.
    da = np.zeros_like(output)
    rows = np.arange(batch)
    with np.errstate(divide="ignore"):
        da[rows, label] = -1 / output[rows, label] / batch
    # dL/dz of the output directly: softmax and cross-entropy together give p − one-hot.
    dz = cross_entropy_gradient(output, label)
    all_dz, all_da, all_parameters = [dz], [da], []
    for k in reversed(range(len(parameters))):
        x = passed.layer_input(k)
        all_parameters.append(LayerParameters(x.T @ dz, dz.sum(axis=0)))  # dL/dW = xᵀ·dL/dz, dL/db = Σ dL/dz
        da = dz @ parameters[k].kernel.T  # dL/da of the layer before, or dL/dx
        if k > 0:
            z, a = passed.pre_activations[k - 1], passed.activations[k - 1]
            dz = backward_through(activations[k - 1], z, a, da)
            all_dz.append(dz)
            all_da.append(da)
    return Gradients(
        loss, tuple(reversed(all_dz)), tuple(reversed(all_da)), tuple(reversed(all_parameters)), da
    )


def root_mean_square(parameters: Parameters) -> tuple[FloatArray, FloatArray]:
    """Return √mean(g²) of each layer's kernel and of each layer's bias, two arrays (layers,).

    Per weight, so that a layer with many weights does not look strong for its size.
    """
    kernels = np.array([np.sqrt(np.mean(np.square(layer.kernel))) for layer in parameters])
    biases = np.array([np.sqrt(np.mean(np.square(layer.bias))) for layer in parameters])
    return kernels, biases
