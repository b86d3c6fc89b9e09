"""Where the parts of the digits window stand, and how large, on every screen from a small tablet to a wall."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.widgets.digit_canvas import DigitCanvas
from app.widgets.digit_tools import DigitTools
from app.widgets.digits_answer import DigitsAnswer
from app.widgets.digits_stage import DigitsStage
from app.widgets.network_view import NetworkView
from app.widgets.seen_image import SeenImage

MARGIN_PX, GAP_PX = 16, 12
#: Height of a tool: a finger's width at least, and this many lines of text.
TOOLS_PX, TOOLS_LINES = 44, 2.5
#: From this ratio of height to width on, the canvas stands above the graph instead of beside it.
PORTRAIT_FROM = 1.1
#: Room for the outputs: a share of the graph's width, and this many times the size of the text at least.
OUTPUT_SHARE, OUTPUT_LINES = 0.26, 10.5
#: Side of the image that the network sees, image pixels.
SEEN_PIXELS = 28


class DigitsLayout:
    """Builds the central widget and scales it; the canvas is in sight at every size.

    Args:
        center: the widget to fill.
        messages: a strip above the stage: what is drawn on must not move.
        canvas: square.
        tools: below the canvas, beside it in portrait.
        seen: what the network sees.
        answer: beside ``seen``.
        stage: graph and drawer; takes what is left.
    """

    def __init__(
        self, center: QWidget, messages: QWidget, canvas: DigitCanvas, tools: DigitTools, seen: SeenImage,
        answer: DigitsAnswer, stage: DigitsStage,
    ) -> None:
        self._canvas, self._tools, self._seen, self._answer = canvas, tools, seen, answer
        self._tool, self._caption, self._text = float(TOOLS_PX), 20, 12.0
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._lower = QBoxLayout(across)
        self._lower.setSpacing(MARGIN_PX)
        self._lower.addWidget(seen)
        self._lower.addWidget(answer, 1)
        beside = QVBoxLayout()
        beside.setSpacing(GAP_PX)
        beside.addWidget(tools)
        beside.addLayout(self._lower, 1)
        self._left = QBoxLayout(down)
        self._left.setSpacing(GAP_PX)
        self._left.addWidget(canvas)
        self._left.addLayout(beside, 1)
        self._row = QBoxLayout(across)
        self._row.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        self._row.setSpacing(MARGIN_PX)
        self._row.addLayout(self._left)
        right = QVBoxLayout()
        right.setSpacing(GAP_PX)
        right.addWidget(messages)
        right.addWidget(stage, 1)
        self._row.addLayout(right, 1)
        center.setLayout(self._row)

    @property
    def tool_size(self) -> float:
        """Height of the buttons, logical pixels."""
        return self._tool

    @property
    def text_size(self) -> float:
        """Size of the text, logical pixels."""
        return self._text

    def scale(self, width: int, height: int, view: NetworkView) -> float:
        """Give every part a size that suits a window of so many logical pixels; return the text size."""
        portrait = height >= PORTRAIT_FROM * width
        text = max(12.0, min(height / 52, width / 82)) if not portrait else max(12.0, min(height / 82, width / 52))
        self._tool = max(float(TOOLS_PX), TOOLS_LINES * text)
        self._caption = round(max(12.0, 0.8 * text)) + 8
        if portrait:
            self._scale_portrait(width, height, text)
        else:
            self._scale_landscape(width, height, text)
        view.set_text_size(text)
        self._text = text
        self.fit_outputs(view)
        self._row.activate()  # not at the next turn: a window that is pulled larger would show parts on each other
        return text

    def fit_outputs(self, view: NetworkView, width: int | None = None) -> None:
        """Give names, bars and numbers at the outputs their room in a graph of so many logical pixels."""
        view.set_output_room(max(OUTPUT_LINES * self._text, OUTPUT_SHARE * (view.width() if width is None else width)))

    def _scale_landscape(self, width: int, height: int, text: float) -> None:
        self._turn(portrait=False)
        fixed = 2 * MARGIN_PX + 2 * GAP_PX + round(self._tool)
        side = int(max(200, min(width * 0.36, (height - fixed) * 0.71)))
        rest = height - fixed - side
        seen = _whole(min(rest - self._caption, side * 0.42))
        words = text * 1.15
        headline = max(28.0, min((rest - 4.5 * words) / 1.25, side * 0.34))
        self._set(side, side, seen, headline, words)

    def _scale_portrait(self, width: int, height: int, text: float) -> None:
        self._turn(portrait=True)
        side = int(max(200, min(width * 0.6, height * 0.42)))
        column = width - side - 3 * MARGIN_PX + (MARGIN_PX - GAP_PX)
        words = text * 1.15
        rest = side - 2 * self._tool - 8 - GAP_PX
        seen = _whole(min(column, rest * 0.45))
        headline = max(28.0, min((rest - seen - self._caption - MARGIN_PX - 4.5 * words) / 1.25, column * 0.6))
        self._set(side, column, seen, headline, words)

    def _turn(self, *, portrait: bool) -> None:
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._row.setDirection(down if portrait else across)
        self._left.setDirection(across if portrait else down)
        self._lower.setDirection(down if portrait else across)
        self._tools.set_rows(2 if portrait else 1)

    def _set(self, side: int, column: int, seen: int, headline: float, words: float) -> None:
        self._canvas.setFixedSize(side, side)
        self._tools.set_button_size(self._tool, words)
        self._tools.setFixedWidth(column)
        self._seen.set_caption_size(self._caption - 8)
        self._seen.setFixedSize(seen, seen + self._caption)
        self._answer.set_text_sizes(headline, words)


def _whole(side: float) -> int:
    """Return the largest whole multiple of the image's side, at least two."""
    return SEEN_PIXELS * max(2, int(side // SEEN_PIXELS))
