"""Exports of the network view: the dialog, the thread that writes, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from app.background import Background
from app.errors import ErrorBar
from app.export.choice import ExportChoice, View
from app.export.job import ExportThread
from app.export.values import FILMS, PICTURES
from app.settings import Settings
from app.theme import LIGHT, Theme
from app.widgets.export_dialog import ExportDialog
from app.widgets.network_view import NetworkView
from app.windows.files import Files
from nnviz.errors import NnvizError, SaveError
from nnviz.storage.atomic import check_writable

#: How often progress is shown.
POLL_INTERVAL_MS = 100
KEY = "export"
#: A larger picture is for a file: programs that paste stumble over it.
MAX_COPY_PIXELS = 40_000_000


class ExportDesk(QObject):
    """Connects the export dialog with a view, the settings and the disk.

    Args:
        window: stands behind the dialog.
        view: the picture of the network.
        files: asks for paths.
        messages: says what became of an export whose dialog is closed.
        settings: where the choices are remembered.
        adapt: adds to what is exported what stands around the view: a second picture, the words of a slide.
        name: of the file that is proposed.
    """

    def __init__(
        self, window: QWidget, view: NetworkView, files: Files, messages: ErrorBar, settings: Settings, *,
        adapt: Callable[[View], View] | None = None, name: str = "network",
    ) -> None:
        super().__init__(window)
        self._adapt, self._name = adapt, name
        self._copying = Background(self)
        self._copying.done.connect(self._copied)
        self._copying.failed.connect(self._not_copied)
        self._window, self._view, self._files, self._messages = window, view, files, messages
        self._settings = settings
        self._theme = LIGHT
        self._dialog: ExportDialog | None = None
        self._thread: ExportThread | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.timeout.connect(self._show_progress)

    @property
    def dialog(self) -> ExportDialog | None:
        """The dialog, None before it was opened for the first time."""
        return self._dialog

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written, or a picture painted for the clipboard."""
        return self._thread is not None or self._copying.is_busy

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        if self._dialog is not None:
            self._dialog.set_theme(theme)

    def open(self) -> None:
        """Open the dialog with the view as it stands; while a file is being written with that one."""
        view = self._view_now()
        if view is None:
            self._messages.show_error("There is no network to export yet.")
            return
        if self._dialog is None:
            self._dialog = ExportDialog(self._window)
            self._dialog.set_theme(self._theme)
            self._dialog.set_choice(ExportChoice.from_json(self._settings.text(KEY)))
            self._dialog.export_requested.connect(self._export)
            self._dialog.copy_requested.connect(self._copy)
            self._dialog.cancel_requested.connect(self._cancel)
            self._dialog.choice_edited.connect(self._remember)
        if self._thread is None:
            self._dialog.set_view(view)
        self._dialog.show()
        self._dialog.activateWindow()

    def copy(self) -> None:
        """Put the view as it stands, of twice the size, on the clipboard."""
        view = self._view_now()
        if view is None:
            self._messages.show_error("There is no network to copy yet.")
        else:
            self._paint_copy(ExportChoice(), view)

    def stop(self) -> None:
        """Give an export in hand up and end all threads; nothing is left of it."""
        self._timer.stop()
        self._copying.stop()
        if self._thread is not None:
            self._thread.cancel()
            self._thread.wait()
            self._thread = None
        if self._dialog is not None:
            self._dialog.stop()
            self._dialog.close()

    def start(self, choice: ExportChoice, view: View, path: Path) -> None:
        """Write a file in a thread; while another is being written nothing is done."""
        if self._thread is not None:
            return
        try:
            job = choice.job(view, path)
            _check_suffix(path, choice)
            check_writable(path)
        except NnvizError as error:
            self._complain(str(error))
            return
        self._thread = ExportThread(job, self)
        self._thread.finished.connect(self._finished)
        self._thread.start()
        self._timer.start()
        self._show_progress()

    def _view_now(self) -> View | None:
        view, shown = self._view, self._view.shown
        if shown is None:
            return None
        plan = () if shown.blank else view.plan
        now = View(
            shown, self._theme, view.width(), view.height(), view.text_size, view.zoom, view.time, plan,
        )
        return now if self._adapt is None else self._adapt(now)

    def _remember(self, choice: ExportChoice) -> None:
        self._settings.set(KEY, choice.to_json())

    def _export(self, choice: ExportChoice) -> None:
        dialog = self._dialog
        if dialog is None or dialog.view is None:
            return
        kind = choice.suffix
        name = f"step.{kind}" if choice.is_film else f"{self._name}.{kind}"
        title = "Export film" if choice.is_film else "Export picture"
        words = {**PICTURES, **FILMS}[kind]
        path = self._files.ask_save(title, name, f"{words} (*.{kind})")
        if path is not None:
            self.start(choice, dialog.view, path)

    def _copy(self, choice: ExportChoice) -> None:
        if self._dialog is not None and self._dialog.view is not None:
            self._paint_copy(choice, self._dialog.view)

    def _paint_copy(self, choice: ExportChoice, view: View) -> None:
        """Paint a picture in a thread; the edges of a large one take a second."""
        job = choice.job(view)
        size = job.canvas
        if size.width * size.height > MAX_COPY_PIXELS:
            self._complain(
                f"Cannot copy {size.width:,} × {size.height:,} pixels: the clipboard gets at most "
                f"{MAX_COPY_PIXELS / 1e6:,.0f} million. Choose a smaller size, or Export."
            )
            return
        self._copying.clear()
        self._copying.ask((choice, view), lambda _cancelled: job.renderer().image(job.moment))

    def _copied(self, _key: object, image: object) -> None:
        if isinstance(image, QImage):
            QApplication.clipboard().setImage(image)
            size = f"{image.width():,} × {image.height():,} pixels"
            bar = self._dialog.messages if self._dialog is not None and self._dialog.isVisible() else self._messages
            bar.show_info(f"The picture is on the clipboard, {size}.")

    def _not_copied(self, _key: object, words: str) -> None:
        self._complain(f"The picture cannot be copied: {words}")

    def _cancel(self) -> None:
        if self._thread is not None:
            self._thread.cancel()

    def _show_progress(self) -> None:
        thread = self._thread
        if thread is not None and self._dialog is not None:
            self._dialog.set_progress(thread.progress, thread.clock.left(thread.progress))

    def _finished(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._timer.stop()
        thread.wait()
        thread.deleteLater()
        if self._dialog is not None:
            self._dialog.set_progress(None, None)
        if thread.error is None:
            if self._dialog is not None:
                self._dialog.close()
            self._files.saved(str(thread.job.path))
        elif not thread.is_cancelled:
            known = isinstance(thread.error, NnvizError)
            self._complain(str(thread.error) if known else f"Cannot export: {thread.error!r}")

    def _complain(self, text: str) -> None:
        """Say what went wrong where it is seen: in the dialog, or in the window where that is closed."""
        shown = self._dialog is not None and self._dialog.isVisible()
        (self._dialog.messages if self._dialog is not None and shown else self._messages).show_error(text)


def _check_suffix(path: Path, choice: ExportChoice) -> None:
    """Check that the name says the format.

    Raises:
        SaveError: it says another.
    """
    if path.suffix.lower() != f".{choice.suffix}":
        raise SaveError(f"Cannot save {path}: the name must end in .{choice.suffix}, got {path.name!r}.")
