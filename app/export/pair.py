"""Two networks side by side in one picture, as the window compares them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from app.export.renderer import WHOLE, Edges, FrameRenderer, Renderer
from app.export.values import Canvas
from app.theme import Theme, ui_font
from app.widgets.network_painting import Painting, Shown
from app.widgets.view_text import usual_text
from nnviz.picture.timeline import Stage, matching_time

#: Height of the words above each picture and their place from its left, in text sizes.
WORDS_ROOM, WORDS_LEFT = 2.4, 1.0
#: The height of the words in the window, which is the least one; logical pixels.
LEAST_WORDS_PX = 34
#: Between the pictures, logical pixels.
GAP_PX = 9.0
#: Pictures that are so much higher than wide have one network below the other.
HIGH = 1.1


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What stands beside the first picture.

    Attributes:
        shown: the second picture.
        words: what the first and the second show.
        is_first: whether it stands on the left, or above.
    """

    shown: Shown
    words: tuple[str, str]
    is_first: bool = False


class PairRenderer(Renderer):
    """Paints moments of two networks in one size, each with its words above; knows no widget.

    Args:
        shown: the first network.
        beside: the second.
        theme: colours.
        canvas: size of all.
        zoom: of both, (factor, x, y) in logical pixels of one.
        moving: whether moments of the animation are wanted; else only the still picture.
        paper: whether the background is painted; else it is transparent.
        plan: the stages of the first one's animation; by default all that its snapshot allows.
    """

    def __init__(
        self, shown: Shown, beside: Beside, theme: Theme, canvas: Canvas, *,
        zoom: tuple[float, float, float] = WHOLE, moving: bool = True, paper: bool = True,
        plan: tuple[Stage, ...] = (),
    ) -> None:
        self.shown, self.theme, self.canvas, self.has_paper = shown, theme, canvas, paper
        width, height = canvas.logical
        across, down = (1, 2) if height > HIGH * width else (2, 1)
        size = (width - (across - 1) * GAP_PX) / across, (height - (down - 1) * GAP_PX) / down
        self._top = max(LEAST_WORDS_PX, round(WORDS_ROOM * canvas.text))
        inner = (max(1, int(size[0])), max(1, int(size[1]) - self._top))
        text = self._text = min(canvas.text, usual_text(*inner))
        step = (size[0] + GAP_PX, 0.0) if across == 2 else (0.0, size[1] + GAP_PX)
        self._size, self._step = size, step
        self._order = (1, 0) if beside.is_first else (0, 1)
        self._words = beside.words
        self._both = tuple(
            FrameRenderer(
                each, theme, replace(canvas, text=text), zoom=zoom, moving=moving, paper=False, plan=stages, size=inner,
            )
            for each, stages in ((shown, plan), (beside.shown, ()))
        )
        self.plan = self._both[0].plan

    def _place(self, number: int) -> tuple[float, float]:
        """Return the upper left corner of a picture with its words, 0 the first network."""
        place = self._order.index(number)
        return place * self._step[0], place * self._step[1]

    def edges(self) -> Edges:
        """Return the edges of both, drawn on the first call."""
        return tuple(part for each in self._both for part in each.edges())

    def band_edges(self, top: float, height: float) -> Edges:
        """Return the edges of a part of the picture, see ``Renderer``."""
        return tuple(
            part for number, each in enumerate(self._both)
            for part in each.band_edges(top - self._top - self._place(number)[1], height)
        )

    def paint(
        self, painter: QPainter, t: float | None, pictures: Edges, *, vector: bool = False,
        edges: Painting | None = None,
    ) -> None:
        """Paint a moment, see ``Renderer``."""
        width, height = self.logical_size
        if self.has_paper:
            painter.fillRect(QRectF(0, 0, width + 1, height + 1), QColor(self.theme.surface))
        second = None if t is None else matching_time(self._both[0].plan, t, self._both[1].plan)
        font = ui_font(self._text, bold=True)
        for number, (each, time) in enumerate(zip(self._both, (t, second), strict=True)):
            x, y = self._place(number)
            room = QRectF(x + WORDS_LEFT * self._text, y, self._size[0] - 2 * WORDS_LEFT * self._text, self._top)
            painter.setFont(font)
            painter.setPen(QColor(self.theme.text))
            words = QFontMetricsF(font).elidedText(self._words[number], Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
            painter.save()
            painter.translate(x, y + self._top)
            each.paint(painter, time, pictures[number : number + 1], vector=vector, edges=edges)
            painter.restore()
        painter.setPen(QColor(self.theme.border))
        middle = self._step[0] - GAP_PX / 2, self._step[1] - GAP_PX / 2
        if self._step[0]:
            painter.drawLine(round(middle[0]), 0, round(middle[0]), height)
        else:
            painter.drawLine(0, round(middle[1]), width, round(middle[1]))
