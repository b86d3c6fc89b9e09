"""Windows and sessions that several test files drive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.session import Session
from app.settings import Settings
from app.theme import ThemeManager
from app.windows.desktop import DesktopWindow
from nnviz.data.dataset import DatasetChoice

#: TensorFlow is imported and a network compiled within this, also on a busy machine.
READY_MS = 60_000


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


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[Session]:
    """A session without a window, with the real engine, ready to train on iris."""
    made = Session()
    made.start(with_data=False)
    made.set_dataset(DatasetChoice("iris"))
    try:
        qtbot.waitUntil(lambda: made.is_ready and made.phase == "idle", timeout=READY_MS)
        yield made
    finally:
        assert made.stop()
