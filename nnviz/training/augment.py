"""MNIST as others would have written it: warped, thinned, redrawn with a pen, with habits MNIST lacks.

Compiled with Numba when first called. Everything works on a canvas of 64x64 pixels, two to a pixel of MNIST,
and ends with the same normalisation that drawings get (``nnviz.data.digits.to_image``), because that is what
the network will see.
"""

# mypy: disable-error-code="untyped-decorator"
# ruff: noqa: NPY002 - compiled code knows only the legacy generators of NumPy

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from nnviz.data.digits import BOX_SIZE, CENTER, FAINT, IMAGE_SIZE
from nnviz.training.allographs import NO_DIGIT
from nnviz.training.habits import WORK, ZOOM, add_habits, draw_four, segment
from nnviz.training.handwriting import draw_form
from nnviz.training.skeletons import sample
from nnviz.training.strange import draw_strange

#: Nodes to a side of the coarse grid that an elastic distortion is given on.
NODES = 9


@njit(nogil=True)
def normalise(work: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write what ``digits.to_image`` makes of work (any shape) into out (28, 28), in place."""
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
    moved_y = a * field[i, j, 0] + b * field[i, j + 1, 0]
    moved_y += c * field[i + 1, j, 0] + d * field[i + 1, j + 1, 0]
    moved_x = a * field[i, j, 1] + b * field[i, j + 1, 1]
    moved_x += c * field[i + 1, j, 1] + d * field[i + 1, j + 1, 1]
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
def _redraw(
    image: NDArray[np.float32], points: NDArray[np.float32], label: int, seed: int, redrawn: float,
    strength: float, out: NDArray[np.float32],
) -> None:
    np.random.seed(seed)
    angle = min(max(np.random.normal() * 0.14, -0.4), 0.4) * strength
    shear = min(max(np.random.normal() * 0.2, -0.55), 0.55) * strength
    stretch = np.exp(min(max(np.random.normal() * 0.17, -0.45), 0.45) * strength)
    cos, sin = np.cos(angle), np.sin(angle)
    # (y, x) -> slanted, stretched, rotated
    a, b = cos / stretch, sin * stretch
    c, d = -sin / stretch + shear * cos, cos * stretch + shear * sin
    field = _elastic(np.random.uniform(0.1, 0.8) * strength)
    work = np.zeros((WORK, WORK), np.float32)
    middle = (WORK - 1) / 2
    radius = np.exp(np.random.normal() * 0.24) * 1.25 * ZOOM  # half of a width of 2.5 pixels of MNIST
    if label == 4 and strength > 0.5 and np.random.random() < 0.15:
        radius = min(max(radius, 1.2), 4.0)
        draw_four(work, a, b, c, d, radius)
    elif np.random.random() < redrawn and len(points) > 0:
        radius = min(max(radius, 1.2), 4.6)
        gap, wide = -1, 0.0
        if np.random.random() < 0.15:  # a pen lifted too early leaves a gap
            gap, wide = np.random.randint(len(points)), np.random.uniform(0.4, 1.0) + radius / ZOOM
        for k in range(len(points)):
            if gap >= 0:
                away_y, away_x = points[k, 0] - points[gap, 0], points[k, 1] - points[gap, 1]
                if away_y * away_y + away_x * away_x < wide * wide:
                    continue
            y, x = _displaced(field, points[k, 0], points[k, 1])
            y, x = a * y + b * x, c * y + d * x
            y, x = y * ZOOM + middle, x * ZOOM + middle
            segment(work, y, x, y, x, radius, 1.0)
    else:
        det = a * d - b * c
        for i in range(WORK):
            for j in range(WORK):
                y, x = (i - middle) / ZOOM, (j - middle) / ZOOM
                y, x = (d * y - b * x) / det, (a * x - c * y) / det
                y, x = _displaced(field, y, x)
                work[i, j] = sample(image, y + CENTER, x + CENTER)
        if np.random.random() < 0.6 * strength:
            grow = min(max(np.random.normal() * 0.8, -1.2), 2.0)
            changed = _thicken(work, grow)
            # Erosion may take a faint stroke away altogether; then the digit stays as it was.
            if grow > 0 or changed.sum() > 0.45 * work.sum():
                work = changed
        radius = min(max(radius, 1.5), 3.5)
    if strength > 0.5:
        add_habits(work, label, radius)
    normalise(work, out)


@njit(nogil=True, parallel=True)
def augment(
    images: NDArray[np.float32], points: NDArray[np.float32], counts: NDArray[np.int64],
    labels: NDArray[np.int32], order: NDArray[np.int64], seed: int, redrawn: float, mild: float,
    done: NDArray[np.bool_], out: NDArray[np.float32],
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
        done: (chosen,): which rows of out are not touched.
        out: (chosen, 28, 28).
    """
    for k in prange(len(order)):
        if done[k]:
            continue
        i = order[k]
        np.random.seed((seed * 1_000_003 + k * 7_919 + 17) % 2_147_483_647)
        strength = 0.35 if np.random.random() < mild else 1.0
        own = np.random.randint(0, 2_147_483_647)
        _redraw(images[i], points[i, : counts[i]], labels[i], own, redrawn if strength == 1.0 else 0.0,
                strength, out[k])


@njit(nogil=True, parallel=True)
def replace(
    points: NDArray[np.float32], counts: NDArray[np.int64], labels: NDArray[np.int32], order: NDArray[np.int64],
    form_points: NDArray[np.float32], stroke_at: NDArray[np.int64], form_at: NDArray[np.int64],
    label_at: NDArray[np.int64], seed: int, drawn: float, strange: float, done: NDArray[np.bool_],
    out: NDArray[np.float32], out_labels: NDArray[np.int32],
) -> None:
    """Put drawn forms and shapes that are no digit in the place of some images; the same seed gives the same.

    Args:
        points, counts, labels, order: see ``augment``.
        form_points, stroke_at, form_at, label_at: see ``allographs.Forms``.
        seed: of the random numbers.
        drawn: share replaced by another form of the same digit, in [0, 1].
        strange: share replaced by what is no digit, in [0, 1].
        done: (chosen,): True is written where something was drawn.
        out: (chosen, 28, 28).
        out_labels: (chosen,): ``NO_DIGIT`` is written where there is none.
    """
    for k in prange(len(order)):
        np.random.seed((seed * 1_000_003 + k * 7_919 + 4_099) % 2_147_483_647)
        chance = np.random.random()
        if chance >= drawn + strange:
            continue
        radius = min(max(np.exp(np.random.normal() * 0.2) * 1.25 * ZOOM, 1.4), 4.2)
        work = np.zeros((WORK, WORK), np.float32)
        label = labels[order[k]]
        if chance < drawn:
            form = np.random.randint(label_at[label], label_at[label + 1])
            draw_form(work, form_points, stroke_at, form_at[form], form_at[form + 1], radius)
        else:
            form = np.random.randint(label_at[10], label_at[11])
            other = order[np.random.randint(len(order))]
            draw_strange(
                work, form_points, stroke_at, form_at[form], form_at[form + 1], radius,
                points[order[k], : counts[order[k]]], label, points[other, : counts[other]], labels[other],
            )
            out_labels[k] = NO_DIGIT
        done[k] = True
        normalise(work, out[k])
