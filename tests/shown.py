"""Widgets and windows on the screen, as tests find them; pytest-qt closes and deletes them when the test ends."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.settings import Settings
from app.theme import ThemeManager
from app.windows.desktop import DesktopWindow
from app.windows.digits import DigitsWindow

AnyWidget = TypeVar("AnyWidget", bound=QWidget)
AnyWindow = TypeVar("AnyWindow", DesktopWindow, DigitsWindow)


def shown(qtbot: QtBot, widget: AnyWidget, width: int = 0, height: int = 0) -> AnyWidget:
    """Show a widget, of its own size unless one is given, wait until it is exposed, and return it."""
    qtbot.addWidget(widget)
    if width:
        widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def new_window(
    kind: type[AnyWindow], folder: Path, *, theme: str = "light", use_engine: bool = True
) -> AnyWindow:
    """Return a window whose settings lie in ``folder``; without the engine it never loads TensorFlow."""
    themes = ThemeManager()
    themes.set_choice(theme)
    return kind(Settings(folder / "settings.ini"), themes, use_engine=use_engine)


def luminance(color: str | QColor) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in QColor(color).getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
