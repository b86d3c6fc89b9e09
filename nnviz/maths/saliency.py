"""Which pixels speak for a class, or drive a unit: gradients, input times gradient, occlusion, add and erase.

Everything is of a score S(x), a number that the network computes of one image x: what enters φ of a unit (of an output
unit: its logit), or the difference of two units of one layer ("9 rather than 4").

- *Gradient* ∂S/∂xᵢ: how much S grows where pixel i becomes a little darker. K. Simonyan, A. Vedaldi and A. Zisserman,
  "Deep inside convolutional networks: visualising image classification models and saliency maps", 2013.
- *Input times gradient* xᵢ·∂S/∂xᵢ: what the ink that is there contributes, to first order. A. Shrikumar, P. Greenside,
  A. Shcherbina and A. Kundaje, "Not just a black box: learning important features through propagating activation
  differences", 2016. In a network of ReLU units their sum and what the biases add is S exactly.
- *Occlusion*: by how much S falls when a patch is painted over with paper. M. D. Zeiler and R. Fergus, "Visualizing and
  understanding convolutional networks", ECCV 2014.
- *Add and erase*: what a stroke here, or the eraser here, would change, to first order; see ``add_and_erase``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.activations import activate, backward_through
from nnviz.maths.forward import ForwardPass, deviation, forward, silenced_units
from nnviz.maths.parameters import FloatArray, Parameters

#: Side of the patch that occlusion paints over, and from how many pixels to how many it moves on.
PATCH, STRIDE = 4, 2
#: Ink that a dab of ``edited`` adds or takes about its middle: as a thin pen touches the paper.
DAB = np.array([[0.25, 0.4, 0.25], [0.4, 0.6, 0.4], [0.25, 0.4, 0.25]])

Silenced = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is explained: the score S of a unit, or of a unit rather than another of the same layer.

    Attributes:
        layer: dense layer, 1 the first.
        unit: which, from 0.
        minus: the unit whose score is taken off, or None.
    """

    layer: int
    unit: int
    minus: int | None = None


def check_goal(parameters: Parameters, goal: Goal) -> None:
    """Check that a network has the units of a goal.

    Raises:
        ValueError: it has not.
    """
    if not 1 <= goal.layer <= len(parameters):
        raise ValueError(f"the layer of a goal must be from 1 to {len(parameters)}, got {goal.layer}")
    units = parameters[goal.layer - 1].kernel.shape[1]
    for unit in (goal.unit, goal.minus):
        if unit is not None and not 0 <= unit < units:
            raise ValueError(f"the unit of a goal in layer {goal.layer} must be from 0 to {units - 1}, got {unit}")


def score(passed: ForwardPass, goal: Goal) -> FloatArray:
    """Return S of each sample of a pass, (batch,)."""
    entered = passed.phi_input(goal.layer - 1)
    return np.asarray(entered[:, goal.unit] - (0 if goal.minus is None else entered[:, goal.minus]))


def gradient(
    parameters: Parameters, activations: tuple[str, ...], passed: ForwardPass, goal: Goal
) -> FloatArray:
    """Return ∂S/∂x of each sample of a pass, (batch, input size), in the precision of the pass.

    Dropout of the pass and silenced units are constants, as in ``backprop.backward``.

    Raises:
        ValueError: the network has not the units of the goal.
    """
    check_goal(parameters, goal)
    last = goal.layer - 1
    dn = np.zeros_like(passed.phi_input(last))  # dS/dn, n what enters φ
    dn[:, goal.unit] += 1
    if goal.minus is not None:
        dn[:, goal.minus] -= 1
    for k in reversed(range(goal.layer)):
        layer = parameters[k]
        if k < last:
            da, off = dn, silenced_units(passed.silenced, k + 1)
            factor, phi = passed.factors[k], passed.activations[k]
            if factor is not None:  # a = factor·φ(n)
                da = da * factor
                phi = activate(activations[k], passed.phi_input(k), layer.slope)
            if off:
                da = da.copy()
                da[:, off] = 0
            dn = backward_through(activations[k], passed.phi_input(k), phi, da, layer.slope)
        dz = dn if layer.norm is None else dn * (layer.norm.gamma / deviation(layer.norm))
        dn = np.asarray(dz @ layer.kernel.T, passed.inputs.dtype)  # dS/da of the layer before, or dS/dx
    return dn


def input_times_gradient(
    parameters: Parameters, activations: tuple[str, ...], passed: ForwardPass, goal: Goal
) -> FloatArray:
    """Return xᵢ·∂S/∂xᵢ of each sample of a pass, (batch, input size)."""
    return np.asarray(passed.inputs * gradient(parameters, activations, passed, goal))


