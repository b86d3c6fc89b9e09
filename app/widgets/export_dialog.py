"""Exports the network: choices, a preview, how far it is; it writes nothing itself, it asks and is told."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.errors import ErrorBar
from app.export.choice import ExportChoice, View
from app.export.film import Shots, check_film, shots
from app.export.job import ExportJob
from app.export.progress import Progress
from app.theme import LIGHT, Theme
from app.widgets.export_form import ExportForm
from app.widgets.export_preview import ExportPreview
from nnviz.errors import NnvizError
from nnviz.picture.timeline import stage_index

FORM_WIDTH = 312
MEGABYTE = 1e6


def size_words(size: float) -> str:
    """Write a number of bytes: ``3.4 MB``, ``820 kB``."""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{size / 1000:.0f} kB"


def time_words(seconds: float) -> str:
    """Write how long something takes: ``8 s``, ``1 min 20 s``."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def progress_words(progress: Progress, left: float | None, *, film: bool) -> str:
    """Return how far an export is: ``120 of 361 frames, 4 s left, about 5.4 MB``."""
    parts = [f"{progress.done:,} of {progress.total:,} {'frames' if film else 'parts'}"]
    if not progress.total or (film and not progress.done):
        parts = ["Drawing the edges and choosing the colours" if film else "Drawing the edges"]
    if left is not None:
        parts.append(f"{time_words(left)} left")
    if progress.done and progress.written:
        whole = progress.written * progress.total / progress.done
        parts.append(f"{'about ' if progress.done < progress.total else ''}{size_words(whole)}")
    return ", ".join(parts)


