"""The connected parts of an image's ink, small enough to be looked at while somebody draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.data.digits import bounding_box
from nnviz.data.thickness import stroke_width

#: Parts are told apart in an image of at most so many pixels a side.
SIDE = 160
#: From this share of the darkest on a pixel is ink.
INKED = 0.4
#: Parts smaller than this share of all ink are dirt and belong to no digit; the dot in a zero has more.
DIRT = 0.004

#: Pixels of the smallest hole.
LEAST_HOLE = 6


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The connected parts of ink.

    Attributes:
        outlines: of each part the pixels at its edge, (points, 2): x, y.
        labels: (height, width) of the reduced image: 0 paper, k + 1 part k.
        ink: the reduced image.
        pen: mean width of the strokes in its pixels.
        left, top: where its first pixel lies in the image, in pixels of that.
        step: pixels of the image to one of its own.
    """

    outlines: tuple[NDArray[np.float64], ...]
    labels: NDArray[np.intp]
    ink: NDArray[np.float32]
    pen: float
    left: float = 0.0
    top: float = 0.0
    step: int = 1

    @property
    def holes(self) -> int:
        """How many pieces of paper lie within the ink; specks of a few pixels are not counted."""
        sizes = np.bincount(connected(self.labels == 0).ravel())[1:]
        # The largest is the paper around, or the parts of it that the ink cuts off at the frame of the image.
        return max(0, int((sizes >= LEAST_HOLE).sum()) - 1)

    def ink_of(self, members: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the ink of some parts alone, with their grey edges."""
        wanted = np.isin(self.labels, [k + 1 for k in members])
        others = (self.labels > 0) & ~wanted
        near = _widened(_widened(wanted)) & ~others
        return np.where(near, self.ink, np.float32(0))


def parts_of(ink: NDArray[np.number]) -> Parts:
    """Return the connected parts of ink (height, width), 0 paper; pixels that touch at a corner are connected."""
    box = bounding_box(ink)
    if box is None:
        return Parts((), np.zeros((1, 1), np.intp), np.zeros((1, 1), np.float32), 0.0)
    top, left, bottom, right = box
    cut = np.maximum(ink[top:bottom, left:right] / ink.max(), 0).astype(np.float32)
    step = -(-max(cut.shape) // SIDE)
    if step > 1:
        high, wide = -(-cut.shape[0] // step), -(-cut.shape[1] // step)
        padded = np.zeros((high * step, wide * step), np.float32)
        padded[: cut.shape[0], : cut.shape[1]] = cut
        cut = padded.reshape(high, step, wide, step).mean(axis=(1, 3))
    cut = np.pad(cut, 1)
    labels = connected(cut > INKED * float(cut.max()))
    sizes = np.bincount(labels.ravel())
    large = np.flatnonzero(sizes[1:] >= max(1.0, DIRT * sizes[1:].sum())) + 1
    renamed = np.zeros(len(sizes), np.intp)
    renamed[large] = np.arange(1, len(large) + 1)
    labels = renamed[labels]
    inside = labels.copy()
    for axis in (0, 1):
        for by in (1, -1):
            inside[np.roll(labels, by, axis) != labels] = 0
    edge = np.where(inside == 0, labels, 0)
    outlines = []
    for k in range(len(large)):
        y, x = np.nonzero(edge == k + 1)
        outlines.append(np.stack([x, y], axis=1).astype(np.float64))
    # The frame of one pixel around the ink is none of the image.
    return Parts(tuple(outlines), labels, cut, stroke_width(cut), float(left - step), float(top - step), step)


def connected(inked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the number of the connected part of each pixel from 1 on, 0 for paper; corners connect.

    Runs of each row are joined with those above that they touch (union-find).

    Args:
        inked: (height, width).
    """
    parent: list[int] = [0]

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    labels = np.zeros(inked.shape, np.intp)
    above: list[tuple[int, int, int]] = []
    for y, row in enumerate(inked):
        turns = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]]))).tolist()
        here = []
        for first, last in zip(turns[::2], turns[1::2], strict=True):
            own = len(parent)
            parent.append(own)
            for first_above, last_above, other in above:
                if first_above <= last and last_above >= first:
                    parent[root(other)] = root(own)
            labels[y, first:last] = own
            here.append((first, last, own))
        above = here
    roots = np.array([root(k) for k in range(len(parent))])
    _, numbers = np.unique(roots, return_inverse=True)
    return np.asarray(numbers[labels], np.intp)


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    out[:, 1:] |= mask[:, :-1]
    out[:, :-1] |= mask[:, 1:]
    return out
