"""The lecture driven by keys and a presenter remote: slides, movement, blank screens, sizes, and the real step."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from app.application import delete_window
from app.cli import front_ends
from app.dataset_loader import DatasetLoader
from app.lessons.lesson import Slide
from app.messages import Message
from app.settings import Settings
from app.theme import DARK, LIGHT, ThemeManager
from app.widgets.formula import FormulaLine, Typesetter
from app.widgets.formula_view import FormulaView
from app.widgets.slide_painting import FOOT_BETWEEN, foot_words
from app.windows.lecture import LectureWindow
from app.windows.lecture_keys import COMMANDS
from app.windows.lesson_course import CONFIG, LOADING, NO_ENGINE
from nnviz.data.datasets import REGISTRY, Dataset, Split, load
from nnviz.data.mnist import MNIST
from nnviz.maths.forward import forward
from nnviz.storage.bundled import load_bundled

#: The offscreen platform says this of every window with a smallest size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

K = Qt.Key
READY_S = 90.0


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    loop, timer = QEventLoop(), QTimer()
    timer.setInterval(10)
    timer.timeout.connect(loop.quit)
    timer.start()
    for _ in range(round(seconds * 100)):
        if holds():
            break
        loop.exec()
    timer.stop()
    assert holds()


class Hall:
    """A window with what it was made of."""

    def __init__(self, folder: Path, *, use_engine: bool) -> None:
        self.themes = ThemeManager()
        self.themes.set_choice("light")
        self.settings = Settings(folder / "settings.ini")
        self.window = LectureWindow(self.settings, self.themes, use_engine=use_engine)
        self.window.resize(1280, 720)
        self.window.show()
        self.window.start()
        wait_until(self.window.is_settled, READY_S)

    def leave(self) -> None:
        delete_window(self.window)
        self.themes.deleteLater()


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    """The real data, read once, with what the lecture looks at."""
    whole = load("mnist")
    return replace(whole, test=Split(whole.test.x[:2000], whole.test.y[:2000]))


@pytest.fixture
def at_once(mnist: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let data be there at once: reading them anew for every test takes a second each."""
    monkeypatch.setattr(DatasetLoader, "load", lambda loader, _name: loader.loaded.emit(mnist))


@pytest.fixture
def hall(qapp: QApplication, tmp_path: Path, at_once: None) -> Iterator[Hall]:
    made = Hall(tmp_path, use_engine=False)
    yield made
    made.leave()


@pytest.fixture
def window(hall: Hall) -> LectureWindow:
    return hall.window


def press(window: LectureWindow, key: Qt.Key, text: str = "") -> None:
    """Press a key where the focus is, as the person at the window does."""
    target = window.focusWidget() or window
    QTest.keyClick(target, text or key)


def place(window: LectureWindow, kind: str, layer: int) -> int:
    for index, slide in enumerate(window.course.lesson.slides):
        if (slide.kind, slide.layer) == (kind, layer):
            return index
    raise AssertionError(f"no slide {kind} {layer}")


def now(window: LectureWindow) -> Slide:
    slide = window.course.slide
    assert slide is not None
    return slide


# -- slides and keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [K.Key_PageDown, K.Key_Right, K.Key_Space, K.Key_Return, K.Key_Enter])
def test_keys_of_a_remote_go_on(window: LectureWindow, key: Qt.Key) -> None:
    press(window, key)
    assert window.course.index == 1
    assert window.footer.place == f"2 / {len(window.course.lesson.slides)}"


@pytest.mark.parametrize("key", [K.Key_PageUp, K.Key_Left, K.Key_Backspace])
def test_keys_of_a_remote_go_back_to_rest(window: LectureWindow, key: Qt.Key) -> None:
    window.course.go_to(3)
    press(window, key)
    assert window.course.index == 2
    assert not window.stage.is_moving
    stage = window.stage.stage
    assert stage is not None
    assert window.stage.view.time == pytest.approx(stage.end, abs=1e-3)


def test_advancing_plays_and_pressing_again_jumps_to_the_end(window: LectureWindow) -> None:
    press(window, K.Key_PageDown)
    press(window, K.Key_PageDown)  # the first ends the movement of the input's slide
    assert (window.course.index, window.stage.is_moving) == (1, False)
    press(window, K.Key_PageDown)
    assert (window.course.index, window.stage.is_moving) == (2, True)
    stage = window.stage.stage
    assert stage is not None
    assert (stage.kind, stage.layer) == ("sum", 1)
    assert window.stage.view.time is not None
    assert window.stage.view.time < stage.end - 0.5
    press(window, K.Key_PageDown)
    assert (window.course.index, window.stage.is_moving) == (2, False)
    assert window.stage.view.time == pytest.approx(stage.end, abs=1e-3)


