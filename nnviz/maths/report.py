"""How well a network reads a set of digits: what is right, what is taken for what, and whether it knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.calibration import Reliability, reliability
from nnviz.maths.judgement import Judgement


@dataclass(frozen=True, slots=True, eq=False)
class DigitReport:
    """What was measured on labelled samples.

    Attributes:
        confusion: (classes, classes): row the right class, column the answer; counts.
        reliability: of the largest probability.
        said: how many answers were ``"sure"``, ``"unsure"``, ``"unknown"``.
        right_when_sure: share of right answers among those given without a question, in [0, 1]; NaN where none was.
    """

    confusion: NDArray[np.int64]
    reliability: Reliability
    said: dict[str, int]
    right_when_sure: float

    @property
    def count(self) -> int:
        """Samples."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of right answers, in [0, 1]; NaN without samples."""
        return float(np.trace(self.confusion)) / self.count if self.count else float("nan")

    def class_row(self, number: int) -> tuple[int, float, float]:
        """Return samples, recall and precision of a class, the shares in [0, 1] or NaN."""
        right, of, said = self.confusion[number, number], self.confusion[number].sum(), self.confusion[:, number].sum()
        return int(of), float(right / of) if of else float("nan"), float(right / said) if said else float("nan")

    def as_json(self) -> dict[str, Any]:
        """Return all as values of JSON; NaN where there was nothing to measure."""
        per_class = {}
        for number in range(len(self.confusion)):
            count, recall, precision = self.class_row(number)
            per_class[str(number)] = {"count": count, "recall": recall, "precision": precision}
        return {
            "count": self.count,
            "accuracy": self.accuracy,
            "mean_confidence": self.reliability.mean_confidence,
            "expected_calibration_error": self.reliability.error,
            "said": self.said,
            "accuracy_when_sure": self.right_when_sure,
            "classes": per_class,
            "confusion": self.confusion.tolist(),
            "reliability": [
                {"count": int(n), "confidence": float(c), "accuracy": float(a)}
                for n, c, a in zip(
                    self.reliability.counts, self.reliability.confidence, self.reliability.accuracy, strict=True
                )
            ],
        }

    def as_text(self, title: str) -> str:
        """Return all as a page of text."""
        share, counts, classes = _percent, self.reliability.counts, len(self.confusion)
        lines = [
            f"{title}: {self.count:,} digits, {share(self.accuracy)} right",
            f"mean confidence {share(self.reliability.mean_confidence)}, expected calibration error "
            f"{share(self.reliability.error)} ({len(counts)} bins)",
            f"sure {self.said['sure']:,} ({share(self.right_when_sure)} right), not sure {self.said['unsure']:,}, "
            f"like no digit {self.said['unknown']:,}",
            "",
            "digit  count   recall  precision   taken for (row: right class, column: answer)",
            " " * 35 + "".join(f"{k:>6}" for k in range(classes)),
        ]
        for number in range(classes):
            count, recall, precision = self.class_row(number)
            row = "".join(f"{n:>6}" if n else "     ." for n in self.confusion[number].tolist())
            lines.append(f"{number:>5} {count:>6,} {share(recall):>8} {share(precision):>10}   {row}")
        lines += ["", "confidence        answers   mean    right"]
        for k, n in enumerate(counts.tolist()):
            if n:
                low, high = k / len(counts), (k + 1) / len(counts)
                mean, right = self.reliability.confidence[k], self.reliability.accuracy[k]
                lines.append(f"{low:.3f} to {high:.3f} {n:>9,} {share(mean):>8} {share(right):>8}")
        return "\n".join(lines)


def confusion_matrix(label: NDArray[np.integer], answer: NDArray[np.integer], classes: int) -> NDArray[np.int64]:
    """Return how often each class was taken for each, (classes, classes): row the right class, column the answer.

    Args:
        label, answer: (count,), whole numbers from 0 to classes − 1.
        classes: how many there are.
    """
    counts = np.bincount(label * classes + answer, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def digit_report(
    probabilities: NDArray[np.floating], label: NDArray[np.integer], judgements: Sequence[Judgement]
) -> DigitReport:
    """Return what is measured on labelled samples.

    Args:
        probabilities: (count, classes).
        label: (count,), whole numbers from 0 to classes − 1.
        judgements: one a sample.
    """
    classes = probabilities.shape[1]
    answer = probabilities.argmax(axis=1)
    said = Counter(one.kind for one in judgements)
    sure = np.array([one.kind == "sure" for one in judgements], np.bool_)
    right = float((answer == label)[sure].mean()) if sure.any() else float("nan")
    return DigitReport(
        confusion_matrix(label, answer, classes), reliability(probabilities, label),
        {kind: said[kind] for kind in ("sure", "unsure", "unknown")}, right,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %" if np.isfinite(share) else "-"
