"""The plan panel: what is typed wrong is said, and the plan in force survives."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.widgets.plan_panel import OPTIMIZER_NAMES, PlanPanel
from nnviz.spec import OPTIMIZERS, LayerSpec, Plan, TrainingConfig, classifier


@pytest.fixture
def panel(qtbot: QtBot) -> PlanPanel:
    made = PlanPanel()
    qtbot.addWidget(made)
    made.set_plan(Plan(classifier(), TrainingConfig()))
    made.show()
    return made


def type_into(qtbot: QtBot, panel: PlanPanel, name: str, text: str) -> QLineEdit:
    field = panel.findChild(QLineEdit, name)
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    return field


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("layer_1_units", "0", "Units must be at least 1, got 0 (layer 1)"),
        ("layer_2_units", "-5", "Units must be at least 1, got -5 (layer 2)"),
        ("layer_1_units", "many", "Units must be a whole number, got 'many' (layer 1)"),
        ("layer_1_units", "10000000", "Units must be at most 4,096, got 10,000,000 (layer 1)"),
        ("learning_rate", "nan", "Learning rate must be above 0 and at most 1000, got nan"),
        ("learning_rate", "fast", "Learning rate must be a number, got 'fast'"),
        ("batch_size", "0", "Batch size must be at least 1, got 0"),
        ("epochs", "1.5", "Epochs must be a whole number, got '1.5'"),
        ("seed", "-1", "Seed must be at least 0, got -1"),
    ],
)
def test_bad_input_is_said_and_changes_nothing(
    panel: PlanPanel, qtbot: QtBot, field: str, text: str, words: str
) -> None:
    heard: list[Plan] = []
    panel.plan_edited.connect(heard.append)
    edit = type_into(qtbot, panel, field, text)
    assert not heard
    assert panel.error.isVisible()
    assert words in panel.error.text()
    assert edit.property("invalid") is True
    assert edit.text() == text, "what was typed must stay"
    good = "48" if "units" in field else "0.01" if field == "learning_rate" else "7"
    type_into(qtbot, panel, field, good)
    assert not panel.error.isVisible()
    assert len(heard) == 1


def test_edits_make_plans(panel: PlanPanel, qtbot: QtBot) -> None:
    heard: list[Plan] = []
    panel.plan_edited.connect(heard.append)
    type_into(qtbot, panel, "layer_1_units", "32")
    type_into(qtbot, panel, "learning_rate", "0.05")
    qtbot.mouseClick(panel.add_button, Qt.MouseButton.LeftButton)
    assert heard[-1].spec.sizes == (784, 32, 64, 32, 10)
    assert heard[-1].config.learning_rate == 0.05
    removed = panel._rows[1].remove
    qtbot.mouseClick(removed, Qt.MouseButton.LeftButton)
    assert heard[-1].spec.sizes == (784, 32, 32, 10)
    qtbot.keyClick(panel._rows[0].activation, Qt.Key.Key_Down)
    assert heard[-1].spec.layers[0] == LayerSpec(32, "tanh")
    assert "784-32-32-10: " in panel.title.text()


def test_setting_a_plan_emits_nothing(panel: PlanPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.plan_edited):
        panel.set_plan(Plan(classifier(hidden=(16, 8, 4)), TrainingConfig("sgd", 0.5, 7, 3, seed=9)))
    assert [row.units.text() for row in panel._rows] == ["16", "8", "4"]
    assert panel.rate.text() == "0.5"
    assert panel.optimizer.currentText() == "SGD"


def test_all_hidden_layers_can_go(panel: PlanPanel, qtbot: QtBot) -> None:
    heard: list[Plan] = []
    panel.plan_edited.connect(heard.append)
    for _ in range(2):
        qtbot.mouseClick(panel._rows[0].remove, Qt.MouseButton.LeftButton)
    assert heard[-1].spec.sizes == (784, 10)


def test_every_optimizer_can_be_chosen_and_the_momentum_in_force_stays(panel: PlanPanel, qtbot: QtBot) -> None:
    assert set(OPTIMIZER_NAMES) == set(OPTIMIZERS)
    heard: list[Plan] = []
    panel.plan_edited.connect(heard.append)
    panel.set_plan(Plan(classifier(), TrainingConfig("sgd", momentum=0.5)))
    panel.optimizer.setFocus()
    qtbot.keyClick(panel.optimizer, Qt.Key.Key_Down)
    assert heard[-1].config == TrainingConfig("momentum", momentum=0.5)
    assert panel.optimizer.currentText() == "SGD with momentum"


def test_long_names_do_not_widen_the_panel(panel: PlanPanel) -> None:
    wide = panel.fontMetrics().horizontalAdvance("SGD with momentum")
    assert panel.optimizer.minimumSizeHint().width() < wide
    assert panel._rows[0].activation.minimumSizeHint().width() < wide
    assert panel.optimizer.view().minimumWidth() > wide


def test_an_edit_keeps_how_a_layer_is_initialized(panel: PlanPanel, qtbot: QtBot) -> None:
    heard: list[Plan] = []
    panel.plan_edited.connect(heard.append)
    layers = (LayerSpec(128, "relu", "he_normal"), LayerSpec(64, "relu", "zeros"), LayerSpec(10, "softmax"))
    panel.set_plan(Plan(replace(classifier(), layers=layers), TrainingConfig()))
    type_into(qtbot, panel, "layer_1_units", "32")
    assert heard[-1].spec.layers == (LayerSpec(32, "relu", "he_normal"), *layers[1:])
