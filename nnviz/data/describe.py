"""What a data set looks like: counts, means, ranges and histograms, of any split, without changing it.

Sums run over chunks of samples in float64, so that a large split can be given up in between and no float32 sum
loses digits.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset, Scaling, Split
from nnviz.picture.ticks import MINUS, significant

#: The splits in the order people should see.
SPLITS = ("train", "validation", "test")
SPLIT_NAMES = {"train": "Training", "validation": "Validation", "test": "Test"}
NO_LABEL = "no label"
#: More combinations of labels are gathered in one more.
MAX_COMBINATIONS = 8
#: Samples looked at in one go.
CHUNK = 2048
MIN_BINS, MAX_BINS = 5, 40

Float64 = NDArray[np.float64]
Stop = Callable[[], bool]


class StoppedError(Exception):
    """The answer is not wanted any more."""


def never() -> bool:
    """Return False: nothing is given up."""
    return False


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Samples of a split that belong together.

    Attributes:
        name: of the class or label.
        members: their indices in the split, ascending, (count,) int64, read-only.
    """

    name: str
    members: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.members)


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Mean, standard deviation (divided by the count), least and greatest of each feature, (features,) float64 each."""

    mean: Float64
    std: Float64
    low: Float64
    high: Float64

    def original(self, scaling: Scaling | None) -> Summary:
        """Return the same in the units of the table."""
        if scaling is None:
            return self
        return Summary(
            scaling.original(self.mean), self.std * scaling.std, scaling.original(self.low),
            scaling.original(self.high),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How often values lie where.

    Attributes:
        edges: ends of the bins, (bins + 1,) float64, ascending; the last bin includes its upper end.
        counts: values in each bin, (groups, bins) int64.
        names: of the groups.
    """

    edges: Float64
    counts: NDArray[np.int64]
    names: tuple[str, ...]

    @property
    def shares(self) -> Float64:
        """Of each group the share of its values in each bin, (groups, bins) in [0, 1]; a group without any has 0."""
        totals = self.counts.sum(axis=1, keepdims=True)
        return np.asarray(self.counts / np.maximum(totals, 1), np.float64)


def is_image(dataset: Dataset) -> bool:
    """Whether a sample is a picture, (height, width)."""
    return len(dataset.input_shape) == 2


def feature_names(dataset: Dataset) -> tuple[str, ...]:
    """Return a name for each input; pixels are called by row and column, features without a name x₀, x₁, …"""
    size = int(np.prod(dataset.input_shape))
    if len(dataset.feature_names) == size:
        return dataset.feature_names
    if is_image(dataset):
        columns = dataset.input_shape[1]
        return tuple(f"row {i // columns}, column {i % columns}" for i in range(size))
    below = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    return tuple(f"x{i}".translate(below) for i in range(size))


def groups(dataset: Dataset, split: Split) -> tuple[Group, ...]:
    """Return the samples of each class, or of each label and those without any; of a regression there are none.

    A sample with several labels is in several groups. The group of samples without a label comes last and is there
    only where the training split or this one has such samples.
    """
    if dataset.task == "regression":
        return ()
    y = split.y
    if y.ndim == 1:
        order = np.argsort(y, kind="stable")
        ends = np.searchsorted(y[order], np.arange(len(dataset.class_names) + 1))
        parts = [order[a:b] for a, b in itertools.pairwise(ends)]
        return tuple(_group(name, part) for name, part in zip(dataset.class_names, parts, strict=True))
    made = [_group(name, np.flatnonzero(y[:, k] > 0.5)) for k, name in enumerate(dataset.class_names)]
    bare = np.flatnonzero(~(y > 0.5).any(axis=1))
    if len(bare) or not (dataset.train.y > 0.5).any(axis=1).all():
        made.append(_group(NO_LABEL, bare))
    return tuple(made)


