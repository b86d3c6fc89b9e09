"""Gradient sizes through their widget."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.theme import DARK, LIGHT
from app.widgets.gradients_view import GradientsView
from nnviz.picture.ticks import scientific

#: The offscreen platform says this of every window with a smallest size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NAMES = ["layer 1 · 784→128", "layer 2 · 128→64", "layer 3 · 64→10"]
STEPS = np.arange(1, 501)


@pytest.fixture
def table():
    random = np.random.default_rng(2)
    kernel = np.asarray([1e-4, 1e-3, 1e-2]) * random.lognormal(0, 0.5, (500, 3))
    return kernel, kernel * 3


@pytest.fixture
def view(qtbot, table):
    made = GradientsView()
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.set_layers(NAMES)
    made.show()
    made.set_series(STEPS, *table)
    made.flush()
    return made


def test_curves_are_geometric_means(view, table):
    ages = 0.99 ** np.arange(500)[::-1]
    for layer in range(3):
        expected = math.exp(np.sum(ages * np.log(table[0][:, layer])) / ages.sum())
        assert view.curves[f"kernel{layer}"].y[-1] == pytest.approx(expected)
    assert "geometric mean, smoothed over ~100 steps" in view.header.toolTip()


def test_readings_are_raw(view, table, qtbot):
    view.canvas.setFocus()
    qtbot.keyClick(view.canvas, Qt.Key.Key_Home)
    values = {r.name: r.value for r in view.readings()}
    assert values["layer 2 · 128→64 kernel"] == table[0][0, 1]
    assert values["layer 3 · 64→10 bias"] == table[1][0, 2]
    assert "step 1:" in view.bars.accessibleDescription().replace(";", ":")


def test_bars_follow_the_latest_step_and_are_logarithmic(view, table):
    low, high = view.bars.decades
    assert high - low >= 3
    ten_times = view.bars.bar_length(1e-2, 100) - view.bars.bar_length(1e-3, 100)
    assert ten_times == pytest.approx(100 / (high - low))
    assert view.bars.bar_length(0.0, 100) == 0
    assert view.bars.bar_length(math.nan, 100) == 0
    assert "step 500" in view.bars.accessibleDescription()


def test_zero_and_nan_are_gaps_and_said(view, qtbot):
    kernel = np.asarray([[1e-3, 1e-3, 1e-3], [0.0, math.nan, 1e-3], [1e-3, 1e-3, 1e-3]])
    view.set_smoothing(1)
    view.set_series([1, 2, 3], kernel, kernel)
    view.flush()
    _, y = view.curves["kernel0"].line.getData()
    np.testing.assert_array_equal(np.isnan(y), [False, True, False])
    view.set_cursor(2)
    said = view.bars.accessibleDescription()
    assert "layer 1 · 784→128: kernel 0, bias 0" in said
    assert "layer 2 · 128→64: kernel NaN, bias NaN" in said
    numbers = [text.split("  ")[0] for text in view.header.painted_values() if text]
    assert numbers[:2] == ["0", "NaN"]
    view.grab()


def test_all_zero_paints(view):
    view.set_series([1, 2], np.zeros((2, 3)), np.zeros((2, 3)))
    view.flush()
    view.grab()
    assert "kernel 0" in view.bars.accessibleDescription() or view.readings()[0].value == 0


def test_appending_equals_setting(view, table, qtbot):
    other = GradientsView()
    qtbot.addWidget(other)
    other.set_layers(NAMES)
    for start in range(0, 500, 77):
        part = slice(start, start + 77)
        other.append_series(STEPS[part], table[0][part], table[1][part])
    for key, curve in view.curves.items():
        np.testing.assert_allclose(other.curves[key].y, curve.y, rtol=1e-9)


def test_smoothing_can_be_changed_with_data_there(view, table):
    view.set_smoothing(1)
    np.testing.assert_allclose(view.curves["bias1"].y, table[1][:, 1])
    assert "not smoothed" in view.header.toolTip()


def test_narrow_panel_shows_curves_alone_and_names_every_layer(view):
    assert view.bars.isVisible()
    view.resize(300, 180)
    assert not view.bars.isVisible()
    assert view.header.shown_names()[-3:] == ["1", "2", "3"]
    assert view.header.height() < 60


@pytest.mark.parametrize("size", [(420, 200), (900, 400), (560, 300)])
def test_kernel_and_bias_of_every_layer_are_read_in_a_dock(view, table, size):
    view.set_smoothing(1)
    view.resize(*size)
    view.set_cursor(250)
    painted = view.header.painted_values()
    for layer in range(3):
        for values in table:
            assert scientific(values[249, layer]) in painted[-3 + layer]


def test_many_layers_are_cut_with_a_count(view, qtbot):
    names = [f"layer {n} · 16→16" for n in range(1, 33)]
    view.set_layers(names)
    view.resize(300, 180)
    values = np.full((3, 32), 1e-3)
    view.set_series([1, 2, 3], values, values)
    view.flush()
    view.grab()
    shown = [n for n in view.header.shown_names() if n.isdigit()]
    assert view.header._more == f"+ {32 - len(shown)} more"
    view.resize(900, 300)
    view.grab()


def test_wrong_shapes_are_named(view):
    with pytest.raises(ValueError, match=r"kernel_rms must be .*\(2, 3\), got \(2, 2\)"):
        view.set_series([1, 2], np.ones((2, 2)), np.ones((2, 3)))


def test_new_layers_and_clear(view):
    view.clear()
    view.flush()
    assert view.canvas.is_empty
    view.grab()
    view.set_layers(["layer 1 · 2→2"])
    assert list(view.curves) == ["kernel0", "bias0"]
    view.append_series([1], [[0.1]], [[0.2]])
    view.flush()
    assert [r.value for r in view.readings()] == [0.1, 0.2]


def test_layers_differ_by_color_and_kernel_from_bias_by_dash(view):
    pens = {key: curve.stroke.pen(LIGHT) for key, curve in view.curves.items()}
    assert len({pens[f"kernel{n}"].color().name() for n in range(3)}) == 3
    for layer in range(3):
        assert pens[f"kernel{layer}"].style() == Qt.PenStyle.SolidLine
        assert pens[f"bias{layer}"].style() == Qt.PenStyle.CustomDashLine
    view.set_theme(DARK)
    image = view.grab().toImage()
    assert image.pixelColor(image.width() - 2, image.height() - 2).name() == DARK.surface


def test_an_empty_panel_has_no_room_for_bars(view, table, qtbot):
    assert view.bars.isVisible()
    narrow = view.canvas.width()
    view.clear()
    view.flush()
    assert not view.bars.isVisible()
    qtbot.waitUntil(lambda: view.canvas.width() > narrow)  # what the empty panel says stands in its middle
    view.set_series(STEPS, *table)
    view.flush()
    assert view.bars.isVisible()


def test_a_bias_is_dashed_and_a_kernel_is_not(view):
    view.set_smoothing(1)
    view.set_layers(NAMES[:1])
    view.set_series(STEPS, np.full((500, 1), 1e-3), np.full((500, 1), 1e-2))
    view.flush()
    picture = view.canvas.grab().toImage()
    ink = view.curves["kernel0"].stroke.color(LIGHT).red()

    def inked(value: float) -> float:
        """The share of columns with more curve than paper at the height of a value."""
        middle = round(view.canvas._to_pixel(250, math.log10(value)).y())
        columns = range(round(view.canvas._to_pixel(50, 0).x()), round(view.canvas._to_pixel(450, 0).x()))
        rows = range(middle - 2, middle + 3)
        darkest = [min(abs(picture.pixelColor(x, y).red() - ink) for y in rows) for x in columns]
        return sum(distance < 128 for distance in darkest) / len(darkest)

    assert inked(1e-3) == 1.0
    assert 0.35 < inked(1e-2) < 0.8
