"""The table of a check of gradients: for each layer the largest relative error of each comparison."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QImage
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme
from app.widgets.mark_icons import MarkIcon
from nnviz.picture.check_words import EXPLANATIONS, HEADINGS, check_summary, compared_with, row_of, sections
from nnviz.training.check_values import AGREE, DIFFER, GradientCheck

#: Between columns.
COLUMN_GAP_PX = 16
HEADER_PX = 32
WAITING = "The check begins as soon as TensorFlow has time for it."
NOTHING = "Press Check to compare the gradients on the screen with TensorFlow's tape, NumPy and finite differences."


class GradientPanel(QDialog):
    """Shows the last check; beside the window, which can be used on."""

    #: The person wants a check.
    check_requested = Signal()
    #: The check in hand is to be given up.
    cancel_requested = Signal()
    #: The table is to be copied as text, saved as CSV, or saved as a picture.
    copy_requested = Signal()
    save_requested = Signal()
    picture_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gradient_panel")
        self.setWindowTitle("Check of the gradients")
        self._theme = LIGHT
        self._last: GradientCheck | None = None
        self.icon = MarkIcon(self, 22)
        self.summary = QLabel(NOTHING, self)
        self.summary.setObjectName("gradient_summary")
        self.summary.setProperty("role", "heading")
        self.summary.setWordWrap(True)
        self.details = QLabel("", self)
        self.details.setObjectName("gradient_details")
        self.details.setProperty("role", "muted")
        self.details.setWordWrap(True)
        self.table = self._make_table()
        self.progress = QProgressBar(self)
        self.progress.setObjectName("gradient_progress")
        self.progress.setAccessibleName("Progress of the check")
        self.progress.setToolTip("How much of the check is done.")
        self.check_button = self._button("gradient_check", "Check", "Compare the gradients on the screen now.")
        self.cancel_button = self._button("gradient_cancel", "Cancel", "Give the check in hand up.")
        self.copy_button = self._button("gradient_copy", "Copy", "Copy the table as text, for a sheet or a report.")
        self.save_button = self._button("gradient_save", "Save CSV…", "Save the table with all digits.")
        self.picture_button = self._button("gradient_picture", "Save picture…", "Save the table as a PNG.")
        self.close_button = self._button("gradient_close", "Close", "Close this table; the mark stays on the picture.")
        self.check_button.setProperty("role", "primary")
        self._compose()
        self.check_button.clicked.connect(self.check_requested)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.copy_button.clicked.connect(self.copy_requested)
        self.save_button.clicked.connect(self.save_requested)
        self.picture_button.clicked.connect(self.picture_requested)
        self.close_button.clicked.connect(self.close)
        self.set_check(None)
        self.set_progress(None)
        self.resize(960, 460)

    @property
    def check(self) -> GradientCheck | None:
        """The check that is shown."""
        return self._last

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.icon.set_theme(theme)
        self.table.setStyleSheet(
            f"QTableWidget {{ background: {theme.surface}; border: 1px solid {theme.border}; }}"
            f"QHeaderView {{ background: {theme.surface}; border: 0; }}"
            f"QHeaderView::section {{ background: {theme.surface}; color: {theme.muted}; border: 0; "
            "padding: 0 0 0 3px; }"
        )
        self.set_check(self._last)

    def set_progress(self, progress: tuple[int, int] | None) -> None:
        """Show how many parts of how many are done, 0 of 0 before the first; None when no check is in hand."""
        is_busy = progress is not None
        self.progress.setVisible(is_busy)
        self.check_button.setEnabled(not is_busy)
        self.cancel_button.setEnabled(is_busy)
        if progress is None:
            return
        done, total = progress
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        if total == 0:
            self.details.setText(WAITING)

    def set_note(self, text: str) -> None:
        """Say something about the check in hand: that it was given up, or why it cannot be made."""
        self.details.setText(text)

    def set_check(self, check: GradientCheck | None) -> None:
        """Show a check; None shows that there was none."""
        self._last = check
        for button in (self.copy_button, self.save_button, self.picture_button):
            button.setEnabled(check is not None)
        self.icon.set_kind("idle" if check is None else {AGREE: "good", DIFFER: "error"}.get(check.verdict, "idle"))
        self.table.setRowCount(0)
        if check is None:
            self.summary.setText(NOTHING)
            self.details.setText("")
            return
        self.summary.setText(check_summary(check))
        self.details.setText(compared_with(check))
        for title, layers in sections(check):
            self._add_section(title)
            for layer in layers:
                self._add_row(row_of(layer), layer.verdict)
        self.table.resizeColumnsToContents()
        for column in range(self.table.columnCount()):
            self.table.setColumnWidth(column, self.table.columnWidth(column) + COLUMN_GAP_PX)

    def as_text(self) -> str:
        """Return the table as text, cells parted by tabs."""
        rows = ["\t".join(HEADINGS)]
        for row in range(self.table.rowCount()):
            items = (self.table.item(row, column) for column in range(self.table.columnCount()))
            rows.append("\t".join(item.text() for item in items if item is not None))
        return "\n".join([self.summary.text(), self.details.text(), *rows]) + "\n"

    def picture(self) -> QImage:
        """Return a picture of summary and table, without the buttons; all rows, whatever the size of the window."""
        buttons = [b for b in self.findChildren(QPushButton) if b.isVisibleTo(self)]
        size = self.size()
        for button in buttons:
            button.hide()
        rows = sum(self.table.rowHeight(row) for row in range(self.table.rowCount()))
        columns = sum(self.table.columnWidth(column) for column in range(self.table.columnCount()))
        extra = max(0, rows + self.table.horizontalHeader().height() + 4 - self.table.height())
        self.resize(max(size.width(), columns + 40), size.height() + extra)
        try:
            return self.grab().toImage()
        finally:
            for button in buttons:
                button.show()
            self.resize(size)

    # -- building ------------------------------------------------------------------------------------------

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, len(HEADINGS), self)
        table.setObjectName("gradient_table")
        table.setAccessibleName("Check of the gradients, layer by layer")
        table.setToolTip("For each layer the largest relative error of each comparison.")
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setHighlightSections(False)
        header.setFixedHeight(HEADER_PX)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, (heading, explanation) in enumerate(zip(HEADINGS, EXPLANATIONS, strict=True)):
            item = QTableWidgetItem(heading)
            item.setToolTip(explanation)
            table.setHorizontalHeaderItem(column, item)
        return table

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        made = QPushButton(text, self)
        made.setObjectName(name)
        made.setAccessibleName(text.rstrip("…"))
        made.setToolTip(tip)
        made.setAutoDefault(False)
        return made

    def _compose(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.summary, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for button in (self.check_button, self.cancel_button):
            foot.addWidget(button)
        foot.addStretch(1)
        for button in (self.copy_button, self.save_button, self.picture_button, self.close_button):
            foot.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 16, 16, 16)
        box.setSpacing(8)
        box.addLayout(head)
        box.addWidget(self.details)
        box.addWidget(self.table, 1)
        box.addWidget(self.progress)
        box.addLayout(foot)

    def _add_section(self, title: str) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        item = QTableWidgetItem(title)
        font = QFont(self.table.font())
        font.setBold(True)
        item.setFont(font)
        self.table.setItem(row, 0, item)
        self.table.setSpan(row, 0, 1, self.table.columnCount())

    def _add_row(self, cells: tuple[str, ...], verdict: str) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setToolTip(EXPLANATIONS[column])
            if column == len(cells) - 1:
                color = {AGREE: self._theme.good, DIFFER: self._theme.bad}.get(verdict, self._theme.muted)
                item.setForeground(QBrush(QColor(color)))
            self.table.setItem(row, column, item)
