"""A data set of three blobs, small enough to train in milliseconds."""

from __future__ import annotations

import numpy as np

from nnviz.data.datasets import Dataset, Split
from nnviz.spec import NetworkSpec, TrainingConfig, classifier

INPUTS, CLASSES, TRAIN_COUNT, BATCH_SIZE = 6, 3, 101, 8  # 101 = 12 batches of 8 and one of 5
STEPS_PER_EPOCH = 13


def _split(generator: np.random.Generator, count: int) -> Split:
    y = generator.integers(0, CLASSES, count).astype(np.int32)
    centres = np.random.default_rng(0).uniform(0, 1, (CLASSES, INPUTS))
    x = np.clip(centres[y] + generator.normal(0, 0.15, (count, INPUTS)), 0, 1).astype(np.float32)
    x.flags.writeable = y.flags.writeable = False
    return Split(x, y)


def blobs(train_count: int = TRAIN_COUNT) -> Dataset:
    generator = np.random.default_rng(1)
    return Dataset(
        "blobs", "Blobs", (INPUTS,), ("a", "b", "c"),
        _split(generator, train_count), _split(generator, 40), _split(generator, 30), "none",
    )  # fmt: skip


def small_spec(activation: str = "tanh") -> NetworkSpec:
    return classifier((INPUTS,), (7, 5), CLASSES, activation)


def small_config(**changes: object) -> TrainingConfig:
    values: dict[str, object] = {"batch_size": BATCH_SIZE, "epochs": 2, "seed": 3, "learning_rate": 0.01}
    return TrainingConfig(**(values | changes))  # type: ignore[arg-type]
