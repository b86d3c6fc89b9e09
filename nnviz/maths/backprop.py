"""Backpropagation written out: the chain rule from the loss back to every weight.

Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323 (1986).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.activations import activate, backward_through, slope_gradient
from nnviz.maths.forward import ForwardPass, deviation, silenced_units, standardise
from nnviz.maths.losses import losses, output_gradient
from nnviz.maths.parameters import FloatArray, LayerParameters, Normalisation, Parameters


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """The gradient of the loss L (mean over the batch) with respect to everything in the network.

    Penalties on the weights (L1, L2) are no part of it: they belong to no sample.

    Attributes:
        loss: L.
        pre_activations: dL/dz of each layer, z = x·W + b, (batch, units).
        activations: dL/da of each layer, (batch, units), a after dropout. Of a softmax output behind a
            cross-entropy, or a sigmoid one behind a binary cross-entropy, it is not needed to go back (dL/dz
            is had directly) and is infinite where the probability of what is right is 0.
        parameters: dL/d… of each layer's kernel, bias, slope, γ and β; 0 for a moving mean and variance, which
            no gradient changes.
        inputs: dL/dx, (batch, input size).
    """

    loss: float
    pre_activations: tuple[FloatArray, ...]
    activations: tuple[FloatArray, ...]
    parameters: Parameters
    inputs: FloatArray


def backward(
    parameters: Parameters,
    activations: tuple[str, ...],
    passed: ForwardPass,
    target: NDArray[Any],
    loss: str = "sparse_categorical_crossentropy",
    use_bias: tuple[bool, ...] | None = None,
) -> Gradients:
    """Go back through a forward pass, as it was made: moving mean and variance are constants, and so is dropout.

    Nothing goes back through a silenced unit: what holds its activation is a constant, so its dL/dz is 0.

    Args:
        parameters: the weights the pass was made with.
        activations: the name of φ of each layer.
        passed: the forward pass.
        target: what is right, see ``losses.losses``: classes, (batch,), or what each output should say,
            (batch, outputs).
        loss: one of ``nnviz.spec.LOSSES``.
        use_bias: whether each layer has a bias, all by default; of a layer without, dL/db is 0.

    Raises:
        ValueError: the target does not fit the loss or the output.
    """
    last = len(parameters) - 1
    entered, output = passed.phi_input(last), passed.output
    value = float(losses(loss, activations[last], entered, output, target).mean())
    da, dn = output_gradient(loss, activations[last], entered, output, target, parameters[last].slope)
    all_dz, all_da, all_parameters = [], [], []
    for k in reversed(range(len(parameters))):
        layer, z, x = parameters[k], passed.pre_activations[k], passed.layer_input(k)
        factor, of_phi, phi = passed.factors[k], da, passed.activations[k]
        if factor is not None:  # a = factor·φ(n)
            of_phi = np.asarray(da * factor, da.dtype)
            phi = activate(activations[k], passed.phi_input(k), layer.slope)
        off = silenced_units(passed.silenced, k + 1)
        if off:
            of_phi = of_phi.copy()
            of_phi[:, off] = 0
        if k < last:
            dn = backward_through(activations[k], passed.phi_input(k), phi, of_phi, layer.slope)
        slope = None if layer.slope is None else slope_gradient(passed.phi_input(k), of_phi)
        dz, norm = (dn, None) if layer.norm is None else _through_normalisation(layer.norm, z, dn)
        bias = dz.sum(axis=0)
        if use_bias is not None and not use_bias[k]:
            bias = np.zeros_like(bias)
        all_parameters.append(LayerParameters(x.T @ dz, bias, slope, norm))  # dL/dW = xᵀ·dL/dz, dL/db = Σ dL/dz
        all_dz.append(dz)
        all_da.append(da)
        da = dz @ layer.kernel.T  # dL/da of the layer before, or dL/dx
    return Gradients(
        value, tuple(reversed(all_dz)), tuple(reversed(all_da)), tuple(reversed(all_parameters)), da
    )


def _through_normalisation(
    norm: Normalisation, z: FloatArray, dn: FloatArray
) -> tuple[FloatArray, Normalisation]:
    """Return dL/dz, and dL/dγ and dL/dβ, from dL/dn of n = γ·(z − mean)/√(variance + ε) + β."""
    gamma, beta = (dn * standardise(norm, z)).sum(axis=0), dn.sum(axis=0)
    dz = np.asarray(dn * (norm.gamma / deviation(norm)), dtype=z.dtype)
    return dz, Normalisation(gamma, beta, np.zeros_like(norm.mean), np.zeros_like(norm.variance))


def root_mean_square(parameters: Parameters) -> tuple[FloatArray, FloatArray]:
    """Return √mean(g²) of each layer's kernel and of each layer's bias, two arrays (layers,).

    Per weight, so that a layer with many weights does not look strong for its size.
    """
    kernels = np.array([np.sqrt(np.mean(np.square(layer.kernel))) for layer in parameters])
    biases = np.array([np.sqrt(np.mean(np.square(layer.bias))) for layer in parameters])
    return kernels, biases
