"""What many writers do and MNIST's rarely did, drawn into digits; compiled with Numba when first called."""

# mypy: disable-error-code="untyped-decorator"
# ruff: noqa: NPY002 - compiled code knows only the legacy generators of NumPy

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Side of the canvas that images are redrawn on.
WORK = 64
#: Canvas pixels to a pixel of MNIST.
ZOOM = 2.0


@njit(nogil=True)
def segment(
    work: NDArray[np.float32], y0: float, x0: float, y1: float, x1: float, radius: float, value: float
) -> None:
    """Paint a segment with round ends into work in place (see ``nnviz.data.pen.paint_segment``)."""
    reach = radius + 0.5
    dy, dx = y1 - y0, x1 - x0
    squared = dy * dy + dx * dx
    for y in range(max(0, int(min(y0, y1) - reach)), min(WORK, int(max(y0, y1) + reach) + 2)):
        for x in range(max(0, int(min(x0, x1) - reach)), min(WORK, int(max(x0, x1) + reach) + 2)):
            t = 0.0
            if squared > 0:
                t = min(max(((y - y0) * dy + (x - x0) * dx) / squared, 0.0), 1.0)
            d = np.sqrt((y - y0 - t * dy) ** 2 + (x - x0 - t * dx) ** 2)
            coverage = min(max(reach - d, 0.0), 1.0) * value
            if coverage > work[y, x]:
                work[y, x] = coverage


