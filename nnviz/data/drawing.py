"""A drawing in progress: strokes with undo, the ink they leave, and the 28x28 image of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nnviz.data.curve import PenPoint
from nnviz.data.digits import IMAGE_SIZE
from nnviz.data.pen import CANVAS_SIZE, PEN_WIDTH, Ink, Rectangle, Stroke, paint_segment, union
from nnviz.data.reading import FULL, Judge, Reading, full_reading, read_drawing

#: Points nearer to the last than this many ink pixels change nothing that can be seen and are left out.
MIN_SPACING = 0.5
#: Most marks that can be undone.
MAX_MARKS = 500


@dataclass(slots=True)
class Mark:
    """What one movement of the pen did.

    Attributes:
        points: x, y and pen width of each point, in ink pixels.
        erase: whether it took ink away.
        clears: whether it emptied the paper instead.
        pixels: ink that was put on the paper instead, (CANVAS_SIZE, CANVAS_SIZE); None for a movement.
    """

    points: list[tuple[float, float, float]] = field(default_factory=list)
    erase: bool = False
    clears: bool = False
    pixels: Ink | None = None

    def paint(self, ink: Ink) -> None:
        """Paint the mark into ink in place."""
        if self.clears:
            ink[:] = 0
            return
        if self.pixels is not None:
            np.maximum(ink, self.pixels, out=ink)
            return
        last = self.points[0]
        paint_segment(ink, last[0], last[1], last[0], last[1], last[2], erase=self.erase)
        for x, y, width in self.points[1:]:
            paint_segment(ink, last[0], last[1], x, y, width, erase=self.erase)
            last = (x, y, width)


class Drawing:
    """Marks on a square paper of ``CANVAS_SIZE`` ink pixels a side; every change can be undone."""

    def __init__(self) -> None:
        self.ink: Ink = np.zeros((CANVAS_SIZE, CANVAS_SIZE), np.uint8)
        self._done: list[Mark] = []
        self._undone: list[Mark] = []
        self._now: Mark | None = None
        # The end of the mark in hand, not certain yet: its points, and the ink that was under them.
        self._tail: list[PenPoint] = []
        self._under: tuple[Rectangle, Ink] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is no ink."""
        return not self.ink.any()

    @property
    def is_drawing(self) -> bool:
        """Whether a mark has begun and not ended."""
        return self._now is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether something undone can be done again."""
        return bool(self._undone)

    @property
    def strokes(self) -> list[Stroke]:
        """The strokes on the paper, each (points, 2) in ink pixels; what the eraser took is still in them."""
        marks = self._visible()
        drawn = [mark for mark in marks if mark.points and not mark.erase]
        return [np.array([(x, y) for x, y, _ in mark.points], np.float64) for mark in drawn]

    def begin(self, x: float, y: float, width: float = PEN_WIDTH, *, erase: bool = False) -> Rectangle:
        """Put the pen (or the eraser) down at a point in ink pixels; return what changed."""
        self.end()
        self._now = Mark([(x, y, width)], erase)
        return paint_segment(self.ink, x, y, x, y, width, erase=erase)

    def extend(self, x: float, y: float, width: float | None = None) -> Rectangle:
        """Move the pen that is down to a point; return what changed."""
        if self._now is None:
            return (0, 0, 0, 0)
        changed = self._drop_tail()
        x0, y0, width0 = self._now.points[-1]
        if abs(x - x0) + abs(y - y0) < MIN_SPACING:
            return changed
        width = width0 if width is None else width
        self._now.points.append((x, y, width))
        return union(changed, paint_segment(self.ink, x0, y0, x, y, width, erase=self._now.erase))

    def set_tail(self, points: list[PenPoint]) -> Rectangle:
        """Paint the end of the mark in hand as far as it is known; return what changed.

        The next ``extend`` or ``set_tail`` takes it back; where the pen is lifted before, it stays.

        Args:
            points: x, y and pen width of each, in ink pixels.
        """
        changed = self._drop_tail()
        if self._now is None or not points:
            return changed
        line = [self._now.points[-1], *points]
        reach = max(width for _, _, width in line) / 2 + 1
        xs, ys = [x for x, _, _ in line], [y for _, y, _ in line]
        left, top = max(0, int(min(xs) - reach)), max(0, int(min(ys) - reach))
        right, bottom = min(CANVAS_SIZE, int(max(xs) + reach) + 1), min(CANVAS_SIZE, int(max(ys) + reach) + 1)
        self._tail = points
        if right > left and bottom > top:
            area = (left, top, right, bottom)
            self._under = (area, self.ink[top:bottom, left:right].copy())
            for (x0, y0, _), (x1, y1, width) in pairwise(line):
                paint_segment(self.ink, x0, y0, x1, y1, width, erase=self._now.erase)
            changed = union(changed, area)
        return changed

    def _drop_tail(self) -> Rectangle:
        self._tail, under, self._under = [], self._under, None
        if under is None:
            return (0, 0, 0, 0)
        (left, top, right, bottom), ink = under
        self.ink[top:bottom, left:right] = ink
        return (left, top, right, bottom)

    def cancel(self) -> bool:
        """Give the mark in hand up as if it had not begun; return whether there was one."""
        if self._now is None:
            return False
        self._drop_tail()
        self._now = None
        self._repaint()
        return True

    def forget(self) -> None:
        """Empty the paper for good: nothing can be undone or done again."""
        self._drop_tail()
        self._now = None
        self._done.clear()
        self._undone.clear()
        self.ink[:] = 0

    def end(self) -> None:
        """Lift the pen: the mark can be undone from now on, and what was undone before is forgotten."""
        for x, y, width in list(self._tail):
            self.extend(x, y, width)
        if self._now is not None:
            self._add(self._now)
            self._now = None

    def clear(self) -> bool:
        """Empty the paper; return whether there was anything. It can be undone."""
        self.end()
        if self.is_empty:
            return False
        self._add(Mark(clears=True))
        self.ink[:] = 0
        return True

    def undo(self) -> bool:
        """Take the last mark (or clearing) back; return whether there was one."""
        self.end()
        if not self._done:
            return False
        self._undone.append(self._done.pop())
        self._repaint()
        return True

    def redo(self) -> bool:
        """Do again what was undone last; return whether there was anything."""
        if self._now is not None or not self._undone:
            return False
        mark = self._undone.pop()
        self._done.append(mark)
        mark.paint(self.ink)
        return True

    def image(self, judge: Judge | None = None) -> NDArray[np.float32]:
        """Return the image a network sees, (28, 28) float32 in [0, 1]: of the last digit where there are several."""
        images = self.reading(judge).images
        return images[-1] if images else np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)

    def reading(self, judge: Judge | None = None) -> Reading:
        """Return what is on the paper, and what a network sees of it.

        Strokes are drawn again with MNIST's pen, so that neither place nor size nor pen matters. Where something was
        erased, or pixels were put on the paper, the ink itself is read, its strokes thinned or thickened.

        Args:
            judge: see ``nnviz.data.reading.read_drawing``.
        """
        if self.is_empty:
            return Reading.empty()
        if float(self.ink.mean()) > FULL * 255:
            return full_reading(self.ink)
        marks = self._visible()
        if any(mark.erase or mark.pixels is not None for mark in marks):
            return read_drawing(self.ink, judge=judge)
        tail = {id(self._now): self._tail}
        strokes = [np.array([*mark.points, *tail.get(id(mark), ())], np.float64) for mark in marks]
        return read_drawing(strokes, (0.0, 0.0, float(CANVAS_SIZE), float(CANVAS_SIZE)), judge)

    def paste(self, ink: Ink) -> None:
        """Put ink (CANVAS_SIZE, CANVAS_SIZE) on the emptied paper; it can be undone like a stroke."""
        self.clear()
        self._add(Mark(pixels=ink.copy()))
        self.ink[:] = ink

    def _visible(self) -> list[Mark]:
        marks = [*self._done, self._now] if self._now is not None else self._done
        for number in reversed(range(len(marks))):
            if marks[number].clears:
                return marks[number + 1 :]
        return list(marks)

    def _add(self, mark: Mark) -> None:
        self._undone.clear()
        self._done.append(mark)
        if len(self._done) > MAX_MARKS:
            self._forget()

    def _forget(self) -> None:
        """Drop what lies under the first clearing; without one everything is still on the paper and stays."""
        for number, mark in enumerate(self._done):
            if mark.clears:
                del self._done[: number + 1]
                return

    def _repaint(self) -> None:
        self.ink[:] = 0
        for mark in self._visible():
            mark.paint(self.ink)
