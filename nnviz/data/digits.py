"""From a drawing to the 28x28 image that MNIST's authors would have made of it.

Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
recognition", Proc. IEEE 86 (1998), section III-A, and the notes that come with MNIST: black and white digits
were size-normalised to fit in a 20x20 pixel box while keeping their aspect ratio, which left grey levels from
the anti-aliasing, and were centred in a 28x28 image by computing the centre of mass of the pixels and moving
that point to the centre.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Side of the image a network sees, in pixels.
IMAGE_SIZE = 28
#: The longer side of the ink's bounding box becomes this many pixels.
BOX_SIZE = 20
#: Where the centre of mass goes, as a 0-based pixel index. In all 60,000 training images of MNIST it lies in
#: [13.49, 14.50], evenly spread: they were shifted by whole pixels to (14, 14), not to the middle, 13.5.
CENTER = 14.0
#: Ink fainter than this share of the darkest is not counted in the bounding box: edges of anti-aliasing,
#: paper grain. With 0.02 MNIST's own images come back as they are, with 0.1 one in seven does not.
FAINT = 0.02

Float32 = NDArray[np.float32]


def area_average(values: NDArray[np.floating], scale: float, target: int) -> NDArray[np.floating]:
    """Resample the first axis by averaging over areas: exact for shrinking and for enlarging.

    Output row i is the mean of the source over an interval of 1/scale rows; the intervals together are
    centred on the source, and beyond it there is paper, 0. (A matrix product would do too, but a threaded one
    waits for the cores that training keeps busy.)

    Args:
        values: (source, width).
        scale: target rows per source row, above 0.
        target: number of rows wanted, at least 1.

    Returns:
        (target, width), in the precision of the values.
    """
    source = len(values)
    edges = np.clip((np.arange(target + 1) - target / 2) / scale + source / 2, 0, source)
    whole = np.minimum(edges.astype(np.intp), source - 1)
    # Whole rows from edge to edge; reduceat gives a row where there should be none.
    sums = np.add.reduceat(values, whole, axis=0)[:-1]
    sums[whole[1:] == whole[:-1]] = 0
    part = (edges - whole).astype(values.dtype)[:, None] * values[whole]
    return np.asarray((sums + np.diff(part, axis=0)) * values.dtype.type(scale))


def bounding_box(ink: NDArray[np.number]) -> tuple[int, int, int, int] | None:
    """Return (top, left, bottom, right) of the ink, bottom and right exclusive, or None for an empty drawing.

    Args:
        ink: (height, width), 0 is paper; faint ink (see ``FAINT``) is not counted.
    """
    rows, columns = ink.max(axis=1), ink.max(axis=0)
    darkest = rows.max()
    if not darkest > 0:
        return None
    y = np.flatnonzero(rows > darkest * FAINT)
    x = np.flatnonzero(columns > darkest * FAINT)
    return int(y[0]), int(x[0]), int(y[-1]) + 1, int(x[-1]) + 1


def to_image(ink: NDArray[np.number]) -> Float32:
    """Return the image MNIST's authors would have made of a drawing, (28, 28) float32 in [0, 1].

    The bounding box of the ink is cut out, its longer side is fitted to 20 pixels by averaging over areas,
    the centre of mass is shifted by whole pixels to (14, 14), and the darkest pixel becomes 1. An empty
    drawing gives zeros.

    Args:
        ink: (height, width), 0 is paper and the largest value is ink, any finite numbers; negative ones are
            paper.

    Raises:
        ValueError: the array has not two dimensions, has no pixels, or holds a value that is not finite.
    """
    ink = np.asarray(ink)
    if ink.ndim != 2 or ink.size == 0:
        raise ValueError(f"a drawing must be an array (height, width) with pixels, got shape {ink.shape}")
    if ink.dtype.kind == "f" and not np.isfinite(ink.sum(dtype=np.float64)):
        raise ValueError("a drawing must hold finite numbers, got NaN or infinity")
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
    box = bounding_box(ink)
    if box is None:
        return image
    top, left, bottom, right = box
    inked = ink[top:bottom, left:right]
    if inked.dtype != np.uint8:
        inked = np.maximum(inked / inked.max(), 0)  # so that no number is too large for single precision
    cut = inked.astype(np.float32)
    height, width = cut.shape
    scale = BOX_SIZE / max(height, width)
    # The small tolerance keeps 130 px at 20/200 from becoming 14 pixels for a rounding error.
    rows = area_average(cut, scale, max(1, int(np.ceil(height * scale - 1e-6))))
    small = area_average(rows.T, scale, max(1, int(np.ceil(width * scale - 1e-6)))).T
    np.maximum(small, 0, out=small)
    small /= small.max()
    y, x = _place(small.sum(axis=1)), _place(small.sum(axis=0))
    image[y : y + small.shape[0], x : x + small.shape[1]] = small
    return image


def _place(profile: Float32) -> int:
    """Return where the first pixel of an axis goes so that the centre of mass comes nearest to ``CENTER``."""
    mass = profile.astype(np.float64)
    center = float((mass * np.arange(len(mass))).sum() / mass.sum())
    # Ink is never pushed out of the image; no image of MNIST would have been.
    return min(max(int(np.floor(CENTER - center + 0.5)), 0), IMAGE_SIZE - len(mass))