class ExportDialog(QDialog):
    """A dialog that does not block the window; an export goes on while it is closed."""

    #: ExportChoice: write the file.
    export_requested = Signal(object)
    #: ExportChoice: put the picture on the clipboard.
    copy_requested = Signal(object)
    #: Give the export in hand up.
    cancel_requested = Signal()
    #: ExportChoice that the person changed.
    choice_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("export_dialog")
        self.setWindowTitle("Export the network")
        self.setModal(False)
        self._view: View | None = None
        self._shots: Shots | None = None
        self._running = False
        self.messages = ErrorBar(self)
        self.preview = ExportPreview(self)
        self.moment = QSlider(Qt.Orientation.Horizontal, self)
        self.moment.setObjectName("export_moment")
        self.moment.setAccessibleName("Moment of the preview")
        self.moment.setToolTip("The frame of the film that the preview shows; it changes nothing in the file.")
        self.summary = QLabel("", self)
        self.summary.setObjectName("export_summary")
        self.summary.setWordWrap(True)
        self.form = ExportForm(self)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("export_progress")
        self.progress.setAccessibleName("Progress of the export")
        self.progress.setTextVisible(False)
        self.status = QLabel("", self)
        self.status.setObjectName("export_status")
        self.status.setProperty("role", "muted")
        self.close_button = self._button("export_close", "Close", "Close; an export that is going on goes on.")
        self.cancel_button = self._button("export_cancel", "Cancel export", "Give up; nothing is left of the file.")
        self.copy_button = self._button("export_copy", "Copy", "Put the picture on the clipboard, as pixels (Ctrl+C).")
        self.export_button = self._button("export_start", "Export…", "Choose where, and write the file.")
        self.export_button.setProperty("role", "primary")
        self.export_button.setDefault(True)
        self._lay_out()
        self.form.edited.connect(self._edited)
        self.moment.valueChanged.connect(self._moment_chosen)
        self.close_button.clicked.connect(self.close)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.export_button.clicked.connect(self._export_clicked)
        self.copy_button.clicked.connect(self._copy_clicked)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self).activated.connect(self.copy_button.click)
        self.set_theme(LIGHT)
        self.set_progress(None, None)
        self.resize(960, 540)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.preview, 1)
        left.addWidget(self.moment)
        left.addWidget(self.summary)
        area = QScrollArea(self)
        area.setObjectName("export_scroll")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFixedWidth(FORM_WIDTH)
        inner = QWidget(area)
        box = QVBoxLayout(inner)
        box.setContentsMargins(0, 0, 8, 0)
        box.addWidget(self.form)
        box.addStretch(1)
        area.setWidget(inner)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addLayout(left, 1)
        middle.addWidget(area)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.status, 1)
        for button in (self.close_button, self.cancel_button, self.copy_button, self.export_button):
            foot.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(12)
        whole.addWidget(self.messages)
        whole.addLayout(middle, 1)
        whole.addWidget(self.progress)
        whole.addLayout(foot)

    # -- values in ---------------------------------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """What would be exported."""
        return self._view

    @property
    def choice(self) -> ExportChoice:
        """How."""
        return self.form.choice

    def set_choice(self, choice: ExportChoice) -> None:
        """Show a choice; emits nothing."""
        self.form.set_choice(choice)
        self._refresh()

    def set_view(self, view: View) -> None:
        """Set what is exported; emits nothing."""
        self._view = view
        self.form.set_view(view)
        self._refresh()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours of the dialog."""
        self.preview.set_theme(theme)
        self.messages.set_theme(theme)

    def set_progress(self, progress: Progress | None, left: float | None) -> None:
        """Show how far the export in hand is, with seconds left; None where there is none."""
        self._running = progress is not None
        self.form.setEnabled(not self._running)
        self.progress.setVisible(self._running)
        self.cancel_button.setVisible(self._running)
        if progress is None:
            self.status.setText("")
        else:
            self.progress.setRange(0, max(0, progress.total))  # 0 of 0 moves to and fro
            self.progress.setValue(progress.done)
            self.status.setText(progress_words(progress, left, film=self.choice.is_film))
        self._allow()

    def stop(self) -> None:
        """End the thread of the preview."""
        self.preview.stop()

    # -- what would be exported --------------------------------------------------------------------------

    def job(self) -> ExportJob | None:
        """Return what would be exported, without a path; None where it cannot be."""
        if self._view is None:
            return None
        try:
            job = self.choice.job(self._view)
            if job.film is not None:
                check_film(self.choice.film, job.canvas, job.film)
        except NnvizError:
            return None
        return job

    def _refresh(self) -> None:
        job, view = self.job(), self._view
        self._shots = None
        if job is not None and view is not None and job.film is not None:
            self._shots = shots(view.plan, job.film)
        self.moment.setVisible(self.choice.is_film)
        with QSignalBlocker(self.moment):
            self.moment.setRange(0, max(0, len(self._shots.times) - 1) if self._shots else 0)
        self._say(job)
        self._preview(job)
        self._allow()

    def _preview(self, job: ExportJob | None) -> None:
        if job is None or self._shots is None:
            self.preview.set_job(job, None if job is None else job.moment)
            return
        t = self._shots.times[min(self.moment.value(), len(self._shots.times) - 1)]
        self.preview.set_job(job, t)
        if self._view is not None:
            stage = stage_index(self._view.plan, t)
            self.moment.setAccessibleDescription(f"Frame {self.moment.value() + 1}, stage {stage + 1}")

    def _say(self, job: ExportJob | None) -> None:
        self.summary.setProperty("role", "muted" if job is not None else "error")
        self.summary.setText(" ".join(self._sentences(job)))
        self.summary.style().unpolish(self.summary)
        self.summary.style().polish(self.summary)

    def _sentences(self, job: ExportJob | None) -> Sequence[str]:
        choice, view = self.choice, self._view
        if view is None:
            return ("There is no network to export yet.",)
        if job is None:
            try:
                made = choice.job(view)
                if made.film is not None:
                    check_film(choice.film, made.canvas, made.film)
            except NnvizError as error:
                text = str(error)
                return (f"{text[:1].upper()}{text[1:]}.",)
            return ()
        canvas = job.canvas
        said = [f"{canvas.width:,} × {canvas.height:,} pixels."]
        if job.film is None and choice.picture != "png":
            width, height = canvas.logical
            said = [f"{width:,} × {height:,} units, every edge a line, text as text."]
        if self._shots is not None:
            said.append(f"{len(self._shots.times):,} frames, {self._shots.seconds:.1f} s.")
            asked = (self.form.width_box.value(), self.form.height_box.value())
            if asked != (canvas.width, canvas.height):
                said.append(f"MP4 needs even sides: {asked[0]:,} × {asked[1]:,} loses a pixel.")
        return said

    def _allow(self) -> None:
        self.export_button.setEnabled(self.job() is not None and not self._running)
        self.export_button.setVisible(not self._running)
        self.copy_button.setEnabled(self.export_button.isEnabled())
        self.copy_button.setVisible(not self._running and not self.choice.is_film)

    # -- from the person -----------------------------------------------------------------------------------

    def _edited(self, choice: ExportChoice) -> None:
        self._refresh()
        self.choice_edited.emit(choice)

    def _moment_chosen(self, _frame: int) -> None:
        self._preview(self.job())

    def _export_clicked(self) -> None:
        if self.job() is not None:
            self.export_requested.emit(self.choice)

    def _copy_clicked(self) -> None:
        if self.job() is not None:
            self.copy_requested.emit(self.choice)

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def hideEvent(self, event: QHideEvent) -> None:
        """Paint no preview that nobody sees."""
        self.preview.stop()
        super().hideEvent(event)
