"""Feeds the plots from the history: only what is new, everything again after a reset."""

from __future__ import annotations

import numpy as np

from app.widgets.curves_view import AccuracyCurve, LossCurve
from app.widgets.gradients_view import GradientsView
from nnviz.spec import NetworkSpec
from nnviz.training.history import History


class HistoryFeed:
    """Remembers how much of which history the plots have."""

    def __init__(self, loss: LossCurve, accuracy: AccuracyCurve, gradients: GradientsView) -> None:
        self._loss = loss
        self._accuracy = accuracy
        self._gradients = gradients
        self._history: History | None = None
        self._shown = 0
        self._epochs = 0
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
        """Bring the plots up to a history."""
        if history is not self._history or len(history) < self._shown:
            self._history, self._shown, self._epochs = history, 0, 0
            for plot in (self._loss, self._accuracy, self._gradients):
                plot.clear()
        new = slice(self._shown, len(history))
        if len(history) > self._shown:
            steps = history.step[new]
            self._loss.append_training(steps, history.loss[new])
            self._accuracy.append_training(steps, history.accuracy[new])
            if history.kernel_rms.shape[1] == len(self._names):
                self._gradients.append_series(steps, history.kernel_rms[new], history.bias_rms[new])
            self._shown = len(history)
        epochs = history.epochs
        if len(epochs) != self._epochs:
            self._epochs = len(epochs)
            at = np.array([epoch.step for epoch in epochs])
            self._loss.set_validation(at, np.array([epoch.validation_loss for epoch in epochs]))
            self._accuracy.set_validation(at, np.array([epoch.validation_accuracy for epoch in epochs]))
