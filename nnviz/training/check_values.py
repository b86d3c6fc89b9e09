"""What came of comparing gradients: of a layer, of a snapshot, and how far the screen can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nnviz.training.records import Snapshot

#: Where the tolerance would be above this nothing is said of a layer.
MOST_TOLERANCE = 0.1
#: Tolerance of differences made in float32, which have two digits.
KERAS_TOLERANCE = 0.1
AGREE, DIFFER, UNRESOLVED = "agree", "differ", "unresolved"


@dataclass(frozen=True, slots=True)
class LayerCheck:
    """What came of comparing one layer's gradients.

    Attributes:
        layer: 1 the first dense layer.
        entries: learnt numbers of the layer, each of which has a gradient.
        largest: the largest magnitude among the gradients, by NumPy.
        tape: largest relative error against ``tf.GradientTape``; None without TensorFlow.
        numpy: against NumPy's backpropagation: of all weights, and of dL/dz and dL/da of all units.
        differences: against finite differences in float64; None where none could be made: all met a corner, or the
            gradients are too small for the loss's 16 digits to show.
        differenced: entries of which differences were made.
        corners: entries left out besides, because the difference went over a corner of an activation or of the loss.
        keras: against differences of the Keras model's own float32 loss, which are coarse; None where none were made.
        keras_differenced: entries of those.
        tolerance: largest relative error at which ``tape``, ``numpy`` and ``differences`` agree.
    """

    layer: int
    entries: int
    largest: float
    tape: float | None
    numpy: float
    differences: float | None
    differenced: int
    corners: int
    keras: float | None
    keras_differenced: int
    tolerance: float

    @property
    def worst(self) -> float:
        """The largest of the three relative errors."""
        return max(error for error in (self.tape, self.numpy, self.differences) if error is not None)

    @property
    def verdict(self) -> str:
        """``"agree"``, ``"differ"``, or ``"unresolved"`` where float32 cannot tell gradients this small."""
        if not self.worst <= self.tolerance or (self.keras is not None and not self.keras <= KERAS_TOLERANCE):
            return DIFFER
        return UNRESOLVED if self.tolerance > MOST_TOLERANCE else AGREE


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """What came of comparing the gradients on the screen with those found in other ways.

    Attributes:
        generation, step: of the snapshot.
        loss: name of the loss.
        title: the network.
        layers: of the sample on the screen, layer by layer.
        batch: of the mean over ``batch_count`` samples; empty where there were none.
        batch_count: number of those.
        has_dropout: whether the pass on the screen has units switched off by dropout.
        seconds: what it took.
    """

    generation: int
    step: int
    loss: str
    title: str
    layers: tuple[LayerCheck, ...]
    batch: tuple[LayerCheck, ...] = ()
    batch_count: int = 0
    has_dropout: bool = False
    seconds: float = 0.0

    @property
    def worst(self) -> float:
        """The largest relative error of all layers of which anything can be told."""
        every = (*self.layers, *self.batch)
        return max(layer.worst for layer in ([x for x in every if x.verdict != UNRESOLVED] or every))

    @property
    def verdict(self) -> str:
        """See ``verdict_of``."""
        return verdict_of((*self.layers, *self.batch))


@dataclass(frozen=True, slots=True)
class Trust:
    """How far the gradients on the screen can be trusted.

    Attributes:
        check: the last full check.
        step: the last snapshot that was compared with NumPy.
        worst: largest relative error then, that of the full check where it is of this very snapshot.
        verdict: as ``GradientCheck.verdict``, of that comparison.
        is_current: whether it is the one on the screen now.
    """

    check: GradientCheck
    step: int
    worst: float
    verdict: str
    is_current: bool


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A snapshot's gradients compared with NumPy's, as told to a window.

    Attributes:
        snapshot: which.
        worst: the largest relative error; None where it has no gradients that can be compared.
        verdict: as ``GradientCheck.verdict``.
    """

    snapshot: Snapshot
    worst: float | None
    verdict: str


def verdict_of(layers: Iterable[LayerCheck]) -> str:
    """Return ``"differ"`` where any layer differs, ``"unresolved"`` where none could be told, else ``"agree"``."""
    found = {layer.verdict for layer in layers}
    return DIFFER if DIFFER in found else AGREE if AGREE in found else UNRESOLVED
