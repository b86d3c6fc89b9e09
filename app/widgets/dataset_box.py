"""Chooses the data set; each entry says on hover what it is."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.widgets.choice_box import ChoiceBox

TIP = "The data that the network learns."


class DatasetBox(ChoiceBox):
    """A list of data sets."""

    #: Name in the registry that the person chose.
    dataset_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("dataset", "Data set", TIP, parent=parent)
        self.activated.connect(self._chosen)

    def set_datasets(self, entries: tuple[tuple[str, str, str], ...]) -> None:
        """Set the entries: name in the registry, title, and a sentence or two; emits nothing."""
        with QSignalBlocker(self):
            self.clear()
        for name, title, words in entries:
            self.add(name, title, words)

    def set_dataset(self, name: str) -> None:
        """Show which data set is in use; emits nothing."""
        self.set_key(name)
        words = self.itemData(self.currentIndex(), Qt.ItemDataRole.ToolTipRole)
        self.setToolTip(f"{TIP} {words}" if words else TIP)

    def _chosen(self) -> None:
        self.dataset_requested.emit(str(self.currentData()))
