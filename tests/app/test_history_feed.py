"""The feed of the plots: nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.widgets.curves_view import LossCurve, MetricCurve
from app.widgets.gradients_view import GradientsView
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
