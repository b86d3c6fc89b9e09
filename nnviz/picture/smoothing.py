"""Exponential moving averages of curves, corrected for their start, with gaps allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64 = NDArray[np.float64]
#: The largest power of 1/β that is formed; far from overflow, and far above any loss of digits.
_LARGEST_LOG = 200.0


@dataclass(slots=True)
class AverageState:
    """What an average remembers between calls: the weighted sum and the sum of weights, both (columns,)."""

    total: Float64
    weight: Float64


def exponential_average(
    values: ArrayLike, span: float, state: AverageState | None = None
) -> tuple[Float64, AverageState]:
    """Return the bias-corrected exponential moving average of a series, and the state to go on from.

    With β = 1 − 1/span the average after step t is ``Σ β^(t−i) x_i / Σ β^(t−i)`` over the finite x_i with i
    ≤ t: the mean age of what is averaged tends to ``span − 1`` steps. The division is the correction of
    Adam (Kingma & Ba 2015, section 3): the first average is the first value, not a tenth of it.

    Args:
        values: (n,) or (n, columns). NaN and ±inf are missing: they weigh nothing, and the average there is
            NaN.
        span: how many steps the average covers, at least 1; 1 returns the values.
        state: from an earlier call, to continue the same series with the same span.

    Returns:
        The averages, shaped as ``values``, and the state after the last of them.

    Raises:
        ValueError: the span is below 1.
    """
    if not span >= 1:
        raise ValueError(f"span must be at least 1, got {span}")
    given = np.asarray(values, dtype=np.float64)
    table = given.reshape(len(given), -1)
    finite = np.isfinite(table)
    clean = np.where(finite, table, 0.0)
    width = table.shape[1]
    total = np.zeros(width) if state is None else state.total.copy()
    weight = np.zeros(width) if state is None else state.weight.copy()
    beta = 1.0 - 1.0 / span
    if beta == 0.0:
        if len(table):
            total, weight = clean[-1].copy(), finite[-1].astype(np.float64)
        return np.where(finite, table, np.nan).reshape(given.shape), AverageState(total, weight)

    # In a block of m steps, Σ β^(t−i) x_i = β^t Σ β^(−i) x_i: a cumulative sum, as long as β^(−m) stays a
    # number.
    block = max(1, int(_LARGEST_LOG / -np.log(beta)))
    made = np.empty_like(clean)
    for start in range(0, len(clean), block):
        part = slice(start, min(start + block, len(clean)))
        fall = beta ** np.arange(1, part.stop - part.start + 1, dtype=np.float64)[:, None]
        totals = (np.cumsum(clean[part] / fall, axis=0) + total) * fall
        weights = (np.cumsum(finite[part] / fall, axis=0) + weight) * fall
        with np.errstate(invalid="ignore", divide="ignore"):
            made[part] = totals / weights
        total, weight = totals[-1], weights[-1]
    made[~finite] = np.nan
    return made.reshape(given.shape), AverageState(total, weight)
