"""Of several digits on the paper a person picks one, and everything that follows is of it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from pytestqt.qtbot import QtBot

from app.widgets.help_text import KeysDialog
from app.windows.digits import DigitsWindow


@pytest.fixture
def theme_name() -> str:
    return "light"


@pytest.fixture
def window(digits_window: DigitsWindow, qtbot: QtBot) -> DigitsWindow:
    """With a 1 and a 7 on the paper."""
    digits_window.resize(1024, 600)
    digits_window.canvas.draw_stroke(np.array([[0.2, 0.2], [0.2, 0.5], [0.2, 0.8]]))
    digits_window.canvas.draw_stroke(np.array([[0.5, 0.25], [0.85, 0.25], [0.65, 0.8]]))
    qtbot.waitUntil(lambda: digits_window.answer.text() == "1 7", timeout=5_000)
    return digits_window


def said(window: DigitsWindow) -> int:
    snapshot = window.session.snapshot
    assert snapshot is not None
    return int(snapshot.forward.output[0].argmax())


def picked(window: DigitsWindow) -> list[bool]:
    return [button.isChecked() for button in window.answer_row.picks.buttons]


def pick(qtbot: QtBot, window: DigitsWindow, number: int, digit: int) -> None:
    qtbot.mouseClick(window.answer_row.picks.buttons[number], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: said(window) == digit, timeout=5_000)


def test_a_click_on_a_digit_of_the_answer_shows_that_one_everywhere(window: DigitsWindow, qtbot: QtBot) -> None:
    assert said(window) == 7
    assert picked(window) == [False, True]
    pick(qtbot, window, 0, 1)
    assert picked(window) == [True, False]
    assert window.answer.text() == "1 7"
    assert window.second.text() == "Two digits; bars: the 1st."
    assert window.answer_row.bars.guesses[0].name == "1"
    assert window.seen.caption == "seen: digit 1 of 2"
    reading = window.canvas.reading()
    snapshot = window.session.snapshot
    assert snapshot is not None
    assert np.array_equal(snapshot.sample.reshape(28, 28), reading.images[0])
    result = window.result.result()
    assert result is not None
    assert np.array_equal(result.image, reading.images[0])
    assert result.seen == "seen: digit 1 of 2"
    # The graph follows as soon as it keeps up.
    qtbot.waitUntil(lambda: window.view.snapshot is window.session.snapshot, timeout=5_000)


def test_keys_go_from_digit_to_digit_and_a_stroke_goes_back_to_the_last(window: DigitsWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_BracketLeft)
    qtbot.waitUntil(lambda: said(window) == 1, timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_BracketLeft)  # there is none before
    assert picked(window) == [True, False]
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    qtbot.waitUntil(lambda: said(window) == 7, timeout=5_000)
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: said(window) == 1, timeout=5_000)
    window.canvas.draw_stroke(np.array([[0.6, 0.5], [0.85, 0.5]]))  # the bar of the 7
    qtbot.waitUntil(lambda: said(window) == 7, timeout=5_000)
    assert window.seen.caption == "seen: digit 2 of 2"
    assert picked(window) == [False, True]


def test_one_digit_can_not_be_picked(window: DigitsWindow, qtbot: QtBot) -> None:
    assert window.actions_by_name["digit_before"].isEnabled()
    window.canvas.undo()
    qtbot.waitUntil(lambda: window.answer.text() == "1", timeout=5_000)
    assert window.answer_row.picks.buttons == ()
    assert not window.answer_row.picks.isVisible()
    assert not window.actions_by_name["digit_before"].isEnabled()
    assert window.seen.caption == "what the network sees"


def test_the_buttons_lie_over_their_digits_and_are_named(window: DigitsWindow, qtbot: QtBot) -> None:
    qtbot.wait(20)
    line = window.answer
    boxes = [QRect(button.mapTo(line, QPoint()), button.size()) for button in window.answer_row.picks.buttons]
    ink = [column for column in range(line.width()) if column_has_text(window, column)]
    assert boxes[0].right() <= boxes[1].left() + 1
    assert {k for k, box in enumerate(boxes) for x in ink if box.left() <= x <= box.right()} == {0, 1}
    assert all(any(box.left() <= x <= box.right() for box in boxes) for x in ink)
    names = [button.accessibleName() for button in window.answer_row.picks.buttons]
    assert names == ["Digit 1 of 2: 1", "Digit 2 of 2: 7"]
    assert all(button.toolTip() for button in window.answer_row.picks.buttons)
    window.canvas.setFocus()
    for _ in range(40):
        if window.focusWidget() in window.answer_row.picks.buttons:
            break
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.focusWidget() in window.answer_row.picks.buttons
    window.answer_row.picks.buttons[1].setFocus()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: said(window) == 1, timeout=5_000)


def column_has_text(window: DigitsWindow, column: int) -> bool:
    """Whether there is ink of the text above the line that marks the digit picked."""
    image = window.answer.grab(QRect(column, 4, 1, window.answer.height() - 14)).toImage()
    return any(image.pixelColor(0, y).lightness() < 100 for y in range(image.height()))


def test_the_digit_picked_is_outlined_on_the_paper(window: DigitsWindow, qtbot: QtBot) -> None:
    window.clear_button.setFocus()  # the paper's edge shows whether it has the focus
    before = window.canvas.grab().toImage()
    pick(qtbot, window, 0, 1)
    after = window.canvas.grab().toImage()
    differs = [
        (x, y) for x in range(before.width()) for y in range(before.height()) if before.pixel(x, y) != after.pixel(x, y)
    ]
    xs, ys = zip(*differs, strict=True)
    side = window.canvas.width()
    assert 0.1 * side < min(xs) < 0.2 * side < max(xs) < 0.3 * side
    assert min(ys) < 0.2 * side
    assert max(ys) > 0.8 * side


def test_the_digit_picked_is_explained_and_taught(window: DigitsWindow, qtbot: QtBot) -> None:
    pick(qtbot, window, 0, 1)
    window.digits_drawer.set_page("why")
    qtbot.waitUntil(lambda: window.canvas.overlay is not None, timeout=10_000)
    overlay = window.canvas.overlay
    assert overlay is not None
    assert overlay[1].center().x() == pytest.approx(0.2 * 280, abs=15)  # its colours lie about the 1
    window.teaching.teach(1, 0.01, until_right=False)
    qtbot.waitUntil(lambda: len(window.teaching.store.digits) == 1, timeout=5_000)
    (digit,) = window.teaching.store.digits
    assert np.array_equal(digit.image, np.rint(window.canvas.reading().images[0] * 255))
    assert len(digit.strokes) == 1
    qtbot.waitUntil(lambda: not window.session.teaching.is_busy, timeout=20_000)


@pytest.mark.parametrize(("number", "digit"), [(0, 1), (1, 7)])
def test_the_colours_of_a_digit_keep_off_its_neighbour(
    window: DigitsWindow, qtbot: QtBot, number: int, digit: int
) -> None:
    pick(qtbot, window, number, digit)
    window.digits_drawer.set_page("why")
    qtbot.waitUntil(lambda: window.canvas.overlay is not None, timeout=10_000)
    overlay = window.canvas.overlay
    assert overlay is not None
    picture, place = overlay
    half = (0.2 + 0.5) / 2 * 280  # the 1 ends at 0.2, the 7 begins at 0.5
    pixel = place.height() / picture.height()
    assert place.width() / picture.width() == pytest.approx(pixel)
    assert (place.right() if number == 0 else -place.left()) <= (half if number == 0 else -half) + pixel
    assert place.left() < (0.2 if number == 0 else 0.5) * 280 < place.right()  # its own ink is covered


def test_the_keys_are_in_the_help(window: DigitsWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialog = window.findChild(KeysDialog)
    assert dialog is not None
    assert "[, Alt+Left" in dialog.text.toPlainText()
    assert "Of several digits" in dialog.text.toPlainText()
    dialog.close()


def test_a_visitor_of_a_kiosk_has_the_keys(window: DigitsWindow) -> None:
    window.set_kiosk()
    for name in ("digit_before", "digit_after"):
        assert window.actions_by_name[name].shortcuts()
    window.unlock()
