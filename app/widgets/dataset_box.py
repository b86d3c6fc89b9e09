"""Chooses the data set; each entry says on hover what it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QWidget

TIP = "The data that the network learns."


class DatasetBox(QComboBox):
    """A list of data sets."""

    #: Name in the registry that the person chose.
    dataset_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataset")
        self.setAccessibleName("Data set")
        self.setToolTip(TIP)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.activated.connect(self._chosen)

    def set_datasets(self, entries: tuple[tuple[str, str, str], ...]) -> None:
        """Set the entries: name in the registry, title, and a sentence or two; emits nothing."""
        with QSignalBlocker(self):
            self.clear()
            for name, title, words in entries:
                self.addItem(title, name)
                self.setItemData(self.count() - 1, words, Qt.ItemDataRole.ToolTipRole)

    def add_dataset(self, name: str, title: str, words: str) -> None:
        """Add an entry at the end, or renew the one of that name; emits nothing."""
        with QSignalBlocker(self):
            place = self.findData(name)
            if place < 0:
                place = self.count()
                self.addItem(title, name)
            self.setItemText(place, title)
            self.setItemData(place, words, Qt.ItemDataRole.ToolTipRole)

    def set_dataset(self, name: str) -> None:
        """Show which data set is in use; emits nothing."""
        place = self.findData(name)
        with QSignalBlocker(self):
            self.setCurrentIndex(place)
        words = self.itemData(place, Qt.ItemDataRole.ToolTipRole)
        self.setToolTip(f"{TIP} {words}" if words else TIP)

    def _chosen(self) -> None:
        self.dataset_requested.emit(str(self.currentData()))

    def event(self, event: QEvent) -> bool:
        """Keep letters for finding an entry by typing its name; the window's own keys are single letters too."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
            if plain and event.text().isprintable() and event.text():
                event.accept()
                return True
        return super().event(event)
