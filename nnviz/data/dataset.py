"""What a data set is: samples with their classes, divided for training, validation and test."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nnviz.data.download import Download
from nnviz.errors import SpecError

#: What an option of a data set may be.
Option = bool | int | float | str

#: The groups of data sets, in the order people should see.
GROUPS = ("Images", "Tables", "Points", "Regression", "Your own")


@dataclass(frozen=True, slots=True)
class DatasetChoice:
    """Which data set, as it is kept with a run: its name, and the options it was made with.

    Attributes:
        name: key in the registry.
        options: by name, read-only; what is absent takes its default. Of points: count, noise, seed, classes.
    """

    name: str
    options: Mapping[str, Option] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise SpecError(f"the name of a data set must be a text, got {self.name!r}")
        if not isinstance(self.options, Mapping):
            raise SpecError(f"the options of a data set must be an object, got {self.options!r}")
        for key, value in self.options.items():
            if not isinstance(value, Option):
                raise SpecError(f"option {key} of a data set must be a number, a text, true or false, got {value!r}")
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    def __hash__(self) -> int:
        return hash((self.name, frozenset(self.options.items())))

    def to_json(self) -> str:
        """Return the value as JSON text."""
        return json.dumps({"name": self.name, "options": dict(self.options)}, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a value written by ``to_json``.

        Raises:
            SpecError: the text is not JSON of this form.
        """
        try:
            data = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise SpecError(f"this data set is not valid JSON: {error}") from None
        if not isinstance(data, dict) or "name" not in data or set(data) - {"name", "options"}:
            raise SpecError(f"a data set must be an object with name and options, got {text[:80]}")
        return cls(data["name"], data.get("options", {}))


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
        options: what the data were made with, see ``DatasetChoice``; empty for most.
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
    options: Mapping[str, Option] = field(default_factory=dict)

    @property
    def choice(self) -> DatasetChoice:
        """What the data set is, as it is kept with a run."""
        return DatasetChoice(self.name, self.options)

    @property
    def output_count(self) -> int:
        """Units that the task's usual output layer has: one for each class, label or target, one for two classes."""
        return usual_outputs(self.task, self.class_names, self.target_names)

    @property
    def metric_scale(self) -> float:
        """What one unit of a network's error is in the unit of the target; 1 for other metrics and several targets."""
        scaling = self.target_scaling
        if self.task != "regression" or scaling is None or len(scaling.std) != 1:
            return 1.0
        return float(scaling.std[0])

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
        cut = training_count(len(x), share)
        x.flags.writeable = y.flags.writeable = False
        return replace(self, train=Split(x[:cut], y[:cut]), validation=Split(x[cut:], y[cut:]))

    def split(self, name: str) -> Split:
        """Return the split called ``train``, ``validation`` or ``test``."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


def training_count(count: int, share: float) -> int:
    """Return how many of ``count`` samples, at least 2, are left to train on beside a validation share above 0.

    Rounded down as Keras does it, but at least one sample of each stays.
    """
    return min(max(1, int(count * (1 - share))), count - 1)


def usual_outputs(task: str, class_names: tuple[str, ...], target_names: tuple[str, ...]) -> int:
    """Return the units of a task's usual output layer: one for each class, label or target, one for two classes."""
    if task == "regression":
        return len(target_names)
    return 1 if task == "binary" else len(class_names)


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
        load: reads or makes it from what is on this computer, with options as keywords; see ``datasets.load``.
        task: what is to be learnt, one of ``nnviz.spec.TASKS``.
        target_names: names of the targets; empty but for regression.
        group: one of ``GROUPS``.
        option_names: the options that ``load`` takes.
        download: what is fetched first where it does not come with nnviz.
        is_here: whether nothing has to be fetched.
    """

    name: str
    title: str
    description: str
    count: str
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    licence: str
    load: Callable[..., Dataset]
    task: str = "multiclass"
    target_names: tuple[str, ...] = ()
    group: str = "Tables"
    option_names: tuple[str, ...] = ()
    download: Download | None = None
    is_here: Callable[[], bool] = lambda: True

    @property
    def output_count(self) -> int:
        """Units that the task's usual output layer has, see ``Dataset.output_count``."""
        return usual_outputs(self.task, self.class_names, self.target_names)

    @property
    def learnt(self) -> str:
        """What is learnt of it, in a few words: ``10 classes``, ``2 labels``, ``1 target: progression``."""
        if self.task == "regression":
            count = len(self.target_names)
            return f"{count} target{'s' if count > 1 else ''}: {', '.join(self.target_names)}"
        return f"{len(self.class_names)} {'labels' if self.task == 'multilabel' else 'classes'}"

    @property
    def about(self) -> str:
        """All of this in a few sentences, for people."""
        size = " × ".join(map(str, self.input_shape))
        inputs = f"{size} pixels" if len(self.input_shape) > 1 else f"{size} features"
        parts = [self.description, f"{self.count} samples of {inputs}, {self.learnt}.", f"{self.licence}."]
        if self.download is not None and not self.is_here():
            parts.append(f"It is not on this computer: choosing it downloads {self.download.size_text}.")
        return " ".join(parts)
