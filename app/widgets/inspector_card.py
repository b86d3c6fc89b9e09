"""A card of the inspector: a heading with buttons, and below it what is known of a unit or an edge."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme
from app.widgets.formula import Typesetter
from app.widgets.formula_list import FormulaList
from nnviz.picture.refs import Ref


class InspectorCard(QFrame):
    """A heading, a button that pins and one that closes; kinds of cards add what is below.

    Args:
        ref: what the card is about.
        typesetter: sets the formulas.
    """

    #: The person wants it pinned, or no longer; its ref.
    pin_requested = Signal(object)
    #: The person wants it away; its ref.
    close_requested = Signal(object)

    def __init__(self, ref: Ref, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector_card")
        self.ref = ref
        self._theme = LIGHT
        self.title = QLabel("", self)
        self.title.setObjectName("card_title")
        self.title.setProperty("role", "heading")
        self.title.setWordWrap(True)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.pin_button = self._button("card_pin", "Pin", "Keep this card when something else is selected (Enter).")
        self.pin_button.setCheckable(True)
        self.close_button = self._button("card_close", "×", "Close this card.")
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self.pin_button, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(10, 6, 8, 10)
        self.body.setSpacing(8)
        self.body.addLayout(head)
        self._typesetter = typesetter
        self._lists: list[FormulaList] = []
        self.pin_button.clicked.connect(self._pin)
        self.close_button.clicked.connect(self._close)

    @property
    def formula_lists(self) -> tuple[FormulaList, ...]:
        """The lists of formulas on the card, from above."""
        return tuple(self._lists)

    def set_name(self, name: str) -> None:
        """Set the heading."""
        self.title.setText(name)
        self.setAccessibleName(name)
        self.pin_button.setAccessibleName(f"Pin {name}")
        self.close_button.setAccessibleName(f"Close {name}")

    def set_pinned(self, pinned: bool) -> None:
        """Say whether it is pinned; emits nothing."""
        self.pin_button.setChecked(pinned)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        for formulas in self._lists:
            formulas.set_theme(theme)

    def _add_formulas(self, name: str, what: str) -> FormulaList:
        made = FormulaList(self._typesetter, self)
        made.setObjectName(name)
        made.setAccessibleName(what)
        self._lists.append(made)
        self.body.addWidget(made)
        return made

    def _label(self, text: str, role: str = "small") -> QLabel:
        label = QLabel(text, self)
        label.setProperty("role", role)
        label.setWordWrap(True)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        return label

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setStyleSheet("QToolButton { padding: 1px 7px; min-height: 16px; }")
        return button

    def _pin(self) -> None:
        self.pin_requested.emit(self.ref)

    def _close(self) -> None:
        self.close_requested.emit(self.ref)
