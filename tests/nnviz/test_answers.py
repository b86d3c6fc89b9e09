"""What an output says, by task: names, decisions, units; and the loss in words, against Keras' definitions."""

from __future__ import annotations

import re

import numpy as np
import pytest

from nnviz.data.dataset import Scaling
from nnviz.picture.answers import (
    OutputMeaning,
    answer_of,
    meaning_of,
    metric_unit,
    percent,
    read_output,
    split_unit,
    target_of,
)
from nnviz.picture.loss_words import after_words, gradient_words, loss_after, loss_words, short_formula
from nnviz.spec import LayerSpec, NetworkSpec
from tests.snapshots import snapshot_of
from tests.tasks import KINDS, case, dataset_for

INSECTS = OutputMeaning("multiclass", ("ant", "bee", "cat"))
HEALTH = OutputMeaning("binary", ("malignant", "benign"))
SCENE = OutputMeaning("multilabel", ("beach", "sunset", "urban"))
AGE = OutputMeaning(
    "regression", ("age",), ("years",), Scaling(np.array([40.0]), np.array([10.0])), np.array([[18.0, 90.0]])
)


def number_in(text: str) -> float:
    """Read the last number of a text as people write it."""
    return float(re.findall(r"[−-]?\d+\.?\d*(?:e[−-]?\d+)?", text)[-1].replace("−", "-"))


def test_the_largest_of_several_classes_wins() -> None:
    answer = read_output(INSECTS, np.array([0.2, 0.7, 0.1]), np.array([0, 0, 1]))
    assert answer.said == "bee"
    assert answer.truth == "cat"
    assert answer.is_right is False
    assert answer.words == "cat, read as bee"
    assert [row.text for row in answer.rows] == ["20.0 %", "70.0 %", "10.0 %"]
    assert [row.says for row in answer.rows] == [False, True, False]
    assert [row.threshold for row in answer.rows] == [None] * 3


@pytest.mark.parametrize(("p", "said"), [(0.93, "benign"), (0.5, "malignant"), (0.07, "malignant")])
def test_one_output_for_two_classes_is_decided_at_a_half(p: float, said: str) -> None:
    answer = read_output(HEALTH, np.array([p]), np.array([1.0]), "sigmoid")
    assert answer.said == said
    assert answer.is_right == (said == "benign")
    assert [row.name for row in answer.rows] == ["malignant", "benign"]
    assert [row.value for row in answer.rows] == pytest.approx([1 - p, p])
    assert {row.unit for row in answer.rows} == {0}
    assert {row.threshold for row in answer.rows} == {0.5}
    assert HEALTH.output_names(1) == ("benign",)


def test_every_label_is_decided_by_itself() -> None:
    answer = read_output(SCENE, np.array([0.9, 0.6, 0.2]), np.array([1.0, 1.0, 0.0]), "sigmoid")
    assert answer.said == "beach, sunset"
    assert answer.is_right
    answer = read_output(SCENE, np.array([0.1, 0.2, 0.4]), np.array([0.0, 0.0, 1.0]), "sigmoid")
    assert answer.said == "no label"
    assert answer.truth == "urban"
    assert answer.is_right is False


def test_values_are_in_the_unit_of_the_target() -> None:
    answer = read_output(AGE, np.array([1.5]), np.array([0.9]), "linear")
    (row,) = answer.rows
    assert (row.value, row.text, row.truth, row.error) == (pytest.approx(55.0), "55.0", "49.0", "+6.0")
    assert answer.words == "predicts 55.0 years, truth 49.0 years"
    assert answer.is_right is None
    assert row.share == pytest.approx((55 - 18) / (90 - 18))
    assert row.truth_share == pytest.approx((49 - 18) / (90 - 18))
    assert read_output(AGE, np.array([99.0]), None).rows[0].share == 1.0
    assert read_output(AGE, np.array([np.nan]), None).rows[0].text == "NaN"


@pytest.mark.parametrize(
    ("limits", "text"), [((0, 300), "152"), ((0, 5), "152.25"), ((100_000, 900_000), "152"), ((0, 0.01), "152.2500")]
)
def test_values_have_the_decimals_that_their_range_asks_for(limits: tuple[float, float], text: str) -> None:
    meaning = OutputMeaning("regression", ("v",), ("",), None, np.array([limits], float))
    assert meaning.value_text(152.25, 0) == text
    assert meaning.value_text(-0.000001, 0, sign=True).lstrip("0.,") == ""


def test_units_are_told_from_names() -> None:
    assert split_unit("height (cm)") == ("height", "cm")
    assert split_unit("pulse") == ("pulse", "")
    assert split_unit("(cm)") == ("(cm)", "")
    assert OutputMeaning("regression", ("v",), ("100,000 $",)).with_unit("2.31", 0) == "2.31 × 100,000 $"


def test_a_meaning_has_the_range_of_the_training_set() -> None:
    dataset = dataset_for("regression")
    meaning = meaning_of(dataset)
    assert dataset.target_scaling is not None
    values = dataset.target_scaling.original(dataset.train.y)
    assert meaning.names == ("disease progression",)
    assert meaning.units == ("points",)
    assert meaning.limits is not None
    assert meaning.limits.tolist() == [[values.min(), values.max()]]
    assert meaning.largest_output() == pytest.approx(float(np.abs(dataset.train.y).max()))
    assert metric_unit(meaning) == "points"
    assert metric_unit(meaning_of(dataset_for("regression", ("a (m)", "b (kg)")))) == "standard deviations"


