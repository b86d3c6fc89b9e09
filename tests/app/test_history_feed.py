"""The feed of the plots: nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.widgets.curves_view import LossCurve, MetricCurve
from app.widgets.gradients_view import GradientsView
from app.windows import history_feed
from app.windows.history_feed import HistoryFeed
from nnviz.spec import classifier
from nnviz.training.history import History
from nnviz.training.records import StepRecords

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def history_of(steps: int) -> History:
    made, random = History(3), np.random.default_rng(0)
    column, table = random.uniform(0.1, 1, steps).astype(np.float32), np.full((steps, 3), 0.1, np.float32)
    rate = np.linspace(0.01, 0.001, steps).astype(np.float32)
    made.append(StepRecords(0, 1, 1, column, column, table, table, rate))
    return made


def test_every_step_arrives_in_every_plot(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    plots = LossCurve(host), MetricCurve(host), GradientsView(host)
    feed = HistoryFeed(*plots)
    feed.set_network(classifier((4,), (5, 5), 3))
    history = history_of(50)
    feed.show(history)
    qtbot.waitUntil(lambda: feed.is_settled, timeout=10_000)
    for plot in plots[:2]:
        np.testing.assert_array_equal(plot.curves["raw"].x, history.step)
    np.testing.assert_array_equal(plots[0].rate.rates.astype(np.float32), history.learning_rate)
    assert len(plots[2].readings()) == 6
    feed.show(history_of(60))  # another history: everything again
    qtbot.waitUntil(lambda: feed.is_settled, timeout=10_000)
    assert len(plots[0].curves["raw"].x) == 60


def test_while_a_digit_is_drawn_plots_follow_in_the_wake_of_its_answers(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_feed, "DRAWING_INTERVAL_MS", 3_600_000)
    monkeypatch.setattr(history_feed, "IN_ITS_WAKE_MS", 0)
    host = QWidget()
    qtbot.addWidget(host)
    plots = LossCurve(host), MetricCurve(host), GradientsView(host)
    feed = HistoryFeed(*plots)
    feed.set_network(classifier((4,), (5, 5), 3))
    feed._rest.setInterval(3_600_000)
    feed.give_way()
    feed.show(history_of(50))

    def answered() -> bool:
        feed.answer_painted()
        return all(len(plot.curves["raw"].x) == 50 for plot in plots[:2]) and len(plots[2].readings()) == 6

    qtbot.waitUntil(answered, timeout=10_000)
    feed._rest.stop()
    qtbot.waitUntil(lambda: feed._wake is not None and not feed._wake.isActive())
    feed.show(history_of(60))
    feed.answer_painted()
    assert not feed._wake.isActive(), "nobody draws: the plots have a rhythm of their own"
