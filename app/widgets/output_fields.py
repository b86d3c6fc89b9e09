"""The output layer and the loss: as the task suggests, or set apart to see what becomes of it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.plan_words import ACTIVATION_NAMES, ACTIVATION_TIPS, LOSS_NAMES, LOSS_TIPS
from app.theme import Theme
from app.widgets.choice_box import ChoiceBox
from app.widgets.field_form import FieldForm, narrow
from app.widgets.fold import FoldButton, bring_into_view
from app.widgets.layer_options import LayerOptions, options_caption
from nnviz.remarks import output_problem, output_remark, suits
from nnviz.spec import TASK_OUTPUT, LayerSpec, output_layer

TASK_NAMES = {
    "multiclass": "one class of several", "binary": "one of two classes", "multilabel": "any of several labels",
    "regression": "numbers",
}
#: Units and what the output then is, for two classes.
BINARY_OUTPUTS = (
    (1, "1: sigmoid", "The probability of the second class, by sigmoid and binary cross-entropy."),
    (2, "2: softmax", "A probability for each of the two classes, by softmax and cross-entropy."),
)


class OutputFields(QWidget):
    """What the network ends in, said in a line; unfolded, the choices."""

    #: The output LayerSpec and the loss that the person wants.
    output_edited = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._task = "multiclass"
        self._outputs = 10
        self._layer = LayerSpec(10, "softmax")
        self._loss = TASK_OUTPUT["multiclass"][1]
        self.summary = QLabel("", self)
        self.summary.setObjectName("output_summary")
        self.summary.setProperty("role", "muted")
        narrow(self.summary)
        self.fold = FoldButton(
            "output_options", "Options of the output layer",
            "More of the output: activation, loss, first weights, bias, penalties.", parent=self,
        )
        self.caption = QLabel("", self)
        self.caption.setObjectName("output_caption")
        self.caption.setProperty("role", "small")
        narrow(self.caption)
        self.remark = QLabel("", self)
        self.remark.setObjectName("output_remark")
        narrow(self.remark)
        self.error = QLabel("", self)
        self.error.setObjectName("output_error")
        self.error.setProperty("role", "error")
        narrow(self.error)
        self.error.hide()
        self._body = QWidget(self)
        form = FieldForm(self._body)
        self.outputs = ChoiceBox(
            "output_units", "Outputs", "Units of the output layer: two classes can be told by one or by two.",
            parent=form,
        )
        for units, name, tip in BINARY_OUTPUTS:
            self.outputs.add(units, name, tip)
        self.activation = ChoiceBox(
            "output_activation", "Output activation", "Activation of the output layer: what its numbers can be.",
            parent=form,
        )
        for key, name in ACTIVATION_NAMES.items():
            self.activation.add(key, name, ACTIVATION_TIPS[key])
        self.loss = ChoiceBox(
            "loss", "Loss", "Loss: what training makes small; how wrong an answer counts.", parent=form
        )
        for key, name in LOSS_NAMES.items():
            self.loss.add(key, name, LOSS_TIPS[key])
        form.add("Outputs", self.outputs)
        form.add("Activation", self.activation)
        form.add_wide("Loss", self.loss)
        self._form = form
        self.suggested = QPushButton("As the task suggests", self._body)
        self.suggested.setObjectName("output_suggested")
        self.suggested.setAccessibleName("Output as the task suggests")
        self.options = LayerOptions("output", "the output layer", self._layer, hidden=False, parent=self._body)
        body = QVBoxLayout(self._body)
        body.setContentsMargins(12, 2, 0, 6)
        body.setSpacing(6)
        body.addWidget(form)
        body.addWidget(self.suggested)
        body.addWidget(self.options)
        self._body.hide()
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.summary, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.fold)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(3)
        box.addLayout(line)
        box.addWidget(self.caption)
        box.addWidget(self.remark)
        box.addWidget(self.error)
        box.addWidget(self._body)
        self.fold.toggled.connect(self._unfold)
        self.outputs.chosen.connect(self._outputs_chosen)
        self.activation.chosen.connect(self._activation_chosen)
        self.loss.chosen.connect(self._loss_chosen)
        self.suggested.clicked.connect(self._suggest)
        self.options.layer_edited.connect(self._options_edited)
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.fold.set_theme(theme)

    def set_task(self, task: str, outputs: int) -> None:
        """Set what is to be learnt: one of ``nnviz.spec.TASKS``, and the units that its usual output layer has."""
        self._task, self._outputs = task, outputs
        self._show()

    def set_output(self, layer: LayerSpec, loss: str) -> None:
        """Show an output layer and a loss; emits nothing."""
        self._layer, self._loss = layer, loss
        self._show()

    def refuse(self, text: str) -> None:
        """Say why what was wanted cannot be; what is in force is shown."""
        self._show()
        words = text.replace("_", " ")
        self.error.setText(f"{words[:1].upper()}{words[1:]}. The last valid choice stays in force.")
        self.error.show()

    def focus_chain(self) -> tuple[QWidget, ...]:
        """Return the fields in the order in which Tab goes through them."""
        choices = (self.outputs, self.activation, self.loss, self.suggested)
        return (self.fold, *choices, *self.options.focus_chain())

    def _show(self) -> None:
        layer, loss = self._layer, self._loss
        usual = suits(self._task, self._outputs, layer, loss)
        self.summary.setText(f"Output: {layer.units} {ACTIVATION_NAMES[layer.activation]}")
        parts = [] if usual else [LOSS_NAMES[loss]]
        extra = options_caption(layer)
        self.caption.setText(" · ".join(parts + ([extra] if extra else [])))
        remark = output_remark(self._task, layer.units, layer.activation, loss)
        self.remark.setText(remark)
        self.remark.setVisible(bool(remark))
        self.error.setText("")
        self.error.hide()
        self.outputs.set_key(layer.units)
        self._form.show_row(self.outputs, self._task == "binary")
        self.activation.set_key(layer.activation)
        self.loss.set_key(loss)
        self.options.set_layer(layer)
        self.suggested.setEnabled(not usual)
        suggested = f"{ACTIVATION_NAMES[TASK_OUTPUT[self._task][0]]} and {LOSS_NAMES[TASK_OUTPUT[self._task][1]]}"
        self.suggested.setText("As the task suggests" if not usual else "✓ As the task suggests")
        self.suggested.setToolTip(f"Set what suits these data ({TASK_NAMES[self._task]}): {suggested}.")
        self.caption.setVisible(bool(self.caption.text()) and not self.fold.isChecked())

    def _unfold(self, unfolded: bool) -> None:
        self._body.setVisible(unfolded)
        self.caption.setVisible(bool(self.caption.text()) and not unfolded)
        if unfolded:
            QTimer.singleShot(0, self, self._bring_into_view)  # once the layout knows its height

    def _bring_into_view(self) -> None:
        bring_into_view(self)

    def _want(self, layer: LayerSpec, loss: str) -> None:
        if (layer, loss) == (self._layer, self._loss):
            self._show()
            return
        problem = output_problem(self._task, self._outputs, layer.units, loss)
        if problem:
            self.refuse(problem)
        else:
            self.output_edited.emit(layer, loss)

    def _outputs_chosen(self, units: int) -> None:
        activation, loss = TASK_OUTPUT["binary" if units == 1 else "multiclass"]
        self._want(replace(self._layer, units=units, activation=activation), loss)

    def _activation_chosen(self, key: str) -> None:
        self._want(replace(self._layer, activation=key), self._loss)

    def _loss_chosen(self, key: str) -> None:
        self._want(self._layer, key)

    def _options_edited(self, layer: LayerSpec) -> None:
        self._want(layer, self._loss)

    def _suggest(self) -> None:
        usual = output_layer(self._task, self._outputs)
        self._want(replace(self._layer, units=usual.units, activation=usual.activation), TASK_OUTPUT[self._task][1])
