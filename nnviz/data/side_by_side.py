"""Digits written side by side, told apart by where their strokes lie: not by when they were written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Strokes nearer to each other than this share of the height of the whole writing belong to one digit: the gap of
#: a broken stroke, of an open 4, of a hat beside its 5.
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


def distance(a: Points, b: Points) -> float:
    """Return the smallest distance between two sets of points (points, 2)."""
    squared = (a[:, None, 0] - b[None, :, 0]) ** 2 + (a[:, None, 1] - b[None, :, 1]) ** 2
    return float(np.sqrt(squared.min()))


def groups_of(pieces: Sequence[Points], pen: float = 0.0, near: float = CLEAR) -> tuple[Members, ...]:
    """Return which pieces make up each digit, from left to right; one group where there is one digit.

    Args:
        pieces: strokes, or points of the connected parts of an image: arrays (points, 2) of x and y, none empty,
            points at most 1/50 of the height of all apart.
        pen: what the width of the pen took off the distances, in the unit of the points: 0 for middle lines.
        near: pieces nearer to each other than this share of the height of all belong to one digit.
    """
    everything = (tuple(range(len(pieces))),)
    if len(pieces) < 2 or len(pieces) > MOST_PIECES:
        return everything
    low = np.array([piece.min(axis=0) for piece in pieces])
    high = np.array([piece.max(axis=0) for piece in pieces])
    height = float(high[:, 1].max() - low[:, 1].min())
    if height <= 0:
        return everything
    group = list(range(len(pieces)))
    apart = np.full((len(pieces), len(pieces)), np.inf)
    for i in range(len(pieces)):
        for j in range(i):
            apart[i, j] = apart[j, i] = distance(pieces[i], pieces[j]) + pen
            if apart[i, j] < near * height:
                _join(group, i, j)
    _join_overlapping(group, low, high)
    # The lowest first: a dot on a hat on a digit ends with the digit.
    while len(set(group)) > 1:
        heights = {g: _extent(group, g, low, high, 1) for g in set(group)}
        least = min(heights, key=lambda g: heights[g])
        if heights[least] >= LEAST_HEIGHT * height:
            break
        inside = np.array(group) == least
        nearest = np.unravel_index(np.argmin(np.where(inside[:, None] & ~inside, apart, np.inf)), apart.shape)
        _join(group, int(nearest[0]), int(nearest[1]))
    _join_overlapping(group, low, high)
    found = [tuple(k for k, own in enumerate(group) if own == g) for g in set(group)]
    found.sort(key=lambda members: float(np.mean([(low[k, 0] + high[k, 0]) / 2 for k in members])))
    return tuple(found)


def _join(group: list[int], i: int, j: int) -> None:
    old, new = group[i], group[j]
    for k, own in enumerate(group):
        if own == old:
            group[k] = new


def _extent(group: list[int], which: int, low: Points, high: Points, axis: int) -> float:
    inside = np.array(group) == which
    return float(high[inside, axis].max() - low[inside, axis].min())


def _join_overlapping(group: list[int], low: Points, high: Points) -> None:
    """Join groups in place that lie over each other, until none do."""
    joined = True
    while joined:
        joined = False
        names = sorted(set(group))
        spans = {}
        for name in names:
            inside = np.array(group) == name
            spans[name] = float(low[inside, 0].min()), float(high[inside, 0].max())
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
