"""Keeps the code panel at the plan in force, and takes its script to disk."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.errors import ErrorBar
from app.theme import Theme
from app.widgets.code_panel import CodePanel
from app.windows.files import Files
from nnviz.data.datasets import Dataset
from nnviz.errors import NnvizError
from nnviz.spec import Plan
from nnviz.storage.atomic import write_text_atomically
from nnviz.training.keras_script import MNIST_CHOICE, keras_script


class KerasCode(QObject):
    """Writes the script of a plan into a panel.

    Args:
        panel: shows the script; it belongs to a window.
        files: asks for paths and saves.
        messages: says that it was copied.
    """

    def __init__(self, panel: CodePanel, files: Files, messages: ErrorBar) -> None:
        super().__init__(panel)
        self._panel = panel
        self._files = files
        self._messages = messages
        self._dataset: Dataset | None = None
        self._plan: Plan | None = None
        panel.copied.connect(self._copied)
        panel.save_requested.connect(self._save)

    def set_dataset(self, dataset: Dataset) -> None:
        """Set which data the script loads."""
        self._dataset = dataset
        self._show()

    def set_plan(self, plan: Plan) -> None:
        """Set the network and the training that the script makes."""
        self._plan = plan
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._panel.set_theme(theme)

    def _show(self) -> None:
        if self._plan is None:
            return
        try:
            choice = MNIST_CHOICE if self._dataset is None else self._dataset.choice
            self._panel.set_code(keras_script(self._plan, choice, self._dataset))
        except NnvizError as error:
            # Said where the code would stand: nobody asked for it just now.
            self._panel.set_problem(str(error))

    def _copied(self) -> None:
        self._messages.show_info("The Keras code is on the clipboard.")

    def _save(self, text: str) -> None:
        path = self._files.ask_save("Save Keras code", "network.py", "Python (*.py)")
        self._files.save(path, lambda target: write_text_atomically(target, text))
