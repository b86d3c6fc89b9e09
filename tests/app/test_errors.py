"""The strip of messages: never in the way, never piling up; and the hooks that feed it."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import errors
from app.errors import ErrorBar, Message, install_exception_hooks
from app.session import Session
from app.session_values import Progress
from app.theme import DARK, LIGHT
from app.windows.outdated import Outdated
from nnviz.errors import SaveError

# The offscreen platform says so of every window whose smallest size changes.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def bar(qtbot: QtBot) -> Iterator[ErrorBar]:
    window = QWidget()
    window.resize(900, 400)
    layout = QVBoxLayout(window)
    made = ErrorBar(window)
    layout.addWidget(made)
    layout.addStretch(1)
    qtbot.addWidget(window)
    window.show()
    yield made
    window.close()  # named here so that it lives until now: qtbot only remembers it weakly


def text(bar: ErrorBar) -> str:
    label = bar.findChild(QLabel, "errorBarText")
    assert isinstance(label, QLabel)
    return label.text()


def count_text(bar: ErrorBar) -> str:
    label = bar.findChild(QLabel, "errorBarCount")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def button(bar: ErrorBar, name: str) -> QAbstractButton:
    found = bar.findChild(QAbstractButton, name)
    assert isinstance(found, QAbstractButton)
    return found


def test_nothing_to_say_takes_no_room(bar: ErrorBar) -> None:
    assert not bar.isVisible()
    assert bar.current is None
    bar.show_error("The disk is full.")
    assert bar.isVisible()
    bar.dismiss()
    assert not bar.isVisible()
    bar.dismiss()  # nothing happens


def test_the_same_message_again_counts_up(bar: ErrorBar) -> None:
    for _ in range(1000):
        bar.show_error("Training diverged.")
    assert bar.waiting_count == 1
    assert bar.current_count == 1000
    assert count_text(bar) == "×1000"
    bar.dismiss()
    assert not bar.isVisible()


def test_newest_problem_first_then_the_older_ones(bar: ErrorBar, qtbot: QtBot) -> None:
    bar.show_error("one")
    bar.show_error("two")
    assert text(bar) == "two"
    assert count_text(bar) == "1 more"
    with qtbot.waitSignal(bar.dismissed):
        qtbot.mouseClick(button(bar, "errorBarDismiss"), Qt.MouseButton.LeftButton)
    assert text(bar) == "one"
    assert count_text(bar) == ""


def test_a_flood_of_different_messages_is_bounded(bar: ErrorBar) -> None:
    for number in range(500):
        bar.show_error(f"problem {number}")
    assert bar.waiting_count == errors.MAX_WAITING
    assert text(bar) == "problem 499"


def test_good_news_lies_over_a_problem_for_a_while_and_the_problem_comes_back(bar: ErrorBar, qtbot: QtBot) -> None:
    bar.show_error("bad")
    bar.findChild(QTimer).setInterval(10)  # the first one made is that of good news
    bar.show_info("Saved to a.keras")
    assert text(bar) == "Saved to a.keras"
    with qtbot.waitSignal(bar.dismissed, timeout=5000):
        pass
    assert text(bar) == "bad"
    assert bar.isVisible()


def test_a_problem_that_comes_after_good_news_is_shown_at_once(bar: ErrorBar) -> None:
    bar.show_error("bad")
    bar.show_info("Saved to a.keras")
    bar.show_error("bad")
    assert (text(bar), bar.current_count) == ("bad", 2)
    bar.dismiss()
    assert text(bar) == "Saved to a.keras"


def test_only_the_latest_good_news_is_kept(bar: ErrorBar) -> None:
    bar.show_info("Saved to a")
    bar.show_info("Saved to b")
    assert bar.waiting_count == 1
    assert text(bar) == "Saved to b"


def test_a_note_goes_by_itself_and_is_not_called_good_news(bar: ErrorBar, qtbot: QtBot) -> None:
    bar.show_info("Saved to a")
    good = bar.grab().toImage()
    bar.show_note("Saved to a")
    assert bar.waiting_count == 1
    assert bar.grab().toImage() != good
    bar.findChild(QTimer).setInterval(10)
    bar.show_note("Saved to a")
    with qtbot.waitSignal(bar.dismissed, timeout=5000):
        pass
    assert not bar.isVisible()


def test_details_unfold_and_are_copied(bar: ErrorBar, qtbot: QtBot) -> None:
    try:
        raise SaveError("Cannot save a.keras: no space left.")
    except SaveError as error:
        bar.show_exception(error)
    details = bar.findChild(QPlainTextEdit, "errorBarTraceback")
    assert isinstance(details, QPlainTextEdit)
    assert not details.isVisible()
    qtbot.mouseClick(button(bar, "errorBarDetails"), Qt.MouseButton.LeftButton)
    assert details.isVisible()
    assert "raise SaveError" in details.toPlainText()
    qtbot.mouseClick(button(bar, "errorBarCopy"), Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("Cannot save a.keras: no space left.")
    assert "Traceback" in copied
    bar.dismiss()
    bar.show_error("another")
    assert not details.isVisible()
    assert not button(bar, "errorBarDetails").isVisible()


def test_escape_dismisses_and_showing_takes_no_focus(bar: ErrorBar, qtbot: QtBot) -> None:
    bar.show_error("bad")
    assert not bar.hasFocus()
    assert not any(child.hasFocus() for child in bar.findChildren(QWidget))
    button(bar, "errorBarCopy").setFocus()
    qtbot.keyClick(button(bar, "errorBarCopy"), Qt.Key.Key_Escape)
    assert not bar.isVisible()


def test_text_is_never_taken_for_markup(bar: ErrorBar) -> None:
    bar.show_error("<b>layer</b> '<lambda>' is not supported")
    label = bar.findChild(QLabel, "errorBarText")
    assert isinstance(label, QLabel)
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_every_button_is_named_explained_and_reachable(bar: ErrorBar) -> None:
    for found in bar.findChildren(QAbstractButton):
        assert found.objectName()
        assert found.accessibleName()
        assert found.toolTip()
        assert found.focusPolicy() & Qt.FocusPolicy.TabFocus


@pytest.mark.visual
def test_both_themes_colour_it(bar: ErrorBar) -> None:
    bar.show_error("bad")
    for theme in (LIGHT, DARK):
        bar.set_theme(theme)
        picture = bar.grab().toImage()
        want, got = QColor(theme.surface), picture.pixelColor(picture.width() // 2, 4)
        assert max(abs(want.red() - got.red()), abs(want.green() - got.green())) < 8
        colors = {picture.pixelColor(x, y).name() for x in range(4, 40) for y in range(picture.height())}
        assert theme.bad in colors


@pytest.fixture
def caught(qtbot: QtBot) -> Iterator[list[tuple[Message, threading.Thread]]]:
    seen: list[tuple[Message, threading.Thread]] = []
    restore = install_exception_hooks(lambda message: seen.append((message, threading.current_thread())))
    yield seen
    restore()


def test_hooks_are_put_back(qtbot: QtBot) -> None:
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    restore = install_exception_hooks(print)
    assert sys.excepthook is not before[0]
    restore()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_an_uncaught_exception_is_told_with_its_traceback(
    caught: list[tuple[Message, threading.Thread]],
) -> None:
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    message, _ = caught[0]
    assert "ZeroDivisionError: by nothing" in message.text
    assert "test_errors.py" in message.details


def test_our_own_errors_speak_for_themselves() -> None:
    message = Message.of_exception(SaveError("Cannot save x: it is a folder."))
    assert message.text == "Cannot save x: it is a folder."


def test_an_exception_in_a_thread_arrives_in_the_thread_of_the_window(
    caught: list[tuple[Message, threading.Thread]], qtbot: QtBot
) -> None:
    def fail() -> None:
        raise RuntimeError("in the thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(caught))
    message, where = caught[0]
    assert "in the thread" in message.text
    assert where is threading.main_thread()


def test_what_python_cannot_raise_is_told_too(
    caught: list[tuple[Message, threading.Thread]], qtbot: QtBot
) -> None:
    class Bad:
        def __del__(self) -> None:
            raise RuntimeError("while dying")

    with warnings.catch_warnings():
        Bad()
    qtbot.waitUntil(lambda: bool(caught))
    assert "while dying" in caught[0][0].text


def test_a_failing_receiver_does_not_go_in_circles(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_message: Message) -> None:
        raise RuntimeError("cannot show")

    restore = install_exception_hooks(fail)
    try:
        sys.excepthook(ValueError, ValueError("first"), None)
    finally:
        restore()
    assert "could not be shown" in caplog.text


def test_a_message_that_is_over_is_withdrawn_wherever_it_waits(bar: ErrorBar) -> None:
    first = Message("error", "Training diverged.")
    bar.show_message(first)
    bar.show_error("The file is not there.")
    bar.withdraw(first)
    assert bar.current is not None
    assert (bar.current.text, bar.waiting_count) == ("The file is not there.", 1)
    bar.withdraw(first)  # no more there
    assert bar.waiting_count == 1
    bar.withdraw(bar.current)
    assert bar.current is None
    assert not bar.isVisible()


def test_the_word_of_a_divergence_goes_when_training_goes_on(bar: ErrorBar) -> None:
    session = Session(use_engine=False)
    session.message.connect(bar.show_message)
    keeps = Outdated(session, bar)
    bar.show_error("Something else.")
    session.message.emit(Message("error", "Training diverged."))
    session.diverged.emit((6, 3))
    session.progress_changed.emit(Progress("training", step=6))  # older than the divergence
    assert text(bar) == "Training diverged."
    session.progress_changed.emit(Progress("idle", step=3))
    assert text(bar) == "Training diverged."
    session.progress_changed.emit(Progress("training", step=4))
    assert text(bar) == "Something else."
    session.progress_changed.emit(Progress("idle", step=9))
    session.progress_changed.emit(Progress("training", step=10))
    assert text(bar) == "Something else."
    assert keeps.parent() is bar
