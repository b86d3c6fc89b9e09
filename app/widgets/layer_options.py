"""What an expert sets of a layer: first weights, bias, normalisation, dropout, penalties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.plan_words import INITIALIZER_NAMES, INITIALIZERS, brief
from app.widgets.choice_box import ChoiceBox
from app.widgets.field_form import FieldForm
from app.widgets.number_field import Number, NumberField, real
from nnviz.errors import SpecError
from nnviz.spec import LayerSpec

#: (key, title, sentence) of the numbers; the output layer has no dropout.
NUMBERS = (
    (
        "dropout", "Dropout",
        "Share of the activations set to 0 in each training step, 0 to 0.95: more resists overfitting, and learns "
        "slower.",
    ),
    ("l1", "L1", "Weight of the sum of |W| in the loss, 0 to 10: more drives more weights to exactly 0."),
    ("l2", "L2", "Weight of the sum of W² in the loss, 0 to 10: more keeps all weights smaller."),
)


def options_caption(layer: LayerSpec) -> str:
    """Return which options of a layer differ from the usual, in few words: ``BN · drop 0.3``."""
    parts = []
    if layer.batch_norm:
        parts.append("BN")
    if layer.dropout:
        parts.append(f"drop {brief(layer.dropout)}")
    if layer.l1:
        parts.append(f"L1 {brief(layer.l1)}")
    if layer.l2:
        parts.append(f"L2 {brief(layer.l2)}")
    if not layer.use_bias:
        parts.append("no bias")
    if layer.kernel_initializer != LayerSpec.__dataclass_fields__["kernel_initializer"].default:
        parts.append(INITIALIZER_NAMES[layer.kernel_initializer])
    return " · ".join(parts)


class LayerOptions(QWidget):
    """The options of one layer.

    Args:
        prefix: of all objectNames, ``layer_1`` or ``output``.
        accessible: of which layer, for screen readers.
        layer: what is shown first.
        hidden: whether it is a hidden layer: only those have normalisation and dropout.
        parent: Qt's.
    """

    #: The LayerSpec that the person wants.
    layer_edited = Signal(object)

    def __init__(
        self, prefix: str, accessible: str, layer: LayerSpec, *, hidden: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._layer = layer
        self.form = FieldForm(self)
        self.initializer = ChoiceBox(
            f"{prefix}_initializer", f"Kernel initializer of {accessible}",
            "Kernel initializer: how the first weights are drawn.", parent=self.form,
        )
        for place, group in enumerate(INITIALIZERS):
            if place:
                self.initializer.insertSeparator(self.initializer.count())
            for key, name, tip in group:
                self.initializer.add(key, name, tip)
        self.form.add_wide("Initializer", self.initializer)
        self.bias = self._check(
            f"{prefix}_bias", "Bias", accessible,
            "Bias: whether each unit learns a number that is added to its sum.",
        )
        self.batch_norm = self._check(
            f"{prefix}_batch_norm", "Batch normalisation", accessible,
            "Batch normalisation: brings z to mean 0 and variance 1 over each batch, then learns scale and shift; "
            "often learns faster.",
        )
        self.form.add_line(self.bias)
        self.form.add_line(self.batch_norm)
        self.numbers: dict[str, NumberField] = {}
        for key, title, tip in NUMBERS:
            field = NumberField(
                f"{prefix}_{key}", key, f"{title} of {accessible}", tip, real, zero="none", parent=self.form
            )
            self.numbers[key] = field
            self.form.add(title, field)
        if not hidden:
            self.batch_norm.hide()
            self.form.show_row(self.numbers["dropout"], False)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.form)
        self.set_layer(layer)
        self.initializer.chosen.connect(self._initializer_chosen)
        self.bias.toggled.connect(self._bias_toggled)
        self.batch_norm.toggled.connect(self._norm_toggled)
        for field in self.numbers.values():
            field.value_edited.connect(self._number_edited)

    def set_layer(self, layer: LayerSpec, *, fresh: bool = False) -> None:
        """Show a layer; emits nothing.

        Args:
            layer: what is in force.
            fresh: whether it is another layer than before, so that nothing typed stays.
        """
        self._layer = layer
        self.initializer.set_key(layer.kernel_initializer)
        for box, on in ((self.bias, layer.use_bias), (self.batch_norm, layer.batch_norm)):
            with QSignalBlocker(box):
                box.setChecked(on)
        for key, field in self.numbers.items():
            field.set_value(getattr(layer, key), fresh=fresh)

    def focus_chain(self) -> tuple[QWidget, ...]:
        """Return the fields in the order in which Tab goes through them."""
        return (self.initializer, self.bias, self.batch_norm, *self.numbers.values())

    def _check(self, name: str, text: str, accessible: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, self.form)
        box.setObjectName(name)
        box.setAccessibleName(f"{text} of {accessible}")
        box.setToolTip(tip)
        return box

    def _emit(self, **changes: Any) -> None:
        self._layer = replace(self._layer, **changes)
        self.layer_edited.emit(self._layer)

    def _initializer_chosen(self, key: str) -> None:
        if key != self._layer.kernel_initializer:
            self._emit(kernel_initializer=key)

    def _bias_toggled(self, on: bool) -> None:
        self._emit(use_bias=on)

    def _norm_toggled(self, on: bool) -> None:
        self._emit(batch_norm=on)

    def _number_edited(self, key: str, value: Number) -> None:
        field = self.numbers[key]
        try:
            layer = replace(self._layer, **{key: value})  # type: ignore[arg-type]
        except SpecError as error:
            field.fail(str(error))
            return
        field.accept(value)
        if layer != self._layer:
            self._emit(**{key: value})
