"""The earlier weights that changes are measured against: those of the start, or of a moment that was pinned."""

from __future__ import annotations

from dataclasses import replace

from nnviz.errors import SpecError
from nnviz.maths.parameters import Parameters, check_shapes
from nnviz.training.records import Reference, Snapshot

#: What the weights of the first moment are called, in words that follow "since".
THE_START = "the start"
_NO_START = "how its training began is not known"


class ReferencePoint:
    """Holds the weights of the start of training and of a pinned moment. Mutable; emits nothing.

    The arrays are shared with the snapshots, never copied.

    Attributes:
        start: the weights that training began with; None where that is not known.
        pinned: another moment that was chosen instead, or None.
    """

    def __init__(self) -> None:
        self.start: Reference | None = None
        self.pinned: Reference | None = None

    def begin(self, parameters: Parameters, name: str = THE_START) -> None:
        """Note in place that a training begins with weights; a pinned moment, of another training, is let go."""
        self.restore(Reference(name, 0, parameters))

    def restore(self, start: Reference | None) -> None:
        """Note in place that an earlier training goes on, with the start it had."""
        self.start, self.pinned = start, None

    def pin(self, snapshot: Snapshot) -> None:
        """Measure in place from the weights of a snapshot on."""
        self.pinned = Reference(f"step {snapshot.step:,}", snapshot.step, snapshot.parameters)

    def unpin(self) -> None:
        """Measure in place from the start again."""
        self.pinned = None

    def attached(self, snapshot: Snapshot, *, is_own: bool) -> Snapshot:
        """Return a snapshot with the reference, or with a note of why it has none.

        Args:
            snapshot: of the network that is shown.
            is_own: whether it is the network in training; of the bundled one nobody knows the start.
        """
        wanted = (self.pinned or self.start) if is_own else None
        note = ""
        if wanted is None:
            note = _NO_START
        else:
            try:
                check_shapes(snapshot.spec, wanted.parameters)
            except SpecError:
                note = f"layers were changed since {wanted.name}"
                wanted = None
        return replace(snapshot, reference=wanted, reference_note=note)