def occlusion(
    parameters: Parameters, activations: tuple[str, ...], image: FloatArray, goal: Goal, *, patch: int = PATCH,
    stride: int = STRIDE, paper: float = 0.0, silenced: Silenced = frozenset(),
) -> FloatArray:
    """Return by how much S falls where a patch is painted over: the mean over the patches that cover a pixel.

    The patches begin at the multiples of ``stride`` and, so that the last rows and columns are covered too, where the
    last one just fits. A patch of paper only changes nothing and is not computed.

    Args:
        parameters: the weights.
        activations: the name of φ of each layer.
        image: one image, (height, width).
        goal: what is explained.
        patch: side of the patch, pixels, at most the image's shorter side.
        stride: from one patch to the next, 1 to ``patch``.
        paper: what is painted.
        silenced: see ``forward``.

    Returns:
        (height, width): positive where the ink speaks for the goal.

    Raises:
        ValueError: patch or stride is outside its range, or the network has not the units of the goal.
    """
    check_goal(parameters, goal)
    height, width = image.shape
    if not 1 <= patch <= min(height, width):
        raise ValueError(f"the patch must be from 1 to {min(height, width)} pixels, got {patch}")
    if not 1 <= stride <= patch:
        raise ValueError(f"the stride must be from 1 to the patch's side, {patch}, got {stride}")
    rows, columns = _starts(height, patch, stride), _starts(width, patch, stride)
    places = [(row, column) for row in rows for column in columns]
    inked = [(r, c) for r, c in places if (image[r : r + patch, c : c + patch] != paper).any()]
    total, count = np.zeros(image.shape, np.float64), np.zeros(image.shape, np.float64)
    for r, c in places:
        count[r : r + patch, c : c + patch] += 1
    if inked:
        covered = np.repeat(image[None], len(inked) + 1, axis=0)
        for number, (r, c) in enumerate(inked, start=1):
            covered[number, r : r + patch, c : c + patch] = paper
        upto = goal.layer  # what comes behind the goal's layer is not needed
        passed = forward(
            parameters[:upto], activations[:upto], covered.reshape(len(covered), -1), silenced=silenced
        )
        scores = score(passed, goal).astype(np.float64)
        for (r, c), after in zip(inked, scores[1:], strict=True):
            total[r : r + patch, c : c + patch] += scores[0] - after
    return np.asarray(total / count, image.dtype)


def _starts(length: int, patch: int, stride: int) -> list[int]:
    """Return where patches begin along one side: every ``stride`` pixels, and so that the last pixel is covered."""
    starts = list(range(0, length - patch + 1, stride))
    if starts[-1] != length - patch:
        starts.append(length - patch)
    return starts


def add_and_erase(image: FloatArray, slope: FloatArray) -> FloatArray:
    """Return what drawing or erasing a pixel wholly would do to S, to first order.

    Where ∂S/∂x is above 0 more ink helps, and (1 − x)·∂S/∂x is what filling the pixel gives; where it is below 0 less
    ink helps, and x·∂S/∂x is, but for its sign, what erasing it gives. Where the pixel is full, or empty, already,
    nothing is to be done: 0.

    Args:
        image: x, in [0, 1], any shape.
        slope: ∂S/∂x, the same shape; to make it a 9 S is logit(9) − logit(of what it is now).

    Returns:
        The same shape: positive add, negative erase.
    """
    return np.asarray(np.where(slope > 0, (1 - image) * slope, image * slope))


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """An image changed so that the network says something else. It is no drawing of anybody.

    Attributes:
        image: the changed image, (height, width), in [0, 1].
        steps: how many dabs of ink or of the eraser it took.
        reached: whether the wanted unit has the largest output now, by the margin that was asked for.
        output: what the network says of it, (outputs,).
    """

    image: FloatArray
    steps: int
    reached: bool
    output: FloatArray


def edited(
    parameters: Parameters, activations: tuple[str, ...], image: FloatArray, wanted: int, *, most_steps: int = 60,
    margin: float = 0.0, within: NDArray[np.bool_] | None = None, silenced: Silenced = frozenset(),
) -> Edit:
    """Change an image by dabs of ink and of the eraser, each where it helps most, until the network says ``wanted``.

    A step takes the gradient of logit(wanted) − logit(of the largest other), and adds to, or takes from, the place
    where ``add_and_erase``, weighted by ``DAB``, is largest; every pixel stays in [0, 1].

    Args:
        parameters: the weights of a classifier.
        activations: the name of φ of each layer.
        image: (height, width) in [0, 1].
        wanted: index of the class.
        most_steps: then it gives up.
        margin: by how much the wanted logit must be above all others, at least 0.
        within: (height, width), which pixels may be changed; None for all.
        silenced: see ``forward``.

    Raises:
        ValueError: the network has no such output, or only one.
    """
    layers = len(parameters)
    check_goal(parameters, Goal(layers, wanted))
    if parameters[-1].kernel.shape[1] < 2:
        raise ValueError("an image is changed from one class to another, got a network with one output")
    x = np.array(image, image.dtype)
    for step in range(most_steps + 1):
        passed = forward(parameters, activations, x.reshape(1, -1), silenced=silenced)
        logits = passed.phi_input(layers - 1)[0].astype(np.float64)
        logits[wanted] = -np.inf
        rival = int(np.argmax(logits))
        reached = bool(score(passed, Goal(layers, wanted, rival))[0] > margin)
        if reached or step == most_steps:
            break
        slope = gradient(parameters, activations, passed, Goal(layers, wanted, rival))[0].reshape(x.shape)
        effect = add_and_erase(x, slope)
        if within is not None:
            effect[~within] = 0
        around = _dabbed(effect)
        row, column = np.unravel_index(int(np.argmax(np.abs(around))), x.shape)
        if around[row, column] == 0:
            break
        change = np.zeros((x.shape[0] + 2, x.shape[1] + 2), x.dtype)
        change[row : row + 3, column : column + 3] = np.sign(around[row, column]) * DAB
        inside = change[1:-1, 1:-1]
        if within is not None:
            inside = np.where(within, inside, 0)
        x = np.asarray(np.clip(x + inside, 0, 1), image.dtype)
    return Edit(x, step, reached, passed.output[0])


def _dabbed(effect: FloatArray) -> NDArray[np.float64]:
    """Return what a dab about each pixel would do: the neighbours' effects weighted by ``DAB``."""
    wide = np.pad(np.asarray(effect, np.float64), 1)
    height, width = effect.shape
    total = np.zeros(effect.shape)
    for row in range(3):
        for column in range(3):
            total += DAB[row, column] * wide[row : row + height, column : column + width]
    return total
