"""Above the network: what is shown, and the four choices of how."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.widgets.choice_box import ChoiceBox
from nnviz.picture.look import Look
from nnviz.picture.quantities import EDGE_QUANTITIES

TOP_K = (("strongest 100", 100), ("strongest 300", 300), ("strongest 1,000", 1000), ("all edges", None))
UNITS = (("units: a", "a"), ("units: z", "z"), ("units: dL/dz", "dz"))
WIDE = (("wide: grid", "grid"), ("wide: elided", "elided"))


class ElidedLabel(QLabel):
    """A label that ends in an ellipsis where it has no room, instead of in the middle of a letter."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much of the text as fits."""
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class ViewHeader(QWidget):
    """Headline and choices; emits what the person chose."""

    #: Look: how the person wants the network to be shown.
    look_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view_header")
        self.headline = ElidedLabel("", self)
        self.headline.setObjectName("network_headline")
        self.headline.setProperty("role", "heading")
        # A long headline is cut rather than pushing the panels aside; the tool tip has it whole.
        self.headline.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.edges = self._choice(
            "edge_quantity", "Edges show",
            "What the lines show: the weight itself, or what it carries for this sample (a·w), its gradient, or its "
            "last update.",
        )
        for key, name in EDGE_QUANTITIES.items():
            self.edges.addItem(name, key)
        self.top_k = self._choice(
            "top_k", "Edges drawn",
            "How many edges of each layer are drawn, the strongest first; more show more, slower.",
        )
        for name, count in TOP_K:
            self.top_k.addItem(name, count)
        self.units = self._choice(
            "unit_quantity", "Units show",
            "What the circles show: activation a, pre-activation z, or the gradient dL/dz.",
        )
        for name, key in UNITS:
            self.units.addItem(name, key)
        self.wide = self._choice("wide_layers", "Wide layers", "Wide layers folded into a grid, or only their ends.")
        for name, key in WIDE:
            self.wide.addItem(name, key)
        box = QHBoxLayout(self)
        box.setContentsMargins(14, 8, 10, 0)
        box.setSpacing(8)
        box.addWidget(self.headline, 1)
        for choice in (self.edges, self.top_k, self.units, self.wide):
            box.addWidget(choice)
        for choice in (self.edges, self.top_k, self.units, self.wide):
            choice.activated.connect(self._chosen)
        self._look = Look()
        self.set_look(self._look)

    def set_look(self, look: Look) -> None:
        """Show how the network is shown; emits nothing."""
        self._look = look
        for choice, value in (
            (self.edges, look.edges), (self.top_k, look.top_k), (self.units, look.units), (self.wide, look.fold),
        ):
            with QSignalBlocker(choice):
                choice.setCurrentIndex(choice.findData(value))

    def set_headline(self, text: str) -> None:
        """Say what is shown."""
        self.headline.setText(text)
        self.headline.setToolTip(text)

    def _choice(self, name: str, accessible: str, tip: str) -> ChoiceBox:
        return ChoiceBox(name, accessible, tip, self)

    def _chosen(self) -> None:
        self._look = replace(
            self._look, edges=str(self.edges.currentData()), top_k=self.top_k.currentData(),
            units=str(self.units.currentData()), fold=str(self.wide.currentData()), folds=(),
        )
        self.look_requested.emit(self._look)
