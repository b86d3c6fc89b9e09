"""Draws forms of digits and shapes that are none as a hand would: never twice the same; compiled with Numba."""

# mypy: disable-error-code="untyped-decorator"
# ruff: noqa: NPY002 - compiled code knows only the legacy generators of NumPy

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nnviz.training.habits import WORK, ZOOM, segment

#: Points of a curve to each point that it passes through.
FINE = 10
#: Most points of all curves of a drawing.
MOST = 1024


@njit(nogil=True)
def _curve(
    through: NDArray[np.float64], count: int, out: NDArray[np.float64], at: int
) -> int:
    """Write the Catmull-Rom curve through (count, 2) points into out from row ``at`` on; return the row after it.

    A point given twice makes a corner.
    """
    for k in range(count - 1):
        for part in range(FINE):
            if at >= len(out) - 1:
                return at
            t = part / FINE
            for axis in range(2):
                p1, p2 = through[k, axis], through[k + 1, axis]
                p0 = through[max(k - 1, 0), axis]
                p3 = through[min(k + 2, count - 1), axis]
                out[at, axis] = p1 + 0.5 * t * (
                    p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))
                )
            at += 1
    out[at] = through[count - 1]
    return at + 1


@njit(nogil=True)
def _hooked(drawn: NDArray[np.float64], first: int, last: int) -> int:
    """Give a stroke in rows [first, last) a small hook at an end, as pens leave; return the row after it."""
    if np.random.random() < 0.12 and last < len(drawn) - 6:
        angle, reach = np.random.uniform(0, 2 * np.pi), np.random.uniform(0.03, 0.13)
        y, x = drawn[last - 1, 0], drawn[last - 1, 1]
        for k in range(1, 5):
            drawn[last, 0], drawn[last, 1] = y + np.sin(angle) * reach * k / 4, x + np.cos(angle) * reach * k / 4
            last += 1
    if np.random.random() < 0.12:
        angle, reach = np.random.uniform(0, 2 * np.pi), np.random.uniform(0.03, 0.13)
        for k in range(min(4, last - first - 1)):
            drawn[first + k, 0] += np.sin(angle) * reach * (4 - k) / 4
            drawn[first + k, 1] += np.cos(angle) * reach * (4 - k) / 4
    return last


@njit(nogil=True)
def _paint(
    work: NDArray[np.float32], drawn: NDArray[np.float64], ends: NDArray[np.int64], strokes: int, radius: float
) -> None:
    """Paint strokes that end before the rows ``ends``, slanted, stretched, turned and fitted into work."""
    angle = min(max(np.random.normal() * 0.12, -0.4), 0.4)
    shear = min(max(0.06 + np.random.normal() * 0.2, -0.5), 0.65)
    stretch = np.exp(min(max(np.random.normal() * 0.22, -0.5), 0.5))
    cos, sin = np.cos(angle), np.sin(angle)
    count = ends[strokes - 1]
    top, left, bottom, right = 1e9, 1e9, -1e9, -1e9
    for k in range(count):
        y, x = drawn[k, 0], drawn[k, 1] * stretch
        x -= shear * y
        y, x = cos * y + sin * x, cos * x - sin * y
        drawn[k, 0], drawn[k, 1] = y, x
        top, bottom, left, right = min(top, y), max(bottom, y), min(left, x), max(right, x)
    scale = 18.0 * ZOOM / max(bottom - top, right - left, 1e-3)
    cy, cx, middle = (top + bottom) / 2, (left + right) / 2, (WORK - 1) / 2
    first = 0
    for stroke in range(strokes):
        for k in range(first, ends[stroke]):
            before = max(k - 1, first)
            segment(
                work,
                (drawn[before, 0] - cy) * scale + middle, (drawn[before, 1] - cx) * scale + middle,
                (drawn[k, 0] - cy) * scale + middle, (drawn[k, 1] - cx) * scale + middle, radius, 1.0,
            )
        first = ends[stroke]


@njit(nogil=True)
def draw_form(
    work: NDArray[np.float32], points: NDArray[np.float32], stroke_at: NDArray[np.int64], begin: int, end: int,
    radius: float,
) -> None:
    """Draw the strokes [begin, end) of ``allographs.Forms`` into work in place, each time otherwise."""
    loose = np.random.uniform(0.01, 0.055)
    drawn = np.empty((MOST, 2), np.float64)
    ends = np.empty(end - begin, np.int64)
    through = np.empty((64, 2), np.float64)
    at = 0
    # A slow wave moves what lies together together: proportions change, and lines bend.
    wave_y, wave_x = np.random.normal() * 0.05, np.random.normal() * 0.05
    phase_y, phase_x = np.random.uniform(0, 2 * np.pi), np.random.uniform(0, 2 * np.pi)
    for stroke in range(begin, end):
        low, high = stroke_at[stroke], stroke_at[stroke + 1]
        off_y, off_x = np.random.normal() * 0.025, np.random.normal() * 0.025
        dy, dx = 0.0, 0.0
        for k in range(low, high):
            y, x = points[k, 0], points[k, 1]
            if k == low or y != points[k - 1, 0] or x != points[k - 1, 1]:
                dy, dx = np.random.normal() * loose, np.random.normal() * loose
            through[k - low, 0] = y + dy + off_y + wave_y * np.sin(5 * y + phase_y)
            through[k - low, 1] = x + dx + off_x + wave_x * np.sin(5 * y + phase_x)
        first = at
        at = _curve(through, high - low, drawn, at)
        at = _hooked(drawn, first, at)
        ends[stroke - begin] = at
    _paint(work, drawn, ends, end - begin, radius)


@njit(nogil=True)
def draw_wild(work: NDArray[np.float32], radius: float) -> None:
    """Draw curves and straight lines at random into work in place; too many or too bent to be taken for a digit."""
    drawn = np.empty((MOST, 2), np.float64)
    ends = np.empty(6, np.int64)
    through = np.empty((64, 2), np.float64)
    at = 0
    kind = np.random.random()
    is_straight = kind < 0.35
    strokes = np.random.randint(3, 7) if is_straight else 1 if kind < 0.6 else np.random.randint(2, 4)
    for stroke in range(strokes):
        count = 2 if is_straight else np.random.randint(6, 13) if strokes == 1 else np.random.randint(3, 7)
        k = 0
        while k < count:
            through[k, 0], through[k, 1] = np.random.random(), np.random.random() * 0.9
            k += 1
            if not is_straight and np.random.random() < 0.15:
                through[k] = through[k - 1]
                k += 1
        at = _curve(through, k, drawn, at)
        ends[stroke] = at
    _paint(work, drawn, ends, strokes, radius)
