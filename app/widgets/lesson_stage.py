"""The network on a lecture's stage: one stage of the animation at a time, played or at rest, with rings on it."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.theme import LIGHT, Theme
from app.widgets.network_view import NetworkView
from app.widgets.slide_painting import paint_marks
from nnviz.picture.timeline import Stage
from nnviz.training.records import Snapshot

FRAME_INTERVAL_MS = 16
#: A stall must not make the movement jump: at most this much of it a frame.
MAX_FRAME_S = 0.1
#: The end of a stage belongs to the next one; this much before it the stage is at rest.
BEFORE_END_S = 1e-6


class MarkLayer(QWidget):
    """Rings round units and a line along an edge, over the network; lets the mouse through."""

    def __init__(self, view: NetworkView) -> None:
        super().__init__(view)
        self.setObjectName("marks")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view = view
        self._theme = LIGHT
        self._text = 16.0
        self._units: tuple[tuple[int, int], ...] = ()
        self._edge: tuple[int, int, int] | None = None

    @property
    def units(self) -> tuple[tuple[int, int], ...]:
        """The (layer, unit) pairs that are ringed."""
        return self._units

    @property
    def edge(self) -> tuple[int, int, int] | None:
        """The edge that is marked: (dense layer from 1, source, unit)."""
        return self._edge

    def set_marks(self, units: tuple[tuple[int, int], ...], edge: tuple[int, int, int] | None) -> None:
        """Set what is marked: (layer, unit) pairs, and (dense layer from 1, source, unit) or None."""
        self._units, self._edge = units, edge
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_text_size(self, pixels: float) -> None:
        """Set the base text size, from which the rings' width follows."""
        self._text = pixels
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the marks where the units now stand."""
        layout = self._view.layout_now()
        if layout is None or not (self._units or self._edge):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_marks(painter, layout, self._units, self._edge, self._theme, self._text)
        painter.end()


class LessonStage(QWidget):
    """A NetworkView that shows one stage of the animation: its movement once, then its end.

    The view takes no focus: the keys belong to the presenter.
    """

    #: Whether a movement runs.
    moving_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lesson_stage")
        self.view = NetworkView(self)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.set_fine(False)  # a slide tells of dL/da and dL/dz together
        self.marks = MarkLayer(self.view)
        self._wanted: tuple[tuple[tuple[int, int], ...], tuple[int, int, int] | None] = ((), None)
        self._stage: Stage | None = None
        self._time = 0.0
        self._last_tick = 0.0
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(FRAME_INTERVAL_MS)
        self._clock.timeout.connect(self._tick)

    # -- values in ---------------------------------------------------------------------------------------------

    def set_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show another snapshot, still; what was shown of the older one ends."""
        self._stop()
        self._stage = None
        self.view.set_snapshot(snapshot)

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """Set the names of the output units."""
        self.view.set_class_names(names)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.view.set_theme(theme)
        self.marks.set_theme(theme)

    def set_text_size(self, pixels: float) -> None:
        """Set the base text size in logical pixels."""
        self.view.set_text_size(pixels)
        self.marks.set_text_size(pixels)

    def set_marks(self, units: tuple[tuple[int, int], ...], edge: tuple[int, int, int] | None) -> None:
        """Set what is ringed when nothing moves."""
        self._wanted = (units, edge)
        self._show_marks()

    # -- the movement ------------------------------------------------------------------------------------------

    @property
    def is_moving(self) -> bool:
        """Whether a movement runs."""
        return self._clock.isActive()

    @property
    def is_paused(self) -> bool:
        """Whether a movement was stopped on its way."""
        return self._stage is not None and not self.is_moving and self._time < self._rest(self._stage)

    @property
    def stage(self) -> Stage | None:
        """The stage shown, None for the still picture."""
        return self._stage

    def show_still(self) -> None:
        """Show the whole pass at once."""
        self._stop()
        self._stage = None
        self.view.set_time(None)
        self._show_marks()

    def show_rest(self, stage: Stage) -> None:
        """Show the end of a stage."""
        self._stop()
        self._stage = stage
        self._set_time(self._rest(stage))
        self._show_marks()

    def play(self, stage: Stage) -> None:
        """Play a stage from its start to its end, at speed 1; with reduced motion show its end."""
        if self.view.look.reduce_motion:
            self.show_rest(stage)
            return
        self._stop()
        self._stage = stage
        self._set_time(stage.start)
        self._start()

    def finish(self) -> None:
        """Go to the end of the movement at once."""
        if self._stage is not None:
            self.show_rest(self._stage)

    def toggle(self) -> None:
        """Pause the movement, go on with it, or play it again where it is over."""
        if self._stage is None:
            return
        if self.is_moving:
            self._stop()
        elif self.is_paused:
            self._start()
        else:
            self.play(self._stage)

    def close_stage(self) -> None:
        """Stop timers and the drawing thread; the stage is not used afterwards."""
        self._clock.stop()
        self.view.close_drawer()

    @staticmethod
    def _rest(stage: Stage) -> float:
        return stage.end - BEFORE_END_S

    def _set_time(self, t: float) -> None:
        self._time = t
        self.view.set_time(t)

    def _start(self) -> None:
        self._last_tick = time.perf_counter()
        self._clock.start()
        self._show_marks()
        self.moving_changed.emit(True)

    def _stop(self) -> None:
        if self._clock.isActive():
            self._clock.stop()
            self.moving_changed.emit(False)

    def _tick(self) -> None:
        now = time.perf_counter()
        passed, self._last_tick = min(now - self._last_tick, MAX_FRAME_S), now
        stage = self._stage
        if stage is None or self._time + passed >= self._rest(stage):
            self.finish()
        else:
            self._set_time(self._time + passed)

    def _show_marks(self) -> None:
        units, edge = ((), None) if self.is_moving else self._wanted
        self.marks.set_marks(units, edge)

    # -- overrides of Qt ---------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let view and marks fill the stage."""
        self.view.setGeometry(self.rect())
        self.marks.setGeometry(self.view.rect())
        super().resizeEvent(event)
