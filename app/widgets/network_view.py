"""The picture of the network under the hand: what is under the pointer, zoom, keys. Values in by setters."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.widgets.caption_controls import CaptionControls
from app.widgets.edge_pictures import EdgePicture
from app.widgets.network_canvas import REDRAW_DELAY_MS
from app.widgets.network_card import paint_card
from app.widgets.network_player import NetworkPlayer
from app.widgets.network_scene import Scene
from app.widgets.network_values import edge_card, unit_card
from app.widgets.network_waves import paint_highlight
from nnviz.picture.refs import EdgeRef, Ref, UnitRef

MIN_ZOOM, MAX_ZOOM = 0.5, 24.0
#: How near to an edge the pointer must be, logical pixels.
EDGE_REACH = 5.0
#: How many edges of the unit under the pointer are painted again.
UNIT_EDGES = 40

Target = tuple[str, int, int, int]


class NetworkView(NetworkPlayer):
    """Draws a snapshot of a network, animates one step over it, and tells what is under the pointer."""

    #: What is under the pointer as a tuple of (name, value) pairs, the first the heading; None for nothing.
    hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pointer: QPointF | None = None
        self._drag: QPointF | None = None
        self._target: Target | None = None
        self._card: tuple[tuple[str, str], ...] = ()
        self.captions = CaptionControls(self, self)
        self.captions.changed.connect(self.update)
        self.captions.look_requested.connect(self.look_requested)

    # -- zoom --------------------------------------------------------------------------------------------

    def zoom_by(self, factor: float, center: QPointF | None = None) -> None:
        """Zoom about a point of the view, its middle by default."""
        center = center or QPointF(self.width() / 2, self.height() / 2)
        zoom = min(max(self._zoom * factor, MIN_ZOOM), MAX_ZOOM)
        self._pan = center - (center - self._pan) * (zoom / self._zoom)
        self._zoom = zoom
        self._redraw.start(REDRAW_DELAY_MS)
        self._refresh_card()
        self.update()

    def fit(self) -> None:
        """Show the whole network."""
        self._zoom, self._pan = 1.0, QPointF(0, 0)
        self._request_edges()
        self._refresh_card()
        self.update()

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the picture by logical pixels."""
        self._pan += QPointF(dx, dy)
        self._redraw.start(REDRAW_DELAY_MS)
        self.update()


    # -- what is under the pointer -----------------------------------------------------------------------

    def _picture_changed(self) -> None:
        self._refresh_card()

    def _refresh_card(self) -> None:
        if self._pointer is None or self._snapshot is None or self._drag is not None:
            self._set_target(None)
            return
        layout = self.layout_now()
        if layout is None:
            return
        hit = layout.hit(self._pointer.x(), self._pointer.y())
        if hit is not None:
            self._set_target(("unit", hit[0], hit[1], 0))
            return
        self._set_target(self._edge_under(self._pointer))

    @property
    def current(self) -> Ref | None:
        """What the keys act on: what is under the pointer."""
        return None if self._pointer is None else self.ref_at(self._pointer)

    def ref_at(self, point: QPointF) -> Ref | None:
        """Return the unit, else the edge, at a point of the view, or None."""
        layout = self.layout_now()
        if layout is None:
            return None
        hit = layout.hit(point.x(), point.y())
        if hit is not None:
            return UnitRef(*hit)
        found = self._edge_under(point)
        return None if found is None else EdgeRef(found[1] + 1, found[2], found[3])

    def _shown_pictures(self) -> list[tuple[int, EdgePicture]]:
        frame = self.frame
        if self._pictures is None or frame is None:
            return []
        shown = []
        for layer, look in enumerate(frame.edges):
            picture = self._pictures.get(layer, look.over) if look.over and look.high - look.low > 0.5 else None
            picture = picture or self._pictures.get(layer, look.base)
            if picture is not None:
                shown.append((layer, picture))
        return shown

    def _edge_under(self, at: QPointF) -> Target | None:
        best: tuple[float, tuple[str, int, int, int]] | None = None
        for layer, picture in self._shown_pictures():
            hit = picture.nearest(at.x(), at.y(), EDGE_REACH) if picture.area.contains(at) else None
            if hit is None:
                continue
            index, distance = hit
            found = ("edge", layer, int(picture.sources[index]), int(picture.units[index]))
            if best is None or distance < best[0]:
                best = (distance, found)
        return None if best is None else best[1]

    def _set_target(self, target: Target | None) -> None:
        changed = target != self._target
        self._target = target
        card: tuple[tuple[str, str], ...] = ()
        if target is not None and self._snapshot is not None:
            if target[0] == "unit":
                card = unit_card(self._snapshot, target[1], target[2], self._meaning, self._feature_names)
            else:
                card = edge_card(self._snapshot, target[1], target[2], target[3])
        if changed or card != self._card:
            self._card = card
            self.hovered.emit(card or None)
            self.update()

    # -- painting ----------------------------------------------------------------------------------------

    def _paint_below_units(self, painter: QPainter, scene: Scene) -> None:
        self._paint_target_edges(painter, scene)

    def _paint_on_top(self, painter: QPainter, scene: Scene) -> None:
        self.captions.paint(painter, self._theme)
        if self._card and self._pointer is not None:
            paint_card(painter, scene, self._pointer, self._card)

    def _paint_target_edges(self, painter: QPainter, scene: Scene) -> None:
        if self._target is None or self._pictures is None:
            return
        kind, layer, first, second = self._target
        for index, picture in self._shown_pictures():
            if kind == "edge" and index == layer:
                chosen = np.flatnonzero((picture.sources == first) & (picture.units == second))
            elif kind == "unit" and index == layer - 1:
                chosen = np.flatnonzero(picture.units == first)[-UNIT_EDGES:]
            elif kind == "unit" and index == layer:
                chosen = np.flatnonzero(picture.sources == first)[-UNIT_EDGES:]
            else:
                continue
            paint_highlight(painter, scene, picture, chosen)

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        steps = event.angleDelta().y() / 120
        if steps:
            self.zoom_by(1.2**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or tell what is under the pointer."""
        self._pointer = event.position()
        if self._drag is not None:
            moved = event.position() - self._drag
            self._drag = event.position()
            self.pan_by(moved.x(), moved.y())
            return
        self._refresh_card()
        if self._card:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End panning."""
        self._drag = None
        self.unsetCursor()
        self._refresh_card()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole network."""
        self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._pointer = None
        self._set_target(None)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom with + and −, fit with 0, pan with arrows, play with the space bar."""
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1.25)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(0.8)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_Space:
            self.toggle()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
            dx = {Qt.Key.Key_Left: 40, Qt.Key.Key_Right: -40}.get(Qt.Key(key), 0)
            dy = {Qt.Key.Key_Up: 40, Qt.Key.Key_Down: -40}.get(Qt.Key(key), 0)
            self.pan_by(dx, dy)
        else:
            super().keyPressEvent(event)
