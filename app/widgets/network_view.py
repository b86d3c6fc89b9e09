"""The picture of the network under the hand: what is under the pointer, zoom, keys. Values in by setters."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.widgets.caption_controls import CaptionControls
from app.widgets.compare_card import compared, paint_echo
from app.widgets.edge_pictures import EdgePicture
from app.widgets.network_canvas import REDRAW_DELAY_MS
from app.widgets.network_card import paint_card
from app.widgets.network_scene import Scene
from app.widgets.network_selection import SelectableNetwork
from app.widgets.network_values import edge_card, unit_card
from app.widgets.network_waves import paint_highlight
from nnviz.picture.refs import BIAS, EdgeRef, Ref, UnitRef, fits
from nnviz.training.records import Snapshot

MIN_ZOOM, MAX_ZOOM = 0.5, 24.0
#: How near to an edge the pointer must be, logical pixels.
EDGE_REACH = 5.0
#: How many edges of the unit under the pointer are painted again.
UNIT_EDGES = 40

#: How far one stroke of a key moves the picture, logical pixels.
PAN_PX = 40
_K = Qt.Key
#: Keys that walk from unit to unit and from layer to layer, see ``nnviz.picture.walk``.
_WALKS = {
    _K.Key_Left: "left", _K.Key_Right: "right", _K.Key_Up: "up", _K.Key_Down: "down",
    _K.Key_PageUp: "row_up", _K.Key_PageDown: "row_down", _K.Key_Home: "first", _K.Key_End: "last",
}  # fmt: skip
_PANS = {_K.Key_Left: (1, 0), _K.Key_Right: (-1, 0), _K.Key_Up: (0, 1), _K.Key_Down: (0, -1)}
#: Reasons for which the focus comes by the keyboard: only then a ring around the whole view helps.
_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class NetworkView(SelectableNetwork):
    """Draws a snapshot of a network, animates one step over it, tells what is under the pointer and selects it."""

    #: What is under the pointer as a tuple of (name, value) pairs, the first the heading; None for nothing.
    hovered = Signal(object)
    #: Ref: the unit or edge under the pointer, None for nothing; a view beside this one points it out, too.
    pointed_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._pointer: QPointF | None = None
        # Where the button went down, until it is clear that this is no click.
        self._pressed: QPointF | None = None
        self._drag: QPointF | None = None
        self._target: Ref | None = None
        # Under the pointer in the view beside this one.
        self._echo: Ref | None = None
        self._ring = False
        self._card: tuple[tuple[str, ...], ...] = ()
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
        self.viewport_changed.emit()

    def fit(self) -> None:
        """Show the whole network."""
        self._zoom, self._pan = 1.0, QPointF(0, 0)
        self._request_edges()
        self._refresh_card()
        self.update()
        self.viewport_changed.emit()

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the picture by logical pixels."""
        self._pan += QPointF(dx, dy)
        self._redraw.start(REDRAW_DELAY_MS)
        self.update()
        self.viewport_changed.emit()

    # -- what is under the pointer -----------------------------------------------------------------------

    def _picture_changed(self) -> None:
        self._refresh_card()

    def _refresh_card(self) -> None:
        if self._pointer is None or self._snapshot is None or self._drag is not None:
            self._set_target(None)
        elif self.layout_now() is not None:
            self._set_target(self.ref_at(self._pointer))

    def ref_at(self, point: QPointF) -> Ref | None:
        """Return the unit, else the edge, at a point of the view, or None."""
        layout = self.layout_now()
        if layout is None or self._snapshot is None:
            return None
        hit = layout.hit(point.x(), point.y())
        found = self._edge_under(point) if hit is None else UnitRef(*hit)
        # Pictures of edges may be of the network before.
        return found if found is not None and fits(self._snapshot.spec, found) else None

    @property
    def pointed(self) -> Ref | None:
        """What is under the pointer."""
        return None if self._pointer is None else self.ref_at(self._pointer)

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

    def _edge_under(self, at: QPointF) -> EdgeRef | None:
        best: tuple[float, EdgeRef] | None = None
        for layer, picture in self._shown_pictures():
            hit = picture.nearest(at.x(), at.y(), EDGE_REACH) if picture.area.contains(at) else None
            if hit is None:
                continue
            index, distance = hit
            found = EdgeRef(layer + 1, int(picture.sources[index]), int(picture.units[index]))
            if best is None or distance < best[0]:
                best = (distance, found)
        return None if best is None else best[1]

    def _set_target(self, target: Ref | None) -> None:
        changed = target != self._target
        self._target = target
        if changed:
            self.pointed_changed.emit(target)
        card: tuple[tuple[str, ...], ...] = ()
        if target is not None and self._snapshot is not None:
            card = self._card_of(self._snapshot, target)
            if self.peer is not None:
                card = compared(card, self._card_of(self.peer, target))
        if changed or card != self._card:
            self._card = card
            self.hovered.emit(card or None)
            self.update()

    def _card_of(self, snapshot: Snapshot, ref: Ref) -> tuple[tuple[str, ...], ...]:
        if isinstance(ref, UnitRef):
            return unit_card(snapshot, ref.layer, ref.unit, self._meaning, self._feature_names)
        return edge_card(snapshot, ref.layer - 1, ref.source, ref.unit)

    def set_echo(self, ref: Ref | None) -> None:
        """Point out in place what is under the pointer in the view beside this one; emits nothing."""
        if ref != self._echo:
            self._echo = ref
            self.update()

    # -- painting ----------------------------------------------------------------------------------------

    def _paint_below_units(self, painter: QPainter, scene: Scene) -> None:
        self._paint_edges_of(painter, scene, self._target or self._echo)

    def _paint_on_top(self, painter: QPainter, scene: Scene) -> None:
        self._paint_rings(painter, scene)
        if self._ring:
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        self.captions.paint(painter, self._theme)
        if self._echo is not None:
            paint_echo(painter, scene, self._echo)
        if self._card and self._pointer is not None:
            paint_card(painter, scene, self._pointer, self._card)

    def _paint_edges_of(self, painter: QPainter, scene: Scene, ref: Ref | None) -> None:
        if ref is None or self._pictures is None:
            return
        for layer, picture in self._shown_pictures():
            if isinstance(ref, EdgeRef):
                if layer != ref.layer - 1:
                    continue
                chosen = np.flatnonzero((picture.sources == ref.source) & (picture.units == ref.unit))
            elif layer == ref.layer - 1 and ref.unit != BIAS:
                chosen = np.flatnonzero(picture.units == ref.unit)[-UNIT_EDGES:]
            elif layer == ref.layer:
                chosen = np.flatnonzero(picture.sources == ref.unit)[-UNIT_EDGES:]
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
        """Begin to pan, or to click."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._set_ring(False)
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or tell what is under the pointer."""
        self._pointer = event.position()
        if self._pressed is not None and self._drag is None:
            way = event.position() - self._pressed
            if way.manhattanLength() >= QApplication.startDragDistance():
                self._drag = self._pressed
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._drag is not None:
            moved = event.position() - self._drag
            self._drag = event.position()
            self.pan_by(moved.x(), moved.y())
            return
        self._refresh_card()
        if self._card:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End panning; a click selects what is under it, with Shift or Ctrl it pins; on empty ground it clears."""
        clicked = self._pressed is not None and self._drag is None and event.button() == Qt.MouseButton.LeftButton
        self._pressed = self._drag = None
        self.unsetCursor()
        if clicked:
            ref, modifiers = self.ref_at(event.position()), Qt.KeyboardModifier
            if event.modifiers() & (modifiers.ShiftModifier | modifiers.ControlModifier):
                if ref is not None:
                    self.toggle_pin(ref)
            else:
                self.select(ref)
        self._refresh_card()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole network; a double click on a unit is two clicks."""
        if not isinstance(self.ref_at(event.position()), UnitRef):
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._pointer = None
        self._set_target(None)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Take Escape before the window's action does while something is selected."""
        overrides = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if overrides and event.key() == Qt.Key.Key_Escape and self.selection:  # type: ignore[attr-defined]
            event.accept()
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys act on the picture, where they brought the focus."""
        self._set_ring(event.reason() in _BY_KEYS)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the keys act on something else."""
        self._set_ring(False)
        super().focusOutEvent(event)

    def _set_ring(self, shown: bool) -> None:
        if shown != self._ring:
            self._ring = shown
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk with the arrows, pin with Enter; zoom with + and −, fit with 0, play with the space bar.

        Shift and an arrow move the picture; E goes from a unit to its strongest edge and back, Escape clears.
        """
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        has_shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if key in (_K.Key_Plus, _K.Key_Equal):
            self.zoom_by(1.25)
        elif key == _K.Key_Minus:
            self.zoom_by(0.8)
        elif key == _K.Key_0:
            self.fit()
        elif key == _K.Key_Space:
            self.toggle()
        elif key in _PANS and has_shift:
            self.pan_by(PAN_PX * _PANS[key][0], PAN_PX * _PANS[key][1])
        elif key in _WALKS:
            self.walk(_WALKS[key])
        elif key in (_K.Key_Return, _K.Key_Enter):
            self.toggle_pin()
        elif key == _K.Key_E and not modifiers:
            self.walk_to_edge()
        elif key != _K.Key_Escape or not self.clear_selection():
            super().keyPressEvent(event)
