"""Which of many lines are near a point: by arithmetic over all of them at once, a millisecond for 400,000."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

#: Normals of no more lines than these are made when they are first asked for: in a tenth of a millisecond.
FEW = 3000


class LineFinder:
    """Finds segments near a point.

    Each line is kept as its unit normal n and offset c, so that the distance of a point p from the endless line is
    |n·p + c|: two products a line and no division. Only what passes this is measured against the segment's ends.
    """

    def __init__(self, lines: Float32) -> None:
        """Keep (n, 4) segments x0, y0, x1, y1; a segment of length 0 is found by its point."""
        self._lines = lines
        self._normals: tuple[Float32, Float32, Float32] | None = None
        if len(lines) > FEW:  # of few, most pictures are never asked
            self._normals = self._prepared()

    def _prepared(self) -> tuple[Float32, Float32, Float32]:
        x0, y0, x1, y1 = self._lines.T
        dx, dy = x1 - x0, y1 - y0
        length = np.hypot(dx, dy)
        safe = np.where(length > 0, length, 1)
        nx = np.where(length > 0, -dy / safe, 0).astype(np.float32)
        ny = np.where(length > 0, dx / safe, 0).astype(np.float32)
        return nx, ny, (-(nx * x0 + ny * y0)).astype(np.float32)

    def near(self, x: float, y: float, reach: float) -> tuple[NDArray[np.intp], Float32]:
        """Return indices, ascending, of the segments within ``reach`` of a point, and their distances."""
        if self._normals is None:
            self._normals = self._prepared()
        nx, ny, c = self._normals
        away = nx * np.float32(x)
        away += ny * np.float32(y)
        away += c
        np.abs(away, out=away)
        # A float32 of a screen's coordinates is good to a thousandth of a pixel.
        candidates = np.flatnonzero(away <= reach + 0.01)
        if not len(candidates):
            return candidates, np.zeros(0, np.float32)
        a, b = self._lines[candidates, :2].astype(np.float64), self._lines[candidates, 2:].astype(np.float64)
        p, way = np.array([x, y]), b - a
        along = ((p - a) * way).sum(axis=1) / np.maximum((way * way).sum(axis=1), 1e-12)
        distance = np.hypot(*(a + np.clip(along, 0, 1)[:, None] * way - p).T)
        inside = distance <= reach
        return candidates[inside], distance[inside].astype(np.float32)
