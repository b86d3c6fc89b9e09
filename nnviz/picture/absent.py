"""Why a quantity cannot be shown of a snapshot, and what would make it: for tool tips and for the picture itself."""

from __future__ import annotations

from nnviz.picture.quantities import EDGE_QUANTITIES, UNIT_QUANTITIES, why_absent
from nnviz.training.records import Snapshot

NO_TARGET = "a drawing has no right answer to be blamed for; choose a test sample"
NO_UPDATE = "none yet; press Step to let the optimizer make one"
NO_REFERENCE = "no earlier moment is known"


def why_no_edges(snapshot: Snapshot | None, quantity: str) -> str:
    """Return why a snapshot has no edges of a quantity; "" where it has them, or is itself not there."""
    if snapshot is None:
        return ""
    if quantity == "gradient" and snapshot.gradients is None:
        return NO_TARGET
    if quantity == "update" and snapshot.update is None:
        return NO_UPDATE
    if quantity == "change" and snapshot.reference is None:
        return snapshot.reference_note or NO_REFERENCE
    return ""


def edge_reasons(snapshot: Snapshot | None) -> dict[str, str]:
    """Return why each quantity of edges that cannot be shown cannot be."""
    reasons = {quantity: why_no_edges(snapshot, quantity) for quantity in EDGE_QUANTITIES}
    return {quantity: why for quantity, why in reasons.items() if why}


def unit_reasons(snapshot: Snapshot | None) -> dict[str, str]:
    """Return why each quantity of units that cannot be shown cannot be."""
    if snapshot is None:
        return {}
    reasons = {quantity: why_absent(snapshot, quantity) for quantity in UNIT_QUANTITIES}
    return {quantity: why for quantity, why in reasons.items() if why}
