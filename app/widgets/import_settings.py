"""How a file becomes a data set: task, missing values, scaling, division, and how a CSV is written."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnviz.data.files import ImportChoice, Reading
from nnviz.data.import_choice import KINDS, MAX_IMAGE_SIDE, SHARE_RANGE
from nnviz.errors import SpecError
from nnviz.spec import MAX_SEED

TASK_NAMES = {
    "regression": "Regression: numbers", "binary": "Binary: one of two classes",
    "multiclass": "Multiclass: one of several", "multilabel": "Multilabel: any of several",
}
MISSING_NAMES = {
    "drop": "Leave the row out", "mean": "Fill with the mean", "median": "Fill with the median",
    "most_frequent": "Fill with the most frequent",
}
UNREADABLE_NAMES = {"stop": "Stop and say where", "missing": "Treat as missing"}
DELIMITER_NAMES = {",": "Comma  ,", ";": "Semicolon  ;", "\t": "Tab", "|": "Bar  |", " ": "Blank"}
ENCODING_NAMES = {"utf-8": "UTF-8", "windows-1252": "Windows-1252", "utf-16": "UTF-16"}
DECIMAL_NAMES = {".": "Point  1.5", ",": "Comma  1,5"}


class ImportSettings(QWidget):
    """A form. What is in it goes into an ``ImportChoice``; what is wrong in it is said by ``apply``."""

    #: Something else than how a CSV is written was changed.
    edited = Signal()
    #: How a CSV is written was changed: it has to be looked at again.
    reading_edited = Signal()
    #: The person wants to choose the labels of an IDX file.
    labels_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import_settings")
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(8)
        self._form.setVerticalSpacing(6)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.delimiter = self._box(
            "delimiter", "Delimiter", DELIMITER_NAMES, "What stands between two cells of a row.", reading=True
        )
        self.decimal = self._box("decimal", "Decimal sign", DECIMAL_NAMES, "How numbers are written.", reading=True)
        self.encoding = self._box(
            "encoding", "Encoding", ENCODING_NAMES, "How letters are stored; wrong where ä or é look odd.", reading=True
        )
        self.header = self._check("header", "First row has the names", "Whether the first row names the columns.")
        self.header.toggled.connect(self.reading_edited)
        self._form.addRow(self.header)
        self.task = self._box("task", "Task", {"": "From the target", **TASK_NAMES},
                              "What is to be learnt; output layer and loss follow from it.")
        self.missing = self._box("missing", "Missing", MISSING_NAMES,
                                 "What becomes of a row with a missing input; training rows give the filled values.")
        self.unreadable = self._box(
            "unreadable", "Unreadable", UNREADABLE_NAMES,
            "What becomes of texts where numbers are expected, of infinite numbers and of rows of another length."
        )
        self.standardise = self._check(
            "standardise", "Standardise inputs", "Give each input mean 0 and deviation 1 over the training rows."
        )
        self.standardise.setChecked(True)
        self.standardise.toggled.connect(self.edited)
        self._form.addRow(self.standardise)
        self.train = self._number(
            "train_share", "Training share", "Percent of the rows to learn from, 40 to 90.", 70
        )
        self.validation = self._number(
            "validation_share", "Validation share",
            "Percent of the rows that are looked at after each epoch; the rest is for the test.", 15,
        )
        self._test = QLabel(self)
        self._test.setProperty("role", "muted")
        words = [QLabel(text, self) for text in ("train", "valid.")]
        for label in words:
            label.setProperty("role", "muted")
        self._shares = _side_by_side(self, words[0], self.train, words[1], self.validation, self._test)
        self._row("Shares %", self._shares)
        self.height_box = self._number("image_height", "Image height", "Height in pixels that every image gets.", 28)
        self.width_box = self._number("image_width", "Image width", "Width in pixels that every image gets.", 28)
        self._size = _side_by_side(self, self.height_box, QLabel("×", self), self.width_box)
        self._row("Image size", self._size)
        self.rows = self._line(
            "max_rows", "Rows at most", "Read only the first rows (of a folder: images of each class); empty for all."
        )
        self.rows.setPlaceholderText("all")
        self._row("Rows at most", self.rows)
        self.seed = self._line(
            "import_seed", "Seed of the division", "Fixes which row goes where: the same seed, the same division."
        )
        self.seed.setText("0")
        self._row("Seed", self.seed)
        self.labels = QPushButton("Choose…", self)
        self.labels.setObjectName("import_labels")
        self.labels.setAccessibleName("File of labels")
        self.labels.setToolTip("Choose the IDX file with the labels of these images.")
        self.labels.setAutoDefault(False)
        self.labels.clicked.connect(self.labels_requested)
        self._row("Labels", self.labels)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 4, 0)
        box.addLayout(self._form)
        box.addStretch(1)
        self._labels_path = ""
        self._kind = ""
        self._show_test_share()
        self.set_choice(None)

    # -- building --------------------------------------------------------------------------------------------

    def _row(self, text: str, field: QWidget) -> None:
        label = QLabel(text, self)
        label.setProperty("role", "muted")
        label.setBuddy(field)
        self._form.addRow(label, field)

    def _box(self, name: str, text: str, names: dict[str, str], tip: str, reading: bool = False) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(f"import_{name}")
        box.setAccessibleName(text)
        box.setToolTip(tip)
        for key, words in names.items():
            box.addItem(words, key)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.activated.connect(self.reading_edited if reading else self.edited)
        self._row(text, box)
        return box

    def _check(self, name: str, text: str, tip: str) -> QCheckBox:
        check = QCheckBox(text, self)
        check.setObjectName(f"import_{name}")
        check.setAccessibleName(text)
        check.setToolTip(tip)
        return check

    def _number(self, name: str, text: str, tip: str, value: int) -> QLineEdit:
        line = self._line(f"import_{name}", text, tip)
        line.setText(str(value))
        line.setFixedWidth(44)
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
        return line

    def _line(self, name: str, text: str, tip: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(name)
        line.setAccessibleName(text)
        line.setToolTip(tip)
        line.textEdited.connect(self._typed)
        return line

    # -- values ----------------------------------------------------------------------------------------------

    def set_choice(self, choice: ImportChoice | None) -> None:
        """Show the fields of a kind of file, and how a CSV is written; emits nothing. Other fields stay."""
        self._kind = kind = "" if choice is None else choice.kind
        for field, kinds in (
            (self.delimiter, ("csv",)), (self.decimal, ("csv",)), (self.encoding, ("csv",)), (self.header, ("csv",)),
            (self._size, ("images",)), (self.labels, ("idx",)),
            (self._shares, KINDS), (self.rows, KINDS), (self.task, KINDS), (self.seed, KINDS),
        ):
            self._form.setRowVisible(field, kind in kinds)
        self.set_table(kind in ("csv", "npz"))
        if choice is not None:
            self._labels_path = choice.labels_path
            self.labels.setText(choice.labels_path.replace("\\", "/").rsplit("/", 1)[-1] or "Choose…")
            for box, value in (
                (self.delimiter, choice.delimiter), (self.decimal, choice.decimal), (self.encoding, choice.encoding),
            ):
                with QSignalBlocker(box):
                    box.setCurrentIndex(max(0, box.findData(value)))
            with QSignalBlocker(self.header):
                self.header.setChecked(choice.header)

    def set_table(self, is_table: bool) -> None:
        """Show the fields that are for tables and not for images."""
        for field in (self.missing, self.standardise):
            self._form.setRowVisible(field, is_table)
        self._form.setRowVisible(self.unreadable, is_table or self._kind == "images")

    def set_labels(self, path: str) -> None:
        """Set the file of labels; emits nothing."""
        self._labels_path = path
        self.labels.setText(path.replace("\\", "/").rsplit("/", 1)[-1])

    def set_suggested_task(self, task: str) -> None:
        """Say which task the targets suggest."""
        self.task.setItemText(0, f"From target: {task}" if task else "From the target")

    def reading(self) -> Reading:
        """Return how the CSV is written."""
        return Reading(
            str(self.delimiter.currentData()), self.header.isChecked(), str(self.encoding.currentData()),
            str(self.decimal.currentData()),
        )

    def apply(self, choice: ImportChoice) -> ImportChoice:
        """Return a choice with what the form says.

        Raises:
            SpecError: a field is wrong; the message names it.
        """
        train = _whole(self.train.text(), "the share to train", *SHARE_RANGE)
        validation = _whole(self.validation.text(), "the share to validate", 5, SHARE_RANGE[1])
        test = 100 - train - validation
        if test < 5:
            raise SpecError(f"the shares to train and validate must leave at least 5 % for the test, got {test} %")
        rows = _whole(self.rows.text() or "0", "Rows at most", 0, 2**53)
        seed = _whole(self.seed.text(), "Seed", 0, MAX_SEED)
        size = choice.image_size
        if choice.kind == "images":
            size = (
                _whole(self.height_box.text(), "the height of the images", 1, MAX_IMAGE_SIDE),
                _whole(self.width_box.text(), "the width of the images", 1, MAX_IMAGE_SIDE),
            )
        return replace(
            choice,
            task=str(self.task.currentData()),
            missing=str(self.missing.currentData()),
            unreadable=str(self.unreadable.currentData()),
            standardise=self.standardise.isChecked(),
            shares=(train, validation, test),
            max_rows=rows,
            seed=seed,
            image_size=size,
            labels_path=self._labels_path if choice.kind == "idx" else "",
        )

    def _typed(self) -> None:
        self._show_test_share()
        self.edited.emit()

    def _show_test_share(self) -> None:
        try:
            train, validation = (_whole(line.text(), "share", 5, 95) for line in (self.train, self.validation))
        except SpecError:
            self._test.setText("test ?")
        else:
            self._test.setText(f"test {100 - train - validation}")


def _side_by_side(parent: QWidget, *widgets: QWidget) -> QWidget:
    made = QWidget(parent)
    box = QHBoxLayout(made)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(4)
    for widget in widgets:
        box.addWidget(widget)
    box.addStretch(1)
    return made


def _whole(text: str, name: str, low: int, high: int) -> int:
    cleaned = text.strip().replace(",", "").replace(" ", "")
    if not cleaned.isdecimal() or len(cleaned) > 16 or not low <= int(cleaned) <= high:
        raise SpecError(f"{name} must be a whole number from {low:,} to {high:,}, got {text.strip()!r}")
    return int(cleaned)
