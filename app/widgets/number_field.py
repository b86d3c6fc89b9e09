"""A field for a number: typed freely, checked at once, marked with a sentence where it is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from app.plan_words import brief
from nnviz.errors import SpecError

Number = int | float
Reader = Callable[[str, str], Number]


def whole(text: str, name: str) -> int:
    """Read a whole number as a person types it; thousands separators and blanks are allowed.

    Raises:
        SpecError: it is none; the message names the field and the text.
    """
    cleaned = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    try:
        return int(cleaned)
    except ValueError:
        raise SpecError(f"{name} must be a whole number, got {text.strip()!r}") from None


def real(text: str, name: str) -> float:
    """Read a number as a person types it: ``0.001``, ``1e-3``, ``0,001``, ``20 %``.

    Raises:
        SpecError: it is none; the message names the field and the text.
    """
    cleaned = text.strip().replace(",", ".")
    share = cleaned.endswith("%")
    try:
        value = float(cleaned.removesuffix("%"))
    except ValueError:
        raise SpecError(f"{name} must be a number, got {text.strip()!r}") from None
    return value / 100 if share else value


class NumberField(QLineEdit):
    """A number of a plan.

    The owner answers ``value_edited`` with ``accept`` or ``fail``; until then nothing is in force.

    Args:
        name: objectName.
        key: what errors call it, as in ``nnviz.spec``.
        accessible: what a screen reader says.
        tip: a sentence: what it is, what turning it up does.
        read: ``whole`` or ``real``.
        zero: what an empty field stands for, where 0 means "none"; an empty field then shows it.
        parent: Qt's.
    """

    #: Key of the field and the number that was typed, read but not checked for its range.
    value_edited = Signal(str, object)

    def __init__(
        self, name: str, key: str, accessible: str, tip: str, read: Reader, *, zero: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setToolTip(tip)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setPlaceholderText(zero)
        self.key = key
        self._read = read
        self._value: Number | None = None
        #: Stands where the owner puts it, below the field.
        self.message = QLabel("", parent)
        self.message.setObjectName(f"{name}_error")
        self.message.setProperty("role", "error")
        self.message.setWordWrap(True)
        self.message.hide()
        self.editingFinished.connect(self._finished)

    @property
    def is_wrong(self) -> bool:
        """Whether what stands in the field is not in force."""
        return bool(self.message.text())

    def set_value(self, value: Number, *, fresh: bool = False) -> None:
        """Show the value in force; emits nothing. What is being typed, or is wrong, stays unless ``fresh``.

        Args:
            value: the value in force.
            fresh: whether the field now is about another thing, so that nothing typed stays.
        """
        typing = self.isModified() and value == self._value
        self._value = value
        if fresh or not typing:
            self._show()

    def accept(self, value: Number) -> None:
        """Take the value that was typed: it is in force."""
        self._value = value
        self._show()

    def fail(self, text: str) -> None:
        """Mark what was typed as wrong, for the reason given; it stays to be mended."""
        words = text.replace("_", " ")
        self.message.setText(f"{words[:1].upper()}{words[1:]}. The last valid value stays in force.")
        self.message.show()
        self._mark(True)

    def _show(self) -> None:
        if self._value is None:
            return
        text = "" if self._value == 0 and self.placeholderText() else self._text_of(self._value)
        with QSignalBlocker(self):
            # Also where it is the same: typing is over, and with it what could be undone in the field.
            self.setText(text)
        self.message.setText("")
        self.message.hide()
        self._mark(False)

    def _text_of(self, value: Number) -> str:
        return str(value) if isinstance(value, int) else brief(value)

    def _mark(self, invalid: bool) -> None:
        if bool(self.property("invalid")) != invalid:
            self.setProperty("invalid", invalid)
            self.style().unpolish(self)
            self.style().polish(self)

    def _finished(self) -> None:
        if not self.isModified():
            return
        text = self.text()
        if not text.strip() and self.placeholderText():
            text = "0"
        try:
            value = self._read(text, self.key)
        except SpecError as error:
            self.fail(str(error))
            return
        self.value_edited.emit(self.key, value)

    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+Z to the window where nothing typed could be undone; take Escape where something could."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
            # Ctrl+Y too, which some platforms do not know as redo.
            undo = undo or QKeySequence(event.keyCombination()) == QKeySequence("Ctrl+Y")
            if undo and not self.isModified():
                event.ignore()
                return False
            if event.key() == Qt.Key.Key_Escape and (self.isModified() or self.is_wrong):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go back to the value in force on Escape."""
        if event.key() == Qt.Key.Key_Escape and (self.isModified() or self.is_wrong):
            self._show()
            return
        super().keyPressEvent(event)
