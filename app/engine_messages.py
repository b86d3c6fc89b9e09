"""What the engine tells the window by signals: frozen values, none of them often."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.hand import NO_MARKS
from nnviz.training.records import HandMarks

Phase = Literal["importing", "idle", "compiling", "training", "evaluating", "saving", "stopped"]


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the engine is doing and where the training stands.

    Attributes:
        phase: what it is doing.
        generation: counts builds and resets; 0 before the first network.
        epoch: the epoch of the next step, from 1; at the end the last epoch; 0 without data.
        step: steps made.
        steps_per_epoch: 0 without data.
        total_steps: steps of the whole training; 0 without data.
        is_finished: whether every epoch is over.
        has_network: whether a network is built.
    """

    phase: Phase
    generation: int = 0
    epoch: int = 0
    step: int = 0
    steps_per_epoch: int = 0
    total_steps: int = 0
    is_finished: bool = False
    has_network: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A network was built or reset.

    Attributes:
        generation: its number, carried by all its records.
        spec: what was built.
        config: how it will be trained.
        parameters: its first weights.
    """

    generation: int
    spec: NetworkSpec
    config: TrainingConfig
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Failure:
    """Something asked of the engine could not be done; the engine lives on.

    Attributes:
        what: what was being done: ``"Building the network"``.
        message: why not, for the person; an ``NnvizError`` as it stands.
        traceback: the Python traceback, to be copied into a report.
        expected: whether it is an ``NnvizError``: the person can do something about it, no report is needed.
        diverged: where the loss was no longer finite, that step and the one whose weights are kept; else None.
    """

    what: str
    message: str
    traceback: str
    expected: bool
    diverged: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """The network was saved.

    Attributes:
        path: where.
        generation: of the network.
        step: steps of training it had.
        marks: units silenced or frozen by hand at that moment.
    """

    path: Path
    generation: int
    step: int
    marks: HandMarks = NO_MARKS
