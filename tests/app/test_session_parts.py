"""The plain objects that a session is made of: the plan in force, the position of a training, the shelf."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.desks.plan_in_force import PlanInForce
from app.desks.shelf import KEPT_EDITS, Shelf
from app.desks.training_position import TrainingPosition
from app.session_values import Kept, Network
from nnviz.data.datasets import Dataset, load
from nnviz.errors import SpecError
from nnviz.maths.parameters import initial_parameters
from nnviz.spec import MAX_EPOCHS, LayerSpec, NetworkSpec, Plan, TrainingConfig, classifier, recommended_plan
from nnviz.training.records import EpochRecord, StepRecords
from tests.tiny import small_config, small_spec

IRIS = load("iris")
DIABETES = load("diabetes")


def recommended(dataset: Dataset) -> Plan:
    return recommended_plan(dataset.input_shape, dataset.output_count, len(dataset.train), dataset.task)


# -- the plan in force -------------------------------------------------------------------------------------------


def test_a_plan_that_nobody_edited_becomes_what_suits_the_data() -> None:
    planned = PlanInForce()
    planned.add_epochs(7)  # Train went on; that is no edit
    planned.suit(IRIS)
    assert planned.plan == recommended(IRIS)
    assert planned.asked_epochs == recommended(IRIS).config.epochs
    planned.suit(DIABETES)
    assert planned.plan == recommended(DIABETES)


def test_an_edited_plan_keeps_its_hidden_layers_and_values() -> None:
    planned = PlanInForce()
    config = TrainingConfig("sgd", 0.3, epochs=9)
    planned.ask(Plan(classifier((28, 28), (11, 12), 10, "tanh"), config))
    planned.suit(DIABETES)
    assert planned.spec.input_shape == (10,)
    assert [(layer.units, layer.activation) for layer in planned.spec.layers] == [
        (11, "tanh"), (12, "tanh"), (1, "linear"),
    ]  # fmt: skip
    assert planned.config == replace(config, loss="mean_squared_error")


def test_more_outputs_leave_a_recommended_plan_recommended_and_an_edited_one_edited() -> None:
    planned = PlanInForce()
    planned.suit(IRIS)
    planned.set_output(LayerSpec(4, "softmax"))
    assert planned.spec.layers[-1].units == 4
    planned.suit(IRIS)
    assert planned.plan == recommended(IRIS)
    planned.ask(Plan(planned.spec, replace(planned.config, batch_size=5)))
    planned.set_output(LayerSpec(4, "softmax"))
    planned.suit(IRIS)
    assert planned.config.batch_size == 5


def test_added_epochs_are_forgotten_and_bounded() -> None:
    planned = PlanInForce()
    planned.ask(Plan(planned.spec, replace(planned.config, epochs=3)))
    assert not planned.forget_added_epochs()
    planned.add_epochs(3)
    assert (planned.config.epochs, planned.asked_epochs) == (6, 3)
    assert planned.forget_added_epochs()
    assert planned.config.epochs == 3
    planned.add_epochs(MAX_EPOCHS)
    assert planned.config.epochs == MAX_EPOCHS


# -- the position of a training ----------------------------------------------------------------------------------


def steps(first: int, count: int, layers: int = 2) -> StepRecords:
    scalars, table = np.zeros(count, np.float32), np.zeros((count, layers), np.float32)
    return StepRecords(1, first, 1, scalars, scalars, table, table, scalars)


def epoch(number: int, step: int) -> EpochRecord:
    return EpochRecord(1, number, step, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_curves_go_on_where_the_engine_counts_anew() -> None:
    position = TrainingPosition(2)
    position.take_steps(steps(1, 5))
    position.take_epoch(epoch(1, 5))
    position.carry_on()
    position.take_steps(steps(1, 3))
    position.take_epoch(epoch(1, 3))
    assert position.history.step.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert position.history.epoch.tolist() == [1] * 5 + [2] * 3
    assert [(record.epoch, record.step) for record in position.history.epochs] == [(1, 5), (2, 8)]
    assert (position.steps, position.epochs, position.steps_before, position.in_all(4)) == (8, 2, 5, 9)


def test_a_history_put_aside_is_left_alone_and_resumed() -> None:
    position = TrainingPosition(2)
    position.take_steps(steps(1, 5))
    kept = position.history
    position.restart(3, "accuracy")
    position.take_steps(steps(1, 2, layers=3))
    assert (len(kept), position.steps, position.steps_before) == (5, 2, 0)
    position.resume(kept)
    position.take_steps(steps(1, 1))
    assert kept.step.tolist() == [1, 2, 3, 4, 5, 6]


def test_steps_that_do_not_follow_are_refused() -> None:
    position = TrainingPosition(2)
    position.take_steps(steps(1, 5))
    with pytest.raises(SpecError, match="must follow step 5"):
        position.take_steps(steps(5, 1))


# -- the shelf ---------------------------------------------------------------------------------------------------


def with_units(units: int) -> NetworkSpec:
    return classifier((6,), (units,), 3)


def test_weights_before_the_last_edits_are_kept_and_the_oldest_go() -> None:
    shelf = Shelf()
    made = {units: initial_parameters(with_units(units), units) for units in range(1, KEPT_EDITS + 3)}
    for units, parameters in made.items():
        shelf.keep_weights(with_units(units), parameters)
    assert shelf.weights_of(with_units(1)) is None
    assert shelf.weights_of(with_units(2)) is None
    assert all(shelf.weights_of(with_units(units)) is made[units] for units in range(3, KEPT_EDITS + 3))
    newer = initial_parameters(with_units(3), 99)
    shelf.keep_weights(with_units(3), newer)
    assert shelf.weights_of(with_units(3)) is newer
    assert shelf.weights_of(with_units(4)) is made[4], "the same network twice takes one place"
    shelf.forget_weights()
    assert shelf.weights_of(with_units(3)) is None


def test_a_network_comes_off_the_shelf_once() -> None:
    position = TrainingPosition(len(small_spec().layers))
    network = Network(small_spec(), initial_parameters(small_spec(), 0), "yours", "Yours", 4)
    kept = Kept(network, IRIS, position.history, Plan(small_spec(), small_config()))
    shelf = Shelf()
    assert shelf.take() is None
    shelf.put(kept)
    assert shelf.take() is kept
    assert shelf.take() is None
