"""Plots as files: PNG at twice the size, SVG, and CSV with every raw point."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from app.png import png_bytes
from nnviz.errors import SaveError
from nnviz.storage.atomic import write_bytes_atomically

SUFFIXES = (".png", ".svg", ".csv")
PNG_SCALE = 2

Float64 = NDArray[np.float64]
#: A named column of a table: name, steps (n,), values (n,).
TableColumn = tuple[str, Float64, Float64]


def save_plot(
    path: Path, size: QSize, title: str, paint: Callable[[QPainter], None],
    columns: Sequence[TableColumn] | None,
) -> None:
    """Save a plot in the format that the suffix of ``path`` names.

    Args:
        path: ends in .png, .svg or .csv.
        size: logical pixels that ``paint`` covers.
        title: goes into the SVG.
        paint: draws the plot, its upper left corner at (0, 0).
        columns: what the CSV holds; None where there is none.

    Raises:
        SaveError: another suffix, or the file cannot be written; what stood there before is untouched.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".png":
        content = png_bytes(picture(size, paint))
    elif suffix == ".svg":
        content = svg_bytes(size, title, paint)
    elif suffix == ".csv" and columns is not None:
        content = csv_text(columns).encode("utf-8")
    else:
        kinds = ".png, .svg or .csv" if columns is not None else ".png or .svg"
        raise SaveError(f"Cannot save {path}: a plot must end in {kinds}, got {path.suffix!r}.")
    write_bytes_atomically(path, content)


def picture(size: QSize, paint: Callable[[QPainter], None]) -> QImage:
    """Return the plot as an image of twice the size."""
    image = QImage(size * PNG_SCALE, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(PNG_SCALE)
    image.fill(QColor(Qt.GlobalColor.white))
    painter = QPainter(image)
    paint(painter)
    painter.end()
    return image


def svg_bytes(size: QSize, title: str, paint: Callable[[QPainter], None]) -> bytes:
    """Return the plot as an SVG file.

    WORKAROUND: pyqtgraph 0.14's SVGExporter fails with Qt 6.11 (path command "Z"); this is Qt's own
        generator.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(title)
    painter = QPainter(generator)
    paint(painter)
    painter.end()
    return bytes(buffer.data().data())


def csv_text(columns: Sequence[TableColumn]) -> str:
    """Return a table of every point: one row a step, a column a curve, empty where a curve has no point.

    Numbers are written so that reading them gives the same float64.
    """
    steps = np.unique(np.concatenate([x for _, x, _ in columns])) if columns else np.empty(0)
    cells: list[list[str]] = []
    for _, x, y in columns:
        column = [""] * len(steps)
        places = np.searchsorted(steps, x)
        for place, value in zip(places.tolist(), y.tolist(), strict=True):
            column[place] = repr(value)
        cells.append(column)
    whole = [f"{s:.0f}" if math.isfinite(s) and s == round(s) else repr(s) for s in steps.tolist()]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["step", *(name for name, _, _ in columns)])
    writer.writerows(zip(whole, *cells, strict=True))
    return out.getvalue()
