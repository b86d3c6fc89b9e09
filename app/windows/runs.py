"""Runs to files, to the clipboard and back: data set, network and training as one text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QWidget

from app.errors import ErrorBar
from app.session import Session
from app.windows.files import Files
from nnviz.errors import NnvizError
from nnviz.run import SUFFIX, Run, read_run

_KINDS = f"Runs (*{SUFFIX});;JSON (*.json);;All files (*)"


class Runs(QObject):
    """Saves, opens, copies and pastes runs, and opens the ones that are dropped on a window.

    Args:
        window: where files may be dropped.
        session: has the run, and takes another over.
        files: asks for paths and saves.
        messages: says what came of it.
    """

    def __init__(self, window: QWidget, session: Session, files: Files, messages: ErrorBar) -> None:
        super().__init__(window)
        self._session = session
        self._files = files
        self._messages = messages
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def save(self) -> None:
        """Ask for a path and save the run in force."""
        run = self._run()
        if run is None:
            return
        # Own data are named by their path; a further dot would be taken for part of the suffix.
        name = Path(run.dataset.name).stem.replace(".", "-")
        self._files.save(self._files.ask_save("Save run", f"{name}{SUFFIX}", _KINDS), run.save)

    def open(self) -> None:
        """Ask for a file and open its run."""
        path = self._files.ask_open("Open run", _KINDS)
        if path is not None:
            self.open_file(path)

    def open_file(self, path: Path) -> None:
        """Open the run of a file, or say why not."""
        try:
            run = read_run(path)
        except NnvizError as error:
            self._messages.show_error(str(error))
            return
        self._session.open_run(run)

    def copy(self) -> None:
        """Put the run in force on the clipboard."""
        run = self._run()
        if run is not None:
            QGuiApplication.clipboard().setText(run.to_json())
            self._messages.show_info("The run is on the clipboard as text.")

    def paste(self) -> None:
        """Open the run whose text is on the clipboard, or say why it is none."""
        try:
            run = Run.from_json(QGuiApplication.clipboard().text())
        except NnvizError as error:
            self._messages.show_error(f"The clipboard holds no run that can be opened: {error}")
            return
        self._session.open_run(run)

    def _run(self) -> Run | None:
        run = self._session.run
        if run is None:
            self._messages.show_info("The first data are still being read; try again in a few seconds.")
        return run

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take a dragged run over the window, and open it when it is dropped."""
        if isinstance(event, QDropEvent):  # QDragEnterEvent and QDragMoveEvent are such too
            path = _dragged(event.mimeData())
            if path is None:
                return False
            event.acceptProposedAction()
            if not isinstance(event, QDragEnterEvent | QDragMoveEvent):
                self.open_file(path)
            return True
        return False


def _dragged(data: QMimeData) -> Path | None:
    """Return the path of the one run that is dragged, or None."""
    urls = data.urls()
    if len(urls) != 1 or not urls[0].isLocalFile() or not urls[0].toLocalFile().endswith(SUFFIX):
        return None
    return Path(urls[0].toLocalFile())
