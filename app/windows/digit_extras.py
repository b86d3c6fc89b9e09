"""What the desktop window has for drawn digits beside the canvas: pasted pictures, and how sure the network is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.errors import ErrorBar
from app.pasted import clipboard_ink
from app.session import Session
from app.theme import Theme
from app.widgets.input_panel import InputPanel
from app.widgets.reliability_page import ReliabilityDialog, ReliabilityPage
from app.windows.files import Files
from app.windows.reliability_desk import ReliabilityDesk


class DigitExtras(QObject):
    """Pastes pictures on the canvas, and opens the reliability diagram in a window of its own.

    Args:
        window: the desktop.
        session: has the network.
        inputs: has the canvas.
        files: saves the diagram.
        messages: where problems are said.
        show_canvas: opens the canvas.
    """

    def __init__(
        self, window: QWidget, session: Session, inputs: InputPanel, files: Files, messages: ErrorBar,
        show_canvas: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._inputs, self._messages, self._show_canvas = inputs, messages, show_canvas
        self.page = ReliabilityPage(window)
        self.dialog = ReliabilityDialog(self.page, window)
        self.reliability = ReliabilityDesk(session, self.page, files)

    def slots(self) -> dict[str, Callable[..., object]]:
        """Return what each action does, by its name in ``app.actions.DESKTOP``."""
        return {"reliability": self.show_reliability, "paste_picture": self.paste}

    def show_reliability(self) -> None:
        """Show whether the probabilities mean what they say."""
        self.dialog.show()
        self.reliability.measure()

    def paste(self) -> None:
        """Put the picture on the clipboard on the paper."""
        if not self._inputs.draw_button.isEnabled():
            self._messages.show_note("Drawing is for MNIST: this network does not read digits.")
            return
        ink = clipboard_ink(self._messages)
        if ink is not None:
            self._show_canvas()
            self._inputs.canvas.set_picture(ink)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.page.set_theme(theme)

    def stop(self) -> None:
        """Wait for the thread."""
        self.reliability.stop()
