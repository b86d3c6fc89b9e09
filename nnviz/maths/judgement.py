"""An answer in honest words: sure, not sure between two, or like no digit the network knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Without measured limits an answer below this probability is put as a question.
DEFAULT_SURE = 0.6


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on an answer is given without a question.

    Attributes:
        sure_above: lowest probability of an answer that is given; see ``calibration.sure_above``.
        known_above: lowest energy of a drawing that is like a digit; −inf where it was not measured.
        temperature: what the logits were divided by when the network was calibrated; 1 where it was not.
        measured: whether both were measured on held-out digits, or are only customary.
    """

    sure_above: float = DEFAULT_SURE
    known_above: float = float("-inf")
    temperature: float = 1.0
    measured: bool = False

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Limits:
        """Return the limits that came with a model; the customary ones where it has none."""
        sure, known = metadata.get("sure_above"), metadata.get("known_above")
        if not isinstance(sure, float) or not isinstance(known, float):
            return cls()
        temperature = metadata.get("temperature")
        return cls(sure, known, temperature if isinstance(temperature, float) else 1.0, measured=True)


#: The limits of a network that nobody has measured.
UNMEASURED = Limits()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one digit.

    Attributes:
        kind: ``"sure"``, ``"unsure"`` or ``"unknown"``.
        first: the most probable class.
        second: the next.
        probability: of the first, in [0, 1].
        energy: ln Σ exp(logits).
    """

    kind: str
    first: int
    second: int
    probability: float
    energy: float

    @property
    def words(self) -> str:
        """What is said, in plain words."""
        if self.kind == "sure":
            return str(self.first)
        if self.kind == "unsure":
            return f"not sure: {self.first} or {self.second}"
        return "no digit I know"


def judge(
    logits: NDArray[np.floating], probabilities: NDArray[np.floating], limits: Limits
) -> Judgement:
    """Return what is said of one digit.

    Args:
        logits: (classes,) z of the last layer.
        probabilities: (classes,) softmax of them.
        limits: of the network that answered.
    """
    first, second = (int(k) for k in np.argsort(probabilities)[::-1][:2])
    z = logits.astype(np.float64)
    top = float(z.max())
    energy = top + float(np.log(np.exp(z - top).sum()))
    probability = float(probabilities[first])
    kind = "unknown" if energy < limits.known_above else "sure" if probability >= limits.sure_above else "unsure"
    return Judgement(kind, first, second, probability, energy)
