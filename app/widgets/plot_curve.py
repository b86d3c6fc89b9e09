"""One curve of a plot: every raw point, and the items that draw at most two points a pixel column of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPaintEngine, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app.theme import Theme
from app.widgets.plot_header import DASHES, Stroke
from nnviz.picture.dashes import cut_into_dashes
from nnviz.picture.decimate import min_max_decimate
from nnviz.picture.peaks import Peaks

Float64 = NDArray[np.float64]
MARKER_PX = 7.0
#: Closer marks than this would hide the line.
MARKER_SPACING_PX = 9


class GrowingColumn:
    """A vector that is appended to in place; its memory doubles, so that n appends cost O(n)."""

    def __init__(self) -> None:
        self._buffer: Float64 = np.empty(1024)
        self._count = 0

    @property
    def values(self) -> Float64:
        """A read-only view of what is there, (n,) float64."""
        view = self._buffer[: self._count]
        view.flags.writeable = False
        return view

    def set(self, values: Float64) -> None:
        """Replace all values in place."""
        self._count = 0
        self.append(values)

    def append(self, values: Float64) -> None:
        """Append values in place."""
        needed = self._count + len(values)
        if needed > len(self._buffer):
            grown = np.empty(max(needed, 2 * len(self._buffer)))
            grown[: self._count] = self._buffer[: self._count]
            self._buffer = grown
        self._buffer[self._count : needed] = values
        self._count = needed


class _Line(pg.PlotCurveItem):  # type: ignore[misc]
    """A line in a view that shows ``extent`` and is painted whole each time.

    pyqtgraph looks at all points for the bounds of each line, several times a paint; nothing here asks for them. On the
    screen a smooth line is painted piece by piece, in a tenth of the time that Qt takes for its outline as a whole; a
    file of lines keeps the whole. (A faint one is not: where two pieces meet it would be darker.)
    """

    def __init__(self, *, smooth: bool) -> None:
        self.extent = QRectF()
        super().__init__(antialias=smooth, connect="finite")

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint."""
        on_screen = painter.paintEngine().type() == QPaintEngine.Type.Raster
        self.opts["segmentedLineMode"] = "on" if on_screen and self.opts["antialias"] else "off"
        super().paint(painter, option, widget)

    def boundingRect(self) -> QRectF:
        """Return the part of the plane that is shown."""
        return self.extent


class Curve:
    """Raw points of one curve and its graphics items; x in steps, y in the axis' unit (never its log)."""

    def __init__(self, key: str, name: str, stroke: Stroke) -> None:
        self.key = key
        self.name = name
        self.stroke = stroke
        self._x, self._y = GrowingColumn(), GrowingColumn()
        self._peaks = Peaks()
        smooth = stroke.width > 1.0 or stroke.dashed or stroke.marked
        self.line: Any = _Line(smooth=smooth)
        self.line.setZValue(0 if stroke.faint else 10)
        self.dots: Any = None
        if stroke.marked:
            self.dots = pg.ScatterPlotItem(size=MARKER_PX, symbol="o", antialias=True)
            self.dots.setZValue(20)

    @property
    def x(self) -> Float64:
        """Steps of the points, (n,), rising."""
        return self._x.values

    @property
    def y(self) -> Float64:
        """Values of the points, (n,)."""
        return self._y.values

    def set(self, x: ArrayLike, y: ArrayLike) -> None:
        """Replace all points in place.

        Raises:
            ValueError: x and y differ in length, or x does not rise.
        """
        xs, ys = self._checked(x, y, None)
        self._x.set(xs)
        self._y.set(ys)
        self._peaks = Peaks(positive=self._peaks.positive)

    def append(self, x: ArrayLike, y: ArrayLike) -> None:
        """Append points in place.

        Raises:
            ValueError: x and y differ in length, or x does not rise from the last point on.
        """
        xs, ys = self._checked(x, y, float(self.x[-1]) if len(self.x) else None)
        self._x.append(xs)
        self._y.append(ys)

    def _checked(self, x: ArrayLike, y: ArrayLike, last: float | None) -> tuple[Float64, Float64]:
        xs = np.atleast_1d(np.asarray(x, dtype=np.float64))
        ys = np.atleast_1d(np.asarray(y, dtype=np.float64))
        if xs.ndim != 1 or xs.shape != ys.shape:
            raise ValueError(
                f"{self.name}: steps and values must be of one length, got {xs.shape} and {ys.shape}"
            )
        if len(xs) and last is not None and not xs[0] > last:
            raise ValueError(f"{self.name}: steps must rise, got {xs[0]:g} after {last:g}")
        if len(xs) and not (np.isfinite(xs[0]) and np.isfinite(xs[-1]) and bool(np.all(np.diff(xs) > 0))):
            raise ValueError(f"{self.name}: steps must be finite and rise")
        return xs, ys

    def nearest(self, x: float) -> int | None:
        """Return the index of the point nearest to step ``x``, the earlier of two; None without points."""
        xs = self.x
        if len(xs) == 0:
            return None
        right = int(np.searchsorted(xs, x))
        if right == 0:
            return 0
        if right == len(xs) or x - xs[right - 1] <= xs[right] - x:
            return right - 1
        return right

    def points(self, low: float, high: float, columns: int, log: bool) -> tuple[Float64, Float64]:
        """Return the points as drawn; on a log axis log10, with gaps where a value is not above 0."""
        if self._peaks.positive != log:
            self._peaks = Peaks(positive=log)
        # A wide or dashed line turned at every pixel is a comb: it gets two points for every two pixels.
        bins = columns if self.stroke.faint else max(1, columns // 2)
        px, py = min_max_decimate(self.x, self.y, low, high, bins, positive=log, peaks=self._peaks)
        return px, (np.log10(py) if log else py)

    def draw(self, px: Float64, py: Float64, columns: int, extent: QRectF, scale: tuple[float, float]) -> None:
        """Give the points to the graphics items.

        Args:
            px, py: the points, (n,).
            columns: width of the plot in device pixels.
            extent: the part of the plane that is shown.
            scale: logical pixels of a unit of x, and of y.
        """
        self.line.prepareGeometryChange()
        self.line.extent = extent
        if len(px) and px[0] == px[-1] and self.dots is None:
            # A line through one point is nothing to see: the first step is a dash of its own width.
            px, py = np.asarray([px[0] - 0.5, px[0] + 0.5]), np.asarray([py[0], py[0]])
        if self.stroke.dashed:
            dash, gap = (length * self.stroke.width for length in DASHES)
            lx, ly = cut_into_dashes(px, py, scale, dash, gap)
            self.line.setData(lx, ly, connect="pairs", skipFiniteCheck=True)
        else:
            whole = bool(np.isfinite(py).all())
            self.line.setData(px, py, connect="all" if whole else "finite", skipFiniteCheck=whole)
        if self.dots is not None:
            few = len(px) * MARKER_SPACING_PX <= columns
            self.dots.setData(px[np.isfinite(py)], py[np.isfinite(py)])
            self.dots.setVisible(few)

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        pen = self.stroke.pen(theme)
        pen.setStyle(Qt.PenStyle.SolidLine)  # the points of a dashed line are those of its dashes
        if self.stroke.dashed:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.line.setPen(pen)
        if self.dots is not None:
            ring = pg.mkPen(theme.surface, width=1.5)
            ring.setStyle(Qt.PenStyle.SolidLine)
            self.dots.setPen(ring)
            self.dots.setBrush(pg.mkBrush(self.stroke.color(theme)))
