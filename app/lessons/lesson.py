"""What a lesson is: slides whose words, formulas and marks are made from the tensors of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nnviz.picture.timeline import Stage
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.records import Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All that a slide may speak of.

    Attributes:
        snapshot: one sample with its label on its way through the network.
        config: how the network is trained: the optimizer and its learning rate.
        class_names: names of the output units.
    """

    snapshot: Snapshot
    config: TrainingConfig
    class_names: tuple[str, ...] = ()

    @property
    def label(self) -> int:
        """The right class.

        Raises:
            ValueError: the sample has no label, so that there is no loss to speak of.
        """
        if self.snapshot.label is None:
            raise ValueError("a lesson needs a sample with a label, got one without")
        return self.snapshot.label

    def class_name(self, index: int) -> str:
        """Return the name of a class."""
        return self.class_names[index] if index < len(self.class_names) else str(index)

    def layer_name(self, layer: int) -> str:
        """Return what the picture calls a layer, 0 the input: ``Input``, ``Dense 1``, …, ``Output``."""
        if layer == 0:
            return "Input"
        return "Output" if layer == len(self.snapshot.spec.layers) else f"Dense {layer}"


@dataclass(frozen=True, slots=True)
class Formula:
    """One line of mathematics.

    Attributes:
        caption: a few words of what it holds for, plain text.
        latex: the formula.
    """

    caption: str
    latex: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What the formula speaks of, ringed in the picture.

    Attributes:
        units: (layer, unit) pairs, layer 0 the input.
        edge: (dense layer from 1, source, unit), or None.
    """

    units: tuple[tuple[int, int], ...] = ()
    edge: tuple[int, int, int] | None = None


def no_marks(_material: Material) -> Marks:
    """Mark nothing."""
    return Marks()


@dataclass(frozen=True, slots=True)
class Slide:
    """One slide: what is said, and which moment of the animation the picture shows.

    Attributes:
        title: a few words.
        sentence: makes the sentence.
        formulas: makes the formulas, the general one first.
        kind: the stage shown, a key of ``nnviz.picture.timeline.DURATIONS``; "" for the still picture.
        layer: the dense layer of the stage, the first being 1; 0 for the input and the still picture.
        marks: makes what is ringed.
        moves: whether advancing to the slide plays its stage; otherwise the stage's end is shown.
        needs_update: whether the sample must have had a step of the optimizer.
    """

    title: str
    sentence: Callable[[Material], str]
    formulas: Callable[[Material], tuple[Formula, ...]]
    kind: str = ""
    layer: int = 0
    marks: Callable[[Material], Marks] = no_marks
    moves: bool = True
    needs_update: bool = False

    def stage(self, plan: Sequence[Stage]) -> int | None:
        """Return the index of the slide's stage in a plan; None for a still picture or an absent stage."""
        for index, stage in enumerate(plan):
            if (stage.kind, stage.layer) == (self.kind, self.layer):
                return index
        return None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson for one network."""

    title: str
    slides: tuple[Slide, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A lesson before it is known which network it speaks of.

    Attributes:
        key: a short name that does not change, for settings.
        title: for people.
        make: makes the lesson for a network.
    """

    key: str
    title: str
    make: Callable[[NetworkSpec], Lesson]
