"""Counts in the background how many of MNIST's test images a network that is taught reads rightly."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.background import Background
from nnviz.data.dataset import Split
from nnviz.data.mnist import load_test_digits
from nnviz.data.prepare import image_split
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec
from nnviz.training.teach import count_right


class TeachAccuracy(QObject):
    """Answers questions one after the other, the newest first; the test images are read with the first."""

    #: (key of the question, images read rightly, images in all).
    counted = Signal(str, int, int)
    #: It could not be counted, in words.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.done.connect(self._done)
        self._background.failed.connect(self._take_problem)
        self._test: Split | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._background.is_busy

    def ask(self, key: str, spec: NetworkSpec, parameters: Parameters) -> None:
        """Have a network counted; ``counted`` tells."""
        self._background.ask(key, lambda cancelled: self._count(spec, parameters, cancelled))

    def forget(self) -> None:
        """Answer nothing of what was asked so far."""
        self._background.clear()

    def stop(self) -> None:
        """Forget everything and wait for the thread."""
        self._background.stop()

    def _count(
        self, spec: NetworkSpec, parameters: Parameters, cancelled: Callable[[], bool]
    ) -> tuple[int, int] | None:
        """Count, in the background's thread; only one question is in hand at a time."""
        if self._test is None:
            self._test = image_split(*load_test_digits())
        right = count_right(spec, parameters, self._test.x, self._test.y, cancelled)
        return None if right is None else (right, len(self._test))

    def _done(self, key: object, answer: object) -> None:
        if isinstance(answer, tuple):
            self.counted.emit(str(key), *answer)

    def _take_problem(self, _key: object, text: str) -> None:
        self.failed.emit(text)
