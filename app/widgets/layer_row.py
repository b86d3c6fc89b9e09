"""One hidden layer: units and activation; unfolded, everything else that can be set of it."""

from __future__ import annotations

import itertools
from dataclasses import replace

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.plan_words import ACTIVATION_TIPS, HIDDEN_ACTIVATIONS
from app.theme import LIGHT, Theme
from app.widgets.choice_box import ChoiceBox
from app.widgets.field_form import narrow
from app.widgets.fold import ICON_PX, FoldButton, bring_into_view
from app.widgets.layer_options import LayerOptions, options_caption
from app.widgets.number_field import Number, NumberField, whole
from nnviz.errors import SpecError
from nnviz.remarks import layer_remark
from nnviz.spec import LayerSpec

UNITS_PX = 56
#: name: (icon, what it is called, sentence with its key, which the panel knows)
ORDER_BUTTONS = {
    "up": ("arrow_up", "Move up", "Move this layer towards the input (Ctrl+Shift+Up)."),
    "down": ("arrow_down", "Move down", "Move this layer towards the output (Ctrl+Shift+Down)."),
    "duplicate": ("duplicate", "Duplicate", "Put a copy of this layer behind it (Ctrl+Shift+D)."),
}


class LayerRow(QWidget):
    """Fields of one hidden layer, with the buttons that move, copy and remove it."""

    #: The LayerSpec that the person wants; answered with ``set_layer`` or ``refuse_units``.
    layer_edited = Signal(object)
    #: What to do with this layer: ``"up"``, ``"down"``, ``"duplicate"`` or ``"remove"``.
    order_requested = Signal(str)

    def __init__(self, number: int, layer: LayerSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self._layer = layer
        self._theme = LIGHT
        self._options: LayerOptions | None = None
        name, of = f"layer_{number}", f"dense layer {number}"
        self.units = NumberField(
            f"{name}_units", "units", f"Units of {of}",
            "Units (neurons) of this layer: more can learn more, and train slower.", whole, parent=self,
        )
        self.units.setFixedWidth(UNITS_PX)
        self.activation = ChoiceBox(
            f"{name}_activation", f"Activation of {of}",
            "Activation function φ: how the sum z becomes the activation a.", parent=self,
        )
        for key, text in HIDDEN_ACTIVATIONS.items():
            self.activation.add(key, text, ACTIVATION_TIPS[key])
        self.fold = FoldButton(
            f"{name}_options", f"Options of {of}",
            "More of this layer: first weights, bias, batch normalisation, dropout, penalties, order.", parent=self,
        )
        self.remove = self._tool(f"{name}_remove", f"Remove {of}", "Remove this layer (Ctrl+Shift+Delete).")
        self.order: dict[str, QToolButton] = {}
        self._order_bar = QWidget(self)
        bar = QHBoxLayout(self._order_bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(4)
        for key, (_, text, tip) in ORDER_BUTTONS.items():
            button = self._tool(f"{name}_{key}", f"{text}: {of}", tip)
            self.order[key] = button
            bar.addWidget(button)
        bar.addStretch(1)
        self._order_bar.hide()
        self.caption = QLabel("", self)
        self.caption.setObjectName(f"{name}_caption")
        self.caption.setProperty("role", "small")
        narrow(self.caption)
        self.remark = QLabel("", self)
        self.remark.setObjectName(f"{name}_remark")
        self.remark.setProperty("role", "small")
        narrow(self.remark)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.units)
        line.addWidget(self.activation, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        buttons.addWidget(self.fold)
        buttons.addWidget(self.remove)
        line.addLayout(buttons)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(3)
        self._box.addLayout(line)
        self._box.addWidget(narrow(self.units.message))
        self._box.addWidget(self.caption)
        self._box.addWidget(self.remark)
        self._body = QWidget(self)
        self._body_box = QVBoxLayout(self._body)
        # Under the row and a little in: what belongs to the layer stands together.
        self._body_box.setContentsMargins(12, 2, 0, 6)
        self._body_box.setSpacing(6)
        self._body_box.addWidget(self._order_bar)
        self._body.hide()
        self._box.addWidget(self._body)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_layer(layer, fresh=True)
        self.units.value_edited.connect(self._units_edited)
        self.activation.chosen.connect(self._activation_chosen)
        self.fold.toggled.connect(self._unfold)
        self.remove.clicked.connect(self._remove)
        self.order["up"].clicked.connect(self._up)
        self.order["down"].clicked.connect(self._down)
        self.order["duplicate"].clicked.connect(self._duplicate)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.fold.set_theme(theme)
        self.remove.setIcon(icon("remove", theme.muted))
        for key, button in self.order.items():
            button.setIcon(icon(ORDER_BUTTONS[key][0], theme.text if button.isEnabled() else theme.faint))

    def set_layer(self, layer: LayerSpec, *, fresh: bool = False) -> None:
        """Show a layer; emits nothing.

        Args:
            layer: what is in force.
            fresh: whether it is another layer than before, so that nothing typed stays.
        """
        self._layer = layer
        self.units.set_value(layer.units, fresh=fresh)
        self.activation.set_key(layer.activation)
        if self._options is not None:
            self._options.set_layer(layer, fresh=fresh)
        caption = options_caption(layer)
        self.caption.setText(caption)
        self.caption.setVisible(bool(caption) and not self.is_unfolded)
        remark = layer_remark(layer)
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))

    def set_place(self, *, is_first: bool, is_last: bool) -> None:
        """Say whether the layer can move up and down."""
        self.order["up"].setEnabled(not is_first)
        self.order["down"].setEnabled(not is_last)
        self.set_theme(self._theme)

    @property
    def is_unfolded(self) -> bool:
        """Whether the options are shown."""
        return self.fold.isChecked()

    @property
    def options(self) -> LayerOptions:
        """The options, made when they are first asked for."""
        if self._options is None:
            made = LayerOptions(
                f"layer_{self.number}", f"dense layer {self.number}", self._layer, hidden=True, parent=self._body
            )
            self._body_box.insertWidget(0, made)
            made.layer_edited.connect(self._options_edited)
            self._options = made
        return self._options

    def refuse_units(self, text: str) -> None:
        """Mark the units as wrong: the network would not do with them."""
        self.units.fail(text)

    def focus_chain(self) -> tuple[QWidget, ...]:
        """Return the fields in the order in which Tab goes through them."""
        options = self._options.focus_chain() if self._options is not None else ()
        return (self.units, self.activation, self.fold, self.remove, *options, *self.order.values())

    def _tool(self, name: str, accessible: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(accessible)
        button.setToolTip(tip)
        button.setProperty("role", "tiny")
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        return button

    def _unfold(self, unfolded: bool) -> None:
        if unfolded:
            options = self.options
            options.show()
            chain = self.focus_chain()
            for before, after in itertools.pairwise(chain):
                QWidget.setTabOrder(before, after)
        self._order_bar.setVisible(unfolded)
        self._body.setVisible(unfolded)
        self.caption.setVisible(bool(self.caption.text()) and not unfolded)
        if unfolded:
            QTimer.singleShot(0, self, self._bring_into_view)  # once the layout knows its height

    def _bring_into_view(self) -> None:
        bring_into_view(self)

    def _units_edited(self, _key: str, value: Number) -> None:
        try:
            layer = replace(self._layer, units=int(value))
        except SpecError as error:
            self.units.fail(f"{error} (layer {self.number})")
            return
        if layer == self._layer:
            self.units.accept(value)
        else:
            self.layer_edited.emit(layer)

    def _activation_chosen(self, key: str) -> None:
        if key != self._layer.activation:
            self.layer_edited.emit(replace(self._layer, activation=key))

    def _options_edited(self, layer: LayerSpec) -> None:
        self.layer_edited.emit(layer)

    def _up(self) -> None:
        self.order_requested.emit("up")

    def _down(self) -> None:
        self.order_requested.emit("down")

    def _duplicate(self) -> None:
        self.order_requested.emit("duplicate")

    def _remove(self) -> None:
        self.order_requested.emit("remove")
