"""The plan panel: what is typed wrong is said, the value in force survives, everything of a plan can be set."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.plan_words import INITIALIZERS, LOSS_NAMES, OPTIMIZER_NAMES, SCHEDULE_NAMES
from app.theme import ThemeManager
from app.widgets.choice_box import ChoiceBox
from app.widgets.plan_panel import PlanPanel
from app.widgets.rate_preview import rates_over_epochs
from app.windows.desktop import DesktopWindow
from app.windows.desktop_docks import scrolling
from nnviz.spec import (
    KERNEL_INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    LayerSpec,
    NetworkSpec,
    Plan,
    TrainingConfig,
    classifier,
    recommended_plan,
)
from tests.shown import shown

ROW = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(qtbot: QtBot) -> PlanPanel:
    made = PlanPanel()
    made.set_task("multiclass", 10)
    made.set_plan(Plan(classifier(), TrainingConfig()))
    shown(qtbot, made)
    made.activateWindow()
    return made


@pytest.fixture
def heard(panel: PlanPanel) -> list[Plan]:
    plans: list[Plan] = []
    panel.plan_edited.connect(plans.append)
    return plans


def child(panel: QWidget, name: str) -> QWidget:
    found = panel.findChild(QWidget, name)
    assert found is not None, name
    return found


def type_into(qtbot: QtBot, panel: QWidget, name: str, text: str) -> QLineEdit:
    field = panel.findChild(QLineEdit, name)
    assert field is not None
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    return field


def click(qtbot: QtBot, panel: QWidget, name: str) -> None:
    button = child(panel, name)
    assert button.isVisible(), name
    # The indicator of a check box is at its left end.
    where = QPoint(8, button.height() // 2) if isinstance(button, QCheckBox) else button.rect().center()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=where)


def choose(qtbot: QtBot, panel: QWidget, name: str, text: str) -> None:
    """Choose an entry as with the keyboard: by the arrow keys, entry by entry; each is heard of only if it is new."""
    box = child(panel, name)
    assert isinstance(box, ChoiceBox)
    assert box.isVisible(), name
    goal = box.findText(text)
    assert goal >= 0, text
    box.setFocus()
    for _ in range(box.count()):
        at = box.currentIndex()
        if at == goal:
            return
        qtbot.keyClick(box, Qt.Key.Key_Down if goal > at else Qt.Key.Key_Up)
    raise AssertionError(f"{text} is not reached")


def message(panel: QWidget, name: str) -> QLabel:
    label = panel.findChild(QLabel, f"{name}_error")
    assert label is not None
    return label


# -- wrong values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "text", "words", "good"),
    [
        ("layer_1_units", "0", "Units must be at least 1, got 0 (layer 1)", "48"),
        ("layer_2_units", "-5", "Units must be at least 1, got -5 (layer 2)", "48"),
        ("layer_1_units", "many", "Units must be a whole number, got 'many'", "48"),
        ("layer_1_units", "10000000", "Units must be at most 4,096, got 10,000,000 (layer 1)", "48"),
        ("learning_rate", "nan", "Learning rate must be above 0 and at most 1000, got nan", "0.01"),
        ("learning_rate", "fast", "Learning rate must be a number, got 'fast'", "0.01"),
        ("batch_size", "0", "Batch size must be at least 1, got 0", "7"),
        ("epochs", "1.5", "Epochs must be a whole number, got '1.5'", "7"),
        ("seed", "-1", "Seed must be at least 0, got -1", "7"),
    ],
)
def test_bad_input_is_said_and_changes_nothing(
    panel: PlanPanel, heard: list[Plan], qtbot: QtBot, field: str, text: str, words: str, good: str
) -> None:
    edit = type_into(qtbot, panel, field, text)
    assert not heard
    label = message(panel, field)
    assert label.isVisible()
    assert words in label.text()
    assert edit.property("invalid") is True
    assert edit.text() == text, "what was typed must stay"
    assert label.mapTo(panel, QPoint()).y() > edit.mapTo(panel, QPoint()).y(), "the sentence stands at its field"
    type_into(qtbot, panel, field, good)
    assert not label.isVisible()
    assert not edit.property("invalid")
    assert len(heard) == 1


def test_a_wrong_field_does_not_hold_the_others_up(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    type_into(qtbot, panel, "learning_rate", "fast")
    type_into(qtbot, panel, "layer_1_units", "32")
    assert heard[-1].spec.sizes == (784, 32, 64, 10)
    assert heard[-1].config.learning_rate == 1e-3, "the last valid value stays in force"
    assert panel.rate.text() == "fast"
    assert message(panel, "learning_rate").isVisible()
    panel.rate.setFocus()
    qtbot.keyClick(panel.rate, Qt.Key.Key_Escape)
    assert panel.rate.text() == "0.001"
    assert not message(panel, "learning_rate").isVisible()


def test_what_is_wrong_of_a_layer_does_not_go_to_another(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    type_into(qtbot, panel, "layer_1_units", "0")
    click(qtbot, panel, "layer_1_remove")
    assert heard[-1].spec.sizes == (784, 64, 10)
    assert panel.rows[0].units.text() == "64"
    assert not message(panel, "layer_1_units").isVisible()


def test_a_network_too_large_is_refused_at_the_units(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    panel.set_plan(Plan(classifier((5_000,), (3_900,)), TrainingConfig()))  # 19.5 million weights
    type_into(qtbot, panel, "layer_1_units", "4096")
    assert not heard
    assert "at most 20,000,000 weights" in message(panel, "layer_1_units").text()


# -- layers --------------------------------------------------------------------------------------------------------


def test_edits_make_plans(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    type_into(qtbot, panel, "layer_1_units", "32")
    type_into(qtbot, panel, "learning_rate", "0.05")
    qtbot.mouseClick(panel.add_button, Qt.MouseButton.LeftButton)
    assert heard[-1].spec.sizes == (784, 32, 64, 32, 10)
    assert heard[-1].config.learning_rate == 0.05
    click(qtbot, panel, "layer_2_remove")
    assert heard[-1].spec.sizes == (784, 32, 32, 10)
    choose(qtbot, panel, "layer_1_activation", "tanh")
    assert heard[-1].spec.layers[0] == LayerSpec(32, "tanh")
    assert panel.title.text() == f"{784 * 32 + 32 + 32 * 32 + 32 + 32 * 10 + 10:,} parameters"
    assert panel.title.toolTip().startswith("784-32-32-10: ")


def test_setting_a_plan_emits_nothing(panel: PlanPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.plan_edited):
        panel.set_plan(Plan(classifier(hidden=(16, 8, 4)), TrainingConfig("sgd", 0.5, 7, 3, seed=9)))
        panel.set_task("regression", 1)
        panel.set_samples(100, 20)
        panel.set_recommended(recommended_plan((28, 28), 10, 55_000))
    assert [row.units.text() for row in panel.rows] == ["16", "8", "4"]
    assert panel.rate.text() == "0.5"
    assert panel.optimizer.currentText() == "SGD"


def test_all_hidden_layers_can_go(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    for _ in range(2):
        click(qtbot, panel, "layer_1_remove")
    assert heard[-1].spec.sizes == (784, 10)
    qtbot.mouseClick(panel.add_button, Qt.MouseButton.LeftButton)
    assert heard[-1].spec.sizes == (784, 32, 10)


def test_every_option_of_a_layer_is_there_unfolded_and_said_folded(
    panel: PlanPanel, heard: list[Plan], qtbot: QtBot
) -> None:
    assert panel.findChild(QWidget, "layer_1_dropout") is None, "folded until asked for"
    click(qtbot, panel, "layer_1_options")
    choose(qtbot, panel, "layer_1_initializer", "He normal")
    click(qtbot, panel, "layer_1_bias")
    click(qtbot, panel, "layer_1_batch_norm")
    type_into(qtbot, panel, "layer_1_dropout", "30 %")
    type_into(qtbot, panel, "layer_1_l1", "1e-5")
    type_into(qtbot, panel, "layer_1_l2", "0,001")
    wanted = LayerSpec(128, "relu", "he_normal", False, True, 0.3, 1e-5, 0.001)
    assert heard[-1].spec.layers == (wanted, LayerSpec(64), LayerSpec(10, "softmax"))
    type_into(qtbot, panel, "layer_1_dropout", "0.99")
    assert "Dropout must be from 0 to 0.95, got 0.99" in message(panel, "layer_1_dropout").text()
    assert heard[-1].spec.layers[0] == wanted
    caption = panel.rows[0].caption
    assert not caption.isVisible(), "unfolded, the fields say it"
    click(qtbot, panel, "layer_1_options")
    assert caption.isVisible()
    assert caption.text() == "BN · drop 0.3 · L1 1e-5 · L2 0.001 · no bias · He normal"
    assert not panel.rows[1].caption.isVisible()


def test_an_edit_keeps_the_other_options_of_a_layer(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    first = LayerSpec(128, "relu", "he_normal", dropout=0.2)
    layers = (first, LayerSpec(64, "relu", "zeros"), LayerSpec(10, "softmax"))
    panel.set_plan(Plan(replace(classifier(), layers=layers), TrainingConfig()))
    type_into(qtbot, panel, "layer_1_units", "32")
    assert heard[-1].spec.layers == (replace(layers[0], units=32), *layers[1:])


def test_layers_move_and_are_copied_by_buttons_and_keys(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    click(qtbot, panel, "layer_1_options")
    type_into(qtbot, panel, "layer_1_dropout", "0.5")
    assert not child(panel, "layer_1_up").isEnabled(), "the first cannot move up"
    click(qtbot, panel, "layer_1_down")
    assert [layer.units for layer in heard[-1].spec.layers] == [64, 128, 10]
    assert heard[-1].spec.layers[1].dropout == 0.5
    assert panel.rows[1].is_unfolded, "what is unfolded goes along"
    assert not panel.rows[0].is_unfolded
    click(qtbot, panel, "layer_2_duplicate")
    assert [layer.units for layer in heard[-1].spec.layers] == [64, 128, 128, 10]
    units = panel.rows[2].units
    units.setFocus()
    for key, sizes in (
        (Qt.Key.Key_Up, [64, 128, 128, 10]), (Qt.Key.Key_Up, [128, 64, 128, 10]), (Qt.Key.Key_Up, [128, 64, 128, 10]),
        (Qt.Key.Key_Down, [64, 128, 128, 10]), (Qt.Key.Key_D, [64, 128, 128, 128, 10]),
        (Qt.Key.Key_Delete, [64, 128, 128, 10]), (Qt.Key.Key_N, [64, 128, 128, 32, 10]),
    ):
        focus = QApplication.focusWidget()
        assert isinstance(focus, QLineEdit), "the focus goes with the layer"
        qtbot.keyClick(focus, key, ROW)
        assert panel.plan is not None
        assert [layer.units for layer in panel.plan.spec.layers] == sizes
    assert QApplication.focusWidget() is panel.rows[3].units, "a new layer's units can be typed at once"


def test_no_more_layers_than_a_network_may_have(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    panel.set_plan(Plan(classifier(hidden=(4,) * 31), TrainingConfig()))
    assert not panel.add_button.isEnabled()
    click(qtbot, panel, "layer_1_options")
    click(qtbot, panel, "layer_1_duplicate")
    assert not heard
    assert "1 to 32 layers, got 33" in panel.layers.error.text()
    assert panel.layers.error.isVisible()


def test_a_layer_that_cannot_learn_is_said(panel: PlanPanel, qtbot: QtBot) -> None:
    remark = panel.rows[0].remark
    assert not remark.isVisible()
    choose(qtbot, panel, "layer_1_activation", "step")
    assert remark.isVisible()
    assert "no gradient" in remark.text()


# -- output --------------------------------------------------------------------------------------------------------


def test_output_can_be_set_apart_and_put_back(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    assert not panel.output.remark.isVisible()
    assert not panel.output.outputs.isVisible(), "folded"
    click(qtbot, panel, "output_options")
    assert not panel.output.outputs.isVisible(), "only two classes can have one output or two"
    assert not panel.output.suggested.isEnabled()
    choose(qtbot, panel, "output_activation", "linear")
    assert heard[-1].spec.layers[-1] == LayerSpec(10, "linear")
    assert panel.output.remark.text() == "Linear output with cross-entropy: not probabilities."
    assert panel.output.remark.isVisible()
    choose(qtbot, panel, "loss", "mean squared error")
    assert heard[-1].config.loss == "mean_squared_error"
    click(qtbot, panel, "output_suggested")
    assert heard[-1] == Plan(classifier(), TrainingConfig())
    assert not panel.output.remark.isVisible()
    assert not panel.output.suggested.isEnabled()


def test_two_classes_have_one_output_or_two(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    panel.set_task("binary", 1)
    plan = recommended_plan((2,), 1, 500, "binary")
    panel.set_plan(plan)
    click(qtbot, panel, "output_options")
    choose(qtbot, panel, "output_units", "2: softmax")
    assert heard[-1].spec.layers[-1] == LayerSpec(2, "softmax")
    assert heard[-1].config.loss == "sparse_categorical_crossentropy"
    assert not panel.output.remark.isVisible()
    choose(qtbot, panel, "output_units", "1: sigmoid")
    assert heard[-1] == plan
    choose(qtbot, panel, "output_activation", "softmax")
    assert "Softmax over one output is always 1" in panel.output.remark.text()


def test_a_loss_that_cannot_be_computed_is_refused(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    panel.set_task("regression", 2)
    panel.set_plan(recommended_plan((8,), 2, 400, "regression"))
    click(qtbot, panel, "output_options")
    panel.output.loss.setFocus()
    for _ in range(2):
        qtbot.keyClick(panel.output.loss, Qt.Key.Key_Up)
    assert [plan.config.loss for plan in heard] == ["binary_crossentropy"]
    assert panel.output.loss.currentText() == "binary cross-entropy", "the box shows what is in force"
    assert panel.output.error.isVisible()
    assert "needs one class for each sample, these data have numbers" in panel.output.error.text()


def test_the_output_has_options_too_but_no_dropout(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    click(qtbot, panel, "output_options")
    type_into(qtbot, panel, "output_l2", "0.01")
    click(qtbot, panel, "output_bias")
    assert heard[-1].spec.layers[-1] == LayerSpec(10, "softmax", use_bias=False, l2=0.01)
    assert not child(panel, "output_dropout").isVisible()
    assert not child(panel, "output_batch_norm").isVisible()


# -- training ------------------------------------------------------------------------------------------------------


def test_every_value_of_training_can_be_set(panel: PlanPanel, heard: list[Plan], qtbot: QtBot) -> None:
    click(qtbot, panel, "rate_options")
    click(qtbot, panel, "stop_options")
    choose(qtbot, panel, "optimizer", "Nesterov")
    choose(qtbot, panel, "schedule", "cosine")
    click(qtbot, panel, "shuffle")
    for name, text in (
        ("learning_rate", "0.5"), ("batch_size", "64"), ("epochs", "7"), ("seed", "3"), ("momentum", "0.8"),
        ("decay_factor", "0.1"), ("decay_epochs", "4.5"), ("warmup_epochs", "1"), ("validation_share", "0.2"),
        ("patience", "6"), ("target_accuracy", "97.5 %"),
    ):
        type_into(qtbot, panel, name, text)
    click(qtbot, panel, "restore_best")
    click(qtbot, panel, "output_options")
    choose(qtbot, panel, "loss", "Huber")
    wanted = TrainingConfig(
        "nesterov", 0.5, 64, 7, "huber", 3, False, 0.8, "cosine", 0.1, 4.5, 1.0, 0.2, 6, False, 0.975
    )
    assert heard[-1].config == wanted
    defaults = TrainingConfig()
    same = [f.name for f in fields(TrainingConfig) if getattr(wanted, f.name) == getattr(defaults, f.name)]
    assert not same, "the test must set every field"
    click(qtbot, panel, "rate_options")
    click(qtbot, panel, "stop_options")
    assert panel.training.rate_fold.caption.text() == "cosine to ×0.1 in 4.5 epochs · warm-up 1"
    assert panel.training.stop_fold.caption.text() == "no shuffle · validation 20 % · patience 6 · stop at 97.5 %"


def test_fields_are_there_where_they_mean_something(panel: PlanPanel, qtbot: QtBot) -> None:
    click(qtbot, panel, "rate_options")
    click(qtbot, panel, "stop_options")
    numbers = panel.training.numbers
    assert not numbers["momentum"].isVisible()
    assert not numbers["decay_factor"].isVisible()
    assert not panel.training.restore_best.isEnabled()
    choose(qtbot, panel, "optimizer", "SGD with momentum")
    choose(qtbot, panel, "schedule", "exponential")
    type_into(qtbot, panel, "patience", "3")
    assert numbers["momentum"].isVisible()
    assert numbers["decay_factor"].isVisible()
    assert panel.training.restore_best.isEnabled()
    assert numbers["target_accuracy"].isVisible()
    panel.set_task("regression", 1)
    assert not numbers["target_accuracy"].isVisible(), "numbers have no accuracy"
    type_into(qtbot, panel, "patience", "")
    assert panel.plan is not None
    assert panel.plan.config.patience == 0, "an empty field is what it says: never"


def test_the_momentum_in_force_stays_with_another_optimizer(
    panel: PlanPanel, heard: list[Plan], qtbot: QtBot
) -> None:
    panel.set_plan(Plan(classifier(), TrainingConfig("sgd", momentum=0.5)))
    choose(qtbot, panel, "optimizer", "SGD with momentum")
    assert heard[-1].config == TrainingConfig("momentum", momentum=0.5)


def test_the_preview_is_what_training_will_do(panel: PlanPanel) -> None:
    config = TrainingConfig(
        batch_size=10, epochs=8, learning_rate=0.4, schedule="exponential", decay_factor=0.5, decay_epochs=2,
        warmup_epochs=2,
    )
    panel.set_samples(100, 20)
    panel.set_plan(Plan(classifier(), config))
    when, rates = panel.training.preview.curve
    assert len(when) == 80, "ten steps an epoch, every one of them"
    for epoch, rate in zip(when.tolist(), rates.tolist(), strict=True):
        wanted = 0.4 * epoch / 2 if epoch < 2 else 0.4 * 0.5 ** ((epoch - 2) / 2)
        assert math.isclose(rate, wanted, rel_tol=1e-5, abs_tol=1e-7)
    panel.set_plan(Plan(classifier(), replace(config, validation_share=0.5)))
    assert len(panel.training.preview.curve[0]) == 48, "60 samples are left to learn from"


def test_the_preview_of_a_long_training_is_quick() -> None:
    when, rates = rates_over_epochs(TrainingConfig(epochs=10_000, schedule="cosine", decay_epochs=10_000), 1_000_000)
    assert len(when) == len(rates) <= 240
    assert rates[0] == pytest.approx(1e-3)
    assert rates[-1] == pytest.approx(5e-4, rel=1e-3)
    assert 9_999 < when[-1] < 10_000


def test_recommended_sets_what_suits_the_data_but_the_seed(
    panel: PlanPanel, heard: list[Plan], qtbot: QtBot
) -> None:
    assert not panel.recommended_button.isEnabled(), "nothing is known of the data yet"
    plan = recommended_plan((4,), 3, 96)
    panel.set_recommended(plan)
    panel.set_plan(Plan(classifier((4,), (5,), 3), TrainingConfig(seed=11)))
    qtbot.mouseClick(panel.recommended_button, Qt.MouseButton.LeftButton)
    assert heard == [replace(plan, config=replace(plan.config, seed=11))]
    assert not panel.recommended_button.isEnabled()


# -- the boxes -----------------------------------------------------------------------------------------------------


def test_every_choice_is_offered_and_explains_itself(panel: PlanPanel, qtbot: QtBot) -> None:
    click(qtbot, panel, "layer_1_options")
    assert set(OPTIMIZER_NAMES) == set(OPTIMIZERS)
    assert set(LOSS_NAMES) == set(LOSSES)
    assert set(SCHEDULE_NAMES) == set(SCHEDULES)
    assert {key for group in INITIALIZERS for key, _, _ in group} == set(KERNEL_INITIALIZERS)
    for name, keys in (
        ("optimizer", OPTIMIZERS), ("loss", LOSSES), ("schedule", SCHEDULES),
        ("layer_1_initializer", KERNEL_INITIALIZERS), ("output_initializer", KERNEL_INITIALIZERS),
    ):
        box = child(panel, name)
        assert isinstance(box, QComboBox)
        places = [box.findData(key) for key in keys]
        assert min(places) >= 0
        for place in places:
            assert str(box.itemData(place, Qt.ItemDataRole.ToolTipRole)).endswith("."), box.itemText(place)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut_in_the_narrowest_panel(qtbot: QtBot, theme: str) -> None:
    themes = ThemeManager()
    themes.set_choice(theme)
    made = PlanPanel()
    qtbot.addWidget(made)
    made.set_task("binary", 1)
    layers = (LayerSpec(4096, "leaky_relu", "he_normal", False, True, 0.35, 1e-5, 1e-5), LayerSpec(1, "sigmoid"))
    config = TrainingConfig(
        "momentum", 0.00012345, 10_000, 10_000, "binary_crossentropy", 2**31 - 1, schedule="exponential",
        warmup_epochs=12.5, patience=100, validation_share=0.125, target_accuracy=0.9875,
    )
    made.set_plan(Plan(NetworkSpec((30,), layers), config))
    made.show()
    for name in ("layer_1_options", "output_options", "rate_options", "stop_options"):
        click(qtbot, made, name)
    for box in made.findChildren(ChoiceBox):
        widest = max(range(box.count()), key=lambda i: box.fontMetrics().horizontalAdvance(box.itemText(i)))
        box.setCurrentIndex(widest)
    made.resize(made.minimumSizeHint().width(), 1600)
    QApplication.processEvents()
    assert made.width() <= 248
    nothing_is_cut(made)


def nothing_is_cut(panel: QWidget) -> None:
    for box in panel.findChildren(ChoiceBox):
        if box.isVisible():
            assert box.fontMetrics().horizontalAdvance(box.currentText()) <= box.text_room(), box.objectName()
    for label in panel.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.sizeHint().width() <= label.width(), label.text()
        elif label.isVisible():
            assert label.heightForWidth(label.width()) <= label.height(), label.text()
    for button in panel.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.sizeHint().width() <= button.width(), button.objectName()
    for field in panel.findChildren(QLineEdit):
        if field.isVisible():
            # 2 for the frame, 8 + 8 padding, 2 + 2 that Qt keeps free.
            assert field.fontMetrics().horizontalAdvance(field.text()) <= field.width() - 22, field.objectName()


def test_nothing_is_cut_in_the_dock_of_a_small_window(window: DesktopWindow, qtbot: QtBot) -> None:
    window.resize(window.minimumSize())
    panel = window.plan_panel
    panel.set_plan(Plan(classifier(), TrainingConfig("momentum", schedule="exponential", patience=3)))
    choose(qtbot, panel, "layer_1_activation", "leaky ReLU")
    for name in ("layer_1_options", "output_options", "rate_options", "stop_options"):
        child(panel, name).click()
        QApplication.processEvents()
        window.resizeDocks([window.docks["plan"]], [20], Qt.Orientation.Horizontal)
        QApplication.processEvents()
        nothing_is_cut(panel)
        area = window.docks["plan"].widget()
        assert isinstance(area, QScrollArea)
        assert panel.mapTo(area.viewport(), panel.rect().topRight()).x() < area.viewport().width(), name
    window.resize(1600, 900)
    window.resizeDocks([window.docks["plan"]], [400], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    assert panel.rows[0].activation.width() > 150, "where there is room the fields take it"


def test_the_wheel_scrolls_the_panel_and_changes_no_network(
    panel: PlanPanel, heard: list[Plan], qtbot: QtBot
) -> None:
    def turn(box: QWidget) -> None:
        middle = QPointF(box.rect().center())
        event = QWheelEvent(
            middle, box.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )
        QApplication.sendEvent(box, event)

    panel.rate.setFocus()
    turn(panel.optimizer)
    assert not heard
    panel.optimizer.setFocus()
    turn(panel.optimizer)
    assert heard[-1].config.optimizer == "adamw"


def test_what_is_unfolded_comes_into_view(qtbot: QtBot) -> None:
    made = PlanPanel()
    made.set_plan(Plan(classifier(), TrainingConfig()))
    area = scrolling(made)
    shown(qtbot, area, 260, 420)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())

    def is_seen(name: str) -> bool:
        field = child(made, name)
        return area.viewport().rect().contains(field.mapTo(area.viewport(), field.rect().bottomRight()))

    click(qtbot, made, "stop_options")
    qtbot.waitUntil(lambda: is_seen("shuffle") and is_seen("target_accuracy"))
    assert made.width() <= area.viewport().width(), "the scroll bar covers nothing"


def test_tab_goes_down_the_panel_as_it_stands(panel: PlanPanel, qtbot: QtBot) -> None:
    for layers in (2, 4, 1):
        hidden = tuple(LayerSpec(8, "relu") for _ in range(layers))
        panel.set_plan(Plan(NetworkSpec((784,), (*hidden, LayerSpec(10, "softmax"))), TrainingConfig()))
        qtbot.waitUntil(lambda: all(row.isVisible() for row in panel.rows))
        panel.rows[0].units.setFocus()
        names = []
        for _ in range(40):
            focus = QApplication.focusWidget()
            assert focus is not None
            names.append(focus.objectName())
            if names[-1] == "stop_options":
                break
            qtbot.keyClick(focus, Qt.Key.Key_Tab)
        rows = [
            f"layer_{row}_{field}" for row in range(1, layers + 1)
            for field in ("units", "activation", "options", "remove")
        ]
        assert names == [
            *rows, "add_layer", "output_options", "optimizer", "learning_rate", "batch_size", "epochs", "seed",
            "rate_options", "stop_options",
        ]
