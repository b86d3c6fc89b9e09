"""Units in the picture: what is off looks off, weights are images with signs on their sides, biases are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT, Theme
from app.widgets.network_view import NetworkView
from app.widgets.unit_images import WeightImages, weight_mosaic
from nnviz.maths.parameters import LayerParameters
from nnviz.picture.bias_edges import bias_values
from nnviz.picture.colors import data_colors
from nnviz.picture.look import Look
from nnviz.picture.refs import BIAS
from nnviz.spec import LayerSpec, NetworkSpec, classifier
from nnviz.training.records import Snapshot
from tests.shown import shown
from tests.snapshots import snapshot_of


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def view(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[NetworkView]:
    made = NetworkView()
    made.set_theme(request.param)
    shown(qtbot, made, 900, 560)
    yield made
    made.close_drawer()
    made.close()


def theme_of(view: NetworkView) -> Theme:
    return view._theme


def picture(view: NetworkView, qtbot: QtBot, snapshot: Snapshot, look: Look, scale: float = 1.0) -> QImage:
    """Return what the view shows."""
    view.set_look(look)
    view.set_snapshot(snapshot)
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    return view.picture(scale)


def rgb(image: QImage, x: float, y: float) -> np.ndarray:
    """Return the colour at a logical point."""
    ratio = image.devicePixelRatio()
    color = QColor(image.pixel(round(x * ratio), round(y * ratio)))
    return np.array([color.red(), color.green(), color.blue()], float)


def away(a: np.ndarray, b: object) -> float:
    """Return how far two colours are apart."""
    return float(np.linalg.norm(a - np.array(b, float)))


def blueness(color: np.ndarray) -> float:
    """Return blue minus red: above 0 on the positive side of weights, below on the negative."""
    return float(color[2] - color[0])


def signed(units: int = 6) -> Snapshot:
    """Return a snapshot whose first weights are positive in the upper half of the image and negative in the lower.

    Of odd units it is the other way round.
    """
    spec = classifier((8, 8), (units,), 3)
    first = snapshot_of(spec)
    kernel = np.full((64, units), 0.5, np.float32)
    kernel[32:] = -0.5
    kernel[:, 1::2] *= -1
    parameters = (LayerParameters(kernel, np.zeros(units, np.float32)), *first.parameters[1:])
    return snapshot_of(spec, parameters=parameters)


@pytest.mark.parametrize("scale", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("fold", ["grid", "elided"])
def test_a_positive_weight_is_on_the_positive_side_of_the_palette(
    view: NetworkView, qtbot: QtBot, scale: float, fold: str
) -> None:
    snapshot = signed(200 if fold == "elided" else 6)
    image = picture(view, qtbot, snapshot, Look(units="weights", fold=fold), scale)
    layout = view.layout_now()
    assert layout is not None
    box = layout.boxes[1]
    palette = data_colors(theme_of(view).is_dark).palette("weight")
    quarter = min(box.pitch * 0.92, 2 * box.radius) / 4
    for unit in box.shown[:4]:
        x, y = layout.place_of(1, int(unit)) or (0.0, 0.0)
        upper, lower = (rgb(image, x, y + way * quarter) for way in (-1, 1))
        side = 1 if unit % 2 == 0 else -1
        assert side * blueness(upper) > 0 > side * blueness(lower)
        # All of them have the largest magnitude: the full colours, not smeared into their neighbours.
        assert away(upper, palette.positive if side > 0 else palette.negative) < 12
        assert away(lower, palette.negative if side > 0 else palette.positive) < 12
    assert box.shown.size < 200 or fold == "grid"


def test_pixels_of_weights_are_sharp_and_of_one_size() -> None:
    images = np.indices((28, 28)).sum(axis=0) % 2 * 2.0 - 1.0
    palette = data_colors(False).palette("weight")
    for cell in (60, 120, 121, 240):
        mosaic = weight_mosaic(np.stack([images] * 3).astype(np.float32), 3, 1.0, palette, (9, 9, 9), cell)
        assert (mosaic.width(), mosaic.height()) == (3 * cell, cell)
        step = cell / 30
        for k in range(28):
            at = QColor(mosaic.pixel(round((k + 1.5) * step - 0.5), round(1.5 * step - 0.5)))
            end = palette.positive if images[0, k] > 0 else palette.negative
            assert away(np.array([at.red(), at.green(), at.blue()], float), end) < (60 if step < 4 else 12)
        corner = QColor(mosaic.pixel(0, 0))
        assert corner.red() < 80


def test_a_mosaic_is_made_once_for_a_kernel() -> None:
    kept, palette = WeightImages(), data_colors(False).palette("weight")
    kernel = np.zeros((16, 2), np.float32)
    images = kernel.T.reshape(2, 4, 4)
    first = kept.mosaic(kernel, images, 2, 1.0, palette, (0, 0, 0), 12)
    assert kept.mosaic(kernel, images, 2, 1.0, palette, (0, 0, 0), 12) is first
    assert kept.mosaic(kernel.copy(), images, 2, 1.0, palette, (0, 0, 0), 12) is not first
    assert kept.mosaic(kernel, images, 2, 1.0, palette, (0, 0, 0), 13) is not first


@pytest.mark.parametrize("units", [8, 96])
def test_units_that_dropout_switched_off_are_hollow_and_crossed(view: NetworkView, qtbot: QtBot, units: int) -> None:
    spec = NetworkSpec((4,), (LayerSpec(units, "sigmoid", dropout=0.5), LayerSpec(3, "softmax")))
    snapshot = snapshot_of(spec)
    off = np.arange(units) % 3 == 1
    plain = picture(view, qtbot, snapshot, Look(top_k=1), 2.0)
    crossed = picture(view, qtbot, replace(snapshot, dropped=(off, None)), Look(top_k=1), 2.0)
    layout = view.layout_now()
    assert layout is not None
    box = layout.boxes[1]
    surface = QColor(theme_of(view).surface)
    ground = [surface.red(), surface.green(), surface.blue()]
    for unit, (x, y) in zip(box.shown, box.positions, strict=True):
        # Between the arms of the cross, where no number is written.
        at = (float(x), float(y) - 0.72 * box.radius)
        if off[unit]:
            assert away(rgb(crossed, *at), ground) < 30 < away(rgb(plain, *at), ground)
            arm = 0.3 * box.radius
            assert away(rgb(crossed, float(x) - arm, float(y) - arm), ground) > 60
        else:
            assert away(rgb(crossed, *at), rgb(plain, *at)) < 3


def test_a_layer_with_dropout_or_normalisation_has_a_bar_on_its_side(view: NetworkView, qtbot: QtBot) -> None:
    bars = {}
    for name, layer in {
        "plain": LayerSpec(8), "norm": LayerSpec(8, batch_norm=True), "dropout": LayerSpec(8, dropout=0.5),
    }.items():
        image = picture(view, qtbot, snapshot_of(NetworkSpec((4,), (layer, LayerSpec(3, "softmax")))), Look(top_k=1))
        layout = view.layout_now()
        assert layout is not None
        box = layout.boxes[1]
        # Between two units, where few edges pass.
        rows = [float(y) + box.pitch / 2 for _, y in box.positions[:-1]]

        def ink(x0: float, x1: float, image: QImage = image, rows: list[float] = rows) -> float:
            ground = QColor(theme_of(view).surface)
            colors = [
                away(rgb(image, x, y), [ground.red(), ground.green(), ground.blue()])
                for x in np.arange(x0, x1) for y in (row + d for row in rows for d in (-4, -2, 0, 2, 4))
            ]
            return float(np.mean(colors))

        bars[name] = (ink(box.x - 11, box.x - 4), ink(box.x + box.width + 4, box.x + box.width + 11))
    assert bars["norm"][0] > bars["plain"][0] + 10
    assert bars["dropout"][1] > bars["plain"][1] + 5
    assert bars["dropout"][0] < bars["norm"][0]


def test_bias_edges_are_drawn_on_the_side_of_their_sign(view: NetworkView, qtbot: QtBot) -> None:
    spec = NetworkSpec((1,), (LayerSpec(2, "linear"), LayerSpec(2, "softmax")))
    bias = np.array([0.9, -0.9], np.float32)
    small = np.full((1, 2), 1e-4, np.float32)
    first = snapshot_of(spec)
    snapshot = snapshot_of(spec, parameters=(LayerParameters(small, bias), first.parameters[1]))
    look = Look(edges="weight", bias=True)
    image = picture(view, qtbot, snapshot, look)
    layout = view.layout_now()
    assert layout is not None
    assert view._pictures is not None
    drawn = view._pictures.get(0, "weight")
    assert drawn is not None
    values = {int(unit): float(value) for unit, source, value in
              zip(drawn.units, drawn.sources, drawn.values, strict=True) if source == BIAS}
    assert values == {unit: pytest.approx(float(value)) for unit, value in enumerate(bias)}
    start = layout.place_of(0, BIAS)
    assert start is not None
    assert bias_values(snapshot, 0, "weight") is not None
    for unit, sign in ((0, 1), (1, -1)):
        end = layout.place_of(1, unit)
        assert end is not None
        total = sum(
            blueness(rgb(image, start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])))
            - blueness(rgb(image, 450, 530))
            for t in np.linspace(0.3, 0.7, 60)
        )
        assert sign * total > 0
    without = picture(view, qtbot, snapshot, replace(look, bias=False))
    plain = view.layout_now()
    assert plain is not None
    assert plain.biases == ()
    assert without != image


def test_a_share_of_zeros_is_brighter_where_a_unit_is_zero_more_often(view: NetworkView, qtbot: QtBot) -> None:
    spec = NetworkSpec((4,), (LayerSpec(6), LayerSpec(3, "softmax")))
    shares = np.linspace(0, 1, 6, dtype=np.float32)
    snapshot = replace(snapshot_of(spec), count=100, zero_shares=(shares, np.zeros(3, np.float32)))
    image = picture(view, qtbot, snapshot, Look(units="zero"), 2.0)
    layout = view.layout_now()
    assert layout is not None
    box = layout.boxes[1]
    zero = data_colors(theme_of(view).is_dark).signal.zero
    distances = [away(rgb(image, float(x), float(y) - 0.75 * box.radius), zero) for x, y in box.positions]
    assert distances == sorted(distances)
    assert distances[-1] > distances[0] + 50


def test_a_quantity_that_is_absent_is_explained_in_the_picture(view: NetworkView, qtbot: QtBot) -> None:
    snapshot = snapshot_of(label=None)
    told = picture(view, qtbot, snapshot, Look(units="dz"))
    layout = view.layout_now()
    assert layout is not None
    top = min(box.y for box in layout.boxes)
    silent = picture(view, qtbot, snapshot, Look(units="a"))
    middle = (layout.boxes[0].x + layout.boxes[0].width + layout.boxes[-1].x) / 2

    def ink(image: QImage) -> float:
        ground = QColor(theme_of(view).surface)
        return sum(
            away(rgb(image, middle + dx, top + dy), [ground.red(), ground.green(), ground.blue()])
            for dx in range(-120, 120, 3) for dy in range(-6, 12, 2)
        )

    assert ink(told) > ink(silent)
