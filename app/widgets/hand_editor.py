"""Edits one weight, or the bias and the marks of one unit: a number, a slider that acts while it is dragged."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from app.widgets.number_field import Number, NumberField, real
from nnviz.errors import SpecError
from nnviz.picture.refs import EdgeRef, UnitRef
from nnviz.training.hand import weight_value

#: Steps of the slider on each side of 0.
SLIDER_STEPS = 500
#: The least that the slider reaches to on each side: weights of a fresh network are smaller than this.
MIN_LIMIT = 1.0


class _Field(NumberField):
    """A weight: shown with the digits that a float32 has."""

    def _text_of(self, value: Number) -> str:
        return f"{value:.7g}"


class HandEditor(QWidget):
    """Shows one weight, or one unit with its bias, and tells what the person wants to make of it.

    For the popover at the picture and for cards of an inspector. Show something with ``set_edge`` or ``set_unit``,
    follow it with ``set_value`` and ``set_marks``.
    """

    #: EdgeRef (source −1 a bias), the value it shall have; also while the slider is dragged.
    value_requested = Signal(object, float)
    #: The movement of the hand is over: what comes next is another edit.
    settled = Signal()
    #: UnitRef, whether its activation shall be held at 0.
    silence_requested = Signal(object, bool)
    #: UnitRef, whether it shall not be trained.
    freeze_requested = Signal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("hand_editor")
        self.setAccessibleName("Edit by hand")
        self._edge: EdgeRef | None = None
        self._unit: UnitRef | None = None
        self._value, self._limit = 0.0, MIN_LIMIT
        self._said = ""
        self.title = QLabel("", self)
        self.title.setObjectName("hand_title")
        self.title.setProperty("role", "heading")
        self._symbol = QLabel("w", self)
        self._symbol.setProperty("role", "muted")
        self.number = _Field(
            "hand_value", "a weight", "Weight", "The weight as a number; Enter sets it, training goes on from there.",
            real, parent=self,
        )
        self.number.setMinimumWidth(96)
        self.number.setMaximumWidth(130)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setObjectName("hand_slider")
        self.slider.setAccessibleName("Weight, slider")
        self.slider.setToolTip("Drag to change the weight; the answer follows.")
        self.slider.setRange(-SLIDER_STEPS, SLIDER_STEPS)
        self.slider.setPageStep(SLIDER_STEPS // 10)
        self.slider.setMinimumWidth(120)
        self.zero = self._button("hand_zero", "Zero", "Set it to 0; it goes on learning from there.")
        self.flip = self._button("hand_flip", "Flip sign", "Multiply it by −1: what excited the unit now inhibits it.")
        self.silence = QCheckBox("Silence", self)
        self.silence.setObjectName("hand_silence")
        self.silence.setAccessibleName("Silence the unit")
        self.silence.setToolTip("Hold the activation of this unit at 0, in training too; no gradient goes through it.")
        self.freeze = QCheckBox("Freeze", self)
        self.freeze.setObjectName("hand_freeze")
        self.freeze.setAccessibleName("Freeze the unit")
        self.freeze.setToolTip("Training changes neither the weights into this unit nor its bias.")
        self.note = QLabel("", self)
        self.note.setObjectName("hand_note")
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self._arrange()
        self.number.value_edited.connect(self._typed)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self.settled)
        self.zero.clicked.connect(self._zero)
        self.flip.clicked.connect(self._flip)
        self.silence.clicked.connect(self._silenced)
        self.freeze.clicked.connect(self._frozen)

    # -- values in -----------------------------------------------------------------------------------------

    @property
    def edge(self) -> EdgeRef | None:
        """The weight that is shown; of a unit its bias, None where it has none."""
        return self._edge

    @property
    def unit(self) -> UnitRef | None:
        """The unit that is shown, None where it is a weight."""
        return self._unit

    def set_edge(self, ref: EdgeRef, title: str, value: float, limit: float = MIN_LIMIT) -> None:
        """Show a weight, or a bias where ``source`` is −1; emits nothing.

        Args:
            ref: which.
            title: what it is called.
            value: what it is.
            limit: how far the slider reaches on each side of 0, the largest magnitude in the layer for example.
        """
        self._unit = None
        self._show_edge(ref, title, value, limit)
        self._show_marks(shown=False)
        self.note.setText("")
        self.note.hide()

    def set_unit(
        self, ref: UnitRef, title: str, bias: float | None, limit: float = MIN_LIMIT, *, silenced: bool = False,
        frozen: bool = False, can_silence: bool = True,
    ) -> None:
        """Show a unit of a dense layer with its bias; emits nothing.

        Args:
            ref: which.
            title: what it is called.
            bias: its bias, None where the layer has none.
            limit: as in ``set_edge``.
            silenced: whether its activation is held at 0.
            frozen: whether it is not trained.
            can_silence: whether it can be silenced: outputs cannot.
        """
        edge = None if bias is None else EdgeRef(ref.layer, -1, ref.unit)
        self._unit = ref
        self._show_edge(edge, title, bias or 0.0, limit)
        self._show_marks(shown=True)
        self.silence.setEnabled(can_silence)
        notes = [] if bias is not None else ["This layer has no bias."]
        if not can_silence:
            notes.append("An output cannot be silenced: its activation is the answer.")
        self.note.setText(" ".join(notes))
        self.note.setVisible(bool(notes))
        self.set_marks(silenced, frozen)

    def set_value(self, value: float) -> None:
        """Follow the value of what is shown; what is being typed or dragged stays; emits nothing."""
        if value == self._value or self.slider.isSliderDown() or self.number.isModified():
            return
        self._value = value
        self.number.set_value(value)
        self._place_slider()

    def set_marks(self, silenced: bool, frozen: bool) -> None:
        """Follow the marks of the unit that is shown; emits nothing."""
        for check, value in ((self.silence, silenced), (self.freeze, frozen)):
            with QSignalBlocker(check):
                check.setChecked(value)

    def focus_number(self) -> None:
        """Let the number be typed over at once."""
        target = self.number if self._edge is not None else self.freeze
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        self.number.selectAll()

    # -- inside --------------------------------------------------------------------------------------------

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        return button

    def _arrange(self) -> None:
        row = QGridLayout()
        row.setHorizontalSpacing(8)
        row.addWidget(self._symbol, 0, 0)
        row.addWidget(self.number, 0, 1)
        row.addWidget(self.slider, 0, 2)
        row.setColumnStretch(2, 1)
        row.addWidget(self.number.message, 1, 0, 1, 3)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for widget in (self.zero, self.flip):
            buttons.addWidget(widget)
        buttons.addSpacing(4)
        for check in (self.silence, self.freeze):
            buttons.addWidget(check)
        buttons.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self.title)
        box.addLayout(row)
        box.addLayout(buttons)
        box.addWidget(self.note)

    def _show_edge(self, edge: EdgeRef | None, title: str, value: float, limit: float) -> None:
        self._edge, self._value = edge, value
        self._limit = max(limit, abs(value), MIN_LIMIT)
        self.title.setText(title)
        is_bias = edge is not None and edge.source < 0
        self._symbol.setText("b" if is_bias else "w")
        what = "Bias" if is_bias else "Weight"
        self.number.key = "a bias" if is_bias else "a weight"
        self.number.setAccessibleName(f"{what}, {title}")
        self.slider.setAccessibleName(f"{what} as a slider, {title}")
        self.slider.setToolTip(
            f"Drag to change the {what.lower()} from −{self._limit:.3g} to {self._limit:.3g}; the answer follows."
        )
        for widget in (self._symbol, self.number, self.slider, self.zero, self.flip):
            widget.setVisible(edge is not None)
        self.number.set_value(value, fresh=True)
        self.number.setModified(False)
        self._place_slider()

    def _show_marks(self, *, shown: bool) -> None:
        self.silence.setVisible(shown)
        self.freeze.setVisible(shown)

    def _place_slider(self) -> None:
        if abs(self._value) > self._limit:
            self._limit = abs(self._value)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(self._value / self._limit * SLIDER_STEPS))

    def _ask(self, value: float) -> bool:
        """Ask for a value, or mark the field where it is none; whether it was one."""
        if self._edge is None:
            return False
        try:
            wanted = weight_value(value)
        except SpecError as error:
            self.number.fail(str(error).replace("a weight", self.number.key, 1))
            return False
        self._value = wanted
        self.number.accept(wanted)
        self.value_requested.emit(self._edge, wanted)
        return True

    def _typed(self, _key: str, value: object) -> None:
        if isinstance(value, int | float) and self._ask(float(value)):
            self._place_slider()
            self.settled.emit()

    def _moved(self, position: int) -> None:
        self._ask(position / SLIDER_STEPS * self._limit)
        if not self.slider.isSliderDown():
            self.settled.emit()  # a key, the wheel, a click beside the handle

    def _zero(self) -> None:
        self._set_at_once(0.0)

    def _flip(self) -> None:
        self._set_at_once(-self._value)

    def _set_at_once(self, value: float) -> None:
        self.settled.emit()
        self._ask(value)
        self._place_slider()
        self.settled.emit()

    def _silenced(self, checked: bool) -> None:
        if self._unit is not None:
            self.silence_requested.emit(self._unit, checked)

    def _frozen(self, checked: bool) -> None:
        if self._unit is not None:
            self.freeze_requested.emit(self._unit, checked)
