"""How a network is trained: the few things everybody sets, and folded the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.plan_words import OPTIMIZER_NAMES, OPTIMIZER_TIPS, SCHEDULE_NAMES, SCHEDULE_TIPS, brief
from app.theme import Theme
from app.widgets.choice_box import ChoiceBox
from app.widgets.field_form import FieldForm
from app.widgets.fold import Fold
from app.widgets.number_field import Number, NumberField, Reader, real, whole
from app.widgets.picture_tools import PictureTools
from app.widgets.rate_preview import RatePreview
from nnviz.data.dataset import training_count
from nnviz.errors import SpecError
from nnviz.spec import MOMENTUM_OPTIMIZERS, OPTIMIZERS, SCHEDULES, TrainingConfig


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of ``TrainingConfig``: its key, label, how it is read, a sentence, and what an empty field means."""

    key: str
    title: str
    read: Reader
    tip: str
    zero: str = ""


_MOMENTUM = _Number(
    "momentum", "Momentum", real,
    "Momentum: the share of the last update that the next one keeps, 0 to below 1; more goes faster along valleys, "
    "and overshoots.",
)
_BASIC = (
    _Number(
        "learning_rate", "Learning rate", real,
        "Learning rate: how far each step goes; too high and the loss jumps.",
    ),
    _Number(
        "batch_size", "Batch size", whole, "Samples of one step: larger is smoother, with fewer steps an epoch."
    ),
    _Number("epochs", "Epochs", whole, "Epochs: how often training passes over all samples."),
    _Number(
        "seed", "Seed", whole,
        "Seed: fixes the first weights and the order of the samples; the same seed, the same run.",
    ),
)
_DECAY = (
    _Number(
        "decay_factor", "Decay factor", real,
        "What the learning rate is multiplied by, 0 to 1, each time the decay epochs are over; for cosine, in all; "
        "smaller falls further.",
    ),
    _Number(
        "decay_epochs", "Decay epochs", real,
        "In how many epochs the learning rate falls by the decay factor; more falls slower.",
    ),
)
_WARMUP = _Number(
    "warmup_epochs", "Warm-up epochs", real,
    "Epochs over which the learning rate grows from 0 before the schedule begins; more starts gentler.", "none",
)
_SHARE = _Number(
    "validation_share", "Validation share", real,
    "Share of the samples kept for validation, 0 to 0.9; more judges better, and learns from less; empty keeps the "
    "division of the data set.", "as it is",
)
_PATIENCE = _Number(
    "patience", "Stop early after", whole,
    "Early stopping: training ends when the validation loss has not fallen for this many epochs; more waits longer.",
    "never",
)
_TARGET = _Number(
    "target_accuracy", "Stop at accuracy", real,
    "Training ends after the epoch whose validation accuracy reaches this, 0 to 1; higher trains longer.", "never",
)


