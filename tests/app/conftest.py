"""Windows and sessions that several test files drive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.session import Session
from app.windows.desktop import DesktopWindow
from app.windows.digits import DigitsWindow
from nnviz.data import datasets
from nnviz.data.dataset import DatasetChoice
from tests.shown import new_window, shown

#: TensorFlow is imported and a network compiled within this, also on a busy machine.
READY_MS = 60_000


@pytest.fixture(scope="package", autouse=True)
def mnist_is_read_once() -> Iterator[None]:
    """Each window would read 215 MiB of its own, and keep them until Python collects cycles."""
    known = datasets.REGISTRY["mnist"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(datasets.REGISTRY, "mnist", replace(known, load=cache(known.load)))
        yield


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[DesktopWindow]:
    made = shown(qtbot, new_window(DesktopWindow, tmp_path))
    yield made
    made.close()


@pytest.fixture
def bare_window(qtbot: QtBot, tmp_path: Path) -> Iterator[DesktopWindow]:
    """A window that never starts TensorFlow."""
    made = shown(qtbot, new_window(DesktopWindow, tmp_path, use_engine=False))
    yield made
    made.close()


@pytest.fixture
def loaded_window(bare_window: DesktopWindow, qtbot: QtBot) -> DesktopWindow:
    """A window whose data are read, MNIST; it never starts TensorFlow."""
    bare_window.start()
    qtbot.waitUntil(lambda: bare_window.session.dataset is not None, timeout=20_000)
    return bare_window


@pytest.fixture
def theme_name() -> str:
    """Of the digits window; a file that wants another one overrides it."""
    return "light"


@pytest.fixture
def digits_window(qtbot: QtBot, tmp_path: Path, theme_name: str) -> Iterator[DigitsWindow]:
    """The digits window, which answers with the bundled model and never starts TensorFlow."""
    made = shown(qtbot, new_window(DigitsWindow, tmp_path, theme=theme_name, use_engine=False))
    made.start()
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
