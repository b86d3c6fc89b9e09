"""The card of an edge: what the weight adds, its gradient, and how the optimizer moves it, in numbers."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.widgets.formula import Typesetter
from app.widgets.inspector_card import InspectorCard
from app.widgets.inspector_formulas import edge_lines
from app.widgets.rule_formulas import rule_lines
from nnviz.picture.explain_edge import EdgeExplanation, explain_edge
from nnviz.picture.refs import EdgeRef
from nnviz.training.records import Snapshot

NO_STEP = "Press Step (F6): here will stand what the optimizer remembers of this weight, and its rule in numbers."


class EdgeCard(InspectorCard):
    """Explains one weight or bias."""

    def __init__(self, ref: EdgeRef, typesetter: Typesetter, parent: QWidget | None = None) -> None:
        super().__init__(ref, typesetter, parent)
        self._edge_ref = ref
        self.formulas = self._add_formulas("card_edge", "The weight in numbers")
        self.rule_formulas = self._add_formulas("card_rule", "The optimizer's rule in numbers")
        self.hint = self._label("", "muted")
        self.hint.setObjectName("card_hint")
        self.body.addWidget(self.hint)

    @property
    def edge_ref(self) -> EdgeRef:
        """Which edge."""
        return self._edge_ref

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Show the edge as it is in a snapshot.

        Raises:
            SpecError: the network has no such edge.
        """
        edge = explain_edge(snapshot, self._edge_ref)
        self.formulas.set_lines(edge_lines(edge))
        self.rule_formulas.set_lines(rule_lines(edge))
        self.rule_formulas.setVisible(bool(self.rule_formulas.lines))
        words = _hint(edge)
        self.hint.setText(words)
        self.hint.setVisible(bool(words))


def _hint(edge: EdgeExplanation) -> str:
    """Return what is missing, and how to get it."""
    words = []
    if edge.gradient is None:
        words.append("There is no gradient: the right answer of this input is not known.")
    if edge.rule is None and edge.delta is None:
        words.append(NO_STEP)
    elif edge.rule is None:
        words.append("What the optimizer remembers was not kept for this step: press Step (F6).")
    return " ".join(words)
