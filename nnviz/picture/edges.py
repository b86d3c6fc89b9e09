"""Which edges are drawn, and how strongly: the choice of the strongest, and magnitudes to opacity and width."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz.picture.raster import cache_folder, rasterise, warm_up

Float32 = NDArray[np.float32]

#: Powers of ten below the largest magnitude that a logarithmic scale shows.
DECADES = 4
#: Largest opacity of one of thousands of edges, layers of ink that they may make, and the powers tried for that.
DENSE_OPACITY, DEPTH, POWERS = 0.6, 1.2, (1.3, 6.0)

__all__ = [
    "DECADES", "Dense", "cache_folder", "dense_style", "edge_style", "floor_of", "rasterise", "share_of", "top_k",
    "warm_up",
]


def top_k(values: NDArray[np.floating], k: int | None) -> tuple[NDArray[np.intp], NDArray[np.intp], Float32]:
    """Return rows, columns and values of the k entries largest by magnitude; zeros and NaN are left out.

    Args:
        values: (inputs, units).
        k: how many at most; None for all.

    Returns:
        Three arrays of the same length, weakest first, so that the strongest is drawn last.
    """
    flat = np.abs(np.asarray(values, np.float32)).ravel()
    candidates = _candidates(flat, k)
    candidates = candidates[np.isfinite(flat[candidates])]
    if k is not None and k < candidates.size:
        part = np.argpartition(flat[candidates], candidates.size - k)[candidates.size - k :] if k > 0 else slice(0)
        candidates = candidates[part]
    chosen = candidates
    chosen = chosen[flat[chosen] > 0]
    chosen = chosen[np.argsort(flat[chosen], kind="stable")]
    rows, columns = np.divmod(chosen, values.shape[1])
    return rows, columns, np.asarray(values, np.float32)[rows, columns]


def _candidates(flat: Float32, k: int | None) -> NDArray[np.intp]:
    """Return indices among which the k largest are: cheaply few, so that a wide layer need not be sorted.

    A threshold is guessed from every 61st value (a prime, so that no regularity of the table is met); where too
    few values reach it, everything is a candidate.
    """
    if k is not None and k * 16 < flat.size:
        sample = flat[::61]
        sample = sample[np.isfinite(sample)]
        wanted = min(sample.size, 4 + 3 * k // 61)
        if wanted:
            threshold = np.partition(sample, sample.size - wanted)[sample.size - wanted]
            reached = np.flatnonzero(flat >= threshold)
            if threshold > 0 and np.count_nonzero(np.isfinite(flat[reached])) >= k:
                return reached
    return np.flatnonzero(flat > 0)


def share_of(values: NDArray[np.floating], scale: float, mapping: str = "linear") -> Float32:
    """Return how far magnitudes reach on the scale, in [0, 1].

    Args:
        values: any shape.
        scale: the magnitude that gets 1; where it is not above 0, everything gets 0.
        mapping: ``"linear"``: |v| / scale. ``"log"``: 1 + log₁₀(|v| / scale) / ``DECADES``, 0 below; equal ratios
            become equal differences, so that what is a thousand times smaller can still be seen.
    """
    size = np.abs(np.asarray(values, np.float32))
    if not scale > 0 or not np.isfinite(scale):
        return np.zeros_like(size)
    share = size / np.float32(scale)
    if mapping == "log":
        share = 1 + np.log10(np.maximum(share, np.float32(1e-30))) / np.float32(DECADES)
    if not np.isfinite(share).all():
        share = np.nan_to_num(share, nan=0.0, posinf=1.0, neginf=0.0)
    return np.asarray(np.clip(share, 0, 1), np.float32)


def floor_of(scale: float, threshold: float, mapping: str = "linear") -> float:
    """Return the magnitude below which no edge is drawn: that of the threshold, or the end of the logarithm."""
    return scale * max(threshold, 10.0**-DECADES if mapping == "log" else 0.0)


class Dense(NamedTuple):
    """How thousands of edges are drawn: an edge's opacity is ``opacity`` · share to the ``power``."""

    power: float
    opacity: float


def dense_style(shares: Float32, height: float) -> Dense:
    """Return how thousands of edges are drawn so that they do not all become one blot.

    The more edges, the higher the power: so that about ``DEPTH`` layers of ink lie on a pixel, and the strong ones
    are seen through the many weak ones. Where so many are equally strong that no power does it, all are fainter.

    Args:
        shares: (n,) in [0, 1], see ``share_of``.
        height: room that the edges spread over, logical pixels.
    """
    counts, ends = np.histogram(shares, 64, (0, 1))
    middles = (ends[1:] + ends[:-1]) / 2
    ink = counts * DENSE_OPACITY * np.maximum(1, 0.5 + middles) / max(height, 1.0)
    depth = 0.0
    for power in np.linspace(*POWERS, 24):
        depth = float((ink * middles**power).sum())
        if depth <= DEPTH:
            return Dense(float(power), DENSE_OPACITY)
    return Dense(POWERS[1], DENSE_OPACITY * DEPTH / depth)


def edge_style(
    values: NDArray[np.floating], scale: float, *, ratio: float = 1.0, dense: Dense | None = None,
    mapping: str = "linear",
) -> tuple[Float32, Float32]:
    """Return signed opacity and width of edges from their values.

    Args:
        values: (n,).
        scale: the magnitude that is drawn strongest, above 0.
        ratio: device pixels of a logical one.
        dense: for thousands of edges, each thinner: their ``dense_style``; None for fewer.
        mapping: see ``share_of``.
    """
    share = share_of(values, scale, mapping)
    if dense is not None:
        opacity = dense.opacity * share ** np.float32(dense.power)
        return (np.sign(values) * opacity).astype(np.float32), (ratio * (0.5 + share)).astype(np.float32)
    opacity = 0.07 + 0.85 * share**1.25
    width = (0.6 + 1.9 * share) * ratio
    return (np.sign(values) * opacity).astype(np.float32), width.astype(np.float32)
