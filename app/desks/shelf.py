"""What was trained and is not in use now: a network put aside whole, and weights that edits took away."""

from __future__ import annotations

from app.session_values import Kept
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec

#: Networks whose weights are kept for when an edit is undone.
KEPT_EDITS = 20


class Shelf:
    """Keeps one network put aside, and the weights before each of the last edits. Mutable; emits nothing."""

    def __init__(self) -> None:
        self._kept: Kept | None = None
        # Weights as they were before an edit of the network, newest first.
        self._edited: dict[NetworkSpec, Parameters] = {}

    def put(self, kept: Kept) -> None:
        """Put a network aside in place; the one before it is gone."""
        self._kept = kept

    def take(self) -> Kept | None:
        """Take the network that was put aside off the shelf, in place; None where there is none."""
        kept, self._kept = self._kept, None
        return kept

    def keep_weights(self, spec: NetworkSpec, parameters: Parameters) -> None:
        """Keep in place the weights of a network that is about to be edited."""
        self._edited = {spec: parameters, **{key: value for key, value in self._edited.items() if key != spec}}
        while len(self._edited) > KEPT_EDITS:
            self._edited.popitem()

    def weights_of(self, spec: NetworkSpec) -> Parameters | None:
        """Return the weights that a network had before it was edited, None where it never was such a one."""
        return self._edited.get(spec)

    def forget_weights(self) -> None:
        """Forget in place the weights before edits: another training begins."""
        self._edited.clear()
