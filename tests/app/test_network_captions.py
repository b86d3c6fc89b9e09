"""Captions of any network in any view: nothing touches, nothing is lost to the pointer, a click folds a layer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.theme import LIGHT
from app.widgets.caption_plan import CaptionPlan, furniture_of, glyph_kinds
from app.widgets.caption_words import layer_words
from app.widgets.layer_glyphs import REACH, activation_curve, glyph_words
from app.widgets.layer_marks import LayerMark, LayerMarks
from app.widgets.network_captions import plan_of, unit_scale_row
from app.widgets.network_places import places, second_row
from app.widgets.network_scene import Scene, scale_y
from app.widgets.network_view import NetworkView
from app.widgets.view_text import line_scale, usual_text
from nnviz.maths.activations import activate
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.layout import Layout
from nnviz.picture.look import Look
from nnviz.picture.timeline import still
from nnviz.spec import ACTIVATIONS, LayerSpec, NetworkSpec, classifier
from tests.shown import shown
from tests.snapshots import snapshot_of

RICH = LayerSpec(128, "leaky_relu", batch_norm=True, dropout=0.25, use_bias=False)


def deep(shape: tuple[int, ...], *units: int) -> NetworkSpec:
    """Return a network of 20 layers whose sizes repeat."""
    sizes = list(itertools.islice(itertools.cycle(units), 18))
    return NetworkSpec(shape, (*(LayerSpec(size) for size in sizes), LayerSpec(10, "softmax")))


NETWORKS = [
    NetworkSpec((2,), (LayerSpec(1, "sigmoid"),)),
    NetworkSpec((4,), (LayerSpec(16), LayerSpec(16), LayerSpec(3, "softmax"))),
    classifier(),
    classifier(hidden=(512, 512, 256)),
    NetworkSpec((28, 28), (RICH, RICH, LayerSpec(10, "softmax"))),
    deep((28, 28), 64),
    deep((2,), 512, 256, 7),
    NetworkSpec((28, 28), (*[RICH] * 18, LayerSpec(10, "softmax"))),
]
SIZES = [(320, 240), (640, 400), (900, 560), (1440, 900), (3840, 2160)]


def planned(spec: NetworkSpec, size: tuple[int, int], count: int = 1) -> tuple[Layout, CaptionPlan, float]:
    """Return places, captions and text size of a network in a view."""
    text = usual_text(*size)
    layout = places(
        spec, *size, text, meaning=OutputMeaning(), feature_names=tuple("abcd"[: spec.input_size])
        if len(spec.input_shape) == 1 else (), look=Look(), output_room=None,
    )
    return layout, plan_of(spec, layout, *size, text, count), text


def touching(areas: list[QRectF]) -> list[tuple[int, int]]:
    """Return which rectangles overlap by more than rounding."""
    pairs = itertools.combinations(range(len(areas)), 2)
    return [(a, b) for a, b in pairs if areas[a].adjusted(0.1, 0.1, -0.1, -0.1).intersects(areas[b])]


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.title[:30])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("count", [1, 512])
def test_captions_touch_neither_each_other_nor_units(
    qapp: QApplication, spec: NetworkSpec, size: tuple[int, int], count: int
) -> None:
    layout, plan, _ = planned(spec, size, count)
    areas = [label.area for label in plan.labels] + [glyph.area for glyph in plan.glyphs]
    assert not touching(areas)
    tops = [box.y for box in layout.boxes]
    for area in areas:
        assert area.left() >= 0
        assert area.right() <= size[0]
        assert area.bottom() <= min(tops), "captions stand above the units"
    # Input and output are named wherever there is a picture at all.
    named = {label.layer for label in plan.labels if label.bold}
    assert {0, len(spec.layers)} <= named
    assert not touching(list(plan.areas))
    for layer, box in enumerate(layout.boxes):
        assert plan.layer_at(box.x + box.width / 2, 10.0) == layer, "every layer has a place to rest the pointer on"


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: spec.title[:30])
@pytest.mark.parametrize("size", SIZES[1:], ids=str)
@pytest.mark.parametrize("units", ["a", "da", "weights", "zero"])
def test_scales_touch_neither_each_other_nor_units(
    qapp: QApplication, spec: NetworkSpec, size: tuple[int, int], units: str
) -> None:
    layout, _, text = planned(spec, size)
    snapshot = snapshot_of(spec, label=0)
    if units == "zero":
        shares = tuple(np.full(layer.units, 0.25, np.float32) for layer in spec.layers)
        snapshot = replace(snapshot, count=512, zero_shares=shares)
    scene = Scene(
        snapshot, layout, still(len(spec.layers), "weight", units), None, LIGHT, OutputMeaning(), *size, text,
        second_row(spec, size[0], text),
    )
    labels = unit_scale_row(scene)
    assert labels
    assert not touching([label.area for label in labels])
    lowest = max(box.y + box.height for box in layout.boxes)
    for label in labels:
        assert lowest <= label.area.top() <= scale_y(scene)
        assert label.area.left() >= 0
        assert label.area.right() <= size[0]
    said = " ".join(label.text for label in labels)
    assert ("25 %" in said) == (units == "zero")
    if units == "a":
        assert "mean" not in said


def test_a_deep_network_says_once_what_all_layers_have_in_common(qapp: QApplication) -> None:
    _, plan, _ = planned(deep((28, 28), 64), (900, 560))
    texts = [label.text for label in plan.labels]
    assert "18 layers of 64 ReLU" in texts
    assert plan.brackets
    assert [str(k) for k in range(1, 19)] == [text for text in texts if text.isdigit() and int(text) <= 18]


def test_captions_say_of_how_many_samples_they_are_the_mean(qapp: QApplication) -> None:
    _, plan, _ = planned(classifier(), (900, 560), 512)
    assert "mean of 512" in [label.text for label in plan.labels if label.layer == 0]
    assert layer_words(classifier(), 0, 512).endswith("mean of 512 samples")


def test_text_grows_with_the_view_and_stays_legible() -> None:
    sizes = [usual_text(*size) for size in SIZES]
    assert sizes == sorted(sizes)
    assert sizes[0] >= 11
    assert sizes[2] == 13
    assert sizes[-1] > 2 * sizes[2]
    lines = [line_scale(*size) for size in SIZES]
    assert lines == sorted(lines)
    assert lines[0] == 1.0
    assert usual_text(3840, 400) == usual_text(640, 400), "a low view has no room for large text"


def test_signs_show_what_a_layer_does_in_order() -> None:
    spec = NetworkSpec((28, 28), (RICH, LayerSpec(10, "softmax")))
    assert glyph_kinds(spec, 0) == ()
    assert glyph_kinds(spec, 1) == ("norm", "leaky_relu", "dropout")
    assert glyph_kinds(spec, 2) == ("softmax",)
    for name in ("norm", "dropout", *ACTIVATIONS):
        assert glyph_words(name).endswith((".", "z."))


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in ("softmax", "prelu")])
def test_the_sign_of_an_activation_is_its_curve(name: str) -> None:
    curve = np.array(activation_curve(name))
    assert curve.min() >= 0
    assert curve.max() <= 1
    z = (curve[:, 0] * 2 - 1) * REACH
    values = activate(name, z)
    # The same curve but for a scale and a shift: what rises by most of it in one does so in the other.
    rises, drawn = np.diff(values), np.diff(curve[:, 1])
    if name != "step":
        assert np.corrcoef(rises, drawn)[0, 1] > 0.99 or np.ptp(rises) < 1e-9
    assert np.sign(np.round(drawn, 9)) == pytest.approx(np.sign(np.round(rises, 9))) or name == "step"


def test_views_too_low_for_scales_keep_names_and_units(qapp: QApplication) -> None:
    low, usual = (furniture_of(classifier(), 900, height, 13) for height in (240, 560))
    assert usual.glyphs
    assert usual.scales
    assert not low.glyphs
    assert not low.scales
    assert low.top < usual.top


# -- under the hand ------------------------------------------------------------------------------------------


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[NetworkView]:
    made = shown(qtbot, NetworkView(), 900, 560)
    made.set_snapshot(snapshot_of(classifier(hidden=(128, 12)), label=3))
    qtbot.waitUntil(lambda: made.is_settled, timeout=20_000)
    yield made
    made.close_drawer()
    made.close()


def caption(view: NetworkView, layer: int) -> QPoint:
    """Return a point on the caption of a layer."""
    plan = view.captions_now()
    assert plan is not None
    return plan.areas[layer].center().toPoint()


def test_a_click_on_the_caption_of_a_wide_layer_folds_it_otherwise(view: NetworkView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.look_requested) as heard:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=caption(view, 1))
    assert heard.args[0] == Look().with_fold(1, "elided")
    assert view.look == Look(), "the view only asks"
    view.set_look(heard.args[0])
    with qtbot.waitSignal(view.look_requested) as heard:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=caption(view, 1))
    assert heard.args[0].fold_of(1) == "grid"


def test_a_double_click_on_a_caption_folds_and_unfolds_and_leaves_the_zoom(view: NetworkView, qtbot: QtBot) -> None:
    view.look_requested.connect(view.set_look)
    view.pan_by(0, 30)
    looks: list[Look] = []
    view.look_requested.connect(looks.append)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=caption(view, 1))
    before = view.layout_now()
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=caption(view, 1))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=caption(view, 1))
    assert [look.fold_of(1) for look in looks] == ["elided", "grid"]
    after = view.layout_now()
    assert before is not None
    assert after is not None
    assert after.boxes[0].y == before.boxes[0].y, "the picture was not moved back"


def test_a_click_on_the_caption_of_a_small_layer_folds_nothing(view: NetworkView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.look_requested):
        for layer in (0, 2, 3):
            qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=caption(view, layer))


def test_the_pointer_over_a_caption_shows_what_a_click_does(view: NetworkView, qtbot: QtBot) -> None:
    qtbot.mouseMove(view, caption(view, 1))
    assert view.captions.over == 1
    assert view.cursor().shape() == Qt.CursorShape.PointingHandCursor
    words = view.captions.words_at(QPointF(caption(view, 1)))
    assert "128 units, ReLU" in words
    assert "only the first and last units" in words
    qtbot.mouseMove(view, caption(view, 2))
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert "Click" not in view.captions.words_at(QPointF(caption(view, 2)))
    plan = view.captions_now()
    assert plan is not None
    sign = plan.glyphs[0].area.center()
    assert view.captions.words_at(sign).startswith("Activation function: ReLU")


@pytest.mark.parametrize("reason", [QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard])
def test_the_menu_of_a_layer_offers_its_folds(
    view: NetworkView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, reason: QContextMenuEvent.Reason
) -> None:
    opened: list[QPoint] = []
    # The offscreen platform warns of menus that pop up.
    monkeypatch.setattr(QMenu, "popup", lambda _menu, at: opened.append(at))
    at = caption(view, 1)
    QApplication.sendEvent(view, QContextMenuEvent(reason, at, view.mapToGlobal(at)))
    menu = view.findChild(QMenu, "layer_menu")
    assert menu is not None
    assert opened == [view.mapToGlobal(at)]
    actions = [action for action in menu.actions() if action.isCheckable()]
    assert [action.isChecked() for action in actions] == [True, False, True, False]
    with qtbot.waitSignal(view.look_requested) as heard:
        actions[1].trigger()
    assert heard.args[0] == Look().with_fold(1, "elided")
    with qtbot.waitSignal(view.look_requested) as heard:
        actions[3].trigger()
    assert heard.args[0] == Look(fold="elided")
    menu.deleteLater()


def test_marks_of_layers_stand_apart_in_a_deep_network(view: NetworkView, qtbot: QtBot) -> None:
    marks = LayerMarks(view)
    view.resize(640, 400)
    view.set_snapshot(snapshot_of(deep((28, 28), 64), label=1))
    marks.set_marks(tuple(LayerMark(layer, "Dead", "error") for layer in range(1, 20)))
    placed = [marks.place_of(layer) for layer in range(1, 20)]
    for left, right in itertools.pairwise(placed):
        assert left is not None
        assert right is not None
        assert (right - left).manhattanLength() >= 14
    marks.set_marks(())
