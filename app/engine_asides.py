"""What the engine's thread computes beside the network in training: taught steps, checks of gradients."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.check_values import GradientCheck
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.keras_teach import KerasTeacher
from nnviz.training.records import Snapshot


class TeacherRoom:
    """Keeps the compiled teacher of the architecture that was taught last."""

    def __init__(self) -> None:
        self._teacher: KerasTeacher | None = None

    def ready(self, spec: NetworkSpec) -> KerasTeacher | None:
        """Return the teacher of an architecture, None where it must be compiled first."""
        return self._teacher if self._teacher is not None and self._teacher.spec == spec else None

    def prepare(self, spec: NetworkSpec) -> KerasTeacher:
        """Compile the teacher of another architecture; the one before is let go."""
        self.close()
        self._teacher = KerasTeacher(spec)
        return self._teacher

    def close(self) -> None:
        """Let the teacher go."""
        if self._teacher is not None:
            self._teacher.close()
            self._teacher = None


class Checker:
    """Compares the gradients of a snapshot in every way. ``allow`` and ``cancel`` may be called from any thread.

    Args:
        is_stopping: whether the thread is to end, which gives a check up, too.
    """

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self._is_stopping = is_stopping
        self._cancelled = threading.Event()

    def allow(self) -> None:
        """Forget that an earlier check was given up."""
        self._cancelled.clear()

    def cancel(self) -> None:
        """Give up the check in hand."""
        self._cancelled.set()

    def check(
        self,
        backend: KerasBackend | None,
        device: str,
        snapshot: Snapshot,
        batch: tuple[NDArray[np.float32], Any] | None,
        progress: Callable[[int, int], None],
    ) -> GradientCheck | None:
        """Return what was found, None where it was given up.

        Args:
            backend: the network there is; where the snapshot is of another one, Keras has that for this time only.
            device: where that one computes.
            snapshot: whose gradients.
            batch: see ``KerasBackend.check_gradients``.
            progress: told of the parts that are done, and of how many.
        """
        borrowed = None
        if backend is None or (backend.spec, backend.config.loss) != (snapshot.spec, snapshot.loss):
            config = TrainingConfig(loss=snapshot.loss)
            backend = borrowed = KerasBackend(snapshot.spec, config, snapshot.parameters, device=device)
        try:
            return backend.check_gradients(snapshot, batch, progress, self._is_over)
        finally:
            if borrowed is not None:
                borrowed.close()

    def _is_over(self) -> bool:
        return self._cancelled.is_set() or self._is_stopping()
