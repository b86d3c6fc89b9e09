"""A smooth line through the points of a pen: a circle drawn fast, in a few points, stays round.

The line is a centripetal Catmull-Rom spline: it goes through every point that was measured, has no loops, and each
piece depends on four points only, so that it can be drawn while the pen moves.
Source: P. J. Barry and R. N. Goldman, "A recursive evaluation algorithm for a class of Catmull-Rom splines",
SIGGRAPH 1988; C. Yuksel, S. Schaefer and J. Keyser, "Parameterization and applications of Catmull-Rom curves",
Computer-Aided Design 43 (2011), for the centripetal choice of parameters.
"""

from __future__ import annotations

import itertools
import math

#: x, y and pen width of a point, in ink pixels.
PenPoint = tuple[float, float, float]
#: The pieces of a curve differ from it by at most this many ink pixels.
TOLERANCE_PX = 0.25
MAX_PIECES = 24
#: A turn sharper than this is a corner that a person meant (7, 4): the line does not swing around it.
CORNER_RADIANS = math.radians(60.0)
#: Nearer points are one.
SAME_PX = 1e-3


def curve_between(before: PenPoint, start: PenPoint, end: PenPoint, after: PenPoint) -> list[PenPoint]:
    """Return the points of the smooth line from ``start`` (left out) to ``end``; the width changes evenly.

    Args:
        before: the point before ``start``, or ``start`` again where there is none.
        start: where the piece begins.
        end: where it ends.
        after: the point after ``end``, or ``end`` again.
    """
    first = start if _turn(before, start, end) > CORNER_RADIANS else before
    last = end if _turn(start, end, after) > CORNER_RADIANS else after
    knots = [0.0]
    points = [(one[0], one[1]) for one in (first, start, end, last)]
    # A missing neighbour is the end mirrored: the piece leaves it without a bend of its own.
    if _same(first, start):
        points[0] = (2 * start[0] - end[0], 2 * start[1] - end[1])
    if _same(last, end):
        points[3] = (2 * end[0] - start[0], 2 * end[1] - start[1])
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        # Centripetal: the square root of the distance.
        knots.append(knots[-1] + max(math.hypot(x1 - x0, y1 - y0), SAME_PX) ** 0.5)
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max(math.hypot(dx, dy), SAME_PX)
    bend = 0.0
    for share in (0.25, 0.5, 0.75):
        x, y = _at(points, knots, knots[1] + share * (knots[2] - knots[1]))
        bend = max(bend, abs((x - start[0]) * dy - (y - start[1]) * dx) / length)
    pieces = min(MAX_PIECES, max(1, math.ceil(math.sqrt(bend / TOLERANCE_PX))))
    made = []
    for number in range(1, pieces):
        share = number / pieces
        x, y = _at(points, knots, knots[1] + share * (knots[2] - knots[1]))
        made.append((x, y, start[2] + share * (end[2] - start[2])))
    return [*made, end]


class CurvePen:
    """Turns the points of a pen that is down into a smooth line, piece by piece. Mutable.

    Args:
        start: where the pen was put down.
    """

    def __init__(self, start: PenPoint) -> None:
        self._points = [start]

    def add(self, point: PenPoint) -> tuple[list[PenPoint], list[PenPoint]]:
        """Take the next point in; return what of the line is now certain, and its end as far as it is known.

        The end is to be drawn too, so that the line does not lag behind the pen, and to be taken back with the next
        point, which may bend it.
        """
        if _same(point, self._points[-1]):
            return [], []
        self._points = [*self._points[-3:], point]
        points = self._points
        certain: list[PenPoint] = []
        if len(points) >= 3:
            certain = curve_between(points[-4] if len(points) > 3 else points[-3], *points[-3:])
        return certain, curve_between(points[-3] if len(points) > 2 else points[-2], points[-2], point, point)


def _same(a: PenPoint, b: PenPoint) -> bool:
    return abs(a[0] - b[0]) + abs(a[1] - b[1]) < SAME_PX


def _turn(a: PenPoint, b: PenPoint, c: PenPoint) -> float:
    """Return by how much the direction turns at b, radians in [0, pi]; 0 where there is no direction."""
    if _same(a, b) or _same(b, c):
        return 0.0
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], c[0] - b[0], c[1] - b[1]
    return abs(math.atan2(ux * vy - uy * vx, ux * vx + uy * vy))


def _at(points: list[tuple[float, float]], knots: list[float], t: float) -> tuple[float, float]:
    """Return the spline at a parameter, by Barry and Goldman's pyramid."""
    level = list(points)
    for width in (1, 2, 3):
        following = []
        for k in range(len(level) - 1):
            # The last level lies between the inner knots.
            low, high = (knots[k], knots[k + width]) if width < 3 else (knots[1], knots[2])
            share = (t - low) / (high - low)
            (x0, y0), (x1, y1) = level[k], level[k + 1]
            following.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
        level = following
    return level[0]
