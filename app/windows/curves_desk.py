"""Keeps the curves at the training: the history, the unit of the metric, the marks of changes."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.change_marks import CHANGES, ChangeMarks
from app.session import Session
from app.session_values import Network
from app.widgets.curves_view import LossCurve, MetricCurve
from app.widgets.gradients_view import GradientsView
from app.windows.history_feed import HistoryFeed
from nnviz.data.dataset import Dataset
from nnviz.picture.answers import meaning_of, metric_unit
from nnviz.spec import Plan
from nnviz.training.hand import HandEdit
from nnviz.training.records import metric_name


class CurvesDesk(QObject):
    """Feeds the plots of a window from its session.

    Args:
        session: has history and plan.
        loss, metric, gradients: the plots.

    Attributes:
        feed: what the plots have of the history.
        changes: what the person changed while training ran.
    """

    def __init__(
        self, session: Session, loss: LossCurve, metric: MetricCurve, gradients: GradientsView,
    ) -> None:
        super().__init__(session)
        self._session, self._loss, self._metric, self._gradients = session, loss, metric, gradients
        self.feed = HistoryFeed(loss, metric, gradients)
        self.changes = ChangeMarks()
        session.dataset_changed.connect(self._dataset_changed)
        session.network_changed.connect(self._network_changed)
        session.plan_changed.connect(self._plan_changed)
        session.history_changed.connect(self._history_changed)
        self._plan_changed(Plan(session.spec, session.config))

    def _plan_changed(self, plan: Plan) -> None:
        config = plan.config
        self._loss.set_rate_scheduled(config.schedule != "constant" or config.warmup_epochs > 0)
        self.changes.note(plan, self._session.history)
        self._mark_changes()

    def note_hand(self, edit: HandEdit, stroke: int) -> None:
        """Mark an edit by hand; those of one stroke are one mark."""
        self.changes.note_hand(edit, self._session.history, stroke)
        self._mark_changes()

    def _dataset_changed(self, dataset: Dataset) -> None:
        meaning = meaning_of(dataset)
        self._metric.set_metric(metric_name(dataset.task), metric_unit(meaning) if meaning.is_regression else "%")

    def _network_changed(self, network: Network) -> None:
        self.feed.set_network(network.spec)

    def _history_changed(self) -> None:
        self.feed.show(self._session.history)
        self._mark_changes()

    def _mark_changes(self) -> None:
        marks = self.changes.of(self._session.history)
        for plot in (self._loss, self._metric, self._gradients):
            plot.set_marks(marks, CHANGES)
