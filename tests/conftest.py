"""Every test has fresh settings and folders of its own, and leaves no thread and no window behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# Must stand before Qt is imported anywhere.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

#: Threads that libraries start once and keep: TensorFlow's, the edge rasteriser's pool, pytest's own.
KEPT_THREADS = ("nnviz-edges", "pydevd", "ThreadPoolExecutor", "asyncio")


@pytest.fixture(autouse=True)
def fresh_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point settings, state and cache to the test's own folder; compiled edges keep their cache."""
    from nnviz.picture import edges

    cache = edges.cache_folder()
    if cache is not None:
        monkeypatch.setenv("NUMBA_CACHE_DIR", cache)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail where a test leaves a window or a thread."""
    before = set(threading.enumerate())
    yield
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.processEvents()
        left = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
        for widget in left:
            widget.close()
        assert not left, f"windows left behind: {left}"
    end = time.monotonic() + 5
    while True:
        threads = [
            thread for thread in set(threading.enumerate()) - before
            if thread.is_alive() and not thread.name.startswith(KEPT_THREADS) and not _is_dummy(thread)
        ]
        if not threads or time.monotonic() > end:
            break
        time.sleep(0.02)
    assert not threads, f"threads left behind: {threads}"


def _is_dummy(thread: threading.Thread) -> bool:
    """Whether Python only met a thread of C++ once; such entries stay although the thread is gone."""
    return type(thread).__name__ == "_DummyThread"
