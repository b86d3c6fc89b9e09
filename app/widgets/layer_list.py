"""The hidden layers, a row each: edited, moved, copied, added and removed."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme
from app.widgets.field_form import narrow
from app.widgets.layer_row import LayerRow
from nnviz.errors import SpecError
from nnviz.spec import MAX_LAYERS, LayerSpec, NetworkSpec

#: What a new layer starts with.
NEW_UNITS = 32
#: Keys that act on the layer whose row has the focus.
ROW_KEYS = {
    "up": "Ctrl+Shift+Up", "down": "Ctrl+Shift+Down", "duplicate": "Ctrl+Shift+D", "remove": "Ctrl+Shift+Delete",
}
ADD_KEY = "Ctrl+Shift+N"


class LayerList(QWidget):
    """Edits the hidden layers of a network; the output layer stays as it is."""

    #: The NetworkSpec that the person made.
    network_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._spec: NetworkSpec | None = None
        self._rows: list[LayerRow] = []
        self._layers = QVBoxLayout()
        self._layers.setSpacing(4)
        self.add_button = QToolButton(self)
        self.add_button.setObjectName("add_layer")
        self.add_button.setText("Add layer")
        self.add_button.setAccessibleName("Add a layer")
        self.add_button.setToolTip(f"Add a dense layer of {NEW_UNITS} units before the output ({ADD_KEY}).")
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add_button.setIconSize(QSize(12, 12))
        self.error = narrow(QLabel("", self))
        self.error.setObjectName("plan_error")
        self.error.setProperty("role", "error")
        self.error.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addLayout(self._layers)
        box.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self.error)
        self.add_button.clicked.connect(self.add)

    def listen_to_keys(self, panel: QWidget) -> None:
        """Let the keys for layers work wherever the focus is in a panel."""
        for what, keys in (*ROW_KEYS.items(), ("add", ADD_KEY)):
            shortcut = QShortcut(QKeySequence(keys), panel)
            shortcut.setObjectName(f"layer_key_{what}")
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.add if what == "add" else self._row_key)

    @property
    def rows(self) -> tuple[LayerRow, ...]:
        """The rows, in order."""
        return tuple(self._rows)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.add_button.setIcon(icon("add", theme.text))
        for row in self._rows:
            row.set_theme(theme)

    def set_network(self, spec: NetworkSpec) -> None:
        """Show the hidden layers of a network; emits nothing."""
        before, self._spec = self._spec, spec
        hidden = spec.layers[:-1]
        # Another number of layers, or other data: a row may be about another layer now, what was typed is not.
        fresh = (
            before is None or len(before.layers) != len(spec.layers) or before.input_shape != spec.input_shape
        )
        count = len(self._rows)
        while len(self._rows) > len(hidden):
            row = self._rows.pop()
            self._layers.removeWidget(row)
            row.hide()
            row.deleteLater()
        for row, layer in zip(self._rows, hidden, strict=False):
            row.set_layer(layer, fresh=fresh)
        for number in range(len(self._rows) + 1, len(hidden) + 1):
            row = LayerRow(number, hidden[number - 1], self)
            row.set_theme(self._theme)
            row.layer_edited.connect(self._layer_edited)
            row.order_requested.connect(self._order)
            self._layers.addWidget(row)
            self._rows.append(row)
        for place, row in enumerate(self._rows):
            row.set_place(is_first=place == 0, is_last=place == len(self._rows) - 1)
        self.add_button.setEnabled(len(spec.layers) < MAX_LAYERS)
        self._say("")
        if count != len(self._rows):
            # Tab goes through the rows in their order, then on.
            for first, second in itertools.pairwise(self.focus_chain()):
                QWidget.setTabOrder(first, second)

    def focus_chain(self) -> tuple[QWidget, ...]:
        """Return the fields in the order in which Tab goes through them."""
        return (*(field for row in self._rows for field in row.focus_chain()), self.add_button)

    def _say(self, text: str) -> None:
        words = text.replace("_", " ")
        self.error.setText(f"{words[:1].upper()}{words[1:]}. The layers stay as they are." if text else "")
        self.error.setVisible(bool(text))

    # -- from the person ---------------------------------------------------------------------------------------

    def add(self) -> None:
        """Add a layer before the output, as the button does; its units get the focus, to be typed."""
        if self._spec is not None:
            hidden = self._spec.layers[:-1]
            self._take((*hidden, LayerSpec(NEW_UNITS)), len(hidden), "units")

    def _made(self, hidden: tuple[LayerSpec, ...]) -> NetworkSpec:
        """Return the network with other hidden layers; raises SpecError where there can be none such."""
        assert self._spec is not None
        return NetworkSpec(self._spec.input_shape, (*hidden, self._spec.layers[-1]))

    def _emit(self, spec: NetworkSpec) -> None:
        if spec != self._spec:
            self.set_network(spec)
            self.network_edited.emit(spec)

    def _layer_edited(self, layer: LayerSpec) -> None:
        row = self.sender()
        if self._spec is None or not isinstance(row, LayerRow) or row not in self._rows:
            return
        place = self._rows.index(row)
        hidden = self._spec.layers[:-1]
        try:
            spec = self._made((*hidden[:place], layer, *hidden[place + 1 :]))
        except SpecError as error:
            if layer.units == hidden[place].units:
                row.set_layer(hidden[place])
                self._say(str(error))
            else:
                row.refuse_units(str(error))
            return
        self._emit(spec)

    def _row_key(self) -> None:
        what = self.sender().objectName().removeprefix("layer_key_")
        focus = QApplication.focusWidget()
        for row in self._rows:
            if focus is not None and row.isAncestorOf(focus):
                self._act(row, what)
                return

    def _order(self, what: str) -> None:
        row = self.sender()
        if isinstance(row, LayerRow):
            self._act(row, what)

    def _act(self, row: LayerRow, what: str) -> None:
        """Move, copy or remove the layer of a row; the focus and what is unfolded go along."""
        if self._spec is None or row not in self._rows:
            return
        place = goal = self._rows.index(row)
        hidden = list(self._spec.layers[:-1])
        unfolded = [each.is_unfolded for each in self._rows]
        focus = QApplication.focusWidget()
        field = _field_name(focus) if focus is not None and row.isAncestorOf(focus) else ""
        if what in ("up", "down"):
            goal = place - 1 if what == "up" else place + 1
            if not 0 <= goal < len(hidden):
                return
            hidden[place], hidden[goal] = hidden[goal], hidden[place]
            unfolded[place], unfolded[goal] = unfolded[goal], unfolded[place]
        elif what == "duplicate":
            goal = place + 1
            hidden.insert(goal, hidden[place])
            unfolded.insert(goal, unfolded[place])
        else:
            del hidden[place], unfolded[place]
            goal = min(place, len(hidden) - 1)
        self._take(tuple(hidden), goal, field, unfolded)

    def _take(
        self, hidden: tuple[LayerSpec, ...], goal: int, field: str, unfolded: list[bool] | None = None
    ) -> None:
        """Take layers in another order or number; ``field`` of the row ``goal`` gets the focus, where it is named."""
        assert self._spec is not None
        try:
            spec = self._made(hidden)
        except SpecError as error:
            self._say(str(error))
            return
        for row, layer in zip(self._rows, self._spec.layers, strict=False):
            # Rows stand for places: what was typed wrong was about the layer that stood there.
            row.set_layer(layer, fresh=True)
        self._emit(spec)
        for row, is_unfolded in zip(self._rows, unfolded or (), strict=False):
            row.fold.setChecked(is_unfolded)
        if field:
            self._focus(goal, field)

    def _focus(self, place: int, field: str) -> None:
        target: QWidget = self.add_button
        if 0 <= place < len(self._rows):
            row = self._rows[place]
            found: QWidget | None = row.findChild(QWidget, f"layer_{row.number}_{field}")
            target = found if found is not None and found.isEnabled() else row.units
        target.setFocus(Qt.FocusReason.OtherFocusReason)


def _field_name(widget: QWidget) -> str:
    """Return ``units`` of ``layer_3_units``."""
    return widget.objectName().split("_", 2)[2] if widget.objectName().startswith("layer_") else "units"
