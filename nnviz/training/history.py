"""Growable columns of what training reported; smoothing and decimation for drawing are in nnviz.picture."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.storage.atomic import replace_file
from nnviz.training.records import ChangeRecord, EpochRecord, StepRecords

Float32 = NDArray[np.float32]

_FIRST_CAPACITY = 1_024
_CSV_BLOCK = 10_000


class Column:
    """A NumPy array that grows at its end, in amortised constant time per row.

    Args:
        dtype: of its values.
        width: values per row; 0 makes the column one-dimensional.
    """

    def __init__(self, dtype: np.dtype[np.generic] | type[np.generic], width: int = 0) -> None:
        self._tail: tuple[int, ...] = (width,) if width else ()
        self._data: NDArray[np.generic] = np.empty((_FIRST_CAPACITY, *self._tail), dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def extend(self, values: NDArray[np.generic]) -> None:
        """Add rows at the end; views taken earlier keep showing what they showed."""
        needed = self._count + len(values)
        if needed > len(self._data):
            grown = np.empty((max(needed, 2 * len(self._data)), *self._tail), self._data.dtype)
            grown[: self._count] = self._data[: self._count]
            self._data = grown
        self._data[self._count : needed] = values
        self._count = needed

    @property
    def view(self) -> NDArray[np.generic]:
        """The rows so far, read-only, not copied."""
        made = self._data[: self._count]
        made.flags.writeable = False
        return made


class History:
    """The scalars of every step and of every epoch's end of one training.

    Args:
        layers: number of layers of the network.
        metric_name: what the metric is, see ``records.metric_name``.
    """

    def __init__(self, layers: int, metric_name: str = "accuracy") -> None:
        self.layers = layers
        self.metric_name = metric_name
        self.clear()

    def clear(self) -> None:
        """Forget everything; views taken earlier stay as they were."""
        self._step = Column(np.int64)
        self._epoch = Column(np.int32)
        self._loss, self._metric = Column(np.float32), Column(np.float32)
        self._learning_rate = Column(np.float32)
        self._kernel_rms = Column(np.float32, self.layers)
        self._bias_rms = Column(np.float32, self.layers)
        self._epochs: list[EpochRecord] = []
        self._changes: list[ChangeRecord] = []

    def __len__(self) -> int:
        return len(self._step)

    def append(self, records: StepRecords) -> None:
        """Add the steps of one chunk.

        Raises:
            SpecError: they are of a network with another number of layers, or not later than those here.
        """
        if records.kernel_rms.shape[1] != self.layers:
            raise SpecError(f"records need {self.layers} layers, got {records.kernel_rms.shape[1]}")
        if len(self) and records.first_step <= self.step[-1]:
            raise SpecError(f"steps must follow step {self.step[-1]:,}, got {records.first_step:,}")
        count = records.count
        self._step.extend(np.arange(records.first_step, records.first_step + count))
        self._epoch.extend(np.full(count, records.epoch))
        self._loss.extend(records.loss)
        self._metric.extend(records.metric)
        self._kernel_rms.extend(records.kernel_rms)
        self._bias_rms.extend(records.bias_rms)
        self._learning_rate.extend(records.learning_rate)

    def relayer(self, matches: tuple[int | None, ...]) -> None:
        """Go on with other layers; those that are new have had no gradient so far, which is NaN.

        Args:
            matches: for each layer from now on which layer it was, from 0, or None.
        """
        self.layers = len(matches)
        for name in ("_kernel_rms", "_bias_rms"):
            old = getattr(self, name).view
            made = Column(np.float32, self.layers)
            table = np.full((len(old), self.layers), np.nan, np.float32)
            for place, match in enumerate(matches):
                if match is not None:
                    table[:, place] = old[:, match]
            made.extend(table)
            setattr(self, name, made)

    def append_change(self, change: ChangeRecord) -> None:
        """Add a change of network or training that went on from the same weights."""
        if change.matches != tuple(range(self.layers)):
            self.relayer(change.matches)
        self._changes.append(change)

    def append_epoch(self, record: EpochRecord) -> None:
        """Add the end of one epoch."""
        self._epochs.append(record)

    @property
    def step(self) -> NDArray[np.int64]:
        """Step numbers, (steps,)."""
        return self._step.view.view(np.int64)

    @property
    def epoch(self) -> NDArray[np.int32]:
        """Epoch of each step, (steps,)."""
        return self._epoch.view.view(np.int32)

    @property
    def loss(self) -> Float32:
        """Loss of each step's batch before its update, (steps,)."""
        return self._loss.view.view(np.float32)

    @property
    def metric(self) -> Float32:
        """Metric of each step's batch before its update, (steps,), see ``records.metric_name``."""
        return self._metric.view.view(np.float32)

    @property
    def kernel_rms(self) -> Float32:
        """RMS of dL/dW of each layer, (steps, layers)."""
        return self._kernel_rms.view.view(np.float32)

    @property
    def bias_rms(self) -> Float32:
        """RMS of dL/db of each layer, (steps, layers)."""
        return self._bias_rms.view.view(np.float32)

    @property
    def learning_rate(self) -> Float32:
        """Learning rate each step was made with, (steps,)."""
        return self._learning_rate.view.view(np.float32)

    @property
    def epochs(self) -> tuple[EpochRecord, ...]:
        """The ends of the epochs so far."""
        return tuple(self._epochs)

    @property
    def changes(self) -> tuple[ChangeRecord, ...]:
        """What was changed while training went on, in order."""
        return tuple(self._changes)

    def to_csv(self, path: Path) -> None:
        """Write a row per step; the epoch's columns are filled in the row of each epoch's last step.

        Raises:
            SaveError: the file could not be written; what stood there before is untouched.
        """
        replace_file(path, self._write_csv)

    def _write_csv(self, path: Path) -> None:
        numbers = range(1, self.layers + 1)
        header = ["step", "epoch", "loss", self.metric_name, "learning_rate"]
        header += [f"kernel_gradient_rms_{n}" for n in numbers] + [f"bias_gradient_rms_{n}" for n in numbers]
        header += ["epoch_loss", f"epoch_{self.metric_name}", "validation_loss", f"validation_{self.metric_name}"]
        ends = {end.step: end for end in self._epochs}
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for start in range(0, len(self), _CSV_BLOCK):
                part = slice(start, start + _CSV_BLOCK)
                rows = zip(
                    self.step[part].tolist(), self.epoch[part].tolist(),
                    _short(self.loss[part]), _short(self.metric[part]), _short(self.learning_rate[part]),
                    _short(self.kernel_rms[part]), _short(self.bias_rms[part]), strict=True,
                )  # fmt: skip
                for step, epoch, loss, metric, rate, kernels, biases in rows:
                    end = ends.get(step)
                    tail = ["", "", "", ""]
                    if end is not None:
                        values = end.loss, end.metric, end.validation_loss, end.validation_metric
                        tail = [f"{value:.9g}" for value in values]
                    writer.writerow([step, epoch, loss, metric, rate, *kernels, *biases, *tail])


def _short(values: Float32) -> list[object]:
    """Return float32 values as the shortest texts that read back as the same float32."""
    made: list[object] = values.astype("U16").tolist()
    return made
