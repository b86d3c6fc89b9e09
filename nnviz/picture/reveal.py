"""In which order the ink of an image appears when it is shown bit by bit, as if it flowed from a pen."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

#: Ink fainter than this joins nothing: it is the grey edge of a stroke.
JOINS_FROM = 0.25


def reveal_order(image: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return when each pixel appears, (height, width) in [0, 1]: 0 at first, 1 at last.

    The way is measured through the ink, from its upper left; a part that is not joined begins when the one before is
    there. MNIST keeps no strokes, so this is not how the digit was written.

    Args:
        image: (height, width) in [0, 1], 0 paper and 1 ink.

    Raises:
        ValueError: it has not two dimensions.
    """
    if image.ndim != 2:
        raise ValueError(f"an image must be (height, width), got shape {image.shape}")
    inked = image >= JOINS_FROM
    when = np.full(image.shape, -1.0)
    rows, columns = np.nonzero(inked)
    last = 0.0
    # Reading order, a column to the right as good as a row down: most digits begin at their upper left.
    for k in np.argsort(2 * rows + columns, kind="stable"):
        start = (int(rows[k]), int(columns[k]))
        if when[start] >= 0:
            continue
        when[start] = last
        queue = deque([start])
        while queue:
            y, x = queue.popleft()
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    yy, xx = y + dy, x + dx
                    inside = 0 <= yy < image.shape[0] and 0 <= xx < image.shape[1]
                    if inside and inked[yy, xx] and when[yy, xx] < 0:
                        when[yy, xx] = when[y, x] + 1
                        queue.append((yy, xx))
        last = float(when.max()) + 1
    return _with_edges(image, when)


def _with_edges(image: NDArray[np.floating], when: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the order in [0, 1]; a grey edge comes with the earliest ink beside it, what is left at once."""
    padded = np.pad(np.where(when >= 0, when, np.inf), 1, constant_values=np.inf)
    height, width = image.shape
    near = np.min(
        [padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dy in (-1, 0, 1) for dx in (-1, 0, 1)], axis=0
    )
    order = np.where(when >= 0, when, np.where(np.isfinite(near), near, 0.0))
    most = float(order.max())
    return np.asarray(order / most if most > 0 else order, np.float32)
