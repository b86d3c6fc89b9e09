"""Opens data of the person's own: what is in the file, what each column is for, and what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme
from app.widgets.import_columns import ColumnsTable
from app.widgets.import_models import HeadModel
from app.widgets.import_problems import ProblemsList, style_of
from app.widgets.import_settings import ImportSettings
from nnviz.data.files import ImportChoice, Preview, Problem, check, count_inputs, task_of
from nnviz.errors import SpecError

SETTINGS_WIDTH = 312
EMPTY = (
    "Drop a file here, or choose one: a table (CSV), a NumPy archive (.npz), IDX files, or a folder that holds a "
    "folder of images for each class."
)


class ImportDialog(QDialog):
    """A dialog that does not block the window. It reads nothing itself: it asks, and is told."""

    #: Path, Reading or None: the person wants to see what is in a file.
    inspect_requested = Signal(object, object)
    #: ImportChoice.
    import_requested = Signal(object)
    #: The person does not want to wait any longer.
    cancel_requested = Signal()
    file_requested = Signal()
    folder_requested = Signal()
    labels_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import_dialog")
        self.setWindowTitle("Open data")
        self.setAcceptDrops(True)
        self.setModal(False)
        self._preview: Preview | None = None
        self._path: Path | None = None
        self._choice: ImportChoice | None = None
        self._reading = ""
        self.path = QLineEdit(self)
        self.path.setObjectName("import_path")
        self.path.setAccessibleName("File or folder")
        self.path.setToolTip("The file or folder; a path can be typed or pasted here, then Enter.")
        self.path.setPlaceholderText("File or folder")
        self.file_button = self._button("import_file", "File…", "Choose a CSV, NPZ or IDX file.")
        self.folder_button = self._button("import_folder", "Folder…", "Choose a folder of folders of images.")
        self._pages = QStackedWidget(self)
        self.empty = QLabel(EMPTY, self)
        self.empty.setObjectName("import_empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.summary = QLabel("", self)
        self.summary.setObjectName("import_summary")
        self.summary.setWordWrap(True)
        self.columns = ColumnsTable(self)
        self._head_model = HeadModel(self)
        self.head = QTableView(self)
        self.head.setObjectName("import_head")
        self.head.setAccessibleName("First rows")
        self.head.setToolTip("The first rows of the file, as they stand in it.")
        self.head.setModel(self._head_model)
        self.head.setTabKeyNavigation(False)
        self.head.setWordWrap(False)
        self.head.verticalHeader().setDefaultSectionSize(24)
        self.head.horizontalHeader().setDefaultSectionSize(112)
        self.head.horizontalHeader().setStretchLastSection(True)
        self.head.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.settings = ImportSettings(self)
        self.problems = ProblemsList(self)
        self.progress = QProgressBar(self)
        self.progress.setObjectName("import_progress")
        self.progress.setAccessibleName("Reading")
        self.progress.setTextVisible(False)
        self.status = QLabel("", self)
        self.status.setObjectName("import_status")
        self.status.setProperty("role", "muted")
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.cancel_button = self._button("import_cancel", "Close", "Close; a reading that is going on stops.")
        self.import_button = self._button("import_start", "Import", "Read the data and learn from them.")
        self.import_button.setProperty("role", "primary")
        self.import_button.setDefault(True)
        self._lay_out()
        self.path.returnPressed.connect(self._path_typed)
        self.file_button.clicked.connect(self.file_requested)
        self.folder_button.clicked.connect(self.folder_requested)
        self.columns.edited.connect(self._update)
        self.settings.edited.connect(self._update)
        self.settings.reading_edited.connect(self._read_again)
        self.settings.labels_requested.connect(self.labels_requested)
        self.cancel_button.clicked.connect(self._cancel_clicked)
        self.import_button.clicked.connect(self._import_clicked)
        self.progress.hide()
        self.set_theme(LIGHT)
        self.resize(1080, 660)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text.rstrip("…"))
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.path, 1)
        top.addWidget(self.file_button)
        top.addWidget(self.folder_button)
        tables = QSplitter(Qt.Orientation.Vertical, self)
        tables.setObjectName("import_splitter")
        tables.setChildrenCollapsible(False)
        tables.addWidget(self.columns)
        tables.addWidget(self.head)
        tables.setSizes([300, 150])
        tables.setHandleWidth(8)
        scroll = QScrollArea(self)
        scroll.setObjectName("import_scroll")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.settings)
        scroll.setFixedWidth(SETTINGS_WIDTH)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(tables, 1)
        middle.addWidget(scroll)
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self.status, 1)
        bottom.addWidget(self.progress)
        bottom.addWidget(self.cancel_button)
        bottom.addWidget(self.import_button)
        self.progress.setFixedWidth(200)
        full = QWidget(self)
        full.setLayout(middle)
        middle.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 16, 16, 16)
        box.setSpacing(8)
        box.addLayout(top)
        box.addWidget(self.summary)
        box.addWidget(self._pages, 1)
        box.addWidget(self.problems)
        box.addLayout(bottom)

    # -- what is so --------------------------------------------------------------------------------------------

    @property
    def choice(self) -> ImportChoice | None:
        """What Import would read; None while that is not possible."""
        return self._choice

    def open_path(self, path: Path) -> None:
        """Take up a file or folder, and ask to look at it."""
        self._path = path
        self._preview = None
        self._show_preview()
        self.path.setText(str(path))
        self._set_reading("inspect")
        self.inspect_requested.emit(path, None)

    def set_preview(self, preview: Preview) -> None:
        """Show what is in the file."""
        self._preview = preview
        self._path = Path(preview.choice.path)
        self.path.setText(preview.choice.path)
        self._set_reading("")
        self._show_preview()

    def set_failure(self, text: str) -> None:
        """Say what went wrong with looking or reading; emits nothing."""
        was_inspecting = self._reading == "inspect"
        self._set_reading("")
        if was_inspecting:
            self._preview = None
            self._show_preview()
        self.problems.set_problems([Problem("error", text)])
        if was_inspecting:
            self._refuse("This file cannot be read as it is; see above.")
        else:
            # The file may have been mended meanwhile: trying again is allowed.
            self.import_button.setEnabled(self._choice is not None)

    def set_progress(self, done: int, total: int) -> None:
        """Show how far the reading is."""
        if self._reading == "load" and done >= total:
            self.progress.setRange(0, 0)
            self.status.setText("Scaling and dividing …")
        elif self._reading == "load":
            self.progress.setRange(0, max(1, total))
            self.progress.setValue(done)
            self.status.setText(f"Reading, {100 * done / max(1, total):.0f} %")

    def set_loaded(self) -> None:
        """Say that everything was read: the dialog closes."""
        self._set_reading("")
        self.accept()

    def set_labels(self, path: Path) -> None:
        """Set the labels of an IDX file, as the person chose them."""
        self.settings.set_labels(str(path))
        self._update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.columns.set_theme(theme)
        self.problems.set_theme(theme)
        self.setStyleSheet(style_of(theme))
        self._update()

    # -- inside ------------------------------------------------------------------------------------------------

    def _show_preview(self) -> None:
        preview = self._preview
        self.columns.set_preview(preview)
        self._head_model.set_preview(preview)
        if preview is not None:
            self.settings.set_choice(preview.choice)
        elif self._path is None or not self._path.exists():
            self.settings.set_choice(None)
        self._update()

    def _update(self) -> None:
        """Work out what would be read, and say what is wrong with it."""
        preview = self._preview
        self._pages.setCurrentIndex(0 if preview is None else 1)
        self._choice = None
        if preview is None:
            self.summary.setText("")
            self.problems.set_problems([])
            self._refuse("" if self._reading else "Choose a file or a folder first.")
            return
        kind, model = preview.choice.kind, self.columns.model
        choice = preview.choice
        try:
            if kind == "csv":
                inputs = model.names("input")
                categories = tuple(name for name in inputs if name in model.categories)
                choice = replace(choice, inputs=inputs, targets=model.names("target"), categories=categories)
            elif kind == "npz":
                test = [model.names(role)[:1] or ("",) for role in ("test input", "test target")]
                choice = replace(
                    choice, inputs=model.names("input"), targets=model.names("target"), test_inputs=test[0][0],
                    test_targets=test[1][0],
                )
                columns = [preview.column(name) for name in choice.inputs]
                self.settings.set_table(not any(column and column.kind == "image" for column in columns))
            suggested = task_of(preview, choice.targets)
            if kind in ("idx", "images"):
                suggested = "binary" if len(preview.class_counts) == 2 else "multiclass"
            self.settings.set_suggested_task(suggested)
            choice = self.settings.apply(choice)
            found = list(check(preview, choice))
        except SpecError as error:
            found = [Problem("error", str(error))]
        self.summary.setText(self._words(preview, choice))
        self.problems.set_problems(found)
        errors = [problem.text for problem in found if problem.severity == "error"]
        if errors:
            self._refuse(f"Import waits: {errors[0]}")
        else:
            self._choice = choice
            self.import_button.setEnabled(not self._reading)
            self.import_button.setToolTip("Read the data and learn from them.")
            if not self._reading:
                self.status.setText("")

    def _words(self, preview: Preview, choice: ImportChoice) -> str:
        """Say in a line what there is and what would come of it."""
        about = "" if preview.is_exact else "about "
        what = "samples" if choice.kind in ("npz", "idx", "images") else "rows"
        words = f"{about}{preview.row_count:,} {what}"
        if not preview.is_exact:
            words += f" (the first {preview.seen:,} were looked at)"
        if choice.kind == "csv":
            words += f", {len(preview.columns):,} columns"
        inputs = count_inputs(preview, choice)
        if inputs:
            words += f"  ·  {inputs:,} input{'s' * (inputs != 1)} of the network"
        if preview.class_counts:
            shown = ", ".join(f"{name} {count:,}" for name, count in preview.class_counts[:6])
            more = len(preview.class_counts) - 6
            words += f"  ·  {len(preview.class_counts)} classes: {shown}" + (f" and {more} more" if more > 0 else "")
        return words

    def _refuse(self, reason: str) -> None:
        self.import_button.setEnabled(False)
        self.import_button.setToolTip(reason or "Wait for the reading to end.")
        if not self._reading:
            # The whole of it stands in the list above.
            self.status.setText(reason if len(reason) <= 110 else f"{reason[:108]}…")

    def _set_reading(self, what: str) -> None:
        self._reading = what
        self.progress.setVisible(bool(what))
        self.progress.setRange(0, 0)
        self.cancel_button.setText("Cancel" if what == "load" else "Close")
        self.cancel_button.setAccessibleName(self.cancel_button.text())
        for widget in (self.columns, self.settings, self.path, self.file_button, self.folder_button):
            widget.setEnabled(what != "load")
        if what == "inspect" and self._path is not None:
            self.status.setText(f"Looking at {self._path.name} …")
        elif what == "load":
            self.status.setText("Reading …")
        if what:
            self.import_button.setEnabled(False)
        else:
            self.progress.setRange(0, 1)
            self.status.setText("")

    def _path_typed(self) -> None:
        text = self.path.text().strip()
        if text:
            self.open_path(Path(text).expanduser())

    def _read_again(self) -> None:
        if self._path is not None:
            self._set_reading("inspect")
            self.inspect_requested.emit(self._path, self.settings.reading())

    def _import_clicked(self) -> None:
        if self._choice is not None and not self._reading:
            self._set_reading("load")
            self.import_requested.emit(self._choice)

    def _cancel_clicked(self) -> None:
        if self._reading == "load":
            self._set_reading("")
            self.cancel_requested.emit()
            self._update()
        else:
            self.reject()

    def reject(self) -> None:
        """Close; what is being looked at or read stops."""
        if self._reading:
            self._set_reading("")
            self.cancel_requested.emit()
            with QSignalBlocker(self):
                self._update()
        super().reject()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file or folder."""
        if dropped_path(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at what was dropped."""
        path = dropped_path(event)
        if path is not None and self._reading != "load":
            event.acceptProposedAction()
            self.open_path(path)


def dropped_path(event: QDragEnterEvent | QDropEvent) -> Path | None:
    """Return the one local file or folder that is dragged, or None."""
    urls = event.mimeData().urls()
    if len(urls) == 1 and urls[0].isLocalFile():
        return Path(urls[0].toLocalFile())
    return None
