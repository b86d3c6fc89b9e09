"""The thread that draws the edges of a view: the newest job only; few edges while the rasteriser compiles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Signal

from app.widgets.edge_pictures import EdgeJob, EdgePictures, draw, is_little
from nnviz.picture import raster


class EdgeDrawer(QObject):
    """Draws the newest job in one thread of its own; jobs that were overtaken are never begun.

    The first job finds the rasteriser not compiled. It is drawn at once, with few edges, by NumPy; another thread
    compiles meanwhile, or reads what was compiled, and then the newest job is drawn in full.
    """

    #: EdgePictures of the newest job.
    drawn = Signal(object)
    #: A sentence: why nothing could be drawn.
    failed = Signal(str)

    def __init__(
        self, parent: QObject | None = None, *,
        work: Callable[[EdgeJob, EdgePictures | None, bool], EdgePictures] = draw,
        is_ready: Callable[[], bool] = raster.is_compiled, prepare: Callable[[], None] = raster.warm_up,
    ) -> None:
        super().__init__(parent)
        self._work, self._is_ready, self._prepare = work, is_ready, prepare
        self._lock = threading.Lock()
        self._waiting: EdgeJob | None = None
        self._last: EdgePictures | None = None
        self._busy = False
        self._preparing = False
        self._is_broken = False
        self._closed = False
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="nnviz-edge-drawer")

    @property
    def is_busy(self) -> bool:
        """Whether a picture is being made, or the rasteriser that will make it in full."""
        return self._busy or self._preparing

    @property
    def is_ready(self) -> bool:
        """Whether pictures are made in full."""
        return self._is_ready()

    def request(self, job: EdgeJob) -> None:
        """Draw this job next; replaces one that waits."""
        with self._lock:
            if self._closed:
                return
            self._waiting = job
            self._start()

    def takes_here(self, job: EdgeJob) -> bool:
        """Whether ``draw_here`` would draw a job: it is little, and nothing is in hand."""
        return is_little(job) and self._is_ready() and not (self._closed or self.is_busy)

    def draw_here(self, job: EdgeJob) -> EdgePictures | None:
        """Draw a little job in the calling thread, and emit nothing.

        Returns:
            The pictures, or None where they are to be requested: what goes wrong here goes wrong there, and is told.
        """
        if not self.takes_here(job):
            return None
        try:
            made = self._work(job, self._last, True)
        except Exception:
            return None
        with self._lock:
            self._last = made
        return made

    def close(self) -> None:
        """Stop after the picture in hand; nothing is emitted any more."""
        with self._lock:
            self._closed = True
            self._waiting = None
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start(self) -> None:
        """Set the threads to work that are not at it; the lock is held."""
        if not self._busy:
            self._busy = True
            self._pool.submit(self._run)
        if not self._preparing and not self._is_broken and not self._is_ready():
            self._preparing = True
            self._pool.submit(self._get_ready)

    def _run(self) -> None:
        while True:
            with self._lock:
                job, self._waiting = self._waiting, None
                if job is None or self._closed:
                    self._busy = False
                    return
            try:
                made = self._work(job, self._last, self._is_ready())
            except Exception as error:  # whatever it is, the window must say so and live on
                self._complain(error)
                continue
            with self._lock:
                self._last = made
                if made.is_provisional and self._is_ready():
                    self._waiting = self._waiting or job
            if not self._closed:
                self.drawn.emit(made)

    def _get_ready(self) -> None:
        try:
            self._prepare()
        except Exception as error:
            self._is_broken = True  # the few edges that NumPy draws are what there is, then
            self._complain(error)
        with self._lock:
            self._preparing = False
            last = self._last
            if self._closed or last is None or not last.is_provisional or not self._is_ready():
                return
            self._waiting = self._waiting or last.job
            self._start()

    def _complain(self, error: Exception) -> None:
        if not self._closed:
            self.failed.emit(f"The edges could not be drawn: {type(error).__name__}: {error}")
