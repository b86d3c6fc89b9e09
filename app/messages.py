"""What is told to the person at the window, and the hooks that catch what nobody else caught."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from nnviz.errors import NnvizError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell the person at the window.

    Attributes:
        kind: ``"error"``, ``"info"`` (good news) or ``"note"`` (why nothing happened, which is nobody's fault).
        text: one or two sentences: what, where, the value, what to do.
        details: a traceback for those who want it, or "".
        action: what a button beside it says, for example ``Retry``, or "".
        wish: what that button asks for; whoever hears of it knows what to do.
    """

    kind: str
    text: str
    details: str = ""
    action: str = ""
    wish: object = None

    @classmethod
    def of_exception(cls, error: BaseException) -> Message:
        """Return the message for an exception: ours as they stand, others named as a fault of nnviz."""
        details = "".join(traceback.format_exception(error))
        if isinstance(error, NnvizError):
            return cls("error", str(error), details)
        name = type(error).__name__
        said = f"{name}: {error}" if str(error) else name
        text = f"nnviz made a mistake ({said}). Your work is still here; the details help to report it."
        return cls("error", text, details)


class _Relay(QObject):
    """Carries an exception from whatever thread it happened in to the thread of the window."""

    arrived = Signal(object)

    def __init__(self, show: Callable[[Message], None]) -> None:
        super().__init__()
        self._show = show
        self.arrived.connect(self._deliver)

    def _deliver(self, message: Message) -> None:
        try:
            self._show(message)
        except Exception:
            # Raising here would come back through the hook, for ever.
            _log.exception("a message could not be shown")


def install_exception_hooks(show: Callable[[Message], None]) -> Callable[[], None]:
    """Send every exception nobody caught to the log and to ``show``; return what puts the older hooks back.

    Covers slots, timers and paint events (``sys.excepthook``), Python threads (``threading.excepthook``) and
    what the interpreter cannot raise (``sys.unraisablehook``). ``show`` is called in this thread.
    """
    relay = _Relay(show)
    older = (sys.excepthook, threading.excepthook, sys.unraisablehook)

    def tell(error: BaseException, where: str) -> None:
        _log.error("uncaught exception in %s", where, exc_info=error)
        relay.arrived.emit(Message.of_exception(error))

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            older[0](kind, error, trace)
            return
        tell(error, "the main thread")

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not isinstance(arguments.exc_value, SystemExit):
            tell(arguments.exc_value, f"thread {getattr(arguments.thread, 'name', '?')}")

    def unraisable(arguments: sys.UnraisableHookArgs) -> None:
        if arguments.exc_value is not None:
            tell(arguments.exc_value, f"{arguments.err_msg or 'clean-up'} {arguments.object!r}")

    def restore() -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = older

    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable
    return restore
