"""Gradients of a score, occlusion, add and erase: against finite differences, tf.GradientTape and brute force."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, Normalisation, Parameters
from nnviz.maths.saliency import Goal, add_and_erase, edited, gradient, input_times_gradient, occlusion, score

SIDE = 6


def network(seed: int, sizes: tuple[int, ...], *, norm: bool = False, slope: bool = False) -> Parameters:
    draw = np.random.default_rng(seed)
    made = []
    for number, (before, units) in enumerate(pairwise(sizes)):
        normalisation = None
        if norm and number < len(sizes) - 2:
            normalisation = Normalisation(
                draw.uniform(0.5, 2, units), draw.normal(size=units), draw.normal(size=units),
                draw.uniform(0.2, 2, units),
            )
        made.append(LayerParameters(
            draw.normal(0, 0.6, (before, units)), draw.normal(0, 0.2, units),
            draw.uniform(0, 0.3, units) if slope and number < len(sizes) - 2 else None, normalisation,
        ))
    return tuple(made)


def differences(
    parameters: Parameters, names: tuple[str, ...], x: np.ndarray, goal: Goal, **given: object
) -> np.ndarray:
    h, made = 1e-6, np.zeros_like(x)
    for k in range(len(x)):
        ends = np.stack([x, x])
        ends[0, k] += h
        ends[1, k] -= h
        high, low = score(forward(parameters, names, ends, **given), goal)  # type: ignore[arg-type]
        made[k] = (high - low) / (2 * h)
    return made


@pytest.mark.parametrize("phi", ["tanh", "relu", "gelu", "sigmoid", "prelu", "selu"])
@pytest.mark.parametrize("goal", [Goal(3, 1), Goal(3, 0, 2), Goal(2, 4), Goal(1, 3, 0)])
def test_gradient_is_that_of_finite_differences(phi: str, goal: Goal) -> None:
    parameters = network(1, (SIDE * SIDE, 8, 7, 4), norm=True, slope=phi == "prelu")
    names = (phi, phi, "softmax")
    x = np.random.default_rng(2).uniform(0, 1, SIDE * SIDE)
    passed = forward(parameters, names, x[None])
    assert np.allclose(gradient(parameters, names, passed, goal)[0],
                       differences(parameters, names, x, goal), atol=1e-6)


def test_dropped_and_silenced_units_are_constants() -> None:
    parameters, names, goal = network(4, (9, 6, 5, 3)), ("sigmoid", "tanh", "softmax"), Goal(3, 2, 0)
    given = {
        "factors": (np.array([0, 2, 2, 0, 2, 2.0]), np.array([2, 0, 2, 2, 0.0]), None),
        "silenced": frozenset({(1, 1), (2, 3)}),
    }
    x = np.random.default_rng(5).uniform(0, 1, 9)
    passed = forward(parameters, names, x[None], **given)  # type: ignore[arg-type]
    assert np.allclose(gradient(parameters, names, passed, goal)[0],
                       differences(parameters, names, x, goal, **given), atol=1e-6)


@pytest.mark.slow
def test_gradient_is_that_of_tensorflow() -> None:
    import tensorflow as tf

    parameters, names = network(7, (36, 9, 8, 5)), ("relu", "elu", "softmax")
    x = np.random.default_rng(3).uniform(0, 1, (4, 36))
    passed = forward(parameters, names, x)
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        first, second, third = parameters
        hidden = tf.nn.relu(inputs @ first.kernel + first.bias)
        logits = tf.nn.elu(hidden @ second.kernel + second.bias) @ third.kernel + third.bias
        wanted = tf.reduce_sum(logits[:, 4] - logits[:, 1])
    assert np.allclose(gradient(parameters, names, passed, Goal(3, 4, 1)), tape.gradient(wanted, inputs), atol=1e-10)


def test_input_times_gradient_of_relu_units_adds_up_to_the_score_without_biases() -> None:
    parameters = tuple(LayerParameters(each.kernel, 0 * each.bias) for each in network(8, (36, 9, 8, 5)))
    names = ("relu", "relu", "softmax")
    x = np.random.default_rng(9).uniform(0, 1, (3, 36))
    passed = forward(parameters, names, x)
    parts = input_times_gradient(parameters, names, passed, Goal(3, 2))
    assert np.allclose(parts.sum(axis=1), score(passed, Goal(3, 2)))


@pytest.mark.parametrize(("patch", "stride"), [(1, 1), (3, 2), (4, 3), (6, 6)])
def test_occlusion_is_what_painting_each_patch_over_does(patch: int, stride: int) -> None:
    parameters, names, goal = network(11, (42, 9, 4)), ("tanh", "softmax"), Goal(2, 3, 1)
    image = np.random.default_rng(12).uniform(0, 1, (7, 6))
    image[:3, :3] = 0
    starts = [sorted({*range(0, side - patch + 1, stride), side - patch}) for side in image.shape]
    total, count = np.zeros((7, 6)), np.zeros((7, 6))
    whole = score(forward(parameters, names, image.reshape(1, -1)), goal)[0]
    for row in starts[0]:
        for column in starts[1]:
            covered = image.copy()
            covered[row : row + patch, column : column + patch] = 0
            fall = whole - score(forward(parameters, names, covered.reshape(1, -1)), goal)[0]
            total[row : row + patch, column : column + patch] += fall
            count[row : row + patch, column : column + patch] += 1
    assert np.allclose(occlusion(parameters, names, image, goal, patch=patch, stride=stride), total / count)


def test_occlusion_of_empty_paper_is_nothing_and_bad_patches_are_refused() -> None:
    parameters, names = network(1, (36, 5, 3)), ("relu", "softmax")
    assert not occlusion(parameters, names, np.zeros((6, 6)), Goal(2, 0)).any()
    with pytest.raises(ValueError, match="patch must be from 1 to 6 pixels, got 7"):
        occlusion(parameters, names, np.zeros((6, 6)), Goal(2, 0), patch=7)
    with pytest.raises(ValueError, match="stride must be from 1 to the patch's side, 4, got 5"):
        occlusion(parameters, names, np.zeros((6, 6)), Goal(2, 0), stride=5)
    with pytest.raises(ValueError, match="unit of a goal in layer 2 must be from 0 to 2, got 3"):
        occlusion(parameters, names, np.zeros((6, 6)), Goal(2, 3))
    with pytest.raises(ValueError, match="layer of a goal must be from 1 to 2, got 3"):
        occlusion(parameters, names, np.zeros((6, 6)), Goal(3, 0))


def test_add_and_erase_is_what_full_and_empty_pixels_would_do_to_a_linear_score() -> None:
    parameters, names = network(13, (16, 3)), ("softmax",)
    x = np.random.default_rng(14).uniform(0, 1, 16)
    passed = forward(parameters, names, x[None])
    effect = add_and_erase(x, gradient(parameters, names, passed, Goal(1, 2, 0))[0])
    before = score(passed, Goal(1, 2, 0))[0]
    for k in range(16):
        ends = np.stack([x, x])
        ends[:, k] = 0, 1
        erased, filled = score(forward(parameters, names, ends), Goal(1, 2, 0)) - before
        assert abs(effect[k]) == pytest.approx(max(erased, filled))
        assert (effect[k] > 0) == (filled > erased)


def test_an_edited_image_is_taken_for_what_was_wanted() -> None:
    # Four corners, a class each; ink in a corner speaks for it.
    corners = np.zeros((4, 6, 6))
    for k, (row, column) in enumerate(((0, 0), (0, 3), (3, 0), (3, 3))):
        corners[k, row : row + 3, column : column + 3] = 1
    parameters, names = (LayerParameters(corners.reshape(4, 36).T.copy(), np.zeros(4)),), ("softmax",)
    x = np.random.default_rng(16).uniform(0, 1, 36)
    now = int(forward(parameters, names, x[None]).output.argmax())
    for wanted in {0, 1, 2, 3} - {now}:
        edit = edited(parameters, names, x.reshape(6, 6), wanted)
        said = forward(parameters, names, edit.image.reshape(1, -1)).output[0]
        assert np.allclose(edit.output, said)
        assert edit.reached == (int(said.argmax()) == wanted)
        assert edit.reached
        assert edit.image.min() >= 0
        assert edit.image.max() <= 1
    unchanged = edited(parameters, names, x.reshape(6, 6), now)
    assert unchanged.reached
    assert unchanged.steps == 0
    assert np.array_equal(unchanged.image, x.reshape(6, 6))


def test_an_image_is_edited_by_dabs_and_only_where_it_may_be() -> None:
    parameters, names = network(17, (36, 12, 4)), ("relu", "softmax")
    x = np.random.default_rng(18).uniform(0, 1, (6, 6))
    wanted = int(forward(parameters, names, x.reshape(1, -1)).output.argmin())
    one = edited(parameters, names, x, wanted, most_steps=1)
    rows, columns = np.nonzero(one.image != x)
    assert np.ptp(rows) <= 2
    assert np.ptp(columns) <= 2
    within = np.zeros((6, 6), np.bool_)
    within[2:5, 1:4] = True
    edit = edited(parameters, names, x, wanted, within=within)
    assert np.array_equal(edit.image[~within], x[~within])
    assert not np.array_equal(edit.image[within], x[within])
    far = edited(parameters, names, x, wanted, margin=1.0)
    logits = forward(parameters, names, far.image.reshape(1, -1)).pre_activations[-1][0]
    assert far.reached == (logits[wanted] - np.delete(logits, wanted).max() > 1)
