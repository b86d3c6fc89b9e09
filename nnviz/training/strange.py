"""Draws what is no digit: signs, wild lines, two digits over each other, digits turned and mirrored."""

# mypy: disable-error-code="untyped-decorator"
# ruff: noqa: NPY002 - compiled code knows only the legacy generators of NumPy

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nnviz.training.habits import WORK, ZOOM, segment
from nnviz.training.handwriting import draw_form, draw_wild


@njit(nogil=True)
def _discs(
    work: NDArray[np.float32], points: NDArray[np.float32], matrix: tuple[float, float, float, float],
    move: tuple[float, float], radius: float,
) -> None:
    """Draw a skeleton (points, 2) of y, x in pixels of MNIST; ``matrix`` and then ``move`` are applied to it."""
    a, b, c, d = matrix
    middle = (WORK - 1) / 2
    for k in range(len(points)):
        y, x = points[k, 0], points[k, 1]
        py, px = (a * y + b * x + move[0]) * ZOOM + middle, (c * y + d * x + move[1]) * ZOOM + middle
        segment(work, py, px, py, px, radius, 1.0)


@njit(nogil=True)
def _turned(work: NDArray[np.float32], points: NDArray[np.float32], label: int, radius: float) -> bool:
    """Draw a digit mirrored or lying on its side; return whether it is one that is no digit then."""
    turn, shear = np.random.normal() * 0.15, np.random.normal() * 0.15
    cos, sin = np.cos(turn), np.sin(turn)
    if label in (3, 4, 6, 7, 9) and np.random.random() < 0.5:
        _discs(work, points, (cos, -sin, sin + shear, -cos), (0.0, 0.0), radius)
        return True
    if label in (2, 3, 4, 5, 6, 9):
        side = 1.0 if np.random.random() < 0.5 else -1.0
        _discs(work, points, (sin + shear, side * cos, -side * cos, sin), (0.0, 0.0), radius)
        return True
    return False


@njit(nogil=True)
def draw_strange(
    work: NDArray[np.float32], form_points: NDArray[np.float32], stroke_at: NDArray[np.int64], begin: int, end: int,
    radius: float, one: NDArray[np.float32], one_label: int, other: NDArray[np.float32], other_label: int,
) -> None:
    """Draw something that is no digit into work in place.

    Args:
        work: the canvas.
        form_points, stroke_at, begin, end: a sign, see ``handwriting.draw_form``.
        radius: of the pen, in pixels of the canvas.
        one, other: skeletons of two digits, (points, 2).
        one_label, other_label: what they are.
    """
    kind = np.random.random()
    if kind < 0.4:
        draw_form(work, form_points, stroke_at, begin, end, radius)
        return
    if kind < 0.55 and 1 not in (one_label, other_label):
        # Over or beside each other and touching; a 1 would only be a slash or a bar of the other.
        apart = np.random.uniform(3.0, 8.0)
        down = np.random.normal() * 1.5
        plain = (0.75, 0.0, 0.0, 0.75)
        _discs(work, one, plain, (-down, -apart), radius * 0.8)
        _discs(work, other, plain, (down, apart), radius * 0.8)
        return
    if kind < 0.75 and _turned(work, one, one_label, radius):
        return
    draw_wild(work, radius)
