"""The edge rasteriser in NumPy: the same picture, twenty times slower; for the first second, until Numba is there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.picture.colors import Diverging
from nnviz.picture.raster import DASH_OFF, DASH_ON, Float32, prepared

#: Lines at a time, so that neither memory nor the interpreter's lock is held for long.
BLOCK = 64


def rasterise(
    lines: Float32, strength: Float32, widths: Float32, width: int, height: int, palette: Diverging,
    *, dashed: bool = True, ratio: float = 1.0, out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Draw lines into a picture; arguments and result are those of ``raster.rasterise``."""
    height, width = max(1, height), max(1, width)
    # Logarithm of what shines through, for each sign: products become sums.
    through = np.zeros((2, height * width))
    x0, y0, slope, stretch, extent, signed, first, last = prepared(lines, strength, widths, width)
    columns = np.arange(width)
    for low in range(0, len(x0), BLOCK):
        part = slice(low, low + BLOCK)
        along = columns[None, :] + 0.5 - x0[part, None]
        covered = (columns >= first[part, None]) & (columns < last[part, None])
        alpha = np.abs(signed[part, None])
        if dashed:
            period = (DASH_ON + DASH_OFF) * ratio
            phase = along * stretch[part, None] / period
            gap = (phase - np.floor(phase) > DASH_ON / (DASH_ON + DASH_OFF)) & (signed[part, None] < 0)
            covered &= ~gap
        top = y0[part, None] + slope[part, None] * along - extent[part, None] / 2
        bottom = top + extent[part, None]
        covered &= (bottom > 0) & (top < height)
        which, column = np.nonzero(covered)
        top, bottom = np.maximum(top[covered], 0), np.minimum(bottom[covered], height)
        sign = (signed[part] < 0)[which].astype(np.intp) * (height * width)
        row, a = np.floor(top).astype(np.intp), alpha[which, 0]
        while len(row):
            share = np.minimum(row + 1, bottom) - np.maximum(row, top)
            logs = np.log1p(-np.clip(a * share, 0, 1 - 1e-7))
            np.add.at(through.ravel(), sign + row * width + column, logs)
            more = row + 1 < bottom
            row, column, sign, a = row[more] + 1, column[more], sign[more], a[more]
            top, bottom = top[more], bottom[more]
    p, n = np.exp(through)
    cover = (1 - p * n)[:, None]
    share = ((1 - p) / ((1 - p) + (1 - n) + 1e-6))[:, None]
    negative, positive = np.array(palette.negative) / 255, np.array(palette.positive) / 255
    if out is None:
        out = np.empty((height, width, 4), np.uint8)
    rgb = (negative + (positive - negative) * share) * cover
    out.reshape(-1, 4)[:, :3] = np.floor(rgb[:, ::-1] * 255 + 0.5)
    out.reshape(-1, 4)[:, 3] = np.floor(cover[:, 0] * 255 + 0.5)
    return out
