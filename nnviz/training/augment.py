"""MNIST as other people would have written it: warped, thinned, redrawn with a pen, with habits MNIST lacks.

Compiled with Numba when first called. Everything works on a canvas of 64x64 pixels, two to a pixel of MNIST, and
ends with the same normalisation that drawings get (``nnviz.data.digits.to_image``), because that is what the
network will see.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from nnviz.data.digits import BOX_SIZE, CENTER, FAINT, IMAGE_SIZE

#: Side of the canvas that images are redrawn on.
WORK = 64
#: Canvas pixels to a pixel of MNIST.
ZOOM = 2.0
#: Nodes to a side of the coarse grid that an elastic distortion is given on.
NODES = 9


@njit(nogil=True)
def normalise(work: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write what ``digits.to_image`` makes of work (any shape) into out (28, 28); compiled, for training only."""
    height, width = work.shape
    darkest = np.float32(0.0)
    for y in range(height):
        for x in range(width):
            darkest = max(darkest, work[y, x])
    out[:] = 0.0
    if darkest <= 0:
        return
    limit = darkest * np.float32(FAINT)
    top, left, bottom, right = height, width, 0, 0
    for y in range(height):
        for x in range(width):
            if work[y, x] > limit:
                top, bottom = min(top, y), max(bottom, y + 1)
                left, right = min(left, x), max(right, x + 1)
    h, w = bottom - top, right - left
    length = max(h, w) / BOX_SIZE
    rows = max(1, int(np.ceil(h / length - 1e-6)))
    columns = max(1, int(np.ceil(w / length - 1e-6)))
    half = np.zeros((rows, w), np.float32)
    for i in range(rows):
        low = (i - rows / 2) * length + h / 2
        for y in range(max(0, int(np.floor(low))), min(h, int(np.ceil(low + length)))):
            share = np.float32((min(low + length, y + 1) - max(low, y)) / length)
            for x in range(w):
                half[i, x] += share * work[top + y, left + x]
    small = np.zeros((rows, columns), np.float32)
    for j in range(columns):
        low = (j - columns / 2) * length + w / 2
        for x in range(max(0, int(np.floor(low))), min(w, int(np.ceil(low + length)))):
            share = np.float32((min(low + length, x + 1) - max(low, x)) / length)
            for i in range(rows):
                small[i, j] += share * half[i, x]
    mass, my, mx, peak = 0.0, 0.0, 0.0, np.float32(0.0)
    for i in range(rows):
        for j in range(columns):
            v = small[i, j]
            mass += v
            my += v * i
            mx += v * j
            peak = max(peak, v)
    y0 = min(max(int(np.floor(CENTER - my / mass + 0.5)), 0), IMAGE_SIZE - rows)
    x0 = min(max(int(np.floor(CENTER - mx / mass + 0.5)), 0), IMAGE_SIZE - columns)
    for i in range(rows):
        for j in range(columns):
            out[y0 + i, x0 + j] = small[i, j] / peak


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
                        (n == 0 and ne == 1) + (ne == 0 and e == 1) + (e == 0 and se == 1) + (se == 0 and s == 1)
                        + (s == 0 and sw == 1) + (sw == 0 and w == 1) + (w == 0 and nw == 1) + (nw == 0 and n == 1)
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


@njit(nogil=True)
def _sample(image: NDArray[np.float32], y: float, x: float) -> float:
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
                if _sample(images[k], (y + 0.5) / 2 - 0.5, (x + 0.5) / 2 - 0.5) > 0.4:
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