@njit(nogil=True)
def _box(work: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Return (top, left, bottom, right) of the ink above one half, inclusive."""
    top, left, bottom, right = WORK, WORK, -1, -1
    for y in range(WORK):
        for x in range(WORK):
            if work[y, x] > 0.5:
                top, bottom, left, right = min(top, y), max(bottom, y), min(left, x), max(right, x)
    return top, left, bottom, right


@njit(nogil=True)
def _row_middle(work: NDArray[np.float32], y: int) -> float:
    """Return the mean x of the ink in a row, or -1 where it has none."""
    mass, moment = 0.0, 0.0
    for x in range(WORK):
        if work[y, x] > 0.5:
            mass += 1
            moment += x
    return moment / mass if mass > 0 else -1.0


@njit(nogil=True)
def add_habits(work: NDArray[np.float32], label: int, radius: float) -> None:
    """Add to a digit, in place, what many writers add to theirs and MNIST's rarely do."""
    top, left, bottom, right = _box(work)
    if bottom <= top:
        return
    h, w = float(bottom - top), float(right - left)
    cy, cx = (top + bottom) / 2, (left + right) / 2
    chance = np.random.random()
    if label == 0 and w > 0.35 * h:
        if chance < 0.17:  # a slash; one time in six it leans the other way
            angle = np.random.uniform(0.7, 1.2)
            reach = np.random.uniform(0.3, 0.62) * np.sqrt(h * w)
            side = -1.0 if np.random.random() < 0.17 else 1.0
            y, x = cy + np.random.normal() * 0.04 * h, cx + np.random.normal() * 0.04 * w
            dy, dx = np.sin(angle) * reach * np.sqrt(h / w), np.cos(angle) * reach * side * np.sqrt(w / h)
            segment(work, y + dy, x - dx, y - dy, x + dx, radius, 1.0)
        elif chance < 0.24:  # a dot, sometimes a short dash
            y, x = cy + np.random.normal() * 0.05 * h, cx + np.random.normal() * 0.05 * w
            dy, dx = np.random.normal() * 0.04 * h, np.random.normal() * 0.03 * w
            segment(work, y - dy, x - dx, y + dy, x + dx, radius, 1.0)
        elif chance < 0.32:  # the end of the loop shoots past its start
            angle = np.random.uniform(-1.0, 1.2)
            reach = np.random.uniform(0.08, 0.25) * h
            y, x = top + radius * 0.7, _row_middle(work, top)
            side = -1.0 if np.random.random() < 0.3 else 1.0
            segment(work, y, x, y + np.sin(angle) * reach, x + side * np.cos(angle) * reach, radius, 1.0)
    elif label == 7:
        if chance < 0.35:  # the bar
            y = top + int(h * np.random.uniform(0.38, 0.62))
            x = _row_middle(work, y)
            if x >= 0:
                x += np.random.normal() * 0.06 * h
                reach = np.random.uniform(0.13, 0.32) * h
                slope = np.random.normal() * 0.22
                segment(work, y + slope * reach, x - reach, y - slope * reach, x + reach, radius, 1.0)
        if np.random.random() < 0.15:  # the serif at the left end of the top stroke
            for x in range(left, right):
                found = False
                for y in range(top, int(top + 0.4 * h)):
                    if work[y, x] > 0.5:
                        drop = np.random.uniform(0.08, 0.25) * h
                        lean = np.random.normal() * 0.05 * h
                        segment(work, float(y), x + radius, y + drop, x + radius + lean, radius, 1.0)
                        found = True
                        break
                if found:
                    break
    elif label == 1:
        x_top, x_bottom = _row_middle(work, top), _row_middle(work, bottom)
        if chance < 0.4:  # the flag: an upstroke before the stem
            angle = np.random.uniform(0.45, 1.1)
            reach = np.random.uniform(0.15, 0.5) * h
            y = top + radius * 0.7
            bend = np.random.normal() * 0.05 * reach
            my, mx = y + np.sin(angle) * reach / 2 + bend, x_top - np.cos(angle) * reach / 2 + bend
            ey, ex = y + np.sin(angle) * reach, x_top - np.cos(angle) * reach
            segment(work, y, x_top, my, mx, radius, 1.0)
            segment(work, my, mx, ey, ex, radius, 1.0)
        if chance < 0.22 or chance > 0.9:  # the foot, mostly with a flag
            y = bottom - radius * 0.7
            to_left, to_right = np.random.uniform(0.1, 0.36) * h, np.random.uniform(0.1, 0.36) * h
            slope = np.random.normal() * 0.08
            segment(work, y + slope * to_left, x_bottom - to_left, y - slope * to_right, x_bottom + to_right,
                     radius, 1.0)


@njit(nogil=True)
def draw_four(work: NDArray[np.float32], a: float, b: float, c: float, d: float, radius: float) -> None:
    """Draw a four in two strokes into work in place: an angle, open or closed, and a stem across it.

    (y, x) of the unit drawing, of height 1, becomes (a·y + b·x, c·y + d·x).
    """
    size = 18.0 * ZOOM
    middle = (WORK - 1) / 2
    bar = np.random.uniform(0.02, 0.28)  # of the crossbar, below the middle
    left, right = -np.random.uniform(0.26, 0.42), np.random.uniform(0.24, 0.46)
    stem = np.random.uniform(0.02, 0.2)
    stem_top = np.random.uniform(-0.5, -0.05) if np.random.random() < 0.7 else -0.5
    start = np.random.uniform(left - 0.04, left + 0.3)
    if np.random.random() < 0.25:  # closed: the angle starts at the top of the stem
        stem_top, start = -0.5, stem + np.random.normal() * 0.03
    lean = np.random.normal() * 0.05
    slope = np.random.normal() * 0.05
    y = np.array([
        -0.5, (bar - 0.5) / 2, bar - slope, bar + slope, stem_top, (stem_top + 0.5) / 2, 0.5,
    ])
    x = np.array([
        start, (start + left) / 2 + np.random.normal() * 0.03, left, right, stem + lean,
        stem + np.random.normal() * 0.02, stem - lean,
    ])
    for k in range(6):
        if k == 3:
            continue
        y0, x0, y1, x1 = y[k] * size, x[k] * size, y[k + 1] * size, x[k + 1] * size
        segment(work, a * y0 + b * x0 + middle, c * y0 + d * x0 + middle,
                 a * y1 + b * x1 + middle, c * y1 + d * x1 + middle, radius, 1.0)
