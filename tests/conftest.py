"""Every test has fresh settings and folders of its own, and leaves no thread and no window behind.

Whole folders are tested by several processes beside one another; a file or a test named by itself runs in this one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nnviz import garbage

if TYPE_CHECKING:
    from tests.server import Server

# Must stand before Qt is imported anywhere.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

#: Threads that libraries start once and keep: TensorFlow's, the edge rasteriser's pool, pytest's own.
KEPT_THREADS = ("nnviz-edges", "pydevd", "ThreadPoolExecutor", "asyncio")
#: Each process may hold TensorFlow and grow to 2 GiB.
MOST_PROCESSES = 4


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Share the tests of whole folders out to the processors, unless ``-n`` says otherwise."""
    option = config.option
    is_worker = hasattr(config, "workerinput")
    if is_worker or not config.pluginmanager.hasplugin("xdist") or option.numprocesses is not None or option.usepdb:
        return
    if all(Path(name).is_dir() for name in config.args):
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        option.numprocesses = min(processors, MOST_PROCESSES) if processors > 1 else 0
        option.dist = "worksteal"


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


@pytest.fixture(autouse=True, scope="session")
def garbage_by_hand() -> Iterator[None]:
    """Collect garbage between tests, in this thread, as a window does: widgets that die in another one crash Qt."""
    with garbage.collected_by_hand():
        yield


@pytest.fixture(autouse=True)
def usual_look(request: pytest.FixtureRequest) -> None:
    """Give each test of widgets the light theme, as in the application, whatever the test before it applied."""
    if not {"qtbot", "qapp"} & set(request.fixturenames):
        return
    from app.theme import LIGHT, ThemeManager, style_sheet

    application = request.getfixturevalue("qapp")
    if application.styleSheet() != style_sheet(LIGHT):
        ThemeManager().set_choice("light")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    from tests.server import Server

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Server()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail where a test leaves a window or a thread."""
    before = set(threading.enumerate())
    yield
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.processEvents()
        # Only a nested event loop would delete them; thousands of dead widgets make every change of style slower.
        application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
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
    garbage.collect_due()


def _is_dummy(thread: threading.Thread) -> bool:
    """Whether Python only met a thread of C++ once; such entries stay although the thread is gone."""
    return type(thread).__name__ == "_DummyThread"
