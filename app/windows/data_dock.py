"""Connects the data panel with the session, and sleeps while its dock cannot be seen."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget

from app.session import Session
from app.session_values import SampleChoice
from app.theme import Theme
from app.widgets.data_panel import DataPanel
from app.windows.files import Files
from nnviz.training.records import Snapshot


class DataDock(QObject):
    """Feeds the panel what the session has, and the session what the person wants.

    Args:
        panel: shows the data; it belongs to a window.
        session: holds the data and the sample.
        files: asks for paths and saves.
    """

    def __init__(self, panel: DataPanel, session: Session, files: Files) -> None:
        super().__init__(panel)
        self._panel = panel
        self._session = session
        self._files = files
        session.dataset_changed.connect(panel.set_dataset)
        session.sample_changed.connect(self._sample_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        panel.sample_requested.connect(session.choose_sample)
        panel.save_requested.connect(self._save)

    def watch(self, dock: QDockWidget) -> None:
        """Compute only while this dock is open and, where it shares its place, in front."""
        dock.visibilityChanged.connect(self._panel.set_active)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._panel.set_theme(theme)

    def _sample_changed(self, sample: SampleChoice) -> None:
        self._panel.set_marked(sample.index if sample.kind == "test" else None)

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        self._sample_changed(self._session.sample)  # the first sample is chosen without a word
        self._panel.set_input(snapshot.sample)

    def _save(self, name: str) -> None:
        path = self._files.ask_save("Save picture of the data", name, "Pictures (*.png *.svg)")
        self._files.save(path, self._panel.export)
