"""Windows that several test files drive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.settings import Settings
from app.theme import ThemeManager
from app.windows.desktop import DesktopWindow


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[DesktopWindow]:
    themes = ThemeManager()
    themes.set_choice("light")
    made = DesktopWindow(Settings(tmp_path / "settings.ini"), themes)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
