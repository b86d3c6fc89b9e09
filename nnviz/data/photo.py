"""Pictures of digits from elsewhere (a photo, a scan, a screenshot) as ink on paper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.data.digits import area_average, bounding_box
from nnviz.data.pen import MARGIN

Float32 = NDArray[np.float32]

#: Larger pictures are reduced to at most twice this many pixels a side; strokes stay wide enough.
SIDE = 400
#: The frame of the picture, as a share of its sides, that is taken for paper.
FRAME = 0.04
#: A picture whose ink differs from its paper by less than this share of full contrast is empty.
LEAST_CONTRAST = 0.08
#: Differences from the paper smaller than this many robust standard deviations of it are grain.
GRAIN = 4.0


def ink_of_picture(gray: NDArray[np.number]) -> NDArray[np.uint8]:
    """Return the ink of a picture, (height, width) uint8, 0 paper and 255 ink, dark on light or light on dark.

    What lies along the frame is paper. Its brightness is fitted by a plane, so that a photo may be lit from one side;
    what differs from it to the side that differs most is ink; and what differs as little as the paper does from
    itself is grain.

    Args:
        gray: (height, width), brightness, uint8 in [0, 255] or floating in [0, 1].

    Raises:
        ValueError: the array has not two dimensions, has no pixels, or holds a value that is not finite.
    """
    gray = np.asarray(gray)
    if gray.ndim != 2 or gray.size == 0:
        raise ValueError(f"a picture must be an array (height, width) with pixels, got shape {gray.shape}")
    light = gray.astype(np.float32) / np.float32(255 if gray.dtype.kind in "ui" else 1)
    if not np.isfinite(light).all():
        raise ValueError("a picture must hold finite numbers, got NaN or infinity")
    light = _reduced(light)
    away = light - _paper(light)
    dark, bright = float(-away.min()), float(away.max())
    # Ink is the side that differs more in all, not at one pixel: a glint on white paper is bright too.
    if float((away * away * (away < 0)).sum()) >= float((away * away * (away > 0)).sum()):
        away, most = -away, dark
    else:
        most = bright
    if most < LEAST_CONTRAST:
        return np.zeros(light.shape, np.uint8)
    paper = np.abs(away) < most / 2
    deviation = 1.4826 * float(np.median(np.abs(away[paper]))) if paper.any() else 0.0
    floor = min(GRAIN * deviation, most / 2)
    # The darkest pixels of a photo are noise; full ink is what one inked pixel in twenty reaches.
    inked = away[away > max(floor, most / 3)]
    full = float(np.quantile(inked, 0.95)) if floor > 0.01 else most
    share = np.clip((away - floor) / max(full - floor, 1e-6), 0, 1)
    return np.asarray(np.rint(share * 255), np.uint8)


def _reduced(light: Float32) -> Float32:
    step = max(light.shape) // SIDE
    if step < 2:
        return light
    height, width = (max(1, side // step) for side in light.shape)
    cut = light[: min(light.shape[0], height * step), : min(light.shape[1], width * step)]
    rows = np.add.reduceat(cut, np.arange(0, cut.shape[0], step), axis=0)
    both = np.add.reduceat(rows, np.arange(0, cut.shape[1], step), axis=1)
    counts = np.outer(
        np.diff(np.append(np.arange(0, cut.shape[0], step), cut.shape[0])),
        np.diff(np.append(np.arange(0, cut.shape[1], step), cut.shape[1])),
    )
    return np.asarray(both / counts, np.float32)


def _paper(light: Float32) -> Float32:
    """Return the brightness of the paper at each pixel: a plane through the frame, without what stands out there."""
    height, width = light.shape
    band_y, band_x = max(1, round(FRAME * height)), max(1, round(FRAME * width))
    frame = np.zeros(light.shape, np.bool_)
    frame[:band_y], frame[-band_y:], frame[:, :band_x], frame[:, -band_x:] = True, True, True, True
    y, x = np.nonzero(frame)
    values = light[frame].astype(np.float64)
    terms = np.stack([np.ones(len(y)), y / height - 0.5, x / width - 0.5], axis=1)
    kept = np.abs(values - np.median(values)) <= max(0.3, 3 * float(np.median(np.abs(values - np.median(values)))))
    found = np.array([float(np.median(values)), 0.0, 0.0])
    for _ in range(3):
        if kept.sum() < 8 or min(light.shape) < 16:
            break
        found = np.linalg.lstsq(terms[kept], values[kept], rcond=None)[0]
        away = np.abs(values - terms @ found)
        kept = away <= max(0.02, 2.5 * 1.4826 * float(np.median(away)))
    down, across = np.arange(height) / height - 0.5, np.arange(width) / width - 0.5
    return np.asarray(found[0] + found[1] * down[:, None] + found[2] * across, np.float32)


def on_canvas(ink: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return ink fitted to the middle of a square paper, (size, size) uint8, its proportions kept.

    Args:
        ink: (height, width), 0 paper; where there is some, its bounding box fills the paper but for the margins.
        size: side of the paper in pixels.
    """
    paper = np.zeros((size, size), np.uint8)
    box = bounding_box(ink)
    if box is None:
        return paper
    top, left, bottom, right = box
    cut = ink[top:bottom, left:right].astype(np.float32)
    scale = size * (1 - 2 * MARGIN) / max(cut.shape)
    rows = area_average(cut, scale, max(1, round(cut.shape[0] * scale)))
    small = area_average(rows.T, scale, max(1, round(cut.shape[1] * scale))).T
    y, x = (size - small.shape[0]) // 2, (size - small.shape[1]) // 2
    # Averages over areas carry the factor of the scale; the darkest pixel is full ink again.
    paper[y : y + small.shape[0], x : x + small.shape[1]] = np.rint(small / small.max() * 255)
    return paper
