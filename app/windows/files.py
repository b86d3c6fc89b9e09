"""What goes to disk and comes from it: dialogs, and one place that says what became of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from app.errors import ErrorBar
from app.png import png_bytes
from nnviz.errors import NnvizError
from nnviz.storage.atomic import write_bytes_atomically


class Files(QObject):
    """Asks for paths and reports in the message strip of a window."""

    def __init__(self, window: QWidget, messages: ErrorBar) -> None:
        super().__init__(window)
        self._window = window
        self._messages = messages

    def ask_open(self, title: str, kinds: str) -> Path | None:
        """Ask for a file that is there; None where the person thought better of it."""
        path, _ = QFileDialog.getOpenFileName(self._window, title, "", kinds)
        return Path(path) if path else None

    def ask_save(self, title: str, name: str, kinds: str) -> Path | None:
        """Ask where to save; the suffix of ``name`` is added where none was typed."""
        text, _ = QFileDialog.getSaveFileName(self._window, title, name, kinds)
        if not text:
            return None
        path = Path(text)
        return path if path.suffix else path.with_name(path.name + "".join(Path(name).suffixes))

    def save(self, path: Path | None, write: Callable[[Path], object]) -> bool:
        """Write a file and say so, or why not; None does nothing. Returns whether it was written."""
        if path is None:
            return False
        try:
            write(path)
        except NnvizError as error:
            self._messages.show_error(str(error))
            return False
        self.saved(str(path))
        return True

    def saved(self, path: str) -> None:
        """Say that a file was saved."""
        self._messages.show_info(f"Saved to {path}.")

    def save_window(self, path: Path) -> None:
        """Save a picture of the whole window as PNG.

        Raises:
            SaveError: it cannot be written.
        """
        write_bytes_atomically(path, png_bytes(self._window.grab().toImage()))

    def copy_window(self) -> None:
        """Put a picture of the whole window on the clipboard."""
        QApplication.clipboard().setPixmap(self._window.grab())
        self._messages.show_info("The picture of the window is on the clipboard.")
