"""The paper that a digit is drawn on, with mouse, finger, pen or arrow keys."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QWidget

from app.png import png_bytes
from app.theme import LIGHT, Theme, ui_font
from nnviz.data.drawing import Drawing
from nnviz.data.pen import CANVAS_SIZE, PEN_WIDTH, Rectangle, Stroke
from nnviz.data.reading import Judge, Reading
from nnviz.data.strokes import digit_from, strokes_json
from nnviz.storage.atomic import write_bytes_atomically, write_text_atomically

#: ``drawing_changed`` is emitted at most once in this time, and always after the last change.
CHANGE_INTERVAL_MS = 16
#: The eraser is wider than the pen by this factor.
ERASER_FACTOR = 1.6
#: Arrow keys move the pen by this many ink pixels, with Shift by a quarter.
KEY_STEP = 12.0
HINT = "Draw a digit here"


class DigitCanvas(QWidget):
    """A square paper to draw on; the ink is the very array that the network's input is made from.

    Left button, finger or pen draws; the right button or the pen's other end erases. With the keyboard,
    arrows move the pen, Space puts it down and lifts it.
    """

    #: The ink changed; at most every ``CHANGE_INTERVAL_MS``.
    drawing_changed = Signal()
    undo_available_changed = Signal(bool)
    redo_available_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("digit_canvas")
        self.setAccessibleName("Drawing area")
        self.setAccessibleDescription(
            "Draw a digit with the mouse, a finger or a pen; the right button erases. "
            "Arrow keys move the pen, Space puts it down and lifts it."
        )
        self.setToolTip("Draw a digit; the right button erases. Arrow keys move the pen, Space draws.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMouseTracking(True)
        self.setMinimumSize(96, 96)
        self._drawing = Drawing()
        self._theme = LIGHT
        self._judge: Judge | None = None
        self._pen_width = PEN_WIDTH
        self._eraser = False
        self._button = Qt.MouseButton.NoButton
        # Where a ring shows the eraser or the keyboard's pen, in ink pixels.
        self._pointer: QPointF | None = None
        self._keyboard = False
        self._could_undo = self._could_redo = False
        self._pixels = np.zeros((CANVAS_SIZE, CANVAS_SIZE), np.uint32)
        self._colors = np.zeros(256, np.uint32)
        self._picture = QImage(
            self._pixels.data, CANVAS_SIZE, CANVAS_SIZE, 4 * CANVAS_SIZE,
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tell)
        self._told = 0.0
        self.set_theme(LIGHT)

    @property
    def is_empty(self) -> bool:
        """Whether there is no ink."""
        return self._drawing.is_empty

    @property
    def strokes(self) -> list[Stroke]:
        """The strokes drawn, each (points, 2) in ink pixels, y downwards."""
        return self._drawing.strokes

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return self._drawing.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether something undone can be done again."""
        return self._drawing.can_redo

    @property
    def pen_width(self) -> float:
        """Width of the pen in ink pixels, of 280 to a side."""
        return self._pen_width

    @property
    def eraser(self) -> bool:
        """Whether the left button erases."""
        return self._eraser

    def ink(self) -> NDArray[np.uint8]:
        """Return a copy of the ink, (280, 280), 0 paper and 255 ink."""
        return self._drawing.ink.copy()

    def image(self) -> NDArray[np.float32]:
        """Return the image that a network sees, (28, 28) float32 in [0, 1], of the last of several digits."""
        return self._drawing.image(self._judge)

    def reading(self) -> Reading:
        """Return what is on the paper, and what a network sees of it; see ``nnviz.data.reading``."""
        return self._drawing.reading(self._judge)

    def set_judge(self, judge: Judge | None) -> None:
        """Set who is asked whether a gap lies within a digit or between two; None: nobody."""
        self._judge = judge

    def set_picture(self, ink: NDArray[np.uint8]) -> None:
        """Put ink on the emptied paper, (280, 280), 0 paper and 255 ink; it can be undone."""
        self._drawing.paste(ink)
        self._all_changed()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        ink = QColor(theme.text)
        alpha = np.arange(256, dtype=np.uint32)
        self._colors = alpha << np.uint32(24)
        for channel, shift in ((ink.red(), 16), (ink.green(), 8), (ink.blue(), 0)):
            premultiplied = (alpha * np.uint32(channel) + np.uint32(127)) // np.uint32(255)
            self._colors |= premultiplied << np.uint32(shift)
        self._refresh((0, 0, CANVAS_SIZE, CANVAS_SIZE))
        self.update()

    def set_pen_width(self, width: float) -> None:
        """Set the width of the pen in ink pixels, 4 to 80; the paper is 280 wide.

        Raises:
            ValueError: the width is outside that range.
        """
        if not 4 <= width <= 80:
            raise ValueError(f"the pen width must be from 4 to 80 ink pixels, got {width}")
        self._pen_width = float(width)
        self.update()

    def set_eraser(self, on: bool) -> None:
        """Choose whether the left button, finger or pen erases."""
        self._eraser = bool(on)
        self.update()

    def undo(self) -> None:
        """Take the last stroke, erasure or clearing back."""
        if self._drawing.undo():
            self._all_changed()

    def redo(self) -> None:
        """Do again what was undone last."""
        if self._drawing.redo():
            self._all_changed()

    def clear(self) -> None:
        """Empty the paper; it can be undone."""
        if self._drawing.clear():
            self._all_changed()

    def save_image(self, path: Path | str, size: int = CANVAS_SIZE) -> None:
        """Write the drawing as a PNG, black ink on white paper.

        Args:
            path: the file.
            size: its side in pixels.

        Raises:
            SaveError: it cannot be written; an older file is untouched.
        """
        gray = np.ascontiguousarray(255 - self._drawing.ink)
        image = QImage(gray.data, CANVAS_SIZE, CANVAS_SIZE, CANVAS_SIZE, QImage.Format.Format_Grayscale8)
        if size != CANVAS_SIZE:
            image = image.scaled(size, size, mode=Qt.TransformationMode.SmoothTransformation)
        write_bytes_atomically(Path(path), png_bytes(image))

    def save_strokes(self, path: Path | str, label: int | None = None) -> None:
        """Write the strokes in the format strokes-1; what the eraser took is still in them.

        Args:
            path: the file.
            label: the digit that was meant, or None.

        Raises:
            SaveError: it cannot be written; an older file is untouched.
        """
        text = strokes_json([digit_from(self.strokes, label, "nnviz canvas")])
        write_text_atomically(Path(path), text + "\n")

    def draw_stroke(self, points: NDArray[np.floating]) -> None:
        """Draw a stroke with the pen, (points, 2) in [0, 1] of the paper; it can be undone like any other."""
        ink = np.asarray(points, float) * CANVAS_SIZE
        self._changed(self._drawing.begin(ink[0, 0], ink[0, 1], self._pen_width))
        for x, y in ink[1:]:
            self._changed(self._drawing.extend(x, y))
        self._end()

    def paper(self) -> QRectF:
        """Return where the paper lies, in the widget's pixels."""
        side = max(1.0, min(self.width(), self.height()) - 2.0)
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _to_ink(self, position: QPointF) -> QPointF:
        paper = self.paper()
        scale = CANVAS_SIZE / paper.width()
        return (position - paper.topLeft()) * scale

    def _begin(self, position: QPointF, *, erase: bool, pressure: float = 0.5) -> None:
        self._keyboard = False
        point = self._to_ink(position)
        width = self._pen_width * (ERASER_FACTOR if erase else _pressed(pressure))
        self._pointer = point if erase else None
        self._changed(self._drawing.begin(point.x(), point.y(), width, erase=erase))

    def _move(self, position: QPointF, *, pressure: float = 0.5, erase: bool = False) -> None:
        point = self._to_ink(position)
        width = None if erase else self._pen_width * _pressed(pressure)
        if self._pointer is not None:
            self._pointer = point
            self.update()
        self._changed(self._drawing.extend(point.x(), point.y(), width))

    def _end(self) -> None:
        self._drawing.end()
        if not self._keyboard:
            self._pointer = None
        self.update()
        self._announce()

    def _changed(self, rectangle: Rectangle) -> None:
        left, top, right, bottom = rectangle
        if right <= left:
            return
        self._refresh(rectangle)
        paper = self.paper()
        scale = paper.width() / CANVAS_SIZE
        # One ink pixel more on each side: the smooth scaling reaches into the neighbours.
        area = QRectF(left - 2, top - 2, right - left + 4, bottom - top + 4)
        area = QRectF(area.topLeft() * scale + paper.topLeft(), area.size() * scale)
        self.update(area.toAlignedRect())
        if not self._timer.isActive():
            # At once after a rest, so that a single point is answered without waiting; else at the next turn.
            passed = 1000 * (time.monotonic() - self._told)
            self._timer.start(max(0, math.ceil(CHANGE_INTERVAL_MS - passed)))

    def _tell(self) -> None:
        self._told = time.monotonic()
        self.drawing_changed.emit()

    def _all_changed(self) -> None:
        self._changed((0, 0, CANVAS_SIZE, CANVAS_SIZE))
        self.update()
        self._announce()

    def _refresh(self, rectangle: Rectangle) -> None:
        left, top, right, bottom = rectangle
        self._pixels[top:bottom, left:right] = self._colors[self._drawing.ink[top:bottom, left:right]]

    def _announce(self) -> None:
        if self.can_undo != self._could_undo:
            self._could_undo = self.can_undo
            self.undo_available_changed.emit(self._could_undo)
        if self.can_redo != self._could_redo:
            self._could_redo = self.can_redo
            self.redo_available_changed.emit(self._could_redo)

    def _draw_by_key(self, key: int, step: float) -> bool:
        moves = {
            Qt.Key.Key_Left: (-step, 0.0), Qt.Key.Key_Right: (step, 0.0),
            Qt.Key.Key_Up: (0.0, -step), Qt.Key.Key_Down: (0.0, step),
        }
        if key == Qt.Key.Key_Escape and self._keyboard and self._drawing.is_drawing:
            self._end()
        elif key == Qt.Key.Key_Space:
            point = self._pointer or QPointF(CANVAS_SIZE / 2, CANVAS_SIZE / 2)
            down = self._drawing.is_drawing
            self._keyboard, self._pointer = True, point
            if down:
                self._end()
            else:
                width = self._pen_width * (ERASER_FACTOR if self._eraser else 1)
                self._changed(self._drawing.begin(point.x(), point.y(), width, erase=self._eraser))
        elif key in moves:
            point = self._pointer or QPointF(CANVAS_SIZE / 2, CANVAS_SIZE / 2)
            dx, dy = moves[Qt.Key(key)]
            x = min(max(point.x() + dx, 0.0), float(CANVAS_SIZE))
            y = min(max(point.y() + dy, 0.0), float(CANVAS_SIZE))
            self._keyboard, self._pointer = True, QPointF(x, y)
            self._changed(self._drawing.extend(x, y))
        else:
            return False
        self.update()
        return True

    def sizeHint(self) -> QSize:
        """Return the size it likes best: an ink pixel to a pixel."""
        return QSize(CANVAS_SIZE, CANVAS_SIZE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a stroke with the left button, an erasure with the right."""
        # The same button pressed again means that its release went elsewhere (to a dialog, for example).
        if self._button not in (Qt.MouseButton.NoButton, event.button()):
            return
        if not self.paper().contains(event.position()):
            return
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._button = event.button()
            self._begin(event.position(), erase=self._eraser or self._button == Qt.MouseButton.RightButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the stroke."""
        if self._button != Qt.MouseButton.NoButton:
            self._move(event.position(), erase=True)  # a mouse has no pressure: the width stays

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke."""
        if event.button() == self._button:
            self._move(event.position(), erase=True)
            self._button = Qt.MouseButton.NoButton
            self._end()

    def contextMenuEvent(self, event: QEvent) -> None:
        """Show no menu: the right button erases."""
        event.accept()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with a pen, a little wider the harder it is pressed; its other end erases."""
        erase = self._eraser or event.pointerType() == QPointingDevice.PointerType.Eraser
        if event.type() == QEvent.Type.TabletPress and self.paper().contains(event.position()):
            self._begin(event.position(), erase=erase, pressure=event.pressure())
        elif event.type() == QEvent.Type.TabletMove and self._drawing.is_drawing:
            self._move(event.position(), erase=erase, pressure=event.pressure())
        elif event.type() == QEvent.Type.TabletRelease:
            self._end()
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Draw with the first finger; others are ignored."""
        kind = event.type()
        if isinstance(event, QTouchEvent):
            points = event.points()
            if kind == QEvent.Type.TouchBegin and points and self.paper().contains(points[0].position()):
                self._begin(points[0].position(), erase=self._eraser)
            elif kind == QEvent.Type.TouchUpdate and points and self._drawing.is_drawing:
                self._move(points[0].position(), erase=True)
            elif kind in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel):
                self._end()
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the pen with the arrows, put it down and lift it with Space."""
        held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        step = KEY_STEP / 4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else KEY_STEP
        if held or self._button != Qt.MouseButton.NoButton or not self._draw_by_key(event.key(), step):
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """End the stroke: its release would not come."""
        super().hideEvent(event)
        self._button = Qt.MouseButton.NoButton
        self._end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Lift the keyboard's pen."""
        super().focusOutEvent(event)
        if self._keyboard:
            self._keyboard = False
            self._end()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint paper, ink, hint and the ring of the pen."""
        theme, paper = self._theme, self.paper()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QPen(QColor(theme.muted if self.hasFocus() else theme.border), 1.0))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(paper.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        if self.is_empty and not self._drawing.is_drawing:
            size = min(max(paper.width() / 18, 11.0), 40.0)
            painter.setFont(ui_font(size))
            painter.setPen(QColor(theme.muted))
            how = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(paper.adjusted(8, 8, -8, -8), how, HINT)
        else:
            painter.drawImage(paper, self._picture)
        if self._pointer is not None:
            scale = paper.width() / CANVAS_SIZE
            wide = self._pen_width * (1 if self._keyboard and not self._eraser else ERASER_FACTOR)
            center = self._pointer * scale + paper.topLeft()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.muted), 1.5))
            painter.drawEllipse(center, wide * scale / 2, wide * scale / 2)
        painter.end()


def _pressed(pressure: float) -> float:
    """Return the factor of the pen's width for a pressure in [0, 1]: 0.8 to 1.2."""
    return 0.8 + 0.4 * min(max(pressure, 0.0), 1.0)
