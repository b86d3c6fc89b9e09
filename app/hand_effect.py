"""Measures in the background what edits by hand do; the newest question is answered, older ones are dropped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background
from app.numpy_answer import fitting_loss
from app.session_values import HandChanges, Network
from nnviz.data.dataset import Dataset
from nnviz.training.effect import EFFECT_SAMPLES, Effect, effect
from nnviz.training.hand import with_values

#: How long edits are gathered: shorter than one frame of a drag is not seen.
GATHER_MS = 15
#: While training the network changes all the time; then it is measured so often.
LIVE_MS = 400


@dataclass(frozen=True, slots=True, eq=False)
class EffectQuestion:
    """What is to be measured.

    Attributes:
        network: as it is.
        changes: what of it was changed by hand.
        sample: that is shown, (input size,), or None.
        dataset: its first test samples are the batch; None for none.
        loss: that it is trained with, None for the usual one.
    """

    network: Network
    changes: HandChanges
    sample: NDArray[np.float32] | None
    dataset: Dataset | None
    loss: str | None


class HandEffect(QObject):
    """Answers one question at a time, outside the window's thread."""

    #: (EffectQuestion, Effect)
    measured = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.done.connect(self._done)
        self._question: EffectQuestion | None = None
        self._asked: EffectQuestion | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._start)

    def ask(self, question: EffectQuestion, *, soon: bool = True) -> None:
        """Have this measured, at once or, where not ``soon``, some time later; it replaces what waits."""
        self._question = question
        if not self._timer.isActive() or (soon and self._timer.remainingTime() > GATHER_MS):
            self._timer.start(GATHER_MS if soon else LIVE_MS)

    def forget(self) -> None:
        """Answer nothing any more."""
        self._timer.stop()
        self._question = self._asked = None
        self._background.clear()

    def stop(self) -> None:
        """Forget everything and wait for the thread."""
        self.forget()
        self._background.stop()

    def _start(self) -> None:
        if self._question is None or self._background.is_busy:
            return  # the one in hand begins the next when it is done
        question = self._asked = self._question
        self._question = None
        self._background.ask(id(question), lambda cancelled: _measure(question, cancelled))

    def _done(self, _key: object, answer: object) -> None:
        asked, self._asked = self._asked, None
        if asked is not None and isinstance(answer, Effect):
            self.measured.emit(asked, answer)
        if self._question is not None and not self._timer.isActive():
            self._timer.start(GATHER_MS)


def _measure(question: EffectQuestion, cancelled: object) -> Effect | None:
    network, dataset, weights = question.network, question.dataset, question.changes.weights
    spec = network.spec
    before = with_values(network.parameters, tuple((ref, value) for ref, value, _now in weights))
    fits = dataset is not None and dataset.test.x.shape[1] == spec.input_size
    if dataset is not None and fits:
        x, y, task = dataset.test.x[:EFFECT_SAMPLES], dataset.test.y[:EFFECT_SAMPLES], dataset.task
    else:
        x, y, task = np.zeros((0, spec.input_size), np.float32), np.zeros(0, np.int32), "multiclass"
    loss = question.loss or fitting_loss(spec, dataset)
    assert callable(cancelled)
    return effect(spec, before, network.parameters, network.marks, question.sample, x, y, task, loss, cancelled)
