"""The code follows the plan as it is edited, and what is copied or saved is what is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT, Theme
from app.widgets.code_panel import CodePanel, token_colors
from app.windows.desktop import DesktopWindow
from nnviz.data.files import load as load_file
from nnviz.data.import_choice import ImportChoice
from nnviz.spec import Plan, TrainingConfig, classifier
from nnviz.training.keras_script import keras_script
from tests.shown import luminance, shown

CODE = 'import keras  # "not" a string: 3\nx = f("a # b", 0.5, x2, -1e-05, None)\n'


@pytest.fixture
def panel(qtbot: QtBot) -> CodePanel:
    return shown(qtbot, CodePanel(), 600, 500)


def colored(panel: CodePanel) -> list[tuple[str, str]]:
    """Return each coloured stretch of text with its colour."""
    found: list[tuple[str, str]] = []
    block = panel.view.document().begin()
    while block.isValid():
        found += [
            (block.text()[piece.start : piece.start + piece.length], piece.format.foreground().color().name())
            for piece in block.layout().formats()
        ]
        block = block.next()
    return found


def type_into(qtbot: QtBot, window: DesktopWindow, name: str, text: str) -> None:
    field = window.plan_panel.findChild(QLineEdit, name)
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_tokens_are_told_apart_and_can_be_read(panel: CodePanel, theme: Theme) -> None:
    panel.set_theme(theme)
    panel.set_code(CODE)
    colors = token_colors(theme)
    assert colored(panel) == [
        ("import", colors["keyword"]), ('# "not" a string: 3', colors["comment"]), ('"a # b"', colors["string"]),
        ("0.5", colors["number"]), ("1e-05", colors["number"]), ("None", colors["keyword"]),
    ]
    assert len(set(colors.values())) == 4
    ground = luminance(theme.raised)
    for color in colors.values():
        high, low = sorted((luminance(color), ground), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, color


def test_the_code_is_read_only_in_letters_of_one_width(panel: CodePanel, qtbot: QtBot) -> None:
    heard: list[object] = []
    panel.copied.connect(lambda: heard.append("copied"))
    panel.save_requested.connect(heard.append)
    panel.set_code(CODE)
    assert not heard
    qtbot.keyClicks(panel.view, "x")
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    assert panel.view.toPlainText() == CODE == panel.code
    panel.view.ensurePolished()
    metrics = panel.view.fontMetrics()
    assert metrics.horizontalAdvance("iiii") == metrics.horizontalAdvance("MMMM")
    # With the keyboard alone: select and copy a part, then on to a button and press it.
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == CODE.splitlines()[0]
    for button in panel.findChildren(QToolButton):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert button.accessibleName()
        assert button.toolTip()
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert sorted(map(str, heard)) == ["copied", CODE]


def test_the_place_scrolled_to_stays_when_the_code_changes(panel: CodePanel) -> None:
    panel.resize(300, 150)
    panel.set_code(keras_script(Plan(classifier(), TrainingConfig())))
    panel.view.verticalScrollBar().setValue(20)
    panel.set_code(keras_script(Plan(classifier(), TrainingConfig(epochs=6))))
    assert panel.view.verticalScrollBar().value() == 20


def test_hidden_at_first_opened_by_its_action_and_gone_again(window: DesktopWindow, qtbot: QtBot) -> None:
    dock, inputs = window.docks["code"], window.docks["input"]
    assert dock.isHidden()
    width = inputs.width()
    assert not inputs.visibleRegion().isEmpty()
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.code_panel.view.visibleRegion().isEmpty())
    qtbot.waitUntil(lambda: window.code_panel.view.horizontalScrollBar().maximum() == 0)
    assert window.code_panel.view.hasFocus()
    assert not window.plan_panel.visibleRegion().isEmpty(), "the plan must stay in sight"
    dock.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: dock.isHidden() and inputs.width() == width)
    qtbot.waitUntil(lambda: not inputs.visibleRegion().isEmpty())
    window.actions_by_name["code"].trigger()
    assert not dock.isHidden()
    window.docks.place()
    assert dock.isHidden()
    qtbot.waitUntil(lambda: inputs.width() == width)


def test_the_code_follows_every_edit_of_the_plan(window: DesktopWindow, qtbot: QtBot) -> None:
    panel, session = window.code_panel, window.session

    def wanted() -> str:
        return keras_script(Plan(session.spec, session.config))

    assert panel.code == wanted()
    for name, text, line in (
        ("layer_1_units", "48", 'keras.layers.Dense(48, activation="relu"),'),
        ("learning_rate", "0.02", "learning_rate=0.02"), ("batch_size", "100", "batch_size=100"),
        ("epochs", "3", "epochs=3"), ("seed", "12", "set_random_seed(12)"),
    ):
        assert line not in panel.view.toPlainText()
        type_into(qtbot, window, name, text)
        assert line in panel.view.toPlainText()
    type_into(qtbot, window, "batch_size", "none")
    assert "batch_size=100" in panel.view.toPlainText(), "the last valid plan stays"
    type_into(qtbot, window, "batch_size", "100")
    optimizer = window.plan_panel.findChild(QComboBox, "optimizer")
    assert optimizer is not None
    qtbot.keyClick(optimizer, Qt.Key.Key_Home)
    assert "keras.optimizers.SGD(learning_rate=0.02)" in panel.view.toPlainText()
    qtbot.mouseClick(window.plan_panel.add_button, Qt.MouseButton.LeftButton)
    assert panel.view.toPlainText().count("keras.layers.Dense(") == 4
    assert panel.code == panel.view.toPlainText() == wanted()


def test_copy_and_save(window: DesktopWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.actions_by_name["code"].trigger()
    panel = window.code_panel
    QGuiApplication.clipboard().setText("before")
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == panel.view.toPlainText()
    assert window.messages.current is not None
    assert "clipboard" in window.messages.current.text
    # The person's answers in the file dialog, which is the system's own: a name, no name, an impossible one.
    answers = iter([str(tmp_path / "mine"), "", str(tmp_path / "missing" / "a.py")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (next(answers), ""))
    for _ in range(2):
        qtbot.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    assert (tmp_path / "mine.py").read_text(encoding="utf-8") == panel.view.toPlainText()
    assert [path.name for path in tmp_path.glob("*.py")] == ["mine.py"]
    qtbot.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    assert window.messages.current is not None
    assert "missing" in window.messages.current.text


def test_where_there_is_no_code_the_panel_says_why(panel: CodePanel, qtbot: QtBot) -> None:
    panel.set_code(CODE)
    panel.set_problem("There is no Keras code for photos: only CSV files can be written.")
    assert panel.problem.isVisible()
    assert "photos" in panel.problem.text()
    assert not panel.view.isVisible()
    assert panel.code == ""
    QGuiApplication.clipboard().setText("before")
    for button in (panel.copy_button, panel.save_button):
        assert not button.isEnabled()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "before"
    panel.set_code(CODE)
    assert not panel.problem.isVisible()
    assert panel.view.toPlainText() == CODE
    assert panel.copy_button.isEnabled()


def test_data_of_ones_own_have_code_and_a_run_that_brings_them_back(
    bare_window: DesktopWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window = bare_window
    path = tmp_path / "trees.csv"
    rows = [f"{i % 3 + (i % 7) / 9:.3f},{('red', 'blue')[i % 2]},{('oak', 'elm', 'ash')[i % 3]}" for i in range(90)]
    path.write_text("\n".join(["length,colour,kind", *rows]), encoding="utf-8")
    session = window.session
    window.start()
    qtbot.waitUntil(lambda: session.dataset is not None, timeout=20_000)
    choice = ImportChoice(str(path), "csv", ("length", "colour"), ("kind",), ("colour",))
    session.take_own_dataset(load_file(choice))
    assert "learns kind from trees.csv" in window.code_panel.code
    assert 'classes = ["ash", "elm", "oak"]' in window.code_panel.code
    window.actions_by_name["copy_run"].trigger()
    text, run = QGuiApplication.clipboard().text(), session.run
    session.set_dataset("iris")
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.name == "iris", timeout=10_000)
    assert "load_iris" in window.code_panel.code
    QGuiApplication.clipboard().setText(text)
    window.actions_by_name["paste_run"].trigger()
    qtbot.waitUntil(lambda: session.run == run, timeout=10_000)
    assert "learns kind from trees.csv" in window.code_panel.code
    session.take_own_dataset(load_file(replace(choice, unreadable="missing")))
    assert not window.code_panel.copy_button.isEnabled()
    assert "cells that cannot be read" in window.code_panel.problem.text()