@pytest.mark.parametrize("meaning", [INSECTS, HEALTH, SCENE, AGE])
@pytest.mark.parametrize("outputs", [1, 2, 3, 10])
def test_a_network_made_for_other_data_is_read_without_harm(meaning: OutputMeaning, outputs: int) -> None:
    rows = read_output(meaning, np.linspace(-1, 1, outputs), None, "linear").rows
    assert len(rows) >= outputs
    assert all(row.name and row.text for row in rows)


def test_percentages_never_claim_certainty() -> None:
    assert [percent(p) for p in (0, 0.0004, 0.5, 0.9996, 1)] == ["0.0 %", "<0.1 %", "50.0 %", ">99.9 %", "100.0 %"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_truth_is_found_without_a_dense_target_too(kind: str) -> None:
    _, meaning, snapshot = case(kind)
    answer = answer_of(meaning, snapshot)
    assert answer.truth
    target = target_of(snapshot)
    assert target is not None
    assert target.shape == snapshot.forward.output[0].shape
    if snapshot.label is not None:
        assert answer.truth == meaning.names[snapshot.label]


# -- the loss ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_words_of_the_loss_end_in_its_value(kind: str) -> None:
    _, meaning, snapshot = case(kind)
    sentence, formula = loss_words(meaning, snapshot)
    assert sentence.endswith(".")
    assert snapshot.gradients is not None
    y_hat = snapshot.forward.output[0].astype(float)
    y = np.asarray(target_of(snapshot), float)
    if snapshot.loss == "mean_squared_error":
        wanted = np.square(y_hat - y).mean()
    elif snapshot.loss == "binary_crossentropy":
        wanted = -np.log(np.where(y > 0.5, y_hat, 1 - y_hat)).mean()
    else:
        wanted = -np.log(y_hat[y > 0.5]).sum()
    assert snapshot.gradients.loss == pytest.approx(wanted, rel=1e-4)
    shown = formula.split("    ")[0]
    assert number_in(shown) == pytest.approx(wanted, rel=6e-3)
    later = loss_after(snapshot)
    assert later is not None
    assert later < snapshot.gradients.loss  # a small step against the gradient of this very sample
    sentence, formula = after_words(meaning, snapshot)
    assert "→" in formula
    assert sentence.startswith("The same sample again")


@pytest.mark.parametrize(
    ("loss", "error", "short", "value"),
    [
        ("mean_squared_error", 0.5, "(ŷ − y)²", 0.25), ("mean_absolute_error", -0.5, "|ŷ − y|", 0.5),
        ("huber", 0.5, "½(ŷ − y)²", 0.125), ("huber", 3.0, "|ŷ − y| − ½", 2.5),
    ],
)  # fmt: skip
def test_losses_of_a_value(loss: str, error: float, short: str, value: float) -> None:
    spec = NetworkSpec((3,), (LayerSpec(1, "linear"),))
    output = float(snapshot_of(spec, target=[0.0], loss=loss).forward.output[0, 0])
    snapshot = snapshot_of(spec, target=[output - error], loss=loss)
    assert short_formula(AGE, snapshot) == short
    _, formula = loss_words(AGE, snapshot)
    assert number_in(formula) == pytest.approx(value, rel=6e-3)
    sentence, formula = gradient_words(AGE, snapshot)
    slope = {"mean_squared_error": 2 * error, "mean_absolute_error": np.sign(error)}.get(loss, np.clip(error, -1, 1))
    assert number_in(formula) == pytest.approx(float(slope), rel=6e-3)
    assert ("fall" if slope > 0 else "rise") in sentence


def test_a_loss_that_does_not_suit_the_output_is_said_as_it_is() -> None:
    spec = NetworkSpec((3,), (LayerSpec(3, "sigmoid"),))
    snapshot = snapshot_of(spec, label=1, loss="mean_squared_error")
    assert short_formula(INSECTS, snapshot) == "mean of (ŷ − y)²"
    assert "φ′(z)" in gradient_words(INSECTS, snapshot)[1]
    # As Keras has it: behind sigmoid the logits are taken, behind tanh the shares of the clipped values.
    snapshot = snapshot_of(spec, label=1)
    assert short_formula(INSECTS, snapshot) == "−ln softmax(z)[bee]"
    _, formula = loss_words(INSECTS, snapshot)
    e = np.exp(snapshot.forward.pre_activations[-1][0].astype(float))
    assert number_in(formula) == pytest.approx(-np.log(e[1] / e.sum()), rel=6e-3)
    _, formula = gradient_words(INSECTS, snapshot)
    assert number_in(formula) == pytest.approx(e[1] / e.sum() - 1, rel=6e-3)
    snapshot = snapshot_of(NetworkSpec((3,), (LayerSpec(3, "relu"),)), label=1)
    assert short_formula(INSECTS, snapshot) == "−ln(p(bee) / Σ p)"
    _, formula = loss_words(INSECTS, snapshot)
    p = snapshot.forward.output[0].astype(float).clip(1e-7, 1 - 1e-7)
    assert number_in(formula) == pytest.approx(-np.log(p[1] / p.sum()), rel=6e-3)
    snapshot = snapshot_of(NetworkSpec((3,), (LayerSpec(3, "softmax"),)), label=1, loss="binary_crossentropy")
    sigma = 1 / (1 + np.exp(-snapshot.forward.pre_activations[-1][0].astype(float)))
    _, formula = loss_words(INSECTS, snapshot)
    right = np.where([False, True, False], sigma, 1 - sigma)
    assert number_in(formula) == pytest.approx(-np.log(right).mean(), rel=6e-3)
