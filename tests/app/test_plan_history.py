"""Undo and redo of edits of the plan, alone and in the window beside the strokes of a drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.plan_history import PlanHistory, describe
from app.windows.desktop import DesktopWindow
from nnviz.spec import LayerSpec, Plan, TrainingConfig, classifier, recommended_plan

READY_MS = 90_000
A, B, OUT = LayerSpec(128), LayerSpec(64, "tanh"), LayerSpec(10, "softmax")
PLAN = Plan(replace(classifier(), layers=(A, B, OUT)), TrainingConfig())


def with_layers(*layers: LayerSpec) -> Plan:
    return replace(PLAN, spec=replace(PLAN.spec, layers=layers))


def with_config(**changes: object) -> Plan:
    return replace(PLAN, config=replace(PLAN.config, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (with_layers(A, replace(B, units=32), OUT), "units of layer 2 from 64 to 32"),
        (with_layers(replace(A, activation="leaky_relu"), B, OUT), "activation of layer 1 from ReLU to leaky ReLU"),
        (with_layers(replace(A, kernel_initializer="he_normal"), B, OUT),
         "initializer of layer 1 from Glorot uniform to He normal"),
        (with_layers(A, replace(B, batch_norm=True), OUT), "batch normalisation of layer 2 on"),
        (with_layers(A, replace(B, use_bias=False), OUT), "bias of layer 2 off"),
        (with_layers(A, replace(B, dropout=0.25), OUT), "dropout of layer 2 from 0 to 0.25"),
        (with_layers(A, replace(B, dropout=0.25, units=3), OUT), "layer 2"),
        (with_layers(A, B, LayerSpec(32), OUT), "layer 3 added, 32 ReLU"),
        (with_layers(A, A, B, OUT), "duplicate of layer 1"),
        (with_layers(A, B, B, OUT), "duplicate of layer 2"),
        (with_layers(A, OUT), "layer 2 removed, 64 tanh"),
        (with_layers(B, OUT), "layer 1 removed, 128 ReLU"),
        (with_layers(B, A, OUT), "layers 1 and 2 swapped"),
        (with_layers(A, B, replace(OUT, activation="linear")), "activation of the output from softmax to linear"),
        (replace(with_layers(A, B, LayerSpec(10, "sigmoid")), config=TrainingConfig(loss="binary_crossentropy")),
         "output"),
        (with_config(loss="huber"), "loss from cross-entropy to Huber"),
        (with_config(learning_rate=0.01), "learning rate from 0.001 to 0.01"),
        (with_config(batch_size=5000), "batch size from 32 to 5,000"),
        (with_config(optimizer="momentum"), "optimizer from Adam to SGD with momentum"),
        (with_config(schedule="step"), "schedule from constant to in steps"),
        (with_config(shuffle=False), "shuffle off"),
        (with_config(patience=5), "early stopping from 0 to 5"),
        (with_config(epochs=9, seed=4), "training"),
        (recommended_plan((28, 28), 10, 100), "network and training"),
    ],
)
def test_an_edit_is_said_in_words(after: Plan, words: str) -> None:
    assert describe(PLAN, after) == words


@pytest.fixture
def history(qapp: QApplication) -> PlanHistory:
    made = PlanHistory()
    made.set_plan(PLAN)
    return made


def edit(history: PlanHistory, plan: Plan, text: str = "") -> None:
    """Announce a plan, which then comes into force."""
    history.announce(plan, text)
    history.set_plan(plan)


@pytest.fixture
def asked(history: PlanHistory) -> list[Plan]:
    plans: list[Plan] = []
    history.plan_requested.connect(plans.append)
    # As the session does: what is asked for is in force, and said.
    history.plan_requested.connect(history.set_plan)
    return plans


def test_edits_are_taken_back_and_done_again_in_order(history: PlanHistory, asked: list[Plan]) -> None:
    assert not history.can_undo
    first = with_layers(A, replace(B, units=32), OUT)
    second = replace(first, config=replace(first.config, learning_rate=0.1))
    for plan in (first, second):
        edit(history, plan)
    assert not asked, "an edit asks for nothing"
    assert history.undo_text == "learning rate from 0.001 to 0.1"
    history.undo()
    assert asked == [first]
    assert (history.undo_text, history.redo_text) == (
        "units of layer 2 from 64 to 32", "learning rate from 0.001 to 0.1",
    )
    history.undo()
    assert asked[-1] == PLAN
    assert not history.can_undo
    history.redo()
    history.redo()
    assert asked[-1] == second
    assert not history.can_redo
    history.undo()
    edit(history, with_layers(A, OUT), "another way")
    assert not history.can_redo
    assert history.undo_text == "another way"


def test_what_is_in_force_already_is_no_edit(history: PlanHistory) -> None:
    edit(history, PLAN)
    assert not history.can_undo


def test_what_is_refused_is_no_edit(history: PlanHistory, asked: list[Plan]) -> None:
    first = with_config(learning_rate=0.1)
    edit(history, first)
    history.announce(with_layers(A, OUT))
    history.set_plan(first)  # refused: the old plan is said again
    assert history.undo_text == "learning rate from 0.001 to 0.1"
    history.set_plan(with_config(learning_rate=0.1, epochs=10))
    assert history.undo_text == "learning rate from 0.001 to 0.1", "what comes later is not the edit that was refused"


def test_an_undo_that_is_refused_is_forgotten(history: PlanHistory) -> None:
    edit(history, with_config(learning_rate=0.1))
    history.plan_requested.connect(lambda _: history.set_plan(with_config(learning_rate=0.1)))
    history.undo()
    assert not history.can_undo
    assert not history.can_redo


def test_what_training_changed_since_stays(history: PlanHistory, asked: list[Plan]) -> None:
    edited = with_config(learning_rate=0.1)
    edit(history, edited)
    history.set_plan(replace(edited, config=replace(edited.config, epochs=10)))  # Train pressed after the last epoch
    history.undo()
    assert asked == [with_config(epochs=10)]


def test_another_network_from_elsewhere_forgets_the_edits(history: PlanHistory, asked: list[Plan]) -> None:
    edit(history, with_layers(A, OUT))
    history.set_plan(recommended_plan((4,), 3, 100))
    assert not history.can_undo
    history.undo()
    assert not asked


# -- in the window ---------------------------------------------------------------------------------------------------


@pytest.fixture
def quiet(bare_window: DesktopWindow, qtbot: QtBot) -> DesktopWindow:
    """A window without engine: the plan can be edited before TensorFlow is there."""
    window = bare_window
    window.session.start(with_data=False)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window


def type_units(qtbot: QtBot, window: DesktopWindow, text: str) -> QLineEdit:
    field = window.plan_panel.rows[1].units
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    return field


def draw(window: DesktopWindow) -> None:
    window.input_panel.canvas.setFocus()
    window.input_panel.canvas.draw_stroke(np.array([[0.3, 0.3], [0.6, 0.6]], np.float32))


def undo_text(window: DesktopWindow) -> str:
    return window.actions_by_name["undo"].text()


CTRL = Qt.KeyboardModifier.ControlModifier


def test_keys_undo_and_redo_an_edit_from_its_own_field(quiet: DesktopWindow, qtbot: QtBot) -> None:
    undo, redo = quiet.actions_by_name["undo"], quiet.actions_by_name["redo"]
    assert not undo.isEnabled()
    field = type_units(qtbot, quiet, "32")
    assert quiet.session.spec.sizes == (784, 128, 32, 10)
    assert undo_text(quiet) == "Undo: units of layer 2 from 64 to 32"
    qtbot.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert quiet.session.spec.sizes == (784, 128, 64, 10)
    assert field.text() == "64"
    assert not undo.isEnabled()
    assert redo.text() == "Redo: units of layer 2 from 64 to 32"
    qtbot.keyClick(field, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert quiet.session.spec.sizes == (784, 128, 32, 10)
    assert field.text() == "32"


def test_while_typing_the_keys_are_the_fields_own(quiet: DesktopWindow, qtbot: QtBot) -> None:
    field = type_units(qtbot, quiet, "32")
    qtbot.keyClicks(field, "5")
    assert field.text() == "325"
    qtbot.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert field.text() == "32"
    assert quiet.session.spec.sizes == (784, 128, 32, 10), "the edit before is not what was undone"


def test_undo_is_about_what_was_used_last(quiet: DesktopWindow, qtbot: QtBot) -> None:
    draw_action = quiet.actions_by_name["draw"]
    draw_action.trigger()
    draw(quiet)
    canvas = quiet.input_panel.canvas
    assert undo_text(quiet) == "Undo: stroke"
    type_units(qtbot, quiet, "32")
    assert undo_text(quiet) == "Undo: units of layer 2 from 64 to 32"
    canvas.setFocus()
    assert undo_text(quiet) == "Undo: stroke"
    qtbot.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    assert canvas.is_empty
    assert quiet.session.spec.sizes == (784, 128, 32, 10)
    qtbot.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    assert quiet.session.spec.sizes == (784, 128, 32, 10), "no more strokes: an edit elsewhere is not taken back"
    quiet.plan_panel.rate.setFocus()
    qtbot.keyClick(quiet.plan_panel.rate, Qt.Key.Key_Z, CTRL)
    assert quiet.session.spec.sizes == (784, 128, 64, 10)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda w: w.plan_panel.add_button.click(), "layer 3 added, 32 ReLU"),
        (lambda w: w.plan_panel.rows[0].remove.click(), "layer 1 removed, 128 ReLU"),
        (lambda w: w.plan_panel.rows[0].order["down"].click(), "layers 1 and 2 swapped"),
        (lambda w: w.plan_panel.rows[0].options.batch_norm.click(), "batch normalisation of layer 1 on"),
        (lambda w: w.plan_panel.output.options.bias.click(), "bias of the output off"),
        (lambda w: w.plan_panel.training.shuffle.click(), "shuffle off"),
    ],
)
def test_every_kind_of_edit_can_be_undone(
    quiet: DesktopWindow, act: Callable[[DesktopWindow], object], words: str
) -> None:
    session = quiet.session
    before = (session.spec, session.config)
    act(quiet)
    after = (session.spec, session.config)
    assert after != before
    assert undo_text(quiet) == f"Undo: {words}"
    quiet.actions_by_name["undo"].trigger()
    assert (session.spec, session.config) == before
    assert quiet.plan_panel.plan == Plan(*before)
    quiet.actions_by_name["redo"].trigger()
    assert (session.spec, session.config) == after
    assert quiet.plan_panel.plan == Plan(*after)


def test_letters_in_a_box_find_an_entry_and_no_sample(quiet: DesktopWindow, qtbot: QtBot) -> None:
    heard: list[int] = []
    for name in ("next_sample", "random_sample", "draw"):
        quiet.actions_by_name[name].triggered.connect(lambda *_: heard.append(1))
    box = quiet.plan_panel.optimizer
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_N)
    assert box.currentText().startswith("N")
    quiet.header.units.setFocus()
    qtbot.keyClick(quiet.header.units, Qt.Key.Key_R)
    quiet.dataset_box.setEnabled(True)
    quiet.dataset_box.setFocus()
    qtbot.keyClick(quiet.dataset_box, Qt.Key.Key_D)
    assert not heard
    quiet.stage.view.setFocus()
    qtbot.keyClick(quiet.stage.view, Qt.Key.Key_N)
    assert len(heard) == 1, "elsewhere the letter is the window's"


# -- with the engine ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_is_set_in_the_panel_is_trained_and_undo_brings_trained_weights_back(
    window: DesktopWindow, qtbot: QtBot
) -> None:
    window.start()
    session, panel = window.session, window.plan_panel
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    window.dataset_box.dataset_requested.emit("iris")
    qtbot.waitUntil(
        lambda: session.dataset is not None and session.dataset.name == "iris" and session.is_ready, timeout=READY_MS
    )
    assert panel.output.summary.text() == "Output: 3 softmax"
    assert not panel.recommended_button.isEnabled()
    panel.training.rate_fold.button.click()
    panel.rows[0].fold.click()
    panel.rows[0].options.batch_norm.click()
    for field, text in (
        (panel.rows[0].options.numbers["dropout"], "0.2"), (panel.rows[1].units, "6"), (panel.epochs, "8"),
        (panel.training.numbers["warmup_epochs"], "2"),
    ):
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
    panel.training.schedule.setFocus()
    qtbot.keyClick(panel.training.schedule, Qt.Key.Key_Down)
    assert session.config.schedule == "exponential"
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    window.actions_by_name["train"].trigger()
    qtbot.waitUntil(lambda: len(session.history.epochs) == 8 and session.phase == "idle", timeout=READY_MS)
    # The picture at rest comes after the last step.
    qtbot.waitUntil(lambda: session.network is not None and session.network.step == len(session.history))
    rates = session.history.learning_rate
    _when, shown = panel.training.preview.curve
    assert len(rates) == len(shown), "every step of so short a training has its place in the preview"
    assert np.allclose(rates, shown, rtol=1e-5)
    network = session.network
    assert network is not None
    assert network.parameters[0].norm is not None, "the network trained has the batch normalisation that was set"
    trained = [layer.kernel.copy() for layer in network.parameters]
    panel.rows[1].remove.click()
    qtbot.waitUntil(lambda: session.network is not None and len(session.network.spec.layers) == 2, timeout=READY_MS)
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    assert undo_text(window) == "Undo: layer 2 removed, 6 ReLU"
    window.actions_by_name["undo"].trigger()
    assert [row.units.text() for row in panel.rows] == ["16", "6"]
    qtbot.waitUntil(
        lambda: session.network is not None and session.network.spec.sizes == (4, 16, 6, 3), timeout=READY_MS
    )
    qtbot.waitUntil(lambda: session.is_ready and session.phase == "idle", timeout=READY_MS)
    assert session.network is not None
    for layer, kernel in zip(session.network.parameters, trained, strict=True):
        assert np.array_equal(layer.kernel, kernel)
