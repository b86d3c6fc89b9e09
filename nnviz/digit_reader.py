"""A network that reads drawings: what it answers to what is on the paper, in honest words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.data.reading import Reading
from nnviz.maths.activations import softmax
from nnviz.maths.forward import forward
from nnviz.maths.judgement import Judgement, Limits, judge
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DigitAnswer:
    """What is said of a drawing.

    Attributes:
        headline: a few characters: ``"7"``, ``"4 or 9?"``, ``"4 7"``, ``"?"``.
        remark: a sentence or nothing.
        judgements: one for each image of the reading.
        parts: of several digits, what is said of each; the headline is made of them.
    """

    headline: str
    remark: str
    judgements: tuple[Judgement, ...] = ()
    parts: tuple[str, ...] = ()


class DigitReader:
    """Asks a network about drawings, with NumPy; it has no state but the network.

    Args:
        spec: takes 784 values and ends with 10 classes (softmax, or linear: logits).
        parameters: its weights.
        limits: from where on its answers are given without a question.
    """

    def __init__(self, spec: NetworkSpec, parameters: Parameters, limits: Limits | None = None) -> None:
        self._spec, self._parameters = spec, parameters
        self._limits = limits or Limits()

    def outputs(self, images: Float32) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return logits and probabilities of images (count, 28, 28) or (count, 784), each (count, 10)."""
        passed = forward(self._parameters, self._spec.activations, images.reshape(len(images), -1))
        logits = passed.pre_activations[-1]
        is_softmax = self._spec.activations[-1] == "softmax"
        return logits, passed.output if is_softmax else softmax(logits)

    def sureness(self, images: Float32) -> NDArray[np.floating]:
        """Return the largest probability of each image (count, 28, 28): a judge for ``reading.read_drawing``."""
        # One by one: NumPy multiplies several at once in threads, which wait for the cores that training keeps busy.
        return np.array([self.outputs(image[None])[1].max() for image in images])

    def judgements(self, images: Float32) -> tuple[Judgement, ...]:
        """Return what is said of each image (count, 28, 28) or (count, 784)."""
        return self.judged(self.outputs(images)[1])

    def judged(self, probabilities: NDArray[np.floating]) -> tuple[Judgement, ...]:
        """Return what is said of each of some answers (count, 10)."""
        return tuple(judge(row, self._limits) for row in probabilities)

    def answer(self, reading: Reading, shown: tuple[int, NDArray[np.floating]] | None = None) -> DigitAnswer:
        """Return what is said of a drawing.

        Args:
            reading: of the drawing.
            shown: one of its digits, from 0 at the left, and the probabilities (10,) that are shown of it: while a
                step is played those before it, although the network has learnt since.
        """
        if not reading.images:
            return DigitAnswer("?", reading.notes)
        known = {} if shown is None else {shown[0]: judge(shown[1], self._limits)}
        said = tuple(
            known.get(place) or self.judgements(image[None])[0] for place, image in enumerate(reading.images)
        )
        if not reading.is_digit:
            return DigitAnswer("?", reading.notes, said)
        if len(said) > 1:
            each = tuple(_short(one) for one in said)
            headline = (" " if len(said) == 2 else "").join(each)
            return DigitAnswer(headline, f"{reading.notes}: {' '.join(each)}", said, each)
        only = said[0]
        if only.kind == "sure":
            return DigitAnswer(str(only.first), "", said)
        if only.kind == "unsure":
            return DigitAnswer(f"{only.first} or {only.second}?", f"N{only.words[1:]}.", said)
        return DigitAnswer("?", f"No digit I know; nearest {only.first}.", said)


def _short(one: Judgement) -> str:
    return str(one.first) if one.kind == "sure" else f"{one.first}?"
