"""One sample or the mean over many: turns the snapshots of a sample into those of a mean, where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from nnviz.data.dataset import Dataset
from nnviz.picture.means import Scope, mean_snapshot, samples_of
from nnviz.training.records import Snapshot

#: A mean follows training at most this often: it costs as much as so many single samples.
MEAN_INTERVAL_S = 0.33


class MeanDesk(QObject):
    """Passes the snapshots of a sample on, or makes the mean over a batch from their weights, in a thread of its own.

    Args:
        bench: has the data.
        samples: whose snapshots.
        parent: Qt's.
    """

    #: Snapshot now shown.
    snapshot_changed = Signal(object)
    #: Scope.
    scope_changed = Signal(object)

    def __init__(self, bench: Workbench, samples: SampleDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._samples = bench, samples
        self._scope = Scope()
        self._shown: Snapshot | None = None
        self._held: Snapshot | None = None
        self._waiting: Snapshot | None = None
        self._is_following = True
        # The next mean replaces an animation: it is another network's, or was asked for by a person.
        self._must_show = False
        self._work = Background(self)
        self._work.done.connect(self._done)
        self._work.failed.connect(self._failed)
        samples.snapshot_changed.connect(self._take)
        bench.dataset_changed.connect(self._dataset_changed)

    @property
    def snapshot(self) -> Snapshot | None:
        """What is shown: a sample or a mean."""
        return self._shown

    @property
    def scope(self) -> Scope:
        """Of what it is."""
        return self._scope

    def set_scope(self, scope: Scope) -> None:
        """Show one sample, or the mean over several; a class without samples is refused with a message."""
        dataset = self._bench.dataset
        if scope == self._scope:
            return
        if scope.is_mean and (dataset is None or not len(samples_of(dataset, scope))):
            self._bench.complain(f"There is no {scope.title(() if dataset is None else dataset.class_names)}: the test "
                                 "set has no such samples.")
            self.scope_changed.emit(self._scope)
            return
        self._use(scope)
        newest = self._samples.snapshot
        if newest is not None:
            self._must_show = True
            self._take(newest)

    def leave(self) -> None:
        """Go back to one sample in place, which comes next: a person chose one."""
        if self._scope.is_mean:
            self._use(Scope())

    def follow(self, following: bool) -> None:
        """Choose whether means of training replace the one that is shown (not while a step is animated)."""
        self._is_following = following
        held, self._held = self._held, None
        if following and held is not None:
            self._show(held)

    def show_newest(self) -> None:
        """Show the mean that is held back while a step is animated, if there is one."""
        held, self._held = self._held, None
        if held is not None:
            self._show(held)

    def stop(self) -> None:
        """Give up what is in hand and wait for the thread."""
        self._waiting = None
        self._work.stop()

    def _use(self, scope: Scope) -> None:
        self._scope = scope
        self._forget()
        self._samples.slow_down("mean", MEAN_INTERVAL_S if scope.is_mean else 0.0)
        self.scope_changed.emit(scope)

    def _forget(self) -> None:
        self._work.clear()
        self._waiting = self._held = None

    def _dataset_changed(self, dataset: Dataset) -> None:
        self._forget()
        if self._scope.kind == "class":
            self._use(Scope())  # the new data have other classes

    def _take(self, snapshot: Snapshot) -> None:
        if not self._scope.is_mean:
            self._must_show = False
            self._show(snapshot)
        elif self._work.is_busy:
            self._waiting = snapshot  # the newest only
        else:
            self._begin(snapshot)

    def _begin(self, of: Snapshot) -> None:
        dataset, scope = self._bench.dataset, self._scope
        if dataset is None:
            return
        split = samples_of(dataset, scope)
        if not len(split) or split.x.shape[1] != of.spec.input_size:
            self._use(Scope())
            self._show(of)
            return

        def work(is_cancelled: Callable[[], bool]) -> Snapshot:
            return mean_of(of, split.x, split.y, dataset.task, is_cancelled)

        self._work.ask(of, work)

    def _done(self, _of: object, mean: Snapshot) -> None:
        other = self._shown is None or self._shown.spec != mean.spec
        if self._is_following or self._must_show or other:
            self._must_show = False
            self._show(mean)
        else:
            self._held = mean
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._begin(waiting)

    def _failed(self, _of: object, words: str) -> None:
        self._bench.complain(f"The mean could not be made: {words}.")
        self._use(Scope())
        if self._samples.snapshot is not None:
            self._show(self._samples.snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        self._shown = snapshot
        self._held = None
        self.snapshot_changed.emit(snapshot)


def mean_of(
    of: Snapshot, x: NDArray[np.float32], y: NDArray[Any], task: str, is_cancelled: Callable[[], bool] = lambda: False
) -> Snapshot:
    """Return the means over samples at the moment of a snapshot: its weights, and the update of its real step."""
    made = mean_snapshot(
        of.spec, of.parameters, x, y, of.loss, generation=of.generation, step=of.step, task=task,
        update=of.update, update_batch_size=of.update_batch_size, hand=of.hand,
        is_cancelled=is_cancelled,
    )
    return replace(made, reference=of.reference, reference_note=of.reference_note, optimizer=of.optimizer)
