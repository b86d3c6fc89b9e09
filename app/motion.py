"""Whether movement is reduced: chosen here, or as the platform has it."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QStyle

from app.settings import Settings

#: What is remembered: as the platform, steps instead of movement, or movement whatever the platform says.
CHOICES = ("system", "reduced", "full")
_KEY = "motion"


def platform_reduces_motion() -> bool:
    """Whether the platform asks for less movement, as far as Qt tells.

    Desktops that let a person switch animations off tell Qt's style a duration of 0; Windows has its effects off.
    """
    style = QApplication.style()
    if style is not None and style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0:
        return True
    return sys.platform == "win32" and not QApplication.isEffectEnabled(Qt.UIEffect.UI_General)


def reduces_motion(settings: Settings) -> bool:
    """Whether movement is reduced: as chosen, else as the platform has it."""
    choice = settings.text(_KEY, "system", CHOICES)
    return platform_reduces_motion() if choice == "system" else choice == "reduced"


def remember_motion(settings: Settings, reduced: bool) -> None:
    """Remember the choice; what the platform asks for anyway is not remembered, so that it is followed on."""
    same = reduced == platform_reduces_motion()
    settings.set(_KEY, "system" if same else "reduced" if reduced else "full")