def combinations(dataset: Dataset, split: Split) -> tuple[Group, ...]:
    """Return groups in which every sample is exactly once: classes, or combinations of labels.

    Of a regression there is one group of all samples. Of labels, the groups of ``groups`` come first, each label by
    itself, so that both lists begin alike in every split; then the other combinations of the training split, the
    frequent first, at most ``MAX_COMBINATIONS``; what is left shares the last group, where anything is left.
    """
    if dataset.task == "regression":
        return (_group("all samples", np.arange(len(split))),)
    if split.y.ndim == 1:
        return groups(dataset, split)
    has, names = split.y > 0.5, dataset.class_names
    made, left = [], np.ones(len(split), np.bool_)

    def add(name: str, members: NDArray[np.bool_]) -> None:
        left[members] = False
        made.append(_group(name, np.flatnonzero(members)))

    for k, name in enumerate(names):
        add(name, np.asarray(has[:, k] & (has.sum(axis=1) == 1)))
    if len(groups(dataset, split)) > len(names):
        add(NO_LABEL, np.asarray(~has.any(axis=1)))
    patterns, frequency = np.unique(dataset.train.y > 0.5, axis=0, return_counts=True)
    several = [k for k in np.argsort(-frequency, kind="stable") if patterns[k].sum() > 1]
    for k in several[:MAX_COMBINATIONS]:
        add(" + ".join(np.array(names)[patterns[k]].tolist()), np.asarray((has == patterns[k]).all(axis=1)))
    if left.any():
        add("other combinations", left.copy())
    return tuple(made)


def answer_words(dataset: Dataset, split: Split, index: int) -> str:
    """Return what is to be learnt of a sample, in words: its class, its labels, its targets in the table's units."""
    y = split.y[index]
    if dataset.task == "regression":
        values = y if dataset.target_scaling is None else dataset.target_scaling.original(y)
        return ", ".join(
            f"{name} {table_number(float(v))}" for name, v in zip(dataset.target_names, values, strict=True)
        )
    if split.y.ndim == 1:
        return dataset.class_names[int(y)]
    return " + ".join(name for name, has in zip(dataset.class_names, y, strict=True) if has > 0.5) or NO_LABEL


def table_number(value: float) -> str:
    """Write a value as a table would: whole numbers without a point, others with at most four significant digits.

    Standardising in float32 and back leaves digits that were never in the table; they are not written.
    """
    if abs(value - round(value)) < 1e-5 * max(1.0, abs(value)) and abs(value) < 1e6:
        return f"{round(value):,}".replace("-", MINUS)
    text = significant(value, 4)
    return text.rstrip("0") if "." in text and "×" not in text else text


def _group(name: str, members: NDArray[np.integer]) -> Group:
    kept = np.sort(members).astype(np.int64)
    kept.flags.writeable = False
    return Group(name, kept)


