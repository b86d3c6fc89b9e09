"""Feeds the plots from the history: only what is new, everything again after a reset."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QElapsedTimer, QTimer

from app.widgets.curves_view import LossCurve, MetricCurve
from app.widgets.gradients_view import GradientsView
from nnviz.spec import NetworkSpec
from nnviz.training.history import History

#: One of the three plots is brought up to date in each tick: each five to six times a second.
PLOT_INTERVAL_MS = 60
#: The same while a digit is being drawn, whose answer comes first, and how long after its last point that is so.
DRAWING_INTERVAL_MS, DRAWING_MS = 250, 400
#: From when on a plot then follows as soon as the answer to a point is painted: before the next point comes.
IN_ITS_WAKE_MS = 200


class HistoryFeed:
    """Remembers how much of which history the plots have.

    Args:
        loss, metric, gradients: the plots.
    """

    def __init__(self, loss: LossCurve, metric: MetricCurve, gradients: GradientsView) -> None:
        self._loss = loss
        self._metric = metric
        self._gradients = gradients
        self._history: History | None = None
        # Steps and epochs that loss, metric and gradients have.
        self._shown = [0, 0, 0]
        self._epochs = [0, 0]
        self._turn = 0
        self._timer = QTimer(loss)
        self._timer.setInterval(PLOT_INTERVAL_MS)
        self._timer.timeout.connect(self._tick)
        self._rest = QTimer(loss)
        self._rest.setSingleShot(True)
        self._rest.setInterval(DRAWING_MS)
        self._rest.timeout.connect(lambda: self._timer.setInterval(PLOT_INTERVAL_MS))
        self._wake = QTimer(loss)
        self._wake.setSingleShot(True)
        self._wake.setInterval(0)
        self._wake.timeout.connect(self._tick_now)
        self._since = QElapsedTimer()
        self._since.start()
        self._names: list[str] = []

    def set_network(self, spec: NetworkSpec) -> None:
        """Name the layers of the gradient plot where they changed."""
        names = [
            f"layer {k} · {n_in:,}→{n_out:,}"
            for k, (n_in, n_out) in enumerate(zip(spec.sizes, spec.sizes[1:], strict=False), start=1)
        ]
        if names != self._names:
            self._names = names
            self._gradients.set_layers(names)
            self._history = None

    def show(self, history: History) -> None:
        """Bring the plots up to a history: one plot a tick, so that no turn of the event loop paints them all."""
        if history is not self._history or len(history) < max(self._shown):
            self._history = history
            self._shown, self._epochs = [0, 0, 0], [0, 0]
            for plot in (self._loss, self._metric, self._gradients):
                plot.clear()
        if not self._timer.isActive():
            self._timer.start()

    def give_way(self) -> None:
        """Update the plots rarely for a moment: a digit is being drawn."""
        if self._timer.interval() != DRAWING_INTERVAL_MS:  # setting it would begin the interval anew
            self._timer.setInterval(DRAWING_INTERVAL_MS)
        self._rest.start()

    def answer_painted(self) -> None:
        """Note that the picture of the newest answer has just been painted."""
        if self._rest.isActive() and self._timer.isActive() and self._since.elapsed() >= IN_ITS_WAKE_MS:
            self._wake.start()

    @property
    def is_settled(self) -> bool:
        """Whether the plots show everything, their numbers too."""
        plots = (self._loss, self._metric, self._gradients)
        return not self._timer.isActive() and all(plot.is_settled for plot in plots)

    def _tick_now(self) -> None:
        self._timer.start()
        self._tick()

    def _tick(self) -> None:
        self._since.start()
        if self._history is None:
            self._timer.stop()
            return
        for _ in range(3):
            self._turn = (self._turn + 1) % 3
            if self._is_behind(self._turn):
                self._update(self._turn)
                return
        self._timer.stop()

    def _is_behind(self, plot: int) -> bool:
        assert self._history is not None
        behind = self._shown[plot] < len(self._history)
        return behind or (plot < 2 and self._epochs[plot] != len(self._history.epochs))

    def _update(self, plot: int) -> None:
        history = self._history
        assert history is not None
        new = slice(self._shown[plot], len(history))
        steps = history.step[new]
        self._shown[plot] = len(history)
        if plot == 2:
            if len(steps) and history.kernel_rms.shape[1] == len(self._names):
                self._gradients.append_series(steps, history.kernel_rms[new], history.bias_rms[new])
            return
        curve = self._loss if plot == 0 else self._metric
        if len(steps):
            curve.append_training(steps, (history.loss if plot == 0 else history.metric)[new])
            if plot == 0:
                self._loss.append_rates(steps, history.learning_rate[new])
        epochs = history.epochs
        if len(epochs) != self._epochs[plot]:
            self._epochs[plot] = len(epochs)
            at = np.array([epoch.step for epoch in epochs])
            values = [epoch.validation_loss if plot == 0 else epoch.validation_metric for epoch in epochs]
            curve.set_validation(at, np.array(values))
