"""A sign in the tool bar: whether the run is healthy; opens the list of findings."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from app.theme import LIGHT, Theme
from app.widgets.health_panel import summary
from app.widgets.mark_icons import paint_mark
from nnviz.training.findings import Finding

ICON_PX = 18


class HealthButton(QToolButton):
    """Shows the gravest finding's sign and how many there are; a click is for whoever connects ``clicked``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health_button")
        self.setProperty("role", "flat")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self._theme = LIGHT
        self._findings: tuple[Finding, ...] = ()
        self._steps = 0
        self._show()

    @property
    def kind(self) -> str:
        """Which sign is shown."""
        return self._findings[0].severity if self._findings else "good" if self._steps else "idle"

    def set_findings(self, findings: tuple[Finding, ...], steps: int) -> None:
        """Show the state of a run of ``steps`` steps."""
        titles = tuple(finding.title for finding in findings)
        if titles != tuple(f.title for f in self._findings) or bool(steps) != bool(self._steps):
            self._findings, self._steps = findings, steps
            self._show()
        self._findings, self._steps = findings, steps

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._show()

    def _show(self) -> None:
        made = QIcon()
        for ratio in (1, 2, 3):
            pixmap = QPixmap(ICON_PX * ratio, ICON_PX * ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.scale(ratio, ratio)
            paint_mark(painter, QPointF(ICON_PX / 2, ICON_PX / 2), self.kind, self._theme, 7.5)
            painter.end()
            pixmap.setDevicePixelRatio(ratio)
            made.addPixmap(pixmap)
        self.setIcon(made)
        count = len(self._findings)
        self.setText(str(count) if count else "")
        state = summary((), self._steps).split(" in ")[0]  # without the number of steps, which changes all the time
        words = "\n".join(f"• {finding.title}" for finding in self._findings) or state
        self.setToolTip(f"Health of the training:\n{words}\nClick for what to do (Ctrl+H).")
        self.setAccessibleName("Health: " + (", ".join(f.title for f in self._findings) or state.lower()))
