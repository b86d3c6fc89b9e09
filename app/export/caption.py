"""Below the network of a film: where in the step it is, and what happens there in words and as a formula."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.theme import Theme, ui_font
from app.widgets import network_words
from app.widgets.formula import FormulaPicture, renderer_of, typeset
from app.widgets.network_painting import Shown
from app.widgets.network_words import summary
from app.widgets.stage_formulas import general_formula
from nnviz.picture.colors import data_colors
from nnviz.picture.timeline import Stage, stage_index
from nnviz.training.records import Snapshot

#: Height of the caption in multiples of the text size.
CAPTION_ROOM = 6.0
#: Size of a formula's em and the largest height of a formula, in multiples of the text size; its largest share of the
#: width.
FORMULA_EM, FORMULA_HEIGHT, FORMULA_SHARE = 1.3, 3.4, 0.56


def stage_name(snapshot: Snapshot, stage: Stage) -> str:
    """Return the name of a stage: ``Dense 1 · pre-activation z``."""
    return network_words.stage_name(snapshot, stage.kind, stage.layer)


class Formulas:
    """The formulas of the stages in mathematical type, each set when it is first painted; one thread at a time.

    Args:
        snapshot: whose network.
        color: ink, ``#rrggbb``.
    """

    def __init__(self, snapshot: Snapshot, color: str) -> None:
        self._snapshot, self._color = snapshot, color
        self._made: dict[str, tuple[FormulaPicture, QSvgRenderer] | None] = {}

    def get(self, stage: Stage) -> tuple[FormulaPicture, QSvgRenderer] | None:
        """Return the formula of a stage, None where it cannot be set."""
        latex = general_formula(self._snapshot, stage.kind, stage.layer)
        if latex not in self._made:
            try:
                picture = typeset(latex)
                self._made[latex] = (picture, renderer_of(picture, self._color))
            except ValueError:
                self._made[latex] = None
        return self._made[latex]


def paint_caption(
    painter: QPainter, area: QRectF, shown: Shown, theme: Theme, text: float, plan: Sequence[Stage], t: float | None,
    formulas: Formulas,
) -> None:
    """Paint the stages as a strip, and below it the sentence and the formula of the one that holds at t.

    Args:
        painter: one logical pixel is its unit.
        area: where, logical pixels.
        shown: has the tensors that the sentence takes its numbers from.
        theme: colours.
        text: base text size, logical pixels.
        plan: the stages.
        t: seconds of the animation; None for the still picture, which has only a sentence.
        formulas: of the stages.
    """
    margin = 1.25 * text
    inner = area.adjusted(margin, 0.2 * text, -margin, -0.5 * text)
    name, sentence, plain, picture = "", "", "", None
    if t is None or not plan:
        sentence = summary(shown.snapshot, shown.meaning).split(" Press ")[0]
    else:
        stage = plan[stage_index(plan, t)]
        name = stage_name(shown.snapshot, stage)
        sentence, plain = network_words.stage_words(shown.snapshot, stage.kind, stage.layer, shown.meaning)
        picture = formulas.get(stage)
    painter.save()
    strip = QRectF(inner.left(), inner.top(), inner.width(), 0.5 * text)
    if t is not None and plan:
        _paint_strip(painter, strip, theme, plan, t)
    words = inner.adjusted(0, 0.9 * text, 0, 0)
    room = words.width() - _paint_formula(painter, words, theme, text, plain, picture)
    _paint_words(painter, QRectF(words.left(), words.top(), room, words.height()), theme, text, name, sentence)
    painter.restore()


def _paint_strip(painter: QPainter, strip: QRectF, theme: Theme, plan: Sequence[Stage], t: float) -> None:
    colors = data_colors(theme.is_dark)
    tones = {
        "forward": QColor(*colors.signal.positive), "backward": QColor(*colors.blame.positive),
        "update": QColor(*colors.blame.negative),
    }
    scale, round_off = strip.width() / plan[-1].end, strip.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    for stage in plan:
        part = QRectF(strip.left() + stage.start * scale + 1, strip.top(), stage.duration * scale - 2, strip.height())
        tone = QColor(tones[stage.direction])
        tone.setAlphaF(0.25)
        painter.setBrush(tone)
        painter.drawRoundedRect(part, round_off, round_off)
        if t > stage.start:
            part.setWidth(part.width() * min(1.0, (t - stage.start) / stage.duration))
            tone.setAlphaF(1.0)
            painter.setBrush(tone)
            painter.drawRoundedRect(part, round_off, round_off)


def _paint_formula(
    painter: QPainter, area: QRectF, theme: Theme, text: float, plain: str,
    picture: tuple[FormulaPicture, QSvgRenderer] | None,
) -> float:
    """Paint a formula at the right, its figures before it; return the width they take, logical pixels."""
    # What stands behind four spaces are figures, no part of the formula.
    formula, _, figures = plain.partition("    ")
    most = FORMULA_SHARE * area.width()
    width, height = 0.0, 1.4 * text
    if picture is not None:
        made, renderer = picture
        em = min(FORMULA_EM * text, most / made.width, FORMULA_HEIGHT * text / made.height)
        width, height = made.width * em, made.height * em
        renderer.render(painter, QRectF(area.right() - width, area.top(), width, height))
    elif formula:
        width = _paint_right(painter, area, ui_font(text, bold=True), theme.text, formula, area.right(), most, height)
    if figures:
        right = area.right() - (width + 1.2 * text if width else 0.0)
        room = max(0.0, most - (area.right() - right))
        width = area.right() - right + _paint_right(
            painter, area, ui_font(0.92 * text), theme.muted, figures.strip(), right, room, max(height, 1.4 * text)
        )
    return width + 2 * text if width else 0.0


def _paint_right(
    painter: QPainter, area: QRectF, font: QFont, color: str, words: str, right: float, room: float, height: float
) -> float:
    """Paint words that end at ``right``, in the middle of a row; return the width they take, logical pixels."""
    metrics = QFontMetricsF(font)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
    width = metrics.horizontalAdvance(shown) + 1
    painter.setFont(font)
    painter.setPen(QColor(color))
    row = QRectF(right - width, area.top(), width, height)
    painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
    return width


def _paint_words(painter: QPainter, area: QRectF, theme: Theme, text: float, name: str, sentence: str) -> None:
    """Paint the name of the stage and below it its sentence, wrapped."""
    line, top = 1.35 * text, area.top()
    if name:
        font = ui_font(text, bold=True)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        shown = QFontMetricsF(font).elidedText(name, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(QRectF(area.left(), top, area.width(), line), Qt.AlignmentFlag.AlignLeft, shown)
        top += line
    painter.setFont(ui_font(text))
    painter.setPen(QColor(theme.text))
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(QRectF(area.left(), top, area.width(), 2.1 * line), flags, sentence)
