"""The network to build and how to train it: typed freely, checked at once, said plainly what is wrong."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.theme import LIGHT, Theme
from nnviz.errors import SpecError
from nnviz.spec import MAX_LAYERS, OPTIMIZERS, LayerSpec, NetworkSpec, Plan, TrainingConfig

HIDDEN_ACTIVATIONS = {
    "relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "linear", "leaky_relu": "leaky ReLU",
    "elu": "ELU", "selu": "SELU", "gelu": "GELU", "softplus": "softplus",
}  # fmt: skip
OPTIMIZER_NAMES = {
    "sgd": "SGD", "momentum": "SGD with momentum", "nesterov": "Nesterov", "adagrad": "Adagrad", "rmsprop": "RMSprop",
    "adam": "Adam", "adamw": "AdamW", "nadam": "Nadam",
}  # fmt: skip
#: What a new layer starts with.
NEW_UNITS = 32


def whole(text: str, name: str) -> int:
    """Read a whole number as a person types it; thousands separators and blanks are allowed.

    Raises:
        SpecError: it is none; the message names the field and the text.
    """
    cleaned = text.strip().replace(",", "").replace("_", "").replace(" ", "")
    try:
        return int(cleaned)
    except ValueError:
        raise SpecError(f"{name} must be a whole number, got {text.strip()!r}") from None


def real(text: str, name: str) -> float:
    """Read a number as a person types it: ``0.001``, ``1e-3``, ``0,001``.

    Raises:
        SpecError: it is none; the message names the field and the text.
    """
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise SpecError(f"{name} must be a number, got {text.strip()!r}") from None


class LayerRow(QWidget):
    """One hidden layer: its units, its activation, and a button that takes it away."""

    edited = Signal()
    remove_requested = Signal(object)

    def __init__(self, number: int, layer: LayerSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer = layer
        self.units = QLineEdit(str(layer.units), self)
        self.units.setObjectName(f"layer_{number}_units")
        self.units.setAccessibleName(f"Units of dense layer {number}")
        self.units.setToolTip("Units (neurons) of this layer: more can learn more, and train slower.")
        self.units.setMaximumWidth(64)
        self.units.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.activation = QComboBox(self)
        self.activation.setObjectName(f"layer_{number}_activation")
        self.activation.setAccessibleName(f"Activation of dense layer {number}")
        self.activation.setToolTip("Activation function φ: how the sum z becomes the activation a.")
        for key, name in HIDDEN_ACTIVATIONS.items():
            self.activation.addItem(name, key)
        self.activation.setCurrentIndex(max(0, self.activation.findData(layer.activation)))
        _keep_narrow(self.activation)
        self.remove = QToolButton(self)
        self.remove.setObjectName(f"layer_{number}_remove")
        self.remove.setAccessibleName(f"Remove dense layer {number}")
        self.remove.setToolTip("Remove this layer.")
        self.remove.setProperty("role", "flat")
        self.remove.setIconSize(QSize(12, 12))
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(self.units)
        box.addWidget(self.activation, 1)
        box.addWidget(self.remove)
        self.units.editingFinished.connect(self.edited)
        self.activation.activated.connect(self.edited)
        self.remove.clicked.connect(self._remove)

    def set_layer(self, layer: LayerSpec) -> None:
        """Show a layer; emits nothing. What the row has no field for is kept."""
        self._layer = layer
        with QSignalBlocker(self.units), QSignalBlocker(self.activation):
            self.units.setText(str(layer.units))
            self.activation.setCurrentIndex(max(0, self.activation.findData(layer.activation)))

    def layer(self, number: int) -> LayerSpec:
        """Return what the row says.

        Raises:
            SpecError: the units are not a whole number in range.
        """
        try:
            units = whole(self.units.text(), "units")
            return replace(self._layer, units=units, activation=str(self.activation.currentData()))
        except SpecError as error:
            raise SpecError(f"{error} (layer {number})") from None

    def _remove(self) -> None:
        self.remove_requested.emit(self)


class PlanPanel(QWidget):
    """Edits a ``Plan``. What is typed wrong stays, marked, with a sentence; the plan in force stays too."""

    #: A Plan the user made.
    plan_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plan_panel")
        self._theme = LIGHT
        self._plan: Plan | None = None
        self._rows: list[LayerRow] = []
        self.title = QLabel("", self)
        self.title.setProperty("role", "muted")
        self.title.setWordWrap(True)
        self._input = QLabel("", self)
        self._input.setProperty("role", "muted")
        self._layers = QVBoxLayout()
        self._layers.setSpacing(4)
        self._output = QLabel("", self)
        self._output.setProperty("role", "muted")
        self.add_button = QToolButton(self)
        self.add_button.setObjectName("add_layer")
        self.add_button.setText("Add layer")
        self.add_button.setAccessibleName("Add a layer")
        self.add_button.setToolTip("Add a dense layer of 32 units before the output.")
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add_button.setIconSize(QSize(12, 12))
        self.optimizer = QComboBox(self)
        self.optimizer.setObjectName("optimizer")
        self.optimizer.setAccessibleName("Optimizer")
        self.optimizer.setToolTip(
            "The rule that turns gradients into updates. SGD goes against the gradient, with momentum it keeps its "
            "speed; Adagrad, RMSprop and the Adams adapt the step of each weight."
        )
        for key in OPTIMIZERS:
            self.optimizer.addItem(OPTIMIZER_NAMES.get(key, key), key)
        _keep_narrow(self.optimizer)
        self.rate = self._field(
            "learning_rate", "Learning rate", "Learning rate: how far each step goes; too high and the loss jumps."
        )
        self.batch = self._field(
            "batch_size", "Batch size", "Samples of one step: larger is smoother, with fewer steps an epoch."
        )
        self.epochs = self._field("epochs", "Epochs", "Epochs: how often training passes over all samples.")
        self.seed = self._field(
            "seed", "Seed", "Seed: fixes the first weights and the order of the samples; the same seed, the same run."
        )
        self.error = QLabel("", self)
        self.error.setObjectName("plan_error")
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.hide()
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in (
            ("Optimizer", self.optimizer), ("Learning rate", self.rate), ("Batch size", self.batch),
            ("Epochs", self.epochs), ("Seed", self.seed),
        ):
            label = QLabel(name, self)
            label.setProperty("role", "muted")
            label.setBuddy(field)
            form.addRow(label, field)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 8, 12, 12)
        box.setSpacing(6)
        box.addWidget(_heading("Network", self))
        box.addWidget(self._input)
        box.addLayout(self._layers)
        box.addWidget(self._output)
        box.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self.title)
        box.addSpacing(8)
        box.addWidget(_heading("Training", self))
        box.addLayout(form)
        box.addWidget(self.error)
        box.addStretch(1)
        self.add_button.clicked.connect(self._add)
        self.optimizer.activated.connect(self._edited)
        for field in (self.rate, self.batch, self.epochs, self.seed):
            field.editingFinished.connect(self._edited)
        self.set_theme(LIGHT)

    def _field(self, name: str, accessible: str, tip: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setObjectName(name)
        field.setAccessibleName(accessible)
        field.setToolTip(tip)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        return field

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.add_button.setIcon(icon("add", theme.text))
        for row in self._rows:
            row.remove.setIcon(icon("remove", theme.muted))

    def set_plan(self, plan: Plan) -> None:
        """Show a plan; emits nothing."""
        self._plan = plan
        hidden = plan.spec.layers[:-1]
        if len(hidden) != len(self._rows):
            self._make_rows(hidden)
        for row, layer in zip(self._rows, hidden, strict=True):
            row.set_layer(layer)
        config = plan.config
        for field, text in (
            (self.rate, f"{config.learning_rate:g}"), (self.batch, str(config.batch_size)),
            (self.epochs, str(config.epochs)), (self.seed, str(config.seed)),
        ):
            with QSignalBlocker(field):
                field.setText(text)
        with QSignalBlocker(self.optimizer):
            self.optimizer.setCurrentIndex(max(0, self.optimizer.findData(config.optimizer)))
        shape = " × ".join(str(n) for n in plan.spec.input_shape)
        self._input.setText(f"Input: {shape}")
        output = plan.spec.layers[-1]
        self._output.setText(f"Output: {output.units} {output.activation}")
        self.title.setText(f"{plan.spec.title}: {plan.spec.parameter_count:,} weights and biases")
        self._show_error("", None)

    def _make_rows(self, hidden: tuple[LayerSpec, ...]) -> None:
        for row in self._rows:
            self._layers.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for number, layer in enumerate(hidden, start=1):
            row = LayerRow(number, layer, self)
            row.edited.connect(self._edited)
            row.remove_requested.connect(self._remove)
            row.remove.setIcon(icon("remove", self._theme.muted))
            self._layers.addWidget(row)
            self._rows.append(row)
        # Tab goes through the rows in their order, then on.
        before: QWidget = self
        for row in self._rows:
            for field in (row.units, row.activation, row.remove):
                QWidget.setTabOrder(before, field)
                before = field
        QWidget.setTabOrder(before, self.add_button)

    def _add(self) -> None:
        if self._plan is None:
            return
        layers = self._plan.spec.layers
        if len(layers) >= MAX_LAYERS:
            self._show_error(f"a network must have at most {MAX_LAYERS} layers, got {len(layers) + 1}", None)
            return
        self._emit(NetworkSpec(self._plan.spec.input_shape, (*layers[:-1], LayerSpec(NEW_UNITS), layers[-1])))

    def _remove(self, row: LayerRow) -> None:
        if self._plan is None or row not in self._rows:
            return
        place = self._rows.index(row)
        layers = self._plan.spec.layers
        self._emit(NetworkSpec(self._plan.spec.input_shape, (*layers[:place], *layers[place + 1 :])))

    def _emit(self, spec: NetworkSpec) -> None:
        assert self._plan is not None
        plan = Plan(spec, self._plan.config)
        self.set_plan(plan)
        self.plan_edited.emit(plan)

    def _edited(self) -> None:
        if self._plan is None:
            return
        field: QLineEdit | None = None
        try:
            layers = []
            for number, row in enumerate(self._rows, start=1):
                field = row.units
                layers.append(row.layer(number))
            field = None
            spec = NetworkSpec(self._plan.spec.input_shape, (*layers, self._plan.spec.layers[-1]))
            values: dict[str, float] = {}
            config = self._plan.config
            for field, key, read in (
                (self.rate, "learning_rate", real), (self.batch, "batch_size", whole),
                (self.epochs, "epochs", whole), (self.seed, "seed", whole),
            ):
                values[key] = read(field.text(), key)
                # One at a time, so that the message stands at the field it is about.
                TrainingConfig(**{key: values[key]})  # type: ignore[arg-type]
            field = None
            config = replace(
                config, optimizer=str(self.optimizer.currentData()),
                learning_rate=values["learning_rate"], batch_size=int(values["batch_size"]),
                epochs=int(values["epochs"]), seed=int(values["seed"]),
            )
        except SpecError as error:
            self._show_error(str(error), field)
            return
        self._show_error("", None)
        plan = Plan(spec, config)
        if plan != self._plan:
            self._plan = plan
            self.title.setText(f"{spec.title}: {spec.parameter_count:,} weights and biases")
            self.plan_edited.emit(plan)

    def _show_error(self, text: str, field: QLineEdit | None) -> None:
        fields = [self.rate, self.batch, self.epochs, self.seed, *(row.units for row in self._rows)]
        for each in fields:
            invalid = each is field and bool(text)
            if bool(each.property("invalid")) != invalid:
                each.setProperty("invalid", invalid)
                each.style().unpolish(each)
                each.style().polish(each)
        text = text.replace("_", " ")
        kept = f"{text[:1].upper()}{text[1:]}. The last valid value stays in force." if text else ""
        self.error.setText(kept)
        self.error.setVisible(bool(text))


def _keep_narrow(box: QComboBox) -> None:
    """Let a combo box shrink below its longest entry, and its list be as wide as that: the panel stays narrow."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(3)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    # Room for the widest name, its margins and a scroll bar; the box itself cuts a name that does not fit.
    widest = max(box.fontMetrics().horizontalAdvance(box.itemText(i)) for i in range(box.count()))
    box.view().setMinimumWidth(widest + 40)


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("role", "heading")
    return label
