"""Mouse, wheel and keyboard of a plot."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app.widgets.plot_axes import AxisSpec
from app.widgets.plot_canvas import MIN_X_SPAN, PlotCanvas

WHEEL_STEP = 1.25
DRAG_THRESHOLD_PX = 4


class PlotSurface(PlotCanvas):
    """A plot canvas that a person can point at, zoom, pan, and read with the arrow keys."""

    def __init__(self, spec: AxisSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._press: QPointF | None = None
        self._dragging = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(
            "Point to read exact values; wheel zooms, dragging pans, F or a double click shows all data. "
            "Keys: ← and → move the crosshair, Esc hides it."
        )

    def zoom(self, factor: float, *, x: float | None = None, y: float | None = None) -> None:
        """Zoom in by ``factor`` around step ``x`` or around axis value ``y``; the other axis stays."""
        if x is not None:
            low, high = self._x
            span = max((high - low) / factor, MIN_X_SPAN)
            share = (x - low) / (high - low)
            self.set_x_range(x - share * span, x + (1 - share) * span)
        if y is not None:
            low, high = self._y
            self.set_y_range(y - (y - low) / factor, y + (high - y) / factor)

    def step_cursor(self, direction: int, pixels: int = 1) -> None:
        """Move the crosshair to the next point at least ``pixels`` away; at first to the last point."""
        reference = self._reference()
        if reference is None:
            return
        if self._cursor is None:
            self.set_cursor(min(max(float(reference.x[-1]), self._x[0]), self._x[1]))
            return
        index = reference.nearest(self._cursor) or 0
        away = pixels * (self._x[1] - self._x[0]) / self._frame.rect.width()
        target = self._cursor + direction * away
        if direction > 0:
            found = max(index + 1, int(np.searchsorted(reference.x, target, side="left")) if pixels else 0)
        else:
            found = min(
                index - 1, int(np.searchsorted(reference.x, target, side="right")) - 1 if pixels else index
            )
        found = min(max(found, 0), len(reference.x) - 1)
        self.set_cursor(float(reference.x[found]))

    # -- Qt --------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        if event.button() == Qt.MouseButton.LeftButton and not self.is_empty:
            self._press = event.position()
            self._dragging = ""
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan while a button is held, otherwise move the crosshair."""
        at = event.position()
        if self._press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            if not self._dragging:
                moved = at - self._press
                if moved.manhattanLength() < DRAG_THRESHOLD_PX:
                    return
                start = self._frame.rect
                self._dragging = "y" if self._press.x() < start.left() else "x"
                if self._dragging == "x" and abs(moved.y()) > 2 * abs(moved.x()):
                    self._dragging = "xy"
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._pan(at - self._press)
            self._press = at
            return
        if self._frame.rect.adjusted(-2, -2, 2, 2).contains(at) and not self.is_empty:
            self.set_cursor(self._step_at(at.x()))
        else:
            self.set_cursor(None)

    def _pan(self, moved: QPointF) -> None:
        rect = self._frame.rect
        if "x" in self._dragging:
            shift = -moved.x() / rect.width() * (self._x[1] - self._x[0])
            self.set_x_range(self._x[0] + shift, self._x[1] + shift)
        if "y" in self._dragging:
            shift = moved.y() / rect.height() * (self._y[1] - self._y[0])
            self.set_y_range(self._y[0] + shift, self._y[1] + shift)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        self._press, self._dragging = None, ""
        self.unsetCursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all data again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()
            event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in steps around the pointer; over the value axis or with Ctrl in values; sideways: pan."""
        if self.is_empty:
            event.ignore()
            return
        delta, at = event.angleDelta(), event.position()
        rect = self._frame.rect
        vertical = at.x() < rect.left() or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        factor = WHEEL_STEP ** (delta.y() / 120)
        if delta.x() and not delta.y():
            shift = -delta.x() / 120 * 0.1 * (self._x[1] - self._x[0])
            self.set_x_range(self._x[0] + shift, self._x[1] + shift)
        elif vertical:
            share = (rect.bottom() - at.y()) / rect.height()
            self.zoom(factor, y=self._y[0] + share * (self._y[1] - self._y[0]))
        else:
            self.zoom(factor, x=self._step_at(at.x()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the crosshair that the pointer moved."""
        super().leaveEvent(event)
        if not self.focus_ring:
            self.set_cursor(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show a ring when the keyboard brought the focus."""
        by_keyboard = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.focus_ring = event.reason() in (*by_keyboard, Qt.FocusReason.ShortcutFocusReason)
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the ring."""
        super().focusOutEvent(event)
        self.focus_ring = False
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the crosshair (Ctrl: one point, Shift: ten pixels); Home, End, Escape, F, + and −."""
        key, held = event.key(), event.modifiers()
        fine = bool(held & Qt.KeyboardModifier.ControlModifier)
        pixels = 0 if fine else 10 if held & Qt.KeyboardModifier.ShiftModifier else 1
        middle = self._cursor if self._cursor is not None else sum(self._x) / 2
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step_cursor(1 if key == Qt.Key.Key_Right else -1, pixels)
        elif key == Qt.Key.Key_Home:
            self.set_cursor(self._x[0])
        elif key == Qt.Key.Key_End:
            self.set_cursor(self._x[1])
        elif key == Qt.Key.Key_Escape and self._cursor is not None:
            self.set_cursor(None)
        elif key == Qt.Key.Key_F and not fine:
            self.fit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(WHEEL_STEP, x=middle)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / WHEEL_STEP, x=middle)
        else:
            # The panel knows L and Ctrl+C; pyqtgraph's own handler would swallow every key.
            event.ignore()
            return
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Explain marks; else show the tool tip beside the curves only: there the crosshair says more."""
        if (
            event.type() == QEvent.Type.ToolTip
            and isinstance(event, QHelpEvent)
            and not self.is_empty
            and self.frame.rect.contains(QPointF(event.pos()))
        ):
            words = self.marks.words_at(event.pos().x(), self.frame.rect, *self._x)
            if words:
                QToolTip.showText(event.globalPos(), words, self)
                return True
            event.ignore()
            return True
        return bool(super().viewportEvent(event))
