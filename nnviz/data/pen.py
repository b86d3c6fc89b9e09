"""The pen: anti-aliased strokes painted into an array, the same on the canvas and without a window."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

#: Side of the canvas in ink pixels.
CANVAS_SIZE = 280
#: Width of the pen in ink pixels of a canvas of ``CANVAS_SIZE``: MNIST's strokes at the size people draw.
PEN_WIDTH = 24.0
#: Paper left free on every side when strokes are fitted to a canvas, as a share of the canvas.
MARGIN = 0.14

Ink = NDArray[np.uint8]
#: (left, top, right, bottom) in ink pixels, right and bottom exclusive; empty where right <= left.
Rectangle = tuple[int, int, int, int]
#: The points of one stroke, (points, 2): x, y; y grows downwards.
Stroke = NDArray[np.float64]


def paint_segment(
    ink: Ink, x0: float, y0: float, x1: float, y1: float, width: float = PEN_WIDTH, *, erase: bool = False
) -> Rectangle:
    """Paint one straight piece of a stroke with round ends into ink, in place; return what changed.

    The coverage of a pixel is taken from its centre's distance d to the segment: r + 1/2 − d, clipped to
    [0, 1]. It is put together with what is there by the maximum, so that overlapping pieces of a stroke do
    not darken their joints. The eraser takes the coverage away in the same manner.

    Args:
        ink: (height, width) uint8, 0 is paper, 255 is ink.
        x0: the ends are (x0, y0) and (x1, y1), in pixels; the top left pixel is the square from (0, 0) to
            (1, 1). They may lie outside of the array. Equal ends paint a dot.
        y0: see x0.
        x1: see x0.
        y1: see x0.
        width: of the pen in pixels, above 0.
        erase: take ink away instead.

    Raises:
        ValueError: a coordinate is not finite, or the width is not above 0.
    """
    if not np.isfinite(x0 + y0 + x1 + y1) or not 0 < width < np.inf:
        ends = (x0, y0, x1, y1)
        raise ValueError(f"a segment needs finite ends and a width above 0, got {ends}, width {width}")
    radius = width / 2
    reach = radius + 0.5
    height_px, width_px = ink.shape
    left = max(0, int(np.floor(max(min(x0, x1) - reach, 0))))
    top = max(0, int(np.floor(max(min(y0, y1) - reach, 0))))
    right = int(np.ceil(min(max(x0, x1) + reach, width_px)))
    bottom = int(np.ceil(min(max(y0, y1) + reach, height_px)))
    if right <= left or bottom <= top:
        return (0, 0, 0, 0)
    px = np.arange(left, right, dtype=np.float32)[None, :] + np.float32(0.5 - x0)
    py = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - y0)
    dx, dy = x1 - x0, y1 - y0
    squared = dx * dx + dy * dy
    if squared > 0:
        # The place of the nearest point of the segment, 0 at its start and 1 at its end.
        t = np.clip(px * np.float32(dx / squared) + py * np.float32(dy / squared), 0, 1)
        px = px - t * np.float32(dx)
        py = py - t * np.float32(dy)
    distance = np.sqrt(px * px + py * py)
    # A pen thinner than a pixel covers a pixel in part even at its centre.
    coverage = np.clip(np.float32(reach) - distance, 0, np.float32(min(1.0, width)))
    painted = (coverage * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    part = ink[top:bottom, left:right]
    if erase:
        np.minimum(part, 255 - painted, out=part)
    else:
        np.maximum(part, painted, out=part)
    return (left, top, right, bottom)


def paint_stroke(
    ink: Ink, stroke: NDArray[np.floating], width: float = PEN_WIDTH, *, erase: bool = False
) -> Rectangle:
    """Paint a stroke into ink, in place; return what changed.

    Args:
        ink: see ``paint_segment``.
        stroke: (points, 2), x and y in pixels; one point paints a dot, none paints nothing.
        width: of the pen in pixels.
        erase: take ink away instead.
    """
    changed: Rectangle = (0, 0, 0, 0)
    points = np.asarray(stroke, np.float64).tolist()
    if len(points) == 1:
        points = points * 2
    for (x0, y0), (x1, y1) in pairwise(points):
        changed = union(changed, paint_segment(ink, x0, y0, x1, y1, width, erase=erase))
    return changed


def union(a: Rectangle, b: Rectangle) -> Rectangle:
    """Return the smallest rectangle around two, either of which may be empty."""
    if a[2] <= a[0]:
        return b
    if b[2] <= b[0]:
        return a
    return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


def fit_strokes(strokes: Sequence[NDArray[np.floating]], size: int = CANVAS_SIZE) -> list[Stroke]:
    """Return strokes in any unit moved and scaled to the middle of a square canvas.

    The longer side of their bounding box fills what the margins (``MARGIN``) leave; a dot has no size.

    Args:
        strokes: arrays (points, 2), finite.
        size: side of the canvas in pixels.
    """
    filled = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
    if not filled:
        return []
    points = np.concatenate(filled)
    low, high = points.min(axis=0), points.max(axis=0)
    longer = float((high - low).max())
    scale = size * (1 - 2 * MARGIN) / longer if longer > 0 else 1.0
    return [(stroke - (low + high) / 2) * scale + size / 2 for stroke in filled]


def paint_strokes(
    strokes: Sequence[NDArray[np.floating]], size: int = CANVAS_SIZE, width: float | None = None
) -> Ink:
    """Return ink (size, size) with strokes in any unit fitted to it and drawn with the pen.

    Args:
        strokes: arrays (points, 2): x, y; y grows downwards.
        size: side of the canvas in pixels.
        width: of the pen in pixels; by default ``PEN_WIDTH`` in proportion to the canvas.
    """
    ink = np.zeros((size, size), np.uint8)
    if width is None:
        width = PEN_WIDTH * size / CANVAS_SIZE
    for stroke in fit_strokes(strokes, size):
        paint_stroke(ink, stroke, width)
    return ink
