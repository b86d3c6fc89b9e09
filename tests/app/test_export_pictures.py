"""The network as a file: pixels, lines and shapes are those of the view."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from app.export.picture import paint_lines, pdf_bytes, save_picture
from app.export.png_stream import write_png
from app.export.progress import ExportCancelledError, Progress
from app.export.renderer import FrameRenderer
from app.export.svg import svg_bytes
from app.export.values import Canvas
from app.theme import DARK, LIGHT, Theme
from app.widgets.network_painting import Shown
from app.widgets.network_scene import Scene
from app.widgets.network_view import NetworkView
from nnviz.errors import NnvizError, SaveError
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.edges import edge_style
from nnviz.picture.look import Look
from nnviz.picture.quantities import edge_values
from nnviz.picture.timeline import GROUND
from nnviz.spec import classifier
from tests.snapshots import snapshot_of

MEANING = OutputMeaning(names=("ant", "bee", "cat"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def shown(qapp: object) -> Shown:
    return Shown(snapshot_of(), MEANING, (), Look(edges="weight", top_k=12))


@pytest.fixture
def view(qtbot: QtBot, shown: Shown) -> Iterator[NetworkView]:
    made = NetworkView()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.set_meaning(MEANING)
    made.set_look(shown.look)
    made.resize(800, 500)
    made.show()
    qtbot.waitExposed(made)
    made.set_snapshot(shown.snapshot)
    qtbot.waitUntil(lambda: made.is_settled, timeout=20_000)
    yield made
    made.close_drawer()
    made.close()


def renderer_of(
    shown: Shown, theme: Theme = LIGHT, size: tuple[int, int, float] = (800, 500, 1.0), **more: bool
) -> FrameRenderer:
    return FrameRenderer(shown, theme, Canvas(*size), **more)


def rgb(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def differs(one: np.ndarray, other: np.ndarray, by: int = 2) -> float:
    """Share of the pixels that differ by more than ``by`` in a channel."""
    assert one.shape == other.shape
    return float((np.abs(one - other) > by).any(axis=2).mean())


# -- pixels --------------------------------------------------------------------------------------------------


def test_the_renderer_paints_what_the_view_paints(view: NetworkView, qtbot: QtBot, shown: Shown) -> None:
    assert view.shown is not None
    renderer = FrameRenderer(view.shown, LIGHT, Canvas(800, 500, 1.0, view.text_size))
    assert differs(rgb(renderer.image(None)), rgb(view.picture(1.0))) == 0
    for t in (0.4, 1.5, 3.0, 6.2, 9.0, view.plan[-1].end):
        view.set_time(t)
        qtbot.waitUntil(
            lambda: view._pictures is not None and "update" in view._pictures.job.quantities, timeout=20_000
        )
        # The view's picture has an alpha channel: where pulses lie over each other a channel is rounded otherwise.
        assert differs(rgb(renderer.image(t)), rgb(view.picture(1.0)), by=4) < 1e-4
        assert (renderer.pixels(t) == rgb(renderer.image(t))).all()


def test_a_zoomed_view_is_exported_as_it_stands(view: NetworkView, qtbot: QtBot) -> None:
    view.zoom_by(2.0)
    view.pan_by(-60, 20)
    qtbot.waitUntil(
        lambda: view._pictures is not None and view._pictures.job.layout is view.layout_now(), timeout=20_000
    )
    assert view.shown is not None
    zoomed = FrameRenderer(view.shown, LIGHT, Canvas(800, 500, 1.0, view.text_size), zoom=view.zoom)
    assert differs(rgb(zoomed.image(None)), rgb(view.picture(1.0))) == 0
    assert differs(rgb(renderer_of(view.shown).image(None)), rgb(view.picture(1.0))) > 0.05


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5, 3.0])
def test_a_png_has_the_size_of_the_view_times_the_scale(shown: Shown, tmp_path: Path, scale: float) -> None:
    path = tmp_path / "network.png"
    save_picture(path, renderer_of(shown, size=(round(800 * scale), round(500 * scale), scale)))
    with Image.open(path) as image:
        image.load()
        assert image.size == (800 * scale, 500 * scale)
        assert image.mode == "RGB"
        assert image.info["dpi"] == pytest.approx((96 * scale, 96 * scale), rel=0.01)
        assert image.getpixel((1, 1)) == (255, 255, 255)


def test_the_pixels_of_a_png_are_those_of_the_image(shown: Shown, tmp_path: Path) -> None:
    renderer = renderer_of(shown, DARK)
    save_picture(tmp_path / "network.png", renderer)
    with Image.open(tmp_path / "network.png") as image:
        assert (np.array(image).astype(int) == rgb(renderer.image(None))).all()


def test_a_large_png_is_painted_in_bands_that_fit_together(shown: Shown, tmp_path: Path) -> None:
    renderer = renderer_of(shown, size=(2400, 1500, 3.0))
    heard: list[Progress] = []
    save_picture(tmp_path / "large.png", renderer, report=lambda progress: heard.append(progress) is None)
    assert heard[-1].total == heard[-1].done > 1
    assert [progress.done for progress in heard] == list(range(heard[-1].total + 1))
    with Image.open(tmp_path / "large.png") as image:
        assert differs(np.array(image).astype(int), rgb(renderer.image(None)), by=3) < 1e-4


def test_without_paper_the_background_is_transparent_and_the_rest_is_not(shown: Shown, tmp_path: Path) -> None:
    renderer = renderer_of(shown, paper=False)
    save_picture(tmp_path / "clear.png", renderer)
    with Image.open(tmp_path / "clear.png") as image:
        assert image.mode == "RGBA"
        pixels = np.array(image)
    assert pixels[2, 2, 3] == 0
    assert pixels[..., 3].max() == 255
    laid = pixels[..., :3] * (pixels[..., 3:] / 255) + 255 * (1 - pixels[..., 3:] / 255)
    # On white paper it is the opaque picture; text is smoothed a little otherwise.
    assert differs(laid, rgb(renderer_of(shown).image(None)), by=24) < 0.01


@pytest.mark.parametrize("channels", [3, 4])
def test_png_rows_are_read_back_as_they_were(channels: int) -> None:
    made = np.random.default_rng(3)
    picture = made.integers(0, 256, (37, 23, channels), dtype=np.uint8)
    picture[10:20] = picture[10]  # rows alike, and smooth ones: all filters are used
    picture[25:, :, 0] = np.arange(23, dtype=np.uint8)
    file = io.BytesIO()
    write_png(file, 23, 37, [picture[:9], picture[9:30], picture[30:]])
    with Image.open(io.BytesIO(file.getvalue())) as image:
        assert (np.array(image) == picture).all()


# -- lines ---------------------------------------------------------------------------------------------------


def groups(content: bytes) -> dict[int, list[ElementTree.Element]]:
    """Return the lines of each layer."""
    root = ElementTree.fromstring(content)
    return {
        int(group.get("data-layer", "0")): group.findall(f"{SVG}line")
        for group in root.iter(f"{SVG}g") if group.get("class") == "edges"
    }


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_an_svg_holds_the_k_strongest_edges_with_the_right_ends(shown: Shown, theme: Theme) -> None:
    renderer = renderer_of(shown, theme)
    layout = renderer.edges()[0].job.layout
    found = groups(svg_bytes(renderer))
    assert sorted(found) == [1, 2, 3]
    for layer, lines in found.items():
        kernel = shown.snapshot.parameters[layer - 1].kernel
        assert len(lines) == 12
        strongest = set(np.argsort(-np.abs(kernel), axis=None)[:12].tolist())
        drawn = {int(line.get("data-source", "")) * kernel.shape[1] + int(line.get("data-unit", "")) for line in lines}
        assert drawn == strongest
        for line in lines:
            source, unit = int(line.get("data-source", "")), int(line.get("data-unit", ""))
            assert float(line.get("data-value", "")) == pytest.approx(float(kernel[source, unit]), rel=1e-5)
            ends = [float(line.get(name, "")) for name in ("x1", "y1", "x2", "y2")]
            start, end = layout.boxes[layer - 1].place_of(source), layout.boxes[layer].place_of(unit)
            assert start is not None
            assert end is not None
            assert ends == pytest.approx([*start, *end], abs=2e-3)
            assert ("stroke-dasharray" in line.attrib) == (kernel[source, unit] < 0)


def test_lines_have_the_colours_widths_and_opacities_of_the_picture(shown: Shown) -> None:
    values = edge_values(shown.snapshot, 1, "weight")
    assert values is not None
    lines = groups(svg_bytes(renderer_of(shown)))[2]
    drawn = np.array([float(line.get("data-value", "")) for line in lines], np.float32)
    strength, widths = edge_style(drawn, float(np.abs(values).max()))
    assert [float(line.get("stroke-opacity", "")) for line in lines] == pytest.approx(np.abs(strength), abs=1e-3)
    assert [float(line.get("stroke-width", "")) for line in lines] == pytest.approx(widths, abs=2e-3)
    tones = {value > 0: line.get("stroke") for value, line in zip(drawn, lines, strict=True)}
    assert tones[True] != tones[False]


def test_text_of_an_svg_is_text_and_units_are_shapes(shown: Shown) -> None:
    wide = replace(shown, snapshot=snapshot_of(classifier((6, 6), (64, 5), 3)))
    root = ElementTree.fromstring(svg_bytes(renderer_of(wide)))
    words = {(text.text or "").strip() for text in root.iter(f"{SVG}text")}
    assert {"Input", "Dense 1", "Output", "ant", "bee", "cat"} <= words
    for text in root.iter(f"{SVG}text"):
        # In whatever font a viewer has it takes the room that was left for it.
        assert 0 < float(text.get("textLength", "")) < 400
    widths = {(text.text or "").strip(): float(text.get("textLength", "")) for text in root.iter(f"{SVG}text")}
    assert widths["Dense 1"] > widths["bee"]
    assert not list(root.iter(f"{SVG}image"))
    assert len(list(root.iter(f"{SVG}circle"))) + len(list(root.iter(f"{SVG}ellipse"))) >= 64


def test_an_svg_of_a_moment_shows_its_wave_within_its_part_of_the_way(shown: Shown) -> None:
    renderer = renderer_of(shown)
    stage = renderer.plan[1]
    root = ElementTree.fromstring(svg_bytes(renderer, stage.start + 0.4 * stage.duration))
    by_quantity = {
        (group.get("data-layer"), group.get("data-quantity")): group
        for group in root.iter(f"{SVG}g") if group.get("class") == "edges"
    }
    assert ("1", "contribution") in by_quantity
    name = re.fullmatch(r"url\(#(.+)\)", by_quantity["1", "contribution"].get("clip-path", ""))
    assert name is not None
    clip = next(each for each in root.iter(f"{SVG}clipPath") if each.get("id") == name[1])
    boxes = renderer.edges()[0].job.layout.boxes
    way = boxes[1].x + boxes[1].width - boxes[0].x
    assert 0 < float(clip[0].get("width", "")) < way


def painting_operators(pdf: bytes) -> int:
    """Return how many shapes the page fills or strokes."""
    drawn = b""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            drawn += zlib.decompress(stream)
        except zlib.error:  # not compressed: what the file says of itself
            continue
    return len(re.findall(rb"\s(?:f\*?|S|B\*?)(?=\s)", drawn))


def test_a_pdf_has_a_shape_for_every_edge_and_no_picture(shown: Shown) -> None:
    content = pdf_bytes(renderer_of(shown))
    assert content.startswith(b"%PDF-")
    assert b"/Subtype /Image" not in content
    assert re.search(rb"/MediaBox \[0 0 600(\.0+)? 375(\.0+)?\]", content)  # 800 x 500 at 96 an inch, in points
    more = pdf_bytes(renderer_of(replace(shown, look=replace(shown.look, top_k=15))))
    # Three edges more between each two of the four layers; all else is alike.
    assert painting_operators(more) - painting_operators(content) == 3 * 3
    assert painting_operators(content) > 3 * 12


def test_faded_edges_of_a_pdf_are_no_darker_where_they_cross(shown: Shown) -> None:
    """All edges together at an opacity o over paper p look as p + o (full - p), as on the screen."""
    renderer = renderer_of(replace(shown, look=replace(shown.look, top_k=None)))

    def edges_at(t: float | None) -> np.ndarray:
        lines = _filled(LIGHT.surface)

        def take(_painter: QPainter, scene: Scene) -> None:
            painter = QPainter(lines)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_lines(painter, scene)
            painter.end()

        elsewhere = _filled(LIGHT.surface)
        painter = QPainter(elsewhere)
        renderer.paint(painter, t, renderer.edges(), vector=True, edges=take)
        painter.end()
        return rgb(lines)

    full, faded = edges_at(None), edges_at(renderer.plan[0].start)  # at first only the weights are there, faint
    paper = rgb(_filled(LIGHT.surface))
    assert (full.sum(axis=2) < 3 * 255 * 0.6).any()
    np.testing.assert_allclose(faded, paper + GROUND * (full - paper), atol=5)  # each line rounds to 8 bits


def _filled(tone: str) -> QImage:
    image = QImage(800, 500, QImage.Format.Format_RGB32)
    image.fill(QColor(tone))
    return image


# -- what can go wrong ---------------------------------------------------------------------------------------


def test_what_cannot_be_saved_is_said_and_leaves_nothing(shown: Shown, tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="does not exist"):
        save_picture(tmp_path / "no folder" / "x.png", renderer_of(shown))
    with pytest.raises(SaveError, match=r"must end in \.png, \.svg or \.pdf"):
        save_picture(tmp_path / "x.bmp", renderer_of(shown))
    assert not [file for file in tmp_path.iterdir() if file.is_file()]


def test_a_cancelled_picture_leaves_the_older_one(shown: Shown, tmp_path: Path) -> None:
    path = tmp_path / "network.png"
    path.write_bytes(b"older")
    with pytest.raises(ExportCancelledError):
        save_picture(path, renderer_of(shown, size=(2400, 1500, 3.0)), report=lambda progress: progress.done < 1)
    assert path.read_bytes() == b"older"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["network.png"]


@pytest.mark.parametrize(
    ("width", "height", "scale"), [(100, 500, 1), (40_000, 500, 1), (30_000, 30_000, 1), (800, 500, 99)]
)
def test_sizes_that_cannot_be_are_refused_by_name(width: int, height: int, scale: float) -> None:
    with pytest.raises(NnvizError, match=r"width|pixels|scale"):
        Canvas(width, height, scale)
