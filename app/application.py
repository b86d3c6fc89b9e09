"""Start-up: identity, logging, settings, theme, and the order in which a window comes to life."""

from __future__ import annotations

import importlib
import logging
import logging.handlers
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from PySide6.QtCore import (
    QEvent,
    QObject,
    QSocketNotifier,
    QStandardPaths,
    Qt,
    QTimer,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget

from app.collector import Collector
from app.messages import Message, install_exception_hooks
from app.settings import APPLICATION, ORGANIZATION, Settings
from app.theme import ThemeManager
from nnviz import __version__
from nnviz.assets import assets_folder
from nnviz.errors import NnvizError

LOG_BYTES = 1_000_000
LOG_BACKUPS = 3
#: A window that is not painted by then (minimised, say) is started all the same.
FIRST_PAINT_TIMEOUT_MS = 1000

#: How long a thread may keep the interpreter while another wants it; Python's own choice is 5 ms.
SWITCH_INTERVAL_S = 0.001

#: Front end -> module and class of its window; imported only when it is opened.
WINDOWS = {
    "desktop": ("app.windows.desktop", "DesktopWindow"),
    "digits": ("app.windows.digits", "DigitsWindow"),
    "lecture": ("app.windows.lecture", "LectureWindow"),
}

_log = logging.getLogger(__name__)


class FrontEndWindow(Protocol):
    """What a window offers to its start-up, besides being a QWidget made of ``(settings, theme_manager)``."""

    def start(self) -> None:
        """Begin to load in the background; called once, after the first paint."""

    def show_message(self, message: Message) -> None:
        """Show a problem, usually in its ErrorBar."""

    def prepare_screenshot(self) -> None:
        """Show a real sample, with nothing open or in motion; called once, after ``start``."""

    def is_settled(self) -> bool:
        """Whether everything is loaded and drawn and nothing moves any more."""


@runtime_checkable
class TrainingWindow(Protocol):
    """What a window that trains offers besides."""

    def set_device(self, device: str) -> None:
        """Train on a device, ``"GPU:0"``."""


@runtime_checkable
class KioskWindow(Protocol):
    """What a window that may stand on a public table offers besides."""

    def set_kiosk(self, idle_s: float) -> None:
        """Lock the window; called before it is shown."""

    def unlock(self) -> None:
        """Let it close."""


def create_application(arguments: Sequence[str] = ("nnviz",)) -> QApplication:
    """Return the one QApplication, made with the identity of nnviz where there is none yet."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    QApplication.setOrganizationName(ORGANIZATION)
    QApplication.setApplicationName(APPLICATION)
    QApplication.setApplicationDisplayName("nnviz")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("nnviz")
    # The window waits at most 1 ms, not 5, for a worker that holds the interpreter.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    application = QApplication(list(arguments))
    application.setStyle("Fusion")  # the style sheet is written for it; native styles differ in their margins
    icon = assets_folder() / "icon.png"
    if icon.is_file():
        application.setWindowIcon(QIcon(str(icon)))
    return application


def log_file() -> Path:
    """Return the path of the log, in the platform's folder for state (``~/.local/state/nnviz`` on Linux)."""
    places = QStandardPaths
    return Path(places.writableLocation(places.StandardLocation.GenericStateLocation)) / "nnviz" / "nnviz.log"


def start_logging(path: Path) -> logging.Handler | None:
    """Log to a file that is replaced when it reaches 1 MB; None where the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=LOG_BACKUPS, encoding="utf-8"
        )
    except OSError as error:
        print(f"nnviz: warning: no log is kept: {error}", file=sys.stderr)
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return handler


def create_window(name: str, settings: Settings, themes: ThemeManager) -> QWidget:
    """Import and build the window of a front end; it is not shown yet.

    Raises:
        NnvizError: no front end has that name.
    """
    try:
        module, class_name = WINDOWS[name]
    except KeyError:
        raise NnvizError(f"there is no front end {name!r}; known are {', '.join(WINDOWS)}") from None
    made = getattr(importlib.import_module(module), class_name)(settings, themes)
    if not isinstance(made, QWidget):
        raise TypeError(f"{module}.{class_name} must be a QWidget, got {type(made).__name__}")
    return made


class AfterFirstPaint(QObject):
    """Makes calls, once, when a window has been painted: what is seen comes before what is loaded."""

    def __init__(self, window: QWidget, *calls: Callable[[], None]) -> None:
        super().__init__(window)
        self._window = window
        self._calls = calls
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FIRST_PAINT_TIMEOUT_MS)
        self._timer.timeout.connect(self._start)
        self._timer.start()
        window.installEventFilter(self)

    def _start(self) -> None:
        self._window.removeEventFilter(self)
        for call in self._calls:
            call()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Shorten the wait to nothing at the first paint; the paint itself ends first."""
        if event.type() == QEvent.Type.Paint:
            self._timer.setInterval(0)
        return False


class _Signals(QObject):
    """Closes the window on Ctrl+C in the terminal and on SIGTERM, through a socket that wakes Qt's loop."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._older_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._older = {one: signal.signal(one, self._noted) for one in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._woken)

    def _noted(self, _number: int, _frame: object) -> None:
        """Do nothing here: the signal's number comes through the socket, in the loop."""

    def _woken(self) -> None:
        self._reader.recv(64)
        if isinstance(self._window, KioskWindow):
            self._window.unlock()  # locked for visitors, not for whoever runs the machine
        self._window.close()
        QApplication.quit()

    def restore(self) -> None:
        """Put the older handlers back."""
        self._notifier.setEnabled(False)
        for number, handler in self._older.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._older_fd)
        self._reader.close()
        self._writer.close()


