"""The network view: what it shows are the tensors, and it answers pointer, wheel and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT
from app.widgets.network_captions import ACTIVATION_NAMES
from app.widgets.network_legend import _words as legend_words
from app.widgets.network_stage import NetworkStage
from app.widgets.network_values import edge_card, unit_card
from app.widgets.network_view import NetworkView
from app.widgets.network_words import stage_words
from nnviz.errors import SaveError
from nnviz.maths.parameters import LayerParameters
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.colors import data_colors
from nnviz.picture.look import Look
from nnviz.picture.quantities import number
from nnviz.picture.timeline import still
from nnviz.spec import ACTIVATIONS, LayerSpec, NetworkSpec, classifier
from nnviz.training.records import Snapshot
from tests.shown import shown
from tests.snapshots import snapshot_of

INSECTS = OutputMeaning(names=("ant", "bee", "cat"))


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[NetworkView]:
    made = NetworkView()
    made.set_theme(LIGHT)
    made.set_class_names(("ant", "bee", "cat"))
    shown(qtbot, made, 900, 560)
    yield made
    made.close_drawer()
    made.close()


def settle(qtbot: QtBot, view: NetworkView) -> None:
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)


def shot(view: NetworkView) -> QImage:
    return view.grab().toImage()


def unit_point(view: NetworkView, layer: int, unit: int) -> QPoint:
    layout = view.layout_now()
    assert layout is not None
    place = layout.boxes[layer].place_of(unit)
    assert place is not None
    return QPoint(round(place[0]), round(place[1]))


def pixel(image: QImage, at: QPoint) -> np.ndarray:
    color = QColor(image.pixel(at))
    return np.array([color.red(), color.green(), color.blue()], float)


def test_empty_view_says_what_will_appear(view: NetworkView) -> None:
    assert view.frame is None
    assert view.accessibleDescription() in ("", "No network yet")
    shot(view)  # paints without a snapshot


def test_larger_activation_is_further_from_neutral(view: NetworkView, qtbot: QtBot) -> None:
    snapshot = snapshot_of(NetworkSpec((4,), (LayerSpec(12, "relu"), LayerSpec(3, "softmax"))))
    view.set_snapshot(snapshot)
    settle(qtbot, view)
    image = shot(view)
    a = snapshot.forward.activations[0][0]
    order = np.argsort(a)
    zero = np.array([233, 236, 240], float)
    away = []
    for unit in order:
        # Beside the number inside the unit, at four fifths of its radius.
        layout = view.layout_now()
        assert layout is not None
        point = unit_point(view, 1, int(unit)) + QPoint(0, round(-0.75 * layout.boxes[1].radius))
        away.append(float(np.linalg.norm(pixel(image, point) - zero)))
    for low, high, small, large in zip(a[order], a[order][1:], away, away[1:], strict=False):
        if high > low:
            assert large > small
        else:
            assert large == pytest.approx(small, abs=3)


def test_the_strongest_edges_are_the_ones_drawn(view: NetworkView, qtbot: QtBot) -> None:
    snapshot = snapshot_of()
    view.set_look(Look(edges="weight", top_k=10))
    view.set_snapshot(snapshot)
    settle(qtbot, view)
    pictures = view._pictures
    assert pictures is not None
    for layer in range(3):
        picture = pictures.get(layer, "weight")
        assert picture is not None
        kernel = np.abs(snapshot.parameters[layer].kernel)
        strongest = np.sort(kernel.ravel())[-10:]
        drawn = kernel[picture.sources, picture.units]
        assert np.sort(drawn) == pytest.approx(strongest)
        layout = pictures.job.layout
        for line, source, unit in zip(picture.lines, picture.sources, picture.units, strict=True):
            assert tuple(line[:2]) == pytest.approx(layout.boxes[layer].place_of(int(source)), abs=1e-3)
            assert tuple(line[2:]) == pytest.approx(layout.boxes[layer + 1].place_of(int(unit)), abs=1e-3)


def test_sign_of_an_edge_is_on_its_side_of_the_palette(view: NetworkView, qtbot: QtBot) -> None:
    spec = NetworkSpec((1,), (LayerSpec(2, "linear"),))
    kernel = np.array([[0.8, -0.8]], np.float32)
    from nnviz.maths.forward import forward

    parameters = (LayerParameters(kernel, np.zeros(2, np.float32)),)
    x = np.ones((1, 1), np.float32)
    view.set_look(Look(edges="weight"))
    view.set_snapshot(Snapshot(1, 0, spec, parameters, None, forward(parameters, spec.activations, x)))
    settle(qtbot, view)
    pictures = view._pictures
    assert pictures is not None
    picture = pictures.get(0, "weight")
    assert picture is not None
    blue_minus_red = {}
    for line, unit in zip(picture.lines, picture.units, strict=True):
        total = 0.0
        for share in np.linspace(0.3, 0.7, 60):
            x_at, y_at = line[:2] + share * (line[2:] - line[:2])
            at = QPointF(x_at, y_at) - picture.area.topLeft()
            color = picture.image.pixelColor(round(at.x()), round(at.y()))
            total += (color.blue() - color.red()) * color.alphaF()
        blue_minus_red[int(unit)] = total
    assert blue_minus_red[0] > 0 > blue_minus_red[1]


def test_hovering_a_unit_shows_its_exact_values(view: NetworkView, qtbot: QtBot) -> None:
    snapshot = snapshot_of()
    view.set_snapshot(snapshot)
    settle(qtbot, view)
    with qtbot.waitSignal(view.hovered) as heard:
        qtbot.mouseMove(view, unit_point(view, 1, 3))
    values = dict(heard.args[0])
    assert values["z = x·W + b"] == f"{snapshot.forward.pre_activations[0][0, 3]:.7g}".replace("-", "−")
    assert values["bias b"] == "0"
    assert snapshot.gradients is not None
    assert values["dL/dz"] == f"{snapshot.gradients.pre_activations[0][0, 3]:.7g}".replace("-", "−")
    assert heard.args[0][0][0] == "Dense 1, unit 3"


def test_hovering_an_edge_shows_its_exact_values(view: NetworkView, qtbot: QtBot) -> None:
    snapshot = snapshot_of(NetworkSpec((2,), (LayerSpec(1, "linear"), LayerSpec(2, "softmax"))))
    view.set_look(Look(edges="weight"))
    view.set_snapshot(snapshot)
    settle(qtbot, view)
    a, b = unit_point(view, 0, 1), unit_point(view, 1, 0)
    with qtbot.waitSignal(view.hovered) as heard:
        qtbot.mouseMove(view, (a + b) / 2)
    values = dict(heard.args[0])
    w = float(snapshot.parameters[0].kernel[1, 0])
    assert float(values["weight w"].replace("−", "-")) == pytest.approx(w, rel=1e-6)
    assert float(values["contribution a·w"].replace("−", "-")) == pytest.approx(
        w * float(snapshot.sample[1]), rel=1e-6, abs=1e-9
    )
    assert snapshot.update is not None
    delta = float(snapshot.update[0].kernel[1, 0])
    assert float(values["new w"].replace("−", "-")) == pytest.approx(w + delta, rel=1e-6)


def test_leaving_takes_the_card_away(view: NetworkView, qtbot: QtBot) -> None:
    view.set_snapshot(snapshot_of())
    settle(qtbot, view)
    qtbot.mouseMove(view, unit_point(view, 1, 3))
    with qtbot.waitSignal(view.hovered) as heard:
        qtbot.mouseMove(view, QPoint(3, 3))
    assert heard.args[0] is None


def test_frame_is_the_same_played_or_scrubbed(view: NetworkView, qtbot: QtBot) -> None:
    view.set_snapshot(snapshot_of())
    settle(qtbot, view)
    view.set_time(0.0)
    settle(qtbot, view)
    view.set_speed(40.0)
    reached: list[float] = []
    view.time_changed.connect(reached.append)
    view.play()
    qtbot.waitUntil(lambda: not view.is_playing, timeout=20_000)
    assert reached == sorted(reached)
    assert reached[-1] == view.plan[-1].end
    played = shot(view)
    view.set_time(1.0)
    view.set_time(reached[-1])
    assert shot(view) == played
    view.set_time(1.0)
    assert shot(view) != played


def test_stages_can_be_stepped_by_buttons_and_keys(qtbot: QtBot) -> None:
    stage = shown(qtbot, NetworkStage(), 900, 600)
    snapshot = snapshot_of()
    stage.set_snapshot(snapshot)
    assert stage.is_following
    heard: list[bool] = []
    stage.following_changed.connect(heard.append)
    qtbot.mouseClick(stage.bar.next_button, Qt.MouseButton.LeftButton)
    assert heard == [False]
    assert "sample enters" in stage.bar.caption.text()
    for _ in range(2):
        qtbot.mouseClick(stage.bar.next_button, Qt.MouseButton.LeftButton)
    assert stage.bar.formula.text() == "a = max(0, z)"
    qtbot.keyClick(stage.bar.scrubber, Qt.Key.Key_Left)
    assert stage.bar.formula.text().startswith("z = x·W + b")
    qtbot.mouseClick(stage.bar.scrubber, Qt.MouseButton.LeftButton, pos=QPoint(stage.bar.scrubber.width() - 9, 10))
    assert "The same sample again" in stage.bar.caption.text()
    qtbot.mouseClick(stage.bar.still_button, Qt.MouseButton.LeftButton)
    assert heard == [False, True]
    assert stage.view.time is None
    stage.view.close_drawer()
    stage.close()


def test_space_plays_and_pauses(view: NetworkView, qtbot: QtBot) -> None:
    view.set_snapshot(snapshot_of())
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert view.is_playing
    qtbot.waitUntil(lambda: (view.time or 0) > 0)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert not view.is_playing


def test_wheel_zooms_about_the_pointer_and_double_click_fits(view: NetworkView, qtbot: QtBot) -> None:
    view.set_snapshot(snapshot_of())
    settle(qtbot, view)
    before = unit_point(view, 1, 3)
    home = view.layout_now()
    assert home is not None
    exact = home.boxes[1].place_of(3)
    assert exact is not None
    event = QWheelEvent(
        QPointF(before), QPointF(view.mapToGlobal(before)), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )
    QApplication.sendEvent(view, event)
    zoomed = view.layout_now()
    assert zoomed is not None
    place = zoomed.boxes[1].place_of(3)
    assert place is not None
    # What is under the pointer stays there; the unit's centre, a fraction of a pixel beside it, moves away by 1.2².
    for axis, pointer in enumerate((before.x(), before.y())):
        assert place[axis] - pointer == pytest.approx((exact[axis] - pointer) * 1.44, abs=0.01)
    far = unit_point(view, 1, 7)
    settle(qtbot, view)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    qtbot.mouseMove(view, QPoint(430, 310))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(430, 310))
    assert unit_point(view, 1, 7) - far == QPoint(30, 10)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    assert unit_point(view, 1, 3) == before


def test_export_is_the_view_at_the_scale_asked_for(view: NetworkView, qtbot: QtBot, tmp_path: Path) -> None:
    view.set_snapshot(snapshot_of())
    settle(qtbot, view)
    path = tmp_path / "network.png"
    view.export(path, 2.0)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (2 * view.width(), 2 * view.height())
    small = image.scaled(view.size(), mode=Qt.TransformationMode.SmoothTransformation)
    point = unit_point(view, 1, 3) + QPoint(0, 8)
    assert np.abs(pixel(small, point) - pixel(shot(view), point)).max() < 40
    with pytest.raises(SaveError, match="no folder"):
        view.export(tmp_path / "no folder" / "x.png")


def test_themes_differ_and_both_paint(view: NetworkView, qtbot: QtBot) -> None:
    view.set_snapshot(snapshot_of())
    settle(qtbot, view)
    light = pixel(shot(view), QPoint(2, 2))
    view.set_theme(DARK)
    settle(qtbot, view)
    assert pixel(shot(view), QPoint(2, 2)).sum() < light.sum() - 400


def test_an_answer_for_another_network_is_dropped(view: NetworkView, qtbot: QtBot) -> None:
    view.set_snapshot(snapshot_of(classifier((6, 6), (40, 30), 3)))
    other = snapshot_of(classifier((6, 6), (7,), 3))
    view.set_snapshot(other)
    settle(qtbot, view)
    assert view._pictures is not None
    assert view._pictures.job.snapshot is other


def test_cards_without_label_and_step_hold_no_gradient() -> None:
    snapshot = snapshot_of(label=None)
    names = {name for name, _ in edge_card(snapshot, 0, 0, 0)} | {name for name, _ in unit_card(snapshot, 1, 0)}
    assert not any("dL" in name or "Δ" in name for name in names)


def test_words_of_every_stage_hold_the_true_numbers() -> None:
    from nnviz.picture.timeline import stages

    snapshot = snapshot_of()
    assert snapshot.gradients is not None
    for stage in stages(3):
        sentence, formula = stage_words(snapshot, stage.kind, stage.layer, INSECTS)
        assert sentence.endswith((".", "%."))
        assert formula
    p = float(snapshot.forward.output[0, 1])
    sentence, formula = stage_words(snapshot, "loss", 3, INSECTS)
    assert f"{100 * p:.1f} %" in sentence
    assert float(formula.rsplit("=", 1)[1]) == pytest.approx(-np.log(p), rel=5e-3)
    sentence, _ = stage_words(snapshot, "activation", 1, OutputMeaning())
    alive = int((snapshot.forward.pre_activations[0] > 0).sum())
    assert f"{alive} of 8 units" in sentence


def test_every_activation_has_words_a_formula_and_a_name() -> None:
    told = set()
    for name in ACTIVATIONS:
        if name == "softmax":
            continue
        snapshot = snapshot_of(classifier((6, 6), (8, 5), 3, name))
        sentence, formula = stage_words(snapshot, "activation", 1, OutputMeaning())
        assert sentence.endswith(".")
        assert formula.startswith("a = ")
        assert "z" in formula or "ᶻ" in formula
        told.add((sentence, formula))
        assert name in ACTIVATION_NAMES
        back, _ = stage_words(snapshot, "back", 1, OutputMeaning())
        assert back
    assert len(told) == len(ACTIVATIONS) - 1


def test_the_legend_is_shortened_rather_than_cut_where_there_is_little_room(view: NetworkView) -> None:
    layers = SimpleNamespace(spec=SimpleNamespace(sizes=(784, 128, 10)))
    drawn = SimpleNamespace(values=np.ones(300))
    pictures = SimpleNamespace(
        job=SimpleNamespace(look=Look(), focus=frozenset()), is_provisional=False, get=lambda *_: drawn
    )
    scene: Any = SimpleNamespace(pictures=pictures, snapshot=layers, frame=still(2, "weight"))
    metrics = QFontMetricsF(view.font())
    told = []
    for room in range(1000, 0, -1):
        words = legend_words(scene, "weight", is_drawn=True, metrics=metrics, room=room)
        assert metrics.horizontalAdvance(words) <= room
        if not told or told[-1] != words:
            told.append(words)
    assert told == [
        "weight w, strongest 300 of each layer; dashed: negative", "weight w; dashed: negative", "dashed: negative", "",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.14e-5, "3.1×10⁻⁵"), (-2.7e19, "−2.7×10¹⁹"), (0.0312, "0.0312"), (312.4, "312"), (0.0, "0")],
)
def test_powers_of_ten_are_written_as_in_the_curves(value: float, text: str) -> None:
    assert number(value) == text


def test_units_in_other_colours_than_the_edges_have_a_legend_of_their_own(view: NetworkView, qtbot: QtBot) -> None:
    """The first gradient is at the output, while the edges are still those of the forward pass."""
    view.resize(1100, 600)
    view.set_snapshot(snapshot_of())
    qtbot.waitUntil(lambda: view.is_settled)
    plan = {stage.kind: stage for stage in reversed(view.plan)}  # the first of each kind
    colors = data_colors(False)

    def has(tone: tuple[int, int, int]) -> bool:
        """Whether the row of the legend, below all units, has a colour."""
        image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        row = rows[-40:, : 3 * image.width()].reshape(40, -1, 3).astype(int)
        return bool((np.abs(row - np.array(tone)).max(axis=2) <= 25).sum() > 8)

    for kind, of_gradients, of_signals in (
        ("loss", False, True), ("output_gradient", True, True), ("gradient", True, True),
    ):
        view.set_time(plan[kind].rest)
        assert has(colors.blame.positive) == of_gradients, kind
        assert has(colors.signal.positive) == of_signals, kind
