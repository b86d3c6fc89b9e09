"""The strongest chains to the winner and to the runner-up, painted over the graph: one solid, the other hollow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme
from app.widgets.network_view import NetworkView
from app.widgets.why_words import chain_words, probability_words
from app.widgets.why_work import Explanation
from nnviz.maths.chains import Chain
from nnviz.picture.colors import data_colors
from nnviz.picture.layout import Layout
from nnviz.picture.refs import EdgeRef

#: What is shown: key, button, sentence.
CHOICES = (
    ("off", "Off", "The graph as usual."),
    ("winner", "Winner", "Only the strongest ways to the class that the network says: solid lines."),
    ("runner", "Runner-up", "Only the strongest ways to the class that comes second: hollow lines."),
    ("both", "Both", "The strongest ways to both classes: solid to the winner, hollow to the runner-up."),
)
#: Widths of a line: of the weakest chain, and what the strongest has more; logical pixels.
LEAST_PX, MORE_PX = 2.0, 3.0
#: A hollow line is wider, so that its inside can be seen; its rim and the halo around both.
HOLLOW_MORE_PX, RIM_PX, HALO_PX = 2.4, 1.5, 1.6


def edges_of(chains: Sequence[Chain]) -> frozenset[EdgeRef]:
    """Return the edges that chains go along, from their pixels to the class."""
    made = set()
    for chain in chains:
        made |= {EdgeRef(1, pixel, chain.units[0]) for pixel in chain.inputs}
        made |= {
            EdgeRef(layer, source, unit)
            for layer, (source, unit) in enumerate(zip(chain.units, chain.units[1:], strict=False), start=2)
        }
    return frozenset(made)


class PathOverlay(QWidget):
    """Lies over a network view and paints chains of its units; the pointer goes through it.

    Where a unit is not drawn (a layer shown by its ends only) a chain goes on as a dashed line past it. While the
    animation runs nothing is painted.

    Args:
        view: the network; it owns the overlay.
    """

    def __init__(self, view: NetworkView) -> None:
        super().__init__(view)
        self.setObjectName("why_path_overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view = view
        self._theme = LIGHT
        self._solid: tuple[Chain, ...] = ()
        self._hollow: tuple[Chain, ...] = ()
        view.installEventFilter(self)
        self.setGeometry(view.rect())
        self.hide()

    @property
    def chains(self) -> tuple[tuple[Chain, ...], tuple[Chain, ...]]:
        """What is painted solid and what hollow."""
        return self._solid, self._hollow

    def set_chains(self, solid: tuple[Chain, ...], hollow: tuple[Chain, ...]) -> None:
        """Set what is painted; emits nothing."""
        self._solid, self._hollow = solid, hollow
        self.setVisible(bool(solid or hollow))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the whole view."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the hollow chains, then the solid ones."""
        layout = self._view.layout_now()
        if layout is None or self._view.time is not None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strongest = max((chain.value for chain in (*self._solid, *self._hollow)), default=1.0)
        for chains, hollow in ((self._hollow, True), (self._solid, False)):
            for chain in reversed(chains):  # the strongest on top
                self._paint_chain(painter, layout, chain, chain.value / strongest, hollow=hollow)
        painter.end()

    def _paint_chain(self, painter: QPainter, layout: Layout, chain: Chain, share: float, *, hollow: bool) -> None:
        path, places, complete = way_of(layout, chain)
        width = LEAST_PX + MORE_PX * share
        palette = data_colors(self._theme.is_dark).signal
        color, ground = QColor(*palette.positive), QColor(self._theme.surface)
        style = Qt.PenStyle.SolidLine if complete else Qt.PenStyle.DashLine
        if hollow:
            width += HOLLOW_MORE_PX
        for pen_color, pen_width, pen_style in (
            (ground, width + 2 * HALO_PX, Qt.PenStyle.SolidLine), (color, width, style),
            *(((ground, width - 2 * RIM_PX, Qt.PenStyle.SolidLine),) if hollow else ()),
        ):
            pen = QPen(pen_color, pen_width, pen_style)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.strokePath(path, pen)
        # A disc for the winner's units, a ring for the runner-up's.
        painter.setPen(QPen(color, 2))
        painter.setBrush(ground if hollow else color)
        for place, radius in places:
            painter.drawEllipse(place, radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def way_of(layout: Layout, chain: Chain) -> tuple[QPainterPath, list[tuple[QPointF, float]], bool]:
    """Return the lines of a chain, its units as (centre, radius), and whether all its units are drawn.

    A line ends where the disc or the ring of its unit begins, so that hollow lines do not shine through rings.
    """
    places: list[tuple[QPointF, float]] = []
    complete = True
    for layer, unit in enumerate(chain.units, start=1):
        place = layout.place_of(layer, unit)
        if place is None:
            complete = False
        else:
            places.append((QPointF(*place), min(max(layout.boxes[layer].radius * 0.9, 3.5), 9.0)))
    path = QPainterPath()
    if not places:
        return path, [], False
    if layout.place_of(1, chain.units[0]) is not None:
        for pixel in chain.inputs:
            start = layout.place_of(0, pixel)
            if start is not None:
                path.moveTo(QPointF(*start))
                path.lineTo(places[0][0])
    path.moveTo(places[0][0])
    for centre, _ in places[1:]:
        path.lineTo(centre)
    return path, places, complete


class PathChoice(QWidget):
    """Whose ways through the network are shown in the graph, and what they are in numbers."""

    #: A key of ``CHOICES``.
    choice_changed = Signal(str)
    #: Whether they are to stay when the page is closed.
    kept_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_paths")
        self._names: tuple[str, ...] = ()
        self._explanation: Explanation | None = None
        heading = QLabel("Strongest paths in the graph", self)
        heading.setProperty("role", "heading")
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(4)
        for key, text, tip in CHOICES:
            button = QToolButton(self)
            button.setObjectName(f"why_paths_{key}")
            button.setText(text)
            button.setAccessibleName(f"Paths: {text}")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(key == "both")
            button.setProperty("paths", key)
            button.clicked.connect(self._clicked)
            self._group.addButton(button)
            self.buttons[key] = button
            row.addWidget(button)
        row.addStretch(1)
        self.words = QLabel("", self)
        self.words.setObjectName("why_paths_words")
        self.words.setAccessibleName("Strongest paths in numbers")
        self.words.setWordWrap(True)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.note = QLabel(
            "Strongest pixel (row, column) → unit of each hidden layer → class: what it contributes.", self
        )
        self.note.setProperty("role", "small")
        self.note.setWordWrap(True)
        self.note.hide()
        self.keep = QCheckBox("Leave them when this is closed", self)
        self.keep.setObjectName("why_paths_keep")
        self.keep.setAccessibleName("Leave the paths in the graph")
        self.keep.setToolTip("The paths stay in the graph, and follow the drawing, when another page or none is open.")
        self.keep.toggled.connect(self.kept_toggled)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(heading)
        box.addLayout(row)
        box.addWidget(self.words)
        box.addWidget(self.note)
        box.addWidget(self.keep)

    @property
    def choice(self) -> str:
        """Whose paths are shown, a key of ``CHOICES``."""
        return next(key for key, button in self.buttons.items() if button.isChecked())

    def chosen_chains(self) -> tuple[tuple[Chain, ...], tuple[Chain, ...]]:
        """Return the chains to be shown: those to the winner, and those to the runner-up."""
        if self._explanation is None:
            return (), ()
        first, second = self._explanation.chains
        choice = self.choice
        return (first if choice in ("winner", "both") else ()), (second if choice in ("runner", "both") else ())

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        if names != self._names:
            self._names = names
            self._say()

    def set_explanation(self, explanation: Explanation | None) -> None:
        """Set what the chains are of."""
        self._explanation = explanation
        self._say()

    def reset(self) -> None:
        """Choose both again, and leave nothing in the graph."""
        self.buttons["both"].setChecked(True)
        self.keep.setChecked(False)

    def _clicked(self) -> None:
        self._say()
        self.choice_changed.emit(self.choice)

    def _say(self) -> None:
        explanation = self._explanation
        if explanation is None:
            self.words.setText("Draw a digit to see the ways that its ink takes through the network.")
            self.note.hide()
            return
        shown, lines = self.chosen_chains(), []
        snapshot, shape = explanation.question.snapshot, explanation.question.shape
        for chains, rank, look in zip(shown, explanation.ranks, ("solid", "hollow"), strict=True):
            if chains:
                lines.append(f"{look.capitalize()}: to {probability_words(snapshot, rank, self._names)}")
                lines += [f"   {chain_words(chain, self._names, shape)}" for chain in chains]
        if not lines and self.choice != "off" and explanation.question.with_chains:
            lines = ["No way through the network speaks for it."]
        self.words.setText("\n".join(lines))
        self.note.setVisible(bool(lines))
