"""The picture of the network: zoom, hover, and the animation of a step. Values in by setters, wishes out."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.png import png_bytes
from app.theme import LIGHT, Theme, ui_font
from app.widgets import network_painter as paint
from app.widgets.edge_pictures import EdgeDrawer, EdgeJob, EdgePicture, EdgePictures
from app.widgets.network_values import edge_card, unit_card
from nnviz.picture.layout import Layout, arrange, output_margin
from nnviz.picture.timeline import Frame, Stage, blank, frame_at, stage_index, stages, still
from nnviz.storage.atomic import write_bytes_atomically
from nnviz.training.records import Snapshot

FRAME_INTERVAL_MS = 16
#: Wait after a zoom before the edges are drawn anew; until then the old picture is moved and scaled.
REDRAW_DELAY_MS = 60
MIN_ZOOM, MAX_ZOOM = 0.5, 24.0
#: How long the old picture stays while the edges of a new snapshot are drawn; then units and edges part for a moment.
PATIENCE_MS = 45
#: How near to an edge the pointer must be, logical pixels.
EDGE_REACH = 5.0
ANIMATED = ("weight", "contribution", "gradient", "update", "contribution_after")


class NetworkView(QWidget):
    """Draws a snapshot of a network and animates one step over it."""

    #: Seconds of the animation now shown, at speed 1.
    time_changed = Signal(float)
    #: Whether the animation runs.
    playing_changed = Signal(bool)
    #: A tuple of Stage: the stages that can now be played.
    stages_changed = Signal(object)
    #: What is under the pointer as a tuple of (name, value) pairs, the first the heading; None for nothing.
    hovered = Signal(object)
    #: A picture of the newest snapshot is on the screen: another may be made.
    snapshot_painted = Signal()
    #: A sentence for the window.
    failed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("network_view")
        self.setAccessibleName("Network")
        self.setToolTip("")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 240)
        self._theme = LIGHT
        self._text = 13.0
        self._snapshot: Snapshot | None = None
        # What is painted: the newest as soon as its edges are drawn, so that units and edges are of one moment.
        self._visible: Snapshot | None = None
        self._class_names: tuple[str, ...] = ()
        self._feature_names: tuple[str, ...] = ()
        self._edge_quantity = "contribution"
        self._unit_quantity = "a"
        self._top_k: int | None = 300
        self._wide = "grid"
        self._output_room: float | None = None
        self._zoom, self._pan = 1.0, QPointF(0, 0)
        self._home: Layout | None = None
        self._placed: tuple[tuple[float, float, float], Layout] | None = None
        self._pictures: EdgePictures | None = None
        self._time: float | None = None
        self._speed = 1.0
        self._plan: tuple[Stage, ...] = ()
        self._last_tick = 0.0
        self._pointer: QPointF | None = None
        self._drag: QPointF | None = None
        self._target: tuple[str, int, int, int] | None = None
        self._card: tuple[tuple[str, str], ...] = ()
        self._unpainted = False
        self._wants_edges = False
        self._blank = False
        self._drawer = EdgeDrawer(self)
        self._drawer.drawn.connect(self._take_pictures)
        self._drawer.failed.connect(self.failed)
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(FRAME_INTERVAL_MS)
        self._clock.timeout.connect(self._tick)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.timeout.connect(self._request_edges)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._show_newest)

    # -- values in ---------------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot | None:
        """The snapshot that is shown."""
        return self._snapshot

    def set_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a snapshot; an animation in hand goes back to the still picture of it."""
        old = self._snapshot
        self._snapshot = snapshot
        self._unpainted = snapshot is not None
        waits = self._pictures is not None and self._time is None and self.isVisible()
        if snapshot is None:
            self._home, self._pictures = None, None
        elif old is None or old.spec != snapshot.spec:
            self._home, self._pictures = None, None
            self._zoom, self._pan = 1.0, QPointF(0, 0)
        self._stop_clock()
        self._time = None
        self._plan_stages()
        self._request_edges()
        self._refresh_card()
        self._describe()
        if waits and self._pictures is not None:
            if not self._patience.isActive():
                self._patience.start()
        else:
            self._show_newest()

    def _show_newest(self) -> None:
        self._patience.stop()
        self._visible = self._snapshot
        self.update()

    def set_blank(self, blank: bool) -> None:
        """Show only the weights, for want of an input, instead of a pass; emits nothing."""
        if blank != self._blank:
            self._blank = blank
            self._request_edges()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._request_edges()
        self.update()

    def set_text_size(self, pixels: float) -> None:
        """Set the base text size in logical pixels."""
        self._text = pixels
        self._home = None
        self._request_edges()
        self.update()

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the output units."""
        self._class_names = names
        self._home = None
        self._request_edges()
        self.update()

    def set_feature_names(self, names: tuple[str, ...]) -> None:
        """Set the names of inputs that are no image."""
        self._feature_names = names
        self._home = None
        self._request_edges()
        self.update()

    def set_edge_quantity(self, quantity: str) -> None:
        """Set what the edges show outside the animation."""
        self._edge_quantity = quantity
        self._request_edges()
        self.update()

    def set_unit_quantity(self, quantity: str) -> None:
        """Set what the units show outside the animation: ``"a"``, ``"z"`` or ``"dz"``."""
        self._unit_quantity = quantity
        self.update()

    def set_top_k(self, k: int | None) -> None:
        """Set how many edges of each layer are drawn, None for all."""
        self._top_k = k
        self._request_edges()

    def set_wide(self, wide: str) -> None:
        """Set what becomes of wide layers: ``"grid"`` or ``"elided"``."""
        self._wide = wide
        self._home = None
        self._request_edges()
        self.update()

    def set_output_room(self, pixels: float | None) -> None:
        """Set the room for class names and bars in logical pixels, None for what suits the width."""
        if pixels != self._output_room:
            self._output_room = pixels
            self._home = None
            self._request_edges()
            self.update()

    def set_speed(self, speed: float) -> None:
        """Set the speed of the animation; 1 is about 15 seconds for a step of a network of three layers."""
        self._speed = speed

    # -- animation ---------------------------------------------------------------------------------------

    @property
    def plan(self) -> tuple[Stage, ...]:
        """The stages that can be played."""
        return self._plan

    @property
    def time(self) -> float | None:
        """Seconds of the animation at speed 1, or None for the still picture."""
        return self._time

    @property
    def is_playing(self) -> bool:
        """Whether the animation runs."""
        return self._clock.isActive()

    @property
    def frame(self) -> Frame | None:
        """What is shown now."""
        if self._snapshot is None:
            return None
        layers = len(self._snapshot.spec.layers)
        if self._blank:
            return blank(layers)
        if self._time is None:
            return still(layers, self._edge_quantity, self._unit_quantity)
        return frame_at(self._plan, layers, self._time)

    def play(self) -> None:
        """Play on from where the animation stands; from the beginning where it is over or was not begun."""
        if not self._plan or self.is_playing:
            return
        if self._time is None or self._time >= self._plan[-1].end:
            self._time = 0.0
        self._request_edges()
        self._last_tick = time.perf_counter()
        self._clock.start()
        self.playing_changed.emit(True)
        self.update()

    def pause(self) -> None:
        """Hold the animation where it stands."""
        self._stop_clock()

    def toggle(self) -> None:
        """Play or pause."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    def set_time(self, t: float | None) -> None:
        """Show the animation at t seconds (speed 1), or the still picture for None."""
        if not self._plan:
            return
        was_still = self._time is None
        self._time = None if t is None else min(max(t, 0.0), self._plan[-1].end)
        if was_still or self._time is None:
            self._request_edges()
        self._describe()
        self.update()

    def show_stage(self, index: int) -> None:
        """Hold the animation at the end of a stage, index clamped."""
        if not self._plan:
            return
        self._stop_clock()
        stage = self._plan[min(max(index, 0), len(self._plan) - 1)]
        self.set_time(stage.end - 1e-6)
        self.time_changed.emit(self._time)

    def next_stage(self) -> None:
        """Hold at the end of the next stage."""
        self.show_stage(self._stage() + 1)

    def previous_stage(self) -> None:
        """Hold at the end of the stage before."""
        self.show_stage(self._stage() - 1)

    def _stage(self) -> int:
        return -1 if self._time is None else stage_index(self._plan, self._time)

    def _stop_clock(self) -> None:
        if self._clock.isActive():
            self._clock.stop()
            self.playing_changed.emit(False)

    def _tick(self) -> None:
        now = time.perf_counter()
        passed, self._last_tick = now - self._last_tick, now
        # A stall must not make the animation jump: at most a tenth of a second a frame.
        self._time = (self._time or 0.0) + min(passed, 0.1) * self._speed
        if self._time >= self._plan[-1].end:
            self._time = self._plan[-1].end
            self._stop_clock()
        self.time_changed.emit(self._time)
        self.update()

    def _plan_stages(self) -> None:
        snapshot = self._snapshot
        plan: tuple[Stage, ...] = ()
        if snapshot is not None:
            plan = stages(
                len(snapshot.spec.layers), backward=snapshot.gradients is not None,
                update=snapshot.update is not None,
            )
        if plan != self._plan:
            self._plan = plan
            self.stages_changed.emit(plan)

    # -- geometry ----------------------------------------------------------------------------------------

    def layout_now(self) -> Layout | None:
        """Return the places of all layers with zoom and pan applied, in logical pixels, or None."""
        if self._snapshot is None:
            return None
        if self._home is None:
            scale = self._text / 13
            self._home = arrange(
                self._snapshot.spec, self.width(), self.height(), wide=self._wide,
                top=58 * scale, bottom=paint.BOTTOM_ROOM * self._text + self._second_row(),
                right=self._output_room or self._room_for_names(),
                left=paint.names_width(self._feature_names, self._text),
            )
            self._placed = None
        key = (self._zoom, self._pan.x(), self._pan.y())
        if self._placed is None or self._placed[0] != key:
            self._placed = (key, self._home.moved(*key))
        return self._placed[1]

    def _room_for_names(self) -> float:
        """Return room right of the output for the longest class name, a bar and a percentage."""
        names = paint.names_width(self._class_names, self._text * 1.25)
        return max(output_margin(self.width()), min(names + 11.0 * self._text, 0.34 * self.width()))

    def _second_row(self) -> float:
        """Return the height of a second row of scales, needed where layers stand close together."""
        assert self._snapshot is not None
        tight = self.width() / len(self._snapshot.spec.sizes) < 18 * self._text
        return 1.4 * self._text if tight else 0.0

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

    def _request_edges(self) -> None:
        layout = self.layout_now()
        if self._snapshot is None or layout is None:
            return
        if not self.isVisible():
            self._wants_edges = True
            return
        self._wants_edges = False
        quantities = ANIMATED if self._time is not None else (self._edge_quantity,)
        if self._blank:
            quantities = ("weight",)
        self._drawer.request(
            EdgeJob(
                self._snapshot, layout, self.width(), self.height(), self.devicePixelRatioF(),
                self._theme.is_dark, self._top_k, quantities,
            )
        )

    def _take_pictures(self, pictures: EdgePictures) -> None:
        if self._snapshot is None or pictures.job.snapshot.spec != self._snapshot.spec:
            return  # a stale answer
        self._pictures = pictures
        if self._visible is not self._snapshot:
            # Units of the same moment as the edges, also where a still newer snapshot is on its way.
            self._visible = pictures.job.snapshot
        if self._visible is self._snapshot:
            self._patience.stop()
        self._refresh_card()
        self.update()

    @property
    def is_settled(self) -> bool:
        """Whether the edges on screen are those of the snapshot on screen."""
        return (
            self._pictures is not None and self._pictures.job.snapshot is self._snapshot
            and self._visible is self._snapshot and not self._drawer.is_busy and not self._redraw.isActive()
        )

    # -- what is under the pointer -----------------------------------------------------------------------

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

    def _edge_under(self, at: QPointF) -> tuple[str, int, int, int] | None:
        best: tuple[float, tuple[str, int, int, int]] | None = None
        for layer, picture in self._shown_pictures():
            if not picture.area.contains(at) or not len(picture.lines):
                continue
            a, b = picture.lines[:, :2], picture.lines[:, 2:]
            way = b - a
            p = np.array([at.x(), at.y()], np.float32)
            length = np.maximum((way * way).sum(axis=1), 1e-6)
            along = np.clip(((p - a) * way).sum(axis=1) / length, 0, 1)
            distance = np.hypot(*(a + along[:, None] * way - p).T)
            # Among edges under the pointer the strongest, drawn last, is the one that is seen.
            near = np.flatnonzero(distance <= EDGE_REACH)
            if not len(near):
                continue
            index = int(near[-1]) if distance[near].min() > 1.5 else int(near[np.argmin(distance[near])])
            found = ("edge", layer, int(picture.sources[index]), int(picture.units[index]))
            if best is None or distance[index] < best[0]:
                best = (float(distance[index]), found)
        return None if best is None else best[1]

    def _set_target(self, target: tuple[str, int, int, int] | None) -> None:
        changed = target != self._target
        self._target = target
        card: tuple[tuple[str, str], ...] = ()
        if target is not None and self._snapshot is not None:
            if target[0] == "unit":
                card = unit_card(
                    self._snapshot, target[1], target[2], self._class_names, self._feature_names
                )
            else:
                card = edge_card(self._snapshot, target[1], target[2], target[3])
        if changed or card != self._card:
            self._card = card
            self.hovered.emit(card or None)
            self.update()

    def _describe(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            self.setAccessibleDescription("No network yet")
            return
        names = self._class_names
        guess = snapshot.predicted
        name = names[guess] if guess < len(names) else str(guess)
        text = f"Network {snapshot.spec.title} after {snapshot.step} steps; predicts {name}"
        if self._time is not None:
            text += f"; stage {self._stage() + 1} of {len(self._plan)}"
        self.setAccessibleDescription(text)

    # -- out of the window -------------------------------------------------------------------------------

    def picture(self, scale: float = 2.0) -> QImage:
        """Return the view as it stands, ``scale`` device pixels for a logical one."""
        size = self.size() * scale
        image = QImage(size, QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(scale)
        image.fill(QColor(self._theme.surface))
        painter = QPainter(image)
        self._paint(painter, with_card=False)
        painter.end()
        return image

    def export(self, path: Path, scale: float = 2.0) -> None:
        """Save the view as PNG; the old file stays until the new one is whole.

        Raises:
            SaveError: the file could not be written.
        """
        write_bytes_atomically(path, png_bytes(self.picture(scale)))

    def close_drawer(self) -> None:
        """Stop timers and the drawing thread; the view is not used afterwards."""
        self._clock.stop()
        self._redraw.stop()
        self._patience.stop()
        self._drawer.close()

    # -- painting ----------------------------------------------------------------------------------------

    def _paint(self, painter: QPainter, *, with_card: bool = True) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        layout, frame, snapshot = self.layout_now(), self.frame, self._visible
        if snapshot is None or layout is None or frame is None:
            painter.setFont(ui_font(self._text * 1.1))
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "The network appears here.")
            return
        pictures = self._pictures
        scene = paint.Scene(
            snapshot, layout, frame, pictures, self._theme, self._class_names, self.width(), self.height(),
            self._text, self._second_row(), self._feature_names,
        )
        painter.save()
        self._paint_edges(painter, scene)
        painter.restore()
        self._paint_target_edges(painter, scene)
        paint.paint_units(painter, scene)
        paint.paint_outputs(painter, scene)
        if self._zoom <= 1.001:
            paint.paint_headings(painter, scene)
        paint.paint_legend(painter, scene)
        paint.paint_loss(painter, scene)
        if with_card and self._card and self._pointer is not None:
            paint.paint_card(painter, scene, self._pointer, self._card)

    def _paint_edges(self, painter: QPainter, scene: paint.Scene) -> None:
        """Paint the edge pictures; after a zoom the old ones are moved along until the new ones are there."""
        pictures = self._pictures
        if pictures is None:
            return
        old, new = pictures.job.layout.boxes[0], scene.layout.boxes[0]
        scale = new.width / old.width if old.width else 1.0
        dx, dy = new.x - old.x * scale, new.y - old.y * scale
        same = abs(scale - 1) < 1e-6 and abs(dx) < 0.01 and abs(dy) < 0.01
        if not same:
            painter.translate(dx, dy)
            painter.scale(scale, scale)
            scene = paint.Scene(
                scene.snapshot, pictures.job.layout, scene.frame, pictures, scene.theme, scene.class_names,
                scene.width, scene.height, scene.text, scene.second_row, scene.feature_names,
            )
        paint.paint_edges(painter, scene)

    def _paint_target_edges(self, painter: QPainter, scene: paint.Scene) -> None:
        if self._target is None or self._pictures is None:
            return
        kind, layer, first, second = self._target
        for index, picture in self._shown_pictures():
            if kind == "edge" and index == layer:
                chosen = np.flatnonzero((picture.sources == first) & (picture.units == second))
            elif kind == "unit" and index == layer - 1:
                chosen = np.flatnonzero(picture.units == first)[-40:]
            elif kind == "unit" and index == layer:
                chosen = np.flatnonzero(picture.sources == first)[-40:]
            else:
                continue
            paint.paint_highlight(painter, scene, picture, chosen)

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(900, 560)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame that holds now."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.surface))
        self._paint(painter)
        painter.end()
        if self._unpainted and self._visible is self._snapshot:
            self._unpainted = False
            self.snapshot_painted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew."""
        self._home = None
        self._redraw.start(REDRAW_DELAY_MS)
        super().resizeEvent(event)

    def showEvent(self, event: QEvent) -> None:
        """Draw the edges that were not needed while hidden."""
        self._request_edges()

    def changeEvent(self, event: QEvent) -> None:
        """Draw anew where the device pixel ratio changed."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._request_edges()
        super().changeEvent(event)

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