class TrainingFields(QWidget):
    """The fields of a ``TrainingConfig`` but for the loss, which stands with the output."""

    #: The TrainingConfig that the person wants.
    config_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = TrainingConfig()
        self._task = "multiclass"
        self._samples, self._validation = 1, 0
        self.numbers: dict[str, NumberField] = {}
        basic = FieldForm(self)
        self.optimizer = ChoiceBox(
            "optimizer", "Optimizer", "Optimizer: the rule that turns gradients into updates.", parent=basic
        )
        for key in OPTIMIZERS:
            self.optimizer.add(key, OPTIMIZER_NAMES[key], OPTIMIZER_TIPS[key])
        basic.add_wide("Optimizer", self.optimizer)
        self._add(basic, _MOMENTUM)
        for each in _BASIC:
            self._add(basic, each)
        self._basic = basic

        rates = FieldForm()
        self.schedule = ChoiceBox(
            "schedule", "Learning rate schedule", "Schedule: how the learning rate goes on.", parent=rates
        )
        for key in SCHEDULES:
            self.schedule.add(key, SCHEDULE_NAMES[key], SCHEDULE_TIPS[key])
        rates.add_wide("Schedule", self.schedule)
        for each in (*_DECAY, _WARMUP):
            self._add(rates, each)
        self.preview = RatePreview(rates)
        self._preview_tools = PictureTools(self.preview, "learning-rate", "the learning rate")
        rates.add_line(self.preview)
        self._rates = rates
        self.rate_fold = Fold(
            "rate_options", "Learning rate schedule", "How the learning rate goes on over the epochs.", rates, self
        )

        stopping = FieldForm()
        self.shuffle = self._check(
            stopping, "shuffle", "Shuffle", "Shuffle: whether each epoch takes the samples in a new order; without, "
            "neighbours always share a batch.",
        )
        self._add(stopping, _SHARE)
        self._add(stopping, _PATIENCE)
        self.restore_best = self._check(
            stopping, "restore_best", "Back to the best weights",
            "Whether an early stop goes back to the weights of the lowest validation loss.",
        )
        self._add(stopping, _TARGET)
        self._stopping = stopping
        self.stop_fold = Fold(
            "stop_options", "Samples and stopping",
            "Order of the samples, validation, and when training ends by itself.", stopping, self,
        )

        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for part in (basic, self.rate_fold, self.stop_fold):
            box.addWidget(part)
        self.optimizer.chosen.connect(self._optimizer_chosen)
        self.schedule.chosen.connect(self._schedule_chosen)
        self.shuffle.toggled.connect(self._shuffle_toggled)
        self.restore_best.toggled.connect(self._restore_toggled)
        self.set_config(self._config)

    def focus_chain(self) -> tuple[QWidget, ...]:
        """Return the fields in the order in which Tab goes through them."""
        numbers = self.numbers
        return (
            self.optimizer, numbers["momentum"], *(numbers[each.key] for each in _BASIC),
            self.rate_fold.button, self.schedule, *(numbers[each.key] for each in _DECAY), numbers[_WARMUP.key],
            self.stop_fold.button, self.shuffle, numbers[_SHARE.key], numbers[_PATIENCE.key], self.restore_best,
            numbers[_TARGET.key],
        )

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        for part in (self.rate_fold, self.stop_fold, self.preview, self._preview_tools):
            part.set_theme(theme)

    def set_task(self, task: str) -> None:
        """Set what is to be learnt, one of ``nnviz.spec.TASKS``; numbers have no accuracy to stop at."""
        self._task = task
        self._show()

    def set_samples(self, train: int, validation: int) -> None:
        """Set the sizes of the training and the validation set, which say how many steps an epoch has."""
        self._samples, self._validation = max(1, train), validation
        self._show()

    def set_config(self, config: TrainingConfig) -> None:
        """Show a configuration; emits nothing."""
        self._config = config
        for key, field in self.numbers.items():
            field.set_value(getattr(config, key))
        self.optimizer.set_key(config.optimizer)
        self.schedule.set_key(config.schedule)
        for box, on in ((self.shuffle, config.shuffle), (self.restore_best, config.restore_best)):
            with QSignalBlocker(box):
                box.setChecked(on)
        self._show()

    def _show(self) -> None:
        config = self._config
        self._basic.show_row(self.numbers["momentum"], config.optimizer in MOMENTUM_OPTIMIZERS)
        for each in _DECAY:
            self._rates.show_row(self.numbers[each.key], config.schedule != "constant")
        self.restore_best.setEnabled(config.patience > 0)
        self._stopping.show_row(self.numbers["target_accuracy"], self._task != "regression")
        self.rate_fold.set_caption(rate_caption(config))
        self.stop_fold.set_caption(stop_caption(config, self._task))
        samples = self._samples
        if config.validation_share:
            samples = max(1, training_count(self._samples + self._validation, config.validation_share))
        self.preview.set_training(config, samples)

    def _add(self, form: FieldForm, what: _Number) -> None:
        field = NumberField(
            what.key, what.key, what.title, what.tip, what.read, zero=what.zero, parent=form
        )
        self.numbers[what.key] = field
        form.add(what.title, field)
        field.value_edited.connect(self._number_edited)

    def _check(self, form: FieldForm, name: str, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, form)
        box.setObjectName(name)
        box.setAccessibleName(text)
        box.setToolTip(tip)
        form.add_line(box)
        return box

    def _emit(self, **changes: Any) -> None:
        config = replace(self._config, **changes)
        if config != self._config:
            self._config = config
            self._show()
            self.config_edited.emit(config)

    def _number_edited(self, key: str, value: Number) -> None:
        field = self.numbers[key]
        try:
            replace(self._config, **{key: value})  # type: ignore[arg-type]
        except SpecError as error:
            field.fail(str(error))
            return
        field.accept(value)
        self._emit(**{key: value})

    def _optimizer_chosen(self, key: str) -> None:
        self._emit(optimizer=key)

    def _schedule_chosen(self, key: str) -> None:
        self._emit(schedule=key)

    def _shuffle_toggled(self, on: bool) -> None:
        self._emit(shuffle=on)

    def _restore_toggled(self, on: bool) -> None:
        self._emit(restore_best=on)


def rate_caption(config: TrainingConfig) -> str:
    """Return how the learning rate goes on, in few words, "" where it is constant: ``×0.5 in 5 epochs · warm-up 2``."""
    parts = []
    if config.schedule != "constant":
        how = {"exponential": "×{} in {} epochs", "step": "×{} every {} epochs", "cosine": "cosine to ×{} in {} epochs"}
        parts.append(how[config.schedule].format(brief(config.decay_factor), brief(config.decay_epochs)))
    if config.warmup_epochs:
        parts.append(f"warm-up {brief(config.warmup_epochs)}")
    return " · ".join(parts)


def stop_caption(config: TrainingConfig, task: str) -> str:
    """Return what differs from the usual in samples and stopping, in few words: ``patience 5 · at 98 %``."""
    parts = [] if config.shuffle else ["no shuffle"]
    if config.validation_share:
        parts.append(f"validation {brief(config.validation_share * 100)} %")
    if config.patience:
        parts.append(f"patience {config.patience}")
    if config.target_accuracy and task != "regression":
        parts.append(f"stop at {brief(config.target_accuracy * 100)} %")
    return " · ".join(parts)
