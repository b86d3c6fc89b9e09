"""Teaching in the digits window: steps, undo, what it cost, the digits that are kept. Driven as a person would."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.own_digit_store import OwnDigitStore
from app.widgets.digits_answer import GuessBars
from app.widgets.own_digits_page import OwnDigitsPage
from app.windows.desktop import DesktopWindow
from app.windows.digits import DigitsWindow
from nnviz.data.mnist import load_test_digits
from nnviz.data.own_digits import own_digit, read_own
from nnviz.data.strokes import read_strokes
from nnviz.maths.parameters import Parameters
from nnviz.storage.bundled import load_bundled
from nnviz.storage.own_digits import own_digits_path, save_own_digits
from tests.shown import new_window, shown

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(digits_window: DigitsWindow) -> DigitsWindow:
    digits_window.resize(1440, 900)
    return digits_window


def make(qtbot: QtBot, folder: Path, *, use_engine: bool = False) -> DigitsWindow:
    made = new_window(DigitsWindow, folder, use_engine=use_engine)
    qtbot.addWidget(made)
    made.resize(1440, 900)
    return made


def draw(qtbot: QtBot, window: DigitsWindow, slope: float = 0.0) -> None:
    """Draw a line from top to bottom with the mouse: a 1."""
    canvas = window.canvas
    before = b"" if window.session.snapshot is None else window.session.snapshot.sample.tobytes()
    x, top, bottom = canvas.width() // 2, canvas.height() // 5, 4 * canvas.height() // 5
    qtbot.mousePress(canvas, LEFT, pos=QPoint(x, top))
    for y in range(top, bottom, 8):
        qtbot.mouseMove(canvas, QPoint(x + round(slope * (y - top)), y))
    qtbot.mouseRelease(canvas, LEFT, pos=QPoint(x + round(slope * (bottom - top)), bottom))
    qtbot.waitUntil(lambda: window.session.snapshot.sample.tobytes() != before)
    qtbot.waitUntil(window.teaching.page.digits[0].isEnabled)


def button(window: QWidget, name: str) -> QPushButton:
    found = window.findChild(QPushButton, name)
    assert found is not None
    return found


def text(window: QWidget, name: str) -> str:
    found = window.findChild(QLabel, name)
    assert found is not None
    return found.text()


def open_page(qtbot: QtBot, window: DigitsWindow, name: str) -> None:
    if window.digits_drawer.page != name:
        qtbot.mouseClick(button(window, f"drawer_tab_{name}"), LEFT)


def click(qtbot: QtBot, window: QWidget, name: str) -> None:
    qtbot.mouseClick(button(window, name), LEFT)


def told(window: DigitsWindow) -> str:
    return "" if window.messages.current is None else window.messages.current.text


def weights(window: DigitsWindow) -> Parameters:
    network = window.session.network
    assert network is not None
    return network.parameters


def content(parameters: Parameters) -> bytes:
    return b"".join(array.tobytes() for layer in parameters for array in layer.arrays)


def probability(parameters: Parameters, image: np.ndarray, label: int) -> float:
    """P(label) of an image, a ReLU network written out."""
    a = image.reshape(1, -1)
    for layer in parameters[:-1]:
        a = np.maximum(a @ layer.kernel + layer.bias, 0)
    z = (a @ parameters[-1].kernel + parameters[-1].bias)[0].astype(float)
    return float(np.exp(z[label] - z.max()) / np.exp(z - z.max()).sum())


def counted(window: DigitsWindow) -> bool:
    return window.session.teaching.now is not None and not window.session.teaching.is_busy


def test_a_step_changes_the_answer_is_played_and_its_cost_is_counted(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    image = window.canvas.image()
    first = weights(window)
    open_page(qtbot, window, "teach")
    assert text(window, "teach_question") == "The best guess is 1. No, this is a …"
    click(qtbot, window, "teach_7")
    assert window.view.is_playing
    assert window.view.plan[-1].kind == "after"
    assert window.view.snapshot is not None
    assert window.view.snapshot.update is not None
    before, after = probability(first, image, 7), probability(weights(window), image, 7)
    assert after > before
    last = window.session.teaching.last
    assert last is not None
    assert last.probability == pytest.approx((before, after), rel=1e-3)
    assert text(window, "teach_result").startswith("P(7): ")
    qtbot.waitUntil(lambda: counted(window), timeout=20_000)
    x, y = load_test_digits()
    a = x.reshape(len(x), -1).astype(np.float32) / 255
    for layer in weights(window)[:-1]:
        a = np.maximum(a @ layer.kernel + layer.bias, 0)
    said = (a @ weights(window)[-1].kernel + weights(window)[-1].bias).argmax(axis=1)
    assert window.session.teaching.now == (int((said == y).sum()), 10_000)
    accuracy = load_bundled()[2]["test_accuracy"]
    assert window.session.teaching.before == (round(10_000 * accuracy), 10_000)
    assert f"{100 * accuracy:.2f}\N{NO-BREAK SPACE}% → " in text(window, "teach_cost")


def test_while_a_step_is_played_answer_and_bars_are_of_before(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    window.teaching.page.set_rate(0.03)
    click(qtbot, window, "teach_7")
    assert window.session.teaching.last.answer == 7
    assert window.view.is_playing
    assert (window.answer.text(), window.findChild(GuessBars).guesses[0].name) == ("1", "1")


def test_when_the_step_was_shown_the_new_answer_stands(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    window.teaching.page.set_rate(0.01)
    click(qtbot, window, "teach_7")
    window.view.set_speed(4)
    qtbot.waitUntil(lambda: "gradient" in text(window, "teach_stage"), timeout=30_000)
    window.view.set_speed(100)
    qtbot.waitUntil(lambda: window.view.snapshot.update is None, timeout=10_000)
    assert text(window, "teach_stage") == ""
    assert window.view.snapshot.predicted == window.session.teaching.last.answer
    for guess in window.findChild(GuessBars).guesses:
        after = probability(weights(window), window.canvas.image(), int(guess.name))
        assert guess.probability == pytest.approx(after, rel=1e-3)
    click(qtbot, window, "teach_replay")
    assert window.view.is_playing


def test_each_step_is_undone_bit_for_bit(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    moments = [content(weights(window))]
    for label in (7, 4, 7):
        click(qtbot, window, f"teach_{label}")
        moments.append(content(weights(window)))
    assert len(set(moments)) == 4
    assert "taught 3 steps" in window.session.network.title
    for expected in reversed(moments[:-1]):
        click(qtbot, window, "teach_undo")
        assert content(weights(window)) == expected
    assert not button(window, "teach_undo").isEnabled()
    assert "taught" not in window.session.network.title


def test_again_until_right_counts_its_steps_and_can_be_stopped(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    assert not button(window, "teach_until").isEnabled()  # nobody has said what it is
    window.teaching.page.set_rate(0.001)
    click(qtbot, window, "teach_7")
    first = content(weights(window))
    assert button(window, "teach_until").text() == "Again until 7 is the best guess"
    click(qtbot, window, "teach_until")
    assert button(window, "teach_until").text() == "Stop"
    assert not button(window, "teach_3").isEnabled()
    click(qtbot, window, "teach_until")
    assert text(window, "teach_note") == "Stopped after 1 step."
    window.teaching.page.set_rate(0.01)
    click(qtbot, window, "teach_until")
    qtbot.waitUntil(lambda: not window.session.teaching.is_busy, timeout=20_000)
    state = window.session.teaching
    assert state.last.answer == 7
    assert text(window, "teach_note") == f"Right after {state.steps - 2} step{'s' * (state.steps > 3)}."
    click(qtbot, window, "teach_until")  # it is right already: no step
    assert window.session.teaching.steps == state.steps
    while window.session.teaching.steps > 1:
        click(qtbot, window, "teach_undo")
    assert content(weights(window)) == first


def test_all_is_forgotten_and_that_is_undone(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    at_first = content(weights(window))
    for label in (7, 4):
        click(qtbot, window, f"teach_{label}")
    taught = content(weights(window))
    click(qtbot, window, "teach_forget")
    assert content(weights(window)) == at_first
    assert not button(window, "teach_forget").isEnabled()
    click(qtbot, window, "teach_undo")
    assert content(weights(window)) == taught
    assert window.session.teaching.steps == 2


def test_digits_teach_by_key_only_on_their_page(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_7)
    assert window.session.teaching.steps == 0
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    assert window.digits_drawer.page == "teach"
    qtbot.keyClick(window, Qt.Key.Key_7)
    assert window.session.teaching.steps == 1
    assert window.session.teaching.last.label == 7


def test_the_focus_comes_back_when_the_step_is_made(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    page = window.teaching.page
    chosen = page.digits[7]
    window.activateWindow()
    chosen.setFocus()
    qtbot.waitUntil(chosen.hasFocus)
    state = window.session.teaching
    page.set_state(replace(state, is_busy=True))
    assert not chosen.isEnabled()
    assert not page.rate.hasFocus()  # the next key would change the learning rate
    page.set_state(state)
    assert chosen.hasFocus()
    page.set_state(replace(state, is_busy=True))
    window.canvas.setFocus()
    page.set_state(state)
    assert window.canvas.hasFocus()


def test_the_buttons_of_a_step_stay_where_they_are(window: DigitsWindow, qtbot: QtBot) -> None:
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    before = button(window, "teach_undo").geometry()
    click(qtbot, window, "teach_7")
    assert text(window, "teach_result")
    qtbot.wait(1)
    assert button(window, "teach_undo").geometry() == before


def test_nothing_is_taught_on_an_empty_paper(window: DigitsWindow, qtbot: QtBot) -> None:
    open_page(qtbot, window, "teach")
    assert text(window, "teach_question").startswith("Draw a digit")
    assert not any(each.isEnabled() for each in window.teaching.page.digits)
    draw(qtbot, window)
    window.canvas.clear()
    qtbot.waitUntil(lambda: not window.teaching.page.digits[0].isEnabled())


@pytest.mark.parametrize("size", [(1024, 600), (800, 480)])
def test_the_drawer_makes_room_for_the_step(window: DigitsWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    window.stage.set_reduce_motion(True)
    window.resize(*size)
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    page = window.teaching.page
    qtbot.waitUntil(lambda: page.width() >= page.minimumSizeHint().width())
    click(qtbot, window, "teach_7")
    assert not window.digits_drawer.is_open
    window.view.set_speed(100)
    qtbot.waitUntil(lambda: window.digits_drawer.page == "teach", timeout=10_000)


def test_taught_digits_are_kept_and_survive_a_restart(qtbot: QtBot, tmp_path: Path) -> None:
    first = make(qtbot, tmp_path)
    first.show()
    first.start()
    draw(qtbot, first)
    image = np.rint(first.canvas.image() * 255)
    strokes = first.canvas.strokes
    open_page(qtbot, first, "teach")
    for label in (7, 7, 4):
        click(qtbot, first, f"teach_{label}")
    assert [each.label for each in first.teaching.store.digits] == [4]  # the same drawing, called otherwise
    draw(qtbot, first, slope=0.3)
    click(qtbot, first, "teach_1")
    first.close()
    kept = read_own(own_digits_path())
    assert [each.label for each in kept] == [4, 1]
    assert np.array_equal(kept[0].image, image)
    assert np.array_equal(kept[0].strokes[0], strokes[0])
    second = make(qtbot, tmp_path)
    second.show()
    second.start()
    open_page(qtbot, second, "own")
    assert second.teaching.list_page.list.count() == 2
    assert "2 digits" in text(second, "own_digits_summary")
    second.close()


def test_a_public_table_keeps_nothing_unless_asked(qtbot: QtBot, tmp_path: Path) -> None:
    save_own_digits(own_digits_path(), [own_digit(np.eye(28), 5)])
    window = make(qtbot, tmp_path)
    window.set_kiosk(60)
    window.show()
    window.start()
    window.kiosk.loop.stop()
    window.show_guest(None)
    at_first = content(weights(window))
    assert window.teaching.store.digits == ()  # other people's are not shown
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    click(qtbot, window, "teach_7")
    open_page(qtbot, window, "own")
    page = window.teaching.list_page
    assert page.list.count() == 1
    assert not page.take_in.isVisible()
    assert not page.npz.isVisible()
    window.make_new()
    assert content(weights(window)) == at_first
    assert window.session.teaching.undoable == 0
    assert page.list.count() == 0
    assert [each.label for each in read_own(own_digits_path())] == [5]
    draw(qtbot, window, slope=0.2)
    open_page(qtbot, window, "teach")
    click(qtbot, window, "teach_4")
    open_page(qtbot, window, "own")
    page.keep.click()
    assert page.list.count() == 1
    window.make_new()
    assert not page.keep.isChecked()
    assert sorted(each.label for each in read_own(own_digits_path())) == [4, 5]
    window.unlock()
    window.close()


def test_digits_are_deleted_and_called_otherwise_and_that_is_undone(window: DigitsWindow, qtbot: QtBot) -> None:
    window.teaching.store.message.connect(lambda m: pytest.fail(m.text))
    for label in (1, 2, 3):
        image = np.zeros((28, 28))
        image[4:24, 8 + label] = 1
        window.teaching.store.add(own_digit(image, label))
    open_page(qtbot, window, "own")
    page = window.teaching.list_page
    assert not page.delete.isEnabled()
    page.list.setFocus()
    page.list.item(1).setSelected(True)
    qtbot.keyClick(page.list, Qt.Key.Key_7)
    assert [each.label for each in window.teaching.store.digits] == [1, 7, 3]
    assert page.list.item(1).text().startswith("7")
    click(qtbot, window, "own_delete")
    assert [each.label for each in window.teaching.store.digits] == [1, 3]
    assert "deleting 1 digit" in page.undo.toolTip()
    click(qtbot, window, "own_undo")
    click(qtbot, window, "own_undo")
    assert [each.label for each in window.teaching.store.digits] == [1, 2, 3]
    click(qtbot, window, "own_redo")
    assert [each.label for each in window.teaching.store.digits] == [1, 7, 3]
    qtbot.waitUntil(lambda: not window.teaching.store.is_saving)
    assert [each.label for each in read_own(own_digits_path())] == [1, 7, 3]


def test_digits_go_out_and_come_in(
    window: DigitsWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    click(qtbot, window, "teach_7")
    open_page(qtbot, window, "own")
    for name, target in (("own_export_strokes", tmp_path / "a.json"), ("own_export_npz", tmp_path / "a.npz")):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, path=target: (str(path), ""))
        click(qtbot, window, name)
        assert str(target) in told(window)
    assert read_strokes(tmp_path / "a.json")[0].label == 7
    assert read_own(tmp_path / "a.npz")[0].image.tobytes() == window.teaching.store.digits[0].image.tobytes()
    page = window.teaching.list_page
    page.list.item(0).setSelected(True)
    click(qtbot, window, "own_delete")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (str(tmp_path / "a.npz"), ""))
    click(qtbot, window, "own_import")
    assert page.list.count() == 1
    click(qtbot, window, "own_import")
    assert page.list.count() == 1
    assert "1 were here already" in told(window)
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({"format": "strokes-1", "digits": [{"label": 77, "strokes": [[[1, 1]]]}]}))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (str(bad), ""))
    click(qtbot, window, "own_import")
    assert "bad.json, digit 1: label must be a whole number from 0 to 9, got 77" in told(window)
    assert page.list.count() == 1


def test_a_damaged_file_is_put_aside_and_told(qtbot: QtBot, tmp_path: Path) -> None:
    own_digits_path().parent.mkdir(parents=True)
    own_digits_path().write_bytes(b"PK\x03\x04 nothing else")
    window = make(qtbot, tmp_path)
    window.show()
    window.start()
    assert "could not be read" in told(window)
    assert len(list(own_digits_path().parent.glob("*damaged*"))) == 1
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    click(qtbot, window, "teach_7")
    window.close()
    assert [each.label for each in read_own(own_digits_path())] == [7]


def test_two_programs_do_not_lose_each_others_digits(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "shared.npz"
    one, other = OwnDigitStore(path), OwnDigitStore(path)
    one.start()
    other.start()
    for store, label in ((one, 1), (other, 2), (one, 3)):
        image = np.zeros((28, 28))
        image[:, label] = 1
        store.add(own_digit(image, label))
        qtbot.waitUntil(lambda store=store: not store.is_saving)
    one.stop()
    other.stop()
    assert sorted(each.label for each in read_own(path)) == [1, 2, 3]


def test_a_folder_that_cannot_be_written_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = OwnDigitStore(tmp_path / "file" / "mine.npz")
    heard: list[str] = []
    store.message.connect(lambda message: heard.append(message.text))
    store.add(own_digit(np.eye(28), 3))
    qtbot.waitUntil(lambda: bool(heard))
    assert "not saved" in heard[0]
    assert len(store.digits) == 1
    store.stop()


def test_the_page_tells_what_the_network_reads(qtbot: QtBot) -> None:
    page = OwnDigitsPage()
    qtbot.addWidget(page)
    page.show()
    digits = tuple(own_digit(np.roll(np.eye(28), k, axis=1), 4) for k in range(5))
    page.set_digits(digits, [4, 9, 4, 4, 9])
    summary = "5 digits; the network reads 3 of them rightly, and the one held out of training wrongly."
    assert text(page, "own_digits_summary") == summary
    assert page.list.item(1).text() == "4, read 9"
    assert "held out" in page.list.item(4).toolTip()
    assert not page.train.isVisible()
    page.set_digits(digits[:1], [9])
    assert text(page, "own_digits_summary") == "1 digit; the network reads it wrongly."


def test_the_desktop_teaches_the_drawing_and_mixes_digits_in(loaded_window: DesktopWindow, qtbot: QtBot) -> None:
    window = loaded_window
    qtbot.mouseClick(window.input_panel.draw_button, LEFT)
    canvas = window.input_panel.canvas
    t = np.linspace(0.2, 0.8, 20)
    canvas.draw_stroke(np.stack([np.full(20, 0.5), t], axis=1))
    qtbot.waitUntil(window.teaching.page.digits[7].isEnabled)
    qtbot.mouseClick(window.input_panel.teach_button, LEFT)
    assert window.docks["teach"].isVisible()
    at_first = content(window.session.network.parameters)
    window.teaching.page.digits[7].click()
    assert content(window.session.network.parameters) != at_first
    assert window.stage.view.is_playing
    window.teaching.page.undo.click()
    assert content(window.session.network.parameters) == at_first
    assert window.dataset_box.findData("mnist+own") >= 0
    window.teaching.page.all_digits.click()
    page = window.teaching.list_page
    assert page.train.isVisible()
    page.repeat.setValue(7)
    page.train.click()
    qtbot.waitUntil(lambda: window.session.dataset.name == "mnist+own", timeout=30_000)
    assert len(window.session.dataset.train) == 55_007
    assert window.dataset_box.currentText() == "MNIST + my digits"
    assert window.input_panel.draw_button.isEnabled()


@pytest.mark.slow
def test_keras_takes_over_when_tensorflow_is_loaded(qtbot: QtBot, tmp_path: Path) -> None:
    window = make(qtbot, tmp_path, use_engine=True)
    window.show()
    window.start()
    draw(qtbot, window)
    open_page(qtbot, window, "teach")
    assert not window.session.engine.is_used
    at_first = content(weights(window))
    click(qtbot, window, "teach_7")
    assert window.session.teaching.last.snapshot.source == "numpy"
    window.view.set_speed(100)
    qtbot.waitUntil(lambda: window.session.teaching.engine == "keras", timeout=90_000)
    before = weights(window)
    click(qtbot, window, "teach_7")
    qtbot.waitUntil(lambda: window.session.teaching.steps == 2, timeout=60_000)
    last = window.session.teaching.last
    assert last.snapshot.source == "keras"
    image = window.canvas.image()
    assert last.probability == pytest.approx(
        (probability(before, image, 7), probability(weights(window), image, 7)), rel=1e-3
    )
    click(qtbot, window, "teach_undo")
    click(qtbot, window, "teach_undo")
    assert content(weights(window)) == at_first
    window.close()


@pytest.mark.slow
def test_training_goes_on_from_what_was_taught(qtbot: QtBot, tmp_path: Path) -> None:
    window = shown(qtbot, new_window(DesktopWindow, tmp_path))
    window.start()
    session = window.session
    qtbot.waitUntil(lambda: session.is_ready, timeout=120_000)
    session.train(30)
    qtbot.waitUntil(lambda: session.network.step == 30 and not session.is_training, timeout=60_000)
    qtbot.mouseClick(window.input_panel.draw_button, LEFT)
    window.input_panel.canvas.draw_stroke(np.stack([np.full(20, 0.5), np.linspace(0.2, 0.8, 20)], axis=1))
    qtbot.waitUntil(window.teaching.page.digits[7].isEnabled)
    trained = content(session.network.parameters)
    window.teaching.page.digits[7].click()
    qtbot.waitUntil(lambda: session.teaching.steps == 1 and not session.teaching.is_busy, timeout=60_000)
    taught = session.network.parameters
    assert content(taught) != trained
    time.sleep(0.3)  # the engine's picture of what was taught waits to be fetched, and is old when it is
    window.teaching.page.undo.click()
    assert content(session.network.parameters) == trained
    window.teaching.page.digits[7].click()
    qtbot.waitUntil(lambda: session.teaching.steps == 1 and not session.teaching.is_busy, timeout=20_000)
    taught = content(session.network.parameters)
    started: list[bytes] = []
    session.snapshot_changed.connect(
        lambda s: started.append(content(s.parameters)) if s.step == 30 and s.source == "keras" else None
    )
    session.choose_sample(0)  # the engine answers with its own weights
    qtbot.waitUntil(lambda: bool(started), timeout=30_000)
    assert started[-1] == taught
    session.step()
    qtbot.waitUntil(lambda: session.network.step == 31, timeout=30_000)
    assert session.teaching.undoable == 0  # it was trained since
    window.close()
