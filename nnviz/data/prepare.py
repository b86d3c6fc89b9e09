"""From raw samples to splits: divided in the classes' proportions, scaled, read-only."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Scaling, Split

#: Samples of each hundred that go into the training, validation and test split.
SHARES = (70, 15, 15)


class Division(NamedTuple):
    """Indices of the samples of each split, each in random order; together every sample once."""

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    test: NDArray[np.intp]


class Standardised(NamedTuple):
    """Splits of standardised features, and how they were standardised."""

    train: Split
    validation: Split
    test: Split
    scaling: Scaling


def divide(y: NDArray[np.integer], seed: int, shares: tuple[int, int, int] = SHARES) -> Division:
    """Divide samples 70 : 15 : 15, each class as near to that as whole samples allow.

    The samples are shuffled, ordered by class, and dealt out in turn (systematic sampling): the splits have the
    right size to within half a sample, and each class in each split is within one sample of its share.

    Args:
        y: class of each sample, (count,).
        seed: the same seed and classes give the same division.
        shares: percent to train, validate and test with; together 100, the first below that.
    """
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(len(y))
    return _dealt(shuffled[np.argsort(np.asarray(y)[shuffled], kind="stable")], generator, shares)


def divide_labels(y: NDArray[np.number], seed: int) -> Division:
    """Divide samples as ``divide`` does, each combination of labels as near to its share as whole samples allow.

    Args:
        y: labels, (count, labels), each 0 or 1.
        seed: the same seed and labels give the same division.
    """
    _, combination = np.unique(np.asarray(y), axis=0, return_inverse=True)
    return divide(combination.reshape(-1), seed)


def divide_evenly(count: int, seed: int) -> Division:
    """Divide samples that have no classes 70 : 15 : 15 by chance, the sizes right to within half a sample.

    Args:
        count: number of samples.
        seed: the same seed and count give the same division.
    """
    generator = np.random.default_rng(seed)
    return _dealt(generator.permutation(count), generator)


def _dealt(
    ordered: NDArray[np.intp], generator: np.random.Generator, shares: tuple[int, int, int] = SHARES
) -> Division:
    train, validation, test = shares
    position = np.arange(len(ordered) + 1, dtype=np.int64)
    in_train = np.diff((position * train + 50) // 100) > 0
    rest = ordered[~in_train]
    # Dealt out in turn again, validation first: with equal shares every other sample.
    others = validation + test
    in_validation = np.diff((position[: len(rest) + 1] * validation + others - 1) // others) > 0
    parts = (ordered[in_train], rest[in_validation], rest[~in_validation])
    return Division(*(generator.permutation(part) for part in parts))


def frozen_split(x: NDArray[np.float32], y: NDArray[Any]) -> Split:
    """Return a split of arrays nobody can write to; ``x`` is not copied.

    Args:
        x: (count, inputs).
        y: classes, (count,), of any integer type; or labels or targets, (count, outputs), floating.
    """
    learnt = y.astype(np.float32 if np.issubdtype(y.dtype, np.floating) else np.int32)
    x.flags.writeable = False
    learnt.flags.writeable = False
    return Split(x, learnt)


def image_split(images: NDArray[np.uint8], labels: NDArray[np.uint8], largest: int = 255) -> Split:
    """Return images (count, height, width) as rows in [0, 1]; ``largest`` becomes 1."""
    scale = np.float32(1 / largest)
    return frozen_split(np.multiply(images.reshape(len(images), -1), scale, dtype=np.float32), labels)


def standardise(values: NDArray[np.float64], y: NDArray[Any], division: Division) -> Standardised:
    """Divide a table and standardise it with mean and deviation of its training split alone.

    Args:
        values: (count, features); no feature may be the same in the whole training split.
        y: classes, (count,), labels, (count, labels), or targets as they are to be learnt, (count, targets).
        division: see ``divide``.

    Raises:
        ValueError: a feature does not vary.
    """
    scaling = scaling_of(values[division.train], "feature")
    train, validation, test = (frozen_split(scaling.standardised(values[part]), y[part]) for part in division)
    return Standardised(train, validation, test, scaling)


def standardise_targets(
    targets: NDArray[np.float64], division: Division
) -> tuple[NDArray[np.float32], Scaling]:
    """Return targets, (count, targets), standardised by the training split alone, and how.

    Raises:
        ValueError: a target does not vary.
    """
    scaling = scaling_of(targets[division.train], "target")
    return scaling.standardised(targets), scaling


def scaling_of(values: NDArray[np.float64], what: str) -> Scaling:
    """Return mean and deviation of each column of the training split, (count, columns).

    Raises:
        ValueError: a column does not vary; the message calls it ``what`` and its number, from 0.
    """
    mean, std = values.mean(axis=0), values.std(axis=0)
    if not (std > 0).all():
        raise ValueError(f"every {what} must vary, number {int(np.argmin(std))} does not")
    mean.flags.writeable = std.flags.writeable = False
    return Scaling(mean, std)
