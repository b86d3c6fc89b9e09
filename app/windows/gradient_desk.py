"""Connects checks of gradients with their table, the mark on the picture, and files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from app.errors import ErrorBar
from app.png import png_bytes
from app.session import Session
from app.theme import Theme, ThemeManager
from app.widgets.gradient_mark import GradientMark
from app.widgets.gradient_panel import GradientPanel
from app.windows.files import Files
from nnviz.picture.check_words import check_csv
from nnviz.storage.atomic import write_bytes_atomically
from nnviz.training.check_values import GradientCheck


class GradientDesk(QObject):
    """Opens the table, has checks made, and keeps the mark up to date.

    Args:
        window: the table stands beside it.
        view: the picture that gets the mark.
        session: makes the checks.
        files: saves what is exported.
        messages: says that something was copied.
        themes: the colours.
    """

    def __init__(
        self, window: QWidget, view: QWidget, session: Session, files: Files, messages: ErrorBar, themes: ThemeManager
    ) -> None:
        super().__init__(window)
        self._session, self._files, self._messages = session, files, messages
        self.panel = GradientPanel(window)
        self.mark = GradientMark(view)
        self.mark.check_requested.connect(self.check)
        self.mark.table_requested.connect(self.show)
        self.panel.check_requested.connect(session.check_gradients)
        self.panel.cancel_requested.connect(session.cancel_check)
        self.panel.copy_requested.connect(self._copy)
        self.panel.save_requested.connect(self._save)
        self.panel.picture_requested.connect(self._save_picture)
        session.gradients_checked.connect(self._checked)
        session.check_progressed.connect(self._progressed)
        session.trust_changed.connect(self.mark.set_trust)
        self.set_theme(themes.theme)
        themes.changed.connect(self.set_theme)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.panel.set_theme(theme)
        self.mark.set_theme(theme)

    def check(self) -> None:
        """Open the table and check the gradients on the screen."""
        self.show()
        self._session.check_gradients()

    def show(self) -> None:
        """Open the table."""
        self.panel.show()
        self.panel.activateWindow()

    def _progressed(self, done: int, total: int) -> None:
        self.panel.set_progress((done, total))

    def _checked(self, check: GradientCheck | None) -> None:
        self.panel.set_progress(None)
        if check is None:
            self.panel.set_note("No check was made: it was given up, or the window says why it cannot be.")
        else:
            self.panel.set_check(check)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.panel.as_text())
        self._messages.show_info("The table of the gradient check is on the clipboard.")

    def _save(self) -> None:
        check = self.panel.check
        if check is not None:
            path = self._files.ask_save("Save the gradient check", "gradient-check.csv", "CSV (*.csv)")
            self._files.save(path, lambda to: write_bytes_atomically(to, check_csv(check).encode()))

    def _save_picture(self) -> None:
        path = self._files.ask_save("Save a picture of the gradient check", "gradient-check.png", "PNG (*.png)")
        self._files.save(path, self._write_picture)

    def _write_picture(self, path: Path) -> None:
        write_bytes_atomically(path, png_bytes(self.panel.picture()))
