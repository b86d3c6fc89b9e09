"""What is on the canvas and what the network of the session says of it; for the digits and the desktop window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from app.session import Session
from app.widgets.digit_canvas import DigitCanvas
from nnviz.data.digits import IMAGE_SIZE
from nnviz.data.pen import CANVAS_SIZE
from nnviz.data.reading import Reading
from nnviz.digit_reader import DigitAnswer, DigitReader

#: Which of several digits is meant.
ORDINALS = ("1st", "2nd", "3rd", "4th", "5th")


class DigitAnswers:
    """Reads a canvas with the network that is shown.

    Args:
        session: has the network and its limits.
        canvas: what is drawn.
    """

    def __init__(self, session: Session, canvas: DigitCanvas) -> None:
        self._session, self._canvas = session, canvas
        self._reading = Reading.empty()
        canvas.set_judge(self._sureness, lambda: session.network)

    @property
    def reading(self) -> Reading:
        """What was on the canvas when it was last read."""
        return self._reading

    @property
    def count(self) -> int:
        """How many digits were read."""
        return len(self._reading.images)

    @property
    def number(self) -> int:
        """Which of them is shown, from 0 at the left: the one picked, or the last."""
        return self._reading.place(self._canvas.picked)

    @property
    def ordinal(self) -> str:
        """Which of them is shown, for people: 1st, 2nd, …"""
        return ORDINALS[self.number]

    def pick(self, number: int | None) -> None:
        """Show one of several digits, from 0 at the left; None: the last. The next stroke goes back to the last."""
        boxes = self._reading.boxes
        if not boxes:
            self._canvas.set_picked(None, None)
            return
        place = self._reading.place(number)
        left, top, right, bottom = boxes[place]
        area = QRectF(left, top, right - left, bottom - top)
        self._canvas.set_picked(None if number is None else place, area, self._room(place))

    def _room(self, place: int) -> QRectF | None:
        """Return the part of the paper of one of several digits: as far as halfway to its neighbours."""
        boxes = self._reading.boxes
        if len(boxes) < 2:
            return None
        left, _, right, _ = boxes[place]
        middle = (left + right) / 2
        # Boxes of digits that touch may lie over each other.
        start = min(middle, (boxes[place - 1][2] + left) / 2) if place > 0 else 0.0
        end = max(middle, (right + boxes[place + 1][0]) / 2) if place + 1 < len(boxes) else float(CANVAS_SIZE)
        return QRectF(start, 0, end - start, CANVAS_SIZE)

    @property
    def image(self) -> NDArray[np.float32]:
        """The image the graph shows, (28, 28): of the digit picked, or the last; zeros for an empty paper."""
        if not self._reading.images:
            return np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
        return self._reading.images[self.number]

    def read(self) -> Reading:
        """Read the canvas anew, and return what is on it."""
        self._reading = self._canvas.reading()
        self.pick(self._canvas.picked)
        return self._reading

    def take(self, image: NDArray[np.float32]) -> None:
        """Take an image (28, 28) that nobody drew for what is on the canvas."""
        self._reading = Reading("digits", (image,), "", image)

    def answer(self, output: NDArray[np.floating] | None = None) -> DigitAnswer:
        """Return what the network says of what was read: as it is now, but of the digit shown what is given."""
        reader = self._reader()
        if reader is None:
            return DigitAnswer("?", self._reading.notes)
        return reader.answer(self._reading, None if output is None else (self.number, output))

    def _sureness(self, images: NDArray[np.float32]) -> NDArray[np.floating]:
        reader = self._reader()
        return np.zeros(len(images)) if reader is None else reader.sureness(images)

    def _reader(self) -> DigitReader | None:
        network = self._session.network
        if network is None or network.spec.input_size != IMAGE_SIZE**2 or network.spec.layers[-1].units != 10:
            return None
        if network.spec.activations[-1] not in ("softmax", "linear"):
            return None
        return DigitReader(network.spec, network.parameters, network.limits)
