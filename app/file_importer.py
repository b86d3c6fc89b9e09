"""Looks at and reads data of the user's own in the background, with progress and cancel."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from nnviz.data.dataset import Dataset
from nnviz.data.files import ImportCancelledError, ImportChoice, Preview, Reading, inspect, load_with_notes
from nnviz.errors import NnvizError

#: Progress is told at most this often.
PROGRESS_INTERVAL_S = 0.05
#: Progress is told in parts of this: bytes would not fit into the 32 bits of a signal's int.
PROGRESS_TOTAL = 1000


class _Worker(QThread):
    """Looks at a path, or reads a choice."""

    inspected = Signal(object)
    loaded = Signal(object)
    noted = Signal(str)
    failed = Signal(str)
    progressed = Signal(int, int)

    def __init__(self, task: tuple[Path, Reading | None] | ImportChoice, parent: QObject) -> None:
        super().__init__(parent)
        self._task = task
        self._told = 0.0

    def run(self) -> None:
        """Do it, in this thread."""
        try:
            if isinstance(self._task, ImportChoice):
                imported = load_with_notes(self._task, self._progress, self.isInterruptionRequested)
                if imported.notes:
                    self.noted.emit(" ".join(imported.notes))
                self.loaded.emit(imported.dataset)
            else:
                self.inspected.emit(inspect(*self._task))
        except ImportCancelledError:
            pass  # whoever cancelled knows
        except NnvizError as error:
            self.failed.emit(str(error))
        except Exception as error:  # a thread must not end in silence
            self.failed.emit(f"The data could not be read: {type(error).__name__}: {error}")

    def _progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told >= PROGRESS_INTERVAL_S or done == total:
            self._told = now
            self.progressed.emit(round(PROGRESS_TOTAL * done / max(1, total)), PROGRESS_TOTAL)


class FileImporter(QObject):
    """Does one thing after the other, each in a thread that ends with it; a new wish overtakes the one in hand."""

    #: Preview of the path last asked for.
    inspected = Signal(object)
    #: Dataset.
    loaded = Signal(object)
    #: Sentences on what was left out or filled in, before ``loaded``.
    noted = Signal(str)
    #: A sentence: what went wrong.
    failed = Signal(str)
    #: Done, total.
    progressed = Signal(int, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker: _Worker | None = None
        self._overtaken: list[_Worker] = []

    @property
    def is_busy(self) -> bool:
        """Whether something is being looked at or read."""
        return self._worker is not None and self._worker.isRunning()

    def inspect(self, path: Path, reading: Reading | None = None) -> None:
        """Look at a path; the answer comes as ``inspected`` or ``failed``."""
        self._begin((path, reading))

    def load(self, choice: ImportChoice) -> None:
        """Read a data set; the answer comes as ``loaded`` or ``failed``, or never where it is cancelled."""
        self._begin(choice)

    def cancel(self) -> None:
        """Drop what is in hand; its answer does not come. Nothing waits."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.requestInterruption()
            self._overtaken.append(worker)
        for old in [each for each in self._overtaken if each.isFinished()]:
            self._overtaken.remove(old)
            old.deleteLater()

    def stop(self) -> None:
        """Cancel, and wait for threads in hand: as long as a block takes, some 0.1 s."""
        self.cancel()
        for worker in self._overtaken:
            worker.wait()
            worker.deleteLater()
        self._overtaken.clear()

    def _begin(self, task: tuple[Path, Reading | None] | ImportChoice) -> None:
        self.cancel()
        worker = _Worker(task, self)
        worker.inspected.connect(self._inspected)
        worker.loaded.connect(self._loaded)
        worker.noted.connect(self._noted)
        worker.failed.connect(self._failed)
        worker.progressed.connect(self._progressed)
        self._worker = worker
        worker.start()

    # What was on its way when its worker was overtaken still arrives, and goes no further.

    def _inspected(self, preview: Preview) -> None:
        if self.sender() is self._worker:
            self.inspected.emit(preview)

    def _loaded(self, dataset: Dataset) -> None:
        if self.sender() is self._worker:
            self.loaded.emit(dataset)

    def _noted(self, text: str) -> None:
        if self.sender() is self._worker:
            self.noted.emit(text)

    def _failed(self, text: str) -> None:
        if self.sender() is self._worker:
            self.failed.emit(text)

    def _progressed(self, done: int, total: int) -> None:
        if self.sender() is self._worker:
            self.progressed.emit(done, total)
