"""The picture of the network in time: the animation of one step, played, held, scrubbed."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.widgets.network_picture import NetworkPicture
from nnviz.picture.answers import answer_of
from nnviz.picture.timeline import Frame, Stage, frame_at, stage_index, stages

FRAME_INTERVAL_MS = 16


class NetworkPlayer(NetworkPicture):
    """A picture of a network that animates one step over its snapshot."""

    #: Seconds of the animation now shown, at speed 1.
    time_changed = Signal(float)
    #: Whether the animation runs.
    playing_changed = Signal(bool)
    #: A tuple of Stage: the stages that can now be played.
    stages_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speed = 1.0
        self._plan: tuple[Stage, ...] = ()
        self._last_tick = 0.0
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(FRAME_INTERVAL_MS)
        self._clock.timeout.connect(self._tick)

    def set_speed(self, speed: float) -> None:
        """Set the speed of the animation; 1 is about 15 seconds for a step of a network of three layers."""
        self._speed = speed

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
        if self._blank or self._time is None:
            return super().frame
        layers = len(self._snapshot.spec.layers)
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

    def close_drawer(self) -> None:
        """Stop timers and the drawing thread; the view is not used afterwards."""
        self._clock.stop()
        super().close_drawer()

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

    def _snapshot_taken(self) -> None:
        self._stop_clock()
        self._time = None
        self._plan_stages()

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

    def _describe(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            self.setAccessibleDescription("No network yet")
            return
        said = answer_of(self._meaning, snapshot).said
        text = f"Network {snapshot.spec.title} after {snapshot.step} steps; predicts {said}"
        if self._time is not None:
            text += f"; stage {self._stage() + 1} of {len(self._plan)}"
        self.setAccessibleDescription(text)
