"""Start-up: a window is painted before anything is loaded, and everything is put back at the end."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtGui import QCloseEvent, QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import application
from app.application import WINDOWS, AfterFirstPaint, create_application, create_window, fit_to_screen, start_logging
from app.messages import Message
from app.screenshot import take_screenshot
from app.settings import Settings
from app.theme import DARK, LIGHT, Theme, ThemeManager
from nnviz.errors import NnvizError

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class PlainWindow(QWidget):
    """A real window that keeps a diary and fills itself with the theme's surface."""

    made: ClassVar[list[PlainWindow]] = []

    def __init__(self, settings: Settings, themes: ThemeManager) -> None:
        super().__init__()
        self.settings, self.themes = settings, themes
        self.diary: list[str] = []
        self.settles_after = 3
        self.made.append(self)

    def start(self) -> None:
        self.diary.append("start")

    def prepare_screenshot(self) -> None:
        self.diary.append("prepare")

    def is_settled(self) -> bool:
        self.settles_after -= "prepare" in self.diary
        return self.settles_after <= 0

    def show_message(self, message: Message) -> None:
        self.diary.append(message.text)

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.diary.append("paint")
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.themes.theme.surface))
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.diary.append("close")
        event.accept()


class RestlessWindow(PlainWindow):
    def is_settled(self) -> bool:
        return False


class FailingWindow(PlainWindow):
    def start(self) -> None:
        raise RuntimeError("no start today")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder; ``tmp_path`` itself holds the settings and caches of the test."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


@pytest.fixture
def windows(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[PlainWindow]]:
    look = (qapp.styleSheet(), qapp.font(), qapp.palette())
    for name, kind in (("plain", PlainWindow), ("restless", RestlessWindow), ("failing", FailingWindow)):
        monkeypatch.setitem(WINDOWS, name, (__name__, kind.__name__))
    PlainWindow.made.clear()
    yield PlainWindow.made
    PlainWindow.made.clear()
    qapp.setStyleSheet(look[0])
    qapp.setFont(look[1])
    qapp.setPalette(look[2])


def test_the_application_is_made_once(qapp: QApplication) -> None:
    assert create_application() is qapp


def test_identity() -> None:
    code = textwrap.dedent("""
        from app.application import create_application, log_file
        a = create_application()
        print(a.organizationName(), a.applicationName(), a.applicationVersion(), a.desktopFileName())
        print(a.windowIcon().isNull(), a.windowIcon().availableSizes()[0].width())
        print(log_file())
    """)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_STATE_HOME": "/nonexistent/state"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    identity, icon, log = done.stdout.splitlines()
    from nnviz import __version__

    assert identity == f"nnviz nnviz {__version__} nnviz"
    assert icon == "False 256"
    if sys.platform.startswith("linux"):
        assert log == "/nonexistent/state/nnviz/nnviz.log"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted by /proc")
def test_painting_waits_for_no_thread() -> None:
    code = textwrap.dedent("""
        from pathlib import Path
        from app.application import create_application
        application = create_application()
        from PySide6.QtGui import QColor, QImage, QPainter
        image = QImage(900, 900, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        painter.fillRect(10, 10, 800, 800, QColor(255, 0, 0, 120))
        painter.end()
        print([p.read_text().strip() for p in Path("/proc/self/task").glob("*/comm")].count("Thread (pooled)"))
    """)
    environment = {name: value for name, value in os.environ.items() if name != "QT_NO_GUI_THREADPOOL"}
    environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment, check=True
    )
    assert int(done.stdout) == 0


def test_loading_starts_once_and_after_the_first_paint(
    windows: list[PlainWindow], qtbot: QtBot, folder: Path
) -> None:
    window = create_window("plain", Settings(folder / "s.ini"), ThemeManager())
    assert isinstance(window, PlainWindow)
    qtbot.addWidget(window)
    AfterFirstPaint(window, window.start)
    assert window.diary == []
    window.show()
    qtbot.waitUntil(lambda: "start" in window.diary)
    window.update()
    qtbot.waitUntil(lambda: window.diary.count("paint") > 1)
    assert window.diary[:2] == ["paint", "start"]
    assert window.diary.count("start") == 1


