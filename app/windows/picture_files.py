"""Connects the pictures of a window that can be saved and copied with the disk and the strip of messages."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.errors import ErrorBar
from app.theme import Theme
from app.widgets.picture_tools import PictureTools
from app.windows.files import Files

KINDS = "Pictures (*.png *.svg)"


class PictureFiles(QObject):
    """Asks for paths, saves, and says what became of it.

    Args:
        window: all ``PictureTools`` in it, now, are connected.
        files: asks for paths and saves.
        messages: where a copy is told.
    """

    def __init__(self, window: QWidget, files: Files, messages: ErrorBar) -> None:
        super().__init__(window)
        self._files, self._messages = files, messages
        self._tools = window.findChildren(PictureTools)
        for each in self._tools:
            each.save_requested.connect(self._save)
            each.copied.connect(self._copied)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        for each in self._tools:
            each.set_theme(theme)

    def _save(self, name: str) -> None:
        tools = self.sender()
        if isinstance(tools, PictureTools):
            self._files.save(self._files.ask_save("Save picture", name, KINDS), tools.save)

    def _copied(self, title: str) -> None:
        self._messages.show_info(f"The picture is on the clipboard: {title}.")