def test_a_movement_comes_to_its_own_end(window: LectureWindow) -> None:
    press(window, K.Key_Space)
    assert window.stage.is_moving
    wait_until(lambda: not window.stage.is_moving)
    stage = window.stage.stage
    assert stage is not None
    assert window.stage.view.time == pytest.approx(stage.end, abs=1e-3)


def test_p_pauses_goes_on_and_plays_again(window: LectureWindow) -> None:
    window.course.go_to(2, play=True)
    press(window, K.Key_P)
    assert window.stage.is_paused
    held = window.stage.view.time
    press(window, K.Key_P)
    assert window.stage.is_moving
    assert window.stage.view.time == pytest.approx(held)
    window.stage.finish()
    press(window, K.Key_P)
    assert window.stage.is_moving
    window.stage.finish()


def test_home_end_and_the_ends_hold(window: LectureWindow) -> None:
    last = len(window.course.lesson.slides) - 1
    press(window, K.Key_End)
    assert window.course.index == last
    window.course.go_on()
    assert window.course.index == last
    press(window, K.Key_Home)
    assert window.course.index == 0
    press(window, K.Key_PageUp)
    assert window.course.index == 0


def test_a_number_and_enter_choose_a_slide(window: LectureWindow) -> None:
    press(window, K.Key_1, "1")
    press(window, K.Key_2, "2")
    assert window.course.index == 0
    press(window, K.Key_Return)
    assert window.course.index == 11
    press(window, K.Key_9, "9")
    press(window, K.Key_9, "9")
    press(window, K.Key_Return)
    assert window.course.index == len(window.course.lesson.slides) - 1


def test_the_list_of_slides(window: LectureWindow) -> None:
    window.course.go_to(4)
    press(window, K.Key_S)
    assert window.slides.isVisible()
    press(window, K.Key_Down)
    press(window, K.Key_Return)
    assert not window.slides.isVisible()
    assert window.course.index == 5
    press(window, K.Key_S, "s")
    press(window, K.Key_PageDown)
    press(window, K.Key_S, "s")
    assert not window.slides.isVisible()
    assert window.course.index == 5
    press(window, K.Key_PageDown)  # the keys are the lecture's again
    assert window.course.index == 6


@pytest.mark.parametrize(
    ("key", "color"),
    [(K.Key_B, "#000000"), (K.Key_Period, "#000000"), (K.Key_W, "#ffffff"), (K.Key_Comma, "#ffffff")],
)
def test_blank_screen_covers_all_and_any_key_takes_it_away(
    window: LectureWindow, key: Qt.Key, color: str
) -> None:
    window.course.go_to(3)
    press(window, key)
    image = window.grab().toImage()
    step = 37
    seen = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), step) for y in range(0, image.height(), step)
    }
    assert seen == {color}
    press(window, K.Key_PageDown)
    assert not window.blank.isVisible()
    assert window.course.index == 3


def test_black_again_takes_black_away_and_white_follows_black(window: LectureWindow) -> None:
    press(window, K.Key_B)
    press(window, K.Key_B)
    assert not window.blank.isVisible()
    press(window, K.Key_B)
    press(window, K.Key_W)
    assert window.blank.isVisible()
    assert window.blank.color == "#ffffff"


def test_overview_tells_every_key_and_fits(window: LectureWindow) -> None:
    press(window, K.Key_Question, "?")
    assert window.keys.isVisible()
    told = window.keys.accessibleDescription()
    assert all(command.text in told for command in COMMANDS)
    for size in ((800, 500), (1280, 720), (1920, 1080)):
        window.resize(*size)
        card, _ = window.keys.card()
        assert QRect(QPoint(0, 0), window.keys.size()).contains(card.toRect())
    press(window, K.Key_Escape)
    assert not window.keys.isVisible()


def test_every_command_of_the_table_is_done(window: LectureWindow) -> None:
    assert {command.name for command in COMMANDS} == set(window._commands)
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(keys) == len(set(keys))


def test_theme_and_text_size_by_key_are_remembered(window: LectureWindow, hall: Hall) -> None:
    size = window.text_size
    press(window, K.Key_T)
    assert hall.themes.theme.is_dark
    assert hall.settings.theme == "dark"
    press(window, K.Key_Plus, "+")
    assert window.text_size > size
    assert hall.settings.number("lecture/text_scale", 1.0, 0.1, 9.0) == pytest.approx(window.text_size / size)
    press(window, K.Key_Minus, "-")
    assert window.text_size == pytest.approx(size)


