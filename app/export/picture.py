"""A moment of the network as a file: PNG of any size, SVG and PDF with every edge a line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPageSize, QPainter, QPdfWriter, QPen

from app.export.png_stream import LOGICAL_DPI, Rows, write_png
from app.export.progress import Report, go_on, tell
from app.export.renderer import Renderer
from app.export.svg import svg_bytes
from app.widgets.edge_pictures import EdgePicture
from app.widgets.network_scene import Scene, color, rgb_of
from app.widgets.network_waves import paint_edges
from nnviz.errors import SaveError
from nnviz.picture.colors import data_colors
from nnviz.storage.atomic import replace_file, write_bytes_atomically

#: Pixels of a band of a PNG: a few tenths of a second each, and 64 MB with the edges' pictures.
BAND_PIXELS = 2_000_000
PDF_DPI = 1200


def save_picture(path: Path, renderer: Renderer, t: float | None = None, report: Report = go_on) -> None:
    """Save a moment as PNG, SVG or PDF; the older file stays until the new one is whole.

    Args:
        path: ends in .png, .svg or .pdf.
        renderer: paints it.
        t: seconds of the animation, None for the still picture.
        report: hears how far it is; False cancels.

    Raises:
        ExportCancelledError: it was cancelled; nothing is left.
        SaveError: another suffix, or the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".png":
        replace_file(path, lambda temporary: _write_png(temporary, renderer, t, report))
    elif suffix in (".svg", ".pdf"):
        tell(report, 0, 1)
        content = svg_bytes(renderer, t) if suffix == ".svg" else pdf_bytes(renderer, t)
        tell(report, 1, 1, len(content))
        write_bytes_atomically(path, content)
    else:
        raise SaveError(f"Cannot save {path}: a picture must end in .png, .svg or .pdf, got {path.suffix!r}.")


# -- pixels --------------------------------------------------------------------------------------------------


def _write_png(path: Path, renderer: Renderer, t: float | None, report: Report) -> None:
    width, height = renderer.canvas.width, renderer.canvas.height
    rows = max(16, BAND_PIXELS // width)
    tops = range(0, height, rows)
    with path.open("wb") as file:

        def bands() -> Iterator[Rows]:
            for done, top in enumerate(tops):
                tell(report, done, len(tops), file.tell())
                # What fits in one band is painted as the film paints it.
                whole = len(tops) == 1
                yield _straight(renderer.image(t) if whole else renderer.band(t, top, min(rows, height - top)))

        write_png(file, width, height, bands(), scale=renderer.canvas.scale)
        tell(report, len(tops), len(tops), file.tell())


def _straight(image: QImage) -> Rows:
    """Return an image as (height, width, 3 or 4) uint8, not premultiplied."""
    alpha = image.hasAlphaChannel()
    kind, channels = (QImage.Format.Format_RGBA8888, 4) if alpha else (QImage.Format.Format_RGB888, 3)
    image = image.convertToFormat(kind)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    # A copy that owns its memory: Qt's goes with the image.
    return rows[:, : channels * image.width()].copy().reshape(image.height(), image.width(), channels)


# -- lines ---------------------------------------------------------------------------------------------------


def paint_lines(painter: QPainter, scene: Scene, *, has_paper: bool = True) -> None:
    """Paint the edges as lines, each with the width, opacity, colour and dashes that the picture gives it.

    Faded edges have the paper mixed into their colours: a page knows no opacity of all of them together, and lines
    that were each paler would make up a darker blot where they cross. Without paper each line is paler.
    """
    colors = data_colors(scene.theme.is_dark)
    paper = np.array(rgb_of(scene.theme.surface))

    def put(painter: QPainter, picture: EdgePicture, opacity: float, clip: QRectF | None) -> None:
        palette, fade = colors.palette(picture.quantity), min(1.0, opacity)
        share = fade if has_paper else 1.0
        tones = [np.rint(paper + share * (np.array(each) - paper)) for each in (palette.negative, palette.positive)]
        painter.save()
        if clip is not None:
            painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
        for line, strength, width in zip(picture.lines, picture.strength, picture.widths, strict=True):
            alpha = abs(float(strength)) * fade / share if share else 0.0
            pen = QPen(color(tones[int(strength > 0)].astype(np.uint8), alpha), float(width))
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            if strength < 0 and picture.dash[0]:
                pen.setDashPattern([length / float(width) for length in picture.dash])
            painter.setPen(pen)
            ax, ay, bx, by = (float(v) for v in line)
            painter.drawLine(QPointF(ax, ay), QPointF(bx, by))
        painter.restore()

    paint_edges(painter, scene, put)


def pdf_bytes(renderer: Renderer, t: float | None = None) -> bytes:
    """Return a moment as a PDF of one page, a logical pixel being 1/96 inch; lines, shapes and text, no picture."""
    width, height = renderer.logical_size
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(f"nnviz: {renderer.shown.snapshot.spec.title}")
    writer.setCreator("nnviz")
    writer.setResolution(PDF_DPI)
    points = QSizeF(72 * width / LOGICAL_DPI, 72 * height / LOGICAL_DPI)
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "network", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    painter.scale(PDF_DPI / LOGICAL_DPI, PDF_DPI / LOGICAL_DPI)
    renderer.paint(painter, t, renderer.edges(), vector=True, edges=partial(paint_lines, has_paper=renderer.has_paper))
    painter.end()
    return bytes(QByteArray(buffer.data()).data())
