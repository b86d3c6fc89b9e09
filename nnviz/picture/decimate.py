"""Curves of any length in at most two points a pixel column, with every peak kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz.picture.peaks import BLOCK, Index, Peaks

Float64 = NDArray[np.float64]


#: Blocks in a column from which on a curve's ``Peaks`` are worth asking.
_WORTH_BLOCKS = 4


def min_max_decimate(
    x: ArrayLike, y: ArrayLike, x_low: float, x_high: float, columns: int,
    *, positive: bool = False, peaks: Peaks | None = None,
) -> tuple[Float64, Float64]:
    """Return the points that decide how a line looks: the lowest and the highest of every pixel column.

    The column of a point is ``floor((x - x_low) / (x_high - x_low) * columns)`` up to rounding; ``x_high``
    itself belongs to the last one. Extremes keep their own x and their order, so a peak of a single point
    is never lost. The nearest point outside each end of the range is returned as well, so that the line
    runs on to the border.

    Args:
        x: positions, (n,), not falling, finite.
        y: values, (n,). NaN and ±inf count as missing: a column with some values shows those, a column
            without any becomes one point with a NaN y, which is a gap in the line.
        x_low: left border of the picture, in the unit of x.
        x_high: its right border, greater than ``x_low``.
        columns: width of the picture in pixels, at least 1.
        positive: whether values that are not above 0 count as missing, too.
        peaks: of this very curve, as far as it goes, with the same ``positive``; it is extended in place. The result is
            the same, but a million points then take a tenth of the time.

    Returns:
        Positions and values, both (m,) float64, m at most ``2 * columns + 2``.

    Raises:
        ValueError: x and y differ in shape, the range is empty, or ``columns`` is below 1.
    """
    xs = np.asarray(x, dtype=np.float64)
    ys = np.asarray(y, dtype=np.float64)
    if xs.ndim != 1 or xs.shape != ys.shape:
        raise ValueError(f"x and y must be vectors of one length, got shapes {xs.shape} and {ys.shape}")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}")
    if not x_high > x_low:
        raise ValueError(f"x_high must be greater than x_low, got {x_low} to {x_high}")
    first = int(np.searchsorted(xs, x_low, side="left"))
    stop = int(np.searchsorted(xs, x_high, side="right"))
    before, after = slice(max(first - 1, 0), first), slice(stop, min(stop + 1, len(xs)))
    chosen: slice | Index = slice(first, stop)
    if peaks is not None and stop - first > _WORTH_BLOCKS * BLOCK * columns:
        peaks.extend(ys)
        chosen = peaks.candidates(np.append(first + _starts(xs[first:stop], x_low, x_high, columns), stop))
    inner_x, inner_y = _columns(xs[chosen], _without(ys[chosen], positive), x_low, x_high, columns)
    out_x = np.concatenate((xs[before], inner_x, xs[after]))
    out_y = np.concatenate((_without(ys[before], positive), inner_y, _without(ys[after], positive)))
    out_y[~np.isfinite(out_y)] = np.nan
    return out_x, out_y


def _without(y: Float64, positive: bool) -> Float64:
    """Return values, NaN for those that are not above 0 where only ``positive`` ones count."""
    return np.where(y > 0, y, np.nan) if positive else y


def _starts(x: Float64, low: float, high: float, columns: int) -> Index:
    """Return the index of the first point of each column, (columns,), of points inside the range."""
    # Few searches in many points are cheaper than a column number for every point. The borders are computed, not
    # np.linspace, whose last bit differs from the formula promised above.
    starts = np.searchsorted(x, low + (high - low) * (np.arange(columns) / columns), side="left")
    starts[0] = 0
    return starts


def _columns(x: Float64, y: Float64, low: float, high: float, columns: int) -> tuple[Float64, Float64]:
    """Reduce the points inside the range."""
    if len(x) == 0:
        return x, y
    starts = _starts(x, low, high, columns)
    counts = np.diff(starts, append=len(x))
    filled = counts > 0
    starts, counts = starts[filled], counts[filled]

    finite = np.isfinite(y)
    if finite.all():
        smallest, largest = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
        at_low = _first_equal(y, smallest, starts, counts)
        at_high = _first_equal(y, largest, starts, counts)
    else:
        bottom, top = np.where(finite, y, np.inf), np.where(finite, y, -np.inf)
        # A column without a value is all inf: its first point stands for it, and becomes the gap.
        at_low = _first_equal(bottom, np.minimum.reduceat(bottom, starts), starts, counts)
        at_high = _first_equal(top, np.maximum.reduceat(top, starts), starts, counts)
    picked = np.stack((np.minimum(at_low, at_high), np.maximum(at_low, at_high)), axis=1).ravel()
    keep = np.ones(len(picked), dtype=bool)
    keep[1::2] = picked[1::2] != picked[::2]
    picked = picked[keep]
    return x[picked], y[picked]


def _first_equal(
    values: Float64, target: Float64, starts: NDArray[np.intp], counts: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the index of the first element of each column that equals the column's target."""
    hits = np.flatnonzero(values == np.repeat(target, counts))
    return hits[np.searchsorted(hits, starts, side="left")]
