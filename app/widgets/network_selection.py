"""What is selected in the picture of a network: units and edges, some of them pinned; rings, and words for it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.widgets.announce import announce
from app.widgets.network_player import NetworkPlayer
from app.widgets.network_scene import Scene
from app.widgets.network_values import said_of
from nnviz.picture.layout import Layout
from nnviz.picture.refs import BIAS, EdgeRef, Ref, UnitRef, fits
from nnviz.picture.walk import step, strongest_edge

#: Width of a ring, and of the halo in the colour of the ground that keeps it apart from what lies below.
RING_PX, HALO_PX = 2.0, 5.0
#: Rings of pinned units are dashed.
_DASHES = (3.0, 2.5)
#: The smallest ring: a pixel of an image is smaller than what can be seen.
LEAST_RING_PX = 5.0


class SelectableNetwork(NetworkPlayer):
    """A network in which units and edges can be selected; only the edges of the selected units are then shown.

    One of them is the current one, the others are pinned: selecting something else leaves them.
    """

    #: The person selected something else: tuple of Ref, the pinned first.
    selection_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pins: tuple[Ref, ...] = ()
        self._current: Ref | None = None

    # -- values in -----------------------------------------------------------------------------------------

    @property
    def selection(self) -> tuple[Ref, ...]:
        """What is selected: the pinned in the order they were pinned, then the current one."""
        if self._current is None or self._current in self._pins:
            return self._pins
        return (*self._pins, self._current)

    @property
    def pins(self) -> tuple[Ref, ...]:
        """What stays selected when something else is."""
        return self._pins

    @property
    def current(self) -> Ref | None:
        """What the keys act on."""
        return self._current

    @property
    def focused(self) -> tuple[Ref, ...]:
        """What the edges are shown of: all that is selected, where a unit is; an edge alone hides no others."""
        return self.selection if any(isinstance(ref, UnitRef) for ref in self.selection) else ()

    def set_selection(self, selection: tuple[Ref, ...], pins: tuple[Ref, ...] = ()) -> None:
        """Select units and edges; emits nothing.

        Args:
            selection: the last one that is not pinned becomes the current one, or else the last one that is.
            pins: those of them that are pinned.
        """
        self._pins = tuple(ref for ref in dict.fromkeys(pins) if ref in selection)
        free = [ref for ref in selection if ref not in self._pins]
        self._current = free[-1] if free else selection[-1] if selection else None
        self._selection_set()

    # -- what the person does --------------------------------------------------------------------------------

    def select(self, ref: Ref | None) -> None:
        """Make something the current one, None for nothing; pinned ones stay."""
        self._change(ref, self._pins)

    def toggle_pin(self, ref: Ref | None = None) -> None:
        """Pin something, or let it go where it is pinned; the current one by default."""
        ref = ref or self._current
        if ref is None:
            return
        if ref in self._pins:
            pins = tuple(pin for pin in self._pins if pin != ref)
            self._change(None if ref == self._current else self._current, pins)
        else:
            # What was current and is not pinned would vanish when a second one is pinned: both stay.
            free = () if self._current is None or self._current in (*self._pins, ref) else (self._current,)
            self._change(ref, (*self._pins, *free, ref))

    def clear_selection(self) -> bool:
        """Select nothing; where only pinned ones are left, let those go. False where nothing was selected."""
        if not self.selection:
            return False
        only_pins = self._current is None or self._current in self._pins
        self._change(None, () if only_pins else self._pins)
        return True

    def walk(self, way: str) -> None:
        """Go from the current unit or edge to its neighbour, see ``nnviz.picture.walk``."""
        layout = self.layout_now()
        if self._snapshot is not None and layout is not None:
            self.select(step(layout, self._snapshot, self._current, way, self._look.edges))

    def walk_to_edge(self) -> None:
        """Go from the current unit to the strongest edge into it, and from an edge to the unit it leads to."""
        layout, at = self.layout_now(), self._current
        if self._snapshot is None or layout is None or at is None:
            return
        if isinstance(at, EdgeRef):
            self.select(UnitRef(at.layer, at.unit))
        else:
            self.select(strongest_edge(layout, self._snapshot, at, self._look.edges) or at)

    def _change(self, current: Ref | None, pins: tuple[Ref, ...]) -> None:
        before = self.selection, self._pins, self._current
        self._current, self._pins = current, pins
        if (self.selection, self._pins, self._current) == before:
            return
        self._selection_set()
        self.selection_changed.emit(self.selection)
        self._say()

    def _selection_set(self) -> None:
        self.set_focus(self.focused)
        self._describe()
        self.update()

    # -- words -----------------------------------------------------------------------------------------------

    def _words(self) -> str:
        if self._snapshot is None or self._current is None:
            return ""
        words = said_of(self._snapshot, self._current, self._meaning, self._feature_names)
        return f"{words}, pinned" if self._current in self._pins else words

    def _say(self) -> None:
        announce(self, self._words() or "Nothing selected")

    def _describe(self) -> None:
        super()._describe()
        words = self._words()
        if words:
            self.setAccessibleDescription(f"{words}. {self.accessibleDescription()}")

    def _snapshot_taken(self) -> None:
        snapshot = self._snapshot
        if snapshot is not None and self.selection:
            self._pins = tuple(ref for ref in self._pins if fits(snapshot.spec, ref))
            if self._current is not None and not fits(snapshot.spec, self._current):
                self._current = None
            self.set_focus(self.focused)
        super()._snapshot_taken()

    # -- painting --------------------------------------------------------------------------------------------

    def _paint_rings(self, painter: QPainter, scene: Scene) -> None:
        """Ring what is selected, the pinned dashed."""
        for ref in self.selection:
            for color, width in ((self._theme.surface, HALO_PX), (self._theme.text, RING_PX)):
                pen = QPen(QColor(color), width)
                if ref in self._pins and width == RING_PX:
                    pen.setDashPattern(list(_DASHES))
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                if isinstance(ref, EdgeRef):
                    _paint_edge(painter, scene.layout, ref)
                else:
                    area = ring_of(scene.layout, ref)
                    if area is not None:
                        painter.drawEllipse(area)


def ring_of(layout: Layout, ref: UnitRef) -> QRectF | None:
    """Return the ring around a unit, logical pixels of the view, or None where it is not drawn."""
    place = layout.place_of(ref.layer, ref.unit) if ref.layer < len(layout.boxes) else None
    if place is None:
        return None
    bias = layout.bias_of(ref.layer) if ref.unit == BIAS else None
    radius = max((layout.boxes[ref.layer].radius if bias is None else bias.radius) + 3.0, LEAST_RING_PX)
    return QRectF(place[0] - radius, place[1] - radius, 2 * radius, 2 * radius)


def _paint_edge(painter: QPainter, layout: Layout, ref: EdgeRef) -> None:
    """Paint a line from the ring of one end to the ring of the other, and the rings."""
    ends = [ring_of(layout, UnitRef(ref.layer - 1, ref.source)), ring_of(layout, UnitRef(ref.layer, ref.unit))]
    for end in ends:
        if end is not None:
            painter.drawEllipse(end)
    if ends[0] is None or ends[1] is None:
        return
    a, b = ends[0].center(), ends[1].center()
    long = math.hypot(b.x() - a.x(), b.y() - a.y())
    radii = ends[0].width() / 2, ends[1].width() / 2
    if long > sum(radii):
        way = QPointF((b.x() - a.x()) / long, (b.y() - a.y()) / long)
        painter.drawLine(a + way * radii[0], b - way * radii[1])
