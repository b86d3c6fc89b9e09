"""Edits by hand in words: for undo, for the marks on the curves, for what a saved file has of them."""

from __future__ import annotations

from nnviz.picture.quantities import number
from nnviz.picture.refs import EdgeRef, UnitRef
from nnviz.training.hand import HandEdit
from nnviz.training.records import HandMarks


def layer_words(layer: int, layers: int) -> str:
    """Return the name of a layer, 0 the input, of a network with so many dense layers."""
    if layer == 0:
        return "Input"
    return "Output" if layer == layers else f"Dense {layer}"


def unit_words(ref: UnitRef, layers: int) -> str:
    """Return the name of a unit: ``Dense 1, unit 17``."""
    return f"{layer_words(ref.layer, layers)}, unit {ref.unit}"


def edge_words(ref: EdgeRef, layers: int) -> str:
    """Return the name of a weight or bias: ``weight Input 3 → Dense 1 17``, ``bias of Dense 1, unit 17``."""
    if ref.source < 0:
        return f"bias of {unit_words(UnitRef(ref.layer, ref.unit), layers)}"
    before, after = layer_words(ref.layer - 1, layers), layer_words(ref.layer, layers)
    return f"weight {before} {ref.source} → {after} {ref.unit}"


def edit_words(edit: HandEdit, layers: int) -> str:
    """Say in few words what an edit changed: ``weight Dense 1 3 → Output 7 from 0.2 to 0.5``, ``Dense 1, unit 3
    silenced``; "" for nothing.

    Args:
        edit: the edit.
        layers: dense layers of the network.
    """
    parts = [*_weight_words(edit, layers)]
    for before, after, on, off in (
        (edit.marks_before.silenced, edit.marks.silenced, "silenced", "no longer silenced"),
        (edit.marks_before.frozen, edit.marks.frozen, "frozen", "no longer frozen"),
    ):
        parts += _mark_words(after - before, on, layers)
        parts += _mark_words(before - after, off, layers)
    return ", ".join(parts)


def short_words(edit: HandEdit) -> str:
    """Say an edit in as few signs as a mark on a curve has room for: ``w by hand``, ``unit silenced``."""
    parts = []
    biases = sum(ref.source < 0 for ref in edit.refs)
    weights = len(edit.refs) - biases
    if weights:
        parts.append("1 weight by hand" if weights == 1 else f"{weights:,} weights by hand")
    if biases:
        parts.append("1 bias by hand" if biases == 1 else f"{biases:,} biases by hand")
    for before, after, on, off in (
        (edit.marks_before.silenced, edit.marks.silenced, "silenced", "sounding"),
        (edit.marks_before.frozen, edit.marks.frozen, "frozen", "thawed"),
    ):
        for units, word in ((after - before, on), (before - after, off)):
            if units:
                parts.append(f"1 unit {word}" if len(units) == 1 else f"{len(units):,} units {word}")
    return ", ".join(parts)


def changes_words(count: int) -> str:
    """Return ``1 change`` or ``3 changes``."""
    return f"{count:,} change" if count == 1 else f"{count:,} changes"


def saved_marks_words(marks: HandMarks) -> str:
    """Say what a saved file has of silenced and frozen units, beginning with a blank; "" where there are none."""
    words = ""
    if marks.silenced:
        what = "1 silenced unit has" if len(marks.silenced) == 1 else f"{len(marks.silenced):,} silenced units have"
        words += f" {what} outgoing weights of 0 in the file, so that it answers as the network does here."
    if marks.frozen:
        what = "1 unit is" if len(marks.frozen) == 1 else f"{len(marks.frozen):,} units are"
        words += f" That {what} frozen is not in the file: Keras freezes whole layers only."
    return words


def _weight_words(edit: HandEdit, layers: int) -> list[str]:
    if not edit.weights:
        return []
    (ref, before, after), *more = edit.weights
    if not more:
        return [f"{edge_words(ref, layers)} from {number(before)} to {number(after)}"]
    into = {(r.layer, r.unit) for r in edit.refs}
    what = f"{len(edit.weights):,} weights"
    if len(into) == 1:
        return [f"{what} into {unit_words(UnitRef(ref.layer, ref.unit), layers)}"]
    return [what]


def _mark_words(units: frozenset[tuple[int, int]], word: str, layers: int) -> list[str]:
    if not units:
        return []
    if len(units) == 1:
        ((layer, unit),) = units
        return [f"{unit_words(UnitRef(layer, unit), layers)} {word}"]
    return [f"{len(units):,} units {word}"]