def test_a_window_that_is_never_painted_starts_all_the_same(
    windows: list[PlainWindow], qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "FIRST_PAINT_TIMEOUT_MS", 20)
    window = create_window("plain", Settings(folder / "s.ini"), ThemeManager())
    assert isinstance(window, PlainWindow)
    qtbot.addWidget(window)
    AfterFirstPaint(window, window.start)
    qtbot.waitUntil(lambda: "start" in window.diary)
    assert "paint" not in window.diary


def test_a_window_is_no_larger_than_its_screen(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(9_000, 300)
    fit_to_screen(window)
    assert (window.width(), window.height()) == (window.screen().availableSize().width(), 300)


def test_an_unknown_front_end_is_refused(qtbot: QtBot, folder: Path) -> None:
    with pytest.raises(NnvizError, match=r"'television'.*desktop, digits, lecture"):
        create_window("television", Settings(folder / "s.ini"), ThemeManager())


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_screenshot_is_the_settled_window(
    windows: list[PlainWindow], folder: Path, theme: Theme
) -> None:
    path = folder / "a.png"
    path.write_bytes(b"older")
    hook = sys.excepthook
    take_screenshot("plain", path, theme.name, (640, 400))
    image = QImage(str(path))
    ratio = image.devicePixelRatio()
    assert (image.width() / ratio, image.height() / ratio) == (640, 400)
    assert image.pixelColor(320, 200) == QColor(theme.surface)
    (window,) = windows
    order = [word for word in window.diary if word != "paint"]
    assert order == ["start", "prepare", "close"]
    assert sys.excepthook is hook
    assert [item.name for item in folder.iterdir()] == ["a.png"]


def test_a_window_that_never_rests_is_an_error_and_no_file(
    windows: list[PlainWindow], folder: Path
) -> None:
    with pytest.raises(NnvizError, match=r"did not come to rest within 0\.2 s"):
        take_screenshot("restless", folder / "a.png", timeout=0.2)
    assert list(folder.iterdir()) == []
    assert windows[0].diary[-1] == "close"


def test_an_exception_in_the_window_is_an_error_and_no_file(
    windows: list[PlainWindow], folder: Path
) -> None:
    with pytest.raises(NnvizError, match="no start today"):
        take_screenshot("failing", folder / "a.png")
    assert list(folder.iterdir()) == []


def test_the_log_goes_to_a_file_in_a_folder_made_for_it(folder: Path) -> None:
    path = folder / "state" / "nnviz" / "nnviz.log"
    handler = start_logging(path)
    assert handler is not None
    try:
        logging.getLogger("app.test").info("ä message")
        handler.flush()
        assert "INFO app.test: ä message" in path.read_text(encoding="utf-8")
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def test_no_place_for_a_log_is_a_warning_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "file").touch()
    assert start_logging(folder / "file" / "nnviz.log") is None
    assert "no log is kept" in capsys.readouterr().err


RUN = """
import sys
from app import application
from app.settings import Settings
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

class Window(QWidget):
    def __init__(self, settings, themes):
        super().__init__()
        print("theme", themes.theme.name)
    def start(self):
        print("started", flush=True)
        QTimer.singleShot(0, self.fail)
    def fail(self):
        raise ValueError("in a slot")
    def show_message(self, message):
        print("shown", message.text.split("(")[1].split(")")[0], flush=True)
    def closeEvent(self, event):
        print("closed", flush=True)

sys.modules["fake"] = sys.modules["__main__"]
application.WINDOWS["plain"] = ("fake", "Window")
print("code", application.run_front_end("plain", theme="dark", settings=Settings(Path(sys.argv[1]))))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_front_end_runs_shows_problems_and_closes_on_a_signal(
    folder: Path, number: signal.Signals
) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_STATE_HOME": str(folder)}
    command = [sys.executable, "-c", RUN, str(folder / "s.ini")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline().strip() for _ in range(3)]
        child.send_signal(number)
        rest, err = child.communicate(timeout=30)
    assert lines == ["theme dark", "started", "shown ValueError: in a slot"]
    assert rest.splitlines() == ["closed", "code 0"]
    assert child.returncode == 0
    assert "Traceback" not in err
    assert "ValueError: in a slot" in (folder / "nnviz" / "nnviz.log").read_text(encoding="utf-8")
