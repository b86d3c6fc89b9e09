"""Loss and metric of a network that Keras does not hold (the bundled one), a little in each turn of Qt's loop."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.numpy_answer import fitting_loss
from app.session_values import Network
from nnviz.data.datasets import Dataset
from nnviz.maths.forward import forward
from nnviz.maths.losses import losses, penalty
from nnviz.maths.metrics import metrics
from nnviz.training.records import Evaluation

#: Samples of one turn: a few milliseconds.
BATCH = 250


class NumpyEvaluation(QObject):
    """Evaluates one network at a time; a new one replaces the one in hand."""

    #: Evaluation.
    evaluated = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: tuple[Network, Dataset, str, str] | None = None
        self._place, self._metric, self._loss = 0, 0.0, 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    def start(self, network: Network, dataset: Dataset, split: str, loss: str | None = None) -> None:
        """Begin.

        Args:
            network: what is evaluated; its input and output fit the data set.
            dataset: the data; its task says which metric.
            split: ``"train"``, ``"validation"`` or ``"test"``; goes into the answer.
            loss: one of ``nnviz.spec.LOSSES``; None for the usual one, see ``fitting_loss``.
        """
        loss = loss or fitting_loss(network.spec, dataset)
        self._job = (network, dataset, split, loss)
        self._place, self._metric, self._loss = 0, 0.0, 0.0
        self._timer.start()

    def stop(self) -> None:
        """Give up what is in hand."""
        self._timer.stop()
        self._job = None

    def _go_on(self) -> None:
        if self._job is None:
            self._timer.stop()
            return
        network, dataset, name, loss = self._job
        split, names = dataset.split(name), network.spec.activations
        part = slice(self._place, self._place + BATCH)
        y = split.y[part]
        passed = forward(network.parameters, names, split.x[part], silenced=network.marks.silenced)
        entered = passed.phi_input(len(names) - 1).astype(np.float64)
        output = passed.output.astype(np.float64)
        self._metric += float(metrics(dataset.task, output, y).sum())
        self._loss += float(losses(loss, names[-1], entered, output, y).sum())
        self._place += len(y)
        if self._place >= len(split):
            self.stop()
            count = len(split)
            mean_loss = self._loss / count + penalty(network.spec, network.parameters)
            mean_metric = dataset.metric_scale * self._metric / count
            self.evaluated.emit(Evaluation(0, name, network.step, mean_loss, mean_metric, count))
