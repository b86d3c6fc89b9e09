"""A combo box for windows whose shortcuts are single letters, and for panels that scroll."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget


class ElidedBox(QComboBox):
    """A list to choose from whose entry ends in an ellipsis where it has no room, instead of in a letter."""

    def text_room(self) -> int:
        """Return how many logical pixels the closed box has for its text."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        area = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        return area.width()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the box with as much of its entry as fits."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, self.text_room()
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


class ChoiceBox(ElidedBox):
    """A list to choose from. Letters find an entry; the wheel scrolls the panel unless the box has the focus.

    Args:
        name: objectName.
        accessible: what a screen reader says.
        tip: a sentence: what it is, what choosing does.
        parent: Qt's.
    """

    #: The key (data) of the entry that the person chose.
    chosen = Signal(object)

    def __init__(self, name: str, accessible: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self._tip = tip
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not by the wheel
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.activated.connect(self._activated)

    def add(self, key: object, text: str, tip: str = "") -> None:
        """Add an entry with a sentence that is shown on hover."""
        with QSignalBlocker(self):
            self.addItem(text, key)
            if tip:
                self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        if self.currentIndex() == self.count() - 1:
            self._explain()

    def set_key(self, key: object) -> None:
        """Show the entry with this key; emits nothing. A key that is not in the list shows none."""
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(key))
        self._explain()

    def key(self) -> object:
        """Return the key of the entry that is shown, None for none."""
        return self.currentData()

    def _activated(self) -> None:
        self._explain()
        self.chosen.emit(self.currentData())

    def _explain(self) -> None:
        words = self.itemData(self.currentIndex(), Qt.ItemDataRole.ToolTipRole)
        self.setToolTip(f"{self._tip} {self.currentText()}: {words}" if words else self._tip)

    def event(self, event: QEvent) -> bool:
        """Keep letters for finding an entry by typing its name; the window's own keys are single letters too."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
            if plain and event.text().isprintable() and event.text():
                event.accept()
                return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn the wheel over to the panel unless the box has the focus: scrolling must not change a network."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
