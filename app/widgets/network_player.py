"""The picture of the network in time: the animation of one step, played, held, scrubbed, looped."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.widgets.network_picture import NetworkPicture
from nnviz.picture.answers import answer_of
from nnviz.picture.timeline import Frame, Stage, at_rest, frame_at, stage_index, stages_of
from nnviz.training.records import Snapshot

FRAME_INTERVAL_MS = 16
#: A stall must not make the animation jump: at most this much of it a frame.
MAX_FRAME_S = 0.1
#: How long a movement waits for the pictures of its edges before it begins without them.
PATIENCE_S = 0.8


class NetworkPlayer(NetworkPicture):
    """A picture of a network that animates one step over its snapshot."""

    #: Seconds of the animation now shown, at speed 1.
    time_changed = Signal(float)
    #: Whether the animation runs.
    playing_changed = Signal(bool)
    #: A tuple of Stage: the stages that can now be played.
    stages_changed = Signal(object)
    #: A loop is over and begins anew.
    looped = Signal()
    #: Timers and threads are stopped; the view is not used any more.
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speed = 1.0
        self._plan: tuple[Stage, ...] = ()
        self._fine = True
        self._looping = False
        self._range: tuple[int, int] | None = None
        self._goes_on = False
        self._frame: tuple[tuple[Stage, ...], float, Frame] | None = None
        self._last_tick = 0.0
        self._waited = 0.0
        self._clock = QTimer(self)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.setInterval(FRAME_INTERVAL_MS)
        self._clock.timeout.connect(self._tick)

    def set_speed(self, speed: float) -> None:
        """Set the speed of the animation; 1 is about 20 seconds for a step of a network of three layers."""
        self._speed = speed

    def set_fine(self, fine: bool) -> None:
        """Choose whether dL/da, dL/dz, normalisation and optimizer are stages of their own; emits nothing else."""
        self._fine = fine
        self._plan_stages()

    def set_looping(self, looping: bool) -> None:
        """Choose whether the animation begins anew when it is over."""
        self._looping = looping

    def set_range(self, first: int, last: int) -> None:
        """Set the stages that a loop goes through, both included, clamped; the other way round they are turned."""
        top = max(0, len(self._plan) - 1)
        first, last = sorted((min(max(first, 0), top), min(max(last, 0), top)))
        self._range = None if (first, last) == (0, top) else (first, last)

    @property
    def range(self) -> tuple[int, int]:
        """The first and the last stage that a loop goes through."""
        return self._range or (0, max(0, len(self._plan) - 1))

    @property
    def is_looping(self) -> bool:
        """Whether the animation begins anew when it is over."""
        return self._looping

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
        if self._blank or self._time is None or not self._plan:
            return super().frame
        # Without movement each stage is shown complete, for as long as it would have lasted.
        t = at_rest(self._plan, self._time) if self._look.reduce_motion else self._time
        if self._frame is None or self._frame[0] is not self._plan or self._frame[1] != t:
            self._frame = (self._plan, t, frame_at(self._plan, len(self._snapshot.spec.layers), t))
        return self._frame[2]

    def play(self) -> None:
        """Play on from where the animation stands; from the beginning where it is over or was not begun."""
        if not self._plan or self.is_playing:
            return
        start, end = self._span()
        if self._time is None or self._time >= end or (self._looping and self._time < start):
            self._time = start
        self._request_edges()
        self._last_tick, self._waited = time.perf_counter(), 0.0
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
        self.set_time(stage.rest)
        self.time_changed.emit(self._time)

    def next_stage(self) -> None:
        """Hold at the end of the next stage."""
        self.show_stage(self._stage() + 1)

    def previous_stage(self) -> None:
        """Hold at the end of the stage before."""
        self.show_stage(self._stage() - 1)

    def go_on_with(self, snapshot: Snapshot) -> None:
        """Show another snapshot and let the animation run on with it, from the start of the loop."""
        self._goes_on = self.is_playing
        self.set_snapshot(snapshot)
        self._goes_on = False

    def close_drawer(self) -> None:
        """Stop timers and the drawing thread; the view is not used afterwards."""
        self._clock.stop()
        super().close_drawer()
        self.closed.emit()

    def _span(self) -> tuple[float, float]:
        """Return from when to when is played: the loop, or all."""
        first, last = self.range if self._looping else (0, len(self._plan) - 1)
        return self._plan[first].start, self._plan[last].end

    def _stage(self) -> int:
        return -1 if self._time is None else stage_index(self._plan, self._time)

    def _stop_clock(self) -> None:
        if self._clock.isActive():
            self._clock.stop()
            self.playing_changed.emit(False)

    def _has_its_edges(self) -> bool:
        """Whether the edges of the animation are drawn, of this snapshot."""
        pictures = self._pictures
        if pictures is None or not self.isVisible():
            return not self.isVisible()
        return pictures.job.snapshot is self._snapshot and len(pictures.job.quantities) > 1

    def _tick(self) -> None:
        now = time.perf_counter()
        passed, self._last_tick = min(now - self._last_tick, MAX_FRAME_S), now
        if self._waited < PATIENCE_S and not self._has_its_edges():
            self._waited += passed
            return
        before, self._time = self.frame, (self._time or 0.0) + passed * self._speed
        start, end = self._span()
        if self._time >= end:
            if self._looping:
                self._time, self._waited = start, 0.0
                self.looped.emit()
            else:
                self._time = end
                self._stop_clock()
        self.time_changed.emit(self._time)
        if self.frame is not before:
            self.update()

    def _snapshot_taken(self) -> None:
        if not self._goes_on:
            self._time = None
        # Before the clock: whoever hears that it stopped asks what can be played, of this snapshot.
        self._plan_stages()
        if not self._goes_on:
            self._stop_clock()
        if self._goes_on and self._plan:
            self._time, self._waited = self._span()[0], 0.0

    def _plan_stages(self) -> None:
        plan = () if self._snapshot is None else stages_of(self._snapshot, fine=self._fine)
        if plan != self._plan:
            self._plan = plan
            self._range = None
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
