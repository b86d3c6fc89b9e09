"""What the output of a network says, in the words and units of its task: classes, labels, or values of targets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset, Scaling
from nnviz.picture.quantities import number
from nnviz.training.records import Snapshot

#: Activations whose values are shares: they are written in percent.
SHARES = ("softmax", "sigmoid")
#: A single output for two classes, and each label by itself, is decided here.
THRESHOLD = 0.5
#: What is said where no label is.
NO_LABEL = "no label"

_WITH_UNIT = re.compile(r"(.*\S)\s*\(([^()]+)\)")


@dataclass(frozen=True, slots=True, eq=False)
class OutputMeaning:
    """What the units of an output layer stand for.

    Attributes:
        task: one of ``nnviz.spec.TASKS``.
        names: of the classes, also of both where one output tells them apart; of the labels; of the targets,
            without their units.
        units: unit of each target, "" where it has none; empty but for regression.
        scaling: how the targets were standardised; None where the outputs are in the targets' own units.
        limits: smallest and largest value of each target in the training set, in its unit, (targets, 2); None
            but for regression.
    """

    task: str = "multiclass"
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    scaling: Scaling | None = None
    limits: NDArray[np.float64] | None = None

    @property
    def is_regression(self) -> bool:
        """Whether the outputs are real numbers with a unit, not classes or labels."""
        return self.task == "regression"

    def name(self, index: int) -> str:
        """Return the name of a class, label or target; its number where it has none."""
        return self.names[index] if 0 <= index < len(self.names) else str(index)

    def output_names(self, outputs: int) -> tuple[str, ...]:
        """Return the names of ``outputs`` output units; a single one for two classes has the second's."""
        if outputs == 1 and self.is_two_classes:
            return self.names[1:]
        return self.names

    @property
    def is_two_classes(self) -> bool:
        """Whether two classes are told apart, so that one output is enough."""
        return self.task in ("binary", "multiclass") and len(self.names) == 2

    def original(self, output: NDArray[Any]) -> NDArray[np.float64]:
        """Return outputs or targets of a regression, (targets,), in the units of the targets.

        Of a network with another number of outputs they stay as they are: it was made for other data.
        """
        if self.scaling is None or np.shape(output)[-1] != len(self.scaling.mean):
            return np.asarray(output, np.float64)
        return self.scaling.original(output)

    def value_text(self, value: float, index: int, *, sign: bool = False) -> str:
        """Write a value of a target with as many decimals as its range asks for, without its unit.

        With ``sign`` a plus is written too: a difference.
        """
        if not np.isfinite(value):
            return number(value)
        low, high = self.limits_of(index)
        decimals = min(6, max(0, 2 - int(np.floor(np.log10(high - low)))))
        if abs(value) >= 1e9 * (high - low):
            return number(value)
        text = f"{value:+,.{decimals}f}" if sign else f"{value:,.{decimals}f}"
        if not text.strip("+-0.,"):
            text = text.lstrip("+-")  # −0 is 0
        return text.replace("-", "−")

    def with_unit(self, text: str, index: int) -> str:
        """Return a written value with the unit of its target."""
        unit = self.units[index] if index < len(self.units) else ""
        if not unit:
            return text
        return f"{text} × {unit}" if unit[0].isdigit() else f"{text} {unit}"

    def limits_of(self, index: int) -> tuple[float, float]:
        """Return the ends of the scale of a target in its unit, the lower below the higher."""
        if self.limits is None or index >= len(self.limits):
            return -3.0, 3.0
        low, high = (float(v) for v in self.limits[index])
        return (low, high) if high > low else (low - 1.0, low + 1.0)

    def largest_output(self) -> float:
        """Return the largest magnitude among standardised targets: the end of the output units' colour scale."""
        if self.limits is None:
            return 0.0
        ends = self.limits if self.scaling is None else (
            (self.limits - self.scaling.mean[:, None]) / self.scaling.std[:, None]
        )
        return float(np.abs(ends).max())


