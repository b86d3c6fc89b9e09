"""One export from beginning to end, as a value, and the thread that does it."""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QThread

from app.export.film import breathe, save_film
from app.export.pair import Beside, PairRenderer
from app.export.picture import save_picture
from app.export.progress import ExportCancelledError, Progress, Report
from app.export.renderer import WHOLE, FrameRenderer, Renderer
from app.export.values import FILMS, Canvas, FilmSettings
from app.theme import Theme
from app.widgets.network_painting import Shown
from app.widgets.slide_painting import SlideWords
from nnviz.errors import NnvizError
from nnviz.picture.timeline import Stage


@dataclass(frozen=True, slots=True, eq=False)
class ExportJob:
    """What is written where.

    Attributes:
        path: the file; its suffix says the format.
        shown: what is shown.
        theme: colours.
        canvas: size.
        zoom: of a picture of the view as it stands, (factor, x, y) in logical pixels.
        moment: seconds of the animation that a picture shows, None for the still picture.
        film: how the film is made; None for a picture.
        caption: whether a picture has the words of its stage below it.
        paper: whether the background of a picture is painted.
        plan: the stages of the animation; empty for all that the snapshot allows.
        beside: a second network that stands beside it, None for none.
        slide: words and rings of a lesson's slide that are part of a picture, None for none.
    """

    path: Path
    shown: Shown
    theme: Theme
    canvas: Canvas
    zoom: tuple[float, float, float] = WHOLE
    moment: float | None = None
    film: FilmSettings | None = None
    caption: bool = False
    paper: bool = True
    plan: tuple[Stage, ...] = ()
    beside: Beside | None = None
    slide: SlideWords | None = None

    def renderer(self) -> Renderer:
        """Return what paints it."""
        moving = self.film is not None or self.moment is not None
        paper = self.paper or self.film is not None
        if self.beside is not None:
            return PairRenderer(
                self.shown, self.beside, self.theme, self.canvas, zoom=self.zoom, moving=moving, paper=paper,
                plan=self.plan,
            )
        return FrameRenderer(
            self.shown, self.theme, self.canvas, zoom=self.zoom,
            caption=self.caption if self.film is None else self.film.caption, moving=moving, paper=paper,
            plan=self.plan, slide=self.slide if self.film is None else None,
        )

    def run(self, report: Report) -> None:
        """Write the file.

        Raises:
            ExportCancelledError: it was cancelled; nothing is left.
            NnvizError: it cannot be written, or not like this; what stood there before is untouched.
        """
        is_film = self.path.suffix.lower().removeprefix(".") in FILMS
        try:
            if self.film is not None and is_film:
                save_film(self.path, self.renderer(), self.film, report)
            else:
                save_picture(self.path, self.renderer(), self.moment, report)
        except MemoryError as error:
            raise NnvizError(
                f"Cannot save {self.path}: there is not enough memory for {self.canvas.width:,} x "
                f"{self.canvas.height:,} pixels. Choose a smaller size or scale."
            ) from error
        except OSError as error:  # not from the file itself: a library is missing, or the encoder
            reason = error.strerror or str(error) if error.errno != errno.ENOSPC else "no space left on the disk"
            raise NnvizError(f"Cannot save {self.path}: {reason}") from error


@dataclass(slots=True)
class Clock:
    """Tells how long is left, from how long it took so far."""

    started: float = field(default_factory=time.monotonic)

    def left(self, progress: Progress) -> float | None:
        """Return seconds left, None while that cannot be told."""
        if progress.done < 1:
            return None
        return (time.monotonic() - self.started) / progress.done * (progress.total - progress.done)


class ExportThread(QThread):
    """Does one job in a thread that ends with it; ``finished`` says that it is over.

    Attributes:
        job: what is done.
        progress: how far it is; another object with every frame.
        error: why it failed, None where it did not.
        clock: when it began.
    """

    def __init__(self, job: ExportJob, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.job = job
        self.progress = Progress(0, 0)
        self.error: Exception | None = None
        self.clock = Clock()
        self._cancelled = False

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled, and ended for that."""
        return isinstance(self.error, ExportCancelledError)

    def cancel(self) -> None:
        """End after the frame in hand, and leave nothing."""
        self._cancelled = True

    def run(self) -> None:
        """Do the job, in this thread."""
        try:
            self.job.run(self._report)
        except Exception as error:  # a thread must not end in silence
            self.error = error

    def _report(self, progress: Progress) -> bool:
        self.progress = progress
        breathe()
        return not self._cancelled
