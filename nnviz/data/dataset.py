"""What a data set is: samples with their classes, divided for training, validation and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Part of a data set.

    Attributes:
        x: samples, (count, input size), float32, read-only. Images are in [0, 1]; the features of tables and of
            points are standardised, see ``Scaling``, and have no bounds.
        y: what is to be learnt, read-only: right classes, (count,) int32, for the tasks multiclass and binary;
            labels, (count, labels) float32 of 0 and 1, for multilabel; targets, (count, targets) float32,
            standardised, for regression.
    """

    x: NDArray[np.float32]
    y: NDArray[Any]

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """How features were standardised: x = (value − mean) / std, each feature by itself.

    Attributes:
        mean: of the training split, in the units of the table, (features,), float64, read-only.
        std: standard deviation of the training split (divided by the count), above 0, as ``mean``.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    def standardised(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return values in the units of the table, (..., features), as the network sees them."""
        return ((values - self.mean) / self.std).astype(np.float32)

    def original(self, x: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return what the network sees, (..., features), in the units of the table."""
        return np.asarray(x * self.std + self.mean, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Samples with what is to be learnt of them, divided for training, validation and test.

    Attributes:
        name: key in the registry.
        title: the name as people write it.
        input_shape: shape of one sample, ``(28, 28)`` for an image, ``(4,)`` for four features.
        class_names: names of the classes (multilabel: of the labels) in order; empty for regression.
        train: what the network learns from.
        validation: what is looked at after each epoch.
        test: what is kept for the end.
        licence: licence and source of the data.
        feature_names: names of the inputs in order, with units where they have any; empty for images.
        scaling: how the inputs were standardised; None for images.
        task: what is to be learnt, one of ``nnviz.spec.TASKS``.
        target_names: names of the targets with units where they have any; empty but for regression.
        target_scaling: how the targets were standardised; None but for regression.
    """

    name: str
    title: str
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    licence: str
    feature_names: tuple[str, ...] = ()
    scaling: Scaling | None = None
    task: str = "multiclass"
    target_names: tuple[str, ...] = ()
    target_scaling: Scaling | None = None

    @property
    def output_count(self) -> int:
        """Units that the task's usual output layer has: one for each class, label or target, one for two classes."""
        if self.task == "regression":
            return len(self.target_names)
        return 1 if self.task == "binary" else len(self.class_names)

    def output_names(self, outputs: int) -> tuple[str, ...]:
        """Return the names of the output layer's units, of which there are ``outputs``.

        The single output of a network for two classes is the probability of the second one.
        """
        if self.task == "regression":
            return self.target_names
        if outputs == 1 and len(self.class_names) == 2:
            return self.class_names[1:]
        return self.class_names

    def with_validation_share(self, share: float) -> Dataset:
        """Return the data with another share of the samples for training and validation kept for validation.

        As with ``Model.fit(validation_split=…)`` those are the last ones, training and validation split taken as
        one; 0 leaves the data as they are.

        Args:
            share: 0 to below 1; at least one sample of each stays.
        """
        if share == 0:
            return self
        x = np.concatenate([self.train.x, self.validation.x])
        y = np.concatenate([self.train.y, self.validation.y])
        cut = min(max(1, round(len(x) * (1 - share))), len(x) - 1)
        x.flags.writeable = y.flags.writeable = False
        return replace(self, train=Split(x[:cut], y[:cut]), validation=Split(x[cut:], y[cut:]))

    def split(self, name: str) -> Split:
        """Return the split called ``train``, ``validation`` or ``test``."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What can be said of a data set before it is read.

    Attributes:
        name: key in the registry.
        title: the name as people write it.
        description: one sentence.
        count: samples to train, to validate and to test, as people write it: ``55,000 + 5,000 + 10,000``.
        input_shape: shape of one sample.
        class_names: names of the classes in order.
        licence: licence and source of the data.
        load: reads it, see ``datasets.load``.
        task: what is to be learnt, one of ``nnviz.spec.TASKS``.
        target_names: names of the targets; empty but for regression.
    """

    name: str
    title: str
    description: str
    count: str
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    licence: str
    load: Callable[[], Dataset]
    task: str = "multiclass"
    target_names: tuple[str, ...] = ()
