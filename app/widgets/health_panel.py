"""What is wrong with the training run, with a way to mend each thing; or that nothing is, and what is being watched."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme
from app.widgets.elided_label import ElidedLabel
from app.widgets.health_row import HealthRow
from app.widgets.mark_icons import MarkIcon
from nnviz.training.findings import RULES, Finding

__all__ = ["HealthPanel", "summary"]


def summary(findings: tuple[Finding, ...], steps: int) -> str:
    """Return the state of a run of ``steps`` steps in a few words."""
    if not findings:
        many = f"{steps:,} step{'s' if steps != 1 else ''}"
        return f"Nothing wrong in {many}" if steps else "No steps to watch yet"
    count = len(findings)
    return f"{count} finding{'s' if count > 1 else ''}"


class HealthPanel(QWidget):
    """Lists findings; asks for their fixes and for showing where they are."""

    #: Finding whose fix is wanted.
    fix_requested = Signal(object)
    #: Finding to be shown in the network and on the curves.
    show_requested = Signal(object)
    #: The fix made last is to be taken back.
    undo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health_panel")
        self.setAccessibleName("Health of the training")
        self._theme = LIGHT
        self._rows: dict[tuple[str, int | None], HealthRow] = {}
        self.icon = MarkIcon(self)
        title = QLabel("Health", self)
        title.setProperty("role", "heading")
        self.state = ElidedLabel("", self)
        self.state.setObjectName("health_state")
        self.state.setProperty("role", "muted")
        self.applied = ElidedLabel("", self)
        self.applied.setObjectName("health_applied")
        self.applied.setProperty("role", "small")
        self.applied.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.undo_button = QToolButton(self)
        self.undo_button.setObjectName("health_undo")
        self.undo_button.setText("Undo")
        self.undo_button.setAccessibleName("Undo the fix")
        self.undo_button.setToolTip("Take the fix back: the plan and, where training began anew, the trained network.")
        self.undo_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.undo_button.setStyleSheet("QToolButton { padding: 1px 8px; min-height: 16px; }")
        self.undo_button.clicked.connect(self.undo_requested)
        self.watching = QLabel("", self)
        self.watching.setObjectName("health_watching")
        self.watching.setProperty("role", "small")
        self.watching.setWordWrap(True)
        self._list = QWidget(self)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.watching)
        self._column.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setObjectName("health_area")
        self.area.setAccessibleName("Findings")
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self._list)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.icon)
        head.addWidget(title)
        head.addWidget(self.state, 1)
        self._notice = QWidget(self)
        notice = QHBoxLayout(self._notice)
        notice.setContentsMargins(0, 0, 0, 0)
        notice.setSpacing(6)
        notice.addWidget(self.applied, 1)
        notice.addWidget(self.undo_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(10, 6, 4, 6)
        box.setSpacing(4)
        box.addLayout(head)
        box.addWidget(self._notice)
        box.addWidget(self.area, 1)
        self.set_applied("")
        self.set_findings((), 0)

    @property
    def rows(self) -> tuple[HealthRow, ...]:
        """The findings as they stand in the list."""
        return tuple(self._rows.values())

    def set_findings(self, findings: tuple[Finding, ...], steps: int) -> None:
        """Show what is wrong after ``steps`` steps; a row that stays keeps its buttons and their focus."""
        for key in self._rows.keys() - {finding.key for finding in findings}:
            gone = self._rows.pop(key)
            if gone.isAncestorOf(self.focusWidget() or self):
                self.area.setFocus()
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        ordered: dict[tuple[str, int | None], HealthRow] = {}
        for place, finding in enumerate(findings):
            row = self._rows.get(finding.key) or self._made(finding)
            if row.finding != finding:
                row.set_finding(finding)
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
                row.show()
            ordered[finding.key] = row
        self._rows = ordered
        self.icon.set_kind(findings[0].severity if findings else "good" if steps else "idle")
        self.state.setText(summary(findings, steps))
        names = " · ".join(RULES.values())
        self.watching.setVisible(not findings)
        self.watching.setText(
            f"Watched at every step: {names}." if steps else
            f"Press Train. Each step will be watched, and what is wrong stands here with a way to mend it: {names}."
        )

    def set_applied(self, words: str) -> None:
        """Say which fix was made, with a button that takes it back; "" for none."""
        self.applied.setText(f"Changed: {words}." if words else "")
        self.applied.setToolTip(self.applied.text())
        self._notice.setVisible(bool(words))

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.icon.set_theme(theme)
        for row in self._rows.values():
            row.set_theme(theme)

    def _made(self, finding: Finding) -> HealthRow:
        row = HealthRow(finding, self._list)
        row.set_theme(self._theme)
        row.fix_requested.connect(self.fix_requested)
        row.show_requested.connect(self.show_requested)
        return row

    def minimumSizeHint(self) -> QSize:
        """Return a size in which a finding can be read by scrolling."""
        return QSize(180, 96)

    def sizeHint(self) -> QSize:
        """Return a comfortable size for a dock."""
        return QSize(320, 200)
