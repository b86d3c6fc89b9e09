"""What comes back from the engine: taken into network, curves and sample, and told as progress."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.desks.hand_desk import HandDesk
from app.desks.sample_desk import SampleDesk
from app.desks.workbench import Workbench
from app.engine_messages import Built, EngineState, Failure, Saved
from app.hand_words import saved_marks_words
from app.messages import Message
from app.progress_meter import ProgressMeter
from app.session_values import Progress
from nnviz.maths.parameters import add
from nnviz.training.hand import carried_marks
from nnviz.training.records import ChangeRecord, EpochRecord, HandRecord, Snapshot, StepRecords
from nnviz.training.teach import same_bits

REFRESH_INTERVAL_MS = 33


class EngineNews(QObject):
    """Hears the engine's signals and drains its inbox on a timer: all scalars, the newest snapshot only.

    Args:
        bench: is changed.
        samples: takes the snapshots.
        hand: hears what became of edits by hand.
        parent: Qt's.
    """

    #: Progress, at most four times a second, and at every change of phase.
    progress_changed = Signal(object)
    #: Training stopped at a loss that was not finite: (that step, the step whose weights are kept).
    diverged = Signal(object)

    def __init__(
        self, bench: Workbench, samples: SampleDesk, hand: HandDesk, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bench = bench
        self._samples = samples
        self._hand = hand
        self._meter = ProgressMeter()
        engine = bench.engine
        engine.ready.connect(self._ready)
        engine.network_built.connect(self._built)
        engine.state_changed.connect(self._state_changed)
        engine.orders.failed.connect(self._failed)
        engine.orders.saved.connect(self._saved)
        engine.orders.finished.connect(self._finished)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_INTERVAL_MS)
        self._timer.timeout.connect(self._drain)

    def start(self) -> None:
        """Begin to look into the inbox, where the engine is used."""
        if self._bench.engine.is_used:
            self._timer.start()
        self.announce_progress()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def progress(self) -> Progress:
        """Return how far training is."""
        engine, position = self._bench.engine, self._bench.position
        epochs = self._bench.planned.config.epochs
        return self._meter.progress(engine.state, engine.phase, epochs, position.steps, position.steps_before)

    def announce_progress(self, force: bool = False) -> None:
        """Tell how far training is, if it is time for it or must be."""
        if self._meter.is_due() or force:
            self.progress_changed.emit(self.progress())

    # -- signals -------------------------------------------------------------------------------------------

    def _ready(self) -> None:
        self._bench.build()
        self.announce_progress()

    def _built(self, built: Built) -> None:
        bench, own = self._bench, self._bench.own_network
        if bench.first_weights is None:
            bench.reference.begin(built.parameters)
        if own is not None:
            if bench.first_weights is None:
                bench.restart_curves(len(built.spec.layers))
            step = bench.position.steps_before
            bench.show(replace(own, spec=built.spec, parameters=built.parameters, step=step))
        self.announce_progress(force=True)

    def _state_changed(self, before: EngineState | None, state: EngineState) -> None:
        changed = before is None or state.phase != before.phase
        if before is not None and before.phase == "training" and state.phase == "idle":
            self._samples.ask_at_rest()
        if changed:
            self._meter.clear()
        self.announce_progress(force=changed)

    def _failed(self, failure: Failure) -> None:
        self._samples.forget_step()
        self._bench.message.emit(Message("error", failure.message, failure.traceback))
        if failure.diverged is not None:
            step, kept = failure.diverged
            in_all = self._bench.position.in_all
            self.diverged.emit((in_all(step), in_all(kept)))

    def _saved(self, saved: Saved) -> None:
        step = self._bench.position.in_all(saved.step)
        notice = saved_marks_words(saved.marks)
        self._bench.inform(f"Saved the network of step {step:,} to {saved.path}.{notice}")

    def _finished(self, _state: EngineState) -> None:
        self.announce_progress(force=True)

    # -- the inbox -----------------------------------------------------------------------------------------

    def _drain(self) -> None:
        engine = self._bench.engine
        delivery = engine.orders.inbox.drain()
        # The rest is of an older network.
        news = [record for record in delivery.records if record.generation == engine.generation]
        for record in news:
            self._take_record(record)
        answered = {record.serial for record in delivery.records if isinstance(record, HandRecord)}
        self._bench.edits_on_the_way -= answered  # also of an older network
        if news:
            self._bench.weights_on_the_way = None  # it has gone on from them
            self._meter.note(self._bench.position.steps)
            self._bench.history_changed.emit()
            self.announce_progress(force=not engine.is_training)
        snapshot = delivery.snapshot
        if snapshot is not None and snapshot.generation == engine.generation:
            self._take_snapshot(replace(snapshot, step=self._bench.position.in_all(snapshot.step)))
        if engine.is_training:
            self._samples.ask_live()

    def _take_record(self, record: StepRecords | EpochRecord | ChangeRecord | HandRecord) -> None:
        position = self._bench.position
        if isinstance(record, ChangeRecord):
            self._take_change(record)
        elif isinstance(record, HandRecord):
            self._hand.take(record)
        elif isinstance(record, StepRecords):
            position.take_steps(record)
        else:
            position.take_epoch(record)
            if record.stop_reason:
                self._bench.inform(record.stop_reason)

    def _take_change(self, record: ChangeRecord) -> None:
        """Note where network or training were changed; from here on the engine's network is the one shown."""
        bench, own = self._bench, self._bench.own_network
        bench.position.take_change(record)
        bench.engine.note_change(record)
        if own is not None and record.before.spec != record.after.spec:
            step = bench.position.in_all(record.step)
            # Not bench.show: the curves have been given the new layers by the change.
            spec, marks = record.after.spec, carried_marks(own.marks, record.before.spec, record.after.spec)
            bench.network = replace(own, spec=spec, parameters=record.parameters, step=step, marks=marks)
            bench.network_changed.emit(bench.network)

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        self._samples.note_arrival()
        if self._bench.edits_on_the_way:
            self._samples.view_is_ready()  # this one is older than the edit that is shown; another follows
            return
        sent = self._bench.weights_on_the_way
        if sent is not None and not same_bits(snapshot.parameters, sent):
            self._samples.view_is_ready()
            return
        self._bench.weights_on_the_way = None
        own = self._bench.own_network
        if own is not None:
            if snapshot.spec != own.spec:
                return  # made before a change that has been taken in already
            parameters, step = snapshot.parameters, snapshot.step
            if snapshot.update is not None:
                parameters, step = add(parameters, snapshot.update), step + 1
            self._bench.network = replace(own, parameters=parameters, step=step)
        self._samples.take(snapshot)
