"""Writes above the network which one it is, how it did on the test set, and how many steps it has had."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStatusBar

from app.session import Session
from app.session_values import OWN_TITLE, plain_title
from app.widgets.network_view import NetworkView
from app.widgets.view_header import ViewHeader
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.quantities import number
from nnviz.training.records import Evaluation, Snapshot

#: How long the status bar shows what the test set said.
EVALUATION_SHOWN_MS = 20_000


class Headline(QObject):
    """Keeps the headline at the network that is shown.

    Args:
        session: has the network.
        header: shows the headline.
        view: knows what the outputs mean, and so the unit of the metric.
        status: shows the result of the test set for a while.
    """

    def __init__(self, session: Session, header: ViewHeader, view: NetworkView, status: QStatusBar) -> None:
        super().__init__(header)
        self._status = status
        self._session, self._header, self._view = session, header, view
        self._evaluation: Evaluation | None = None
        self._mean = ""
        session.network_changed.connect(self._network_changed)
        session.evaluated.connect(self._evaluated)
        session.progress_changed.connect(self._progress_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        session.hand_changed.connect(self._network_changed)  # what was measured is of the network before

    def _network_changed(self, _network: object) -> None:
        self._evaluation = None
        self._show()

    def _evaluated(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self._show()
        # A narrow window cuts the end of the headline; for a while the result stands here too.
        words = metric_text(evaluation.metric, self._view.meaning)
        self._status.showMessage(f"Test set: {words}, loss {evaluation.loss:.3f}.", EVALUATION_SHOWN_MS)

    def _progress_changed(self, _progress: object) -> None:
        self._show()

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        mean = mean_text(snapshot, self._view.meaning)
        if mean != self._mean:
            self._mean = mean
            self._show()

    def _show(self) -> None:
        network, done = self._session.network, self._evaluation
        if network is None:
            return
        is_own, step = network.origin == "yours", network.step
        if is_own:
            step = max(step, self._session.progress().step)
        # Narrow windows cut the end: what everybody knows of their own network is left out.
        knows = is_own and network.title == OWN_TITLE
        title = network.title
        if self._session.hand.count and not is_own:
            title = f"{plain_title(network)}, edited by hand"
        text = network.spec.title if knows else f"{title}  ·  {network.spec.title}"
        if self._mean:
            text += f"  ·  {self._mean}"
        if done is not None:
            text += f"  ·  test {metric_text(done.metric, self._view.meaning)}, loss {done.loss:.3f}"
            text += f" at step {done.step:,}" if done.step != step else ""
        if is_own:
            text += f"  ·  step {step:,}"
        self._header.set_headline(text)


def mean_text(snapshot: Snapshot, meaning: OutputMeaning) -> str:
    """Return how well the samples of a mean are told: ``mean of 128: 93.75 % right``; "" of a single sample."""
    if snapshot.count == 1 or snapshot.metric is None:
        return ""
    error = snapshot.metric
    if meaning.is_regression:
        scaling = meaning.scaling
        if scaling is not None and len(meaning.names) == 1:
            error *= float(scaling.std[0])
        return f"mean of {snapshot.count:,}: {metric_text(error, meaning)}"
    return f"mean of {snapshot.count:,}: {metric_text(error, meaning)} right"


def metric_text(value: float, meaning: OutputMeaning) -> str:
    """Return a metric in words: a share of 1 as per cent, an error in the unit of its target, see ``metric_name``."""
    if not meaning.is_regression:
        return f"{100 * value:.2f} %"
    if len(meaning.names) > 1:
        return f"MAE {number(value)} standard deviations"
    return f"MAE {meaning.with_unit(number(value), 0)}"
