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
        known_above: lowest probability that the two best answers to a digit have together; 0 where it was not
            measured. A network that learnt what is no digit spreads its probabilities there.
        temperature: what the logits were divided by when the network was calibrated; 1 where it was not.
        measured: whether both were measured on held-out digits, or are only customary.
    """

    sure_above: float = DEFAULT_SURE
    known_above: float = 0.0
    temperature: float = 1.0
    measured: bool = False

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Limits:
        """Return the limits that came with a model; the customary ones where it has none."""
        sure, known = metadata.get("sure_above"), metadata.get("pair_above")
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
        together: probability of both, in [0, 1].
    """

    kind: str
    first: int
    second: int
    probability: float
    together: float

    @property
    def words(self) -> str:
        """What is said, in plain words."""
        if self.kind == "sure":
            return str(self.first)
        if self.kind == "unsure":
            return f"not sure: {self.first} or {self.second}"
        return "no digit I know"


def judge(probabilities: NDArray[np.floating], limits: Limits) -> Judgement:
    """Return what is said of one digit.

    Args:
        probabilities: (classes,) that the network answered.
        limits: of the network that answered.
    """
    first, second = (int(k) for k in np.argsort(probabilities)[::-1][:2])
    probability = float(probabilities[first])
    together = probability + float(probabilities[second])
    kind = "unknown" if together < limits.known_above else "sure" if probability >= limits.sure_above else "unsure"
    return Judgement(kind, first, second, probability, together)
