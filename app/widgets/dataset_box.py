"""Chooses the data set: groups of entries, each of which says on hover what it is."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFont, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.widgets.choice_box import ChoiceBox

TIP = "The data that the network learns."
NOTE_ROLE = Qt.ItemDataRole.UserRole + 1


class DatasetEntry(NamedTuple):
    """One data set of the list.

    Attributes:
        name: key in the registry.
        title: the name as people write it.
        words: a sentence or a few: what it is, its size, classes or targets, licence.
        group: heading of the entries it stands with; "" for none.
        note: what else must be known before it is chosen, ``download, 31 MB``.
    """

    name: str
    title: str
    words: str
    group: str = ""
    note: str = ""


class _WithNote(QStyledItemDelegate):
    """Shows the note of an entry in the list; the box itself, which has little room, shows the title."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Add the note to the text."""
        super().initStyleOption(option, index)
        note = index.data(NOTE_ROLE)
        if note:
            option.text = f"{option.text}  ({note})"


class DatasetBox(ChoiceBox):
    """A list of data sets, under the headings of their groups."""

    #: Name in the registry that the person chose.
    dataset_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("dataset", "Data set", TIP, parent)
        self._items = QStandardItemModel(self)
        self.setModel(self._items)
        self.view().setItemDelegate(_WithNote(self))
        # Entries and their headings are seen together, without scrolling where the screen is high enough.
        self.setMaxVisibleItems(40)
        self._current = ""
        self._entries: tuple[DatasetEntry, ...] = ()
        self._added: dict[str, DatasetEntry] = {}
        self.activated.connect(self._chosen)

    def set_datasets(self, entries: tuple[DatasetEntry, ...]) -> None:
        """Set the entries, those of a group one after another; the data set in use stays; emits nothing.

        Entries that were added stay, too, at the end.
        """
        self._entries = entries
        with QSignalBlocker(self):
            self._items.clear()
            group = ""
            for entry in (*entries, *self._added.values()):
                if entry.group and entry.group != group:
                    self._items.appendRow(_heading(entry.group))
                group = entry.group
                item = QStandardItem(entry.title)
                item.setData(entry.name, Qt.ItemDataRole.UserRole)
                item.setData(entry.note, NOTE_ROLE)
                item.setAccessibleText(f"{entry.title}, {entry.note}" if entry.note else entry.title)
                item.setToolTip(entry.words)
                item.setData(entry.words, Qt.ItemDataRole.AccessibleDescriptionRole)
                self._items.appendRow(item)
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 2 * self.view().frameWidth() + 8)
        self.set_dataset(self._current)

    def add_dataset(self, entry: DatasetEntry) -> None:
        """Add an entry at the end, or renew the one of that name; emits nothing."""
        self._added[entry.name] = entry
        self.set_datasets(self._entries)

    def set_dataset(self, name: str) -> None:
        """Show which data set is in use; emits nothing."""
        self._current = name
        place = self.findData(name) if name else -1
        with QSignalBlocker(self):
            self.setCurrentIndex(place)
        words = self.itemData(place, Qt.ItemDataRole.ToolTipRole)
        self.setToolTip(f"{TIP} {words}" if words else TIP)

    def _chosen(self) -> None:
        name = self.currentData()
        if name:
            self.dataset_requested.emit(str(name))


def _heading(text: str) -> QStandardItem:
    """Return an entry that cannot be chosen."""
    item = QStandardItem(text)
    font = QFont(item.font())
    font.setWeight(QFont.Weight.DemiBold)
    item.setFont(font)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item
