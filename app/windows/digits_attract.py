"""What a kiosk shows while nobody draws: test digits of MNIST, bit by bit, and how the network reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background
from nnviz.data.mnist import load_test_digits
from nnviz.picture.reveal import reveal_order

#: A new part of the digit this often, and how many parts there are.
TICK_MS = 70
PARTS = 18
#: How long the whole digit stays.
STAY_MS = 2600


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One moment of the loop.

    Attributes:
        image: what is shown and what goes into the network, (28, 28) float32 in [0, 1].
        index: of the digit in MNIST's test set.
        label: what its writer meant, as MNIST says.
        is_whole: whether all of the digit is there.
    """

    image: NDArray[np.float32]
    index: int
    label: int
    is_whole: bool


class AttractLoop(QObject):
    """Shows every test digit once in a shuffled order, then again; right or wrong is left to the network.

    Args:
        parent: Qt's.
        seed: of the order; by default another one each time.
        reduce_motion: whether digits appear whole.
    """

    #: Exhibit: show this now.
    shown = Signal(object)
    #: A sentence: there are no digits to show.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, *, seed: int | None = None, reduce_motion: bool = False) -> None:
        super().__init__(parent)
        self._random = np.random.default_rng(seed)
        self._reduce_motion = reduce_motion
        self._digits: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None
        self._order: list[int] = []
        self._index = 0
        self._image = np.zeros((28, 28), np.float32)
        self._when = self._image
        self._part = 0
        self._wanted = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._advance)
        self._background = Background(self)
        self._background.done.connect(self._loaded)
        self._background.failed.connect(self._not_loaded)

    @property
    def is_running(self) -> bool:
        """Whether digits are shown, or will be as soon as they are read."""
        return self._wanted

    def start(self) -> None:
        """Begin with the next digit; the digits are read in the background the first time."""
        self._wanted = True
        if self._digits is None:
            self._background.ask("digits", lambda _is_cancelled: load_test_digits())
        else:
            self._next_digit()

    def stop(self) -> None:
        """Show nothing more."""
        self._wanted = False
        self._timer.stop()

    def close(self) -> None:
        """Stop, and wait for the thread that reads."""
        self.stop()
        self._background.stop()

    def _loaded(self, _key: object, answer: object) -> None:
        self._digits = cast("tuple[NDArray[np.uint8], NDArray[np.uint8]]", answer)
        if self._wanted:
            self._next_digit()

    def _not_loaded(self, _key: object, words: str) -> None:
        self._wanted = False
        self.failed.emit(f"There are no digits to show: {words}")

    def _next_digit(self) -> None:
        assert self._digits is not None
        if not self._order:
            self._order = [int(k) for k in self._random.permutation(len(self._digits[1]))]
        self._index = self._order.pop()
        self._image = np.asarray(self._digits[0][self._index] / np.float32(255), np.float32)
        self._when = reveal_order(self._image)
        self._part = PARTS - 1 if self._reduce_motion else 0
        self._advance()

    def _advance(self) -> None:
        if self._digits is None or not self._wanted:
            return
        if self._part >= PARTS:
            self._next_digit()
            return
        self._part += 1
        whole = self._part == PARTS
        # An image of which some ink is not there yet is as real an input as any other.
        image = self._image if whole else np.where(self._when <= self._part / PARTS, self._image, np.float32(0))
        self._timer.start(STAY_MS if whole else TICK_MS)
        self.shown.emit(Exhibit(image, self._index, int(self._digits[1][self._index]), whole))
