"""What the page “Why?” asks and what it is answered: frozen values, worked out in a thread of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.background import Background
from nnviz.maths.chains import Chain, softmax_rank, strongest_chains
from nnviz.maths.saliency import Edit, Goal, add_and_erase, edited, gradient, occlusion, score
from nnviz.picture.refs import UnitRef
from nnviz.training.records import Snapshot

#: How pixels are explained: key, what the list says, and a sentence.
METHODS = (
    ("gradient", "Gradient", "How much the score would grow where a pixel gets a little darker (Simonyan, 2013)."),
    ("input_gradient", "Input × gradient", "What the ink that is there contributes to the score (Shrikumar, 2016)."),
    ("occlusion", "Occlusion", "By how much the score falls where a 4×4 patch is covered with paper (Zeiler, 2014)."),
    ("change", "Add and erase", "Where to add ink and where to erase it to make it the chosen class."),
)
#: Targets that follow the drawing.
WINNER, RUNNER_UP, UNIT, NOTHING = "winner", "runner-up", "unit", "nothing"
#: An image is edited until the wanted logit is so much above the next: about 88 % for two classes.
EDIT_MARGIN = 2.0
#: Pixels with more than this share of full ink belong to the digit; so far around it, in pixels, ink can be added.
INK, AROUND = 0.05, 3
#: How many chains of each class are shown, with how many pixels each.
CHAINS, CHAIN_PIXELS = 3, 5

#: A class by its index, or one of the words above.
Target = int | str


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is to be explained.

    Attributes:
        snapshot: a sample on its way through a network.
        shape: of its image, (height, width).
        method: a key of ``METHODS``.
        target: whose score.
        minus: whose score is taken off, ``NOTHING`` for none's.
        unit: the hidden unit that ``UNIT`` means, or None.
        with_chains: whether the strongest chains are wanted: they take longer than all the rest.
    """

    snapshot: Snapshot
    shape: tuple[int, int]
    method: str = "gradient"
    target: Target = WINNER
    minus: Target = NOTHING
    unit: UnitRef | None = None
    with_chains: bool = True

    @property
    def image(self) -> NDArray[np.floating]:
        """The sample as an image."""
        return self.snapshot.sample.reshape(self.shape)

    def goal(self) -> Goal:
        """Return the score that is meant, with winner and runner-up looked up.

        Add and erase has a class to be reached, the runner-up where the winner is chosen, and takes off the winner.
        """
        layers = len(self.snapshot.spec.layers)
        rank = softmax_rank(self.snapshot.forward.output[0])
        known = {WINNER: rank[0], RUNNER_UP: rank[1]}
        target, minus = self.target, self.minus
        if self.method == "change":
            unit = rank[1] if target == UNIT else self._class(target, known)
            return Goal(layers, rank[1] if unit == rank[0] else unit, rank[0])
        if target == UNIT and self.unit is not None:
            return Goal(self.unit.layer, self.unit.unit)
        unit = rank[0] if target == UNIT else self._class(target, known)
        other = None if minus == NOTHING else self._class(minus, known)
        return Goal(layers, unit, None if other == unit else other)

    def _class(self, target: Target, known: dict[str, int]) -> int:
        index = known[target] if isinstance(target, str) else target
        return min(index, len(self.snapshot.forward.output[0]) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """An answer.

    Attributes:
        question: what was asked.
        goal: the score S.
        value: S of the sample.
        values: what each pixel says, (height, width): ∂S/∂x for the gradient, x·∂S/∂x, the fall of S under the patch,
            or what adding (positive) and erasing (negative) would give.
        ranks: winner and runner-up.
        chains: the strongest chains to the winner, and those to the runner-up; empty where they were not wanted.
        edit: the image changed to the class that is to be reached, with add and erase; else None.
    """

    question: Question
    goal: Goal
    value: float
    values: NDArray[np.floating]
    ranks: tuple[int, int]
    chains: tuple[tuple[Chain, ...], tuple[Chain, ...]]
    edit: Edit | None = None

    @property
    def scale(self) -> float:
        """The largest magnitude of all pixels: it gets the full colour."""
        return float(np.abs(self.values).max())

    @property
    def is_blame(self) -> bool:
        """Whether the values are gradients, purple and green, rather than contributions, orange and blue."""
        return self.question.method in ("gradient", "change")


def near_ink(image: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which pixels lie in the ink's bounding box or up to ``AROUND`` from it, (height, width).

    Ink farther away would have the digit scaled otherwise. Without ink all do.
    """
    near = np.ones(image.shape, np.bool_)
    for axis in (0, 1):
        inked = np.flatnonzero(image.max(axis=1 - axis) > INK)
        if len(inked):
            places = np.arange(image.shape[axis])
            within = (places >= inked[0] - AROUND) & (places <= inked[-1] + AROUND)
            near &= within[:, None] if axis == 0 else within[None, :]
    return near


def explains(snapshot: Snapshot | None, shape: tuple[int, ...]) -> bool:
    """Whether a sample can be explained: an image, and an output of several classes."""
    return (
        snapshot is not None and len(shape) == 2 and snapshot.sample.size == shape[0] * shape[1]
        and len(snapshot.forward.output[0]) > 1 and snapshot.count == 1
    )


def explain(question: Question) -> Explanation:
    """Work an answer out: NumPy only, a few milliseconds for the bundled model."""
    snapshot, image = question.snapshot, question.image
    parameters, passed = snapshot.parameters, snapshot.forward
    names, goal = tuple(layer.activation for layer in snapshot.spec.layers), question.goal()
    edit = None
    if question.method == "occlusion":
        values = occlusion(parameters, names, image, goal, silenced=passed.silenced)
    else:
        values = gradient(parameters, names, passed, goal)[0].reshape(question.shape)
        if question.method == "input_gradient":
            values = image * values
        elif question.method == "change":
            values = add_and_erase(image, values)
            edit = edited(
                parameters, names, image, goal.unit, margin=EDIT_MARGIN, within=near_ink(image),
                silenced=passed.silenced,
            )
    ranks = softmax_rank(passed.output[0])
    first, second = (
        strongest_chains(parameters, names, passed, unit, count=CHAINS, inputs=CHAIN_PIXELS)
        if question.with_chains else ()
        for unit in ranks
    )
    return Explanation(
        question, goal, float(score(passed, goal)[0]), np.asarray(values), ranks, (first, second), edit
    )


class Latest(QObject):
    """Works out the newest question only: what is asked while another one is in hand waits, and replaces what waits."""

    #: The answer.
    done = Signal(object)
    #: The words of an error.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._next: Callable[[Callable[[], bool]], object] | None = None
        self._background = Background(self)
        self._background.done.connect(self._done)
        self._background.failed.connect(self._failed)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._background.is_busy

    def ask(self, work: Callable[[Callable[[], bool]], object]) -> None:
        """Have something worked out, see ``app.background.Work``."""
        if self._background.is_busy:
            self._next = work
            return
        self._number += 1
        self._background.ask(self._number, work)

    def forget(self) -> None:
        """Drop what was asked; no answer comes any more."""
        self._next = None
        self._background.clear()

    def stop(self) -> None:
        """Drop what was asked, and wait for the thread."""
        self._next = None
        self._background.stop()

    def _done(self, _key: object, answer: object) -> None:
        self.done.emit(answer)
        self._go_on()

    def _failed(self, _key: object, words: str) -> None:
        self.failed.emit(words)
        self._go_on()

    def _go_on(self) -> None:
        work, self._next = self._next, None
        if work is not None:
            self.ask(work)

