"""The paper that a digit is drawn on: ink, colours, history, what is saved of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QWidget

from app.png import png_bytes
from app.theme import LIGHT, Theme
from app.widgets.canvas_digit import ShownDigit
from app.widgets.canvas_hint import HINT_INTERVAL_MS, guest_image, hint_area, ink_colors, paint_hint
from nnviz.data.drawing import Drawing
from nnviz.data.pen import CANVAS_SIZE, PEN_WIDTH, Rectangle, Stroke
from nnviz.data.reading import Judge, Reading
from nnviz.data.strokes import digit_from, strokes_json
from nnviz.storage.atomic import write_bytes_atomically, write_text_atomically

#: ``drawing_changed`` is emitted at most once in this time, and always after the last change.
CHANGE_INTERVAL_MS = 8
#: The eraser is wider than the pen by this factor.
ERASER_FACTOR = 1.6
#: Opacity of the ink below a translucent picture: its colours could not be told on full ink.
INK_BELOW = 0.45
#: Radius of the paper's corners, logical pixels.
CORNER_PX = 8


class CanvasPaper(QWidget):
    """A square paper with ink: what is on it, its colours, its history. ``DigitCanvas`` draws on it.

    The ink is the very array that the network's input is made from.
    """

    #: The ink changed; at most every ``CHANGE_INTERVAL_MS``.
    drawing_changed = Signal()
    undo_available_changed = Signal(bool)
    redo_available_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        self.setMinimumSize(96, 96)
        self._drawing = Drawing()
        self._guest: NDArray[np.floating] | None = None
        self._guest_picture: QImage | None = None
        self._guest_caption = ""
        self._theme = LIGHT
        self._pen_width = PEN_WIDTH
        self._eraser = False
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
        # What is laid over the drawing, and where, in ink pixels.
        self._overlay: tuple[QImage, QRectF] | None = None
        self._judge: Judge | None = None
        self._mind: Callable[[], object] | None = None
        self._digit = ShownDigit()
        # What was read last, until the ink changes or the judge another mind, and with which mind.
        self._read: Reading | None = None
        self._was_asked = False
        self._read_with: object = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tell)
        self._told = 0.0
        self._pulse = QTimer(self)
        self._pulse.setInterval(HINT_INTERVAL_MS)
        self._pulse.timeout.connect(self._beat)
        self._pulses = False
        self.set_theme(LIGHT)

    @property
    def is_empty(self) -> bool:
        """Whether there is no ink."""
        return self._drawing.is_empty

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to be read: no ink, and no image that nobody drew."""
        return self._guest is None and self.is_empty

    @property
    def guest(self) -> NDArray[np.floating] | None:
        """The image that is shown although nobody drew it, see ``set_guest``."""
        return self._guest

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
        """Return the image that a network sees, (28, 28) float32 in [0, 1]: of the digit picked, or the last."""
        reading = self.reading()
        return reading.images[reading.place(self._digit.number)] if reading.images else self._drawing.image()

    def reading(self) -> Reading:
        """Return what is on the paper, and what a network sees of it; see ``nnviz.data.reading``."""
        mind = self._mind() if self._mind is not None else None
        if self._read is not None and (not self._was_asked or (mind is not None and mind is self._read_with)):
            return self._read
        judge, asked = self._judge, False

        def ask(images: NDArray[np.float32]) -> NDArray[np.floating]:
            nonlocal asked
            assert judge is not None
            asked = True
            return judge(images)

        self._read = self._drawing.reading(None if judge is None else ask)
        self._was_asked, self._read_with = asked, mind
        return self._read

    @property
    def picked(self) -> int | None:
        """Which of several digits was picked, from 0 at the left; None: none was."""
        return self._digit.number

    def set_picked(self, number: int | None, area: QRectF | None, room: QRectF | None = None) -> None:
        """Say which of several digits is shown elsewhere; the next change of the ink forgets it.

        Args:
            number: from 0 at the left, outlined faintly; None: the last, without an outline.
            area: where it lies, in ink pixels; None where there is only one.
            room: its part of the paper, in ink pixels; None where there is only one.
        """
        digit = ShownDigit(number, area, room)
        outlined = number is not None or self._digit.number is not None
        changed, self._digit = digit != self._digit, digit
        if outlined and changed:
            self.update()

    @property
    def digit_room(self) -> QRectF | None:
        """The part of the paper, in ink pixels, of the digit that is shown where there are several."""
        return self._digit.room

    def digit_ink(self) -> NDArray[np.uint8]:
        """Return a copy of the ink, (280, 280), of the digit that is shown where there are several."""
        return self._digit.ink(self.ink(), self._pen_width)

    def digit_strokes(self) -> list[Stroke]:
        """Return the strokes, each (points, 2) in ink pixels, of the digit that is shown where there are several."""
        return self._digit.strokes(self.strokes)

    def set_judge(self, judge: Judge | None, mind: Callable[[], object] | None = None) -> None:
        """Set who is asked whether a gap lies within a digit or between two; None: nobody.

        Args:
            judge: is asked.
            mind: returns what the judge goes by, not None: while that is the same object, nothing is asked twice.
        """
        self._judge, self._mind = judge, mind
        self._read = None

    def set_picture(self, ink: NDArray[np.uint8]) -> None:
        """Put ink on the emptied paper, (280, 280), 0 paper and 255 ink; it can be undone."""
        self._drawing.paste(ink)
        self._all_changed()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._colors = ink_colors(theme)
        if self._guest is not None:
            self._guest_picture = guest_image(self._guest, self._colors)
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

    def set_hint_pulse(self, on: bool) -> None:
        """Choose whether the hint on an empty paper pulses faintly."""
        self._pulses = on
        self._set_pulse()

    def set_guest(self, image: NDArray[np.floating] | None, caption: str = "") -> None:
        """Show an image that nobody drew here, with words below it; ``ink`` and ``image`` are those of the drawing.

        It goes when somebody draws.

        Args:
            image: (height, width) in [0, 1], 0 paper and 1 ink; None for none.
            caption: what it is, a line.
        """
        self._guest = image
        self._guest_caption = caption
        self._guest_picture = None if image is None else guest_image(image, self._colors)
        self._set_pulse()
        self.update()

    @property
    def overlay(self) -> tuple[QImage, QRectF] | None:
        """What is laid over the drawing, and where, in ink pixels."""
        return self._overlay

    def set_overlay(self, image: QImage | None, place: QRectF | None = None) -> None:
        """Lay a translucent picture over the drawing, None for none; it is no part of the ink.

        Args:
            image: the picture.
            place: where it lies, in ink pixels of the paper, by default the whole paper; what sticks out is cut off.
        """
        if image is None and self._overlay is None:
            return
        whole = QRectF(0, 0, CANVAS_SIZE, CANVAS_SIZE)
        self._overlay = None if image is None else (image, place or whole)
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

    def paper(self) -> QRectF:
        """Return where the paper lies, in the widget's pixels."""
        side = max(1.0, min(self.width(), self.height()) - 2.0)
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _to_ink(self, position: QPointF) -> QPointF:
        paper = self.paper()
        scale = CANVAS_SIZE / paper.width()
        return (position - paper.topLeft()) * scale

    def _set_pulse(self) -> None:
        wanted = self._pulses and self.isVisible() and self._shows_hint
        if wanted != self._pulse.isActive():
            if wanted:
                self._pulse.start()
            else:
                self._pulse.stop()

    @property
    def _shows_hint(self) -> bool:
        return self.is_blank and not self._drawing.is_drawing

    def _beat(self) -> None:
        self.update(hint_area(self.paper()).toAlignedRect())

    def _changed(self, rectangle: Rectangle) -> None:
        self._read = None
        left, top, right, bottom = rectangle
        if right <= left:
            return
        self.set_picked(None, None)
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
        self._set_pulse()
        self.update()
        self._announce()

    def _refresh(self, rectangle: Rectangle) -> None:
        left, top, right, bottom = rectangle
        self._pixels[top:bottom, left:right] = self._colors[self._drawing.ink[top:bottom, left:right]]

    def _announce(self) -> None:
        self._read = None
        if self.can_undo != self._could_undo:
            self._could_undo = self.can_undo
            self.undo_available_changed.emit(self._could_undo)
        if self.can_redo != self._could_redo:
            self._could_redo = self.can_redo
            self.redo_available_changed.emit(self._could_redo)

    def sizeHint(self) -> QSize:
        """Return the size it likes best: an ink pixel to a pixel."""
        return QSize(CANVAS_SIZE, CANVAS_SIZE)

    def showEvent(self, event: QShowEvent) -> None:
        """Let the hint pulse again."""
        super().showEvent(event)
        self._set_pulse()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint paper, ink, hint and the ring of the pen."""
        theme, paper = self._theme, self.paper()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QPen(QColor(theme.muted if self.hasFocus() else theme.border), 1.0))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(paper.adjusted(0.5, 0.5, -0.5, -0.5), CORNER_PX, CORNER_PX)
        if self._guest_picture is not None:
            # Its pixels are what the network gets: no smoothing.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
            painter.drawImage(paper, self._guest_picture)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._shows_hint:
            phase = time.monotonic() if self._pulse.isActive() else None
            paint_hint(painter, paper, theme, phase)
        elif self._guest is None:
            painter.setOpacity(1.0 if self._overlay is None else INK_BELOW)
            self._paint_ink(painter, paper, QRectF(event.rect()))
            painter.setOpacity(1.0)
            self._paint_overlay(painter, paper)
            self._digit.paint(painter, paper, self._pen_width, theme)
        elif self._guest_caption:
            paint_hint(painter, paper, theme, None, self._guest_caption, at_bottom=True)
        if self._pointer is not None:
            scale = paper.width() / CANVAS_SIZE
            wide = self._pen_width * (1 if self._keyboard and not self._eraser else ERASER_FACTOR)
            center = self._pointer * scale + paper.topLeft()
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.muted), 1.5))
            painter.drawEllipse(center, wide * scale / 2, wide * scale / 2)
        painter.end()

    def _paint_ink(self, painter: QPainter, paper: QRectF, area: QRectF) -> None:
        """Paint what of the ink lies in an area of the widget: scaling all of it takes longer than a stroke's end."""
        scale = CANVAS_SIZE / paper.width()
        left, top = (area.x() - paper.x()) * scale, (area.y() - paper.y()) * scale
        # Whole ink pixels, one more on each side for the smooth scaling.
        x0, y0 = max(0, math.floor(left) - 1), max(0, math.floor(top) - 1)
        x1 = min(CANVAS_SIZE, math.ceil(left + area.width() * scale) + 1)
        y1 = min(CANVAS_SIZE, math.ceil(top + area.height() * scale) + 1)
        if x1 > x0 and y1 > y0:
            source = QRectF(x0, y0, x1 - x0, y1 - y0)
            target = QRectF(paper.x() + x0 / scale, paper.y() + y0 / scale, (x1 - x0) / scale, (y1 - y0) / scale)
            painter.drawImage(target, self._picture, source)

    def _paint_overlay(self, painter: QPainter, paper: QRectF) -> None:
        if self._overlay is None:
            return
        image, place = self._overlay
        scale = paper.width() / CANVAS_SIZE
        painter.save()
        corners = QPainterPath()
        corners.addRoundedRect(paper.adjusted(1, 1, -1, -1), CORNER_PX - 1, CORNER_PX - 1)
        painter.setClipPath(corners)
        painter.drawImage(QRectF(place.topLeft() * scale + paper.topLeft(), place.size() * scale), image)
        painter.restore()
