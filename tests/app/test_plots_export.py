"""Plots as files: their content, and what happens when they cannot be written."""

from __future__ import annotations

import csv
import os
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage

from app.widgets.curves_view import LossCurve
from app.widgets.gradients_view import GradientsView
from nnviz.errors import SaveError
from tests.shown import shown

#: The offscreen platform says this of every window with a smallest size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def data():
    random = np.random.default_rng(5)
    return np.arange(1, 3001), random.gamma(2, 0.1, 3000)


@pytest.fixture
def curve(qtbot, data):
    made = shown(qtbot, LossCurve(), 420, 200)
    made.set_training(*data)
    made.set_validation([1000, 2000, 3000], [0.25, 0.125, 0.1])
    made.flush()
    return made


def test_png_is_twice_the_size_and_shows_the_curve(curve, tmp_path):
    path = tmp_path / "loss.png"
    curve.export(path)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (840, 400)
    colors = {image.pixelColor(x, y).name() for x in range(200, 800, 7) for y in range(120, 340, 5)}
    assert len(colors) > 3


def test_svg_is_xml_with_paths_and_text(curve, tmp_path):
    path = tmp_path / "loss.svg"
    curve.export(path)
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    shapes = [e for kind in ("path", "polyline") for e in root.iter(f"{SVG}{kind}")]
    longest = max((e.get("d") or e.get("points") or "" for e in shapes), key=len)
    assert longest.count(",") > 300
    written = " ".join(e.text or "" for e in root.iter(f"{SVG}text"))
    assert "Loss" in written
    assert "validation" in written or "valid." in written


def test_csv_holds_every_raw_point_exactly(curve, data, tmp_path):
    path = tmp_path / "loss.csv"
    curve.export(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3000
    np.testing.assert_array_equal([int(r["step"]) for r in rows], data[0])
    np.testing.assert_array_equal([float(r["training"]) for r in rows], data[1])
    assert {int(r["step"]): float(r["validation"]) for r in rows if r["validation"]} == {
        1000: 0.25,
        2000: 0.125,
        3000: 0.1,
    }
    smoothed = "training, smoothed over ~100 steps"
    np.testing.assert_array_equal([float(r[smoothed]) for r in rows], curve.curves["smoothed"].y)


def test_another_suffix_and_an_empty_plot_are_refused(curve, qtbot, tmp_path):
    with pytest.raises(SaveError, match=r"\.png, \.svg or \.csv, got '\.gif'"):
        curve.export(tmp_path / "loss.gif")
    curve.clear()
    with pytest.raises(SaveError, match="no data yet"):
        curve.export(tmp_path / "loss.png")
    assert not list(tmp_path.glob("loss*"))


@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv"])
def test_unwritable_file_stays_and_is_named(curve, qtbot, tmp_path, suffix):
    path = tmp_path / f"loss{suffix}"
    path.write_text("older")
    path.chmod(0o444)
    if os.access(path, os.W_OK):  # root may write anything: a folder in the place of the file stops it too
        path.unlink()
        path.mkdir()
        (path / "older").write_text("older")
    with qtbot.waitSignal(curve.export_failed) as caught, qtbot.assertNotEmitted(curve.exported):
        curve.export_to(path)
    assert str(path) in caught.args[0]
    kept = path / "older" if path.is_dir() else path
    assert kept.read_text() == "older"
    assert [p.name for p in tmp_path.iterdir() if "xdg" not in p.name] == [path.name]


def test_missing_folder_is_named(curve, tmp_path):
    with pytest.raises(SaveError, match="nowhere"):
        curve.export(tmp_path / "nowhere" / "loss.png")


def test_success_is_announced(curve, qtbot, tmp_path):
    with qtbot.waitSignal(curve.exported) as caught:
        curve.export_to(tmp_path / "loss.csv")
    assert caught.args == [str(tmp_path / "loss.csv")]


def test_copy_holds_picture_and_numbers(curve, data):
    curve.set_cursor(1500)
    curve.copy_picture()
    copied = QGuiApplication.clipboard().mimeData()
    assert copied.hasImage()
    assert f"training\t1500\t{float(data[1][1499])!r}" in copied.text()
    QGuiApplication.clipboard().clear()


def test_menu_offers_everything_and_log_works(curve, qtbot):
    menu = curve.context_menu()
    actions = {action.objectName(): action for action in menu.actions() if action.objectName()}
    assert list(actions) == ["fit", "log", "smoothing", "png", "svg", "csv", "copy"]
    assert all(action.toolTip() for action in actions.values())
    actions["log"].trigger()
    assert curve.canvas.is_log
    curve.clear()
    empty = {action.objectName(): action.isEnabled() for action in curve.context_menu().actions()}
    assert not empty["png"]
    assert empty["log"]


def test_gradients_export_raw_and_smoothed_and_the_bars(qtbot, tmp_path):
    view = GradientsView()
    view.set_layers(["layer 1 · 4→3", "layer 2 · 3→2"])
    shown(qtbot, view, 900, 300)
    kernel = np.asarray([[0.1, 0.2], [0.0, 0.4], [0.3, 0.6]])
    view.set_series([1, 2, 3], kernel, kernel * 2)
    view.flush()
    view.export(tmp_path / "gradient.csv")
    with (tmp_path / "gradient.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(r["layer 1 · 4→3 kernel"]) for r in rows] == [0.1, 0.0, 0.3]
    assert [float(r["layer 2 · 3→2 bias"]) for r in rows] == [0.4, 0.8, 1.2]
    view.export(tmp_path / "gradient.svg")
    text = (tmp_path / "gradient.svg").read_text(encoding="utf-8")
    assert text.count("RMS per weight") == 2
