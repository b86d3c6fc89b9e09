"""The actions of the menu File that ask for a path: models in and out, pictures, tables and drawings out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.session import Session
from app.widgets.digit_canvas import DigitCanvas
from app.windows.files import Files


class FileActions(QObject):
    """Connects files with session and drawing.

    Args:
        files: asks for paths and saves.
        session: opens and saves models, and has the history.
        canvas: the drawing.
    """

    def __init__(self, files: Files, session: Session, canvas: DigitCanvas) -> None:
        super().__init__(files)
        self._files, self._session, self._canvas = files, session, canvas

    def slots(self) -> dict[str, Callable[[], None]]:
        """Return what each action does, by its name in ``app.actions.DESKTOP``."""
        return {
            "open_model": self.open_model, "save_model": self.save_model,
            "export_history": self.export_history, "export_drawing": self.export_drawing,
            "export_window": self.export_window,
        }

    def open_model(self) -> None:
        """Ask for a ``.keras`` file and show its network."""
        path = self._files.ask_open("Open model", "Keras models (*.keras);;All files (*)")
        if path is not None:
            self._session.open_model(path)

    def save_model(self) -> None:
        """Ask for a path and save the network in training."""
        path = self._files.ask_save("Save model", "model.keras", "Keras models (*.keras)")
        if path is not None:
            self._session.save(path)

    def export_history(self) -> None:
        """Ask for a path and save the scalars of every step."""
        path = self._files.ask_save("Export history", "history.csv", "Tables (*.csv)")
        self._files.save(path, self._session.history.to_csv)

    def export_drawing(self) -> None:
        """Ask for a path and save the drawing as pixels, or as strokes where it ends in ``.json``."""
        path = self._files.ask_save("Export drawing", "digit.png", "Pictures (*.png);;Strokes (*.json)")
        is_json = path is not None and path.suffix == ".json"
        self._files.save(path, self._canvas.save_strokes if is_json else self._canvas.save_image)

    def export_window(self) -> None:
        """Ask for a path and save a picture of the window."""
        self._files.save(self._files.ask_save("Export window", "nnviz.png", "PNG (*.png)"), self._files.save_window)
