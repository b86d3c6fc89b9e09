"""One finding in the health panel: what, where, since when, why, what would mend it, and two buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.theme import LIGHT, Theme
from app.widgets.mark_icons import KINDS, MarkIcon
from nnviz.training.findings import Finding


class HealthRow(QWidget):
    """Shows a finding and asks for its fix or for being shown."""

    #: The finding whose fix is wanted.
    fix_requested = Signal(object)
    #: The finding to be shown in the network and on the curves.
    show_requested = Signal(object)

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = f"health_{finding.rule}" + (f"_{finding.key[1]}" if finding.key[1] is not None else "")
        self.setObjectName(name)
        self._finding = finding
        self.icon = MarkIcon(self)
        self.title = self._label("heading")
        self.why = self._label("")
        self.change = self._label("small")
        self.fix_button = self._button(f"{name}_fix", "Fix")
        self.show_button = self._button(f"{name}_show", "Show")
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.title, 1)
        head.addWidget(self.fix_button)
        head.addWidget(self.show_button)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.icon, 0, 0)
        grid.addLayout(head, 0, 1)
        grid.addWidget(self.why, 1, 1)
        grid.addWidget(self.change, 2, 1)
        self.fix_button.clicked.connect(self._fix)
        self.show_button.clicked.connect(self._show)
        self.set_theme(LIGHT)
        self.set_finding(finding)

    @property
    def finding(self) -> Finding:
        """What is shown."""
        return self._finding

    def set_finding(self, finding: Finding) -> None:
        """Show the finding as it is now; the buttons keep the focus."""
        self._finding = finding
        self.icon.set_kind(finding.severity)
        self.title.setText(f"{finding.title}, {_when(finding)}")
        self.why.setText(finding.why)
        fix = finding.fix
        self.fix_button.setVisible(fix is not None)
        self.change.setText(f"Fix: {fix.sentence}." if fix is not None else "")
        self.change.setVisible(fix is not None)
        if fix is not None:
            self.fix_button.setToolTip(f"{fix.sentence}. It can be undone.")
            self.fix_button.setAccessibleName(f"Fix: {fix.sentence}")
        where = f"layer {finding.layer} in the network and " if finding.layer is not None else ""
        self.show_button.setToolTip(f"Point out {where}step {finding.first_step:,} on the curves.")
        self.show_button.setAccessibleName(f"Show {finding.title}")
        self.setAccessibleName(f"{KINDS[finding.severity]}: {finding.title}")
        self.setAccessibleDescription(f"{_when(finding)}. {finding.why}")

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.icon.set_theme(theme)

    def _label(self, role: str) -> QLabel:
        label = QLabel("", self)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # A long word must not make the panel wider than its dock.
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        label.setMinimumWidth(60)
        if role:
            label.setProperty("role", role)
        return label

    def _button(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setStyleSheet("QToolButton { padding: 1px 8px; min-height: 16px; }")  # the panel is low
        return button

    def _fix(self) -> None:
        self.fix_requested.emit(self._finding)

    def _show(self) -> None:
        self.show_requested.emit(self._finding)


def _when(finding: Finding) -> str:
    if finding.first_step == finding.last_step:
        return f"at step {finding.first_step:,}"
    return f"since step {finding.first_step:,}"