def counts(dataset: Dataset) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of the groups and how many samples each has, (groups, 3) in the order of ``SPLITS``."""
    by_split = [{g.name: len(g) for g in groups(dataset, dataset.split(name))} for name in SPLITS]
    names = tuple(by_split[0])
    extra = tuple(name for each in by_split[1:] for name in each if name not in names)
    names += tuple(dict.fromkeys(extra))
    table = [[each.get(name, 0) for each in by_split] for name in names]
    return names, np.array(table, np.int64).reshape(len(names), len(SPLITS))


def mean_sample(x: NDArray[np.float32], members: NDArray[np.int64] | None = None, stop: Stop = never) -> Float64:
    """Return the mean of some samples, (features,); NaN where there are none.

    Args:
        x: (count, features).
        members: indices of the samples that are meant; None means all.
        stop: asked between chunks whether to give up.

    Raises:
        StoppedError: ``stop`` said so.
    """
    total = np.zeros(x.shape[1], np.float64)
    count = 0
    for part in _chunks(x, members, stop):
        total += part.sum(axis=0, dtype=np.float64)
        count += len(part)
    return total / count if count else np.full(x.shape[1], np.nan)


def summary(x: NDArray[np.float32], stop: Stop = never) -> Summary:
    """Return what can be said of each feature in four numbers; NaN where there are no samples.

    The deviation is taken about the mean in a second pass: the mean of squares less the square of the mean would lose
    digits where the mean is large.

    Args:
        x: (count, features), as the network gets them.
        stop: asked between chunks whether to give up.

    Raises:
        StoppedError: ``stop`` said so.
    """
    mean = mean_sample(x, stop=stop)
    if not len(x):
        return Summary(mean, mean, mean, mean)
    squares = np.zeros_like(mean)
    low, high = np.full_like(mean, np.inf), np.full_like(mean, -np.inf)
    for part in _chunks(x, None, stop):
        squares += np.square(part - mean).sum(axis=0)
        low, high = np.minimum(low, part.min(axis=0)), np.maximum(high, part.max(axis=0))
    return Summary(mean, np.sqrt(squares / len(x)), low, high)


def bin_edges(values: NDArray[np.floating]) -> Float64:
    """Return the ends of equal bins over the range of values, (bins + 1,).

    As many as the square root of the count, between ``MIN_BINS`` and ``MAX_BINS``. Few distinct values that lie
    evenly (0 and 1, whole numbers) get a bin each, with the value in its middle. Without values: one from 0 to 1.
    """
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return np.array([0.0, 1.0])
    distinct = np.unique(finite)
    gaps = np.diff(distinct)
    if len(distinct) == 1:
        return np.array([distinct[0] - 0.5, distinct[0] + 0.5])
    places = np.rint((distinct - distinct[0]) / gaps.min())
    # Values that were standardised in float32 lie evenly but for their last digits.
    even = np.allclose(distinct, distinct[0] + places * gaps.min(), rtol=0, atol=gaps.min() * 0.02)
    if even and places[-1] < MAX_BINS and len(distinct) <= max(2, finite.size // 2):
        step = (distinct[-1] - distinct[0]) / places[-1]
        return np.asarray(distinct[0] + step * (np.arange(int(places[-1]) + 2) - 0.5), np.float64)
    bins = int(np.clip(np.sqrt(finite.size), MIN_BINS, MAX_BINS))
    return np.linspace(distinct[0], distinct[-1], bins + 1)


def histogram(values: NDArray[np.floating], parts: tuple[Group, ...], edges: Float64 | None = None) -> Histogram:
    """Return the histogram of one feature by group; what is not finite is in no bin.

    Args:
        values: of every sample of a split, (count,).
        parts: the groups; none means all samples as one.
        edges: of the bins; None chooses them by ``bin_edges``.
    """
    ends = bin_edges(values) if edges is None else edges
    shown = parts or (_group("all samples", np.arange(len(values))),)
    table = [np.histogram(values[part.members], ends)[0] for part in shown]
    return Histogram(ends, np.array(table, np.int64).reshape(len(shown), -1), tuple(part.name for part in shown))


def histograms(x: NDArray[np.float32], stop: Stop = never) -> tuple[Histogram, ...]:
    """Return the histogram of each feature over all samples.

    Args:
        x: (count, features).
        stop: asked between features whether to give up.

    Raises:
        StoppedError: ``stop`` said so.
    """
    made = []
    for k in range(x.shape[1]):
        if stop():
            raise StoppedError
        made.append(histogram(x[:, k], ()))
    return tuple(made)


def target_histogram(dataset: Dataset, target: int) -> Histogram:
    """Return the histogram of one target of a regression in the units of the table, one row a split.

    Args:
        dataset: of the task regression.
        target: 0 the first.
    """
    columns = []
    for name in SPLITS:
        y = np.asarray(dataset.split(name).y, np.float64)
        y = y if dataset.target_scaling is None else dataset.target_scaling.original(y)
        columns.append(y[:, target])
    ends = bin_edges(np.concatenate(columns))
    # Rounding may put the least or the greatest value a hair outside.
    table = [np.histogram(np.clip(column, ends[0], ends[-1]), ends)[0] for column in columns]
    return Histogram(ends, np.array(table, np.int64), tuple(SPLIT_NAMES[name].lower() for name in SPLITS))


def _chunks(
    x: NDArray[np.float32], members: NDArray[np.int64] | None, stop: Stop
) -> Iterator[NDArray[np.float32]]:
    for first in range(0, len(x) if members is None else len(members), CHUNK):
        if stop():
            raise StoppedError
        yield x[first : first + CHUNK] if members is None else x[members[first : first + CHUNK]]
