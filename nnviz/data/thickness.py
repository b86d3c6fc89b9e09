"""Ink of any thickness brought towards MNIST's, where a drawing is known by its pixels only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.data.digits import BOX_SIZE, area_average, bounding_box

Float32 = NDArray[np.float32]

#: Ink is thinned or thickened at this many pixels to a pixel of MNIST.
ZOOM = 4
#: A drawing whose longer side has fewer pixels is left as it is: its strokes are a few grey pixels wide, and what
#: is between them cannot be told. MNIST's own images are among these.
LEAST_SIDE = 40
#: Strokes thinner or thicker than this, in pixels of MNIST, are brought to the nearer limit. By the measure used
#: here half of MNIST's training images lie in it.
THIN, THICK = 1.9, 2.6
#: Strokes are thinned or thickened by at most so many pixels of MNIST a side: a blob has no digit inside.
MOST = 1.6


def stroke_width(ink: Float32) -> float:
    """Return the mean width of the strokes in pixels: 2·(area of the ink) / (length of its outline).

    The length of the outline is the total variation Σ|∇ink| (coarea formula), so grey edges need no threshold.

    Args:
        ink: (height, width) in [0, 1], 0 is paper.
    """
    padded = np.pad(ink, 1)
    down = np.diff(padded, axis=0)[:, :-1]
    across = np.diff(padded, axis=1)[:-1]
    outline = float(np.sqrt(down * down + across * across).sum())
    return 2 * float(ink.sum()) / outline if outline > 0 else 0.0


def grown(ink: Float32, radius: float) -> Float32:
    """Return ink grown by a disc of ``radius`` pixels on every side, or shrunk where it is negative.

    This is grey dilation and erosion; the paper must have the room.
    """
    if radius < 0:
        return np.asarray(1 - grown(1 - ink, -radius), np.float32)
    reach = int(np.ceil(radius))
    height, width = ink.shape
    padded = np.pad(ink, reach, mode="edge")
    out = np.zeros_like(ink)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            share = min(max(radius + 1 - float(np.hypot(dy, dx)), 0.0), 1.0)
            if share > 0:
                moved = padded[reach + dy : reach + dy + height, reach + dx : reach + dx + width]
                np.maximum(out, moved * np.float32(share), out=out)
    return out


def normal_thickness(ink: NDArray[np.number]) -> Float32:
    """Return the ink cut out, at most 80 pixels long, with strokes about as thick as MNIST's.

    What is small, has no stroke too thin or too thick, or would vanish, keeps its thickness.

    Args:
        ink: (height, width), 0 is paper and the largest value ink; it must have some.
    """
    box = bounding_box(ink)
    if box is None:
        return np.zeros((1, 1), np.float32)
    top, left, bottom, right = box
    cut = np.asarray(np.maximum(ink[top:bottom, left:right] / ink.max(), 0), np.float32)
    longer = max(cut.shape)
    if longer < LEAST_SIDE:
        return cut
    side = BOX_SIZE * ZOOM
    scale = min(1.0, side / longer)
    rows = area_average(cut, scale, max(1, int(np.ceil(cut.shape[0] * scale - 1e-6))))
    both = area_average(rows.T, scale, max(1, int(np.ceil(cut.shape[1] * scale - 1e-6)))).T
    small = np.asarray(np.clip(both, 0, 1), np.float32)
    unit = max(small.shape) / BOX_SIZE  # pixels to a pixel of MNIST
    wide = stroke_width(small) / unit
    wanted = min(max(wide, THIN), THICK)
    if wide <= 0 or wanted == wide:
        return small
    # Growing by r on every side makes the longer side longer by 2r, and all is scaled back to 20 pixels.
    grow = min(max((wanted - wide) / 2 / (1 - wanted / BOX_SIZE), -MOST), MOST) * unit
    room = int(np.ceil(abs(grow))) + 1
    changed = grown(np.pad(small, room), grow)
    # What gets thinner than it was drawn must still be there.
    if grow < 0 and changed.max() < 0.5:
        return small
    return changed
