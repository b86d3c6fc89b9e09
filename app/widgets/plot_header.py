"""The line above a plot: title, step, and a legend that carries the numbers: no box covers a curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font

LINE_PX = 16
PADDING_PX = 8
GAP_PX = 12
SWATCH_PX = 16
#: Kept free at the right end of the first line for the Fit button.
BUTTON_ROOM_PX = 40
TITLE_TEXT_PX = 13
#: Nothing is arranged for less.
LEAST_PX = 120
TEXT_PX = 11
#: Length of a dash and of the gap behind it, in widths of the line.
DASHES = (4.0, 3.0)


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a curve is drawn, in the plot and in the legend, so that hue is never the only difference.

    Attributes:
        color: its colour in a theme.
        width: line width in logical pixels.
        dashed: whether the line is dashed.
        marked: whether every point has a round mark.
        faint: drawn behind the others at part of the opacity.
    """

    color: Callable[[Theme], QColor]
    width: float = 1.0
    dashed: bool = False
    marked: bool = False
    faint: bool = False

    def pen(self, theme: Theme) -> QPen:
        """Return the cosmetic pen of the line."""
        color = QColor(self.color(theme))
        if self.faint:
            color.setAlphaF(0.27 if theme.is_dark else 0.28)
        pen = QPen(color, self.width)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if self.dashed:
            pen.setDashPattern(DASHES)
        return pen


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One entry of the legend.

    Attributes:
        names: from the longest to the shortest; the longest that fits is shown.
        strokes: the marks before the name.
        curves: keys of the curves whose values it shows, in order.
        widest: a text as wide as its values get; room is kept for it so that nothing moves.
        brief_widest: the same for the shortest names, where only the first curve's value is shown; empty:
            all are.
    """

    names: tuple[str, ...]
    strokes: tuple[Stroke, ...]
    curves: tuple[str, ...] = ()
    widest: str = ""
    brief_widest: str = ""


class PlotHeader(QWidget):
    """Paints title, step and legend in one to ``max_lines`` lines; the places of numbers are fixed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._title = ""
        self._note = ""
        self._note_room = "step 000,000"
        self._strong_note = False
        self._entries: tuple[LegendEntry, ...] = ()
        self._values: tuple[str, ...] = ()
        self._brief: tuple[str, ...] = ()
        self._level = 0
        self._show_legend = False
        self.max_lines = 3
        self._placed: list[tuple[int, float, float, str]] = []
        self._more = ""
        self._more_at = (0.0, 0.0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours."""
        self._theme = theme
        self.update()

    def set_max_lines(self, lines: int) -> None:
        """Allow the legend this many lines, the title's included."""
        if lines != self.max_lines:
            self.max_lines = lines
            self._arrange()

    def set_title(self, title: str) -> None:
        """Change the title."""
        self._title = title
        self._arrange()

    def set_entries(self, entries: Sequence[LegendEntry]) -> None:
        """Change the legend; its values become empty."""
        self._entries = tuple(entries)
        self._values = self._brief = ("",) * len(self._entries)
        self.setToolTip("\n".join(entry.names[0] for entry in self._entries))
        self._arrange()

    def set_legend_visible(self, visible: bool) -> None:
        """Show the legend and the step, or the title alone (an empty plot)."""
        if visible != self._show_legend:
            self._show_legend = visible
            self._arrange()

    def set_values(
        self, note: str, values: Sequence[str], brief: Sequence[str] | None = None, *, strong: bool
    ) -> None:
        """Show numbers: ``note`` says of which step; ``strong`` when the user points at that step.

        ``values`` has a text for each entry, ``brief`` one for where only a short one fits.
        """
        self._brief = tuple(values if brief is None else brief)
        if (note, tuple(values), strong) == (self._note, self._values, self._strong_note):
            return
        self._note, self._values, self._strong_note = note, tuple(values), strong
        wider = self._outgrown()
        if QFontMetricsF(ui_font(TEXT_PX)).horizontalAdvance(note) > self._note_width():
            self._note_room = note
            wider = True
        if wider:
            self._arrange()
        self.update()

    def _outgrown(self) -> bool:
        """Keep more room for values wider than was thought of (1.237×10⁻⁴); True where there are any."""
        metrics = QFontMetricsF(ui_font(TEXT_PX, bold=True))

        def room(widest: str, value: str) -> str:
            grown = widest and metrics.horizontalAdvance(value) > metrics.horizontalAdvance(widest)
            return value if grown else widest

        entries = tuple(
            replace(entry, widest=room(entry.widest, value), brief_widest=room(entry.brief_widest, brief))
            for entry, value, brief in zip(self._entries, self._values, self._brief, strict=True)
        )
        changed = entries != self._entries
        self._entries = entries
        return changed

    def shown_names(self) -> list[str]:
        """Return the names that now stand in the legend (tests)."""
        return [name for _, _, _, name in self._placed]

    def painted_values(self) -> list[str]:
        """Return the values that stand beside ``shown_names``, shortened where there is no room (tests)."""
        return [self._painted(index) for index, _, _, _ in self._placed]

    def _painted(self, index: int) -> str:
        brief = self._is_brief(self._entries[index], self._level)
        return (self._brief if brief else self._values)[index]

    def text(self) -> str:
        """Return everything as one line, for assistive tools and the clipboard."""
        parts = [self._title, self._note] if self._note else [self._title]
        for entry, value in zip(self._entries, self._values, strict=True):
            if entry.curves:
                parts.append(f"{entry.names[0]} {value}")
        return ", ".join(parts)

    # -- geometry --------------------------------

    def _note_width(self) -> float:
        return QFontMetricsF(ui_font(TEXT_PX)).horizontalAdvance(self._note_room) + 2

    def _entry_width(self, entry: LegendEntry, level: int) -> tuple[str, float]:
        metrics = QFontMetricsF(ui_font(TEXT_PX))
        name = entry.names[min(level, len(entry.names) - 1)]
        beside = float(len(entry.strokes) * (SWATCH_PX + 4))
        widest = entry.brief_widest if self._is_brief(entry, level) else entry.widest
        if widest:
            beside += 5 + QFontMetricsF(ui_font(TEXT_PX, bold=True)).horizontalAdvance(widest)
        room = max(self.width(), LEAST_PX) - 2 * PADDING_PX
        # Where not even a line of its own has room, the last word of a name is the one that tells.
        while level >= len(entry.names) - 1 and " " in name and beside + metrics.horizontalAdvance(name) > room:
            name = name.partition(" ")[2]
        return name, beside + metrics.horizontalAdvance(name)

    def _levels(self) -> int:
        """Return how many ways there are to write the legend: names ever shorter, then values too."""
        names = max((len(entry.names) for entry in self._entries), default=1)
        return names + any(entry.brief_widest for entry in self._entries)

    def _is_brief(self, entry: LegendEntry, level: int) -> bool:
        return bool(entry.brief_widest) and level >= self._levels() - 1

    def _flow(self, level: int, width: float) -> tuple[list[tuple[int, float, float, str]], int]:
        """Place entries left to right, line by line; return places and the number of lines."""
        title = QFontMetricsF(ui_font(TITLE_TEXT_PX, bold=True)).horizontalAdvance(self._title)
        x, line = PADDING_PX + title + 10 + self._note_width() + GAP_PX, 0
        placed = []
        for index, entry in enumerate(self._entries):
            name, wide = self._entry_width(entry, level)
            right = width - PADDING_PX - (BUTTON_ROOM_PX if line == 0 else 0)
            if x + wide > right and (line == 0 or x > PADDING_PX):
                x, line = float(PADDING_PX), line + 1
            placed.append((index, x, 6.0 + line * LINE_PX, name))
            x += wide + GAP_PX
        return placed, line + 1

    def _arrange(self) -> None:
        """Choose the longest names that fit in the lines allowed, then fix the height."""
        self._placed, self._more = [], ""
        lines = 1
        if self._show_legend and self._entries:
            shortest = max(len(entry.names) for entry in self._entries) - 1
            for level in range(self._levels()):
                self._level = level
                self._placed, lines = self._flow(level, max(self.width(), LEAST_PX))
                # A shorter name is better than a third line, a third line better than a missing value.
                if lines <= (self.max_lines if level == shortest else min(2, self.max_lines)):
                    break
            if lines > self.max_lines:
                self._cut()
                lines = self.max_lines
        height = 6 + lines * LINE_PX + 2
        if height != self.height():
            self.setFixedHeight(height)
        self.update()

    def _cut(self) -> None:
        """Drop what does not fit and say how many entries that are."""
        limit = 6.0 + self.max_lines * LINE_PX
        kept = [place for place in self._placed if place[2] < limit]
        metrics = QFontMetricsF(ui_font(TEXT_PX))
        room = metrics.horizontalAdvance("+ 00 more")
        while kept:
            index, x, y, _ = kept[-1]
            if y + LINE_PX < limit:  # the next line is free
                self._more_at = (float(PADDING_PX), y + LINE_PX)
                break
            _, wide = self._entry_width(self._entries[index], self._level)
            if x + wide + GAP_PX + room <= self.width() - PADDING_PX:
                self._more_at = (x + wide + GAP_PX, y)
                break
            kept.pop()
        else:
            self._more_at = (float(PADDING_PX), limit - LINE_PX)
        self._more = f"+ {len(self._placed) - len(kept)} more"
        self._placed = kept

    # -- Qt --------------------------------

    def sizeHint(self) -> QSize:
        """Return the height of the lines; the width is whatever there is."""
        return QSize(240, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose names again for the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the prepared places."""
        painter = QPainter(self)
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """Paint with any painter (the widget, a picture file)."""
        theme = self._theme
        bold, plain = ui_font(TITLE_TEXT_PX, bold=True), ui_font(TEXT_PX)
        strong = ui_font(TEXT_PX, bold=True)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = float(PADDING_PX)
        painter.setFont(bold)
        painter.setPen(QColor(theme.text))
        baseline = 6 + 13.0
        painter.drawText(QPointF(x, baseline), self._title)
        if not self._show_legend:
            return
        x += QFontMetricsF(bold).horizontalAdvance(self._title) + 10
        painter.setFont(plain)
        painter.setPen(QColor(theme.text if self._strong_note else theme.muted))
        painter.drawText(QPointF(x, baseline), self._note)
        for index, left, top, name in self._placed:
            entry = self._entries[index]
            at = left
            for stroke in entry.strokes:
                paint_swatch(painter, QRectF(at, top, SWATCH_PX, LINE_PX), stroke, theme)
                at += SWATCH_PX + 4
            painter.setFont(plain)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(at, top + 13), name)
            if entry.widest:
                at += QFontMetricsF(plain).horizontalAdvance(name) + 5
                painter.setFont(strong)
                painter.setPen(QColor(theme.text))
                painter.drawText(QPointF(at, top + 13), self._painted(index))
        if self._more:
            painter.setFont(plain)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(self._more_at[0], self._more_at[1] + 13), self._more)


def paint_swatch(painter: QPainter, rect: QRectF, stroke: Stroke, theme: Theme) -> None:
    """Paint a short piece of a curve: its colour, width, dashes and marks."""
    y = round(rect.center().y()) + 0.5
    pen = stroke.pen(theme)
    pen.setWidthF(max(pen.widthF(), 1.0))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
    if stroke.marked:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(stroke.color(theme))
        painter.drawEllipse(QPointF(rect.center().x(), y), 3.2, 3.2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
