"""Above the network: what is shown, the choices used most, and the button to all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme
from app.widgets.choice_box import ChoiceBox
from app.widgets.elided_label import ElidedLabel
from app.widgets.view_options import ViewOptions
from nnviz.picture.look import Look
from nnviz.picture.means import COUNTS, Scope
from nnviz.picture.quantities import EDGE_QUANTITIES, UNIT_QUANTITIES

EDGE_TIPS = {
    "contribution": "what the edge carries for this sample: the activation before it times its weight.",
    "weight": "the weight itself, whatever the sample is.",
    "gradient": "how fast the loss would rise with the weight.",
    "update": "what the optimizer added to the weight in the last step.",
    "change": "how far the weight has moved since an earlier moment.",
}
UNIT_TIPS = {
    "a": "what the unit sends on.",
    "z": "the weighted sum that enters the activation function.",
    "da": "how fast the loss would rise with the activation.",
    "dz": "how fast the loss would rise with the pre-activation.",
    "weights": "the weights into the unit as an image of the inputs they look for.",
    "zero": "for which share of the samples of a mean the unit is 0.",
}
#: Room that a headline may ask for before the choices get a row of their own, logical pixels.
LONGEST_HEADLINE = 560
#: Spare room before a header of two rows becomes one of a single row again: it must not flicker.
SPARE = 48

#: The usual quantity of the edges has a name longer than the others: it is never cut.
EDGES_PX, LEAST_CHOICE_PX = 142, 110
#: Between things of one row, between the two halves of the choices, and left and right of all.
GAP_PX, HALVES_PX, LEFT_PX, RIGHT_PX = 6, 10, 14, 10


class ViewHeader(QWidget):
    """Headline and choices; emits what the person chose.

    In a narrow window the choices stand below the headline, so that it can be read; then their names go, and where
    there is still no room, they stand in two rows.
    """

    #: Look: how the person wants the network to be shown.
    look_requested = Signal(object)
    #: Scope: one sample, or the mean over which.
    scope_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view_header")
        self._theme = LIGHT
        self._look = Look()
        self._scope = Scope()
        self._scopes: dict[str, Scope] = {}
        self._is_wide: bool | None = None
        self.headline = ElidedLabel("", self)
        self.headline.setObjectName("network_headline")
        self.headline.setProperty("role", "heading")
        self.edges = ChoiceBox("edge_quantity", "Edges show", "What the lines show.", self)
        for key, name in EDGE_QUANTITIES.items():
            self.edges.add(key, name, EDGE_TIPS.get(key, ""))
        self.edges.setMinimumWidth(EDGES_PX)
        self.units = ChoiceBox("unit_quantity", "Units show", "What the units show.", self)
        for key, name in UNIT_QUANTITIES.items():
            self.units.add(key, name, UNIT_TIPS.get(key, ""))
        self.scope = ChoiceBox(
            "view_scope", "Sample or mean",
            "Of what the picture is: the chosen sample, or the mean over several samples of the test set (B).", self,
        )
        self.set_classes(())
        for box in (self.units, self.scope):
            box.setMinimumWidth(LEAST_CHOICE_PX)
        self.compare_button = self._button(
            "compare_button", "Compare", "Show two samples, or two moments of the network, side by side (C)."
        )
        self.compare_menu = QMenu("Compare", self)
        self.compare_menu.setObjectName("compare_menu")
        self.compare_menu.setAccessibleName("Compare")
        self.compare_menu.setToolTipsVisible(True)
        self.compare_button.setMenu(self.compare_menu)
        self.compare_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.view_button = self._button(
            "view_button", "View", "All other choices of how the network is shown (V)."
        )
        self.view_button.setCheckable(True)
        self.options = ViewOptions(self)
        self._choices = QWidget(self)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._choices)
        self._halves.setContentsMargins(0, 0, 0, 0)
        self._halves.setSpacing(HALVES_PX)
        self._labels = [QLabel(text, self._choices) for text in ("Edges", "Units", "Of")]
        for label in self._labels:
            label.setProperty("role", "muted")
        edges, units, of = self._labels
        self._rows: tuple[tuple[QWidget, ...], ...] = (
            (edges, self.edges, units, self.units), (of, self.scope, self.compare_button, self.view_button)
        )
        for widgets in self._rows:
            row = QHBoxLayout()
            row.setSpacing(GAP_PX)
            for widget in widgets:
                row.addWidget(widget)
            row.insertStretch(row.count() if edges in widgets else 2)  # the buttons stand at the right edge
            self._halves.addLayout(row)
        self._halves.setStretch(1, 1)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(LEFT_PX, 8, RIGHT_PX, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self.edges.chosen.connect(self._edges_chosen)
        self.units.chosen.connect(self._units_chosen)
        self.scope.chosen.connect(self._scope_chosen)
        self.view_button.clicked.connect(self.toggle_options)
        self.options.look_requested.connect(self._wish)
        self.options.closed.connect(self._options_closed)
        self._place(wide=True)
        self.set_look(self._look)
        self.set_theme(LIGHT)

    # -- values in -----------------------------------------------------------------------------------------

    def set_look(self, look: Look) -> None:
        """Show how the network is shown; emits nothing."""
        self._look = look
        self.edges.set_key(look.edges)
        self.units.set_key(look.units)
        self.options.set_look(look)

    def set_headline(self, text: str) -> None:
        """Say what is shown."""
        self.headline.setText(text)
        self.headline.setToolTip(text)
        self._fit()

    def set_scope(self, scope: Scope) -> None:
        """Show of what the picture is; emits nothing."""
        self._scope = scope
        self.scope.set_key(_key(scope))

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the classes whose means can be asked for, in order; none for tasks without classes."""
        scopes = [Scope(), *(Scope("batch", count) for count in COUNTS)]
        scopes += [Scope("class", label=label) for label in range(len(names))]
        self._scopes = {_key(scope): scope for scope in scopes}
        self.scope.clear()
        for scope in scopes:
            tip = {
                "sample": "the one that is chosen.", "batch": "the first so many samples of the test set.",
                "class": "all samples of the test set of this class.",
            }[scope.kind]
            self.scope.add(_key(scope), scope.title(names), tip)
        self.scope.set_key(_key(self._scope if self._scope in scopes else Scope()))
        self._fit()

    def set_reasons(self, edges: Mapping[str, str], units: Mapping[str, str]) -> None:
        """Say which quantities cannot be shown now, and why; they can be chosen, the picture then says it too."""
        for box, reasons, tips in ((self.edges, edges, EDGE_TIPS), (self.units, units, UNIT_TIPS)):
            for index in range(box.count()):
                key = str(box.itemData(index))
                why = reasons.get(key, "")
                tip = tips.get(key, "")
                box.setItemData(index, f"{tip} Not now: {why}." if why else tip, Qt.ItemDataRole.ToolTipRole)
                ink = QBrush(QColor(self._theme.muted)) if why else None
                box.setItemData(index, ink, Qt.ItemDataRole.ForegroundRole)
            box.set_key(box.key())

    def set_compare_actions(self, actions: tuple[QAction, ...]) -> None:
        """Set what the button Compare offers."""
        self.compare_menu.clear()
        self.compare_menu.addActions(actions)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.options.set_theme(theme)
        for button in (self.compare_button, self.view_button):
            button.setIcon(icon("down", theme.text))

    def next_scope(self) -> None:
        """Ask for a mean over 128 samples, or, where a mean is shown, for the one sample again."""
        self.scope_requested.emit(Scope() if self._scope.is_mean else Scope("batch", COUNTS[1]))

    def toggle_options(self) -> None:
        """Open the choices behind the button View, or close them."""
        if self.options.isVisible():
            self.options.hide()
        else:
            self.view_button.setChecked(True)
            self.options.open_below(self.view_button)

    # -- from the person -----------------------------------------------------------------------------------

    def _edges_chosen(self, key: object) -> None:
        self._wish(replace(self._look, edges=str(key)))

    def _units_chosen(self, key: object) -> None:
        self._wish(replace(self._look, units=str(key)))

    def _wish(self, look: Look) -> None:
        self.set_look(look)
        self.look_requested.emit(look)

    def _scope_chosen(self, key: object) -> None:
        self._scope = self._scopes[str(key)]
        self.scope_requested.emit(self._scope)

    def _options_closed(self) -> None:
        self.view_button.setChecked(False)

    # -- places ----------------------------------------------------------------------------------------------

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the chevron behind the word
        button.setIconSize(QSize(11, 11))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _place(self, *, wide: bool) -> None:
        if wide == self._is_wide:
            return
        self._is_wide = wide
        self._grid.removeWidget(self.headline)
        self._grid.removeWidget(self._choices)
        self._grid.addWidget(self.headline, 0, 0)
        self._grid.addWidget(self._choices, 0 if wide else 1, 1 if wide else 0)
        self._grid.setColumnStretch(0, 1)

    def _fit(self) -> None:
        """Give the choices a row of their own where they would cut the headline, and as few words as there is room."""
        if self._is_wide is None:
            return
        words = min(self.headline.fontMetrics().horizontalAdvance(self.headline.text()) + 8, LONGEST_HEADLINE)
        named = self._width_of_choices(are_named=True)
        room = self.width() - LEFT_PX - RIGHT_PX
        beside = room - self._grid.horizontalSpacing() - named
        self._place(wide=beside >= words + (0 if self._is_wide else SPARE))
        are_named = room >= named + (0 if self._labels[0].isVisibleTo(self._choices) else SPARE)
        for label in self._labels:
            label.setVisible(are_named)
        fits = room >= self._width_of_choices(are_named=False)
        direction = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if direction != self._halves.direction():
            self._halves.setDirection(direction)
            self._halves.setSpacing(HALVES_PX if fits else self._grid.verticalSpacing())

    def _width_of_choices(self, *, are_named: bool) -> int:
        """Return what all choices in one row ask for, whatever is shown of them now; logical pixels."""
        widgets = [w for row in self._rows for w in row if are_named or w not in self._labels]
        widths = [max(widget.sizeHint().width(), widget.minimumWidth()) for widget in widgets]
        return sum(widths) + (len(widths) - 2) * GAP_PX + HALVES_PX

    def minimumSizeHint(self) -> QSize:
        """Return the size of the smallest header: the choices in two rows, without their names."""
        rows = [[widget for widget in row if widget not in self._labels] for row in self._rows]
        widest = max(
            sum(widget.minimumWidth() or widget.minimumSizeHint().width() for widget in row) + (len(row) - 1) * GAP_PX
            for row in rows
        )
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), widest + LEFT_PX + RIGHT_PX), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the choices beside the headline or below it."""
        super().resizeEvent(event)
        self._fit()


def _key(scope: Scope) -> str:
    """Return a text for a scope: Qt finds texts in a list, but no values of Python's."""
    return f"{scope.kind} {scope.count} {scope.label}"
