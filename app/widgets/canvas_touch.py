"""Fingers on the paper: one draws, two or three that swipe take back, do again, or clear."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPointF

#: A swipe is at least this long, logical pixels: a finger's width and a half.
SWIPE_PX = 60.0
#: A second finger that comes before the first has drawn this far begins a gesture; later it is a palm, and ignored.
SLIP_PX = 24.0


class TouchAction(Enum):
    """What fingers ask for."""

    NONE = "none"
    BEGIN = "begin"
    MOVE = "move"
    END = "end"
    CANCEL = "cancel"
    UNDO = "undo"
    REDO = "redo"
    CLEAR = "clear"


class TouchReader:
    """Tells from the fingers that are down what is asked for. Mutable; knows no widget.

    A finger draws. Two fingers that swipe to the left undo, to the right redo; three that swipe clear. The stroke that
    the first finger of a gesture began is given up.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all fingers."""
        self._starts: dict[int, QPointF] = {}
        self._first: int | None = None
        self._drawn = 0.0
        self._last = QPointF()
        self._gesture = False
        self._done = False
        self._most = 0

    @property
    def is_drawing(self) -> bool:
        """Whether the first finger draws."""
        return self._first is not None and not self._gesture

    def read(self, down: dict[int, QPointF]) -> tuple[TouchAction, QPointF]:
        """Take in where the fingers are that are down now; return what to do, and where for a stroke.

        Args:
            down: position of each finger by its number, in logical pixels; empty when all are lifted.
        """
        if not down:
            action = TouchAction.END if self.is_drawing else TouchAction.NONE
            place = self._last
            self.reset()
            return action, place
        for number, place in down.items():
            self._starts.setdefault(number, QPointF(place))
        self._most = max(self._most, len(down))
        if self._first is None and not self._gesture:
            self._first, self._last = next(iter(down.items()))
            if len(down) == 1:
                return TouchAction.BEGIN, self._last
            self._gesture = True
        if self._gesture:
            return self._read_gesture(down), self._last
        if len(down) > 1 and self._drawn < SLIP_PX:
            self._gesture = True
            return TouchAction.CANCEL, self._last
        drawing = None if self._first is None else down.get(self._first)
        if drawing is None:
            # The drawing finger is up, a palm is left: nothing more until that is lifted too.
            self._gesture = self._done = True
            return TouchAction.END, self._last
        self._drawn += (drawing - self._last).manhattanLength()
        self._last = QPointF(drawing)
        return TouchAction.MOVE, self._last

    def _read_gesture(self, down: dict[int, QPointF]) -> TouchAction:
        if self._done or len(down) < self._most:
            return TouchAction.NONE
        moves = [place - self._starts[number] for number, place in down.items()]
        x = sum(move.x() for move in moves) / len(moves)
        y = sum(move.y() for move in moves) / len(moves)
        if self._most >= 3 and (x * x + y * y) ** 0.5 >= SWIPE_PX:
            self._done = True
            return TouchAction.CLEAR
        if self._most == 2 and abs(x) >= SWIPE_PX and abs(x) > 1.5 * abs(y):
            self._done = True
            return TouchAction.UNDO if x < 0 else TouchAction.REDO
        return TouchAction.NONE
