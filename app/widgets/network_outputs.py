"""Paints what the output says, right of its units, and the loss."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.theme import Theme, text_width, ui_font
from app.widgets.answer_marks import paint_scale, paint_threshold
from app.widgets.network_scene import Scene, names_width
from app.widgets.view_text import USUAL_TEXT_PX
from nnviz.picture.answers import Answer, OutputMeaning, OutputRow, answer_of, uniform
from nnviz.picture.layout import output_margin
from nnviz.picture.loss_words import loss_after, short_formula
from nnviz.picture.quantities import number
from nnviz.spec import NetworkSpec

#: The answer takes at most this share of the view.
LARGEST_SHARE = 0.34
#: Height of the three lines of a value with its truth, in multiples of the text size; lower rows have one line.
TALL_ROW = 4.0


def room_for_answer(meaning: OutputMeaning, spec: NetworkSpec, width: float, text: float) -> float:
    """Return the room right of the output for the longest name, a bar and a number, in logical pixels."""
    outputs = spec.layers[-1].units
    names = meaning.names if outputs == 1 else meaning.output_names(outputs)
    if meaning.is_regression:
        wanted = max(names_width(names, text) + 6.0 * text, 17.0 * text)
    else:
        wanted = names_width(names, text * 1.25) + 11.0 * text
    return max(output_margin(width, text / USUAL_TEXT_PX), min(wanted, LARGEST_SHARE * width))


def paint_outputs(painter: QPainter, scene: Scene) -> None:
    """Paint what the output says: names with bars of probabilities, or values with their truths."""
    after = scene.frame.probabilities == "after"
    answer = answer_of(scene.meaning, scene.snapshot, after=after)
    shown = scene.frame.probabilities != "none"
    if scene.frame.probabilities == "uniform":
        shown = answer.task == "multiclass"
        answer = uniform(answer) if shown else answer
    painter.save()
    if scene.meaning.is_regression:
        _paint_values(painter, scene, answer, shown)
    else:
        _paint_shares(painter, scene, answer, shown)
    painter.restore()


# -- classes and labels ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where name, bar and number of every row stand, in logical pixels, and in which fonts."""

    left: float
    name_width: float
    bar_left: float
    bar_right: float
    right: float
    size: float
    plain_name: QFont
    bold_name: QFont
    plain: QFont
    strong: QFont


def _placed(scene: Scene, answer: Answer) -> list[tuple[OutputRow, float, float]]:
    """Return (row, middle, height) of every row that is drawn: beside its unit, several of one unit spread.

    Beside a grid, and an elided column, there stands a list of what the output says most, and what is right.
    """
    box = scene.layout.boxes[-1]
    if box.is_wide:
        return _most(scene, answer)
    made = []
    for unit, rows in itertools.groupby(answer.rows, key=lambda row: row.unit):
        place = box.place_of(unit)
        if place is None:
            continue
        group = list(rows)
        height = box.pitch if len(group) == 1 else min(box.pitch, 2.6 * scene.text)
        top = place[1] - height * len(group) / 2
        made += [(row, top + (k + 0.5) * height, height) for k, row in enumerate(group)]
    return made


def _most(scene: Scene, answer: Answer) -> list[tuple[OutputRow, float, float]]:
    """Return the rows that say most, the largest first, with what is right last where it is not among them."""
    height = 1.9 * scene.text
    box = scene.layout.boxes[-1]
    count = min(len(answer.rows), max(3, int(max(box.height, 0.5 * scene.height) / height)))
    rows = list(answer.rows) if scene.meaning.is_regression else sorted(answer.rows, key=lambda row: -row.value)
    chosen = rows[:count]
    wanted = [row for row in rows[count:] if row.wanted]
    if wanted and not scene.meaning.is_regression:
        chosen[-1] = wanted[0]
    top = box.y + box.height / 2 - count * height / 2
    return [(row, top + (k + 0.5) * height, height) for k, row in enumerate(chosen)]


def _columns(scene: Scene, names: list[str], height: float, numbers: list[str]) -> _Columns:
    box = scene.layout.boxes[-1]
    left = box.x + box.width + 0.8 * scene.text
    size = max(9.0, min(scene.text * 1.25, height * 0.62))
    right = min(float(scene.width) - 12, left + 320 * scene.text / 13)
    figures = min(size, scene.text * 1.05)
    value_width = max(text_width(text, figures, True) for text in ("100.0 %", *numbers))
    # A name may take what a short bar and the number leave.
    spare = right - left - value_width
    most = max(min(120.0, spare - 16.0), spare - 6.0 * scene.text)
    name_width = min(max(text_width(name, size, True) for name in names), most)
    return _Columns(
        left, name_width, left + name_width + 10, right - value_width - 8, right, size, ui_font(size),
        ui_font(size, bold=True), ui_font(figures), ui_font(figures, bold=True),
    )


