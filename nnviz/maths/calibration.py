"""Whether probabilities mean what they say: reliability, temperature, and when an answer is not sure.

Source: C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

#: Bins of equal width, as Guo et al. use.
BINS = 15


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """How often answers of each confidence are right.

    Attributes:
        counts: answers in each bin of confidence, (bins,); bin k is the interval (k/bins, (k + 1)/bins].
        confidence: mean confidence of each bin, (bins,) in [0, 1]; NaN where it is empty.
        accuracy: share of right answers of each bin, (bins,) in [0, 1]; NaN where it is empty.
    """

    counts: NDArray[np.int64]
    confidence: Float64
    accuracy: Float64

    @property
    def count(self) -> int:
        """Answers in all bins."""
        return int(self.counts.sum())

    @property
    def error(self) -> float:
        """The expected calibration error Σ (count/all)·|accuracy − confidence|, in [0, 1]; NaN without answers."""
        if not self.count:
            return float("nan")
        gaps = np.where(self.counts > 0, np.abs(self.accuracy - self.confidence), 0.0)
        return float((gaps * self.counts).sum() / self.count)

    @property
    def mean_accuracy(self) -> float:
        """Share of all answers that are right, in [0, 1]."""
        return float(np.nansum(self.accuracy * self.counts) / self.count) if self.count else float("nan")

    @property
    def mean_confidence(self) -> float:
        """Mean confidence of all answers, in [0, 1]."""
        return float(np.nansum(self.confidence * self.counts) / self.count) if self.count else float("nan")


def reliability(probabilities: NDArray[np.floating], label: NDArray[np.integer], bins: int = BINS) -> Reliability:
    """Return how often answers of each confidence are right.

    Args:
        probabilities: (count, classes), rows that sum to 1; the confidence is the largest.
        label: (count,) the right classes.
        bins: at least 1.

    Raises:
        ValueError: the shapes do not agree.
    """
    if probabilities.ndim != 2 or label.shape != probabilities.shape[:1]:
        raise ValueError(
            f"probabilities must be (count, classes) and label (count,), got {probabilities.shape}, {label.shape}"
        )
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == label
    which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):
        return Reliability(
            counts,
            np.bincount(which, weights=confidence, minlength=bins) / counts,
            np.bincount(which, weights=right, minlength=bins) / counts,
        )


def negative_log_likelihood(logits: NDArray[np.floating], label: NDArray[np.integer], temperature: float) -> float:
    """Return the mean of −ln softmax(logits / temperature) at the right class."""
    z = logits.astype(np.float64) / temperature
    z = z - z.max(axis=1, keepdims=True)
    return float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(label)), label]).mean())


def fit_temperature(
    logits: NDArray[np.floating], label: NDArray[np.integer], low: float = 0.05, high: float = 20.0
) -> float:
    """Return the temperature in [low, high] at which the right classes are most likely.

    The likelihood has one maximum in 1/temperature, found by golden sections of its logarithm.

    Args:
        logits: (count, classes) of samples the network did not learn from.
        label: (count,).
        low: lowest temperature, above 0.
        high: highest.
    """
    ratio = (np.sqrt(5) - 1) / 2
    a, b = float(np.log(low)), float(np.log(high))
    x, y = b - ratio * (b - a), a + ratio * (b - a)
    at_x = negative_log_likelihood(logits, label, float(np.exp(x)))
    at_y = negative_log_likelihood(logits, label, float(np.exp(y)))
    while b - a > 1e-4:
        if at_x < at_y:
            b, y, at_y = y, x, at_x
            x = b - ratio * (b - a)
            at_x = negative_log_likelihood(logits, label, float(np.exp(x)))
        else:
            a, x, at_x = x, y, at_y
            y = a + ratio * (b - a)
            at_y = negative_log_likelihood(logits, label, float(np.exp(y)))
    return float(np.exp((a + b) / 2))


def sure_above(
    probabilities: NDArray[np.floating], label: NDArray[np.integer], wanted: float = 0.99
) -> float:
    """Return the lowest confidence from which on the share ``wanted`` of the answers is right.

    Answers of lower confidence are the ones to be put as a question.

    Args:
        probabilities: (count, classes).
        label: (count,).
        wanted: share of right answers among those that are given, in (0, 1].

    Returns:
        The threshold in [0, 1]; above 1 where no threshold reaches the share.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == label
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # Equal confidences are given or not given together.
    last = np.append(ordered[1:] < ordered[:-1], True)
    good = np.flatnonzero((share >= wanted) & last)
    return float(ordered[good[-1]]) if len(good) else 1.0 + 1e-6


def two_best(probabilities: NDArray[np.floating]) -> Float64:
    """Return the probability of the two most probable classes together, (count,)."""
    return np.asarray(np.partition(probabilities, -2, axis=1)[:, -2:].sum(axis=1, dtype=np.float64))
