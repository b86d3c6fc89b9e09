"""What is shown of a file before it is imported: its columns, how their values are spread, its first rows."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.theme import LIGHT, Theme
from nnviz.data.files import ColumnPreview, Preview

Index = QModelIndex | QPersistentModelIndex
TITLES = ("Column", "Role", "Read as", "Missing", "Values")
VALUES = 4
ROLE_NAMES = {
    "input": "Input", "target": "Target", "ignore": "Ignore", "test input": "Test input", "test target": "Test target",
}
ROW_PX = 26
BARS_PX = 76


def values_text(column: ColumnPreview) -> str:
    """Say what values a column has, in a few words."""
    if column.words:
        return column.words
    if column.kind == "empty":
        return "no values"
    if column.kind == "number":
        if column.minimum == column.maximum:
            return f"always {column.minimum:.6g}"
        return f"{column.minimum:.4g} to {column.maximum:.4g}, mean {column.mean:.4g}"
    names = ", ".join(name for name, _ in column.top[:4])
    more = column.distinct - min(4, len(column.top))
    return f"{names} and {more:,} more" if more > 0 else names


class ColumnsModel(QAbstractTableModel):
    """Columns of a file, a row each; holds their roles."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[ColumnPreview, ...] = ()
        self._seen = 0
        self.roles: list[str] = []
        self.categories: set[str] = set()
        self._theme = LIGHT

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme

    def set_preview(self, preview: Preview | None) -> None:
        """Show the columns of a preview, with the roles it suggests."""
        self.beginResetModel()
        self._columns = () if preview is None else preview.columns
        self._seen = 0 if preview is None else preview.seen
        self.roles = [column.role for column in self._columns]
        self.categories = set() if preview is None else {
            column.name for column in self._columns if column.kind == "category"
        }
        self.endResetModel()

    def column(self, row: int) -> ColumnPreview:
        """Return a column."""
        return self._columns[row]

    def names(self, role: str) -> tuple[str, ...]:
        """Return the columns of a role."""
        return tuple(c.name for c, its in zip(self._columns, self.roles, strict=True) if its == role)

    def set_roles(self, rows: list[int], role: str, *, alone: bool) -> None:
        """Give columns a role; where ``alone``, it has one column only, and the one before is ignored then."""
        if alone and role != "ignore":
            self.roles = ["ignore" if its == role else its for its in self.roles]
            rows = rows[-1:]
        for row in rows:
            self.roles[row] = role
        self._all_changed()

    def set_categories(self, rows: list[int], on: bool) -> None:
        """Choose whether columns are read as categories or as numbers."""
        names = {self._columns[row].name for row in rows}
        self.categories = self.categories | names if on else self.categories - names
        self._all_changed()

    def _all_changed(self) -> None:
        if self._columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._columns) - 1, len(TITLES) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Return the number of columns of the file."""
        return 0 if parent.isValid() else len(self._columns)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Return the number of things said of each."""
        return 0 if parent.isValid() else len(TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the titles."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return TITLES[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a text; of the values also the column itself, for the delegate."""
        column, its = self._columns[index.row()], self.roles[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            missing = f"{column.missing:,}" if column.missing else "none"
            texts = (column.name, ROLE_NAMES[its], self._read_as(column, its), missing, values_text(column))
            return texts[index.column()]
        if role == Qt.ItemDataRole.UserRole and index.column() == VALUES:
            return column
        if role == Qt.ItemDataRole.ForegroundRole and its == "ignore":
            return QColor(self._theme.muted)
        if role == Qt.ItemDataRole.ToolTipRole:
            words = f"{column.name}: {values_text(column)}."
            if column.distinct:
                words += f" {column.distinct:,} different values, {column.missing:,} missing"
                words += f" in {self._seen:,} rows seen."
            return words
        return None

    def _read_as(self, column: ColumnPreview, role: str) -> str:
        if column.kind in ("array", "image", "class", "one-hot", "labels", "targets", "empty"):
            return {"one-hot": "one-hot classes", "class": "classes"}.get(column.kind, column.kind)
        if role in ("target", "test target"):
            return "target"
        if role == "ignore" and column.kind == "text":
            return "texts"
        if column.name in self.categories:
            return f"{column.distinct} categories" if column.kind != "text" else "categories"
        return "numbers"


class HeadModel(QAbstractTableModel):
    """The first rows of a file, as texts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[str, ...], ...] = ()
        self._names: tuple[str, ...] = ()

    def set_preview(self, preview: Preview | None) -> None:
        """Show the first rows of a preview."""
        self.beginResetModel()
        self._rows = () if preview is None else preview.head
        self._names = () if preview is None else preview.head_names
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the names of columns and the numbers of rows."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names[section] if orientation == Qt.Orientation.Horizontal else str(section + 1)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a text."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = self._rows[index.row()][index.column()]
            return text[:200] if role == Qt.ItemDataRole.DisplayRole else text[:2000]
        return None


class SpreadDelegate(QStyledItemDelegate):
    """Paints how the values of a column are spread before the words on them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint bars at the left, the text beside them."""
        column = index.data(Qt.ItemDataRole.UserRole)
        counts: tuple[int, ...] = ()
        if isinstance(column, ColumnPreview):
            counts = column.histogram if column.kind == "number" else tuple(count for _, count in column.top)
        rect = QRectF(option.rect)
        if counts:
            shifted = QStyleOptionViewItem(option)
            shifted.rect = option.rect.adjusted(BARS_PX, 0, 0, 0)
            super().paint(painter, shifted, index)
            bars = QRectF(rect.left() + 8, rect.top() + 4, BARS_PX - 12, rect.height() - 8)
            painter.save()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.muted))
            width = min(16.0, bars.width() / len(counts))
            for place, count in enumerate(counts):
                height = max(1.0 if count else 0.0, bars.height() * count / max(counts))
                left, top = bars.left() + place * width, bars.bottom() - height
                painter.drawRect(QRectF(left, top, max(1.0, width - 1), height))
            painter.restore()
        else:
            super().paint(painter, option, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the room of bars and text."""
        size = super().sizeHint(option, index)
        return QSize(size.width() + BARS_PX, max(size.height(), ROW_PX))
