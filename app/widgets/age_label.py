"""How old the picture of the network is while training goes on: live, or held by an animation and how far behind."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QWidget

from app.theme import LIGHT, Theme

#: Text that changes more often cannot be read.
REFRESH_MS = 250


def age_text(seconds: float) -> str:
    """Return an age for people: ``0.1 s ago``, ``12 s ago``, ``3 min ago``."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s ago"
    return f"{seconds:.0f} s ago" if seconds < 119.5 else f"{seconds / 60:.0f} min ago"


class AgeLabel(QToolButton):
    """Says how old what is shown is; a click catches up where training is ahead."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("picture_age")
        self._theme = LIGHT
        self._arrived = 0.0
        self._step: int | None = None
        self._now = 0
        self._training = False
        self._following = True
        self._clock = QTimer(self)
        self._clock.setInterval(REFRESH_MS)
        self._clock.timeout.connect(self._write)
        self._write()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    @property
    def behind(self) -> int:
        """Steps that training is ahead of what is shown, at least 0."""
        return 0 if self._step is None else max(0, self._now - self._step)

    def set_shown(self, step: int | None, arrived: float | None = None) -> None:
        """Set of which step the picture is, None without one, and when it came (``time.monotonic``; now)."""
        self._step = step
        self._arrived = time.monotonic() if arrived is None else arrived
        # While training the clock writes, four times a second; otherwise at once.
        if not self._clock.isActive():
            self._write()

    def set_training(self, step: int, running: bool) -> None:
        """Set how many steps the network in training has had, and whether it goes on."""
        changed = running != self._training
        self._now, self._training = step, running
        if running and not self._clock.isActive():
            self._clock.start()
        elif not running:
            self._clock.stop()
        if changed or not running:
            self._write()

    def set_following(self, following: bool) -> None:
        """Set whether the picture follows training, or an animation holds it."""
        if following != self._following:
            self._following = following
            self._write()

    def _write(self) -> None:
        ahead = self.behind > 0 and (self._training or not self._following)
        if self._step is None:
            text, tip = "", "How old the picture of the network is, while training goes on."
        elif not self._following and ahead:
            steps = "step" if self.behind == 1 else "steps"
            text = f"held · {self.behind:,} {steps} behind"
            tip = "The animation holds the picture while training goes on. Click to catch up (Escape)."
        elif self._training and self._following:
            text = f"live · step {self._step:,} · {age_text(time.monotonic() - self._arrived)}"
            tip = "The picture follows training: the step whose weights it shows, and how long ago it came."
        else:
            text, tip = f"step {self._step:,}", "How many steps of training the weights in the picture have had."
        if text != self.text():
            self.setText(text)
            self.updateGeometry()
        self.setAccessibleName(text or "Age of the picture")
        self.setToolTip(tip)
        self.setEnabled(not self._following and ahead)
        self.setCursor(Qt.CursorShape.PointingHandCursor if self.isEnabled() else Qt.CursorShape.ArrowCursor)

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return the room for the text."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 14, metrics.lineSpacing() + 1)

    def minimumSizeHint(self) -> QSize:
        """Return the same: half of a number says nothing."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint quiet text, or what can be clicked as such."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, area = self._theme, QRectF(self.rect())
        if self.isEnabled() and self.text():
            painter.setPen(QColor(theme.muted if self.hasFocus() else theme.border))
            painter.setBrush(QColor(theme.hover if self.underMouse() else theme.raised))
            painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), area.height() / 2, area.height() / 2)
        painter.setPen(QColor(theme.text if self.isEnabled() else theme.muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text())