def split_unit(name: str) -> tuple[str, str]:
    """Return a name and its unit: ``"height (cm)"`` is ``("height", "cm")``; the unit is "" where there is none."""
    found = _WITH_UNIT.fullmatch(name.strip())
    return (found[1], found[2].strip()) if found else (name, "")


def meaning_of(dataset: Dataset) -> OutputMeaning:
    """Return what outputs learnt from a data set stand for."""
    if dataset.task != "regression":
        return OutputMeaning(dataset.task, dataset.class_names)
    parts = [split_unit(name) for name in dataset.target_names]
    scaling = dataset.target_scaling
    y = np.asarray(dataset.train.y, np.float64).reshape(len(dataset.train), -1)
    ends = np.stack([y.min(axis=0), y.max(axis=0)])
    limits = ends if scaling is None else scaling.original(ends)
    return OutputMeaning(
        "regression", tuple(name for name, _ in parts), tuple(unit for _, unit in parts), scaling, limits.T.copy()
    )


def metric_unit(meaning: OutputMeaning) -> str:
    """Return the unit of the mean absolute error: that of the only target, else standard deviations."""
    if len(meaning.names) > 1:
        return "standard deviations"
    return meaning.units[0] if meaning.units else ""


@dataclass(frozen=True, slots=True)
class OutputRow:
    """One line of an answer.

    Attributes:
        unit: the output unit it comes from.
        name: of the class, label or target.
        value: probability (or whatever the output is), or the value of a target in its unit.
        text: the value, written.
        share: where the value stands on its bar, in [0, 1].
        says: whether this is what the network says.
        wanted: whether it is what should be said, None where that is not known.
        threshold: where on the bar it is decided, None where the largest wins.
        truth_share: where the true value of a target stands on the bar, None where it is not known.
        truth, error: the true value and value − truth, written; "" where they are not known.
    """

    unit: int
    name: str
    value: float
    text: str
    share: float
    says: bool
    wanted: bool | None
    threshold: float | None = None
    truth_share: float | None = None
    truth: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network says of a sample.

    Attributes:
        task: one of ``nnviz.spec.TASKS``.
        rows: one for each class, label or target.
        said: what it says: a class, labels, values.
        truth: what it should say, "" where that is not known.
        is_right: whether they agree; None where that is not known, and for values, which never quite agree.
    """

    task: str
    rows: tuple[OutputRow, ...]
    said: str
    truth: str
    is_right: bool | None

    @property
    def words(self) -> str:
        """The answer in a few words: ``7, read as 1``; ``predicts 152, truth 148``."""
        if self.task == "regression":
            return f"predicts {self.said}" + (f", truth {self.truth}" if self.truth else "")
        return f"{self.truth}, read as {self.said}" if self.truth else f"read as {self.said}"


def percent(p: float) -> str:
    """Write a share in percent; never "100 %" or "0 %" for what is neither, and NaN as it is."""
    if not np.isfinite(p):
        return "NaN"
    if 0 < p < 0.001:
        return "<0.1 %"
    return ">99.9 %" if 0.999 < p < 1 else f"{100 * p:.1f} %".replace("-", "−")


def read_output(
    meaning: OutputMeaning, output: NDArray[Any], target: NDArray[Any] | None = None, activation: str = "softmax"
) -> Answer:
    """Return what an output says.

    Args:
        meaning: what the output units stand for.
        output: activations of the output layer, (outputs,).
        target: what they should be, (outputs,): the class one-hot (one number for a single output), labels of
            0 and 1, standardised targets; None where it is not known.
        activation: name of φ of the output layer.
    """
    if meaning.is_regression:
        return _read_values(meaning, output, target)
    write = percent if activation in SHARES else number
    if meaning.task == "multilabel":
        return _read_labels(meaning, output, target, write)
    values, wanted, threshold = np.asarray(output, np.float64), target, None
    if len(values) == 1:
        # One output tells two classes apart: it is the share of the second, the rest is the first's.
        values, threshold = np.array([1 - values[0], values[0]]), THRESHOLD
        wanted = None if target is None else np.array([1 - target[0], target[0]])
        best = int(values[1] > THRESHOLD)
    else:
        best = int(np.argmax(values))
    right = None if wanted is None else int(np.argmax(wanted))
    unit_of = (lambda k: 0) if len(output) == 1 else (lambda k: k)
    rows = tuple(
        OutputRow(
            unit_of(k), meaning.name(k), float(value), write(float(value)), _clip(float(value)), k == best,
            None if right is None else k == right, threshold,
        )
        for k, value in enumerate(values)
    )
    truth = "" if right is None else meaning.name(right)
    return Answer(meaning.task, rows, meaning.name(best), truth, None if right is None else best == right)


def _read_labels(meaning: OutputMeaning, output: NDArray[Any], target: NDArray[Any] | None, write: Any) -> Answer:
    rows = tuple(
        OutputRow(
            k, meaning.name(k), float(value), write(float(value)), _clip(float(value)), bool(value > THRESHOLD),
            None if target is None else bool(target[k] > THRESHOLD), THRESHOLD,
        )
        for k, value in enumerate(output)
    )
    said = ", ".join(row.name for row in rows if row.says) or NO_LABEL
    if target is None:
        return Answer(meaning.task, rows, said, "", None)
    truth = ", ".join(row.name for row in rows if row.wanted) or NO_LABEL
    return Answer(meaning.task, rows, said, truth, all(row.says == row.wanted for row in rows))


def _read_values(meaning: OutputMeaning, output: NDArray[Any], target: NDArray[Any] | None) -> Answer:
    values = meaning.original(output)
    truths = None if target is None else meaning.original(np.asarray(target))
    rows = []
    for k, value in enumerate(values.tolist()):
        low, high = meaning.limits_of(k)
        row = OutputRow(
            k, meaning.name(k), value, meaning.value_text(value, k), _clip((value - low) / (high - low)), True, None
        )
        if truths is not None:
            right = float(truths[k])
            row = replace(
                row, truth_share=_clip((right - low) / (high - low)), truth=meaning.value_text(right, k),
                error=meaning.value_text(value - right, k, sign=True),
            )
        rows.append(row)

    def joined(texts: list[str]) -> str:
        if len(rows) == 1:
            return meaning.with_unit(texts[0], 0)
        return ", ".join(f"{row.name} {text}" for row, text in zip(rows, texts, strict=True))

    truth = "" if truths is None else joined([row.truth for row in rows])
    return Answer("regression", tuple(rows), joined([row.text for row in rows]), truth, None)


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share)) if np.isfinite(share) else 0.0


def uniform(answer: Answer) -> Answer:
    """Return what stands where nothing was put in: the same share for every class, none said and none wanted."""
    share = 1 / len(answer.rows)
    rows = tuple(
        replace(row, value=share, text=percent(share), share=share, says=False, wanted=None) for row in answer.rows
    )
    return Answer(answer.task, rows, "", "", None)


def target_of(snapshot: Snapshot) -> NDArray[Any] | None:
    """Return what each output unit of a snapshot should say, (outputs,), or None where that is not known."""
    if snapshot.target is not None:
        return np.asarray(snapshot.target)
    if snapshot.label is None:
        return None
    outputs = snapshot.forward.output.shape[1]
    if outputs == 1:
        return np.array([float(snapshot.label)])
    return np.asarray(np.arange(outputs) == snapshot.label, np.float64)


def answer_of(meaning: OutputMeaning, snapshot: Snapshot, *, after: bool = False) -> Answer:
    """Return what a snapshot's network says, or says after the update where ``after`` and there was one."""
    passed = snapshot.forward_after if after and snapshot.forward_after is not None else snapshot.forward
    target = target_of(snapshot)
    if snapshot.count > 1 and snapshot.label is None and not meaning.is_regression:
        target = None  # samples of several classes have no right answer in common
    return read_output(meaning, passed.output[0], target, snapshot.spec.activations[-1])
