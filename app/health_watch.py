"""Feeds a Watcher in the window: with the history as it grows, and with a look at the activations now and then."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, QTimer, Signal

from app.session_values import Network
from nnviz.data.datasets import Dataset
from nnviz.maths.parameters import FloatArray, Parameters
from nnviz.spec import Plan
from nnviz.training.activation_stats import MAX_SAMPLES, ActivationStats, activation_stats
from nnviz.training.findings import Finding
from nnviz.training.health import Watcher
from nnviz.training.history import History

#: Findings are told at most this often, so that they can be read.
TELL_INTERVAL_MS = 250
#: The activations are looked at at most this often …
LOOK_INTERVAL_S = 1.0
#: … and at most this share of a core goes into it: large networks take longer.
LOOK_SHARE = 0.05


class HealthWatch(QObject):
    """Watches the run that it is given; looks at activations in a thread of its own.

    Args:
        plan: network and training.
        parent: Qt's.
    """

    #: A tuple of Finding, the gravest first: they are others, or were watched over more steps.
    findings_changed = Signal(object)
    #: From the thread that looks: ActivationStats, and the run it was of.
    _looked = Signal(object, object)

    def __init__(self, plan: Plan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watcher = Watcher(plan)
        self._told: tuple[Finding, ...] = ()
        self._told_steps = 0
        self._dataset: Dataset | None = None
        self._samples: FloatArray | None = None
        self._history: History | None = None
        self._is_unread = False
        self._network: Network | None = None
        self._seen: Parameters | None = None
        self._busy = self._closed = False
        self._next_look = 0.0
        # Its thread begins with the first look.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="nnviz-health")
        self._looked.connect(self._take_look)
        self._timer = QTimer(self)
        self._timer.setInterval(TELL_INTERVAL_MS)
        self._timer.timeout.connect(self._tell)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, as last told."""
        return self._told

    @property
    def steps(self) -> int:
        """Steps of the run that is watched."""
        return 0 if self._history is None else len(self._history)

    @property
    def is_settled(self) -> bool:
        """Whether everything known has been told."""
        return not self._timer.isActive()

    def set_plan(self, plan: Plan) -> None:
        """Set network and training in force."""
        self._read()
        self._watcher.set_plan(plan, self._validation_count(plan))
        self._wake()

    def set_dataset(self, dataset: Dataset) -> None:
        """Set the data: the first samples of the validation split are those looked at."""
        self._dataset = dataset
        split = dataset.validation if len(dataset.validation) else dataset.train
        self._samples = split.x[:MAX_SAMPLES]
        plan = self._watcher.plan
        self._watcher.set_plan(plan, self._validation_count(plan))

    def set_network(self, network: Network | None) -> None:
        """Set the network with its newest weights; only one in training is looked at."""
        self._network = network

    def take_history(self, history: History) -> None:
        """Take in what is new in a history; another one is another run.

        It comes thirty times a second, and is read when something is to be told of it.
        """
        if history is not self._history:
            self._history, self._seen = history, None
        self._is_unread = True
        self._wake()

    def note_divergence(self, steps: tuple[int, int]) -> None:
        """Take in that training stopped at the first of two steps, and the weights of the second are kept."""
        self._read()  # a new run begins without what is noted now
        self._watcher.note_divergence(*steps)
        self._wake()

    def close(self) -> None:
        """Stop timer and thread; nothing is told any more."""
        self._closed = True
        self._timer.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _validation_count(self, plan: Plan) -> int:
        if self._dataset is None:
            return 0
        share, count = plan.config.validation_share, len(self._dataset.validation)
        return round(share * (len(self._dataset.train) + count)) if share else count

    def _wake(self) -> None:
        if not self._closed and not self._timer.isActive():
            self._timer.start()

    def _read(self) -> None:
        if self._is_unread and self._history is not None:
            self._is_unread = False
            self._watcher.watch(self._history)

    def _tell(self) -> None:
        self._read()
        looks = self._look()
        findings = self._watcher.findings
        if findings != self._told or self.steps != self._told_steps:
            self._told, self._told_steps = findings, self.steps
            self.findings_changed.emit(findings)
        elif not looks and not self._busy:
            self._timer.stop()  # until something comes in

    def _look(self) -> bool:
        """Begin to look at the activations where the weights are new; return whether that is still to be done."""
        network, samples = self._network, self._samples
        if network is None or samples is None or network.origin != "yours" or not network.step:
            return False
        if network.parameters is self._seen or samples.shape[1] != network.spec.input_size:
            return False
        if not self._busy and time.monotonic() >= self._next_look:
            self._busy, self._seen = True, network.parameters
            self._pool.submit(self._run, network, samples, self._history)
        return True

    def _run(self, network: Network, samples: FloatArray, run: History | None) -> None:
        """In the thread: look, and say how it is."""
        started = time.monotonic()
        names, silenced = network.spec.activations, network.marks.silenced
        stats = activation_stats(network.parameters, names, samples, network.step, silenced)
        spent = time.monotonic() - started
        self._next_look = started + max(LOOK_INTERVAL_S, spent / LOOK_SHARE)
        self._looked.emit(stats, run)

    def _take_look(self, stats: ActivationStats, run: History | None) -> None:
        self._busy = False
        if run is self._history:
            self._read()
            self._watcher.look(stats)
            self._wake()
