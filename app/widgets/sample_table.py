"""Samples that are rows of a table: what is to be learnt of each, and its features in the units of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.theme import LIGHT, Theme, ui_font
from app.widgets.data_marks import SHAPES, group_color, marker
from nnviz.data.dataset import Scaling
from nnviz.data.describe import table_number

_Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole
#: The widths of further columns follow their names alone.
MEASURED_COLUMNS = 16
_CENTER, _RIGHT = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SampleModel(QAbstractTableModel):
    """Rows of samples: number, answer, features; nothing is copied, cells are made as they are seen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._x: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._order: NDArray[np.int64] = np.empty(0, np.int64)
        self._names: tuple[str, ...] = ()
        self._scaling: Scaling | None = None
        self._words: Callable[[int], str] = str
        self._keys: NDArray[Any] = np.empty(0)
        self._codes: NDArray[np.int64] | None = None
        self._answer = "class"
        self._code_count = 1
        self.theme = LIGHT
        self._marks: dict[int, QPixmap] = {}

    def set_samples(
        self, x: NDArray[np.float32], order: NDArray[np.int64], names: tuple[str, ...], scaling: Scaling | None,
        answer: str, words: Callable[[int], str], keys: NDArray[Any], codes: NDArray[np.int64] | None, code_count: int,
    ) -> None:
        """Show the samples ``order`` of a split, see ``SampleTable.set_samples``."""
        self.beginResetModel()
        self._x, self._order, self._names, self._scaling = x, order, names, scaling
        self._answer, self._words, self._keys = answer, words, keys
        self._codes, self._code_count = codes, code_count
        self._marks.clear()
        self.endResetModel()

    def index_of(self, row: int) -> int:
        """Return the index in the split of the sample in a row."""
        return int(self._order[row])

    def row_of(self, index: int) -> int | None:
        """Return the row of a sample, None where it is not shown."""
        rows = np.flatnonzero(self._order == index)
        return int(rows[0]) if len(rows) else None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        """Return the number of samples."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns: number, answer, features."""
        return 0 if parent.isValid() else 2 + len(self._names)

    def data(self, index: _Index, role: int = _ROLE.DisplayRole) -> object:
        """Return what a cell shows."""
        column, sample = index.column(), self.index_of(index.row())
        if role == _ROLE.DisplayRole:
            if column == 0:
                return f"{sample:,}"
            return self._words(sample) if column == 1 else self._value(sample, column - 2)
        if role == _ROLE.DecorationRole and column == 1 and self._codes is not None:
            return self._mark(int(self._codes[sample]))
        if role == _ROLE.ToolTipRole:
            return f"Sample {sample:,}: {self._words(sample)}"
        if role == _ROLE.TextAlignmentRole:
            return _CENTER if column == 1 else _RIGHT
        if role == _ROLE.ForegroundRole and column == 0:
            return QBrush(QColor(self.theme.muted))
        return None

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.theme = theme
        self._marks.clear()

    def _mark(self, code: int) -> QPixmap:
        """Return colour and shape of a group, as in the plot of points."""
        if code not in self._marks:
            mark = QPixmap(24, 24)
            mark.setDevicePixelRatio(2)
            mark.fill(Qt.GlobalColor.transparent)
            painter = QPainter(mark)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(6, 6)
            painter.fillPath(marker(SHAPES[code % len(SHAPES)], 9), group_color(self.theme, code, self._code_count))
            painter.end()
            self._marks[code] = mark
        return self._marks[code]

    def _value(self, sample: int, feature: int) -> str:
        value = float(self._x[sample, feature])
        if self._scaling is not None:
            value = value * float(self._scaling.std[feature]) + float(self._scaling.mean[feature])
        return table_number(value)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> object:
        """Return the name of a column."""
        if orientation == Qt.Orientation.Horizontal and role in (_ROLE.DisplayRole, _ROLE.ToolTipRole):
            return ("#", self._answer, *self._names)[section]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal ones by their number."""
        self.layoutAboutToBeChanged.emit()
        self._order = np.sort(self._order)
        if column > 0:
            keys = self._keys if column == 1 else self._x[:, column - 2]
            self._order = self._order[np.argsort(keys[self._order], kind="stable")]
        if order == Qt.SortOrder.DescendingOrder:
            self._order = self._order[::-1].copy()
        self.layoutChanged.emit()

#: A heading may widen its column to this.
NAME_WIDTH_PX = 72


class _Cells(QStyledItemDelegate):
    """Paints a cell plainly: drawn by the style sheet, a screenful takes 20 ms."""

    def __init__(self, model: SampleModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint mark and text, and the ground of the chosen row."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        theme = self._model.theme
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(theme.hover))
        rect = rect.adjusted(6, 0, -8, 0)
        mark = self._model.data(index, _ROLE.DecorationRole)
        if isinstance(mark, QPixmap):
            painter.drawPixmap(rect.left(), rect.center().y() - 5, mark)
            rect.setLeft(rect.left() + 17)
        painter.setFont(ui_font(12))
        painter.setPen(QColor(theme.muted if index.column() == 0 else theme.text))
        text = painter.fontMetrics().elidedText(
            str(self._model.data(index)), Qt.TextElideMode.ElideRight, rect.width()
        )
        painter.drawText(rect, _CENTER if index.column() == 1 else _RIGHT, text)


class SampleTable(QTableView):
    """Shows samples as rows; a click or Enter chooses one, a click on a heading sorts."""

    #: Index of a sample in the split that is shown.
    sample_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sample_table")
        self.setAccessibleName("Samples as a table")
        self.setToolTip("Samples in the units of the table. Click one, or press Enter, to see it in the network.")
        self._model = SampleModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Cells(self._model, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setTabKeyNavigation(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(22)
        header = self.horizontalHeader()
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(36)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.clicked.connect(self._clicked)
        self.set_theme(LIGHT)

    @property
    def samples(self) -> SampleModel:
        """What is shown."""
        return self._model

    def set_samples(
        self, x: NDArray[np.float32], order: NDArray[np.int64], names: tuple[str, ...], scaling: Scaling | None,
        answer: str, words: Callable[[int], str], keys: NDArray[Any], codes: NDArray[np.int64] | None, code_count: int,
    ) -> None:
        """Show samples of a split.

        Args:
            x: of the whole split, (count, features), as the network gets them.
            order: indices of those that are shown.
            names: of the features.
            scaling: how the features were standardised.
            answer: heading of what is to be learnt.
            words: says what is to be learnt of a sample.
            keys: what sorting by the answer sorts by, (count,).
            codes: the group that gives each answer its colour, (count,); None for no colour.
            code_count: how many groups there are.
        """
        header = self.horizontalHeader()
        header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self._model.set_samples(x, order, names, scaling, answer, words, keys, codes, code_count)
        metrics = self.fontMetrics()
        self.setColumnWidth(0, max(38, metrics.horizontalAdvance(f"{len(x):,}") + 18))
        texts = [answer, *(words(int(k)) for k in order[:200])]
        self.setColumnWidth(1, min(124, max(metrics.horizontalAdvance(text) for text in texts) + 38))
        rows = range(min(len(order), 30))
        for k, name in enumerate(names):
            widest = 0
            if k < MEASURED_COLUMNS:
                cells = (str(self._model.data(self._model.index(row, k + 2))) for row in rows)
                widest = max((metrics.horizontalAdvance(text) for text in cells), default=0)
            # Values must be seen whole; of a long name its beginning, the whole of it in the tip.
            heading = min(NAME_WIDTH_PX, metrics.horizontalAdvance(name) + 22)
            self.setColumnWidth(k + 2, min(130, max(52, widest + 22, heading)))
        self.scrollToTop()

    def set_marked(self, index: int | None) -> None:
        """Mark the sample that the network shows, where it is among those shown."""
        row = None if index is None else self._model.row_of(index)
        if row is None:
            self.clearSelection()
            return
        flags = QItemSelectionModel.SelectionFlag
        place = self._model.index(row, 0)
        self.selectionModel().setCurrentIndex(place, flags.ClearAndSelect | flags.Rows)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._model.set_theme(theme)
        self.setStyleSheet(
            f"QTableView {{ background: {theme.surface}; border: 0; font-size: 12px;"
            f" selection-background-color: {theme.hover}; selection-color: {theme.text}; }}"
            f"QHeaderView {{ background: {theme.surface}; }}"
            f"QHeaderView::section {{ background: {theme.surface}; color: {theme.muted}; border: 0;"
            f" border-bottom: 1px solid {theme.border}; padding: 3px 6px; font-size: 11px; }}"
        )
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Enter or the space bar; the table does the rest."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self._clicked(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        self.sample_chosen.emit(self._model.index_of(index.row()))
