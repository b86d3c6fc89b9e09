"""Data of the person's own in the desktop window: the dialog, the reading in the background, the entries of the box."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.errors import ErrorBar
from app.file_importer import FileImporter
from app.session import Session
from app.theme import Theme
from app.widgets.dataset_box import DatasetBox, DatasetEntry
from app.widgets.import_dialog import ImportDialog
from nnviz.data.dataset import Dataset
from nnviz.data.files import ImportChoice, Preview, Reading, kind_of
from nnviz.data.import_choice import OWN_OPTION

FILE_KINDS = "Data (*.csv *.tsv *.tab *.txt *.data *.npz *.idx *.idx.gz *-ubyte *-ubyte.gz);;All files (*)"


class OwnData(QObject):
    """Connects dialog, importer, session and data set box.

    Args:
        window: owns the dialog.
        session: takes the data.
        box: gets an entry for each.
        messages: says what was read, and what went wrong.
    """

    def __init__(self, window: QWidget, session: Session, box: DatasetBox, messages: ErrorBar) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._box = box
        self._messages = messages
        self._theme: Theme | None = None
        self._choices: dict[str, ImportChoice] = {}
        self._notes = ""
        self._folder = ""
        self.dialog: ImportDialog | None = None
        self.importer = FileImporter(self)
        self.importer.inspected.connect(self._inspected)
        self.importer.loaded.connect(self._loaded)
        self.importer.noted.connect(self._noted)
        self.importer.failed.connect(self._failed)
        self.importer.progressed.connect(self._progressed)
        session.dataset_changed.connect(self._dataset_changed)

    def open(self, path: Path | None = None) -> None:
        """Show the dialog, with a file or folder where one is given."""
        if self.dialog is None:
            dialog = ImportDialog(self._window)
            dialog.inspect_requested.connect(self._inspect)
            dialog.import_requested.connect(self._load)
            dialog.cancel_requested.connect(self.importer.cancel)
            dialog.file_requested.connect(self._ask_file)
            dialog.folder_requested.connect(self._ask_folder)
            dialog.labels_requested.connect(self._ask_labels)
            if self._theme is not None:
                dialog.set_theme(self._theme)
            self.dialog = dialog
        self.dialog.show()
        self.dialog.activateWindow()
        if path is not None:
            self.dialog.open_path(path)

    def choice_of(self, name: str) -> ImportChoice | None:
        """Return how a data set of the box was read; None for those of the registry."""
        return self._choices.get(name)

    def load_again(self, name: str) -> None:
        """Read a data set of the box again, as it was read before."""
        self._notes = ""
        self.importer.load(self._choices[name])

    def stop(self) -> None:
        """Stop what is being read, and wait for its thread."""
        self.importer.stop()
        if self.dialog is not None:
            self.dialog.close()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours of the dialog."""
        self._theme = theme
        if self.dialog is not None:
            self.dialog.set_theme(theme)

    @staticmethod
    def takes(path: Path) -> bool:
        """Whether a path that is dropped looks like data."""
        return kind_of(path) != ""

    # -- from the dialog ---------------------------------------------------------------------------------------

    def _inspect(self, path: Path, reading: Reading | None) -> None:
        self.importer.inspect(path, reading)

    def _load(self, choice: ImportChoice) -> None:
        self._notes = ""
        self.importer.load(choice)

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open data", self._folder, FILE_KINDS)
        self._chosen(path)

    def _ask_folder(self) -> None:
        self._chosen(QFileDialog.getExistingDirectory(self._window, "Open a folder of images", self._folder))

    def _chosen(self, path: str) -> None:
        if path and self.dialog is not None:
            self._folder = str(Path(path).parent)
            self.dialog.open_path(Path(path))

    def _ask_labels(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Labels of the images", self._folder, "All files (*)")
        if path and self.dialog is not None:
            self.dialog.set_labels(Path(path))

    # -- from the importer -------------------------------------------------------------------------------------

    def _inspected(self, preview: Preview) -> None:
        if self.dialog is not None:
            self.dialog.set_preview(preview)

    def _progressed(self, done: int, total: int) -> None:
        if self.dialog is not None:
            self.dialog.set_progress(done, total)

    def _noted(self, text: str) -> None:
        self._notes = text

    def _failed(self, text: str) -> None:
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.set_failure(text)
            return
        self._messages.show_error(text)
        if self._session.dataset is not None:
            self._box.set_dataset(self._session.dataset.name)  # whoever showed the wish shows the fact again

    def _dataset_changed(self, dataset: Dataset) -> None:
        """Give own data an entry in the box, however they came: a run can bring them too."""
        text = dataset.options.get(OWN_OPTION)
        if isinstance(text, str):
            choice = ImportChoice.from_json(text)
            self._choices[dataset.name] = choice
            words = f"Your own data, {dataset.task}. {_counts(dataset)} samples. {choice.path}"
            self._box.add_dataset(DatasetEntry(dataset.name, dataset.title, words, "Your data"))

    def _loaded(self, dataset: Dataset) -> None:
        if self.dialog is not None and self.dialog.isVisible():
            self.dialog.set_loaded()
        self._session.take_own_dataset(dataset)
        text = f"{dataset.title}: {_counts(dataset)} samples to train, validate and test. {self._notes}"
        self._messages.show_info(text.strip())


def _counts(dataset: Dataset) -> str:
    return " + ".join(f"{len(dataset.split(name)):,}" for name in ("train", "validation", "test"))