def test_full_screen_by_key_and_escape_leaves_it(window: LectureWindow) -> None:
    press(window, K.Key_F11)
    assert window.isFullScreen()
    press(window, K.Key_Escape)
    assert not window.isFullScreen()


@pytest.mark.parametrize(("name", "full"), [("lecture", True), ("desktop", False)])
def test_only_the_lecture_begins_in_full_screen(
    name: str, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr("app.cli.display.check_display", lambda: None)
    monkeypatch.setattr("app.application.run_front_end", lambda _name, **values: asked.update(values) or 0)
    front_ends.run(argparse.Namespace(front_end=name, theme=None, full_screen=False))
    assert asked["full_screen"] is full


def test_a_mouse_alone_is_enough(window: LectureWindow) -> None:
    for name, index in (("next", 1), ("next", 1), ("next", 2), ("previous", 1)):
        QTest.mouseClick(window.footer.buttons[name], Qt.MouseButton.LeftButton)
        assert window.course.index == index
    QTest.mouseClick(window.footer.buttons["contents"], Qt.MouseButton.LeftButton)
    assert window.slides.isVisible()


# -- samples -------------------------------------------------------------------------------------------------


def test_the_sample_is_one_the_network_gets_wrong_and_n_takes_another(window: LectureWindow) -> None:
    spec, parameters, _ = load_bundled()
    dataset = window.session.dataset
    assert dataset is not None
    seen = set()
    for _ in range(3):
        index = window.session.sample.index
        a = dataset.test.x[index].astype(np.float64)
        for number, layer in enumerate(parameters):
            a = a @ layer.kernel.astype(np.float64) + layer.bias
            a = np.maximum(a, 0) if number < len(parameters) - 1 else a
        assert int(a.argmax()) != dataset.test.y[index]
        p = np.exp(a - a.max()) / np.exp(a - a.max()).sum()
        assert 0.05 < p[dataset.test.y[index]] < 0.5
        assert window.stage.view.snapshot is not None
        assert window.stage.view.snapshot.spec == spec
        seen.add(index)
        window.course.go_to(5)
        press(window, K.Key_N)
        assert window.course.index == 5
    assert len(seen) == 3


def test_the_same_pass_computed_again_does_not_end_a_movement(window: LectureWindow) -> None:
    window.course.go_to(2, play=True)
    shown = window.stage.view.snapshot
    window.session.choose_sample(window.session.sample.index)
    assert window.stage.is_moving
    assert window.stage.view.snapshot is shown
    window.stage.finish()


def test_without_an_engine_the_update_says_so_and_shows_no_step(window: LectureWindow) -> None:
    window.course.go_to(place(window, "update", 3))
    assert window.band.sentence == NO_ENGINE
    assert window.stage.stage is not None
    assert window.stage.stage.kind == "gradient"
    assert len(window.band.formulas.lines) == 1


# -- sizes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (960, 540), (1024, 768), (800, 500), (2560, 1080)])
def test_nothing_overlaps_and_the_graph_has_the_stage(window: LectureWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    everything = QRect(0, 0, *size)
    pieces: list[QWidget] = [window.stage, window.band, window.footer]
    for a in pieces:
        assert everything.contains(a.geometry())
        assert not any(a.geometry().intersects(b.geometry()) for b in pieces if b is not a)
    assert window.stage.width() * window.stage.height() >= 0.6 * size[0] * size[1]
    assert window.text_size == pytest.approx(max(16.0, size[1] / 38))
    for index in range(len(window.course.lesson.slides)):
        window.course.go_to(index)
        wait_until(lambda: all(line.picture is not None for line in window.band.formulas.lines))
        band, formulas = window.band, window.band.formulas
        inside = QRect(QPoint(0, 0), band.size())
        words = band.words
        assert inside.contains(words.title.toAlignedRect())
        assert inside.contains(words.sentence.toAlignedRect())
        assert words.title.bottom() <= words.sentence.top()
        assert inside.contains(formulas.geometry())
        assert words.title.right() < formulas.x()
        rects = []
        for placed in formulas.placed:
            assert placed.line.picture is not None
            rects += [placed.caption, placed.formula]
        room = QRect(QPoint(0, 0), formulas.size()).adjusted(0, 0, 1, 1)
        for number, rect in enumerate(rects):
            assert room.contains(rect.toRect())
            assert not any(rect.intersects(other) for other in rects[number + 1 :])


def test_readable_from_the_last_row(window: LectureWindow) -> None:
    """At 1920 x 1080 no letter of a slide is set smaller than 1/48 of the height."""
    window.resize(1920, 1080)
    least = 1080 / 48
    for index in range(len(window.course.lesson.slides)):
        window.course.go_to(index)
        wait_until(lambda: all(line.picture is not None for line in window.band.formulas.lines))
        assert window.band.words.size * 1.3 >= least
        for placed in window.band.formulas.placed:
            assert placed.line.picture is not None
            assert placed.formula.height() / placed.line.picture.height >= least
            assert placed.caption_px >= least


def test_larger_text_still_keeps_to_its_place(window: LectureWindow) -> None:
    for _ in range(6):
        press(window, K.Key_Plus, "+")
    for index in range(len(window.course.lesson.slides)):
        window.course.go_to(index)
        inside = QRect(QPoint(0, 0), window.band.size())
        assert inside.contains(window.band.words.sentence.toAlignedRect())


def test_a_message_does_not_hide_the_slide(window: LectureWindow) -> None:
    window.messages.show_error("The data set could not be read.")
    window._place()
    assert window.ground.rect().contains(window.messages.geometry())
    assert not window.messages.geometry().intersects(window.band.geometry())
    press(window, K.Key_Escape)
    assert not window.messages.isVisible()


def test_a_message_is_as_high_as_its_words_and_details(window: LectureWindow) -> None:
    messages = window.messages
    window.show_message(Message("error", "Short."))
    wait_until(lambda: messages.height() == messages.heightForWidth(messages.width()))
    short = messages.height()
    window.show_message(Message("error", "A word and another. " * 20, "Traceback"))
    wait_until(lambda: short < messages.height() == messages.heightForWidth(messages.width()))
    assert messages.height() < 5 * short
    closed = messages.height()
    details = messages.findChild(QToolButton, "errorBarDetails")
    assert details is not None
    details.click()
    wait_until(lambda: messages.height() > closed + 100)
    messages.dismiss()
    wait_until(lambda: messages.height() == short)
    messages.clear()


def test_the_list_of_slides_is_as_large_as_what_it_holds(window: LectureWindow) -> None:
    window.resize(1920, 1080)
    press(window, K.Key_S)
    box = window.slides.list
    wait_until(lambda: not box.verticalScrollBar().isVisible())
    assert box.visualItemRect(box.item(box.count() - 1)).bottom() < box.viewport().height() < box.height()
    assert box.width() < 0.6 * window.width()
    assert box.height() < 0.95 * window.height()
    press(window, K.Key_Escape)


def test_the_foot_leaves_parts_out_before_it_cuts_one(qapp: QApplication) -> None:
    metrics, words = QFontMetricsF(qapp.font()), FOOT_BETWEEN.join(("One lesson", "A network, 99 %"))
    assert foot_words(words, metrics, 10_000) == words
    assert foot_words(words, metrics, metrics.horizontalAdvance(words) - 1) == "A network, 99 %"
    assert foot_words(words, metrics, metrics.horizontalAdvance("One lesson") + 1) == "One lesson"
    assert foot_words(words, metrics, metrics.horizontalAdvance("One")).endswith("…")


# -- formulas ------------------------------------------------------------------------------------------------


@pytest.mark.visual
def test_formulas_are_painted_in_the_ink_of_the_theme(qtbot, qapp: QApplication) -> None:
    setter, view = Typesetter(), FormulaView()
    qtbot.addWidget(view)
    latex = r"L = {-}\ln p_y"
    with qtbot.waitSignal(setter.done):
        setter.want([latex])
    view.resize(400, 120)
    view.set_sizes(40, 14)
    view.set_lines([FormulaLine("The loss", latex, setter.get(latex))])
    setter.close()
    placed = view.placed[0].formula.toRect()
    for theme in (LIGHT, DARK):
        view.set_theme(theme)
        ground = QColor(theme.surface)
        palette = view.palette()
        palette.setColor(view.backgroundRole(), ground)
        view.setPalette(palette)
        image = view.grab(placed).toImage()
        tones = [
            image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(image.height())
        ]
        ink = QColor(theme.text).lightness()
        nearest = min(abs(tone - ink) for tone in tones)
        assert nearest <= 12
        share = sum(abs(tone - ink) < 40 for tone in tones) / len(tones)
        assert 0.02 < share < 0.5


def test_a_formula_that_cannot_be_set_is_told_and_the_next_is_set(qtbot, qapp: QApplication) -> None:
    setter = Typesetter()
    told: list[str] = []
    setter.failed.connect(told.append)
    with qtbot.waitSignal(setter.done, timeout=10_000):
        setter.want([r"\frac{1}{", r"x"])
    setter.close()
    assert setter.get("x") is not None
    assert len(told) == 1
    assert r"\frac{1}{" in told[0]
    assert setter.is_known(r"\frac{1}{")
    assert setter.get(r"\frac{1}{") is None


def test_no_thread_outlives_the_window(qapp: QApplication, tmp_path: Path, at_once: None) -> None:
    before = set(threading.enumerate())
    made = Hall(tmp_path, use_engine=False)
    made.window.course.go_to(3, play=True)
    assert set(threading.enumerate()) - before
    made.leave()
    assert set(threading.enumerate()) <= before


def test_closing_while_everything_is_still_loading(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "mnist", MNIST)  # read anew
    before = set(threading.enumerate())
    themes = ThemeManager()
    window = LectureWindow(Settings(tmp_path / "settings.ini"), themes, use_engine=False)
    window.show()
    window.start()
    delete_window(window)
    themes.deleteLater()
    assert set(threading.enumerate()) <= before


# -- the real step -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_update_is_a_real_step_of_the_network_of_the_lesson(qapp: QApplication, tmp_path: Path) -> None:
    spec, bundled, _ = load_bundled()
    themes = ThemeManager()
    themes.set_choice("light")
    window = LectureWindow(Settings(tmp_path / "settings.ini"), themes)
    window.show()
    window.start()
    try:
        wait_until(lambda: bool(window.course.samples) and window.course.material() is not None, READY_S)
        update = place(window, "update", 3)
        window.course.go_to(update)
        if not window.session.is_ready:  # TensorFlow takes seconds, the first sample a fraction of one
            assert window.band.sentence == LOADING
        wait_until(lambda: window.course.material().snapshot.update is not None, READY_S)
        assert window.course.index == update
        assert window.stage.stage is not None
        assert window.stage.stage.kind == "update"
        window.stage.finish()
        snapshot = window.course.material().snapshot
        assert snapshot.source == "keras"
        assert snapshot.spec == spec
        assert snapshot.update_batch_size == 1
        moved = []
        for mine, shown, gradient, delta in zip(
            bundled, snapshot.parameters, snapshot.gradients.parameters, snapshot.update, strict=True
        ):
            np.testing.assert_array_equal(shown.kernel, mine.kernel)
            np.testing.assert_allclose(delta.kernel, -CONFIG.learning_rate * gradient.kernel, atol=2e-7)
            moved.append(type(mine)(mine.kernel + delta.kernel, mine.bias + delta.bias))
        again = forward(tuple(moved), spec.activations, snapshot.sample[None, :])
        p, q = snapshot.forward.output[0, snapshot.label], again.output[0, snapshot.label]
        assert q > p
        assert snapshot.forward_after.output[0, snapshot.label] == pytest.approx(q, abs=1e-4)
        # Going back and on again shows the same step, it does not take another.
        step = window.session.network.step
        assert step == 1
        window.course.go_back()
        window.course.go_on()
        window.stage.finish()
        window.course.go_on()
        assert now(window).kind == "after"
        assert f"{100 * q:.1f} %" in window.band.sentence
        assert window.session.network.step == step
        # Another image: back to the first slide, and a step of its own when its turn comes.
        window.course.another_sample()
        assert window.course.index == 0
        assert window.course.material().snapshot.update is None
        window.course.go_to(update)
        wait_until(lambda: window.course.material().snapshot.update is not None)
        assert window.session.network.step == 2
    finally:
        delete_window(window)
        themes.deleteLater()


def test_the_slide_is_exported_and_copied_as_it_stands(window: LectureWindow) -> None:
    window.course.go_to(place(window, "sum", 1), play=True)
    assert window.stage.is_moving
    QTest.keyClick(window, K.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.exports.dialog
    assert dialog is not None
    assert not window.stage.is_moving  # the moment that is exported is held
    view = dialog.view
    assert view is not None
    assert view.slide is not None
    assert (view.slide.title, view.slide.lines) == (window.band.title, window.band.formulas.lines)
    assert (view.width, view.height) == (1280, 720)
    dialog.close()
    QApplication.clipboard().clear()
    QTest.keyClick(window, K.Key_C, Qt.KeyboardModifier.ControlModifier)
    wait_until(lambda: not window.exports.is_busy)
    image = QApplication.clipboard().image()
    assert (image.width(), image.height()) == (2560, 1440)
    assert window.messages.current is not None
    QApplication.clipboard().clear()
    QTest.mouseClick(window.footer.buttons["export"], Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    dialog.close()
