"""Training as a generator of records: pausing is not pulling it, stopping is dropping it.

The state of a training lives in a ``TrainingRun``; ``train`` moves it forward and yields what happened.
Whatever pulls the generator decides when, so a run is paused, stepped, continued and stopped without a flag.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.data.datasets import Dataset, Split
from nnviz.errors import NnvizError, SpecError
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.hand import WeightValues, check_marks
from nnviz.training.keras_backend import KerasBackend, StepScalars, Target
from nnviz.training.pacer import Pacer
from nnviz.training.records import EpochRecord, Evaluation, HandMarks, StepRecords, metric_name
from nnviz.training.schedules import learning_rates
from nnviz.training.stopping import StopWatch

Float32 = NDArray[np.float32]
#: How far to train: one step, to the epoch's end, to the end of all epochs, or so many steps.
Until = Literal["step", "epoch", "end"] | int


class TrainingDivergedError(NnvizError):
    """The loss or the weights stopped being finite numbers; the network was put back to before that chunk.

    Attributes:
        step: the first step of which that is so.
        kept_step: the step after which the weights are kept.
    """

    def __init__(self, step: int, kept_step: int, epoch: int, learning_rate: float) -> None:
        super().__init__(
            f"Training diverged: the loss is no longer a finite number at step {step:,} (epoch {epoch}). "
            f"The weights of step {kept_step:,} are kept. Try a learning rate below {learning_rate:g}."
        )
        self.step = step
        self.kept_step = kept_step


def epoch_order(count: int, seed: int, epoch: int, shuffle: bool) -> NDArray[np.int32]:
    """Return the order in which an epoch (from 1) sees ``count`` samples; it depends on nothing else."""
    if not shuffle:
        return np.arange(count, dtype=np.int32)
    return np.random.default_rng([seed, epoch]).permutation(count).astype(np.int32)


class TrainingRun:
    """Where a training stands: position, sums of the epoch so far. ``train`` moves it on.

    Args:
        backend: the network; its data are set to the training split here.
        dataset: training and validation samples, divided anew where the configuration says so.
        generation: number that every record carries.
        pacer: how long chunks are.
        cancelled: asked between the blocks of an evaluation, the one thing that can take long; when it
            answers true the evaluation is given up.

    Attributes:
        epoch: the epoch the next step belongs to, from 1; the number of epochs + 1 at the end.
        step_in_epoch: steps of it already made.
        step: steps made in all; the next one has this number + 1.
        stop_reason: why training stopped before the last epoch, in a sentence; empty otherwise.
    """

    def __init__(
        self,
        backend: KerasBackend,
        dataset: Dataset,
        generation: int = 0,
        pacer: Pacer | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.backend = backend
        self._whole = dataset
        self._divide()
        self.generation = generation
        self.pacer = pacer or Pacer()
        self._cancelled = cancelled
        self.steps_per_epoch = self._count_steps()
        self.epoch, self.step_in_epoch, self.step = 1, 0, 0
        self._extra_steps = 0
        self._order: tuple[int, NDArray[np.int32]] | None = None
        self.stop_reason = ""
        self._watch = StopWatch()
        self._start_epoch_sums()

    @property
    def total_steps(self) -> int:
        """Steps of all epochs, and those made on single samples besides."""
        return self.backend.config.epochs * self.steps_per_epoch + self._extra_steps

    @property
    def is_finished(self) -> bool:
        """Whether every epoch is over, or training was stopped for a reason."""
        return self.epoch > self.backend.config.epochs or bool(self.stop_reason)

    @property
    def is_at_epoch_end(self) -> bool:
        """Whether the epoch's last step is made and its record is not."""
        return self.step_in_epoch == self.steps_per_epoch

    @property
    def next_batch_size(self) -> int:
        """Number of samples of the next step."""
        config = self.backend.config
        place = 0 if self.is_at_epoch_end else self.step_in_epoch
        return min(config.batch_size, len(self.dataset.train) - place * config.batch_size)

    def take_steps(self, most: int | None = None) -> StepRecords:
        """Make up to ``most`` steps, at least one and not beyond the epoch's end, and return their record.

        The pacer says how many at once, and learns from it.

        Raises:
            TrainingDivergedError: the loss is no longer finite; position and network are as before.
        """
        left = self.steps_per_epoch - self.step_in_epoch
        paced = self.pacer.steps
        steps = min(most or paced, paced, left, self.backend.max_steps)
        indices = self._indices(steps)
        started = time.perf_counter()
        rates = learning_rates(self.backend.config, self._schedule_step, steps, self.steps_per_epoch)
        scalars = self.backend.run_steps(indices, rates)
        seconds = time.perf_counter() - started
        self._check(scalars)
        if most is None or most >= paced:  # a single step for a snapshot says nothing about chunks
            self.pacer.took(steps, seconds)
        sizes = (indices >= 0).sum(axis=1)
        self._loss_sum += float(np.dot(scalars.loss.astype(np.float64), sizes))
        self._metric_sum += float(np.dot(scalars.metric.astype(np.float64), sizes))
        self._samples += int(sizes.sum())
        self._seconds += seconds
        self.step_in_epoch += steps
        return self._records(scalars)

    def end_epoch(self) -> EpochRecord | None:
        """Validate, begin the next epoch and return the record; cancelled, change nothing and return None."""
        count = max(self._samples, 1)  # all of the training split, but for what a new batch size left out
        validation = self.evaluate(self.dataset.validation)
        if validation is None:
            return None
        scale = self.dataset.metric_scale
        loss, metric = self._loss_sum / count, self._metric_sum / count * scale
        is_accuracy = metric_name(self.dataset.task) == "accuracy"
        self.stop_reason = self._watch.reason(
            self.backend, self.epoch, validation[0], validation[1] if is_accuracy else None
        )
        record = EpochRecord(
            self.generation, self.epoch, self.step, loss, metric, *validation, self._seconds, self.stop_reason,
        )  # fmt: skip
        self.epoch += 1
        self.step_in_epoch = 0
        self._start_epoch_sums()
        return record

    def evaluate(self, split: Split) -> tuple[float, float] | None:
        """Return mean loss and metric over a split, NaN of an empty one, None when cancelled."""
        if len(split) == 0:
            return math.nan, math.nan
        result = self.backend.evaluate(split.x, split.y, self._cancelled)
        return None if result is None else (result[0], result[1] * self.dataset.metric_scale)

    def adapt(self, spec: NetworkSpec, config: TrainingConfig, rest: Parameters | None = None) -> None:
        """Go on with another network or other values, weights kept; the place in the epoch stays.

        With another batch size the epoch goes on at the next whole batch: less than one batch of it is left out.

        Raises:
            SpecError: see ``KerasBackend.adapt`` and ``check_trainable``; nothing has changed then.
        """
        check_trainable(spec, self._whole, config)
        before = self.backend.config
        seen = self.step_in_epoch * before.batch_size
        self.backend.adapt(spec, config, rest)
        if config.validation_share != before.validation_share:
            self._divide()
            self._order, seen = None, 0
        if (config.seed, config.shuffle) != (before.seed, before.shuffle):
            self._order = None
        self.steps_per_epoch = self._count_steps()
        self.step_in_epoch = min(-(-seen // config.batch_size), self.steps_per_epoch)
        if config.epochs != before.epochs or config.patience != before.patience:
            self.go_on()

    def set_dataset(self, dataset: Dataset) -> None:
        """Go on with other samples: weights, what the optimizer remembers, and the number of steps stay.

        The epoch goes on with as many of its steps over as the new samples have, in a new order.

        Raises:
            SpecError: see ``check_trainable``; nothing has changed then.
        """
        check_trainable(self.backend.spec, dataset, self.backend.config)
        self._whole = dataset
        self._divide()
        self._order = None
        self.steps_per_epoch = self._count_steps()
        self.step_in_epoch = min(self.step_in_epoch, self.steps_per_epoch)
        # So that the steps still to come are those of the new samples.
        self._extra_steps = self.step - (self.epoch - 1) * self.steps_per_epoch - self.step_in_epoch
        self.go_on()
        self._start_epoch_sums()

    def edit(self, values: WeightValues, marks: HandMarks) -> tuple[float, ...]:
        """Set weights and marks by hand, all or none; position and optimizer state stay. Return what weights were.

        Raises:
            SpecError: see ``KerasBackend.set_values`` and ``set_marks``; nothing has changed then.
        """
        check_marks(self.backend.spec, marks)
        before = self.backend.set_values(values)
        self.backend.set_marks(marks)
        self._watch = StopWatch()  # its weights are not those of the network as it was edited
        return before

    def go_on(self) -> None:
        """Take back an early stop: training may go on, and patience begins anew."""
        self.stop_reason = ""
        self._watch = StopWatch()

    def take_sample(self, x: Float32, target: Target) -> StepRecords:
        """Make one step whose batch is one sample; the place in the epoch stays.

        Raises:
            TrainingDivergedError: the loss is no longer finite; the network is as before.
            SpecError: the sample or the class does not fit the network.
        """
        rate = float(learning_rates(self.backend.config, self._schedule_step, 1, self.steps_per_epoch)[0])
        scalars = self.backend.run_sample(x, target, rate)
        self._check(scalars)
        self._extra_steps += 1
        return self._records(scalars)

    @property
    def _schedule_step(self) -> int:
        """Steps behind the next one, as the schedule counts them: by its place in the epochs."""
        return (self.epoch - 1) * self.steps_per_epoch + self.step_in_epoch

    def _count_steps(self) -> int:
        return -(-len(self.dataset.train) // self.backend.config.batch_size)

    def _divide(self) -> None:
        self.dataset = self._whole.with_validation_share(self.backend.config.validation_share)
        self.backend.set_data(self.dataset.train.x, self.dataset.train.y)

    def _indices(self, steps: int) -> NDArray[np.int32]:
        config, count = self.backend.config, len(self.dataset.train)
        if self._order is None or self._order[0] != self.epoch:
            self._order = self.epoch, epoch_order(count, config.seed, self.epoch, config.shuffle)
        start = self.step_in_epoch * config.batch_size
        taken = self._order[1][start : start + steps * config.batch_size]
        indices = np.full((steps, config.batch_size), -1, np.int32)
        indices.reshape(-1)[: len(taken)] = taken
        return indices

    def _check(self, scalars: StepScalars) -> None:
        if scalars.diverged_at is not None:
            step = self.step + 1 + scalars.diverged_at
            raise TrainingDivergedError(step, self.step, self.epoch, self.backend.config.learning_rate)

    def _records(self, scalars: StepScalars) -> StepRecords:
        first = self.step + 1
        self.step += len(scalars.loss)
        epoch = min(self.epoch, self.backend.config.epochs)
        return StepRecords(
            self.generation, first, epoch,
            scalars.loss, scalars.metric * np.float32(self.dataset.metric_scale), scalars.kernel_rms, scalars.bias_rms,
            scalars.learning_rate,
        )  # fmt: skip

    def _start_epoch_sums(self) -> None:
        self._loss_sum = self._metric_sum = self._seconds = 0.0
        self._samples = 0


def train(run: TrainingRun, until: Until = "end") -> Iterator[StepRecords | EpochRecord]:
    """Train from where the run stands, yielding the records of each chunk and of each epoch's end.

    Between two records the run may be left alone for any time, or for ever. Steps are made when a record is
    asked for, and the chunk sizes have no influence on the weights.

    Args:
        run: what to train.
        until: ``"step"`` for one step, ``"epoch"`` to the end of the epoch, ``"end"`` of all epochs, or a number
            of steps, at least 1.

    Raises:
        TrainingDivergedError: the loss is no longer finite; weights from before that chunk are kept.
    """
    # Counted from now, not from the first record asked for; single steps made between two records count too.
    last = run.step + (1 if until == "step" else until) if until == "step" or isinstance(until, int) else None
    return _train(run, until, last)


def _train(run: TrainingRun, until: Until, last: int | None) -> Iterator[StepRecords | EpochRecord]:
    if until != "step":
        run.pacer.restart()
    if run.is_at_epoch_end:  # the one who pulled left between the last step and the epoch's record
        pending = run.end_epoch()
        if pending is None:
            return
        yield pending
    epoch = run.epoch
    while not run.is_finished and (until != "epoch" or run.epoch == epoch) and (last is None or run.step < last):
        yield run.take_steps(None if last is None else last - run.step)
        if run.is_at_epoch_end:
            ended = run.end_epoch()
            if ended is None:
                return
            yield ended


def check_trainable(spec: NetworkSpec, dataset: Dataset, config: TrainingConfig) -> None:
    """Check that a network can learn a data set; what only learns badly is let through.

    Raises:
        SpecError: the size of the input or the number of outputs does not fit, the loss does not, or there are no
            samples.
    """
    inputs, outputs = dataset.train.x.shape[1], spec.layers[-1].units
    if spec.input_size != inputs:
        raise SpecError(f"{dataset.title} has {inputs} inputs, {spec.title} takes {spec.input_size}")
    KerasBackend.check(spec, config, dataset.task)
    if dataset.task in ("regression", "multilabel"):
        what = "targets" if dataset.task == "regression" else "labels"
        if outputs != dataset.output_count:
            raise SpecError(f"{dataset.title} has {dataset.output_count} {what}, {spec.title} has {outputs} outputs")
    else:
        classes = len(dataset.class_names)
        is_one_of_two = outputs == 1 and classes == 2
        if outputs < classes and not is_one_of_two:
            raise SpecError(f"{dataset.title} has {classes} classes, {spec.title} has {outputs} outputs")
    if len(dataset.train) == 0:
        raise SpecError(f"{dataset.title} has no training samples")


def evaluate(run: TrainingRun, split: str) -> Evaluation | None:
    """Return loss and metric over ``"train"``, ``"validation"`` or ``"test"``; None when cancelled."""
    samples = run.dataset.split(split)
    result = run.evaluate(samples)
    if result is None:
        return None
    return Evaluation(run.generation, split, run.step, *result, len(samples))
