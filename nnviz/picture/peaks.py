"""Where the blocks of a growing curve have their lowest and highest values: not all points are looked at again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Index = NDArray[np.intp]

#: Points of a block. A million points in 350 columns: 64 to 256 are equally fast.
BLOCK = 128


class Peaks:
    """Remembers the lowest and the highest point of each whole block of ``BLOCK`` points, from the first one on.

    Args:
        positive: whether values that are not above 0 count as missing, as NaN and ±inf always do.
    """

    def __init__(self, *, positive: bool = False) -> None:
        self.positive = positive
        self._pairs: Index = np.empty((64, 2), np.intp)
        self._blocks = 0

    def extend(self, y: Float64) -> None:
        """Take in place what was appended; ``y`` are all values, (n,), those of before unchanged."""
        whole = len(y) // BLOCK
        if whole <= self._blocks:
            return
        if whole > len(self._pairs):
            grown = np.empty((max(whole, 2 * len(self._pairs)), 2), np.intp)
            grown[: self._blocks] = self._pairs[: self._blocks]
            self._pairs = grown
        table = y[self._blocks * BLOCK : whole * BLOCK].reshape(-1, BLOCK)
        missing = ~np.isfinite(table)
        if self.positive:
            missing |= table <= 0
        # Of a block without a value both are its first point.
        low = np.where(missing, np.inf, table).argmin(axis=1)
        high = np.where(missing, -np.inf, table).argmax(axis=1)
        base = np.arange(self._blocks, whole) * BLOCK
        self._pairs[self._blocks : whole, 0] = base + np.minimum(low, high)
        self._pairs[self._blocks : whole, 1] = base + np.maximum(low, high)
        self._blocks = whole

    def candidates(self, bounds: Index) -> Index:
        """Return points among which each column's lowest and highest are, the first of equals, and its first point.

        Args:
            bounds: (columns + 1,) where each column begins, and the end of the last; not falling, at most as many as
                the points that ``extend`` has seen.

        Returns:
            Indices, not falling: of a whole block inside a column two, of the rest all.
        """
        begin, stop = bounds[:-1], bounds[1:]
        first, last = -(-begin // BLOCK), stop // BLOCK
        has_block = last > first
        first, last = np.where(has_block, first, 0), np.where(has_block, last, 0)
        # Of each column: points before its first whole block, the pairs of its blocks, points after them.
        starts = np.stack((begin, 2 * first, np.where(has_block, last * BLOCK, stop)), axis=1).ravel()
        ends = np.stack((np.where(has_block, first * BLOCK, stop), 2 * last, stop), axis=1).ravel()
        lengths = ends - starts
        places: Index = np.arange(int(lengths.sum())) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
        from_pairs = np.repeat(np.tile([False, True, False], len(begin)), lengths)
        places[from_pairs] = self._pairs.reshape(-1)[places[from_pairs]]
        return places
