"""The digits window: draw and see the answer, by mouse and keys, without TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QScrollArea, QTextBrowser
from pytestqt.qtbot import QtBot

from app.widgets.help_text import KeysDialog
from app.widgets.result_card import HEIGHT, SCALE, WIDTH
from app.windows.digits import EMPTY_HEADLINE, DigitsWindow
from nnviz.picture.answers import answer_of, uniform


@pytest.fixture
def theme_name() -> str:
    return "dark"


@pytest.fixture
def window(digits_window: DigitsWindow) -> DigitsWindow:
    return digits_window


def draw_one(qtbot: QtBot, window: DigitsWindow) -> None:
    canvas = window.canvas
    x = canvas.width() // 2
    top, bottom = canvas.height() // 5, 4 * canvas.height() // 5
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, top))
    for y in range(top, bottom, 8):
        qtbot.mouseMove(canvas, QPoint(x, y))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, bottom))


def test_empty_paper_asks_for_a_digit(window: DigitsWindow) -> None:
    assert window.answer.text() == EMPTY_HEADLINE
    frame = window.view.frame
    assert frame is not None
    assert frame.probabilities == "uniform"
    # Every class has the same share, and none is the winner.
    assert [(guess.name, guess.probability) for guess in window.answer_row.bars.guesses] == [("", 0.1), ("", 0.1)]
    snapshot = window.session.snapshot
    assert snapshot is not None
    rows = uniform(answer_of(window.view.meaning, snapshot)).rows
    assert [(row.name, row.text, row.says) for row in rows] == [(str(k), "10.0 %", False) for k in range(10)]


def test_a_stroke_is_read_and_can_be_undone(window: DigitsWindow, qtbot: QtBot) -> None:
    draw_one(qtbot, window)
    qtbot.waitUntil(lambda: window.answer.text() == "1", timeout=5_000)
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert snapshot.forward.output[0].sum() == pytest.approx(1, abs=1e-5)
    assert np.array_equal(snapshot.sample.reshape(28, 28), window.canvas.image())
    order = np.argsort(snapshot.forward.output[0])[::-1]
    guesses = window.answer_row.bars.guesses
    assert [guess.name for guess in guesses] == [str(order[0]), str(order[1])]
    assert guesses[1].probability == pytest.approx(float(snapshot.forward.output[0][order[1]]))
    qtbot.mouseClick(window.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.answer.text() == EMPTY_HEADLINE)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.answer.text() == "1")
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.answer.text() == EMPTY_HEADLINE)


def test_replay_and_theme_by_keys(window: DigitsWindow, qtbot: QtBot) -> None:
    draw_one(qtbot, window)
    qtbot.waitUntil(lambda: window.answer.text() == "1", timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert window.view.is_playing
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert not window.view.is_playing
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert not window._themes.theme.is_dark


@pytest.mark.parametrize("size", [(1024, 600), (1280, 720), (1440, 900), (1920, 1080), (800, 480), (800, 1280)])
def test_nothing_overlaps_at_any_size(window: DigitsWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window.resize(*size)
    qtbot.wait(20)
    tools = window.tools
    left = [window.canvas, window.undo_button, tools.erase_button, tools.thick_button, window.clear_button]
    words = [window.seen, window.answer, window.second, window.answer_row.bars]
    parts = [*left, *words, window.view]
    boxes = [part.rect().translated(part.mapTo(window, QPoint())) for part in parts]
    for place, box in enumerate(boxes):
        assert window.rect().contains(box), parts[place].objectName()
        for other in boxes[place + 1 :]:
            assert not box.adjusted(1, 1, -1, -1).intersects(other.adjusted(1, 1, -1, -1))


@pytest.mark.parametrize("size", [(1024, 600), (1440, 900), (800, 1280)])
def test_nothing_moves_where_a_remark_comes_or_goes(
    window: DigitsWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window.resize(*size)
    parts = (window.answer, window.answer_row.bars, window.seen, window.canvas)

    def places(remark: str) -> list[QRect]:
        window.answer_row.set_answer("7", remark, ())
        qtbot.wait(5)
        return [part.geometry() for part in parts]

    assert places("") == places("No digit I know; nearest 7.")


def test_the_tools_have_one_height(window: DigitsWindow) -> None:
    tops = {(each.y(), each.height()) for each in (window.undo_button, window.tools.erase_button, window.clear_button)}
    assert len(tops) == 1


@pytest.mark.parametrize("size", [(480, 480), (480, 800), (800, 480), (1024, 600), (1280, 720)])
def test_the_words_of_the_tabs_and_the_tools_beside_them_have_room(
    window: DigitsWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qtbot.wait(20)
    tabs = [window.findChild(QPushButton, f"drawer_tab_{name}") for name in window.digits_drawer.page_names]
    row = window.digits_drawer.tabs
    for tab in tabs:
        assert tab.width() >= tab.sizeHint().width(), tab.text()
        assert tab.geometry().right() < row.width()
    tools = [tool for tool in window.corner_tools.buttons.values() if tool.isVisible()]
    assert len(tools) == 6 or size[0] < 1024
    assert all(tool.width() >= 40 for tool in tools)
    assert all(row.rect().contains(tool.mapTo(row, tool.rect().bottomRight())) for tool in tools)


def test_tab_goes_from_the_paper_to_the_tools_and_to_every_page(window: DigitsWindow, qtbot: QtBot) -> None:
    draw_one(qtbot, window)
    qtbot.waitUntil(window.undo_button.isEnabled)
    window.activateWindow()
    window.canvas.setFocus()
    passed: list[str] = []
    while "corner_keys" not in passed:
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        passed.append(window.focusWidget().objectName())
        assert len(passed) < 40, passed
    wanted = ["undo_button", "clear_button", "seen_image", "network_view"]
    wanted += [f"drawer_tab_{name}" for name in window.digits_drawer.page_names] + ["corner_sound"]
    assert [name for name in passed if name in wanted] == wanted


def test_tensorflow_is_never_imported() -> None:
    code = (
        "import sys, time; from app.application import create_application, create_window; from app.settings import "
        "Settings; from app.theme import ThemeManager; a = create_application(); t = ThemeManager(a); t.apply();"
        "w = create_window('digits', Settings(), t); w.show(); w.start(); w.prepare_screenshot();"
        "end = time.time() + 20\n"
        "while w.answer.text() == 'Draw a digit' and time.time() < end: a.processEvents(); time.sleep(0.01)\n"
        "print(w.answer.text(), 'tensorflow' in sys.modules); w.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["3", "False"]


@pytest.mark.parametrize("size", [(1024, 600), (1440, 900), (800, 1280)])
def test_the_drawer_never_hides_the_canvas(window: DigitsWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    first, second = QLabel("because"), QLabel("learn")
    window.digits_drawer.add_page("first", "First", first, key="F8")
    window.digits_drawer.add_page("second", "Second", second, key="F9")
    window.stage.set_reduce_motion(True)
    window.resize(*size)
    qtbot.wait(20)
    assert not window.digits_drawer.isVisible()
    told: list[str] = []
    window.digits_drawer.page_changed.connect(told.append)
    qtbot.mouseClick(window.findChild(QPushButton, "drawer_tab_first"), Qt.MouseButton.LeftButton)
    assert told == ["first"]
    assert first.isVisible()
    drawer = window.digits_drawer
    assert drawer.isVisible()
    box = drawer.rect().translated(drawer.mapTo(window, QPoint()))
    assert window.rect().contains(box)
    assert not box.intersects(window.canvas.rect().translated(window.canvas.mapTo(window, QPoint())))
    view = window.view.rect().translated(window.view.mapTo(window, QPoint()))
    assert box.intersects(view) == (size == (1024, 600))  # beside the graph where there is room
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert second.isVisible()
    assert not first.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F8)
    qtbot.keyClick(window, Qt.Key.Key_F8)
    assert not drawer.isVisible()
    assert told == ["first", "second", "first", ""]
    qtbot.keyClick(window, Qt.Key.Key_F8)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not drawer.isVisible()


@pytest.mark.parametrize("size", [(1024, 600), (1280, 720), (800, 1280)])
def test_pages_need_no_scrolling(window: DigitsWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window.stage.set_reduce_motion(True)
    window.resize(*size)
    draw_one(qtbot, window)
    qtbot.waitUntil(lambda: window.answer.text() == "1", timeout=5_000)
    pixels = window.why_page.pixels
    for name in window.digits_drawer.page_names:
        window.digits_drawer.set_page(name)
        area = window.findChild(QScrollArea, f"drawer_area_{name}")
        bar = area.verticalScrollBar()
        if name == "why":  # what has most to show: the edited image too
            pixels.method.setCurrentIndex(pixels.method.findData("change"))
            pixels.method.activated.emit(pixels.method.currentIndex())
            qtbot.waitUntil(pixels.edited.isVisible, timeout=5_000)
        qtbot.wait(50)
        assert bar.maximum() == 0, name
        assert area.widget().width() <= area.viewport().width(), name


def test_a_message_moves_nothing_that_is_drawn_on(window: DigitsWindow, qtbot: QtBot) -> None:
    window.resize(1024, 600)
    qtbot.wait(50)
    parts = (window.canvas, window.tools, window.seen, window.answer_row)
    before = [part.geometry() for part in parts]
    window.messages.show_error("Nothing was imported: a file with a long name, digit 3: label must be from 0 to 9. ")
    qtbot.waitUntil(window.messages.isVisible)
    qtbot.waitUntil(lambda: window.stage.geometry().top() > window.messages.geometry().bottom())
    assert [part.geometry() for part in parts] == before


def test_of_two_digits_it_is_said_which_one_the_bars_are_of(window: DigitsWindow, qtbot: QtBot) -> None:
    for x in (0.25, 0.75):
        window.canvas.draw_stroke(np.array([[x, 0.2], [x, 0.5], [x, 0.8]]))
    qtbot.waitUntil(lambda: window.answer.text() == "1 1", timeout=5_000)
    assert window.second.text() == "Two digits; bars: the 2nd."
    result = window.result.result()
    assert result is not None
    assert (result.headline, result.remark, result.seen) == ("1 1", window.second.text(), "seen: digit 2 of 2")


def test_the_drawer_slides(window: DigitsWindow, qtbot: QtBot) -> None:
    window.digits_drawer.add_page("first", "First", QLabel("because"))
    window.resize(1024, 600)
    window.stage.set_reduce_motion(False)
    qtbot.wait(20)
    window.digits_drawer.set_page("first")
    qtbot.waitUntil(lambda: window.digits_drawer.geometry().right() == window.stage.rect().right())
    window.digits_drawer.set_page("")
    qtbot.waitUntil(lambda: not window.digits_drawer.isVisible())
    with pytest.raises(ValueError, match="no page 'second'"):
        window.digits_drawer.set_page("second")
    with pytest.raises(ValueError, match="'first' already"):
        window.digits_drawer.add_page("first", "First", QLabel(""))


def test_a_long_answer_is_set_smaller_and_moves_nothing(window: DigitsWindow, qtbot: QtBot) -> None:
    window.resize(1024, 600)
    qtbot.wait(20)
    canvas = window.canvas.geometry()
    window.answer_row.set_answer("4", "", ())
    large = window.answer.fontMetrics().height()
    window.answer_row.set_answer("Not sure: 4 or 9?", "", ())
    qtbot.wait(20)
    assert window.answer.fontMetrics().height() < large
    assert window.answer.fontMetrics().horizontalAdvance(window.answer.text()) <= window.answer.width() + 2
    assert window.canvas.geometry() == canvas
    assert window.width() == 1024


def test_the_graph_ends_with_the_last_point_however_fast_they_come(window: DigitsWindow, qtbot: QtBot) -> None:
    canvas = window.canvas
    shown: list[object] = []
    window.view.snapshot_painted.connect(lambda: shown.append(window.view.snapshot))
    answers: list[object] = []
    window.session.snapshot_changed.connect(answers.append)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
    for k in range(60):
        qtbot.mouseMove(canvas, QPoint(60 + 2 * k, 60 + 2 * k))
        qtbot.wait(4)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(180, 180))
    qtbot.waitUntil(lambda: np.array_equal(window.view.snapshot.sample.reshape(28, 28), canvas.image()))
    qtbot.waitUntil(window.is_settled)
    assert window.view.snapshot is answers[-1]
    assert len(shown) <= len(answers)


def test_a_card_of_the_result_is_copied_and_saved(
    window: DigitsWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    QApplication.clipboard().clear()
    qtbot.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().image().isNull()  # nothing is drawn
    current = window.messages.current
    assert current is not None
    assert "Draw a digit first" in current.text
    draw_one(qtbot, window)
    qtbot.waitUntil(lambda: window.answer.text() == "1", timeout=5_000)
    qtbot.mouseClick(window.corner_tools.buttons["copy"], Qt.MouseButton.LeftButton)
    card = QApplication.clipboard().image()
    assert (card.width(), card.height()) == (WIDTH * SCALE, HEIGHT * SCALE)
    path = tmp_path / "card.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    saved = QImage(str(path))
    assert saved.convertToFormat(card.format()) == card
    # The ink stands where it was drawn: the stroke is a vertical line in the middle of the paper.
    side = (HEIGHT - 2 * 32 - 40) * SCALE
    middle = saved.pixelColor(32 * SCALE + side // 2, 32 * SCALE + side // 2)
    aside = saved.pixelColor(32 * SCALE + side // 5, 32 * SCALE + side // 2)
    assert middle.lightnessF() - aside.lightnessF() > 0.6  # dark theme: light ink


def test_sound_is_off_until_it_is_wanted(
    window: DigitsWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    beeps: list[bool] = []
    monkeypatch.setattr(QApplication, "beep", lambda: beeps.append(True))
    draw_one(qtbot, window)
    assert not beeps
    qtbot.mouseClick(window.corner_tools.buttons["sound"], Qt.MouseButton.LeftButton)
    beeps.clear()
    draw_one(qtbot, window)
    assert beeps == [True]


def test_eraser_and_pen_by_keys_and_buttons(window: DigitsWindow, qtbot: QtBot) -> None:
    thin = window.canvas.pen_width
    qtbot.keyClick(window, Qt.Key.Key_E)
    assert window.canvas.eraser
    assert window.tools.erase_button.isChecked()
    qtbot.mouseClick(window.tools.erase_button, Qt.MouseButton.LeftButton)
    assert not window.canvas.eraser
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert window.canvas.pen_width > 1.3 * thin
    draw_one(qtbot, window)
    qtbot.waitUntil(lambda: window.answer.text() == "1", timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert window.canvas.pen_width == thin


def test_the_keys_dialog_tells_of_gestures_and_pages(window: DigitsWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    text = window.findChild(QTextBrowser, "keys_text").toPlainText()
    for words in ("Two fingers to the left", "Three fingers", "Why?", "Thick pen".lower(), "F11"):
        assert words.lower() in text.lower()
    dialog = window.findChild(KeysDialog)
    dialog.reject()
