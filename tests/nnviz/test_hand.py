"""Edits by hand as pure functions: values, marks, masks, and NumPy's pass with silenced units."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.losses import losses
from nnviz.maths.parameters import initial_parameters
from nnviz.picture.refs import EdgeRef
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training import hand
from nnviz.training.records import HandMarks

SPEC = NetworkSpec(
    (4,),
    (
        LayerSpec(5, "tanh"), LayerSpec(4, "prelu", batch_norm=True), LayerSpec(3, "linear", use_bias=False),
        LayerSpec(3, "softmax"),
    ),
)  # fmt: skip
PARAMETERS = initial_parameters(SPEC, 3)
X = np.random.default_rng(5).normal(0, 1, (6, 4))
Y = np.array([0, 1, 2, 1, 0, 2], np.int32)


def test_a_value_that_is_set_is_the_only_one_that_changes() -> None:
    made = hand.with_values(PARAMETERS, ((EdgeRef(2, 3, 1), 0.5), (EdgeRef(1, -1, 4), -2.0)))
    assert made[1].kernel[3, 1] == 0.5
    assert made[0].bias[4] == -2.0
    differing = sum(
        int((new != old).sum())
        for ours, theirs in zip(made, PARAMETERS, strict=True)
        for new, old in zip(ours.arrays, theirs.arrays, strict=True)
    )
    assert differing == 2
    assert hand.value_of(made, EdgeRef(1, -1, 4)) == -2.0
    assert not made[1].kernel.flags.writeable


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e7, "0.5", None, True])
def test_impossible_values_are_refused_by_name(value: object) -> None:
    with pytest.raises(SpecError, match="a weight must be a"):
        hand.weight_value(value)


def test_a_value_becomes_the_float32_that_the_network_holds() -> None:
    assert hand.weight_value(0.1) == float(np.float32(0.1)) != 0.1


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        (EdgeRef(0, 0, 0), "layer must be"), (EdgeRef(5, 0, 0), "layer must be"), (EdgeRef(1, 4, 0), "source must be"),
        (EdgeRef(1, 0, 5), "unit must be"), (EdgeRef(3, -1, 0), "no bias"),
    ],
)  # fmt: skip
def test_a_weight_that_is_not_there_is_named(ref: EdgeRef, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        hand.check_edge(SPEC, ref)


def test_outputs_are_frozen_but_not_silenced() -> None:
    hand.check_marks(SPEC, HandMarks(frozenset({(3, 2)}), frozenset({(4, 0)})))
    with pytest.raises(SpecError, match="silenced must be hidden units"):
        hand.check_marks(SPEC, HandMarks(frozenset({(4, 0)})))
    with pytest.raises(SpecError, match="frozen must be units"):
        hand.check_marks(SPEC, HandMarks(frozen=frozenset({(1, 5)})))


def test_masks_stand_at_the_places_of_their_units() -> None:
    rows = hand.mask_rows(SPEC, HandMarks(frozenset({(1, 4), (3, 0)}), frozenset({(2, 1), (4, 2)})))
    assert np.flatnonzero(rows[0]).tolist() == [4, 5 + 4]
    assert np.flatnonzero(rows[1]).tolist() == [5 + 1, 5 + 4 + 3 + 2]


def test_marks_go_with_their_units_and_with_their_layers() -> None:
    marks = HandMarks(frozenset({(1, 4), (2, 1)}), frozenset({(2, 3), (4, 2)}))
    smaller = NetworkSpec((4,), (LayerSpec(4, "tanh"), *SPEC.layers[1:]))
    assert hand.carried_marks(marks, SPEC, smaller) == HandMarks(frozenset({(2, 1)}), marks.frozen)
    without_second = NetworkSpec((4,), (SPEC.layers[0], *SPEC.layers[2:]))
    assert hand.carried_marks(marks, SPEC, without_second) == HandMarks(frozenset({(1, 4)}), frozenset({(3, 2)}))
    with_new = NetworkSpec((4,), (LayerSpec(9), *SPEC.layers))
    assert hand.carried_marks(marks, SPEC, with_new) == HandMarks(
        frozenset({(2, 4), (3, 1)}), frozenset({(3, 3), (5, 2)})
    )


@pytest.mark.parametrize("silenced", [{(1, 2)}, {(2, 0), (2, 3)}, {(3, 1)}, {(1, 0), (2, 1), (3, 2)}])
def test_a_silenced_unit_adds_nothing_as_if_its_outgoing_weights_were_0(silenced: set[tuple[int, int]]) -> None:
    marks = HandMarks(frozenset(silenced))
    held = forward(PARAMETERS, SPEC.activations, X, silenced=marks.silenced)
    cut = forward(hand.without_silenced(PARAMETERS, marks), SPEC.activations, X)
    np.testing.assert_array_equal(held.output, cut.output)
    for layer, unit in silenced:
        assert (held.activations[layer - 1][:, unit] == 0).all()
    plain = forward(PARAMETERS, SPEC.activations, X)
    assert not np.allclose(plain.output, held.output)


def test_gradients_with_silenced_units_against_finite_differences() -> None:
    silenced = frozenset({(1, 2), (2, 1), (3, 0)})
    doubles = tuple(layer.mapped(lambda array: array.astype(np.float64)) for layer in PARAMETERS)
    passed = forward(doubles, SPEC.activations, X, silenced=silenced)
    found = backward(doubles, SPEC.activations, passed, Y)

    def loss_with(layer: int, array: int, index: tuple[int, ...], change: float) -> float:
        arrays = [a.copy() for a in doubles[layer].arrays]
        arrays[array][index] += change
        made = iter(arrays)
        changed = (*doubles[:layer], doubles[layer].mapped(lambda _old: next(made)), *doubles[layer + 1 :])
        again = forward(changed, SPEC.activations, X, silenced=silenced)
        return float(losses("sparse_categorical_crossentropy", "softmax", again.phi_input(3), again.output, Y).mean())

    for k, layer in enumerate(found.parameters):
        # kernel, bias, slope, γ, β; what no gradient changes is left out, and the bias that layer 3 has not.
        for place, gradient in enumerate(layer.arrays[: 5 if layer.norm is not None else 2]):
            if k == 2 and place == 1:
                continue
            for index in np.ndindex(*gradient.shape):
                difference = (loss_with(k, place, index, 1e-6) - loss_with(k, place, index, -1e-6)) / 2e-6
                assert gradient[index] == pytest.approx(difference, abs=2e-7), (k, place, index)
    for layer, unit in silenced:
        assert (found.parameters[layer - 1].kernel[:, unit] == 0).all()
        assert (found.parameters[layer].kernel[unit] == 0).all()
        assert (found.pre_activations[layer - 1][:, unit] == 0).all()
