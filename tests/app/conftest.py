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
    yield from _shown(qtbot, tmp_path, use_engine=True)


@pytest.fixture
def bare_window(qtbot: QtBot, tmp_path: Path) -> Iterator[DesktopWindow]:
    """A window that never starts TensorFlow."""
    yield from _shown(qtbot, tmp_path, use_engine=False)


def _shown(qtbot: QtBot, folder: Path, *, use_engine: bool) -> Iterator[DesktopWindow]:
    themes = ThemeManager()
    themes.set_choice("light")
    made = DesktopWindow(Settings(folder / "settings.ini"), themes, use_engine=use_engine)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
