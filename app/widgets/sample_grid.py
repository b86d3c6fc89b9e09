"""Samples that are images, by class: thumbnails painted from one atlas of those in sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from app.theme import LIGHT, Theme, ui_font
from nnviz.data.describe import Group
from nnviz.picture.colors import data_colors

MARGIN_PX, GAP_PX, HEADING_PX, SECTION_GAP_PX = 4, 3, 22, 6
#: Thumbnails are whole multiples of the image; larger images are made smaller.
MAX_CELL_PX = 64
#: Wider panels show larger thumbnails rather than more than this many columns.
COLUMNS = 9


@dataclass(frozen=True, slots=True)
class _Section:
    """Part of the grid: samples of one group.

    Attributes:
        group: index of the group.
        top: of the heading, in pixels of the whole content.
        first_row: top of the first row of thumbnails.
        shown: how many of the group's samples there are.
    """

    group: int
    top: int
    first_row: int
    shown: int


class SampleGrid(QAbstractScrollArea):
    """Shows images by class; a click or Enter chooses a sample, a click on a heading its class."""

    #: Index of a sample in the split that is shown.
    sample_chosen = Signal(int)
    #: Index of a group whose heading was clicked.
    group_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sample_grid")
        self.setAccessibleName("Samples as images")
        self.setToolTip("Samples by class. Click one, or use the arrow keys and Enter, to see it in the network.")
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self._theme = LIGHT
        self._x: NDArray[np.float32] = np.empty((0, 1), np.float32)
        self._shape = (1, 1)
        self._groups: tuple[Group, ...] = ()
        self._group: int | None = None
        self._words: Callable[[int], str] = str
        self._sections: list[_Section] = []
        self._columns, self._cell = 1, QSize(28, 28)
        self._hovered: tuple[int, int] | None = None
        self._current: tuple[int, int] | None = None
        self._marked: int | None = None
        self._atlas: tuple[object, QImage] | None = None

    # -- values in ---------------------------------------------------------------------------------------------

    def set_samples(
        self, x: NDArray[np.float32], shape: tuple[int, int], groups: tuple[Group, ...], words: Callable[[int], str]
    ) -> None:
        """Show the samples of a split.

        Args:
            x: (count, height·width) in [0, 1].
            shape: height and width of an image.
            groups: which samples belong together; none shows them all as one.
            words: says what a sample is.
        """
        self._x, self._shape, self._words = x, shape, words
        self._groups = groups or (Group("All samples", np.arange(len(x), dtype=np.int64)),)
        self._group = None if groups else 0
        self._hovered = self._current = None
        self._atlas = None
        self._arrange()
        self.verticalScrollBar().setValue(0)

    def set_group(self, group: int | None) -> None:
        """Show one group whole; None shows the first rows of each."""
        if len(self._groups) == 1:
            group = 0
        if group != self._group:
            self._group = group
            self._hovered = self._current = None
            self._arrange()
            self.verticalScrollBar().setValue(0)

    def set_marked(self, index: int | None) -> None:
        """Mark the sample that the network shows; None marks none."""
        if index != self._marked:
            self._marked = index
            self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._atlas = None
        self.viewport().update()

    # -- where things are ----------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        height, width = self._shape
        room = max(40, self.viewport().width() - 2 * MARGIN_PX)
        side = max(height, width)
        if side > MAX_CELL_PX:
            share = MAX_CELL_PX / side
            self._cell = QSize(max(1, round(width * share)), max(1, round(height * share)))
        else:
            zoom = min(max(1, room // COLUMNS // (width + GAP_PX), -(-24 // side)), max(1, MAX_CELL_PX // side))
            self._cell = QSize(width * zoom, height * zoom)
        self._columns = max(1, (room + GAP_PX) // (self._cell.width() + GAP_PX))
        shown = range(len(self._groups)) if self._group is None else (self._group,)
        pitch = self._cell.height() + GAP_PX
        each = self.viewport().height() // max(1, len(shown)) - HEADING_PX - SECTION_GAP_PX
        rows = max(1, each // pitch)
        self._sections, top = [], 0
        for k in shown:
            count = len(self._groups[k]) if self._group is not None else min(len(self._groups[k]), rows * self._columns)
            first = top + HEADING_PX
            self._sections.append(_Section(k, top, first, count))
            top = first + -(-count // self._columns) * pitch + SECTION_GAP_PX
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(pitch)
        bar.setRange(0, max(0, top - self.viewport().height()))
        self.setAccessibleDescription(", ".join(f"{g.name}: {len(g):,}" for g in self._groups))
        self.viewport().update()

    def cell_rect(self, section: int, place: int) -> QRect:
        """Return where a thumbnail is in the viewport."""
        row, column = divmod(place, self._columns)
        x = MARGIN_PX + column * (self._cell.width() + GAP_PX)
        y = self._sections[section].first_row + row * (self._cell.height() + GAP_PX) - self.verticalScrollBar().value()
        return QRect(QPoint(x, y), self._cell)

    def cell_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return (section, place) of the thumbnail at a place in the viewport, or None."""
        column = int(position.x() - MARGIN_PX) // (self._cell.width() + GAP_PX)
        if position.x() < MARGIN_PX or column >= self._columns:
            return None
        y = int(position.y()) + self.verticalScrollBar().value()
        for k, section in enumerate(self._sections):
            place = (y - section.first_row) // (self._cell.height() + GAP_PX) * self._columns + column
            inside = y >= section.first_row and place < section.shown
            if inside and self.cell_rect(k, place).contains(position.toPoint()):
                return k, place
        return None

    def index_of(self, cell: tuple[int, int]) -> int:
        """Return the index in the split of the sample in a cell."""
        section, place = cell
        return int(self._groups[self._sections[section].group].members[place])

    def _heading_at(self, position: QPointF) -> int | None:
        y = int(position.y()) + self.verticalScrollBar().value()
        for section in self._sections:
            if section.top <= y < section.first_row - 2 and self._group is None:
                return section.group
        return None

    def _visible(self) -> list[tuple[int, int]]:
        """Return the cells in sight."""
        pitch, top = self._cell.height() + GAP_PX, self.verticalScrollBar().value()
        bottom, made = top + self.viewport().height(), []
        for k, section in enumerate(self._sections):
            first = max(0, (top - section.first_row) // pitch) * self._columns
            last = min(section.shown, max(0, (bottom - section.first_row) // pitch + 1) * self._columns)
            made += [(k, place) for place in range(first, last)]
        return made

    # -- painting ------------------------------------------------------------------------------------------------

    def _make_atlas(self, indices: list[int]) -> QImage:
        """Return the thumbnails of these samples side by side, in one picture of 256 colours from paper to ink."""
        key = tuple(indices)
        if self._atlas is None or self._atlas[0] != key:
            height, width = self._shape
            rows = -(-len(indices) // self._columns)
            grey = np.zeros((rows * self._columns, height, width), np.uint8)
            values = np.clip(np.nan_to_num(self._x[indices]), 0, 1)
            grey[: len(indices)] = np.rint(values * 255).astype(np.uint8).reshape(-1, height, width)
            sheet = np.ascontiguousarray(
                grey.reshape(rows, self._columns, height, width).swapaxes(1, 2).reshape(rows * height, -1)
            )
            image = QImage(sheet.data, sheet.shape[1], sheet.shape[0], sheet.shape[1], QImage.Format.Format_Indexed8)
            colors = data_colors(self._theme.is_dark)
            paper, ink = np.array(colors.paper), np.array(colors.ink)
            table = np.rint(paper + (ink - paper) * np.linspace(0, 1, 256)[:, None]).astype(int).tolist()
            image.setColorTable([QColor(*color).rgb() for color in table])
            self._atlas = (key, image.convertToFormat(QImage.Format.Format_RGB32))
        return self._atlas[1]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter = QPainter(self.viewport())
        theme, top = self._theme, self.verticalScrollBar().value()
        painter.fillRect(self.viewport().rect(), QColor(theme.surface))
        name_font, count_font = ui_font(12, bold=True), ui_font(11)
        metrics = QFontMetricsF(name_font)
        for section in self._sections:
            group, y = self._groups[section.group], section.top - top
            if y > self.viewport().height() or y < -HEADING_PX:
                continue
            words = f"{len(group):,}" if section.shown == len(group) else f"{section.shown:,} of {len(group):,}"
            counted = QFontMetricsF(count_font).horizontalAdvance(words)
            room = self.viewport().width() - 2 * MARGIN_PX - counted - 8
            name = metrics.elidedText(group.name, Qt.TextElideMode.ElideRight, room)
            painter.setFont(name_font)
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(MARGIN_PX, y + 15), name)
            painter.setFont(count_font)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(MARGIN_PX + metrics.horizontalAdvance(name) + 8, y + 15), words)
        cells = self._visible()
        if not cells:
            return
        indices = [self.index_of(cell) for cell in cells]
        atlas = self._make_atlas(indices)
        height, width = self._shape
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._cell.height() < height)
        border = QPen(QColor(theme.border), 1)
        painter.setPen(border)
        for k, cell in enumerate(cells):
            row, column = divmod(k, self._columns)
            target = self.cell_rect(*cell)
            painter.drawImage(target, atlas, QRect(column * width, row * height, width, height))
            painter.drawRect(target.adjusted(-1, -1, 0, 0))
            if indices[k] == self._marked:
                painter.setPen(QPen(QColor(theme.accent), 2))
                painter.drawRect(target.adjusted(-1, -1, 1, 1))
                painter.setPen(border)
        if self._hovered is not None:
            painter.setPen(QPen(QColor(theme.muted), 2))
            painter.drawRect(self.cell_rect(*self._hovered).adjusted(-1, -1, 1, 1))
        if self._current is not None and self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2, Qt.PenStyle.DotLine))
            painter.drawRect(self.cell_rect(*self._current).adjusted(-1, -1, 1, 1))

    # -- the person ------------------------------------------------------------------------------------------------

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what the sample under the pointer is; forget the pointer where it leaves."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            words = self.toolTip() if cell is None else self._words(self.index_of(cell))
            QToolTip.showText(event.globalPos(), words, self)
            return True
        if event.type() == QEvent.Type.Leave and self._hovered is not None:
            self._hovered = None
            self.viewport().update()
        return super().viewportEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show what a click would choose."""
        cell = self.cell_at(event.position())
        over = cell is not None or self._heading_at(event.position()) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        if cell != self._hovered:
            self._hovered = cell
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a sample, or a class by its heading."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        cell, heading = self.cell_at(event.position()), self._heading_at(event.position())
        if cell is not None:
            self._go(cell)
            self.sample_chosen.emit(self.index_of(cell))
        elif heading is not None:
            self.group_chosen.emit(heading)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk with the arrow keys, choose with Enter or the space bar."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self._current is not None:
                self.sample_chosen.emit(self.index_of(self._current))
            return
        across, down = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}, {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = across.get(Qt.Key(key)) or down.get(Qt.Key(key), 0) * self._columns or None
        if step is None:
            super().keyPressEvent(event)
        elif self._current is None:
            shown = self._visible()
            if shown:
                self._go(shown[0])
        else:
            self._walk(step)

    def _walk(self, step: int) -> None:
        section, place = self._current or (0, 0)
        target, column = place + step, place % self._columns
        if 0 <= target < self._sections[section].shown:
            self._go((section, target))
            return
        way = 1 if step > 0 else -1
        section += way
        while 0 <= section < len(self._sections) and not self._sections[section].shown:
            section += way
        if not 0 <= section < len(self._sections):
            return
        last = self._sections[section].shown - 1
        if abs(step) == 1:
            place = 0 if way > 0 else last
        else:
            place = min(column, last) if way > 0 else min(last, last // self._columns * self._columns + column)
        self._go((section, place))

    def _go(self, cell: tuple[int, int]) -> None:
        self._current = cell
        rect, bar = self.cell_rect(*cell), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + rect.top() - HEADING_PX)
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + GAP_PX)
        self.setAccessibleDescription(self._words(self.index_of(cell)))
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the thumbnails anew."""
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(272, 300)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which nothing can be seen."""
        return QSize(120, 90)
