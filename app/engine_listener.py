"""Who hears of what the engine does, in the engine's thread."""

from __future__ import annotations

from typing import Protocol

from app.engine_messages import Built, EngineState, Failure, Saved
from nnviz.data.dataset import Dataset
from nnviz.training.check_values import Compared, GradientCheck
from nnviz.training.records import Evaluation, Snapshot
from nnviz.training.teach import Taught


class Listener(Protocol):
    """Who hears of what happened; called in the worker's thread."""

    def on_ready(self, version: str) -> None: ...  # noqa: D102
    def on_devices(self, devices: tuple[str, ...]) -> None: ...  # noqa: D102
    def on_dataset(self, dataset: Dataset) -> None: ...  # noqa: D102
    def on_built(self, built: Built) -> None: ...  # noqa: D102
    def on_state(self, state: EngineState) -> None: ...  # noqa: D102
    def on_failed(self, failure: Failure) -> None: ...  # noqa: D102
    def on_evaluated(self, evaluation: Evaluation) -> None: ...  # noqa: D102
    def on_saved(self, saved: Saved) -> None: ...  # noqa: D102
    def on_finished(self, state: EngineState) -> None: ...  # noqa: D102
    def on_taught(self, serial: int, taught: Taught) -> None: ...  # noqa: D102
    def on_check_progress(self, done: int, total: int) -> None: ...  # noqa: D102
    def on_gradients_checked(self, snapshot: Snapshot, check: GradientCheck | None) -> None: ...  # noqa: D102
    def on_gradients_compared(self, compared: Compared) -> None: ...  # noqa: D102
