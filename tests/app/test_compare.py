"""Means and comparisons in the window without TensorFlow: the bundled model, real digits, real pixels."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.desks.compare_desk import CompareDesk
from app.desks.engine_link import EngineLink
from app.desks.mean_desk import MeanDesk
from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.messages import Message
from app.session_values import Comparison, Network
from app.widgets.compare_card import compared, difference
from app.widgets.network_values import unit_card
from app.widgets.network_view import NetworkView
from app.windows.desktop import DesktopWindow
from nnviz.maths.forward import forward
from nnviz.maths.parameters import initial_parameters
from nnviz.picture.look import Look
from nnviz.picture.means import Scope
from nnviz.spec import NetworkSpec
from nnviz.training.records import Snapshot
from tests.tiny import blobs, small_spec

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(loaded_window: DesktopWindow, qtbot: QtBot) -> DesktopWindow:
    loaded_window.resize(1280, 800)
    qtbot.waitUntil(lambda: loaded_window.session.snapshot is not None)
    return loaded_window


def key(qtbot: QtBot, window: DesktopWindow, which: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    window.stage.view.setFocus()
    held = modifiers[0] if modifiers else Qt.KeyboardModifier.NoModifier
    qtbot.keyClick(window.stage.view, which, held)


def second_view(window: DesktopWindow) -> NetworkView:
    pane = window.stage.pair.second
    assert pane is not None
    return pane.view


def settle(qtbot: QtBot, *views: NetworkView) -> None:
    qtbot.waitUntil(lambda: all(view.is_settled for view in views), timeout=20_000)


def pixels(view: NetworkView) -> np.ndarray:
    """The picture without the marks of checks and edits that lie over the first view."""
    return array_of(view.picture(1.0))


def screen(view: NetworkView) -> np.ndarray:
    return array_of(view.grab().toImage())


def array_of(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()


def of(snapshot: Snapshot | None) -> Snapshot:
    assert snapshot is not None
    return snapshot


# -- the mean --------------------------------------------------------------------------------------------------


def test_mean_by_key_shows_the_mean_of_the_outputs(window: DesktopWindow, qtbot: QtBot) -> None:
    session = window.session
    key(qtbot, window, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: of(session.snapshot).count == 128, timeout=10_000)
    network, dataset = session.network, session.dataset
    assert network is not None
    assert dataset is not None
    x, y = dataset.test.x[:128], dataset.test.y[:128]
    output = forward(network.parameters, network.spec.activations, x).output
    snapshot = of(window.stage.view.snapshot)
    np.testing.assert_allclose(snapshot.forward.output[0], output.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(snapshot.sample, x.mean(axis=0), atol=1e-6)
    right = 100 * float((output.argmax(axis=1) == y).mean())
    assert f"mean of 128: {right:.2f} % right" in window.header.headline.text()
    assert window.header.scope.currentText() == "mean of 128"
    assert "Mean of 128 test samples" in window.input_panel.sample_label.text()
    key(qtbot, window, Qt.Key.Key_N)  # a sample is chosen: back to one
    qtbot.waitUntil(lambda: of(session.snapshot).count == 1)
    assert session.scope == Scope()
    assert window.header.scope.currentText() == "this sample"
    assert "mean of" not in window.header.headline.text()
    session.stop()


def test_mean_of_a_class(window: DesktopWindow, qtbot: QtBot) -> None:
    session = window.session
    box = window.header.scope
    box.setFocus()
    while box.currentText() != "mean of all “3”":
        qtbot.keyClick(box, Qt.Key.Key_Down)
    dataset = session.dataset
    assert dataset is not None
    threes = int((dataset.test.y == 3).sum())
    qtbot.waitUntil(lambda: of(session.snapshot).count == threes, timeout=20_000)
    snapshot = of(session.snapshot)
    assert snapshot.label == 3
    assert snapshot.predicted == 3
    np.testing.assert_allclose(snapshot.sample, dataset.test.x[dataset.test.y == 3].mean(axis=0), atol=1e-5)
    session.stop()


# -- two samples -------------------------------------------------------------------------------------------------


def test_compare_pins_a_sample_and_the_first_goes_on(window: DesktopWindow, qtbot: QtBot) -> None:
    session, stage = window.session, window.stage
    pinned = of(session.snapshot)
    key(qtbot, window, Qt.Key.Key_C)
    second = second_view(window)
    qtbot.waitExposed(second)
    # The same sample through the same network: the same picture, pixel for pixel.
    if stage.view.width() != second.width():
        window.resize(window.width() + 1, window.height())  # an odd pixel goes to one of them
        QApplication.processEvents()
        half = (stage.pair.splitter.width() - stage.pair.splitter.handleWidth()) // 2
        stage.pair.splitter.setSizes([half, half])
    QApplication.processEvents()
    settle(qtbot, stage.view, second)
    assert stage.view.size() == second.size()
    assert np.array_equal(pixels(stage.view), pixels(second))
    key(qtbot, window, Qt.Key.Key_N)
    settle(qtbot, stage.view, second)
    assert np.array_equal(of(second.snapshot).sample, pinned.sample)
    assert not np.array_equal(of(stage.view.snapshot).sample, pinned.sample)
    assert not np.array_equal(pixels(stage.view), pixels(second))
    first_words, second_words = stage.pair.first.caption.text(), stage.pair.second.caption.text()  # type: ignore[union-attr]
    assert first_words.startswith("sample 1 · step")
    assert second_words.startswith("sample 0 · step")
    key(qtbot, window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not stage.pair.is_open)
    assert session.comparison is None
    assert stage.pair.first.bar.isHidden()
    session.stop()


def test_scales_are_shared(window: DesktopWindow, qtbot: QtBot) -> None:
    key(qtbot, window, Qt.Key.Key_C)
    key(qtbot, window, Qt.Key.Key_N)
    stage, second = window.stage, second_view(window)
    settle(qtbot, stage.view, second)
    for layer in range(3):
        pictures = [view._pictures.get(layer, "contribution") for view in (stage.view, second)]  # type: ignore[union-attr]
        largest = 0.0
        for view in (stage.view, second):
            snapshot = of(view.snapshot)
            table = snapshot.forward.layer_input(layer)[0][:, None] * snapshot.parameters[layer].kernel
            largest = max(largest, float(np.abs(table).max()))
        assert [p.scale for p in pictures if p] == pytest.approx([largest, largest])
    window.session.stop()


def test_zoom_time_and_pointer_go_together(window: DesktopWindow, qtbot: QtBot) -> None:
    key(qtbot, window, Qt.Key.Key_C)
    key(qtbot, window, Qt.Key.Key_N)
    stage, second = window.stage, second_view(window)
    view = stage.view
    settle(qtbot, view, second)
    at = QPointF(view.width() / 3, view.height() / 3)
    wheel = QWheelEvent(
        at, view.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )
    QApplication.sendEvent(view, wheel)
    assert second.viewport == pytest.approx(view.viewport)
    assert view.viewport[0] > 1
    qtbot.keyClick(second, Qt.Key.Key_0)
    assert view.viewport == second.viewport == (1.0, 0.0, 0.0)
    key(qtbot, window, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    key(qtbot, window, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert view.time is not None
    assert second.time == pytest.approx(view.time)
    key(qtbot, window, Qt.Key.Key_Escape)  # the animation first, then the comparison
    assert view.time is None
    assert second.time is None
    assert stage.pair.is_open
    settle(qtbot, view, second)
    before = screen(second)
    layout = view.layout_now()
    assert layout is not None
    place = layout.boxes[-1].place_of(4)
    assert place is not None
    cards: list[tuple[tuple[str, ...], ...]] = []
    view.hovered.connect(cards.append)
    qtbot.mouseMove(view, QPoint(round(place[0]), round(place[1])))
    qtbot.waitUntil(lambda: bool(cards) and cards[-1] is not None)
    here, there = of(view.snapshot).forward.output[0, 4], of(second.snapshot).forward.output[0, 4]
    row = next(row for row in cards[-1] if row[0].startswith("a = "))
    plain = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
    told = [float(text.replace("×10", "e").translate(plain)) for text in row[1:3]]
    assert told == pytest.approx([float(here), float(there)], rel=0.03)
    assert not np.array_equal(before, screen(second)), "the unit is not pointed out in the other picture"
    window.session.stop()


def test_swap_and_close_by_button(window: DesktopWindow, qtbot: QtBot) -> None:
    key(qtbot, window, Qt.Key.Key_C)
    pair = window.stage.pair
    second = second_view(window)
    left = [pair.splitter.indexOf(pair.first), pair.splitter.indexOf(pair.second)]
    key(qtbot, window, Qt.Key.Key_X)
    assert [pair.splitter.indexOf(pair.first), pair.splitter.indexOf(pair.second)] == left[::-1]
    swap = pair.second.findChild(QToolButton, "swap_pictures")  # type: ignore[union-attr]
    qtbot.mouseClick(swap, LEFT)
    assert [pair.splitter.indexOf(pair.first), pair.splitter.indexOf(pair.second)] == left
    window.header.set_look(Look())
    window.stage.set_look(Look(edges="weight"))
    assert second.look == Look(edges="weight")
    qtbot.mouseClick(pair.second.findChild(QToolButton, "end_comparison"), LEFT)  # type: ignore[union-attr]
    assert not pair.is_open
    assert not window.actions_by_name["end_comparison"].isEnabled()
    window.session.stop()


def test_a_drawing_is_pinned_as_it_was(window: DesktopWindow, qtbot: QtBot) -> None:
    session = window.session
    window.actions_by_name["draw"].trigger()
    canvas = window.input_panel.canvas
    points = [QPoint(round(canvas.width() * x), round(canvas.height() * y)) for x, y in ((0.5, 0.3), (0.5, 0.7))]
    qtbot.mousePress(canvas, LEFT, pos=points[0])
    for a, b in itertools.pairwise(points):
        for i in range(1, 9):
            qtbot.mouseMove(canvas, a + (b - a) * i / 8)
    qtbot.mouseRelease(canvas, LEFT, pos=points[-1])
    qtbot.waitUntil(lambda: float(of(session.snapshot).sample.max()) > 0)
    drawn = of(session.snapshot).sample.copy()
    key(qtbot, window, Qt.Key.Key_C)
    key(qtbot, window, Qt.Key.Key_N)
    assert np.array_equal(of(second_view(window).snapshot).sample, drawn)
    assert session.sample.kind == "test"
    assert window.stage.pair.second.caption.text().startswith("drawing · step")  # type: ignore[union-attr]
    session.stop()


# -- two moments ---------------------------------------------------------------------------------------------------


class Bench:
    """The desks of a network in training, without an engine: its weights come by hand."""

    def __init__(self) -> None:
        self.bench = Workbench(EngineLink(is_used=False))
        self.samples = SampleDesk(self.bench)
        self.means = MeanDesk(self.bench, self.samples)
        self.desk = CompareDesk(self.bench, self.samples, self.means)
        self.snapshots: list[Snapshot] = []
        self.comparisons: list[Comparison | None] = []
        self.desk.snapshot_changed.connect(self.snapshots.append)
        self.desk.comparison_changed.connect(self.comparisons.append)
        self.bench.use_dataset(blobs())
        self.samples.choose_first()

    def show(self, spec: NetworkSpec, seed: int, step: int) -> None:
        self.bench.show(Network(spec, initial_parameters(spec, seed), "yours", "Your network", step))


def test_a_marked_moment_is_what_the_second_side_shows(qtbot: QtBot) -> None:
    made, spec = Bench(), small_spec()
    made.show(spec, 1, 5)
    made.samples.pin_moment()
    made.show(spec, 2, 9)
    reference = made.snapshots[-1].reference
    assert reference is not None
    assert (reference.name, reference.step) == ("step 5", 5)
    made.desk.compare_moments()
    comparison = made.comparisons[-1]
    assert comparison is not None
    assert (comparison.first, comparison.second) == ("sample 0 · step 9", "sample 0 · step 5")
    # The second side is the sample in the old network.
    x = blobs().test.x[:1]
    old = forward(initial_parameters(spec, 1), spec.activations, x).output
    np.testing.assert_allclose(comparison.second_snapshot.forward.output, old, atol=1e-6)
    made.samples.choose(3)
    comparison = made.comparisons[-1]
    assert comparison is not None
    assert comparison.second == "sample 3 · step 5"
    assert np.array_equal(comparison.second_snapshot.sample, blobs().test.x[3])
    made.bench.reference.restore(None)  # another training, of which the start is not known
    made.show(spec, 7, 0)
    assert made.comparisons[-1] is None
    said: list[Message] = []
    made.bench.message.connect(said.append)
    made.desk.compare_moments()
    assert "no moment to compare with" in said[-1].text


def test_both_sides_follow_the_training(qtbot: QtBot) -> None:
    made, spec = Bench(), small_spec()
    made.show(spec, 1, 5)
    made.desk.pin()
    made.samples.choose(4)
    made.show(spec, 2, 6)
    comparison = made.comparisons[-1]
    assert comparison is not None
    assert (comparison.first, comparison.second) == ("sample 4 · step 6", "sample 0 · step 6")
    for snapshot, index in ((comparison.first_snapshot, 4), (comparison.second_snapshot, 0)):
        wanted = forward(initial_parameters(spec, 2), spec.activations, blobs().test.x[index][None, :]).output
        np.testing.assert_allclose(snapshot.forward.output, wanted, atol=1e-6)
    assert made.snapshots[-1] is comparison.first_snapshot


def test_means_are_compared_too(qtbot: QtBot) -> None:
    made, spec = Bench(), small_spec()
    made.show(spec, 1, 5)
    made.means.set_scope(Scope("class", label=0))
    qtbot.waitUntil(lambda: made.snapshots[-1].count > 1)
    made.desk.pin()
    made.means.set_scope(Scope("class", label=1))
    qtbot.waitUntil(lambda: bool(made.comparisons) and "“b”" in (made.comparisons[-1] or Nothing).first)
    comparison = made.comparisons[-1]
    assert comparison is not None
    assert (comparison.first, comparison.second) == ("mean of all “b” · step 5", "mean of all “a” · step 5")
    test = blobs().test
    for snapshot, label in ((comparison.first_snapshot, 1), (comparison.second_snapshot, 0)):
        np.testing.assert_allclose(snapshot.sample, test.x[test.y == label].mean(axis=0), atol=1e-6)
    made.means.stop()
    made.desk.stop()


class Nothing:
    first = ""


def test_a_mean_does_not_end_an_animation(qtbot: QtBot) -> None:
    made, spec = Bench(), small_spec()
    made.show(spec, 1, 5)
    made.means.set_scope(Scope("batch", 32))
    qtbot.waitUntil(lambda: made.snapshots[-1].count == 30)  # as many as there are
    made.means.follow(False)
    before = len(made.snapshots)
    made.samples._show(replace(of(made.samples.snapshot), step=6))  # as the engine brings it in training
    qtbot.waitUntil(lambda: not made.means._work.is_busy)
    assert len(made.snapshots) == before
    made.means.follow(True)
    assert made.snapshots[-1].step == 6
    made.means.stop()
    made.desk.stop()


# -- the card ---------------------------------------------------------------------------------------------------------


def test_card_has_both_values_and_their_difference(qtbot: QtBot) -> None:
    made, spec = Bench(), small_spec()
    made.show(spec, 1, 5)
    one = made.snapshots[-1]
    made.samples.choose(4)
    two = made.snapshots[-1]
    rows = {row[0]: row[1:] for row in compared(unit_card(two, 1, 2), unit_card(one, 1, 2))}
    z = [float(s.forward.pre_activations[0][0, 2]) for s in (two, one)]
    here, there, change = (float(text.replace("−", "-")) for text in rows["z = x·W + b"])
    assert [here, there] == pytest.approx(z, rel=1e-3)
    assert change == pytest.approx(z[0] - z[1], rel=2e-2)
    assert rows["bias b"][2] == "0"


@pytest.mark.parametrize(
    ("value", "other", "wanted"),
    [("1.5", "−0.5", "+2.00"), ("−1", "1", "−2.00"), ("0.25", "0.25", "0"), ("3, 4", "1", ""), ("1", "", "")],
)
def test_difference(value: str, other: str, wanted: str) -> None:
    assert difference(value, other) == wanted
