"""The stages of a step in a row: drag to any moment, and choose which part is looped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import LIGHT, Theme
from nnviz.picture.colors import data_colors
from nnviz.picture.timeline import Stage, stage_index

#: How near to a handle of the loop the pointer must be, logical pixels.
HANDLE_REACH = 7.0
KEYS_WORDS = (
    "The stages of one step: drag to any moment; left and right keys go by stages. Drag the two handles, or Shift and "
    "drag, to loop a part; the keys [ and ] set its ends here, Backspace loops all."
)


class Scrubber(QWidget):
    """The stages of a step, forward blue, backward green, update purple, with the handles of the loop."""

    #: Seconds at speed 1 that the user chose.
    scrub_requested = Signal(float)
    #: +1 or −1: the user asked for the next or previous stage by key.
    stage_requested = Signal(int)
    #: (first, last) stage that shall be looped.
    range_requested = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("step_scrubber")
        self.setAccessibleName("Stages of the step")
        self.setToolTip(KEYS_WORDS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._plan: tuple[Stage, ...] = ()
        self._names: tuple[str, ...] = ()
        self._time: float | None = None
        self._looping = False
        self._range = (0, 0)
        # What is dragged: the moment, one end of the loop ("first", "last"), or a loop from a stage on.
        self._drag: str | int = ""

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_plan(self, plan: tuple[Stage, ...], names: tuple[str, ...] = ()) -> None:
        """Set the stages and their names; the loop is over all of them."""
        if plan != self._plan:
            self._range = (0, max(0, len(plan) - 1))
        self._plan, self._names = plan, names
        self.setEnabled(bool(plan))
        self.update()

    def set_time(self, t: float | None) -> None:
        """Set the moment that is shown, None for the still picture."""
        if t == self._time:
            return
        before = self._stage()
        self._time = t
        stage = self._stage()
        if stage != before and t is not None and self._plan:
            name = self._names[stage] if stage < len(self._names) else self._plan[stage].kind
            self.setAccessibleDescription(f"Stage {stage + 1} of {len(self._plan)}: {name}")
        self.update()

    def set_loop(self, looping: bool, first: int, last: int) -> None:
        """Set whether a part is looped, and from which stage to which, both included."""
        self._looping, self._range = looping, (first, last)
        self.update()

    @property
    def range(self) -> tuple[int, int]:
        """The first and the last stage of the loop."""
        return self._range

    def x_of(self, t: float) -> float:
        """Return where a moment stands, logical pixels from the left."""
        low, high = self._span()
        return low + (high - low) * t / self._plan[-1].end if self._plan else low

    def _span(self) -> tuple[float, float]:
        return 10.0, self.width() - 10.0

    def _to_time(self, x: float) -> float:
        low, high = self._span()
        return (min(max(x, low), high) - low) / max(1.0, high - low) * self._plan[-1].end

    def _stage(self) -> int:
        return -1 if self._time is None or not self._plan else stage_index(self._plan, self._time)

    def _stage_at(self, x: float) -> int:
        return stage_index(self._plan, self._to_time(x))

    def _handle_at(self, x: float, y: float) -> str:
        """Return which handle is under the pointer: they stand below the row."""
        if not self._looping or not self._plan or y < self.height() / 2:
            return ""
        first, last = (self.x_of(self._plan[self._range[0]].start), self.x_of(self._plan[self._range[1]].end))
        if min(abs(x - first), abs(x - last)) > HANDLE_REACH:
            return ""
        return "first" if abs(x - first) <= abs(x - last) else "last"

    def sizeHint(self) -> QSize:
        """Return the size of one row."""
        return QSize(400, 30)

    # -- painting ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the stages and the moment."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        low, high = self._span()
        painter.setPen(Qt.PenStyle.NoPen)
        if not self._plan:
            painter.setBrush(QColor(self._theme.border))
            painter.drawRoundedRect(QRectF(low, middle - 3, high - low, 6), 3, 3)
            return
        colors = data_colors(self._theme.is_dark)
        tones = {
            "forward": QColor(*colors.signal.positive),
            "backward": QColor(*colors.blame.positive),
            "update": QColor(*colors.blame.negative),
        }
        first, last = self._range
        for place, stage in enumerate(self._plan):
            left, right = self.x_of(stage.start), self.x_of(stage.end)
            gap = 1.0 if right - left > 5 else 0.3
            tone = QColor(tones[stage.direction])
            outside = self._looping and not first <= place <= last
            area = QRectF(left + gap, middle - 3, right - left - 2 * gap, 6)
            tone.setAlphaF(0.12 if outside else 0.3)
            painter.setBrush(tone)
            painter.drawRoundedRect(area, 3, 3)
            if self._time is not None and self._time > stage.start:
                area.setWidth(min(area.width(), self.x_of(self._time) - area.left()))
                tone.setAlphaF(0.4 if outside else 1.0)
                painter.setBrush(tone)
                painter.drawRoundedRect(area, 3, 3)
        if self._looping:
            self._paint_loop(painter, middle)
        if self._time is not None:
            painter.setPen(QColor(self._theme.surface))
            painter.setBrush(QColor(self._theme.accent))
            painter.drawEllipse(QPointF(self.x_of(self._time), middle), 7, 7)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(self._theme.muted))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 1.5, -0.5, -1.5), 8, 8)

    def _paint_loop(self, painter: QPainter, middle: float) -> None:
        """Paint the handles A and B below the row, pointing at the ends of the loop, and a line between them."""
        first, last = self._range
        left, right = self.x_of(self._plan[first].start), self.x_of(self._plan[last].end)
        tone = QColor(self._theme.accent)
        y = middle + 9.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone)
        painter.drawRect(QRectF(left, y + 1.2, right - left, 1.6))
        for x, way in ((left, 1.0), (right, -1.0)):
            flag = QPainterPath(QPointF(x, middle + 4))
            flag.lineTo(x, y + 5)
            flag.lineTo(x + way * 7, y + 5)
            flag.closeSubpath()
            painter.drawPath(flag)

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the moment under the pointer, or take hold of an end of the loop."""
        if not self._plan or event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._drag = self._stage_at(x)
            self.range_requested.emit(self._drag, self._drag)
            return
        self._drag = self._handle_at(x, event.position().y()) or "moment"
        if self._drag == "moment":
            self.scrub_requested.emit(self._to_time(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        x = event.position().x()
        if not self._plan or not event.buttons() & Qt.MouseButton.LeftButton:
            over = bool(self._plan) and bool(self._handle_at(x, event.position().y()))
            self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.PointingHandCursor)
            return
        first, last = self._range
        stage = self._stage_at(x)
        if self._drag == "moment":
            self.scrub_requested.emit(self._to_time(x))
        elif self._drag == "first":
            self.range_requested.emit(min(stage, last), last)
        elif self._drag == "last":
            self.range_requested.emit(first, max(stage, first))
        elif isinstance(self._drag, int):
            self.range_requested.emit(min(self._drag, stage), max(self._drag, stage))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._drag = ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by stages; set the ends of the loop."""
        key, stage, (first, last) = event.key(), self._stage(), self._range
        if key == Qt.Key.Key_Right:
            self.stage_requested.emit(1)
        elif key == Qt.Key.Key_Left:
            self.stage_requested.emit(-1)
        elif key == Qt.Key.Key_BracketLeft and stage >= 0:
            self.range_requested.emit(stage, max(stage, last))
        elif key == Qt.Key.Key_BracketRight and stage >= 0:
            self.range_requested.emit(min(first, stage), stage)
        elif key == Qt.Key.Key_Backspace and self._plan:
            self.range_requested.emit(0, len(self._plan) - 1)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Name the stage under the pointer in the tool tip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._plan:
            place = self._stage_at(event.pos().x())
            name = f"{place + 1}/{len(self._plan)} {self._names[place]}. " if place < len(self._names) else ""
            QToolTip.showText(event.globalPos(), name + KEYS_WORDS, self)
            return True
        return super().event(event)
