"""From raw samples to splits: divided in the classes' proportions, scaled, read-only."""

from __future__ import annotations

from typing import NamedTuple

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
    ordered = shuffled[np.argsort(np.asarray(y)[shuffled], kind="stable")]
    position = np.arange(len(y) + 1, dtype=np.int64)
    train, validation, test = shares
    in_train = np.diff((position * train + 50) // 100) > 0
    rest = ordered[~in_train]
    # Dealt out in turn again, validation first: with equal shares every other sample.
    others = validation + test
    in_validation = np.diff((position[: len(rest) + 1] * validation + others - 1) // others) > 0
    parts = (ordered[in_train], rest[in_validation], rest[~in_validation])
    return Division(*(generator.permutation(part) for part in parts))


def frozen_split(x: NDArray[np.float32], y: NDArray[np.integer]) -> Split:
    """Return a split of arrays nobody can write to; ``x`` is not copied."""
    classes = y.astype(np.int32)
    x.flags.writeable = False
    classes.flags.writeable = False
    return Split(x, classes)


def image_split(images: NDArray[np.uint8], labels: NDArray[np.uint8], largest: int = 255) -> Split:
    """Return images (count, height, width) as rows in [0, 1]; ``largest`` becomes 1."""
    scale = np.float32(1 / largest)
    return frozen_split(np.multiply(images.reshape(len(images), -1), scale, dtype=np.float32), labels)


def standardise(values: NDArray[np.float64], y: NDArray[np.integer], division: Division) -> Standardised:
    """Divide a table and standardise it with mean and deviation of its training split alone.

    Args:
        values: (count, features); no feature may be the same in the whole training split.
        y: classes, (count,).
        division: see ``divide``.

    Raises:
        ValueError: a feature does not vary.
    """
    learnt = values[division.train]
    mean, std = learnt.mean(axis=0), learnt.std(axis=0)
    if not (std > 0).all():
        raise ValueError(f"every feature must vary, number {int(np.argmin(std))} does not")
    mean.flags.writeable = std.flags.writeable = False
    scaling = Scaling(mean, std)
    train, validation, test = (frozen_split(scaling.standardised(values[part]), y[part]) for part in division)
    return Standardised(train, validation, test, scaling)
