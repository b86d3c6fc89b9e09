"""The digits window on a public table: locked, full screen, as new for each visitor, inviting while nobody draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication

from app.windows.digits_attract import AttractLoop, Exhibit

if TYPE_CHECKING:
    from app.windows.digits import DigitsWindow

#: The only way out by hand.
LEAVE_KEYS = "Ctrl+Alt+Shift+Q"
#: After so many seconds without a touch the next visitor is expected.
IDLE_S = 45.0
SHORTEST_IDLE_S, LONGEST_IDLE_S = 5.0, 3600.0
#: The pointer hides after so long a rest.
POINTER_REST_MS = 3000

_KIND = QEvent.Type
#: A visitor is here.
_TOUCHES = frozenset((_KIND.MouseButtonPress, _KIND.TouchBegin, _KIND.TabletPress, _KIND.KeyPress, _KIND.Wheel))
#: And still is.
_MOVES = frozenset((_KIND.MouseMove, _KIND.TouchUpdate, _KIND.TabletMove, _KIND.MouseButtonRelease))
#: What a touch screen sends, which has no pointer.
_FINGERS = frozenset((_KIND.TouchBegin, _KIND.TouchUpdate))


class Kiosk(QObject):
    """Guards a digits window.

    Args:
        window: it is shown in full screen from now on, and closes only after ``unlock``.
        idle_s: seconds without a touch after which it is as new, 5 to 3,600.
        seed: of the order of the digits that are shown meanwhile.

    Raises:
        ValueError: ``idle_s`` is outside that range.
    """

    def __init__(self, window: DigitsWindow, idle_s: float = IDLE_S, seed: int | None = None) -> None:
        super().__init__(window)
        if not SHORTEST_IDLE_S <= idle_s <= LONGEST_IDLE_S:
            raise ValueError(
                f"the idle time of a kiosk must be {SHORTEST_IDLE_S:g} to {LONGEST_IDLE_S:g} seconds, got {idle_s:g}"
            )
        self._window = window
        self._locked = True
        self._watched: QObject | None = None
        self._hides_pointer = False
        self.loop = AttractLoop(self, seed=seed, reduce_motion=window.reduces_motion)
        self.loop.shown.connect(self._show)
        self.loop.failed.connect(window.messages.show_error)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle_ms = round(1000 * idle_s)
        self._idle.timeout.connect(self.reset)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._hide_pointer)
        self._shortcut = QShortcut(QKeySequence(LEAVE_KEYS), window)
        self._shortcut.activated.connect(self.leave)
        # The window manager gives it no frame, and other windows no place above it.
        window.setWindowFlags(
            window.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
        )
        # A bare X server, as many kiosks have it, has nobody who makes a window as large as the screen.
        window.setGeometry(window.screen().geometry())

    @property
    def is_locked(self) -> bool:
        """Whether the window refuses to close."""
        return self._locked

    @property
    def is_attracting(self) -> bool:
        """Whether test digits are shown because nobody draws."""
        return self.loop.is_running

    def start(self) -> None:
        """Watch for visitors, and begin to show digits; called once, when the window is on the screen."""
        self._watched = self._window.windowHandle()
        if self._watched is not None:
            self._watched.installEventFilter(self)
        self._rest.start(POINTER_REST_MS)
        self.loop.start()

    def reset(self) -> None:
        """Make everything as it was for the first visitor, and show digits until the next one comes."""
        for other in QApplication.topLevelWidgets():
            if other is not self._window and other.isVisible() and other.parent() is not None:
                other.close()
        self._idle.stop()
        self._window.make_new()
        self.loop.start()

    def leave(self) -> None:
        """Unlock and close the window."""
        self.unlock()
        self._window.close()

    def unlock(self) -> None:
        """Let the window close from now on, stop all timers, and show the pointer."""
        self._locked = False
        self._idle.stop()
        self._rest.stop()
        self.loop.close()
        self._show_pointer()
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None

    def stay_full_screen(self) -> None:
        """Fill the screen again where something made the window smaller."""
        if self._locked and self._window.isVisible() and not self._window.isFullScreen():
            QTimer.singleShot(0, self._window, self._window.showFullScreen)

    def _show(self, exhibit: Exhibit) -> None:
        self._window.show_guest(exhibit.image, exhibit.index, exhibit.label if exhibit.is_whole else None)

    def _visited(self) -> None:
        self._idle.start(self._idle_ms)
        if self.loop.is_running:
            self.loop.stop()
            self._window.show_guest(None)

    def _hide_pointer(self) -> None:
        if not self._hides_pointer:
            self._hides_pointer = True
            QGuiApplication.setOverrideCursor(Qt.CursorShape.BlankCursor)

    def _show_pointer(self) -> None:
        if self._hides_pointer:
            self._hides_pointer = False
            QGuiApplication.restoreOverrideCursor()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Notice visitors; every event goes on to where it belongs."""
        kind = event.type()
        if kind in _TOUCHES:
            self._visited()
        elif kind in _MOVES and self._idle.isActive():
            self._idle.start(self._idle_ms)
        if kind in _FINGERS:
            self._hide_pointer()
        elif kind in (_KIND.MouseMove, _KIND.MouseButtonPress):
            self._show_pointer()
            self._rest.start(POINTER_REST_MS)
        return False
