"""The network to build and how to train it: typed freely, checked at once, said plainly what is wrong."""

from __future__ import annotations

import itertools
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.plan_words import HIDDEN_ACTIVATIONS, OPTIMIZER_NAMES
from app.theme import LIGHT, Theme
from app.widgets.field_form import narrow
from app.widgets.layer_row import LayerRow
from app.widgets.output_fields import OutputFields
from app.widgets.training_fields import TrainingFields
from nnviz.errors import SpecError
from nnviz.spec import MAX_LAYERS, LayerSpec, NetworkSpec, Plan, TrainingConfig

__all__ = ["HIDDEN_ACTIVATIONS", "NEW_UNITS", "OPTIMIZER_NAMES", "PlanPanel"]

#: What a new layer starts with.
NEW_UNITS = 32
#: Keys that act on the layer whose row has the focus.
ROW_KEYS = {
    "up": "Ctrl+Shift+Up", "down": "Ctrl+Shift+Down", "duplicate": "Ctrl+Shift+D", "remove": "Ctrl+Shift+Delete",
}


class PlanPanel(QWidget):
    """Edits a ``Plan``. What is typed wrong stays, marked, with a sentence; the value in force stays too."""

    #: A Plan the person made.
    plan_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plan_panel")
        self._theme = LIGHT
        self._plan: Plan | None = None
        self._recommended: Plan | None = None
        self._rows: list[LayerRow] = []
        self.title = narrow(QLabel("", self))
        self.title.setObjectName("plan_title")
        self.title.setProperty("role", "muted")
        self._input = QLabel("", self)
        self._input.setProperty("role", "muted")
        self._layers = QVBoxLayout()
        self._layers.setSpacing(4)
        self.output = OutputFields(self)
        self.training = TrainingFields(self)
        # What everybody sets, by its name.
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
        self.add_button = QToolButton(self)
        self.add_button.setObjectName("add_layer")
        self.add_button.setText("Add layer")
        self.add_button.setAccessibleName("Add a layer")
        self.add_button.setToolTip("Add a dense layer of 32 units before the output (Ctrl+Shift+N).")
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add_button.setIconSize(QSize(12, 12))
        self.error = narrow(QLabel("", self))
        self.error.setObjectName("plan_error")
        self.error.setProperty("role", "error")
        self.error.hide()
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(_heading("Network", self), 1)
        top.addWidget(self.recommended_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 8, 10, 12)
        box.setSpacing(6)
        box.addLayout(top)
        box.addWidget(self._input)
        box.addLayout(self._layers)
        box.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self.error)
        box.addWidget(self.output)
        box.addWidget(self.title)
        box.addSpacing(8)
        box.addWidget(_heading("Training", self))
        box.addWidget(self.training)
        box.addStretch(1)
        self.add_button.clicked.connect(self._add)
        self.recommended_button.clicked.connect(self._recommend)
        self.output.output_edited.connect(self._output_edited)
        self.training.config_edited.connect(self._config_edited)
        for what, keys in ROW_KEYS.items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setObjectName(f"row_{what}")
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._row_key)
        add = QShortcut(QKeySequence("Ctrl+Shift+N"), self)
        add.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        add.activated.connect(self._add)
        self.set_theme(LIGHT)

    @property
    def rows(self) -> tuple[LayerRow, ...]:
        """The rows of the hidden layers, in order."""
        return tuple(self._rows)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.add_button.setIcon(icon("add", theme.text))
        self.output.set_theme(theme)
        self.training.set_theme(theme)
        for row in self._rows:
            row.set_theme(theme)

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
        hidden = plan.spec.layers[:-1]
        # Another number of layers, or other data: a row may be about another layer now, what was typed is not.
        fresh = (
            before is None or len(before.spec.layers) != len(plan.spec.layers)
            or before.spec.input_shape != plan.spec.input_shape
        )
        self._show_rows(hidden, fresh=fresh)
        self.output.set_output(plan.spec.layers[-1], plan.config.loss)
        self.training.set_config(plan.config)
        shape = " × ".join(str(n) for n in plan.spec.input_shape)
        self._input.setText(f"Input: {shape}")
        self.title.setText(f"{plan.spec.parameter_count:,} parameters")
        self.title.setToolTip(f"{plan.spec.title}: how many numbers training changes, weights, biases and the like.")
        self.add_button.setEnabled(len(plan.spec.layers) < MAX_LAYERS)
        self._show_recommended()
        self._say("")

    def _show_rows(self, hidden: tuple[LayerSpec, ...], *, fresh: bool) -> None:
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
        if count != len(self._rows):
            # Tab goes through the rows in their order, then on.
            chain: list[QWidget] = [self.recommended_button]
            for row in self._rows:
                chain += row.focus_chain()
            chain += [self.add_button, *self.output.focus_chain()]
            for first, second in itertools.pairwise(chain):
                QWidget.setTabOrder(first, second)

    def _show_recommended(self) -> None:
        plan = self._recommended
        known = plan is not None and self._plan is not None
        self.recommended_button.setEnabled(known and self._with_own_seed(plan) != self._plan)

    def _with_own_seed(self, plan: Plan | None) -> Plan | None:
        if plan is None or self._plan is None:
            return plan
        return replace(plan, config=replace(plan.config, seed=self._plan.config.seed))

    def _say(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))

    # -- from the person ---------------------------------------------------------------------------------------

    def _emit(self, plan: Plan) -> None:
        if plan != self._plan:
            self.set_plan(plan)
            self.plan_edited.emit(plan)

    def _with_hidden(self, layers: tuple[LayerSpec, ...]) -> Plan:
        """Return the plan with other hidden layers; raises SpecError where there can be no such network."""
        assert self._plan is not None
        spec = self._plan.spec
        return replace(self._plan, spec=NetworkSpec(spec.input_shape, (*layers, spec.layers[-1])))

    def _layer_edited(self, layer: LayerSpec) -> None:
        row = self.sender()
        if self._plan is None or not isinstance(row, LayerRow) or row not in self._rows:
            return
        place = self._rows.index(row)
        hidden = self._plan.spec.layers[:-1]
        try:
            plan = self._with_hidden((*hidden[:place], layer, *hidden[place + 1 :]))
        except SpecError as error:
            if layer.units == hidden[place].units:
                row.set_layer(hidden[place])
                self._say(f"{_sentence(str(error))} The layer stays as it is.")
            else:
                row.refuse_units(str(error))
            return
        self._emit(plan)

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
        plan = self._with_own_seed(self._recommended)
        if plan is not None:
            self._emit(plan)

    def _add(self) -> None:
        if self._plan is None or len(self._plan.spec.layers) >= MAX_LAYERS:
            return
        hidden = self._plan.spec.layers[:-1]
        self._change_order((*hidden, LayerSpec(NEW_UNITS)), len(hidden), "units")

    def _row_key(self) -> None:
        what = self.sender().objectName().removeprefix("row_")
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
        if self._plan is None or row not in self._rows:
            return
        place = self._rows.index(row)
        hidden = list(self._plan.spec.layers[:-1])
        unfolded = [each.is_unfolded for each in self._rows]
        focus = QApplication.focusWidget()
        field = _field_name(focus) if focus is not None and row.isAncestorOf(focus) else ""
        goal = place
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
            if len(hidden) >= MAX_LAYERS:
                self._say(f"A network must have at most {MAX_LAYERS} layers, got {len(hidden) + 1}.")
                return
        else:
            del hidden[place], unfolded[place]
            goal = min(place, len(hidden) - 1)
        self._change_order(tuple(hidden), goal, field, unfolded)

    def _change_order(
        self, hidden: tuple[LayerSpec, ...], goal: int, field: str, unfolded: list[bool] | None = None
    ) -> None:
        """Take layers in another order or number; ``field`` of the row ``goal`` gets the focus, where it is named."""
        try:
            plan = self._with_hidden(hidden)
        except SpecError as error:
            self._say(_sentence(str(error)))
            return
        for row in self._rows:
            # Rows stand for places: what was typed wrong was about the layer that stood there.
            row.set_layer(self._plan.spec.layers[row.number - 1], fresh=True)  # type: ignore[union-attr]
        self._emit(plan)
        for row, is_unfolded in zip(self._rows, unfolded or (), strict=False):
            row.fold.setChecked(is_unfolded)
        if field:
            row_at = self._rows[goal] if 0 <= goal < len(self._rows) else None
            target: QWidget | None = self.add_button
            if row_at is not None:
                target = row_at.findChild(QWidget, f"layer_{row_at.number}_{field}")
            if target is None or not target.isEnabled():
                target = row_at.units if row_at is not None else self.add_button
            target.setFocus(Qt.FocusReason.OtherFocusReason)


def _field_name(widget: QWidget) -> str:
    """Return ``units`` of ``layer_3_units``."""
    return widget.objectName().split("_", 2)[2] if widget.objectName().startswith("layer_") else "units"


def _sentence(text: str) -> str:
    words = text.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}."


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("role", "heading")
    return label
