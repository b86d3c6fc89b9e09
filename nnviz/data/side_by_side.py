"""Digits written side by side, told apart by where their strokes lie: not by when they were written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Strokes nearer to each other than this share of the height of the whole writing touch, or nearly: the gap of a
#: broken stroke, of an open 4, of a hat beside its 5.
NEAR = 0.08
#: From this share of the height on a gap lies between digits; one between these two limits may be either.
CLEAR = 0.3
#: Strokes of which the narrower lies over the other by more than this share of its width belong to one digit.
OVER = 0.5
#: What is lower than this share of the height is no digit: a bar, a hat, a dot. It belongs to what is nearest.
LEAST_HEIGHT = 0.45
#: Points to the height of the writing at which distances are measured.
DETAIL = 50
#: With more separate pieces than this it is a scribble, or texture, and not looked into.
MOST_PIECES = 40

Points = NDArray[np.float64]
#: Numbers of pieces.
Members = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces that may be of several digits: where they lie and what holds them together.

    Attributes:
        low: (pieces, 2) the smallest x and y of each, the pieces in the order of drawing.
        high: (pieces, 2) the largest.
        apart: (pieces, pieces) smallest distance between two, infinite on the diagonal.
        bonds: (pieces, pieces) how many strokes lead from one to another, symmetric: to divide there severs them.
        pen: what the width of the pen adds to the size of each.
    """

    low: Points
    high: Points
    apart: Points
    bonds: Points
    pen: float = 0.0

    @classmethod
    def of(cls, pieces: Sequence[Points], bonds: Points | None = None, pen: float = 0.0) -> Row:
        """Return the row of some pieces.

        Args:
            pieces: strokes, or points of the connected parts of an image: arrays (points, 2) of x and y, none empty,
                points at most 1/50 of the height of all apart.
            bonds: see above; none by default.
            pen: what the width of the pen took off the distances, in the unit of the points: 0 for middle lines.
        """
        count = len(pieces)
        apart = np.full((count, count), np.inf)
        if count <= MOST_PIECES:
            for i in range(count):
                for j in range(i):
                    apart[i, j] = apart[j, i] = distance(pieces[i], pieces[j]) + pen
        low = np.array([piece.min(axis=0) for piece in pieces])
        high = np.array([piece.max(axis=0) for piece in pieces])
        return cls(low, high, apart, np.zeros((count, count)) if bonds is None else bonds, pen)

    def __len__(self) -> int:
        return len(self.low)

    def only(self, members: Members) -> Row:
        """Return some pieces alone."""
        if len(members) == len(self):
            return self
        k = list(members)
        both = np.ix_(k, k)
        return Row(self.low[k], self.high[k], self.apart[both], self.bonds[both], self.pen)

    def span(self, members: Sequence[int], axis: int) -> tuple[float, float]:
        """Return where some pieces begin and end in x (axis 0) or y (axis 1)."""
        k = list(members)
        return float(self.low[k, axis].min()), float(self.high[k, axis].max())

    def size(self, members: Sequence[int]) -> tuple[float, float]:
        """Return width and height of some pieces."""
        (left, right), (top, bottom) = self.span(members, 0), self.span(members, 1)
        return right - left + self.pen, bottom - top + self.pen


def distance(a: Points, b: Points) -> float:
    """Return the smallest distance between two sets of points (points, 2)."""
    squared = (a[:, None, 0] - b[None, :, 0]) ** 2 + (a[:, None, 1] - b[None, :, 1]) ** 2
    return float(np.sqrt(squared.min()))


def groups_of(row: Row, near: float = CLEAR) -> tuple[Members, ...]:
    """Return which pieces belong together, from left to right: by default those that stand clear of others.

    Args:
        row: the pieces.
        near: those nearer to each other than this share of the height of all belong together.
    """
    everything = tuple(range(len(row)))
    if len(row) < 2 or len(row) > MOST_PIECES:
        return (everything,)
    height = float(row.high[:, 1].max() - row.low[:, 1].min())
    if height <= 0 or not (row.apart[row.apart < np.inf] >= near * height).any():
        return (everything,)
    group = list(everything)
    for i, j in np.argwhere(row.apart < near * height).tolist():
        _join(group, i, j)
    _join_overlapping(group, row)
    # The lowest first: a dot on a hat on a digit ends with the digit.
    while len(set(group)) > 1:
        heights = {g: row.span(_of(group, g), 1) for g in set(group)}
        least = min(heights, key=lambda g: heights[g][1] - heights[g][0])
        if heights[least][1] - heights[least][0] >= LEAST_HEIGHT * height:
            break
        inside = np.array(group) == least
        where = np.where(inside[:, None] & ~inside, row.apart, np.inf)
        nearest = np.unravel_index(np.argmin(where), where.shape)
        _join(group, int(nearest[0]), int(nearest[1]))
    _join_overlapping(group, row)
    found = [_of(group, g) for g in set(group)]
    found.sort(key=lambda members: float(np.mean(row.low[list(members), 0] + row.high[list(members), 0])))
    return tuple(found)


def _of(group: list[int], which: int) -> Members:
    return tuple(k for k, own in enumerate(group) if own == which)


def _join(group: list[int], i: int, j: int) -> None:
    old, new = group[i], group[j]
    for k, own in enumerate(group):
        if own == old:
            group[k] = new


def _join_overlapping(group: list[int], row: Row) -> None:
    """Join groups in place that lie over each other, until none do."""
    joined = True
    while joined:
        joined = False
        spans = {name: row.span(_of(group, name), 0) for name in sorted(set(group))}
        names = list(spans)
        for position, a in enumerate(names):
            for b in names[:position]:
                shared = min(spans[a][1], spans[b][1]) - max(spans[a][0], spans[b][0])
                narrower = min(spans[a][1] - spans[a][0], spans[b][1] - spans[b][0])
                if shared >= 0 and shared >= OVER * narrower:
                    _join(group, group.index(a), group.index(b))
                    joined = True
                    break
            if joined:
                break
