"""Strokes drawn again with MNIST's pen: the image does not depend on where, how large or how thick they were.

Where a drawing is known as strokes, nothing has to be guessed from its pixels: the lines are scaled to the box of
20 pixels that MNIST's digits fill and drawn there with a pen as wide as MNIST's is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nnviz.data.digits import BOX_SIZE, to_image
from nnviz.data.pen import Stroke

#: Width of a stroke in an image of MNIST, in its pixels: median over 2,000 training images of twice the median
#: distance from the middle line to the edge (5 to 95 %: 1.8 to 4.5). It is also the middle of what the bundled
#: model was trained with.
STROKE_WIDTH = 2.5
#: Paper pixels to a pixel of MNIST while strokes are drawn again.
ZOOM = 4
#: Distance of the discs a stroke is drawn with, in paper pixels; the edge between two lies 0.06 px too low.
SPACING = 1.5
#: Most discs; a longer scribble gets wider spacing.
MAX_DISCS = 4000
#: Pressure makes a stroke at most this much thinner or thicker than the median of the drawing.
MAX_FACTOR = 1.6

Float32 = NDArray[np.float32]


def resample(stroke: Stroke, spacing: float) -> Stroke:
    """Return points along a stroke at equal distances of at most ``spacing``, its ends among them.

    Args:
        stroke: (points, columns) of which the first two are x and y; the others are interpolated like them.
        spacing: above 0, in the unit of x and y.
    """
    if len(stroke) < 2:
        return stroke
    steps = np.hypot(*np.diff(stroke[:, :2], axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = int(np.ceil(along[-1] / spacing)) + 1
    if count < 2:
        return stroke[:1]
    places = np.linspace(0, along[-1], count)
    return np.stack([np.interp(places, along, column) for column in stroke.T], axis=1)


def strokes_image(strokes: Sequence[Stroke], width: float = STROKE_WIDTH) -> Float32:
    """Return the image a network sees of strokes, (28, 28) float32 in [0, 1], drawn with MNIST's pen.

    Moved, scaled, and thinner or thicker strokes give the same image, up to the rounding of their points.

    Args:
        strokes: arrays (points, 2) or (points, 3), finite: x, y, and the pen's width there in any unit; only its
            ratio to the median counts. Empty ones are left out.
        width: of the pen, in pixels of the image, above 0.
    """
    filled = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
    if not filled:
        return to_image(np.zeros((1, 1), np.uint8))
    points = np.concatenate([stroke[:, :2] for stroke in filled])
    low, high = points.min(axis=0), points.max(axis=0)
    longer = float((high - low).max())
    # The pen adds its width to the box that becomes 20 pixels.
    scale = (BOX_SIZE - width) * ZOOM / longer if longer > 0 else 1.0
    length = sum(float(np.hypot(*np.diff(stroke[:, :2], axis=0).T).sum()) for stroke in filled) * scale
    spacing = max(SPACING, length / MAX_DISCS) / scale
    discs = np.concatenate([resample(_with_width(stroke), spacing) for stroke in filled])
    factor = np.clip(discs[:, 2] / np.median(discs[:, 2]), 1 / MAX_FACTOR, MAX_FACTOR)
    radius = factor * width * ZOOM / 2
    reach = int(np.ceil(radius.max() + 0.5))
    return to_image(
        stamp((discs[:, :2] - low) * scale + reach + 1, radius, np.ceil((high - low) * scale) + 2 * reach + 3)
    )


def stamp(centers: NDArray[np.float64], radius: NDArray[np.float64], size: NDArray[np.float64]) -> Float32:
    """Return ink (height, width) float32 in [0, 1] with anti-aliased discs.

    Args:
        centers: (discs, 2): x, y in pixels, each at least its radius + 1 from the edges.
        radius: (discs,) in pixels.
        size: width and height of the paper in pixels.
    """
    across, down = int(size[0]), int(size[1])
    reach = int(np.ceil(float(radius.max()) + 0.5))
    offset = np.arange(-reach, reach + 1)
    whole = np.floor(centers).astype(np.intp)
    # From the middle of each pixel to the middle of the disc.
    dx = (offset + 0.5 - (centers[:, :1] - whole[:, :1])).astype(np.float32)
    dy = (offset + 0.5 - (centers[:, 1:] - whole[:, 1:])).astype(np.float32)
    distance = np.sqrt(dx[:, None, :] ** 2 + dy[:, :, None] ** 2)
    coverage = np.clip((radius + 0.5).astype(np.float32)[:, None, None] - distance, 0, 1)
    index = (whole[:, 1:] + offset)[:, :, None] * across + (whole[:, :1] + offset)[:, None, :]
    ink = np.zeros(across * down, np.float32)
    np.maximum.at(ink, index.ravel(), coverage.ravel())
    return ink.reshape(down, across)


def _with_width(stroke: Stroke) -> Stroke:
    return stroke if stroke.shape[1] == 3 else np.column_stack([stroke, np.ones(len(stroke))])
