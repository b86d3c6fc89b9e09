"""Reads data sets in the background, and downloads them first where they are not on this computer."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, QThread, Signal

from nnviz.data.datasets import Dataset, DatasetChoice, load
from nnviz.data.download import DownloadCancelledError, DownloadError, DownloadProgress, Watch
from nnviz.errors import NnvizError

#: The window hears of a download at most this often, and of every new note at once.
PROGRESS_INTERVAL_S = 0.1


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """Why there is no data set.

    Attributes:
        choice: what was wanted.
        text: a sentence or two: what went wrong and what to do.
        may_retry: whether the same wish may be fulfilled another time.
    """

    choice: DatasetChoice
    text: str
    may_retry: bool = False


class _Worker(QThread):
    """Reads one data set. Every signal carries the number of the wish first."""

    loaded = Signal(int, object)
    failed = Signal(int, object)
    progressed = Signal(int, object)
    cancelled = Signal(int)

    def __init__(self, number: int, choice: DatasetChoice, parent: QObject) -> None:
        super().__init__(parent)
        self._number = number
        self._choice = choice
        self._cancel = threading.Event()
        self._told = 0.0
        self._note = ""

    def is_at(self, choice: DatasetChoice) -> bool:
        """Whether this is what is being fetched or read."""
        return self.isRunning() and choice == self._choice and not self._cancel.is_set()

    def cancel(self) -> None:
        """Give up a download; may be called from any thread."""
        self._cancel.set()

    def _tell(self, progress: DownloadProgress) -> None:
        now = time.monotonic()
        if progress.note != self._note or progress.done >= progress.total or now - self._told >= PROGRESS_INTERVAL_S:
            self._told, self._note = now, progress.note
            self.progressed.emit(self._number, progress)

    def run(self) -> None:
        """Read it, in this thread."""
        choice = self._choice
        try:
            dataset: Dataset = load(choice, Watch(self._tell, self._cancel.is_set))
        except DownloadCancelledError:
            self.cancelled.emit(self._number)
        except NnvizError as error:
            self.failed.emit(self._number, LoadFailure(choice, str(error), isinstance(error, DownloadError)))
        except Exception as error:  # a thread must not end in silence
            text = f"The data set {choice.name} could not be read: {type(error).__name__}: {error}"
            self.failed.emit(self._number, LoadFailure(choice, text))
        else:
            self.loaded.emit(self._number, dataset)


class DatasetLoader(QObject):
    """Reads data sets one after the other, each in a thread that ends with it."""

    #: Dataset.
    loaded = Signal(object)
    #: LoadFailure.
    failed = Signal(object)
    #: DownloadProgress: before it is read, it is being fetched.
    progressed = Signal(object)
    #: The download was given up, by ``cancel``.
    cancelled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: _Worker | None = None
        self._number = 0
        self._overtaken: list[_Worker] = []

    @property
    def is_loading(self) -> bool:
        """Whether a data set is being fetched or read."""
        return self._worker is not None and self._worker.isRunning()

    def load(self, choice: DatasetChoice | str) -> None:
        """Read a data set of the registry; the answer of another one in hand is dropped, nothing waits."""
        wanted = DatasetChoice(choice) if isinstance(choice, str) else choice
        if self._worker is not None and self._worker.is_at(wanted):
            return  # each letter of a name that is typed in the list is a wish
        self._drop()
        worker = _Worker(self._number, wanted, self)
        worker.loaded.connect(self._take_loaded)
        worker.failed.connect(self._take_failed)
        worker.progressed.connect(self._take_progress)
        worker.cancelled.connect(self._take_cancelled)
        self._worker = worker
        worker.start()

    def cancel(self) -> None:
        """Give up the download in hand; ``cancelled`` follows. What is only being read is read to its end."""
        if self._worker is not None:
            self._worker.cancel()

    def stop(self) -> None:
        """Wait for threads in hand (about a second at most); their answers are dropped, downloads given up."""
        self._drop()
        for worker in self._overtaken:
            worker.wait()
            worker.deleteLater()
        self._overtaken.clear()

    def _drop(self) -> None:
        # What is on its way from an older thread would arrive even if it were disconnected.
        self._number += 1
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
            self._overtaken.append(worker)
        for done in [worker for worker in self._overtaken if worker.isFinished()]:
            self._overtaken.remove(done)
            done.deleteLater()

    def _take_loaded(self, number: int, dataset: Dataset) -> None:
        if number == self._number:
            self.loaded.emit(dataset)

    def _take_failed(self, number: int, failure: LoadFailure) -> None:
        if number == self._number:
            self.failed.emit(failure)

    def _take_progress(self, number: int, progress: DownloadProgress) -> None:
        if number == self._number:
            self.progressed.emit(progress)

    def _take_cancelled(self, number: int) -> None:
        if number == self._number:
            self.cancelled.emit()
