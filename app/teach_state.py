"""Where teaching stands: a frozen value for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.training.teach import Taught


@dataclass(frozen=True, slots=True, eq=False)
class TeachState:
    """Where teaching stands.

    Attributes:
        problem: why nothing can be taught now, a sentence; blank where it can.
        steps: steps taught that are in force.
        undoable: changes that Undo can take back.
        dropped: changes that it cannot any more, for want of memory.
        is_busy: whether steps are being made.
        made, most: steps made of those that are made at most, while busy.
        can_forget: whether there is something to forget.
        last: the last step; None after an undo.
        engine: who makes the steps: ``"keras"``; or NumPy, because TensorFlow is ``"not loaded"``, ``"loading"`` or
            ``"missing"``.
        before, now: (test images read rightly, test images) before anything was taught and now; None while they are
            counted.
        note: what came of the last wish, a sentence or blank.
    """

    problem: str = ""
    steps: int = 0
    undoable: int = 0
    dropped: int = 0
    is_busy: bool = False
    made: int = 0
    most: int = 0
    can_forget: bool = False
    last: Taught | None = None
    engine: str = "not loaded"
    before: tuple[int, int] | None = None
    now: tuple[int, int] | None = None
    note: str = ""
