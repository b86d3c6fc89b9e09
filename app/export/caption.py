"""Below the network of a film: where in the step it is, and what happens there in words and as a formula."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from app.theme import Theme, ui_font
from app.widgets.network_painting import Shown
from app.widgets.network_values import layer_name
from app.widgets.network_words import stage_words, summary
from nnviz.picture.colors import data_colors
from nnviz.picture.timeline import Stage, stage_index
from nnviz.training.records import Snapshot

#: Height of the caption in multiples of the text size.
CAPTION_ROOM = 5.2
#: Words of a stage, and whether the name of its layer follows.
_NAMES = {
    "input": ("Input", False), "sum": ("Weighted sum", True), "activation": ("Activation", True),
    "loss": ("Loss", False), "output_gradient": ("Gradient of the output", False),
    "gradient": ("Gradient of the weights", True), "back": ("Back to", True), "update": ("Update", False),
    "after": ("New prediction", False),
}


def stage_name(snapshot: Snapshot, stage: Stage) -> str:
    """Return the name of a stage: ``Weighted sum, Dense 1``."""
    name, has_layer = _NAMES[stage.kind]
    if not has_layer:
        return name
    joint = " " if stage.kind == "back" else ", "
    return f"{name}{joint}{layer_name(snapshot, stage.layer)}"


def paint_caption(
    painter: QPainter, area: QRectF, shown: Shown, theme: Theme, text: float, plan: Sequence[Stage], t: float | None
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
    """
    margin = 1.25 * text
    inner = area.adjusted(margin, 0.2 * text, -margin, -0.5 * text)
    if t is None or not plan:
        sentence, formula = summary(shown.snapshot, shown.meaning).split(" Press ")[0], ""
    else:
        stage = plan[stage_index(plan, t)]
        sentence, formula = stage_words(shown.snapshot, stage.kind, stage.layer, shown.meaning)
    painter.save()
    strip = QRectF(inner.left(), inner.top(), inner.width(), 0.5 * text)
    if t is not None and plan:
        _paint_strip(painter, strip, theme, plan, t)
    words = inner.adjusted(0, 1.0 * text, 0, 0)
    _paint_words(painter, words, theme, text, sentence, formula)
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


def _paint_words(painter: QPainter, area: QRectF, theme: Theme, text: float, sentence: str, formula: str) -> None:
    """Paint sentence and formula side by side, the formula below where it needs more than its share."""
    line = 1.4 * text
    bold, plain = ui_font(text, bold=True), ui_font(text)
    wide = QFontMetricsF(bold).horizontalAdvance(formula)
    below = wide > 0.45 * area.width()
    room = area.width() - (0 if below or not formula else wide + 2 * text)
    painter.setFont(plain)
    painter.setPen(QColor(theme.text))
    metrics = QFontMetricsF(plain)
    if below:
        one = metrics.elidedText(sentence, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(area.left(), area.top(), room, line), Qt.AlignmentFlag.AlignVCenter, one)
        painter.setFont(bold)
        formula = QFontMetricsF(bold).elidedText(formula, Qt.TextElideMode.ElideRight, area.width())
        row = QRectF(area.left(), area.top() + line, area.width(), line)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, formula)
        return
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.drawText(QRectF(area.left(), area.top(), room, 2.2 * line), flags, sentence)
    painter.setFont(bold)
    painter.drawText(
        QRectF(area.right() - wide - 1, area.top(), wide + 1, line), Qt.AlignmentFlag.AlignRight, formula
    )
