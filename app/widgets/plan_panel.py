"""The network to build and how to train it: typed freely, checked at once, said plainly what is wrong."""

from __future__ import annotations

import itertools
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.plan_words import HIDDEN_ACTIVATIONS, OPTIMIZER_NAMES
from app.theme import Theme
from app.widgets.field_form import narrow
from app.widgets.layer_list import LayerList
from app.widgets.layer_row import LayerRow
from app.widgets.output_fields import OutputFields
from app.widgets.training_fields import TrainingFields
from nnviz.errors import SpecError
from nnviz.spec import LayerSpec, NetworkSpec, Plan, TrainingConfig

__all__ = ["HIDDEN_ACTIVATIONS", "OPTIMIZER_NAMES", "PlanPanel"]


class PlanPanel(QWidget):
    """Edits a ``Plan``. What is typed wrong stays, marked, with a sentence; the value in force stays too."""

    #: A Plan the person made.
    plan_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plan_panel")
        self._plan: Plan | None = None
        self._recommended: Plan | None = None
        self._input = QLabel("", self)
        self._input.setProperty("role", "muted")
        self.layers = LayerList(self)
        self.layers.listen_to_keys(self)
        self.output = OutputFields(self)
        self.title = narrow(QLabel("", self))
        self.title.setObjectName("plan_title")
        self.title.setProperty("role", "muted")
        self.title.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.training = TrainingFields(self)
        # What everybody sets, by its name.
        self.add_button = self.layers.add_button
        self.optimizer = self.training.optimizer
        self.rate = self.training.numbers["learning_rate"]
        self.batch = self.training.numbers["batch_size"]
        self.epochs = self.training.numbers["epochs"]
        self.seed = self.training.numbers["seed"]
        self.recommended_button = QPushButton("Recommended", self)
        self.recommended_button.setObjectName("recommended")
        self.recommended_button.setAccessibleName("Recommended for these data")
        self.recommended_button.setToolTip(
            "Set network and training to what learns these data well; Undo brings yours back."
        )
        self.recommended_button.setProperty("role", "flat")
        self.recommended_button.setEnabled(False)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(_heading("Network", self), 1)
        top.addWidget(self.recommended_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 8, 10, 12)
        box.setSpacing(6)
        box.addLayout(top)
        sizes = QHBoxLayout()
        sizes.setContentsMargins(0, 0, 0, 0)
        sizes.setSpacing(4)  # both stay on one line in the narrowest panel
        sizes.addWidget(self._input)
        sizes.addWidget(self.title, 1)
        box.addLayout(sizes)
        box.addWidget(self.layers)
        box.addWidget(self.output)
        box.addSpacing(4)
        box.addWidget(_heading("Training", self))
        box.addWidget(self.training)
        box.addStretch(1)
        self.layers.network_edited.connect(self._network_edited)
        self.output.output_edited.connect(self._output_edited)
        self.training.config_edited.connect(self._config_edited)
        self.recommended_button.clicked.connect(self._recommend)

    @property
    def plan(self) -> Plan | None:
        """The plan that is shown, None before the first."""
        return self._plan

    @property
    def rows(self) -> tuple[LayerRow, ...]:
        """The rows of the hidden layers, in order."""
        return self.layers.rows

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.layers.set_theme(theme)
        self.output.set_theme(theme)
        self.training.set_theme(theme)

    def set_task(self, task: str, outputs: int) -> None:
        """Set what is to be learnt: output and loss are judged by it; emits nothing.

        Args:
            task: one of ``nnviz.spec.TASKS``.
            outputs: units that the task's usual output layer has, see ``Dataset.output_count``.
        """
        self.output.set_task(task, outputs)
        self.training.set_task(task)

    def set_samples(self, train: int, validation: int) -> None:
        """Set the sizes of the training and the validation set; emits nothing."""
        self.training.set_samples(train, validation)

    def set_recommended(self, plan: Plan | None) -> None:
        """Set what the button "Recommended" sets, None for nothing; emits nothing."""
        self._recommended = plan
        self._show_recommended()

    def set_plan(self, plan: Plan) -> None:
        """Show a plan; emits nothing."""
        if plan == self._plan:
            return
        before, self._plan = self._plan, plan
        if before is None or before.spec != plan.spec:
            self.layers.set_network(plan.spec)
            shape = " × ".join(str(n) for n in plan.spec.input_shape)
            self._input.setText(f"Input: {shape}")
            self.title.setText(f"{plan.spec.parameter_count:,} parameters")
            self.title.setToolTip(
                f"{plan.spec.title}: how many numbers training changes, weights, biases and the like."
            )
            self._order_tab_keys()
        self.output.set_output(plan.spec.layers[-1], plan.config.loss)
        self.training.set_config(plan.config)
        self._show_recommended()

    def _order_tab_keys(self) -> None:
        """Let Tab go from the button above through the rows and the output to the training, as they stand."""
        chain = (
            self.recommended_button, *self.layers.focus_chain(), *self.output.focus_chain(),
            *self.training.focus_chain(),
        )
        for first, second in itertools.pairwise(chain):
            QWidget.setTabOrder(first, second)

    def _show_recommended(self) -> None:
        plan = self._own_recommended()
        self.recommended_button.setEnabled(plan is not None and plan != self._plan)

    def _own_recommended(self) -> Plan | None:
        """Return the recommended plan with the person's seed."""
        plan = self._recommended
        if plan is None or self._plan is None:
            return None
        return replace(plan, config=replace(plan.config, seed=self._plan.config.seed))

    # -- from the person ---------------------------------------------------------------------------------------

    def _emit(self, plan: Plan) -> None:
        if plan != self._plan:
            self.set_plan(plan)
            self.plan_edited.emit(plan)

    def _network_edited(self, spec: NetworkSpec) -> None:
        if self._plan is not None:
            self._emit(replace(self._plan, spec=spec))

    def _output_edited(self, layer: LayerSpec, loss: str) -> None:
        if self._plan is None:
            return
        spec = self._plan.spec
        try:
            network = NetworkSpec(spec.input_shape, (*spec.layers[:-1], layer))
            self._emit(Plan(network, replace(self._plan.config, loss=loss)))
        except SpecError as error:
            self.output.refuse(str(error))

    def _config_edited(self, config: TrainingConfig) -> None:
        if self._plan is not None:
            self._emit(replace(self._plan, config=config))

    def _recommend(self) -> None:
        plan = self._own_recommended()
        if plan is not None:
            self._emit(plan)


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("role", "heading")
    return label