def fit_to_screen(window: QWidget) -> None:
    """Make a window that is not shown yet no larger than what its screen has for windows."""
    window.resize(window.size().boundedTo(window.screen().availableSize()))


def run_front_end(
    name: str,
    theme: str | None = None,
    full_screen: bool = False,
    settings: Settings | None = None,
    device: str | None = None,
    kiosk_idle_s: float | None = None,
) -> int:
    """Open a window and stay until it is closed; return the exit code of Qt's loop.

    The order is: application, window, show; whatever takes time begins after the first paint.

    Args:
        name: ``"desktop"``, ``"digits"`` or ``"lecture"``.
        theme: ``"system"``, ``"light"`` or ``"dark"`` for this time; by default the remembered one.
        full_screen: whether the window fills the screen.
        settings: where things are remembered; by default the platform's place.
        device: where TensorFlow trains, ``"GPU:0"``; by default the processor. One that there is not is said in the
            window.
        kiosk_idle_s: seconds without a touch after which a window on a public table is as new; None for any other
            window.

    Raises:
        NnvizError: no front end has that name.
    """
    application = create_application()
    settings = settings or Settings()
    themes = ThemeManager(application)
    themes.set_choice(theme or settings.theme)
    window = create_window(name, settings, themes)
    front_end = cast(FrontEndWindow, window)
    if device is not None and isinstance(window, TrainingWindow):
        window.set_device(device)
    if kiosk_idle_s is not None and isinstance(window, KioskWindow):
        window.set_kiosk(kiosk_idle_s)
        full_screen = True
    restore_hooks = install_exception_hooks(front_end.show_message)
    signals = _Signals(window)
    AfterFirstPaint(window, Collector(window).start, front_end.start)
    if full_screen:
        window.showFullScreen()
    else:
        fit_to_screen(window)
        window.show()
    handler = start_logging(log_file())
    _log.info("nnviz %s, %s, platform %s", __version__, name, application.platformName())
    try:
        return int(application.exec())
    finally:
        signals.restore()
        restore_hooks()
        settings.sync()
        delete_window(window)
        if handler is not None:
            logging.getLogger().removeHandler(handler)
            handler.close()


def delete_window(window: QWidget) -> None:
    """Close and delete a window now, while the application lives: Python would leave it to chance."""
    if isinstance(window, KioskWindow):
        window.unlock()
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
