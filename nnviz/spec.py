"""What a network is and how it is trained: frozen values, validated, JSON in and out."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from nnviz.errors import SpecError

#: Activation functions a layer may have, by their Keras names.
ACTIVATIONS: tuple[str, ...] = (
    "linear", "step", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "selu", "gelu", "softplus", "softmax",
)  # fmt: skip
#: How the first weights of a layer can be drawn, by Keras' names; see ``nnviz.maths.parameters``.
KERNEL_INITIALIZERS: tuple[str, ...] = (
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
    "random_uniform", "random_normal", "zeros",
)  # fmt: skip
#: Optimizers that can be chosen, by their Keras names; momentum and nesterov are Keras' SGD with a momentum.
OPTIMIZERS: tuple[str, ...] = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "nadam")
#: Those whose rule has the momentum of ``TrainingConfig``.
MOMENTUM_OPTIMIZERS: tuple[str, ...] = ("momentum", "nesterov")
#: Losses that can be chosen, by their Keras names.
LOSSES: tuple[str, ...] = (
    "sparse_categorical_crossentropy", "binary_crossentropy", "mean_squared_error", "mean_absolute_error", "huber",
)  # fmt: skip
#: What is to be learnt: one class of several, one of two, any number of labels, or real numbers.
TASKS: tuple[str, ...] = ("multiclass", "binary", "multilabel", "regression")
#: How the learning rate goes on from its first value; see ``TrainingConfig``.
SCHEDULES: tuple[str, ...] = ("constant", "exponential", "step", "cosine")
#: The output activation and the loss that suit a task (the classic tables for MLPs; Géron, 2019, chapter 10).
TASK_OUTPUT: dict[str, tuple[str, str]] = {
    "multiclass": ("softmax", "sparse_categorical_crossentropy"),
    "binary": ("sigmoid", "binary_crossentropy"),
    "multilabel": ("sigmoid", "binary_crossentropy"),
    "regression": ("linear", "mean_squared_error"),
}

MAX_UNITS = 4096
MAX_LAYERS = 32
MAX_PARAMETERS = 20_000_000
MAX_BATCH_SIZE = 10_000
MAX_EPOCHS = 10_000
MAX_SEED = 2**31 - 1
MAX_DROPOUT = 0.95
MAX_PENALTY = 10.0


def _whole_number(value: object, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(f"{name} must be a whole number, got {value!r}")
    if value < low:
        raise SpecError(f"{name} must be at least {low:,}, got {value:,}")
    if value > high:
        raise SpecError(f"{name} must be at most {high:,}, got {value:,}")
    return value


def _real(value: object, name: str, low: float, high: float) -> float:
    """Check a number from ``low`` to ``high``; NaN fails, because comparisons with it do."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecError(f"{name} must be a number, got {value!r}")
    if not low <= value <= high:
        raise SpecError(f"{name} must be from {low:g} to {high:g}, got {value:g}")
    return value