@njit(nogil=True)
def _segment(
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
def _elastic(strength: float) -> NDArray[np.float32]:
    """Return a smooth random displacement (nodes, nodes, 2) in pixels of MNIST, rms about ``strength``."""
    field = np.zeros((NODES, NODES, 2), np.float32)
    for _ in range(3):
        wavelength = np.random.uniform(9.0, 26.0)
        angle = np.random.uniform(0.0, 2 * np.pi)
        ky = 2 * np.pi / wavelength * np.sin(angle)
        kx = 2 * np.pi / wavelength * np.cos(angle)
        phase_y, phase_x = np.random.uniform(0.0, 2 * np.pi), np.random.uniform(0.0, 2 * np.pi)
        ay, ax = np.random.normal() * strength * 0.8, np.random.normal() * strength * 0.8
        for i in range(NODES):
            for j in range(NODES):
                y, x = (i / (NODES - 1) - 0.5) * WORK / ZOOM, (j / (NODES - 1) - 0.5) * WORK / ZOOM
                field[i, j, 0] += ay * np.sin(ky * y + kx * x + phase_y)
                field[i, j, 1] += ax * np.sin(ky * y + kx * x + phase_x)
    return field


@njit(nogil=True)
def _displaced(field: NDArray[np.float32], y: float, x: float) -> tuple[float, float]:
    """Return a point (pixels of MNIST from the centre) moved by an elastic field."""
    gy = min(max((y * ZOOM / WORK + 0.5) * (NODES - 1), 0.0), NODES - 1.001)
    gx = min(max((x * ZOOM / WORK + 0.5) * (NODES - 1), 0.0), NODES - 1.001)
    i, j = int(gy), int(gx)
    fy, fx = gy - i, gx - j
    a, b, c, d = (1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx
    moved_y = a * field[i, j, 0] + b * field[i, j + 1, 0] + c * field[i + 1, j, 0] + d * field[i + 1, j + 1, 0]
    moved_x = a * field[i, j, 1] + b * field[i, j + 1, 1] + c * field[i + 1, j, 1] + d * field[i + 1, j + 1, 1]
    return y + moved_y, x + moved_x


@njit(nogil=True)
def _thicken(work: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    """Return work grown by ``radius`` canvas pixels, or eroded where it is negative."""
    shrink = radius < 0
    r = abs(radius)
    n = int(np.ceil(r))
    out = np.zeros_like(work)
    for dy in range(-n, n + 1):
        for dx in range(-n, n + 1):
            share = min(max(r + 1 - np.sqrt(dy * dy + dx * dx), 0.0), 1.0)
            if share <= 0:
                continue
            for y in range(max(0, -dy), min(WORK, WORK - dy)):
                for x in range(max(0, -dx), min(WORK, WORK - dx)):
                    v = work[y + dy, x + dx]
                    v = (1 - v if shrink else v) * share
                    if v > out[y, x]:
                        out[y, x] = v
    if shrink:
        for y in range(WORK):
            for x in range(WORK):
                out[y, x] = 1 - out[y, x]
    return out


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
def _habits(work: NDArray[np.float32], label: int, radius: float) -> None:
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
            _segment(work, y + dy, x - dx, y - dy, x + dx, radius, 1.0)
        elif chance < 0.24:  # a dot, sometimes a short dash
            y, x = cy + np.random.normal() * 0.05 * h, cx + np.random.normal() * 0.05 * w
            dy, dx = np.random.normal() * 0.04 * h, np.random.normal() * 0.03 * w
            _segment(work, y - dy, x - dx, y + dy, x + dx, radius, 1.0)
    elif label == 7:
        if chance < 0.35:  # the bar
            y = top + int(h * np.random.uniform(0.38, 0.62))
            x = _row_middle(work, y)
            if x >= 0:
                x += np.random.normal() * 0.06 * h
                reach = np.random.uniform(0.13, 0.32) * h
                slope = np.random.normal() * 0.22
                _segment(work, y + slope * reach, x - reach, y - slope * reach, x + reach, radius, 1.0)
        if np.random.random() < 0.15:  # the serif at the left end of the top stroke
            for x in range(left, right):
                found = False
                for y in range(top, int(top + 0.4 * h)):
                    if work[y, x] > 0.5:
                        drop = np.random.uniform(0.08, 0.25) * h
                        lean = np.random.normal() * 0.05 * h
                        _segment(work, float(y), x + radius, y + drop, x + radius + lean, radius, 1.0)
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
            _segment(work, y, x_top, my, mx, radius, 1.0)
            _segment(work, my, mx, ey, ex, radius, 1.0)
        if chance < 0.22 or chance > 0.9:  # the foot, mostly with a flag
            y = bottom - radius * 0.7
            to_left, to_right = np.random.uniform(0.1, 0.36) * h, np.random.uniform(0.1, 0.36) * h
            slope = np.random.normal() * 0.08
            _segment(work, y + slope * to_left, x_bottom - to_left, y - slope * to_right, x_bottom + to_right,
                     radius, 1.0)


@njit(nogil=True)
def _redraw(
    image: NDArray[np.float32], points: NDArray[np.float32], label: int, seed: int, redrawn: float,
    strength: float, out: NDArray[np.float32],
) -> None:
    np.random.seed(seed)
    angle = min(max(np.random.normal() * 0.13, -0.35), 0.35) * strength
    shear = min(max(np.random.normal() * 0.16, -0.45), 0.45) * strength
    stretch = np.exp(min(max(np.random.normal() * 0.13, -0.35), 0.35) * strength)
    cos, sin = np.cos(angle), np.sin(angle)
    # (y, x) -> slanted, stretched, rotated
    a, b = cos / stretch, sin * stretch
    c, d = -sin / stretch + shear * cos, cos * stretch + shear * sin
    field = _elastic(np.random.uniform(0.1, 0.75) * strength)
    work = np.zeros((WORK, WORK), np.float32)
    middle = (WORK - 1) / 2
    radius = np.exp(np.random.normal() * 0.28) * 1.25 * ZOOM  # half of a width of 2.5 pixels of MNIST
    if np.random.random() < redrawn and len(points) > 0:
        radius = min(max(radius, 1.2), 4.6)
        for k in range(len(points)):
            y, x = _displaced(field, points[k, 0], points[k, 1])
            y, x = a * y + b * x, c * y + d * x
            _segment(work, y * ZOOM + middle, x * ZOOM + middle, y * ZOOM + middle, x * ZOOM + middle, radius, 1.0)
    else:
        det = a * d - b * c
        for i in range(WORK):
            for j in range(WORK):
                y, x = (i - middle) / ZOOM, (j - middle) / ZOOM
                y, x = (d * y - b * x) / det, (a * x - c * y) / det
                y, x = _displaced(field, y, x)
                work[i, j] = _sample(image, y + CENTER, x + CENTER)
        if np.random.random() < 0.6 * strength:
            grow = min(max(np.random.normal() * 0.8, -1.2), 2.0)
            changed = _thicken(work, grow)
            # Erosion may take a faint stroke away altogether; then the digit stays as it was.
            if grow > 0 or changed.sum() > 0.45 * work.sum():
                work = changed
        radius = min(max(radius, 1.5), 3.5)
    if strength > 0.5:
        _habits(work, label, radius)
    normalise(work, out)


@njit(nogil=True, parallel=True)
def augment(
    images: NDArray[np.float32], points: NDArray[np.float32], counts: NDArray[np.int64],
    labels: NDArray[np.int32], order: NDArray[np.int64], seed: int, redrawn: float, mild: float,
    out: NDArray[np.float32],
) -> None:
    """Write a new version of ``images[order]`` into out (len(order), 28, 28); the same seed gives the same.

    Args:
        images: (count, 28, 28) in [0, 1].
        points, counts: see ``skeletons``.
        labels: (count,).
        order: which images, (chosen,).
        seed: of the random numbers.
        redrawn: share redrawn from its skeleton with a pen of one width, in [0, 1].
        mild: share only slightly changed, in [0, 1].
        out: (chosen, 28, 28).
    """
    for k in prange(len(order)):
        i = order[k]
        np.random.seed((seed * 1_000_003 + k * 7_919 + 17) % 2_147_483_647)
        strength = 0.35 if np.random.random() < mild else 1.0
        own = np.random.randint(0, 2_147_483_647)
        _redraw(images[i], points[i, : counts[i]], labels[i], own, redrawn if strength == 1.0 else 0.0,
                strength, out[k])
