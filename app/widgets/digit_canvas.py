"""The paper that a digit is drawn on, with mouse, finger, pen or arrow keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEventPoint,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QWidget

from app.widgets.canvas_paper import ERASER_FACTOR, CanvasPaper
from app.widgets.canvas_touch import TouchAction, TouchReader
from nnviz.data.curve import CurvePen
from nnviz.data.pen import CANVAS_SIZE, PEN_WIDTH, Rectangle, union

#: Arrow keys move the pen by this many ink pixels, with Shift by a quarter.
KEY_STEP = 12.0


class DigitCanvas(CanvasPaper):
    """A square paper to draw on; the ink is the very array that the network's input is made from.

    Left button, finger or pen draws, a smooth line through all points; the right button or the pen's other end
    erases. Two fingers that swipe to the left undo, to the right redo; three that swipe clear. With the keyboard,
    arrows move the pen, Space puts it down and lifts it.
    """

    #: The pen was lifted.
    stroke_ended = Signal()

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
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMouseTracking(True)
        self._curve: CurvePen | None = None
        self._touch = TouchReader()
        # What Qt is told about joining events that come fast, while nothing is drawn.
        self._joins_events: bool | None = None
        self._button = Qt.MouseButton.NoButton
        self._erases = False

    def forget(self) -> None:
        """Empty the paper for the next person: nothing can be undone, the pen is the usual one again."""
        self._pointer, self._keyboard = None, False
        self._curve = None
        self._touch.reset()
        self._button = Qt.MouseButton.NoButton
        self._join_events(True)
        self._eraser, self._pen_width = False, PEN_WIDTH
        self._drawing.forget()
        self._all_changed()

    def draw_stroke(self, points: NDArray[np.floating]) -> None:
        """Draw a stroke with the pen, (points, 2) in [0, 1] of the paper; it can be undone like any other."""
        ink = np.asarray(points, float) * CANVAS_SIZE
        self.set_guest(None)
        self._changed(self._drawing.begin(ink[0, 0], ink[0, 1], self._pen_width))
        for x, y in ink[1:]:
            self._changed(self._drawing.extend(x, y))
        self._end()

    def _begin(self, position: QPointF, *, erase: bool, pressure: float = 0.5) -> None:
        self._keyboard = False
        if self._guest is not None:
            self.set_guest(None)
        point = self._to_ink(position)
        width = self._pen_width * (ERASER_FACTOR if erase else _pressed(pressure))
        self._pointer = point if erase else None
        self._curve = CurvePen((point.x(), point.y(), width))
        self._join_events(False)
        self._changed(self._drawing.begin(point.x(), point.y(), width, erase=erase))
        self._set_pulse()

    def _move(self, position: QPointF, *, pressure: float = 0.5, erase: bool = False) -> None:
        if self._curve is None or not self._drawing.is_drawing:
            return
        point = self._to_ink(position)
        width = self._pen_width * (ERASER_FACTOR if erase else _pressed(pressure))
        if self._pointer is not None:
            self._pointer = point
            self.update()
        certain, tail = self._curve.add((point.x(), point.y(), width))
        if not tail:
            return
        changed: Rectangle = (0, 0, 0, 0)
        for x, y, wide in certain:
            changed = union(changed, self._drawing.extend(x, y, wide))
        self._changed(union(changed, self._drawing.set_tail(tail)))

    def _end(self) -> None:
        was_drawing = self._drawing.is_drawing
        self._drawing.end()
        self._curve = None
        self._join_events(True)
        if not self._keyboard:
            self._pointer = None
        self._set_pulse()
        self.update()
        self._announce()
        if was_drawing:
            self.stroke_ended.emit()

    def _cancel(self) -> None:
        self._curve = None
        self._join_events(True)
        if self._drawing.cancel():
            self._all_changed()

    def _join_events(self, join: bool) -> None:
        """Have Qt pass every point on while somebody draws, instead of joining those that come fast."""
        attribute = Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents
        if not join and self._joins_events is None:
            self._joins_events = QCoreApplication.testAttribute(attribute)
            QCoreApplication.setAttribute(attribute, False)
        elif join and self._joins_events is not None:
            QCoreApplication.setAttribute(attribute, self._joins_events)
            self._joins_events = None

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a stroke with the left button, an erasure with the right."""
        # The same button pressed again means that its release went elsewhere (to a dialog, for example).
        if self._button not in (Qt.MouseButton.NoButton, event.button()):
            return
        if not self.paper().contains(event.position()):
            return
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            self._button = event.button()
            self._erases = self._eraser or self._button == Qt.MouseButton.RightButton
            self._begin(event.position(), erase=self._erases)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the stroke."""
        if self._button != Qt.MouseButton.NoButton:
            self._move(event.position(), erase=self._erases)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke."""
        if event.button() == self._button:
            self._move(event.position(), erase=self._erases)
            self._button = Qt.MouseButton.NoButton
            self._end()

    def contextMenuEvent(self, event: QEvent) -> None:
        """Show no menu: the right button erases."""
        event.accept()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with a pen, a little wider the harder it is pressed; its other end erases."""
        kind = event.type()
        if kind == QEvent.Type.TabletPress and self.paper().contains(event.position()):
            other_end = event.pointerType() == QPointingDevice.PointerType.Eraser
            # The button of the pen's barrel is the right one.
            self._erases = self._eraser or other_end or event.button() == Qt.MouseButton.RightButton
            self._begin(event.position(), erase=self._erases, pressure=event.pressure())
        elif kind == QEvent.Type.TabletMove and self._drawing.is_drawing:
            self._move(event.position(), erase=self._erases, pressure=event.pressure())
        elif kind == QEvent.Type.TabletRelease:
            self._end()
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Draw with a finger, undo, redo and clear with two or three."""
        if isinstance(event, QTouchEvent):
            if event.type() == QEvent.Type.TouchCancel:
                self._touch.reset()
                self._end()
            else:
                lifted = QEventPoint.State.Released
                down = {point.id(): point.position() for point in event.points() if point.state() != lifted}
                self._touched(*self._touch.read(down))
            event.accept()
            return True
        return super().event(event)

    def _touched(self, action: TouchAction, place: QPointF) -> None:
        if action is TouchAction.BEGIN:
            if self.paper().contains(place):
                self._begin(place, erase=self._eraser)
        elif action is TouchAction.MOVE:
            self._move(place, erase=self._eraser)
        elif action is TouchAction.END:
            self._end()
        elif action is not TouchAction.NONE:
            {
                TouchAction.CANCEL: self._cancel, TouchAction.UNDO: self.undo, TouchAction.REDO: self.redo,
                TouchAction.CLEAR: self.clear,
            }[action]()

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

def _pressed(pressure: float) -> float:
    """Return the factor of the pen's width for a pressure in [0, 1]: 0.7 to 1.3, 1 without a sense of pressure."""
    return 0.7 + 0.6 * min(max(pressure, 0.0), 1.0)
