"""How fast training is, measured over the last second and a half."""

from __future__ import annotations

import time
from collections import deque

from app.engine_messages import EngineState
from app.session_values import Progress

WINDOW_S = 1.5
#: Text is refreshed this often, so that it can be read.
TEXT_INTERVAL_S = 0.25


class ProgressMeter:
    """Counts steps as they arrive and turns them into a Progress."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque(maxlen=200)
        self._told = 0.0

    def clear(self) -> None:
        """Forget the pace: training began or ended."""
        self._marks.clear()

    def note(self, steps: int) -> None:
        """Note how many steps have been made in all."""
        self._marks.append((time.monotonic(), steps))

    def is_due(self) -> bool:
        """Whether the text may be refreshed again; notes that it is, if so."""
        now = time.monotonic()
        if now - self._told < TEXT_INTERVAL_S:
            return False
        self._told = now
        return True

    def progress(self, state: EngineState | None, phase: str, epochs: int, steps: int, offset: int) -> Progress:
        """Return the progress.

        Args:
            state: what the engine said last, or None.
            phase: what it does.
            epochs: epochs wanted.
            steps: steps that have arrived, those before ``offset`` included.
            offset: steps made before the engine began to count.
        """
        if state is None:
            return Progress(phase, epochs=epochs)
        # The engine tells its position at changes of phase only; the steps that arrived are newer.
        done = max(state.step + offset, steps)
        total = state.total_steps + offset
        rate, remaining = 0.0, None
        since = time.monotonic() - WINDOW_S
        marks = [mark for mark in self._marks if mark[0] > since]
        if state.phase == "training" and len(marks) > 1 and marks[-1][0] > marks[0][0]:
            rate = (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])
            if rate > 0:
                remaining = max(0, total - steps) / rate
        return Progress(phase, state.epoch, epochs, done, total, state.steps_per_epoch, rate, remaining)
