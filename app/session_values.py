"""What a Session tells the windows: frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.data.datasets import Dataset
from nnviz.maths.judgement import UNMEASURED, Limits
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec, Plan
from nnviz.training.hand import NO_MARKS, WeightEdit
from nnviz.training.history import History
from nnviz.training.records import HandMarks, Reference, Snapshot

#: What the window calls a network that was made in it.
OWN_TITLE = "Your network"


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The network that is shown and that answers.

    Attributes:
        spec: its shape.
        parameters: its newest known weights.
        origin: ``"bundled"``, ``"file"`` or ``"yours"``.
        title: what the window calls it.
        step: steps of training that ``parameters`` have had.
        marks: units that a person silenced or froze.
        limits: from where on its answers to drawings are given without a question.
    """

    spec: NetworkSpec
    parameters: Parameters
    origin: str
    title: str
    step: int = 0
    marks: HandMarks = NO_MARKS
    limits: Limits = UNMEASURED


def counted_steps(count: int) -> str:
    """Return a number of steps in words: ``1 step``, ``1,250 steps``."""
    return f"{count:,} step" if count == 1 else f"{count:,} steps"


def plain_title(network: Network) -> str:
    """Return what a network is called without what was measured of it before it was edited."""
    return network.title.partition(",")[0]


@dataclass(frozen=True, slots=True)
class SampleChoice:
    """Which sample is shown.

    Attributes:
        kind: ``"test"`` (a sample of the test set) or ``"drawing"``.
        index: its place in the test set.
        label: its class; None for a drawing, and where the task has no classes (several labels, regression).
    """

    kind: str = "test"
    index: int = 0
    label: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far training is, for people to read.

    Attributes:
        phase: of the engine: ``"importing"``, ``"idle"``, ``"compiling"``, ``"training"``, …
        epoch: the present epoch, 0 before the first.
        epochs: epochs wanted.
        step, total_steps: steps done and wanted.
        steps_per_epoch: steps of one pass over the training set.
        steps_per_second: over the last second or so, 0 when not training.
        remaining: seconds to the end at that speed, or None.
    """

    phase: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    total_steps: int = 0
    steps_per_epoch: int = 0
    steps_per_second: float = 0.0
    remaining: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What a reset puts aside, so that it can be taken back."""

    network: Network
    dataset: Dataset
    history: History
    plan: Plan
    start: Reference | None = None


@dataclass(frozen=True, slots=True)
class HandChanges:
    """What of the network that is shown was changed by hand, and is still as it was set.

    Attributes:
        weights: (weight or bias, its value before the first edit of it, the value it was given last).
        marks: silenced and frozen units.
    """

    weights: tuple[WeightEdit, ...] = ()
    marks: HandMarks = NO_MARKS

    @property
    def count(self) -> int:
        """Number of changes: weights, and marks."""
        return len(self.weights) + self.marks.count


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two pictures side by side: two samples in one network, or one sample at two moments of the network.

    Attributes:
        kind: ``"samples"`` or ``"moments"``.
        first, second: what each is, in a few words: ``sample 17 · step 300``.
        first_snapshot: what follows the choice of samples and the training.
        second_snapshot: what was pinned; of the same network, with weights of its own moment.
    """

    kind: str
    first: str
    second: str
    first_snapshot: Snapshot
    second_snapshot: Snapshot
