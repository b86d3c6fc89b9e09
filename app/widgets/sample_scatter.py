"""Samples as points: two features across and up, what is to be learnt as colour and shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.data_marks import SHAPES, TEXT_PX, crisp, group_color, hairline, marker, paint_scale, widened
from nnviz.data.describe import Group
from nnviz.picture.colors import data_colors, diverging_rgb
from nnviz.picture.ticks import linear_ticks, significant, with_step

#: More are not painted: a part by chance is shown then, and it is said how many.
MAX_POINTS = 2000
LEFT_PX, BOTTOM_PX, TOP_PX, RIGHT_PX = 40.0, 34.0, 6.0, 10.0
LEGEND_ROW_PX = 17.0
MARK_PX = 7.0
REACH_PX = 12.0
#: Height of the plot as a multiple of its width, at most.
TALLEST = 1.25
#: Shades of the target of a regression.
SHADES = 33


class SampleScatter(QWidget):
    """Shows samples by two features; a click or Enter chooses one."""

    #: Index of a sample in the split that is shown.
    sample_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sample_scatter")
        self.setAccessibleName("Samples as points")
        self.setToolTip("Each point is a sample. Click one, or choose with the arrow keys and Enter, to see it.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme = LIGHT
        self._points: NDArray[np.float64] = np.empty((0, 2))
        self._indices: NDArray[np.int64] = np.empty(0, np.int64)
        self._codes: NDArray[np.int64] = np.empty(0, np.int64)
        self._count = 0
        self._names = ("", "")
        self._groups: tuple[str, ...] = ()
        self._target: tuple[str, float, float] | None = None
        self._words: Callable[[int], str] = str
        self._range = ((-1.0, 1.0), (-1.0, 1.0))
        self._current: int | None = None
        self._marked: int | None = None
        self._cloud: QPixmap | None = None

    def set_samples(
        self, points: NDArray[np.float64], names: tuple[str, str], groups: tuple[Group, ...],
        words: Callable[[int], str], target: tuple[str, NDArray[np.float32], float, float] | None = None,
    ) -> None:
        """Show the samples of a split.

        Args:
            points: the two features of each in the units of the table, (count, 2).
            names: of the features.
            groups: each sample is in exactly one.
            words: says what a sample is.
            target: of a regression: its name, its values as the network learns them (count,), and two values in the
                units of the table: that of a learnt −2 and that of a learnt +2.
        """
        self._words, self._names, self._count = words, names, len(points)
        self._groups = tuple(group.name for group in groups)
        codes = np.zeros(len(points), np.int64)
        for k, group in enumerate(groups):
            codes[group.members] = k
        self._target = None
        if target is not None:
            self._target = (target[0], target[2], target[3])
            codes = np.rint((np.clip(target[1], -2, 2) + 2) / 4 * (SHADES - 1)).astype(np.int64)
        kept = np.flatnonzero(np.isfinite(points).all(axis=1))
        if len(kept) > MAX_POINTS:
            kept = np.sort(np.random.default_rng(0).choice(kept, MAX_POINTS, replace=False, shuffle=False))
        self._indices, self._points, self._codes = kept, points[kept], codes[kept]
        ends = [(float(v.min()), float(v.max())) if len(v) else (-1.0, 1.0) for v in self._points.T]
        self._range = (widened(*ends[0]), widened(*ends[1]))
        self._current = None
        self._describe()
        self._repaint()

    def set_marked(self, index: int | None) -> None:
        """Ring the sample that the network shows, where it is painted; None rings none."""
        self._marked = index
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._repaint()

    @property
    def shown_words(self) -> str:
        """How many samples are painted."""
        drawn = len(self._indices)
        return f"{drawn:,} samples" if drawn == self._count else f"{drawn:,} of {self._count:,} samples, by chance"

    # -- places ------------------------------------------------------------------------------------------------

    def _legend(self) -> list[tuple[int, float, float]]:
        """Return (group, x, y) of each entry of the legend; it wraps."""
        metrics = QFontMetricsF(ui_font(11))
        made, x, y = [], 4.0, 12.0
        for k, name in enumerate(self._groups):
            wide = min(metrics.horizontalAdvance(name), self.width() - 30.0) + 26
            if x > 4 and x + wide > self.width():
                x, y = 4.0, y + LEGEND_ROW_PX
            made.append((k, x, y))
            x += wide
        return made

    def plot_rect(self) -> QRectF:
        """Return where the points are painted."""
        if self._target is not None:
            top = 34.0
        else:
            legend = self._legend()
            top = (legend[-1][2] if legend else 0.0) + 8
        wide = max(8.0, self.width() - LEFT_PX - RIGHT_PX)
        # Stretched further, a spiral is none any more.
        high = min(max(8.0, self.height() - top - TOP_PX - BOTTOM_PX), TALLEST * wide)
        return QRectF(LEFT_PX, top + TOP_PX, wide, high)

    def places(self) -> NDArray[np.float64]:
        """Return where each painted point is in the widget, (painted, 2)."""
        rect = self.plot_rect()
        (x0, x1), (y0, y1) = self._range
        return np.stack([
            rect.left() + (self._points[:, 0] - x0) / (x1 - x0) * rect.width(),
            rect.bottom() - (self._points[:, 1] - y0) / (y1 - y0) * rect.height(),
        ], axis=1)

    def point_at(self, position: QPointF) -> int | None:
        """Return the number of the painted point that is nearest to a place, within reach; None where none is."""
        if not len(self._points):
            return None
        far = np.hypot(*(self.places() - (position.x(), position.y())).T)
        nearest = int(np.argmin(far))
        return nearest if far[nearest] <= REACH_PX else None

    # -- painting ------------------------------------------------------------------------------------------------

    def _repaint(self) -> None:
        self._cloud = None
        self.update()

    def _color(self, code: int) -> QColor:
        if self._target is not None:
            value = np.array([code / (SHADES - 1) * 4 - 2])
            return QColor(*diverging_rgb(value, 2.0, data_colors(self._theme.is_dark).signal)[0].tolist())
        return group_color(self._theme, code, len(self._groups))

    def _paint_marker(self, painter: QPainter, code: int) -> None:
        color = self._color(code)
        fill = QColor(color)
        fill.setAlphaF(0.75)
        # The palette of values is pale in its middle: a darker rim keeps those points in sight.
        rim = QColor(self._theme.muted) if self._target is not None else color
        painter.setPen(QPen(rim, 0.8))
        painter.setBrush(fill)
        painter.drawPath(marker(SHAPES[0 if self._target is not None else code % len(SHAPES)], MARK_PX))

    def _make_cloud(self) -> QPixmap:
        """Return all points as one picture, made again only when they or the size change."""
        ratio = self.devicePixelRatioF()
        cloud = QPixmap(self.size() * ratio)
        cloud.setDevicePixelRatio(ratio)
        cloud.fill(Qt.GlobalColor.transparent)
        stamps: dict[int, QPixmap] = {}
        half = MARK_PX + 1
        for code in np.unique(self._codes).tolist():
            stamp = QPixmap(round(2 * half * ratio), round(2 * half * ratio))
            stamp.setDevicePixelRatio(ratio)
            stamp.fill(Qt.GlobalColor.transparent)
            painter = QPainter(stamp)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(half, half)
            self._paint_marker(painter, code)
            painter.end()
            stamps[code] = stamp
        painter = QPainter(cloud)
        for (x, y), code in zip((self.places() - half).tolist(), self._codes.tolist(), strict=True):
            painter.drawPixmap(QPointF(x, y), stamps[code])
        painter.end()
        return cloud

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        theme, rect = self._theme, self.plot_rect()
        painter.fillRect(self.rect(), QColor(theme.surface))
        (x0, x1), (y0, y1) = self._range
        paint_scale(painter, rect, x0, x1, theme, rect.bottom() + 13)
        font = ui_font(TEXT_PX)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        values, step = linear_ticks(y0, y1, max(2, int(rect.height() / 36)))
        for value in values:
            y = rect.bottom() - (value - y0) / (y1 - y0) * rect.height()
            painter.setPen(hairline(theme.border))
            painter.drawLine(QLineF(rect.left(), crisp(y), rect.right(), crisp(y)))
            text = with_step(value, step)
            painter.setPen(QColor(theme.muted))
            left = rect.left() - 5 - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)
        painter.setPen(QColor(theme.text))
        elided = Qt.TextElideMode.ElideRight
        name = metrics.elidedText(self._names[0], elided, rect.width())
        painter.drawText(QPointF(rect.center().x() - metrics.horizontalAdvance(name) / 2, rect.bottom() + 29), name)
        name = metrics.elidedText(self._names[1], elided, rect.height())
        painter.save()
        painter.translate(10, rect.center().y() + metrics.horizontalAdvance(name) / 2)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), name)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_legend(painter)
        if self._cloud is None:
            self._cloud = self._make_cloud()
        painter.drawPixmap(0, 0, self._cloud)
        self._paint_rings(painter)

    def _paint_rings(self, painter: QPainter) -> None:
        marked = np.flatnonzero(self._indices == self._marked) if self._marked is not None else ()
        rings = [(int(k), self._theme.accent, 2.0) for k in marked]
        if self._current is not None:
            rings.append((self._current, self._theme.muted, 1.5))
        places = self.places() if rings else None
        for k, color, width in rings:
            painter.setPen(QPen(QColor(color), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if places is not None:
                painter.drawEllipse(QPointF(*places[k].tolist()), MARK_PX, MARK_PX)

    def _paint_legend(self, painter: QPainter) -> None:
        theme, font = self._theme, ui_font(11)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        if self._target is not None:
            name, low, high = self._target
            painter.setPen(QColor(theme.text))
            shown = metrics.elidedText(f"{name}, as colour", Qt.TextElideMode.ElideRight, self.width() - 8)
            painter.drawText(QPointF(4, 12), shown)
            texts = significant(low, 3), significant(high, 3)
            wide = [metrics.horizontalAdvance(text) for text in texts]
            bar = QRectF(4 + wide[0] + 6, 20, min(160.0, max(10.0, self.width() - sum(wide) - 24)), 8)
            shades = QLinearGradient(bar.topLeft(), bar.topRight())
            for k in range(SHADES):
                shades.setColorAt(k / (SHADES - 1), self._color(k))
            painter.fillRect(bar, shades)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(4, 28), texts[0])
            painter.drawText(QPointF(bar.right() + 6, 28), texts[1])
            return
        for k, x, y in self._legend():
            painter.save()
            painter.translate(x + 5, y - 4)
            self._paint_marker(painter, k)
            painter.restore()
            painter.setPen(QColor(theme.text))
            text = metrics.elidedText(self._groups[k], Qt.TextElideMode.ElideRight, self.width() - 30.0)
            painter.drawText(QPointF(x + 14, y), text)

    # -- the person ----------------------------------------------------------------------------------------------

    def _describe(self) -> None:
        words = self.shown_words if self._current is None else self._words(int(self._indices[self._current]))
        self.setAccessibleDescription(words)

    def event(self, event: QEvent) -> bool:
        """Say what the point under the pointer is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def _show_tip(self, pos: QPoint, at: QPoint) -> None:
        point = self.point_at(QPointF(pos))
        QToolTip.showText(at, self.toolTip() if point is None else self._words(int(self._indices[point])), self)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what a click would choose."""
        point = self.point_at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if point is not None else Qt.CursorShape.ArrowCursor)
        if point != self._current:
            self._current = point
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the nearest sample."""
        point = self.point_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and point is not None:
            self._current = point
            self._describe()
            self.sample_chosen.emit(int(self._indices[point]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from left to right with the arrow keys, choose with Enter or the space bar."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current is not None:
            self.sample_chosen.emit(int(self._indices[self._current]))
            return
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if step is None or not len(self._points):
            super().keyPressEvent(event)
            return
        order = np.lexsort((self._points[:, 1], self._points[:, 0]))
        place = -1 if self._current is None else int(np.flatnonzero(order == self._current)[0])
        self._current = int(order[min(max(place + step, 0), len(order) - 1)])
        self._describe()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Paint the points anew."""
        super().resizeEvent(event)
        self._repaint()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(272, 300)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be seen."""
        return QSize(140, 120)
