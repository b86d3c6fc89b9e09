"""Loss and accuracy of a network that Keras does not hold (the bundled one), a little in each turn of Qt's loop."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.session_values import Network
from nnviz.data.datasets import Split
from nnviz.maths.forward import forward
from nnviz.maths.losses import cross_entropy_from_logits
from nnviz.training.records import Evaluation

#: Samples of one turn: a few milliseconds.
BATCH = 250


class NumpyEvaluation(QObject):
    """Evaluates one network at a time; a new one replaces the one in hand."""

    #: Evaluation.
    evaluated = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job: tuple[Network, Split, str] | None = None
        self._place, self._right, self._loss = 0, 0, 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)

    def start(self, network: Network, split: Split, name: str) -> None:
        """Begin; ``name`` of the split goes into the answer."""
        self._job = (network, split, name)
        self._place, self._right, self._loss = 0, 0, 0.0
        self._timer.start()

    def stop(self) -> None:
        """Give up what is in hand."""
        self._timer.stop()
        self._job = None

    def _go_on(self) -> None:
        if self._job is None:
            self._timer.stop()
            return
        network, split, name = self._job
        part = slice(self._place, self._place + BATCH)
        y = split.y[part]
        passed = forward(network.parameters, network.spec.activations, split.x[part])
        self._right += int(np.count_nonzero(passed.output.argmax(axis=1) == y))
        self._loss += float(cross_entropy_from_logits(passed.pre_activations[-1].astype(np.float64), y).sum())
        self._place += len(y)
        if self._place >= len(split):
            self.stop()
            count = len(split)
            self.evaluated.emit(
                Evaluation(0, name, network.step, self._loss / count, self._right / count, count)
            )
