"""Says something to a screen reader."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, text: str) -> None:
    """Let a screen reader say a text that belongs to a widget; without one nothing happens."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
