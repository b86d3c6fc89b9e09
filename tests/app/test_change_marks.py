"""What is said of changes made while training runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.change_marks import ChangeMarks, describe_change
from nnviz.spec import LayerSpec, NetworkSpec, Plan, TrainingConfig, classifier
from nnviz.training.history import History
from nnviz.training.records import StepRecords

PLAN = Plan(classifier((4,), (16, 8), 3), TrainingConfig(learning_rate=0.01))


def with_layers(*changes: tuple[int, dict[str, object]], plan: Plan = PLAN) -> Plan:
    layers = list(plan.spec.layers)
    for index, values in changes:
        layers[index] = replace(layers[index], **values)  # type: ignore[arg-type]
    return replace(plan, spec=replace(plan.spec, layers=tuple(layers)))


def with_config(plan: Plan = PLAN, **values: object) -> Plan:
    return replace(plan, config=replace(plan.config, **values))  # type: ignore[arg-type]


def history_of(steps: int) -> History:
    made = History(3)
    if steps:
        column, table = np.zeros(steps, np.float32), np.zeros((steps, 3), np.float32)
        made.append(StepRecords(0, 1, 1, column, column, table, table, column))
    return made


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (PLAN, ""),
        (with_config(epochs=99, patience=3, seed=5), ""),
        (with_config(learning_rate=0.001), "lr 0.01 → 0.001"),
        (with_config(batch_size=64, momentum=0.5), "batch 32 → 64, momentum 0.9 → 0.5"),
        (with_layers((0, {"dropout": 0.3})), "dropout 0 → 0.3 in layer 1"),
        (with_layers((0, {"dropout": 0.3}), (1, {"dropout": 0.3})), "dropout 0 → 0.3"),
        (with_layers((0, {"l2": 0.1}), (1, {"l2": 0.2})), "L2 of 2 layers"),
        (with_layers((1, {"activation": "leaky_relu"})), "activation relu → leaky relu in layer 2"),
        (with_layers((1, {"use_bias": False})), "bias on → off in layer 2"),
        (with_layers((1, {"units": 9})), "units 4-16-8-3 → 4-16-9-3"),
        (replace(PLAN, spec=classifier((4,), (5,), 3)), "network 4-5-3"),
        (with_config(learning_rate=1.0, batch_size=1, momentum=0.0, optimizer="sgd"),
         "optimizer adam → sgd, lr 0.01 → 1 and 2 more"),
    ],
)  # fmt: skip
def test_changes_are_said_in_a_few_words(new: Plan, words: str) -> None:
    assert describe_change(PLAN, new) == words


def test_a_mark_stands_at_the_first_step_it_applies_to() -> None:
    marks, history = ChangeMarks(), history_of(120)
    assert not marks.note(PLAN, history)
    assert marks.note(with_config(learning_rate=0.001), history)
    assert marks.of(history) == ((121, "lr 0.01 → 0.001", "change"),)


def test_edits_before_the_next_step_are_one_change() -> None:
    marks, history = ChangeMarks(), history_of(5)
    marks.note(PLAN, history)
    marks.note(with_config(learning_rate=0.001), history)
    marks.note(with_config(learning_rate=0.0001), history)
    assert [text for _, text, _ in marks.of(history)] == ["lr 0.01 → 0.0001"]
    assert marks.note(PLAN, history)
    assert marks.of(history) == ()


def test_before_the_first_step_nothing_is_marked_and_each_training_has_its_own() -> None:
    marks, empty, other = ChangeMarks(), history_of(0), history_of(9)
    marks.note(PLAN, empty)
    assert not marks.note(with_config(learning_rate=0.5), empty)
    assert marks.note(PLAN, other)
    assert marks.of(empty) == ()
    assert marks.of(other) == ((10, "lr 0.5 → 0.01", "change"),)


def test_one_hidden_layer_needs_no_number() -> None:
    plan = Plan(NetworkSpec((2,), (LayerSpec(4), LayerSpec(1, "sigmoid"))), TrainingConfig())
    assert describe_change(plan, with_layers((0, {"dropout": 0.5}), plan=plan)) == "dropout 0 → 0.5"
