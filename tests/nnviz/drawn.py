"""Digits as somebody might draw them, letters, and how to change their hand; for tests of reading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Strokes = list[NDArray[np.float64]]


def _curve(*points: tuple[float, float]) -> NDArray[np.float64]:
    """Return a smooth stroke through points: Catmull-Rom, eight pieces between two of them."""
    p = np.array([points[0], *points, points[-1]], np.float64)
    made = [p[1]]
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        made += [
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            for t in np.arange(1, 9) / 8
        ]
    return np.array(made)


def _line(*points: tuple[float, float]) -> NDArray[np.float64]:
    return np.array(points, np.float64)


#: (what is meant, strokes); y grows downwards, about 100 units high.
DIGITS: list[tuple[int, Strokes]] = [
    (0, [_curve((50, 0), (20, 15), (8, 50), (20, 88), (50, 100), (72, 80), (78, 45), (68, 12), (50, 0))]),
    (0, [_curve((40, 0), (12, 20), (5, 50), (15, 85), (40, 100), (65, 80), (72, 45), (62, 15), (40, 0)),
         _line((15, 88), (64, 14))]),
    (1, [_line((50, 0), (50, 100))]),
    (1, [_line((25, 30), (52, 0), (52, 100)), _line((28, 100), (76, 100))]),
    (2, [_curve((10, 22), (25, 3), (50, 0), (65, 20), (55, 45), (8, 98)), _line((8, 98), (70, 97))]),
    (3, [_curve((10, 10), (40, 0), (62, 18), (50, 42), (28, 48), (58, 58), (66, 82), (38, 100), (8, 88))]),
    (4, [_line((30, 0), (8, 60), (75, 62)), _line((52, 30), (50, 100))]),
    (4, [_line((22, 0), (8, 55), (48, 56)), _line((56, 10), (52, 100))]),  # the stem does not touch the angle
    (5, [_curve((18, 2), (14, 44), (45, 38), (66, 62), (50, 95), (10, 96)), _line((22, 0), (66, 2))]),
    (6, [_curve((52, 0), (20, 38), (10, 72), (28, 98), (56, 92), (62, 66), (40, 54), (14, 68))]),
    (7, [_line((8, 3), (66, 0), (30, 100))]),
    (7, [_line((8, 3), (66, 0), (30, 100)), _line((22, 48), (66, 46))]),
    (8, [_curve((58, 12), (34, 0), (14, 18), (30, 42), (58, 66), (52, 94), (26, 100), (10, 78), (36, 46), (60, 22),
                (50, 4))]),
    (9, [_curve((62, 22), (40, 2), (14, 16), (18, 44), (44, 48), (62, 22), (58, 60), (50, 100))]),
]  # fmt: skip


def moved(strokes: Strokes, dx: float, dy: float, scale: float = 1.0) -> Strokes:
    """Return strokes scaled about (0, 0) and then moved."""
    return [stroke * scale + (dx, dy) for stroke in strokes]


def height(strokes: Strokes) -> float:
    """Return the height of strokes."""
    return float(np.ptp(np.concatenate(strokes)[:, 1]))


def beside(left: Strokes, right: Strokes, gap: float) -> Strokes:
    """Return two digits of equal height side by side; the gap is a share of their height."""
    made: Strokes = []
    x = 0.0
    for strokes in (left, right):
        points = np.concatenate(strokes)
        low, scale = points.min(axis=0), 100 / max(height(strokes), 0.6 * float(np.ptp(points[:, 0])), 1e-9)
        made += [(stroke - low) * scale + (x, 0) for stroke in strokes]
        x += float(np.ptp(points[:, 0])) * scale + 100 * gap
    return made
