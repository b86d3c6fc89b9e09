"""The page “Why?” in the digits window and in the desktop window, driven as a person would."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT
from app.widgets.digit_canvas import DigitCanvas
from app.widgets.why_marks import overlay_image, palette_of
from app.widgets.why_page import WhyPage
from app.widgets.why_paths import edges_of
from app.widgets.why_words import REGIONS, region_map, regions_of, sentence
from app.widgets.why_work import Explanation, Question, explain
from app.windows.desktop import DesktopWindow
from app.windows.digits import DigitsWindow
from nnviz.data.dataset import Dataset, Split
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters
from nnviz.maths.saliency import Goal, score
from nnviz.picture.refs import EdgeRef, UnitRef
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training.records import Snapshot

LEFT = Qt.MouseButton.LeftButton


def four() -> list[np.ndarray]:
    t = np.linspace(0, 1, 30)
    return [
        np.array([[0.35, 0.2], [0.3, 0.4], [0.28, 0.52], [0.45, 0.53], [0.7, 0.5]]),
        np.stack([0.62 - 0.04 * t, 0.22 + 0.63 * t], axis=1),
    ]


@pytest.fixture
def window(digits_window: DigitsWindow) -> DigitsWindow:
    digits_window.resize(1280, 720)
    return digits_window


@pytest.fixture
def drawn(qtbot: QtBot, window: DigitsWindow) -> DigitsWindow:
    """A four with the page open and the answer there."""
    for stroke in four():
        window.canvas.draw_stroke(stroke)
    qtbot.waitUntil(lambda: window.session.snapshot is not None and window.answer.text() == "4", timeout=10_000)
    qtbot.mouseClick(window.findChild(QPushButton, "drawer_tab_why"), LEFT)
    settle(qtbot, window.why_page)
    assert window.why_page.explanation is not None
    return window


def settle(qtbot: QtBot, page: WhyPage) -> None:
    qtbot.waitUntil(lambda: page.is_settled, timeout=30_000)
    qtbot.wait(5)
    qtbot.waitUntil(lambda: page.is_settled, timeout=30_000)


def choose(qtbot: QtBot, page: WhyPage, box: str, text: str) -> Explanation:
    """Choose an entry of a list with the keyboard."""
    widget = getattr(page.pixels, box)
    index = widget.findText(text)
    assert index >= 0, text
    widget.setFocus()
    while widget.currentIndex() != index:
        qtbot.keyClick(widget, Qt.Key.Key_Down if widget.currentIndex() < index else Qt.Key.Key_Up)
    settle(qtbot, page)
    assert page.explanation is not None
    return page.explanation


def toy(weights: np.ndarray, x: np.ndarray) -> Snapshot:
    """A network without hidden layers: every answer can be written down."""
    shape = x.shape
    spec = NetworkSpec(shape, (LayerSpec(weights.shape[1], "softmax"),))
    parameters = (LayerParameters(weights, np.zeros(weights.shape[1])),)
    return Snapshot(0, 0, spec, parameters, None, forward(parameters, ("softmax",), x.reshape(1, -1)))


def test_nothing_is_explained_until_the_page_is_open_and_something_is_drawn(window: DigitsWindow, qtbot: QtBot) -> None:
    for stroke in four():
        window.canvas.draw_stroke(stroke)
    qtbot.waitUntil(lambda: window.answer.text() == "4", timeout=10_000)
    qtbot.wait(60)
    assert window.why_page.explanation is None
    assert window.canvas.overlay is None
    qtbot.keyClick(window, Qt.Key.Key_W)
    settle(qtbot, window.why_page)
    assert window.why_page.explanation is not None
    assert window.canvas.overlay is not None
    window.canvas.clear()
    qtbot.waitUntil(lambda: window.why_page.explanation is None)
    assert window.canvas.overlay is None
    assert "Draw a digit" in window.why_page.samples.state.text()


def test_what_is_shown_is_the_gradient_of_the_network_that_answers(drawn: DigitsWindow, qtbot: QtBot) -> None:
    explanation, snapshot = drawn.why_page.explanation, drawn.session.snapshot
    assert explanation is not None
    assert snapshot is not None
    assert explanation.goal == Goal(len(snapshot.spec.layers), 4)
    names = tuple(layer.activation for layer in snapshot.spec.layers)
    double = tuple(LayerParameters(p.kernel.astype(float), p.bias.astype(float)) for p in snapshot.parameters)
    for pixel in (300, 405, 500):
        ends = np.stack([snapshot.sample.astype(float)] * 2)
        ends[0, pixel] += 1e-6
        ends[1, pixel] -= 1e-6
        high, low = score(forward(double, names, ends), explanation.goal)
        assert explanation.values.ravel()[pixel] == pytest.approx((high - low) / 2e-6, abs=2e-3)
    title, low_words, high_words = drawn.why_page.pixels.legend.words
    assert "logit of 4" in title
    assert (low_words, high_words) == ("ink lowers it", "ink raises it")


def test_every_method_and_target_can_be_chosen(drawn: DigitsWindow, qtbot: QtBot) -> None:
    page, last = drawn.why_page, len(drawn.session.snapshot.spec.layers)  # type: ignore[union-attr]
    explanation = choose(qtbot, page, "method", "Input × gradient")
    assert not explanation.values[explanation.question.image == 0].any()
    assert not explanation.is_blame
    explanation = choose(qtbot, page, "target", "9")
    assert explanation.goal == Goal(last, 9)
    explanation = choose(qtbot, page, "minus", "the winner")
    assert explanation.goal == Goal(last, 9, 4)
    assert "9 rather than 4" in page.pixels.legend.words[0]
    explanation = choose(qtbot, page, "method", "Occlusion")
    assert explanation.question.method == "occlusion"
    explanation = choose(qtbot, page, "method", "Add and erase")
    assert not page.pixels.minus.isVisible()
    assert explanation.goal == Goal(last, 9, 4)
    assert page.pixels.edited.isVisible()
    assert explanation.edit is not None
    assert page.pixels.edit_words.text().startswith("Edited image, not your drawing")
    image = explanation.question.image
    assert not explanation.values[(image == 0) & (explanation.values < 0)].any()  # nothing to erase on paper
    assert not explanation.values[(image == 1) & (explanation.values > 0)].any()
    page.reset()
    settle(qtbot, page)
    assert page.pixels.choice[:3] == ("gradient", "winner", "nothing")


def test_the_value_of_a_pixel_is_read_by_pointer_and_keys(drawn: DigitsWindow, qtbot: QtBot) -> None:
    pixels, explanation = drawn.why_page.pixels, drawn.why_page.explanation
    assert explanation is not None
    frame = pixels.picture.frame()
    unit = frame.width() // 28
    qtbot.mouseMove(pixels.picture, QPoint(frame.left() + 14 * unit + 2, frame.top() + 9 * unit + 2))
    assert pixels.value.text().startswith("Row 9, column 14: ink ")
    shown = pixels.value.text().rsplit(" ", 1)[1].replace("−", "-")
    assert float(shown) == pytest.approx(float(explanation.values[9, 14]), rel=1e-3)
    pixels.picture.setFocus()
    qtbot.keyClick(pixels.picture, Qt.Key.Key_Down)
    assert pixels.value.text().startswith("Row 10, column 14: ink ")


def test_a_hidden_unit_selected_in_the_graph_is_explained(drawn: DigitsWindow, qtbot: QtBot) -> None:
    page, snapshot = drawn.why_page, drawn.session.snapshot
    assert snapshot is not None
    drawn.view.select(UnitRef(1, 37))
    settle(qtbot, page)
    explanation = page.explanation
    assert explanation is not None
    assert explanation.goal == Goal(1, 37)
    # The pre-activation of a unit of the first layer is linear: its gradient is its weights.
    assert np.allclose(explanation.values.ravel(), snapshot.parameters[0].kernel[:, 37])
    drawn.view.clear_selection()
    settle(qtbot, page)
    assert page.explanation is not None
    assert page.explanation.goal.unit == 4


def test_the_colours_lie_where_the_network_sees_the_ink(drawn: DigitsWindow, qtbot: QtBot) -> None:
    explanation = choose(qtbot, drawn.why_page, "method", "Input × gradient")
    overlay = drawn.canvas.overlay
    assert overlay is not None
    picture, place = overlay
    ink = drawn.canvas.ink()
    row, column = np.unravel_index(np.abs(explanation.values).argmax(), (28, 28))
    x = place.x() + (column + 0.5) / 28 * place.width()
    y = place.y() + (row + 0.5) / 28 * place.height()
    assert ink[int(y), int(x)] > 0
    corner = picture.pixelColor(2, 2)
    assert corner.alpha() == 0
    qtbot.mouseClick(drawn.why_page.pixels.on_paper, LEFT, pos=QPoint(8, drawn.why_page.pixels.on_paper.height() // 2))
    assert drawn.canvas.overlay is None


def test_only_the_words_move_where_they_take_more_lines(drawn: DigitsWindow, qtbot: QtBot) -> None:
    pixels = drawn.why_page.pixels
    fixed = (pixels.picture, pixels.legend, pixels.on_paper)
    places = []
    for text in ("One line.", "A sentence of many words that takes three lines at the least. " * 3):
        pixels.words.setText(text)
        qtbot.wait(20)
        places.append([part.mapTo(drawn, QPoint()) for part in fixed])
    assert places[0] == places[1]


def test_paths_to_winner_and_runner_up_can_be_told_apart(drawn: DigitsWindow, qtbot: QtBot) -> None:
    page = drawn.why_page
    assert not drawn.view.focus
    page.tabs.setCurrentIndex(1)
    settle(qtbot, page)
    solid, hollow = drawn.why.overlay.chains
    explanation = page.explanation
    assert explanation is not None
    assert {chain.units[-1] for chain in solid} == {4}
    assert {chain.units[-1] for chain in hollow} == {explanation.ranks[1]}
    qtbot.waitUntil(lambda: drawn.view.focus == edges_of((*solid, *hollow)))
    for edge in drawn.view.focus:
        assert isinstance(edge, EdgeRef)
    assert "Solid: to 4" in page.paths.words.text()
    qtbot.waitUntil(lambda: drawn.view.is_settled, timeout=10_000)
    both = drawn.view.grab().toImage()
    qtbot.mouseClick(page.findChild(QToolButton, "why_paths_winner"), LEFT)
    assert drawn.why.overlay.chains == (solid, ())
    qtbot.waitUntil(lambda: drawn.view.is_settled, timeout=10_000)
    assert drawn.view.grab().toImage() != both
    qtbot.mouseClick(page.findChild(QToolButton, "why_paths_off"), LEFT)
    assert not drawn.view.focus
    assert not drawn.why.overlay.isVisible()
    # They stay when the page is closed, if that is wanted, and follow the drawing.
    qtbot.mouseClick(page.findChild(QToolButton, "why_paths_runner"), LEFT)
    page.paths.keep.setFocus()
    qtbot.keyClick(page.paths.keep, Qt.Key.Key_Space)
    drawn.digits_drawer.set_page("")
    assert drawn.why.overlay.chains == ((), hollow)
    drawn.canvas.undo()
    qtbot.waitUntil(lambda: drawn.why.overlay.chains[1] != hollow)
    drawn.make_new()
    assert not drawn.view.focus


def test_the_forward_pass_is_replayed_with_words(drawn: DigitsWindow, qtbot: QtBot) -> None:
    page = drawn.why_page
    page.tabs.setCurrentIndex(1)
    assert page.replay.button.text() == "Replay slowly"
    qtbot.mouseClick(page.replay.button, LEFT)
    assert drawn.view.is_playing
    assert page.replay.button.text() == "Pause"
    qtbot.waitUntil(lambda: page.replay.name.text().startswith("1/"))
    qtbot.mouseClick(page.replay.button, LEFT)
    assert not drawn.view.is_playing
    assert page.replay.button.text() == "Go on"
    qtbot.mouseClick(page.replay.next, LEFT)
    assert page.replay.name.text().startswith("2/")
    assert page.replay.words.text()
    qtbot.mouseClick(page.replay.whole, LEFT)
    assert drawn.view.time is None
    assert page.replay.name.text() == ""
    assert page.replay.button.text() == "Replay slowly"


def test_on_a_small_screen_the_replay_uncovers_the_graph(drawn: DigitsWindow, qtbot: QtBot) -> None:
    drawn.resize(800, 480)
    drawn.why_page.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not drawn.stage.is_beside)
    qtbot.mouseClick(drawn.why_page.replay.button, LEFT)
    assert drawn.view.is_playing
    assert not drawn.digits_drawer.is_open
    qtbot.waitUntil(drawn.why.strip.isVisible, timeout=10_000)
    assert drawn.why.strip.text().startswith("1/")
    drawn.view.pause()
    drawn.canvas.undo()
    qtbot.waitUntil(lambda: not drawn.why.strip.isVisible())


def test_paths_and_graph_are_seen_together_on_a_small_screen(drawn: DigitsWindow, qtbot: QtBot) -> None:
    drawn.resize(1024, 600)
    assert not drawn.stage.is_beside  # the pixels lie over the whole graph
    assert drawn.digits_drawer.width() == drawn.stage.width()
    drawn.why_page.tabs.setCurrentIndex(1)
    assert not drawn.view.geometry().intersects(drawn.digits_drawer.geometry())
    qtbot.mouseClick(drawn.why_page.replay.button, LEFT)
    assert drawn.digits_drawer.is_open
    drawn.digits_drawer.set_page("")
    # The stage in words stands below the graph, not over its legend.
    qtbot.waitUntil(drawn.why.strip.isVisible, timeout=10_000)
    assert not drawn.view.geometry().intersects(drawn.why.strip.geometry())
    drawn.digits_drawer.set_page("why")
    qtbot.waitUntil(lambda: not drawn.why.strip.isVisible())


def small_dataset() -> Dataset:
    draw = np.random.default_rng(3)

    def split(count: int) -> Split:
        x = (draw.uniform(0, 1, (count, 28, 28)) > 0.8).astype(np.float32)
        y = draw.integers(0, 10, count).astype(np.int32)
        return Split(x, y)

    return Dataset("small", "Small", (28, 28), tuple("0123456789"), split(300), split(40), split(10), "none")


def test_the_nearest_training_samples_are_shown_in_both_spaces(drawn: DigitsWindow, qtbot: QtBot) -> None:
    page, data, snapshot = drawn.why_page, small_dataset(), drawn.session.snapshot
    assert snapshot is not None
    page.set_dataset(data)
    page.tabs.setCurrentIndex(2)
    settle(qtbot, page)
    every = np.concatenate([data.train.x.reshape(300, -1), data.validation.x.reshape(40, -1)]).astype(float)
    labels = np.concatenate([data.train.y, data.validation.y])
    distances = np.linalg.norm(every - snapshot.sample, axis=1)
    order = np.argsort(distances)[:8]
    shown = page.samples.tiles.samples
    assert np.allclose([sample.distance for sample in shown], distances[order])
    assert [sample.label for sample in shown] == list(labels[order])
    mean = page.samples.pictures["mean"].values
    assert mean is not None
    assert np.allclose(mean.ravel(), every[labels == 4].mean(axis=0), atol=1e-6)
    assert "all 340 training and validation samples" in page.samples.state.text()
    qtbot.mouseClick(page.findChild(QToolButton, "why_space_hidden"), LEFT)
    names = tuple(layer.activation for layer in snapshot.spec.layers)
    inner = forward(snapshot.parameters, names, every.astype(np.float32)).activations[-2]
    away = np.sort(np.linalg.norm(inner - snapshot.forward.activations[-2][0], axis=1))[:8]
    assert np.allclose([sample.distance for sample in page.samples.tiles.samples], away, rtol=1e-4)
    third = page.samples.tiles.tile(2).center()
    qtbot.mouseClick(page.samples.tiles, LEFT, pos=third)
    large = page.samples.pictures["sample"].values
    assert large is not None
    assert np.array_equal(large, page.samples.tiles.samples[2].image)
    qtbot.keyClick(page.samples.tiles, Qt.Key.Key_Right)
    large = page.samples.pictures["sample"].values
    assert large is not None
    assert np.array_equal(large, page.samples.tiles.samples[3].image)


@pytest.mark.slow
def test_mnist_is_read_when_its_samples_are_looked_at(drawn: DigitsWindow, qtbot: QtBot) -> None:
    page = drawn.why_page
    page.tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: len(page.samples.tiles.samples) == 8, timeout=60_000)
    assert "all 60,000" in page.samples.state.text()
    assert [sample.label for sample in page.samples.tiles.samples].count(4) >= 4


def test_the_desktop_window_has_the_page_as_a_dock(bare_window: DesktopWindow, qtbot: QtBot) -> None:
    window = bare_window
    window.start()
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.snapshot is not None, timeout=60_000)
    assert window.docks["why"].isHidden()
    window.docks["why"].toggleViewAction().trigger()
    page = window.why_page
    qtbot.waitUntil(lambda: page.explanation is not None, timeout=10_000)
    assert not page.pixels.on_paper.isVisible()  # a test sample has no drawing
    assert window.input_panel.isVisible()
    assert not page.replay.isVisible()
    window.docks["why"].toggleViewAction().trigger()
    assert window.docks["why"].isHidden()


def test_the_canvas_shows_an_overlay_that_is_no_ink(qtbot: QtBot) -> None:
    canvas = DigitCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(282, 282)
    canvas.show()
    canvas.draw_stroke(np.array([[0.3, 0.5], [0.7, 0.5]]))
    before, ink = canvas.grab().toImage(), canvas.ink()
    red = QImage(4, 4, QImage.Format.Format_ARGB32_Premultiplied)
    red.fill(QColor(255, 0, 0, 255))
    canvas.set_overlay(red)
    covered = canvas.grab().toImage().pixelColor(141, 40)
    assert (covered.red(), covered.green()) == (255, 0)
    assert np.array_equal(canvas.ink(), ink)
    canvas.set_overlay(None)
    assert canvas.grab().toImage() == before


def test_signs_are_told_by_colour_and_by_shape() -> None:
    values = np.array([[1.0, -1.0, 0.0]])
    for theme in (LIGHT, DARK):
        for blame in (True, False):
            picture = overlay_image(values, 1.0, palette_of(blame, theme.is_dark), 12)
            plus, minus = picture.copy(0, 0, 12, 12), picture.copy(12, 0, 12, 12)
            # The upright stroke of the plus is missing in the minus: shape apart from hue.
            assert plus.pixelColor(6, 3) == plus.pixelColor(3, 6)
            assert minus.pixelColor(6, 3) != minus.pixelColor(3, 6)
            assert plus.pixelColor(0, 0) != minus.pixelColor(0, 0)
            assert picture.pixelColor(30, 6).alpha() == 0


def test_sentences_name_the_part_with_the_largest_sum() -> None:
    x = np.zeros((9, 9))
    x[:, :] = 1
    parts = region_map(x)
    assert [int(parts[row, column]) for row in (0, 4, 8) for column in (0, 4, 8)] == list(range(9))
    for region in range(9):
        weights = np.zeros((81, 3))
        weights[(parts == region).ravel(), 1] = 1.0
        weights[(parts == (region + 4) % 9).ravel(), 1] = -0.5
        explanation = explain(Question(toy(weights, x), (9, 9), "input_gradient", 1))
        text = sentence(explanation, ("a", "b", "c"))
        assert text == (
            f"The ink {REGIONS[region]} speaks for b most (+9.00); "
            f"the ink {REGIONS[(region + 4) % 9]} speaks against it (−4.50)."
        )
        assert regions_of(x, explanation.values)[0].argmax() == region
    bar = np.zeros((28, 28))
    bar[4:24, 13:15] = 1
    assert set(region_map(bar)[4:24, 13:15].ravel().tolist()) == {1, 4, 7}  # a bar is neither left nor right


def test_an_edited_image_is_called_one() -> None:
    weights = np.zeros((81, 2))
    weights[:40, 1] = 1
    weights[41:, 0] = 1
    x = np.zeros((9, 9))
    x[6:, :] = 1
    explanation = explain(Question(toy(weights, x), (9, 9), "change", 1))
    assert explanation.edit is not None
    assert explanation.edit.reached
    assert explanation.edit.image[:4].sum() > 0


def test_tiles_can_be_reached_and_read_by_keyboard(drawn: DigitsWindow, qtbot: QtBot) -> None:
    page = drawn.why_page
    page.set_dataset(small_dataset())
    page.tabs.setCurrentIndex(2)
    settle(qtbot, page)
    tiles = page.samples.tiles
    assert tiles.focusPolicy() == Qt.FocusPolicy.StrongFocus
    qtbot.keyClick(tiles, Qt.Key.Key_Down)
    assert tiles.accessibleDescription() == tiles.words(4)
    assert tiles.tile_at(QPointF(tiles.tile(7).center())) == 7
