"""What is on the canvas and what the network of the session says of it; for the digits and the desktop window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.session import Session
from app.widgets.digit_canvas import DigitCanvas
from nnviz.data.digits import IMAGE_SIZE
from nnviz.data.reading import Reading
from nnviz.digit_reader import DigitAnswer, DigitReader


class DigitAnswers:
    """Reads a canvas with the network that is shown.

    Args:
        session: has the network and its limits.
        canvas: what is drawn.
    """

    def __init__(self, session: Session, canvas: DigitCanvas) -> None:
        self._session, self._canvas = session, canvas
        self._reading = Reading.empty()
        canvas.set_judge(self._sureness)

    @property
    def reading(self) -> Reading:
        """What was on the canvas when it was last read."""
        return self._reading

    @property
    def image(self) -> NDArray[np.float32]:
        """The image the graph shows, (28, 28): that of the last digit from the left; zeros for an empty paper."""
        if not self._reading.images:
            return np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.float32)
        return self._reading.images[-1]

    def read(self) -> Reading:
        """Read the canvas anew, and return what is on it."""
        self._reading = self._canvas.reading()
        return self._reading

    def take(self, image: NDArray[np.float32]) -> None:
        """Take an image (28, 28) that nobody drew for what is on the canvas."""
        self._reading = Reading("digits", (image,), "", image)

    def answer(self) -> DigitAnswer:
        """Return what the network, as it is now, says of what was read."""
        reader = self._reader()
        if reader is None:
            return DigitAnswer("?", self._reading.notes)
        return reader.answer(self._reading)

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
