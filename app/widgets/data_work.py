"""What the data panel has computed in the background: functions of a data set, each given a way to stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset
from nnviz.data.describe import (
    Group,
    Histogram,
    Stop,
    Summary,
    combinations,
    groups,
    histogram,
    histograms,
    mean_sample,
    summary,
)

#: Of the histogram of a pixel, whose values are in [0, 1].
PIXEL_BINS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """A split by what is to be learnt.

    Attributes:
        groups: classes or labels; none for a regression.
        combinations: groups that hold each sample once.
        codes: the combination of each sample, (count,) int64.
    """

    groups: tuple[Group, ...]
    combinations: tuple[Group, ...]
    codes: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """Mean images, (groups, height, width), of as many samples as ``counts`` says; a regression has one of all."""

    names: tuple[str, ...]
    counts: tuple[int, ...]
    images: NDArray[np.float64]


def parts(dataset: Dataset, split: str) -> Parts:
    """Return the groups of a split."""
    part = dataset.split(split)
    each = combinations(dataset, part)
    codes = np.zeros(len(part), np.int64)
    for k, group in enumerate(each):
        codes[group.members] = k
    return Parts(groups(dataset, part), each, codes)


def means(dataset: Dataset, split: str, stop: Stop) -> Means:
    """Return the mean images of a split."""
    part = dataset.split(split)
    shown = groups(dataset, part) or combinations(dataset, part)
    images = [mean_sample(part.x, group.members, stop).reshape(dataset.input_shape) for group in shown]
    return Means(tuple(g.name for g in shown), tuple(len(g) for g in shown), np.stack(images))


def points(dataset: Dataset, split: str, across: int, up: int) -> NDArray[np.float64]:
    """Return two features of every sample in the units of the table, (count, 2)."""
    x = dataset.split(split).x[:, [across, up]].astype(np.float64)
    if dataset.scaling is not None:
        x = x * dataset.scaling.std[[across, up]] + dataset.scaling.mean[[across, up]]
    return np.asarray(x)


def feature(dataset: Dataset, split: str, index: int) -> Histogram:
    """Return the histogram of a feature by class, its bins in the units of the table."""
    part = dataset.split(split)
    edges = np.linspace(0, 1, PIXEL_BINS + 1) if len(dataset.input_shape) == 2 else None
    made = histogram(part.x[:, index], groups(dataset, part), edges)
    if dataset.scaling is None:
        return made
    # Scaling keeps the order: the same counts, on other edges.
    original = made.edges * dataset.scaling.std[index] + dataset.scaling.mean[index]
    return Histogram(original, made.counts, made.names)


def fed(dataset: Dataset, split: str, stop: Stop) -> tuple[Histogram, ...]:
    """Return the histogram of every feature as the network gets it; of images none."""
    return () if len(dataset.input_shape) == 2 else histograms(dataset.split(split).x, stop)


def spread(dataset: Dataset, split: str, stop: Stop) -> Summary:
    """Return mean, deviation and ends of every feature as the network gets it."""
    return summary(dataset.split(split).x, stop)

