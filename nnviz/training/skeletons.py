"""The middle lines of MNIST's strokes, so that they can be drawn again with another pen."""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from nnviz.data.digits import CENTER, IMAGE_SIZE


@njit(nogil=True)
def sample(image: NDArray[np.float32], y: float, x: float) -> float:
    """Return the image (28, 28) at a point in pixel indices, bilinear, 0 outside."""
    y0, x0 = int(np.floor(y)), int(np.floor(x))
    fy, fx = y - y0, x - x0
    value = 0.0
    for dy in range(2):
        for dx in range(2):
            yy, xx = y0 + dy, x0 + dx
            if 0 <= yy < IMAGE_SIZE and 0 <= xx < IMAGE_SIZE:
                value += image[yy, xx] * (fy if dy else 1 - fy) * (fx if dx else 1 - fx)
    return value


@njit(nogil=True)
def _thin(a: NDArray[np.uint8]) -> None:
    """Thin a binary image to its skeleton in place (Zhang and Suen, Comm. ACM 27, 1984)."""
    height, width = a.shape
    drop = np.empty((height * width, 2), np.int64)
    changed = True
    while changed:
        changed = False
        for half in range(2):
            count = 0
            for y in range(1, height - 1):
                for x in range(1, width - 1):
                    if a[y, x] == 0:
                        continue
                    n, ne, e, se = a[y - 1, x], a[y - 1, x + 1], a[y, x + 1], a[y + 1, x + 1]
                    s, sw, w, nw = a[y + 1, x], a[y + 1, x - 1], a[y, x - 1], a[y - 1, x - 1]
                    total = n + ne + e + se + s + sw + w + nw
                    if total < 2 or total > 6:
                        continue
                    turns = (
                        (n < ne) + (ne < e) + (e < se) + (se < s) + (s < sw) + (sw < w) + (w < nw) + (nw < n)
                    )
                    if turns != 1:
                        continue
                    if half == 0:
                        gone = n * e * s == 0 and e * s * w == 0
                    else:
                        gone = n * e * w == 0 and n * s * w == 0
                    if gone:
                        drop[count, 0], drop[count, 1] = y, x
                        count += 1
            for k in range(count):
                a[drop[k, 0], drop[k, 1]] = 0
            changed = changed or count > 0


@njit(nogil=True, parallel=True)
def skeletons(
    images: NDArray[np.float32], points: NDArray[np.float32], counts: NDArray[np.int64]
) -> None:
    """Write the smoothed skeleton of each image (count, 28, 28) into points (count, most, 2) and counts.

    Points are y, x in pixels of MNIST from the image's centre of mass (14, 14).
    """
    side = 2 * IMAGE_SIZE
    for k in prange(len(images)):
        a = np.zeros((side + 2, side + 2), np.uint8)
        for y in range(side):
            for x in range(side):
                if sample(images[k], (y + 0.5) / 2 - 0.5, (x + 0.5) / 2 - 0.5) > 0.4:
                    a[y + 1, x + 1] = 1
        _thin(a)
        count = 0
        for y in range(2, side):
            for x in range(2, side):
                if a[y, x] and count < points.shape[1]:
                    # The mean of the neighbourhood takes the steps of the pixel grid out of the line.
                    sy, sx, n = 0.0, 0.0, 0
                    for yy in range(max(0, y - 2), min(side + 2, y + 3)):
                        for xx in range(max(0, x - 2), min(side + 2, x + 3)):
                            if a[yy, xx]:
                                sy += yy
                                sx += xx
                                n += 1
                    points[k, count, 0] = (sy / n - 0.5) / 2 - 0.5 - CENTER
                    points[k, count, 1] = (sx / n - 0.5) / 2 - 0.5 - CENTER
                    count += 1
        counts[k] = count
