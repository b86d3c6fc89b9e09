"""Checks of gradients: right ones pass for every kind of network, wrong ones are caught, corners are told apart."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from nnviz.data.dataset import Dataset, Split
from nnviz.errors import SpecError
from nnviz.maths.backprop import Gradients
from nnviz.maths.differences import Question, central_differences
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters
from nnviz.picture.check_words import HEADINGS, check_csv, check_summary, mark_words, row_of
from nnviz.spec import ACTIVATIONS, LayerSpec, NetworkSpec, TrainingConfig
from nnviz.training.check_values import AGREE, DIFFER, UNRESOLVED, GradientCheck, Trust
from nnviz.training.engine import TrainingRun, train
from nnviz.training.gradient_check import compare_with_numpy, job_of, relative_error
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.pacer import Pacer
from nnviz.training.records import HandMarks, Snapshot
from nnviz.training.snapshots import snapshot

INPUTS, COUNT = 5, 60
HIDDEN = (LayerSpec(8, "relu"), LayerSpec(6, "tanh"))


def _data(task: str, outputs: int) -> Dataset:
    generator = np.random.default_rng(3)
    x = generator.normal(0, 1, (COUNT, INPUTS)).astype(np.float32)
    if task == "regression":
        y: np.ndarray = generator.normal(0, 1, (COUNT, outputs)).astype(np.float32)
    elif task == "multilabel":
        y = generator.integers(0, 2, (COUNT, outputs)).astype(np.float32)
    else:
        y = generator.integers(0, 2 if task == "binary" else outputs, COUNT).astype(np.int32)
    split, names = Split(x, y), tuple("abcd"[: max(outputs, 2)])
    return Dataset(
        "drawn", "Drawn", (INPUTS,), () if task == "regression" else names, split, split, split, "none", task=task,
        target_names=names[:outputs] if task == "regression" else (),
    )  # fmt: skip


def _run(layers: tuple[LayerSpec, ...], task: str, loss: str, steps: int = 5) -> TrainingRun:
    spec = NetworkSpec((INPUTS,), layers)
    config = TrainingConfig(loss=loss, batch_size=10, seed=2, learning_rate=0.01, epochs=100)
    made = TrainingRun(KerasBackend(spec, config, None, task), _data(task, layers[-1].units), pacer=Pacer(fixed=5))
    list(train(made, steps))
    return made


def _look(run: TrainingRun, *, dropout: bool = False) -> Snapshot:
    y = run.dataset.test.y[0]
    return snapshot(run, run.dataset.test.x[0], int(y) if np.ndim(y) == 0 else y, dropout=dropout)


def _checked(run: TrainingRun, shown: Snapshot) -> GradientCheck:
    found = run.backend.check_gradients(shown, (run.dataset.train.x[:8], run.dataset.train.y[:8]))
    assert found is not None
    return found


def _spoilt(shown: Snapshot, layer: int, factor: float) -> Snapshot:
    """The same with the largest gradient of a kernel times a factor."""
    gradients = shown.gradients
    assert gradients is not None
    kernel = np.array(gradients.parameters[layer].kernel)
    place = np.unravel_index(np.argmax(np.abs(kernel)), kernel.shape)
    kernel[place] *= factor
    parameters = list(gradients.parameters)
    parameters[layer] = replace(parameters[layer], kernel=kernel)
    return replace(shown, gradients=replace(gradients, parameters=tuple(parameters)))


KINDS = {
    "multiclass": ("multiclass", "softmax", 3, "sparse_categorical_crossentropy"),
    "class loss behind sigmoid": ("multiclass", "sigmoid", 3, "sparse_categorical_crossentropy"),
    "clipped class loss": ("multiclass", "softplus", 3, "sparse_categorical_crossentropy"),
    "binary": ("binary", "sigmoid", 1, "binary_crossentropy"),
    "multilabel": ("multilabel", "sigmoid", 4, "binary_crossentropy"),
    "squares": ("regression", "linear", 2, "mean_squared_error"),
    "absolute": ("regression", "linear", 1, "mean_absolute_error"),
    "huber": ("regression", "linear", 2, "huber"),
}


#: Each compiles a program of its own: all of them take half a minute.
QUICK = ("multiclass", "binary", "absolute")


@pytest.mark.parametrize(
    "kind", [kind if kind in QUICK else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_right_gradients_agree_for_every_task_and_loss(kind: str) -> None:
    task, output, units, loss = KINDS[kind]
    run = _run((*HIDDEN, LayerSpec(units, output)), task, loss)
    check = _checked(run, _look(run))
    run.backend.close()
    assert check.verdict == AGREE
    assert check.worst < 1e-4
    assert check.batch_count == 8
    for layer in (*check.layers, *check.batch):
        assert layer.tape is not None
        assert layer.tape < 1e-5
        assert layer.differences is not None
        assert layer.differenced > 0
        assert layer.differenced + layer.corners <= layer.entries
    assert any(layer.keras_differenced for layer in check.batch)


@pytest.mark.slow
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
def test_right_gradients_agree_for_every_activation(activation: str) -> None:
    layers = (LayerSpec(8, activation), LayerSpec(6, activation, use_bias=False), LayerSpec(3, "softmax"))
    run = _run(layers, "multiclass", "sparse_categorical_crossentropy")
    check = _checked(run, _look(run))
    run.backend.close()
    assert check.verdict == AGREE
    assert check.worst < 1e-4


def test_normalisation_penalties_dropout_and_silenced_units_are_as_the_picture_has_them() -> None:
    layers = (
        LayerSpec(20, "prelu", batch_norm=True, dropout=0.4, l1=0.01),
        LayerSpec(12, "sigmoid", use_bias=False, batch_norm=True, l2=0.02, dropout=0.5), LayerSpec(3, "softmax"),
    )  # fmt: skip
    run = _run(layers, "multiclass", "sparse_categorical_crossentropy")
    weights = [np.array(array) for array in run.backend.model.get_weights()]
    plain, dropped = _look(run), _look(run, dropout=True)
    for shown in (plain, dropped):
        check = _checked(run, shown)
        assert check.verdict == AGREE
        assert check.worst < 1e-4
        assert check.has_dropout == (shown is dropped)
    # What is checked is the pass on the screen: with other units off it is another one.
    assert plain.gradients is not None
    mixed = replace(dropped, gradients=plain.gradients)
    assert compare_with_numpy(mixed).verdict == DIFFER
    silenced = replace(plain, hand=HandMarks(silenced=frozenset({(1, 3)})))
    assert compare_with_numpy(silenced).verdict == DIFFER  # its gradients go through unit 3
    run.backend.set_marks(HandMarks(silenced=frozenset({(1, 3), (2, 0)})))
    by_hand = _look(run)
    run.backend.set_marks(HandMarks())
    check = _checked(run, by_hand)  # the marks of the picture, not those of now
    assert check.verdict == AGREE
    assert check.worst < 1e-4
    assert run.backend.marks == HandMarks()
    for before, now in zip(weights, run.backend.model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, now)  # moved by differences, and back bit by bit
    run.backend.close()


def test_wrong_gradients_are_caught_in_their_layer_by_every_comparison() -> None:
    run = _run((*HIDDEN, LayerSpec(3, "softmax")), "multiclass", "sparse_categorical_crossentropy")
    shown = _look(run)
    check = _checked(run, _spoilt(shown, 1, 1.05))
    assert check.verdict == DIFFER
    assert [layer.verdict for layer in check.layers] == [AGREE, DIFFER, AGREE]
    wrong = check.layers[1]
    for error in (wrong.tape, wrong.numpy, wrong.differences):
        assert error == pytest.approx(0.05 / 1.05, rel=0.01)
    assert {layer.verdict for layer in check.batch} == {AGREE}
    assert "Dense 2" in check_summary(check)
    # Cheaply, too; and of units as well as of weights.
    assert compare_with_numpy(shown).verdict == AGREE
    assert compare_with_numpy(_spoilt(shown, 0, 0.9)).verdict == DIFFER
    gradients = shown.gradients
    assert gradients is not None
    dz = tuple(array * np.float32(1.01) for array in gradients.pre_activations)
    assert compare_with_numpy(replace(shown, gradients=replace(gradients, pre_activations=dz))).verdict == DIFFER
    not_a_number = _spoilt(shown, 2, np.nan)
    assert compare_with_numpy(not_a_number).verdict == DIFFER
    run.backend.close()


def test_the_weights_of_the_snapshot_are_checked_not_those_of_now() -> None:
    run = _run((*HIDDEN, LayerSpec(3, "softmax")), "multiclass", "sparse_categorical_crossentropy")
    shown = _look(run)
    list(train(run, 20))
    now = np.concatenate([array.ravel() for array in run.backend.model.get_weights()])
    assert _checked(run, shown).verdict == AGREE
    np.testing.assert_array_equal(now, np.concatenate([a.ravel() for a in run.backend.model.get_weights()]))
    other = replace(shown, loss="mean_squared_error")
    with pytest.raises(SpecError, match="a check needs a snapshot"):
        run.backend.check_gradients(other)
    with pytest.raises(SpecError, match="target is known"):
        run.backend.check_gradients(snapshot(run, run.dataset.test.x[0], None))
    run.backend.close()


def test_a_check_can_be_cancelled_and_tells_how_far_it_is() -> None:
    run = _run((*HIDDEN, LayerSpec(3, "softmax")), "multiclass", "sparse_categorical_crossentropy")
    told: list[tuple[int, int]] = []
    batch = run.dataset.train.x[:8], run.dataset.train.y[:8]
    assert run.backend.check_gradients(_look(run), batch, lambda *at: told.append(at)) is not None
    assert told[-1] == (18, 18)
    assert told == sorted(told)
    seen = len(told)
    stopped = run.backend.check_gradients(
        _look(run), batch, lambda *at: told.append(at), lambda: len(told) >= seen + 2
    )
    assert stopped is None
    assert len(told) == seen + 2
    run.backend.close()


def test_of_a_sample_that_is_learnt_nothing_is_said() -> None:
    """p is 1 in float32, its gradient 0, and in truth some 1e-9: neither right nor wrong to all digits there are."""
    run = _run((LayerSpec(30, "relu"), LayerSpec(3, "softmax")), "multiclass", "sparse_categorical_crossentropy")
    shown = _look(run)
    parameters = (*shown.parameters[:1], replace(
        shown.parameters[1], bias=np.array([0, 0, 0], np.float32) + 40 * np.eye(3, dtype=np.float32)[shown.label or 0],
    ))  # fmt: skip
    run.backend.set_parameters(parameters)
    learnt = _look(run)
    assert compare_with_numpy(learnt).verdict == UNRESOLVED
    check = _checked(run, learnt)
    run.backend.close()
    assert {layer.verdict for layer in check.layers} == {UNRESOLVED}
    assert check.verdict == AGREE  # of the other samples it can be told
    assert "too small" in check_summary(replace(check, batch=()))


def test_differences_are_derivatives_and_corners_are_told_apart() -> None:
    """L = (max(0, w·x + b) − t)²: dL/dw = 2·(a − t)·x where w·x + b > 0, written out here."""
    parameters = (LayerParameters(np.array([[2.0], [0.5]]), np.array([-1.0])),)
    x, target = np.array([[1.0, 3.0]]), np.array([[0.25]])
    question = Question(parameters, ("relu",), x, target, "mean_squared_error", (None,))
    values, met = central_differences(question, question.passed(), 0, "kernel", np.array([0, 1]))
    a = 2.0 + 1.5 - 1.0
    np.testing.assert_allclose(values, [2 * (a - 0.25) * 1, 2 * (a - 0.25) * 3], rtol=1e-9)
    assert not met.any()
    corner = (LayerParameters(np.array([[2.0], [0.5]]), np.array([-3.5])),)  # z is exactly 0
    at_corner = replace(question, parameters=corner)
    for name, places in (("kernel", [0, 1]), ("bias", [0])):
        _, met = central_differences(at_corner, at_corner.passed(), 0, name, np.array(places))
        assert met.all()
    assert not central_differences(
        replace(at_corner, activations=("softplus",)), forward(corner, ("softplus",), x), 0, "bias", np.array([0])
    )[1].any()


def test_a_unit_at_its_corner_is_left_out_and_the_rest_agrees() -> None:
    run = _run((LayerSpec(6, "relu"), LayerSpec(3, "softmax")), "multiclass", "sparse_categorical_crossentropy")
    first = run.backend.parameters()[0]
    kernel, bias = np.array(first.kernel), np.array(first.bias)
    kernel[:, 2] = 0  # its z is 0 for every sample: at the corner of ReLU
    bias[2] = 0
    run.backend.set_parameters((replace(first, kernel=kernel, bias=bias), run.backend.parameters()[1]))
    check = _checked(run, _look(run))
    run.backend.close()
    assert check.verdict == AGREE
    assert check.layers[0].corners == INPUTS + 1
    assert check.layers[0].differenced == 6 * (INPUTS + 1) - (INPUTS + 1)
    assert "at a corner" in " ".join(row_of(check.layers[0]))


def test_the_measure_is_relative_with_a_floor() -> None:
    a = np.array([1.0, 1e-9])
    assert relative_error(a, np.array([1.0, 3e-9]), 0.01) == pytest.approx(2e-7)
    assert relative_error(a, np.array([2.0, 1e-9]), 0.01) == pytest.approx(0.5)
    assert relative_error(a, np.array([np.nan, 0]), 0.01) == np.inf
    assert relative_error(np.zeros(3), np.zeros(3), 0.0) == 0


def test_words_table_and_csv_say_what_was_found() -> None:
    run = _run((*HIDDEN, LayerSpec(3, "softmax")), "multiclass", "sparse_categorical_crossentropy")
    check = _checked(run, _look(run))
    run.backend.close()
    assert all(len(row_of(layer)) == len(HEADINGS) for layer in check.layers)
    rows = list(csv.DictReader(io.StringIO(check_csv(check))))
    assert [(int(row["samples"]), int(row["layer"])) for row in rows] == [(n, k) for n in (1, 8) for k in (1, 2, 3)]
    assert [float(row["error_numpy"]) for row in rows[:3]] == [layer.numpy for layer in check.layers]
    good = Trust(check, 5, check.worst, AGREE, True)
    assert mark_words(good)[0] == "good"
    assert mark_words(replace(good, is_current=False)) == ("good", "gradients checked at step 5")
    assert mark_words(replace(good, verdict=DIFFER, worst=0.3)) == ("error", "gradients differ at step 5: 0.300")
    assert mark_words(None)[0] == "idle"


def test_means_and_drawings_have_nothing_to_check() -> None:
    run = _run((LayerSpec(4), LayerSpec(3, "softmax")), "multiclass", "sparse_categorical_crossentropy")
    shown = _look(run)
    run.backend.close()
    assert job_of(shown) is not None
    assert job_of(replace(shown, count=8)) is None
    assert compare_with_numpy(replace(shown, gradients=None)).worst is None
    assert isinstance(shown.gradients, Gradients)
