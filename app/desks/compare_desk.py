"""Two pictures side by side: another sample, or the same one at an earlier moment of the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.desks.mean_desk import MeanDesk, mean_of
from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.numpy_answer import numpy_snapshot
from app.session_values import Comparison, Network
from nnviz.data.dataset import Dataset
from nnviz.maths.forward import forward
from nnviz.maths.parameters import add
from nnviz.picture.means import Scope, samples_of
from nnviz.training.keras_backend import Target
from nnviz.training.records import Snapshot

#: Two pictures follow training at most this often: together they cost about as much as one at its usual pace.
COMPARE_INTERVAL_S = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """What goes into the network: one sample, or the samples of a mean."""

    words: str
    scope: Scope
    x: NDArray[np.float32]
    y: NDArray[Any] | Target | None


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    """What the second side is made of: the first one and its words, the moment, and what goes in."""

    first: Snapshot
    words: str
    at: Snapshot
    subject: _Subject


class CompareDesk(QObject):
    """Keeps what was pinned, and makes its snapshot anew with each one of the other side.

    Args:
        bench: has data and network.
        samples: which sample is chosen.
        means: whose snapshots are the first side.
        parent: Qt's.
    """

    #: Snapshot now shown.
    snapshot_changed = Signal(object)
    #: Comparison; None when there is none any more. Told before the snapshot it goes with.
    comparison_changed = Signal(object)

    def __init__(
        self, bench: Workbench, samples: SampleDesk, means: MeanDesk, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bench, self._samples, self._means = bench, samples, means
        self._kind = ""
        self._pinned: _Subject | None = None
        self._shown: Snapshot | None = None
        self._comparison: Comparison | None = None
        self._waiting: _Job | None = None
        self._work = Background(self)
        self._work.done.connect(self._done)
        self._work.failed.connect(self._failed)
        means.snapshot_changed.connect(self._take)
        bench.dataset_changed.connect(self._dataset_changed)

    # -- what is so ----------------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot | None:
        """What is shown on the first side."""
        return self._shown

    @property
    def comparison(self) -> Comparison | None:
        """What stands side by side, None for a single picture."""
        return self._comparison

    # -- wishes --------------------------------------------------------------------------------------------

    def pin(self) -> None:
        """Pin what is shown in a second picture; the first goes on with the samples that are chosen."""
        subject, shown = self._subject(), self._shown
        if subject is None or shown is None:
            self._bench.complain("There is nothing to compare yet: no sample is shown.")
            return
        self._kind, self._pinned = "samples", subject
        self._refresh(shown)

    def compare_moments(self) -> None:
        """Show the same sample through the network of the marked moment, or of the start, beside the present one."""
        shown = self._shown
        if shown is None:
            return
        if shown.reference is None:
            why = shown.reference_note or "no earlier moment is known"
            self._bench.inform(f"There is no moment to compare with: {why}.")
            return
        self._kind, self._pinned = "moments", None
        self._refresh(shown)

    def close(self) -> None:
        """Go back to a single picture."""
        self._kind, self._pinned, self._waiting = "", None, None
        self._work.clear()
        if self._comparison is not None:
            self._comparison = None
            self._samples.slow_down("compare", 0.0)
            self.comparison_changed.emit(None)

    def stop(self) -> None:
        """Give up what is in hand and wait for the thread."""
        self._work.stop()

    # -- what comes ----------------------------------------------------------------------------------------

    def _take(self, snapshot: Snapshot) -> None:
        self._refresh(snapshot)
        self._shown = snapshot
        self.snapshot_changed.emit(snapshot)

    def _refresh(self, first: Snapshot) -> None:
        """Make the second side that goes with a first one."""
        if not self._kind:
            return
        subject, at = self._pinned, first
        if self._kind == "moments":
            subject = self._subject()
            if first.reference is None:
                self.close()
                return
            at = replace(
                first, parameters=first.reference.parameters, step=first.reference.step, update=None,
                forward_after=None, update_batch_size=0, optimizer=None, dropped=None,
            )
        if subject is None or subject.x.shape[-1] != first.spec.input_size:
            self.close()
            return
        # What the first side is now: when a mean is ready, another may have been chosen.
        own = self._subject()
        job = _Job(first, "" if own is None else own.words, at, subject)
        if not subject.scope.is_mean:
            self._announce(job, _answer(subject, at))
        elif self._work.is_busy:
            self._waiting = job
        else:
            self._begin(job)

    def _begin(self, job: _Job) -> None:
        task = "multiclass" if self._bench.dataset is None else self._bench.dataset.task

        def work(is_cancelled: Callable[[], bool]) -> Snapshot:
            return mean_of(job.at, job.subject.x, np.asarray(job.subject.y), task, is_cancelled)

        self._work.ask(job, work)

    def _done(self, job: _Job, second: Snapshot) -> None:
        if self._kind:
            self._announce(job, second)
        waiting, self._waiting = self._waiting, None
        if waiting is not None and self._kind:
            self._begin(waiting)

    def _failed(self, _key: object, words: str) -> None:
        self._bench.complain(f"The second picture could not be made: {words}.")
        self.close()

    def _announce(self, job: _Job, second: Snapshot) -> None:
        here, beside = (f"{words} · step {snapshot.step:,}" for words, snapshot in (
            (job.words, job.first), (job.subject.words, second),
        ))
        made = Comparison(self._kind, here, beside, job.first, second)
        self._comparison = made
        self._samples.slow_down("compare", COMPARE_INTERVAL_S)
        self.comparison_changed.emit(made)

    def _dataset_changed(self, _dataset: Dataset) -> None:
        self.close()

    def _subject(self) -> _Subject | None:
        """Return what goes into the network on the first side."""
        dataset, scope = self._bench.dataset, self._means.scope
        if scope.is_mean and dataset is not None:
            split = samples_of(dataset, scope)
            # A small test set has fewer samples than were asked for.
            told = replace(scope, count=len(split)) if scope.kind == "batch" else scope
            return _Subject(told.title(dataset.class_names), scope, split.x, split.y)
        current = self._bench.samples.current()
        if current is None:
            return None
        choice = self._samples.choice
        words = "drawing" if choice.kind == "drawing" else f"sample {choice.index:,}"
        return _Subject(words, Scope(), current[0].copy(), current[1])


def _answer(subject: _Subject, at: Snapshot) -> Snapshot:
    """Return the way of one sample through the network of a moment, with the update of that moment's step."""
    network = Network(at.spec, at.parameters, "yours", "", at.step, marks=at.hand)
    target: Any = subject.y
    made = numpy_snapshot(network, subject.x, target, at.loss, at.generation)
    after = None
    if at.update is not None:
        weights = add(at.parameters, at.update)
        after = forward(weights, at.spec.activations, subject.x[None, :], silenced=at.hand.silenced)
    return replace(
        made, update=at.update, update_batch_size=at.update_batch_size, forward_after=after, reference=at.reference,
        reference_note=at.reference_note, optimizer=at.optimizer,
    )
