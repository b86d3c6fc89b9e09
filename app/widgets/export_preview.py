"""What an export will look like: one frame of it, painted in a thread by what will paint the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.background import Background
from app.export.job import ExportJob
from app.export.renderer import Renderer
from app.export.values import MIN_SCALE, MIN_SIDE_PX, Canvas
from app.theme import LIGHT, Theme

#: Wait after a change, so that typing a number does not paint every digit of it.
DELAY_MS = 60
#: Side of a square of what shows through where there is no background, logical pixels.
CHECKER_PX = 8


class ExportPreview(QWidget):
    """Shows a frame of what is exported, as large as there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export_preview")
        self.setAccessibleName("Preview")
        self.setToolTip("What is exported, smaller; the slider below shows another moment of a film.")
        self.setMinimumSize(360, 220)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = LIGHT
        self._job: ExportJob | None = None
        self._time: float | None = None
        self._image: QImage | None = None
        self._words = ""
        self._renderer: tuple[object, Renderer] | None = None
        self._background = Background(self)
        self._background.done.connect(self._done)
        self._background.failed.connect(self._failed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._ask)

    @property
    def image(self) -> QImage | None:
        """What is shown, None while the first is being made."""
        return self._image

    @property
    def is_settled(self) -> bool:
        """Whether what is shown is what was asked for last."""
        return not self._timer.isActive() and not self._background.is_busy

    def set_theme(self, theme: Theme) -> None:
        """Set the colours around the picture."""
        self._theme = theme
        self.update()

    def set_job(self, job: ExportJob | None, t: float | None) -> None:
        """Show a moment, in seconds of the animation, of what a job would export; None for nothing."""
        self._job, self._time = job, t
        if job is None:
            self._background.clear()
            self._image = None
            self.update()
            return
        self._timer.start()

    def stop(self) -> None:
        """End the thread; the preview may be used again."""
        self._timer.stop()
        self._background.stop()
        self._renderer = None

    def _ask(self) -> None:
        job = self._job
        if job is None:
            return
        small = self._smaller(job)
        moving = job.film is not None or job.moment is not None
        caption = job.film.caption if job.film is not None else job.caption
        key = (job.shown, job.theme.name, small, job.zoom, moving, caption, job.paper, job.beside, job.slide)
        if self._renderer is None or self._renderer[0] != key:
            self._renderer = (key, replace(job, canvas=small).renderer())
        renderer, t = self._renderer[1], self._time

        def work(_cancelled: Callable[[], bool]) -> QImage:
            return renderer.image(t)

        self._background.clear()
        self._background.ask((key, t), work)

    def _smaller(self, job: ExportJob) -> Canvas:
        """Return the canvas of a job made to fit: the same logical size at fewer pixels."""
        ratio, canvas = self.devicePixelRatioF(), job.canvas
        share = min(1.0, self.width() * ratio / canvas.width, self.height() * ratio / canvas.height)
        scale = max(MIN_SCALE, canvas.scale * share)
        share = scale / canvas.scale
        width, height = (max(MIN_SIDE_PX, round(side * share)) for side in (canvas.width, canvas.height))
        return replace(canvas, width=width, height=height, scale=scale)

    def _done(self, _key: object, image: object) -> None:
        if isinstance(image, QImage):
            self._image, self._words = image, ""
            self.update()

    def _failed(self, _key: object, words: str) -> None:
        self._image, self._words = None, words
        self.update()

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(520, 300)

    def resizeEvent(self, _event: object) -> None:
        """Paint it in the new size."""
        if self._job is not None:
            self._timer.start()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame in the middle, squares where it is transparent."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is None:
            painter.setPen(QColor(self._theme.muted))
            words = self._words or ("Painting the preview…" if self._job else "The network appears here.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
            painter.end()
            return
        share = min(self.width() / self._image.width(), self.height() / self._image.height())
        share = min(share, 1.0 / self.devicePixelRatioF())
        width, height = self._image.width() * share, self._image.height() * share
        area = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        if self._image.hasAlphaChannel():
            self._paint_squares(painter, area)
        painter.drawImage(area, self._image)
        painter.setPen(QColor(self._theme.border))
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_squares(self, painter: QPainter, area: QRectF) -> None:
        painter.save()
        painter.setClipRect(area)
        painter.fillRect(area, QColor(self._theme.surface))
        for row in range(int(area.height() / CHECKER_PX) + 1):
            for column in range(row % 2, int(area.width() / CHECKER_PX) + 1, 2):
                left, top = area.x() + column * CHECKER_PX, area.y() + row * CHECKER_PX
                painter.fillRect(QRectF(left, top, CHECKER_PX, CHECKER_PX), QColor(self._theme.hover))
        painter.restore()