def _yes_or_no(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise SpecError(f"{name} must be true or false, got {value!r}")
    return value


def _one_of(value: object, name: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SpecError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")
    return str(value)


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One dense layer: z = x·W + b, a = φ(z), and what may stand between and behind: normalisation and dropout.

    Attributes:
        units: number of neurons, 1 to 4,096.
        activation: the name of φ, one of ``ACTIVATIONS``.
        kernel_initializer: how the first W is drawn, one of ``KERNEL_INITIALIZERS``; the first b is 0.
        use_bias: whether b is learnt; without it b is 0.
        batch_norm: whether z is normalised over the batch before φ (Ioffe and Szegedy, 2015).
        dropout: share of the activations set to 0 in each training step, 0 to below 1 (Srivastava et al., 2014).
        l1: weight of Σ|W| in the loss, 0 to 10.
        l2: weight of ΣW² in the loss, 0 to 10.
    """

    units: int
    activation: str = "relu"
    kernel_initializer: str = "glorot_uniform"
    use_bias: bool = True
    batch_norm: bool = False
    dropout: float = 0.0
    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        _whole_number(self.units, "units", 1, MAX_UNITS)
        _one_of(self.activation, "activation", ACTIVATIONS)
        _one_of(self.kernel_initializer, "kernel_initializer", KERNEL_INITIALIZERS)
        _yes_or_no(self.use_bias, "use_bias")
        _yes_or_no(self.batch_norm, "batch_norm")
        _real(self.dropout, "dropout", 0, MAX_DROPOUT)
        _real(self.l1, "l1", 0, MAX_PENALTY)
        _real(self.l2, "l2", 0, MAX_PENALTY)

    @property
    def parameters_per_unit(self) -> int:
        """Learnt numbers of a unit besides its weights: bias, γ and β of the normalisation, slope of PReLU."""
        return self.use_bias + 2 * self.batch_norm + (self.activation == "prelu")


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A multilayer perceptron: the shape of its input and its dense layers, the last being the output.

    Attributes:
        input_shape: shape of one sample, for example ``(28, 28)`` or ``(4,)``.
        layers: 1 to 32 layers.
    """

    input_shape: tuple[int, ...]
    layers: tuple[LayerSpec, ...]

    def __post_init__(self) -> None:
        if not self.input_shape:
            raise SpecError("input_shape must name at least one dimension, got ()")
        for size in self.input_shape:
            _whole_number(size, "input_shape", 1, 1_000_000)
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise SpecError(f"a network must have 1 to {MAX_LAYERS} layers, got {len(self.layers)}")
        for number, layer in enumerate(self.layers, start=1):
            if layer.activation == "softmax" and number < len(self.layers):
                raise SpecError(f"softmax is for the output layer only, got it in layer {number}")
        last = self.layers[-1]
        if last.dropout or last.batch_norm:
            name = "dropout" if last.dropout else "batch_norm"
            raise SpecError(f"{name} is for hidden layers only, got it in the output layer {len(self.layers)}")
        if self.parameter_count > MAX_PARAMETERS:
            raise SpecError(
                f"a network may have at most {MAX_PARAMETERS:,} weights, {self.title} has {self.parameter_count:,}"
            )

    @property
    def input_size(self) -> int:
        """Number of input values of one sample."""
        return math.prod(self.input_shape)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, the input first: ``(784, 128, 64, 10)``."""
        return (self.input_size, *(layer.units for layer in self.layers))

    @property
    def activations(self) -> tuple[str, ...]:
        """Activation names of the dense layers, in order."""
        return tuple(layer.activation for layer in self.layers)

    @property
    def parameter_count(self) -> int:
        """Number of learnt values: weights, biases, and those of normalisation and PReLU."""
        pairs = itertools.pairwise(self.sizes)
        return sum(
            n_in * n_out + n_out * layer.parameters_per_unit
            for (n_in, n_out), layer in zip(pairs, self.layers, strict=True)
        )

    @property
    def title(self) -> str:
        """The sizes joined with hyphens: ``784-128-64-10``."""
        return "-".join(str(size) for size in self.sizes)

    def to_json(self) -> str:
        """Return the value as JSON text."""
        return json.dumps({"input_shape": list(self.input_shape), "layers": [asdict(x) for x in self.layers]})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a value written by ``to_json``.

        Raises:
            SpecError: the text is not JSON of this form, or a value is outside its range.
        """
        data = _json_object(text, "network")
        _only_known(data, ("input_shape", "layers"), "network")
        try:
            shape, layers = data["input_shape"], data["layers"]
        except KeyError as error:
            raise SpecError(f"a network needs {error.args[0]!r}, got only {sorted(data)}") from None
        if not isinstance(shape, list) or not isinstance(layers, list):
            raise SpecError(f"input_shape and layers must be lists, got {shape!r} and {layers!r}")
        made = []
        for number, layer in enumerate(layers, start=1):
            if not isinstance(layer, dict):
                raise SpecError(f"a layer must be an object, got {layer!r} (layer {number})")
            _only_known(layer, tuple(field.name for field in fields(LayerSpec)), f"layer {number}")
            try:
                made.append(LayerSpec(**layer))
            except SpecError as error:
                raise SpecError(f"{error} (layer {number})") from None
            except TypeError:
                raise SpecError(f"a layer needs 'units', got {layer!r} (layer {number})") from None
        return cls(tuple(shape), tuple(made))


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """How a network is trained.

    Attributes:
        optimizer: one of ``OPTIMIZERS``.
        learning_rate: step size, above 0 and at most 1,000.
        batch_size: samples of one step, 1 to 10,000.
        epochs: passes over the training set, 1 to 10,000.
        loss: one of ``LOSSES``.
        seed: fixes the first weights and the order of the samples, 0 to 2³¹ − 1.
        shuffle: whether each epoch sees the samples in a new order.
        momentum: share of the last update that the next one keeps, from 0 to below 1; used by the optimizers
            in ``MOMENTUM_OPTIMIZERS``, ignored by the others.
        schedule: how the learning rate goes on, one of ``SCHEDULES``; t is the time in epochs since warm-up:
            constant; exponential, rate·decay_factor^(t/decay_epochs); step, the same with t/decay_epochs rounded
            down; cosine, along half a cosine from the rate to rate·decay_factor at decay_epochs, then constant.
            See ``nnviz.training.schedules``.
        decay_factor: 0 to 1, see ``schedule``; unused when constant.
        decay_epochs: above 0 and at most 10,000, see ``schedule``; unused when constant.
        warmup_epochs: epochs over which the rate grows evenly from 0 to ``learning_rate``, before the schedule;
            0 for none.
        validation_share: share of the samples for training and validation that is kept for validation, the last
            ones as ``fit(validation_split=…)`` does; 0 keeps the division of the data set.
        patience: training stops early when the validation loss has not fallen for this many epochs; 0 never.
        restore_best: whether an early stop goes back to the weights of the lowest validation loss.
        target_accuracy: training stops after the epoch whose validation accuracy reaches it; 0 never.
    """

    optimizer: str = "adam"
    learning_rate: float = 1e-3
    batch_size: int = 32
    epochs: int = 5
    loss: str = "sparse_categorical_crossentropy"
    seed: int = 0
    shuffle: bool = True
    momentum: float = 0.9
    schedule: str = "constant"
    decay_factor: float = 0.5
    decay_epochs: float = 5.0
    warmup_epochs: float = 0.0
    validation_share: float = 0.0
    patience: int = 0
    restore_best: bool = True
    target_accuracy: float = 0.0

    def __post_init__(self) -> None:
        _one_of(self.optimizer, "optimizer", OPTIMIZERS)
        _one_of(self.loss, "loss", LOSSES)
        _one_of(self.schedule, "schedule", SCHEDULES)
        _real(self.decay_factor, "decay_factor", 0, 1)
        _real(self.decay_epochs, "decay_epochs", 0.001, MAX_EPOCHS)
        _real(self.warmup_epochs, "warmup_epochs", 0, MAX_EPOCHS)
        _real(self.validation_share, "validation_share", 0, 0.9)
        _whole_number(self.patience, "patience", 0, MAX_EPOCHS)
        _yes_or_no(self.restore_best, "restore_best")
        _real(self.target_accuracy, "target_accuracy", 0, 1)
        rate = self.learning_rate
        if isinstance(rate, bool) or not isinstance(rate, int | float):
            raise SpecError(f"learning_rate must be a number, got {rate!r}")
        # Not (0 < rate): the comparison is written so that NaN fails it too.
        if not 0 < rate <= 1000:
            raise SpecError(f"learning_rate must be above 0 and at most 1000, got {rate}")
        _whole_number(self.batch_size, "batch_size", 1, MAX_BATCH_SIZE)
        _whole_number(self.epochs, "epochs", 1, MAX_EPOCHS)
        _whole_number(self.seed, "seed", 0, MAX_SEED)
        _yes_or_no(self.shuffle, "shuffle")
        momentum = self.momentum
        if isinstance(momentum, bool) or not isinstance(momentum, int | float):
            raise SpecError(f"momentum must be a number, got {momentum!r}")
        if not 0 <= momentum < 1:
            raise SpecError(f"momentum must be at least 0 and below 1, got {momentum}")

    def to_json(self) -> str:
        """Return the value as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a value written by ``to_json``; what is absent takes its default.

        Raises:
            SpecError: the text is not JSON of this form, or a value is outside its range.
        """
        data = _json_object(text, "training configuration")
        _only_known(data, tuple(field.name for field in fields(cls)), "training configuration")
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained next: a network and how to train it."""

    spec: NetworkSpec
    config: TrainingConfig


def recommended_plan(input_shape: tuple[int, ...], outputs: int, samples: int, task: str = "multiclass") -> Plan:
    """Return a plan that learns well by default: the classic MNIST network, or a small one for a small table.

    Args:
        input_shape: shape of one sample.
        outputs: units of the output layer, see ``Dataset.output_count``.
        samples: size of the training set.
        task: one of ``TASKS``; output activation and loss follow from it.
    """
    last, loss = output_layer(task, outputs), TASK_OUTPUT[task][1]
    if samples >= 5_000:
        hidden, config = (128, 64), TrainingConfig(loss=loss)
    else:
        hidden = (32, 16) if math.prod(input_shape) > 32 else (16, 8)
        # Few samples make few steps an epoch: more epochs, and larger steps.
        config = TrainingConfig(learning_rate=0.01, batch_size=16, epochs=60, loss=loss)
    return Plan(NetworkSpec(input_shape, (*(LayerSpec(units) for units in hidden), last)), config)


def output_layer(task: str, outputs: int) -> LayerSpec:
    """Return the output layer that suits a task: softmax, sigmoid or linear.

    Raises:
        SpecError: there is no such task.
    """
    _one_of(task, "task", TASKS)
    return LayerSpec(outputs, TASK_OUTPUT[task][0])


def _json_object(text: str, what: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise SpecError(f"this {what} is not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise SpecError(f"a {what} must be a JSON object, got {type(data).__name__}")
    return data


def _only_known(data: Mapping[str, object], known: tuple[str, ...], what: str) -> None:
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise SpecError(f"unknown {what} entries: {', '.join(unknown)}; known are {', '.join(known)}")


def parse_units(text: str) -> tuple[int, ...]:
    """Read hidden layer sizes as a person types them: ``"128,64"``; blank means no hidden layer.

    Raises:
        SpecError: an entry is not a whole number from 1 to 4,096.
    """
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    units = []
    for number, part in enumerate(parts, start=1):
        try:
            value = int(part.replace("_", ""))
        except ValueError:
            raise SpecError(f"units must be a whole number, got {part!r} (layer {number})") from None
        try:
            units.append(_whole_number(value, "units", 1, MAX_UNITS))
        except SpecError as error:
            raise SpecError(f"{error} (layer {number})") from None
    return tuple(units)


def classifier(
    input_shape: tuple[int, ...] = (28, 28), hidden: tuple[int, ...] = (128, 64), classes: int = 10,
    activation: str = "relu",
) -> NetworkSpec:
    """Return the classic classification MLP: hidden layers, then softmax over the classes (784-128-64-10)."""
    layers = (*(LayerSpec(units, activation) for units in hidden), LayerSpec(classes, "softmax"))
    return NetworkSpec(input_shape, layers)