def _paint_shares(painter: QPainter, scene: Scene, answer: Answer, shown: bool) -> None:
    rows = _placed(scene, answer)
    if not rows:
        return
    theme = scene.theme
    columns = _columns(scene, [row.name for row, _, _ in rows], rows[0][2], [row.text for row, _, _ in rows])
    left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
    text, muted = QColor(theme.text), QColor(theme.muted)
    metrics = QFontMetricsF(columns.bold_name)
    for row, y, height in rows:
        says = shown and row.says
        area = QRectF(columns.left, y - height / 2, columns.name_width + 4, height)
        painter.setFont(columns.bold_name if says or row.wanted else columns.plain_name)
        painter.setPen(text if says or row.wanted or not shown else muted)
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, columns.name_width + 2)
        painter.drawText(area, left, name)
        if row.wanted:
            # What is right: underlined, so that it can be told without any colour.
            width = metrics.horizontalAdvance(name)
            painter.fillRect(QRectF(columns.left, y + columns.size * 0.58, width, 2), QColor(theme.text))
        if not shown:
            continue
        painter.setOpacity(scene.frame.answer)
        thick = max(4.0, min(columns.size * 0.6, height * 0.4))
        if columns.bar_right - columns.bar_left > 16:
            track = QRectF(columns.bar_left, y - thick / 2, columns.bar_right - columns.bar_left, thick)
            _paint_bar(painter, theme, track, row)
        painter.setFont(columns.strong if says else columns.plain)
        painter.setPen(text if says else muted)
        painter.drawText(
            QRectF(columns.bar_right, area.y(), columns.right - columns.bar_right, height), right, row.text
        )
        painter.setOpacity(1.0)


def _paint_bar(painter: QPainter, theme: Theme, track: QRectF, row: OutputRow) -> None:
    thick = track.height()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.hover))
    painter.drawRoundedRect(track, thick / 2, thick / 2)
    filled = QRectF(track)
    filled.setWidth(max(thick if row.share > 0.005 else 0.0, track.width() * row.share))
    wrong = row.says and row.wanted is False
    painter.setBrush(QColor(theme.bad if wrong else theme.accent if row.says else theme.muted))
    painter.drawRoundedRect(filled, thick / 2, thick / 2)
    if row.threshold is not None:
        paint_threshold(painter, theme, track, row.threshold)


# -- values ------------------------------------------------------------------------------------------------


def _paint_values(painter: QPainter, scene: Scene, answer: Answer, shown: bool) -> None:
    box, theme, text = scene.layout.boxes[-1], scene.theme, scene.text
    left = box.x + box.width + 0.9 * scene.text
    right = min(float(scene.width) - 12, left + 24 * text)
    middle = Qt.AlignmentFlag.AlignVCenter
    for row, y, height in _placed(scene, answer):
        tall = height >= TALL_ROW * text
        line = 1.45 * text if tall else height
        size = text if tall else max(8.0, min(text, 0.62 * height))
        bold = ui_font(size, bold=True)
        value = scene.meaning.with_unit(row.text, row.unit)
        width = QFontMetricsF(bold).horizontalAdvance(value) if shown else 0.0
        top = y - 1.5 * line if tall else y - height / 2
        first = QRectF(left, top, right - left, line)
        room = first.width() - width - 10 if tall else 0.42 * first.width()
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        name = QFontMetricsF(bold).elidedText(row.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(first, middle | Qt.AlignmentFlag.AlignLeft, name)
        if not shown:
            continue
        painter.setOpacity(scene.frame.answer)
        painter.drawText(first, middle | Qt.AlignmentFlag.AlignRight, value)
        if tall:
            paint_scale(painter, theme, QRectF(left + 6, y - 0.2 * text, right - left - 12, 0.4 * text), row)
            if row.truth:
                painter.setFont(ui_font(size * 0.92))
                painter.setPen(QColor(theme.muted))
                below = first.translated(0, 2 * line)
                truth = f"truth {scene.meaning.with_unit(row.truth, row.unit)}"
                error = f"error {row.error}"
                if QFontMetricsF(painter.font()).horizontalAdvance(truth + "  " + error) > below.width():
                    truth = f"truth {row.truth}"
                painter.drawText(below, middle | Qt.AlignmentFlag.AlignLeft, truth)
                painter.drawText(below, middle | Qt.AlignmentFlag.AlignRight, error)
        else:
            bar_left, bar_right = left + room + 10, right - width - 12
            if bar_right - bar_left > 24:
                paint_scale(painter, theme, QRectF(bar_left, y - 2, bar_right - bar_left, 4), row)
        painter.setOpacity(1.0)


# -- the loss ----------------------------------------------------------------------------------------------


def _loss_text(scene: Scene) -> str:
    snapshot = scene.snapshot
    if snapshot.gradients is None or scene.frame.loss <= 0.01:
        return ""
    later = loss_after(snapshot) if scene.frame.probabilities == "after" else None
    if later is not None:
        return f"loss {number(snapshot.gradients.loss)}  →  {number(later)}"
    return f"loss {number(snapshot.gradients.loss)}  =  {short_formula(scene.meaning, snapshot)}"


def loss_area(scene: Scene) -> QRectF | None:
    """Return where the loss of the sample stands; None where it is not shown."""
    text = _loss_text(scene)
    if not text:
        return None
    width = QFontMetricsF(ui_font(scene.text * 1.08, bold=True)).horizontalAdvance(text) + 24
    height = scene.text * 2.0
    return QRectF(scene.width - width - 12, scene.height - height - 10, width, height)


def paint_loss(painter: QPainter, scene: Scene) -> None:
    """Paint the loss of the sample where the output ends."""
    area = loss_area(scene)
    if area is None:
        return
    theme = scene.theme
    painter.save()
    painter.setOpacity(scene.frame.loss)
    painter.setFont(ui_font(scene.text * 1.08, bold=True))
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
    painter.setPen(QColor(theme.text))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, _loss_text(scene))
    painter.restore()
