"""What a person takes home of a drawn digit: a card with drawing, input and answer, as a file or on the clipboard."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.errors import ErrorBar
from app.png import png_bytes
from app.session import Session
from app.theme import ThemeManager
from app.widgets.digit_canvas import DigitCanvas
from app.widgets.digits_answer import DigitsAnswer
from app.widgets.result_card import Result, render_card
from app.widgets.seen_image import SeenImage
from app.windows.files import Files
from nnviz.storage.atomic import write_bytes_atomically


class DigitsResult:
    """Makes the card of what is on the screen, saves and copies it.

    Args:
        session: has the answer.
        canvas: has the drawing.
        answer: says the answer in words.
        seen: what the network sees, with its caption.
        class_names: of the outputs.
        themes: the colours of the card are those of the window.
        files: asks for paths.
        messages: says what became of it.
    """

    def __init__(
        self, session: Session, canvas: DigitCanvas, answer: DigitsAnswer, seen: SeenImage,
        class_names: tuple[str, ...], themes: ThemeManager, files: Files, messages: ErrorBar,
    ) -> None:
        self._session, self._canvas, self._answer, self._seen = session, canvas, answer, seen
        self._class_names = class_names
        self._themes, self._files, self._messages = themes, files, messages

    def result(self) -> Result | None:
        """Return what the card shows; None where nothing is drawn, which is said."""
        snapshot, network = self._session.snapshot, self._session.network
        if snapshot is None or network is None or self._canvas.is_empty:
            self._messages.show_note("Draw a digit first: there is no result to keep.")
            return None
        return Result(
            self._canvas.ink(), snapshot.sample.reshape(28, 28), snapshot.forward.output[0], self._class_names,
            self._answer.answer.text(), self._answer.second.text(), self._seen.caption, network.title,
        )

    def save(self) -> None:
        """Ask where, and write the card as PNG."""
        result = self.result()
        if result is not None:
            card = render_card(result, self._themes.theme)
            path = self._files.ask_save("Save picture", "digit.png", "PNG (*.png)")
            self._files.save(path, lambda path: write_bytes_atomically(path, png_bytes(card)))

    def copy(self) -> None:
        """Put the card on the clipboard."""
        result = self.result()
        if result is not None:
            QApplication.clipboard().setImage(render_card(result, self._themes.theme))
            self._messages.show_info("The picture of drawing and answer is on the clipboard.")
