"""The columns of a file with their roles, and the buttons that change these."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.theme import Theme
from app.widgets.import_models import ROLE_NAMES, ROW_PX, VALUES, ColumnsModel, SpreadDelegate
from nnviz.data.files import Preview

ROLE_TIPS = {
    "input": "The network learns from the selected columns.",
    "target": "The network learns to predict the selected columns.",
    "ignore": "The selected columns are not read.",
    "test input": "The inputs of a test set of its own.",
    "test target": "The targets of a test set of its own.",
}


class ColumnsTable(QWidget):
    """The columns with their roles; the roles of those selected are set by buttons, so by keys too."""

    #: The person gave a column another role, or another way to be read.
    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ColumnsModel(self)
        self._alone = False
        self._spread = SpreadDelegate(self)
        self.table = QTableView(self)
        self.table.setObjectName("import_columns")
        self.table.setAccessibleName("Columns")
        self.table.setToolTip("Columns of the file: select some, then choose what they are for.")
        self.table.setModel(self.model)
        self.table.setItemDelegateForColumn(VALUES, self._spread)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for section, width in enumerate((150, 84, 104, 64)):
            header.resizeSection(section, width)
        self.role_buttons: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        line = QHBoxLayout()
        line.setSpacing(6)
        self._label = QLabel("Selected:", self)
        self._label.setProperty("role", "muted")
        line.addWidget(self._label)
        for role, name in ROLE_NAMES.items():
            button = self._button(f"import_role_{role.replace(' ', '_')}", name, ROLE_TIPS[role])
            button.setAccessibleName(f"Selected columns: {name}")
            self.role_buttons[role] = button
            line.addWidget(button)
        line.addSpacing(12)
        self.numbers_button = self._button(
            "import_as_numbers", "As numbers", "Read the selected columns as numbers, one input each."
        )
        self.categories_button = self._button(
            "import_as_categories", "As categories",
            "Read the selected columns as categories: an input for each value, 1 where it is that, else 0 (one-hot).",
        )
        line.addWidget(self.numbers_button)
        line.addWidget(self.categories_button)
        line.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.table, 1)
        box.addLayout(line)
        for role, button in self.role_buttons.items():
            button.setProperty("column_role", role)
            self._group.addButton(button)
        self._group.buttonClicked.connect(self._role_clicked)
        self.numbers_button.clicked.connect(self._as_numbers)
        self.categories_button.clicked.connect(self._as_categories)
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.set_preview(None)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        return button

    def set_preview(self, preview: Preview | None) -> None:
        """Show the columns of a preview; emits nothing."""
        kind = "" if preview is None else preview.choice.kind
        self.model.set_preview(preview)
        self._alone = kind == "npz"
        for role, button in self.role_buttons.items():
            button.setVisible(kind == "npz" or (kind == "csv" and not role.startswith("test")))
        for each in (self.numbers_button, self.categories_button):
            each.setVisible(kind == "csv")
        self._label.setVisible(kind in ("csv", "npz"))
        self._selection_changed()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._spread.set_theme(theme)
        self.model.set_theme(theme)
        self.table.viewport().update()

    def selected(self) -> list[int]:
        """Return the rows that are selected."""
        return sorted(index.row() for index in self.table.selectionModel().selectedRows())

    def _selection_changed(self) -> None:
        some = bool(self.selected())
        for button in (*self.role_buttons.values(), self.numbers_button, self.categories_button):
            button.setEnabled(some)

    def _role_clicked(self, button: QPushButton) -> None:
        self.model.set_roles(self.selected(), str(button.property("column_role")), alone=self._alone)
        self.edited.emit()

    def _as_numbers(self) -> None:
        self.model.set_categories(self.selected(), False)
        self.edited.emit()

    def _as_categories(self) -> None:
        self.model.set_categories(self.selected(), True)
        self.edited.emit()
