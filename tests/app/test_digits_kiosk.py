"""The digits window on a public table: locked, as new for each visitor, with test digits meanwhile."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.application import KioskWindow
from app.cli import build_parser, front_ends
from app.widgets.digits_drawer import FINGER_PX
from app.widgets.picture_tools import PictureTools
from app.windows import digits_kiosk
from app.windows.digits import EMPTY_HEADLINE, DigitsWindow
from app.windows.digits_attract import AttractLoop, Exhibit
from nnviz.data.mnist import load_mnist
from nnviz.errors import NnvizError
from nnviz.picture.refs import UnitRef
from nnviz.picture.reveal import reveal_order
from tests.shown import new_window

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[DigitsWindow]:
    made = new_window(DigitsWindow, tmp_path, use_engine=False)
    made.set_kiosk(5.0, seed=1)
    qtbot.addWidget(made, before_close_func=lambda widget: widget.unlock())
    with qtbot.waitExposed(made):
        made.showFullScreen()
    made.start()
    yield made
    made.unlock()
    made.close()


def press(window: DigitsWindow, place: QPoint) -> None:
    """Press and release where a visitor would, through the window as the window system does it."""
    handle = window.windowHandle()
    QTest.mousePress(handle, LEFT, Qt.KeyboardModifier.NoModifier, place)
    QTest.mouseRelease(handle, LEFT, Qt.KeyboardModifier.NoModifier, place)


def draw(window: DigitsWindow) -> None:
    """Draw a vertical stroke through the window."""
    handle, canvas = window.windowHandle(), window.canvas
    x, top, bottom = canvas.width() // 2, canvas.height() // 5, 4 * canvas.height() // 5
    QTest.mousePress(handle, LEFT, Qt.KeyboardModifier.NoModifier, canvas.mapTo(window, QPoint(x, top)))
    for y in range(top, bottom, 12):
        QTest.mouseMove(handle, canvas.mapTo(window, QPoint(x, y)))
    QTest.mouseRelease(handle, LEFT, Qt.KeyboardModifier.NoModifier, canvas.mapTo(window, QPoint(x, bottom)))


def test_it_shows_real_test_digits_with_their_labels_and_what_the_network_says(
    window: DigitsWindow, qtbot: QtBot
) -> None:
    kiosk = window.kiosk
    assert kiosk is not None
    shown: list[Exhibit] = []
    kiosk.loop.shown.connect(shown.append)
    qtbot.waitUntil(lambda: bool(shown) and shown[-1].is_whole, timeout=20_000)
    exhibit = shown[-1]
    test = load_mnist().test
    np.testing.assert_allclose(exhibit.image.ravel(), test.x[exhibit.index], atol=1e-6)
    assert exhibit.label == test.y[exhibit.index]
    snapshot = window.session.snapshot
    assert snapshot is not None
    np.testing.assert_array_equal(snapshot.sample, exhibit.image.ravel())
    said = int(snapshot.forward.output[0].argmax())
    assert window.answer_row.bars.guesses[0].name == str(said)
    assert window.second.text() == f"Label: {exhibit.label} · {'right' if said == exhibit.label else 'wrong'}"
    # The parts before were parts of it, each with more ink.
    parts = [one.image for one in shown if one.index == exhibit.index]
    assert len(parts) > 5
    assert all((b >= a).all() and b.sum() >= a.sum() for a, b in itertools.pairwise(parts))


def test_a_wrong_answer_is_said_to_be_wrong(window: DigitsWindow, qtbot: QtBot) -> None:
    kiosk, network = window.kiosk, window.session.network
    assert kiosk is not None
    assert network is not None
    kiosk.loop.stop()
    test = load_mnist().test
    # The forward pass written out: an oracle beside the one under test.
    hidden = test.x
    for layer in network.parameters[:-1]:
        hidden = np.maximum(hidden @ layer.kernel + layer.bias, 0)
    last = network.parameters[-1]
    said = (hidden @ last.kernel + last.bias).argmax(axis=1)
    wrong = int(np.flatnonzero(said != test.y)[0])
    window.show_guest(test.x[wrong].reshape(28, 28), wrong, int(test.y[wrong]))
    assert window.second.text() == f"Label: {test.y[wrong]} · wrong"


def test_a_touch_begins_a_drawing_and_rest_makes_everything_new(window: DigitsWindow, qtbot: QtBot) -> None:
    kiosk = window.kiosk
    assert kiosk is not None
    qtbot.waitUntil(lambda: window.canvas.guest is not None, timeout=20_000)
    draw(window)
    assert not kiosk.is_attracting
    assert window.canvas.guest is None
    assert len(window.canvas.strokes) == 1
    qtbot.waitUntil(lambda: window.answer.text() == "1")
    assert window.second.text() == ""
    window.tools.erase_button.click()
    window.tools.thick_button.click()
    window.digits_drawer.set_page("why")
    window._themes.set_choice("dark")
    window.view.set_selection((UnitRef(3, 1),))
    left: list[bool] = []
    window.visitor_left.connect(lambda: left.append(True))
    kiosk._idle.start(1)  # its time is up
    qtbot.waitUntil(lambda: kiosk.is_attracting)
    assert window.canvas.is_empty
    assert not window.canvas.can_undo
    assert not window.canvas.eraser
    assert not window.tools.erase_button.isChecked()
    assert not window.tools.thick_button.isChecked()
    assert not window.digits_drawer.is_open
    assert not window.view.selection
    assert not window._themes.theme.is_dark
    assert left == [True]
    qtbot.waitUntil(lambda: window.canvas.guest is not None)


def test_a_press_anywhere_ends_the_show_and_every_touch_puts_the_end_off(window: DigitsWindow, qtbot: QtBot) -> None:
    kiosk = window.kiosk
    assert kiosk is not None
    assert not kiosk._idle.isActive()
    press(window, window.view.mapTo(window, QPoint(60, 60)))
    assert not kiosk.is_attracting
    assert window.answer.text() == EMPTY_HEADLINE
    kiosk._idle.start(1000)  # a second is left of its five
    press(window, window.view.mapTo(window, QPoint(60, 60)))
    assert kiosk._idle.remainingTime() > 2000


def test_nothing_but_the_keys_for_it_closes_the_window(window: DigitsWindow, qtbot: QtBot) -> None:
    assert not window.close()
    assert window.isVisible()
    window.windowHandle().close()
    assert window.isVisible()
    control = Qt.KeyboardModifier.ControlModifier
    for key, modifiers in (
        (Qt.Key.Key_Q, control), (Qt.Key.Key_S, control), (Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier),
    ):
        qtbot.keyClick(window, key, modifiers)
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_F11, Qt.Key.Key_F1, Qt.Key.Key_T, Qt.Key.Key_W):
        qtbot.keyClick(window, key)
    assert window.isVisible()
    assert window.isFullScreen()
    assert not window._themes.theme.is_dark
    assert not window.digits_drawer.is_open
    assert [button.objectName() for button in window.corner_tools.buttons.values() if button.isVisible()] == [
        "corner_sound"
    ]
    every = control | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_Q, every)
    assert not window.isVisible()


def test_a_visitor_with_a_keyboard_can_undo_redo_and_clear(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(window)
    control = Qt.KeyboardModifier.ControlModifier
    for key, modifiers, count in (
        (Qt.Key.Key_Z, control, 0), (Qt.Key.Key_Y, control, 1), (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, 0),
    ):
        qtbot.keyClick(window, key, modifiers)
        assert len(window.canvas.strokes) == count


def test_it_fills_the_screen_where_no_window_manager_does_it(qtbot: QtBot, tmp_path: Path) -> None:
    made = new_window(DigitsWindow, tmp_path)
    qtbot.addWidget(made, before_close_func=lambda widget: widget.unlock())
    made.set_kiosk(5.0)
    assert made.geometry() == made.screen().geometry()


def test_no_page_of_the_drawer_offers_files(window: DigitsWindow) -> None:
    for name in window.digits_drawer.page_names:
        window.digits_drawer.set_page(name)
        texts = [button.text() for button in window.findChildren(QPushButton) if button.isVisible()]
        assert not [text for text in texts if text.endswith("…")], name  # a button that opens a dialog ends so


def test_a_window_made_smaller_fills_the_screen_again(window: DigitsWindow, qtbot: QtBot) -> None:
    window.showNormal()
    qtbot.waitUntil(window.isFullScreen)


def test_the_pointer_hides_at_rest_and_for_fingers(window: DigitsWindow, qtbot: QtBot) -> None:
    kiosk = window.kiosk
    assert kiosk is not None
    kiosk._rest.start(1)
    qtbot.waitUntil(lambda: QGuiApplication.overrideCursor() is not None)
    QTest.mouseMove(window.windowHandle(), QPoint(200, 200))
    assert QGuiApplication.overrideCursor() is None
    device = QTest.createTouchDevice()
    QTest.touchEvent(window.windowHandle(), device).press(0, QPoint(90, 90)).commit()
    assert QGuiApplication.overrideCursor() is not None
    QTest.touchEvent(window.windowHandle(), device).release(0, QPoint(90, 90)).commit()
    window.unlock()
    assert QGuiApplication.overrideCursor() is None


def test_whoever_runs_the_machine_can_end_it(window: DigitsWindow) -> None:
    assert isinstance(window, KioskWindow)
    window.unlock()
    assert window.close()


def test_the_loop_shows_another_digit_each_time_and_whole_ones_where_motion_is_reduced(qtbot: QtBot) -> None:
    loop = AttractLoop(seed=3, reduce_motion=True)
    shown: list[Exhibit] = []
    loop.shown.connect(shown.append)
    loop.start()
    qtbot.waitUntil(lambda: bool(shown), timeout=20_000)
    for count in range(2, 5):
        loop.start()
        assert len(shown) == count
    assert all(one.is_whole for one in shown)
    assert len({one.index for one in shown}) == 4
    loop.close()


def test_ink_appears_along_the_stroke() -> None:
    image = np.zeros((28, 28), np.float32)
    image[5, 5:20] = 1
    image[5:20, 19] = 1
    image[24, 3:6] = 1  # a part that is not joined
    order = reveal_order(image)
    assert order[5, 5] == 0
    assert (np.diff(order[5, 5:20]) > 0).all()
    assert (np.diff(order[6:20, 19]) > 0).all()
    assert order[24, 3] > order[19, 19]
    assert order.max() == 1
    assert not reveal_order(np.zeros((28, 28), np.float32)).any()


def test_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr("app.cli.display.check_display", lambda: None)
    monkeypatch.setattr("app.cli.display.check_libraries", lambda: None)
    monkeypatch.setattr("app.application.run_front_end", lambda _name, **values: asked.update(values) or 0)

    def run(*words: str) -> object:
        parsed: argparse.Namespace = build_parser().parse_args(["digits", *words])
        parsed.run(parsed)
        return asked["kiosk_idle_s"]

    assert run() is None
    assert run("--kiosk") == digits_kiosk.IDLE_S == 45
    assert run("--kiosk", "--idle", "90") == 90
    with pytest.raises(NnvizError, match="--idle is the idle time of a kiosk"):
        run("--idle", "90")
    limits = (front_ends.IDLE_S, front_ends.SHORTEST_IDLE_S, front_ends.LONGEST_IDLE_S)
    assert limits == (digits_kiosk.IDLE_S, digits_kiosk.SHORTEST_IDLE_S, digits_kiosk.LONGEST_IDLE_S)


@pytest.mark.parametrize("text", ["4", "3601", "soon", "nan"])
def test_an_idle_time_out_of_range_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["digits", "--kiosk", "--idle", text])
    assert "5 to 3600 seconds" in capsys.readouterr().err


def test_a_finger_fits_on_every_button(window: DigitsWindow, qtbot: QtBot) -> None:
    for name in window.digits_drawer.page_names:
        window.digits_drawer.set_page(name)
        for tab in range(window.why_page.tabs.count() if name == "why" else 1):
            window.why_page.tabs.setCurrentIndex(tab)
            qtbot.wait(5)
            pressed = [*window.findChildren(QAbstractButton), *window.findChildren(QComboBox)]
            seen = [each for each in pressed if each.isVisible()]
            assert len(seen) > 8
            for each in seen:
                assert min(each.width(), each.height()) >= FINGER_PX, each.objectName()
    bar = window.why_page.tabs
    assert min(bar.tabRect(0).width(), bar.tabRect(0).height()) >= FINGER_PX


def test_no_picture_offers_a_file(window: DigitsWindow, qtbot: QtBot) -> None:
    for name in ("why_save", "reliability_export", "reliability_copy"):
        button = window.findChild(QWidget, name)
        assert button is not None, name
        assert button.isHidden(), name
    for tools in window.findChildren(PictureTools):
        widget = tools.parent()
        QApplication.sendEvent(
            widget, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, widget.rect().center(), window.pos())
        )
        assert QApplication.activePopupWidget() is None
    QApplication.sendEvent(
        window.view, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, window.view.rect().center(), window.pos())
    )
    assert QApplication.activePopupWidget() is None
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert window.exports.dialog is None
