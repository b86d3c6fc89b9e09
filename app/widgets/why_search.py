"""The training samples nearest to the drawing: searched for in a thread, activations kept as long as the weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset, Split
from nnviz.data.neighbours import NeighbourSearch, last_hidden
from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters
from nnviz.training.records import Snapshot

Silenced = frozenset[tuple[int, int]]

#: How many samples are shown.
SHOWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class NearSample:
    """A training sample near to the drawing.

    Attributes:
        image: (height, width) in [0, 1].
        label: its class.
        distance: Euclidean.
        split: ``"train"`` or ``"validation"``.
        index: its place there.
    """

    image: NDArray[np.float32]
    label: int
    distance: float
    split: str
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """An answer.

    Attributes:
        pixels: the nearest in the pixels, nearest first.
        hidden: the nearest in the activations of the last hidden layer; empty where the network has none.
        mean: mean image of the class that the network says, (height, width).
        label: that class.
        count: how many samples were looked at.
        step: of training, of the weights that the hidden activations are of.
    """

    pixels: tuple[NearSample, ...]
    hidden: tuple[NearSample, ...]
    mean: NDArray[np.floating]
    label: int
    count: int
    step: int


class SampleSearch:
    """Looks at every sample of the training file: those trained on and those set apart to validate.

    Not for two threads at once.

    Args:
        dataset: images in classes.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._splits = [(name, dataset.split(name)) for name in ("train", "validation") if len(dataset.split(name))]
        self._pixels: list[NeighbourSearch] | None = None
        self._means: dict[int, NDArray[np.floating]] = {}
        self._hidden: tuple[Parameters, Silenced, int, list[NeighbourSearch]] | None = None

    @property
    def count(self) -> int:
        """How many samples are looked at."""
        return sum(len(split) for _, split in self._splits)

    def knows(self, snapshot: Snapshot) -> bool:
        """Whether the activations that are kept are of the weights of a snapshot."""
        kept, silenced = self._hidden, snapshot.forward.silenced
        return kept is not None and kept[0] is snapshot.parameters and kept[1] == silenced

    def find(self, snapshot: Snapshot, cancelled: Callable[[], bool], *, renew: bool = True) -> Nearest | None:
        """Return the samples nearest to the sample of a snapshot; None where it was cancelled.

        Args:
            snapshot: the sample and the network.
            cancelled: asked now and then.
            renew: whether activations of other weights are computed anew; without it those that are kept serve, and the
                sample is passed through the same older weights.
        """
        if self._pixels is None:
            self._pixels = [NeighbourSearch(_flat(split)) for _, split in self._splits]
        names = tuple(layer.activation for layer in snapshot.spec.layers)
        if self._hidden is None or (renew and not self.knows(snapshot)):
            vectors, silenced = [], snapshot.forward.silenced
            for _, split in self._splits:
                made = last_hidden(snapshot.parameters, names, _flat(split), cancelled, silenced)
                if cancelled():
                    return None
                if made is not None:
                    vectors.append(NeighbourSearch(made))
            self._hidden = (snapshot.parameters, silenced, snapshot.step, vectors)
        parameters, silenced, step, hidden = self._hidden
        x = np.asarray(snapshot.sample, np.float32)
        inner: tuple[NearSample, ...] = ()
        if hidden:
            inner = self._merged(hidden, forward(parameters[:-1], names[:-1], x[None], silenced=silenced).output[0])
        label = snapshot.predicted
        return Nearest(
            self._merged(self._pixels, x), inner, self._mean(label), label, self.count, step
        )

    def _merged(self, searches: list[NeighbourSearch], x: NDArray[np.floating]) -> tuple[NearSample, ...]:
        made = []
        for (name, split), search in zip(self._splits, searches, strict=True):
            found = search.nearest(x, SHOWN)
            for index, distance in zip(found.indices.tolist(), found.distances.tolist(), strict=True):
                image = split.x[index].reshape(self.dataset.input_shape)
                made.append(NearSample(image, int(split.y[index]), distance, name, index))
        return tuple(sorted(made, key=lambda sample: sample.distance)[:SHOWN])

    def _mean(self, label: int) -> NDArray[np.floating]:
        if label not in self._means:
            total, count = np.zeros(self.dataset.input_shape, np.float64), 0
            for _, split in self._splits:
                own = split.y == label
                total += _flat(split)[own].sum(axis=0, dtype=np.float64).reshape(total.shape)
                count += int(own.sum())
            self._means[label] = total / max(1, count)
        return self._means[label]


def _flat(split: Split) -> NDArray[np.float32]:
    return np.asarray(split.x.reshape(len(split), -1), np.float32)


def can_search(dataset: Dataset | None, snapshot: Snapshot) -> bool:
    """Whether a network's sample can be compared with the samples of a data set: images in classes, of its size."""
    return (
        dataset is not None and dataset.task == "multiclass" and len(dataset.input_shape) == 2
        and dataset.input_shape[0] * dataset.input_shape[1] == snapshot.sample.size
    )
