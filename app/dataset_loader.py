"""Reads a data set in the background; reading and unpacking MNIST takes about a second."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread, Signal

from nnviz.data.datasets import Dataset, DatasetChoice, load
from nnviz.errors import NnvizError


class _Worker(QThread):
    """Reads one data set."""

    loaded = Signal(object)
    failed = Signal(str)

    def __init__(self, choice: DatasetChoice | str, parent: QObject) -> None:
        super().__init__(parent)
        self._choice = choice

    def run(self) -> None:
        """Read it, in this thread."""
        try:
            dataset: Dataset = load(self._choice)
        except NnvizError as error:
            self.failed.emit(str(error))
        except Exception as error:  # a thread must not end in silence
            self.failed.emit(f"The data set {self._choice} could not be read: {type(error).__name__}: {error}")
        else:
            self.loaded.emit(dataset)


class DatasetLoader(QObject):
    """Reads data sets one after the other, each in a thread that ends with it."""

    #: Dataset.
    loaded = Signal(object)
    #: A sentence: what went wrong.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: _Worker | None = None
        self._overtaken: list[_Worker] = []

    @property
    def is_loading(self) -> bool:
        """Whether a data set is being read."""
        return self._worker is not None and self._worker.isRunning()

    def load(self, choice: DatasetChoice | str) -> None:
        """Read a data set of the registry, by its name or with options; the answer of one in hand is dropped, nothing waits."""
        self._drop()
        worker = _Worker(choice, self)
        worker.loaded.connect(self.loaded)
        worker.failed.connect(self.failed)
        self._worker = worker
        worker.start()

    def stop(self) -> None:
        """Wait for threads in hand (about a second at most); their answers are dropped."""
        self._drop()
        for worker in self._overtaken:
            worker.wait()
            worker.deleteLater()
        self._overtaken.clear()

    def _drop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.loaded.disconnect(self.loaded)
            worker.failed.disconnect(self.failed)
            self._overtaken.append(worker)
