"""Labels and fields in two columns; below each number field room for what is wrong with it."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.widgets.number_field import NumberField

#: A field with its label in the same line is at least this wide.
FIELD_PX = 64
#: Forms that stand below each other begin their fields at the same place where their labels are short.
LABEL_PX = 64
#: Between the border of a field and its text.
TEXT_MARGIN_PX = 7


class FieldForm(QWidget):
    """A form whose rows can be hidden, and that never asks for more width than its labels and fields need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, LABEL_PX)
        self._grid.setColumnStretch(1, 1)
        self._labels: dict[QWidget, QLabel] = {}

    def add(self, title: str, field: QWidget) -> None:
        """Add a field with its label to the left of it."""
        row = self._grid.rowCount()
        label = self._label(title, field)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1)
        if isinstance(field, NumberField):
            field.setMinimumWidth(FIELD_PX)
            self._grid.addWidget(narrow(field.message), row + 1, 0, 1, 2)

    def add_wide(self, title: str, field: QWidget) -> None:
        """Add a field with its label above: for choices with long names."""
        box = QVBoxLayout()
        box.setSpacing(2)
        box.addWidget(self._label(title, field))
        box.addWidget(field)
        self._grid.addLayout(box, self._grid.rowCount(), 0, 1, 2)

    def add_line(self, widget: QWidget) -> None:
        """Add a widget that needs no label, as wide as the form."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)

    def show_row(self, field: QWidget, visible: bool) -> None:
        """Show or hide a field with its label and what is wrong with it."""
        self._labels[field].setVisible(visible)
        field.setVisible(visible)
        if isinstance(field, NumberField):
            field.message.setVisible(visible and field.is_wrong)

    def _label(self, title: str, field: QWidget) -> QLabel:
        label = QLabel(title, self)
        label.setProperty("role", "muted")
        label.setBuddy(field)
        label.setToolTip(field.toolTip())
        self._labels[field] = label
        return label


SpinBox = TypeVar("SpinBox", bound=QAbstractSpinBox)


def roomy(box: SpinBox) -> SpinBox:
    """Keep the text of a box off its border, which Qt does not do in a style sheet; returns it."""
    box.lineEdit().setTextMargins(TEXT_MARGIN_PX, 0, TEXT_MARGIN_PX, 0)
    return box


def narrow(label: QLabel) -> QLabel:
    """Let a label wrap at the width there is, instead of asking for one of its own; returns it."""
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    return label
