"""Work that is done outside the GUI thread: one thing at a time, answers by signal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QThread, Signal

#: What is to be done; it is given a function that says whether the answer is still wanted.
Work = Callable[[Callable[[], bool]], object]


class _Worker(QThread):
    """Does one thing."""

    def __init__(self, key: Hashable, work: Work, parent: QObject) -> None:
        super().__init__(parent)
        self.key = key
        self.answer: object = None
        self.error: Exception | None = None
        self.cancelled = threading.Event()
        self._work = work

    def run(self) -> None:
        """Do it, in this thread."""
        try:
            self.answer = self._work(self.cancelled.is_set)
        except Exception as error:  # a thread must not end in silence
            self.error = error


class Background(QObject):
    """Does what is asked for in a thread that ends with it; nothing waits, and nothing is done twice at once.

    What is asked for while something else is in hand is done next, the newest first.
    """

    #: Key, answer.
    done = Signal(object, object)
    #: Key, the words of an error.
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: _Worker | None = None
        self._dropped: list[_Worker] = []
        self._waiting: dict[Hashable, Work] = {}

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._worker is not None

    def ask(self, key: Hashable, work: Work) -> None:
        """Have something done; a key that is in hand or waits already is not asked for twice."""
        if self._worker is not None and self._worker.key == key:
            return
        self._waiting[key] = work
        self._next()

    def clear(self) -> None:
        """Forget all that was asked for; no answer comes any more."""
        self._waiting.clear()
        if self._worker is not None:
            self._worker.cancelled.set()
            self._dropped.append(self._worker)
            self._worker = None

    def stop(self) -> None:
        """Forget everything and wait for the thread."""
        self.clear()
        for worker in self._dropped:
            worker.wait()
        self._dropped.clear()

    def _next(self) -> None:
        if self._worker is None and self._waiting:
            key, work = self._waiting.popitem()
            worker = _Worker(key, work, self)
            worker.finished.connect(self._finished)
            self._worker = worker
            worker.start(QThread.Priority.LowPriority)

    def _finished(self) -> None:
        worker = self._worker
        if worker is not None and worker.isFinished():
            self._worker = None
            worker.deleteLater()
            if worker.error is None:
                self.done.emit(worker.key, worker.answer)
            else:
                self.failed.emit(worker.key, f"{type(worker.error).__name__}: {worker.error}")
            self._next()
        for old in [old for old in self._dropped if old.isFinished()]:
            self._dropped.remove(old)
            old.deleteLater()
