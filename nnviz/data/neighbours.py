"""The training samples most like an image: in its pixels, or in what the last hidden layer makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.forward import forward
from nnviz.maths.parameters import Parameters

#: Samples that are passed through the network at once: their activations stay in the processor's memory.
BATCH = 2_000

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Samples in the order of their distance.

    Attributes:
        indices: which, (count,), nearest first.
        distances: Euclidean, (count,) float64, in units of ink for pixels, of activation for a hidden layer.
    """

    indices: NDArray[np.intp]
    distances: NDArray[np.float64]


class NeighbourSearch:
    """Finds the nearest of many vectors by looking at all of them.

    |x − v|² = |x|² − 2·x·v + |v|²: one product of a matrix with a vector; the nearest few are measured again in double
    precision, because the difference of large numbers loses digits.

    Args:
        vectors: (count, size) float32, at least one.

    Raises:
        ValueError: there is no vector, or not two dimensions.
    """

    #: So many more than asked for are measured again: rounding may have changed their order.
    SPARE = 24

    def __init__(self, vectors: Float32) -> None:
        if vectors.ndim != 2 or not len(vectors):
            raise ValueError(f"vectors must be (count, size) with at least one, got shape {vectors.shape}")
        self._vectors = vectors
        self._squares = np.einsum("ij,ij->i", vectors, vectors)

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self._vectors)

    def nearest(self, x: NDArray[np.floating], count: int) -> Neighbours:
        """Return the ``count`` vectors nearest to x, (size,).

        Raises:
            ValueError: x has another size, or fewer than one is asked for.
        """
        if x.shape != self._vectors.shape[1:]:
            raise ValueError(f"what is compared must have the shape {self._vectors.shape[1:]}, got {x.shape}")
        if count < 1:
            raise ValueError(f"at least one neighbour must be asked for, got {count}")
        rough = self._squares - 2 * (self._vectors @ np.asarray(x, np.float32))
        many = min(count + self.SPARE, len(rough))
        near = np.argpartition(rough, many - 1)[:many]
        away = self._vectors[near].astype(np.float64) - np.asarray(x, np.float64)
        distances = np.sqrt(np.einsum("ij,ij->i", away, away))
        order = np.lexsort((near, distances))[:count]
        return Neighbours(near[order], distances[order])


def last_hidden(
    parameters: Parameters, activations: tuple[str, ...], x: Float32, cancelled: Callable[[], bool] = lambda: False,
    silenced: frozenset[tuple[int, int]] = frozenset(),
) -> Float32 | None:
    """Return the activations of the last hidden layer for many samples, (count, units); None where there is none.

    Args:
        parameters: the weights.
        activations: the name of φ of each layer.
        x: (count, input size).
        cancelled: asked now and then; True ends it, with None.
        silenced: see ``forward``.
    """
    if len(parameters) < 2:
        return None
    parts = []
    for start in range(0, len(x), BATCH):
        if cancelled():
            return None
        part = forward(parameters[:-1], activations[:-1], x[start : start + BATCH], silenced=silenced)
        parts.append(np.asarray(part.output, np.float32))
    return np.concatenate(parts)
