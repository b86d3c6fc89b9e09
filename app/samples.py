"""Which sample goes into the network: one of the test set, chosen in several ways, or a drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.session_values import Network, SampleChoice
from nnviz.data.datasets import Dataset
from nnviz.maths.forward import forward
from nnviz.maths.metrics import are_wrong
from nnviz.training.keras_backend import Target

#: Samples looked at in one go when the next wrong one is sought.
WRONG_BATCH = 200


class Samples:
    """Holds the data set, the choice and the drawing. Mutable; the Session owns it."""

    def __init__(self) -> None:
        self.dataset: Dataset | None = None
        self.choice = SampleChoice()
        self.only_wrong = False
        self._drawing: NDArray[np.float32] | None = None
        self._random = np.random.default_rng()

    def take(self, dataset: Dataset) -> None:
        """Use another data set; its first sample is chosen next, a drawing is forgotten."""
        self.dataset = dataset
        self.choice = SampleChoice()
        self._drawing = None

    def current(self) -> tuple[NDArray[np.float32], Target | None] | None:
        """Return the sample, (input size,) float32, and what it should give; None where there is none.

        That is its class, or, (outputs,), its labels or targets; None for a drawing.
        """
        if self.choice.kind == "drawing":
            return None if self._drawing is None else (self._drawing, None)
        if self.dataset is None:
            return None
        y = self.dataset.test.y[self.choice.index]
        return self.dataset.test.x[self.choice.index], int(y) if np.ndim(y) == 0 else y

    def is_right(self, output: NDArray[np.floating]) -> bool:
        """Whether an output, (1, outputs), is known to be right for the chosen sample.

        It is not known of a drawing, and no output of a regression is right or wrong.
        """
        if self.dataset is None or self.choice.kind == "drawing" or self.dataset.task == "regression":
            return False
        y = self.dataset.test.y[self.choice.index : self.choice.index + 1]
        return not are_wrong(self.dataset.task, output, y)[0]

    def is_current(self, sample: NDArray[np.floating]) -> bool:
        """Whether these are the values of the chosen sample."""
        current = self.current()
        return current is not None and np.array_equal(current[0], sample)

    def choose(self, index: int) -> bool:
        """Choose a sample of the test set, the index wrapping around; False without data."""
        if self.dataset is None:
            return False
        index %= len(self.dataset.test)
        y = self.dataset.test.y
        self.choice = SampleChoice("test", index, int(y[index]) if y.ndim == 1 else None)
        return True

    def draw(self, image: NDArray[np.float32]) -> None:
        """Choose a drawing, any shape of the input's size, values in [0, 1]."""
        self._drawing = np.ascontiguousarray(image.reshape(-1), np.float32)
        if self.choice.kind != "drawing":
            self.choice = replace(self.choice, kind="drawing", label=None)

    def next_index(self, by: int, network: Network | None) -> int | None:
        """Return the index of the next (+1) or previous (−1) sample, of the wrong ones where only those are wanted.

        None where the network classifies every sample rightly. In a regression no sample is wrong or right: there
        all are gone through.
        """
        start = self.choice.index + (by if self.choice.kind == "test" else 0)
        return self._wrong_from(start, by, network) if self.only_wrong else start

    def random_index(self, network: Network | None) -> int | None:
        """Return the index of a sample by chance, of the wrong ones where only those are wanted; None as above."""
        start = 0 if self.dataset is None else int(self._random.integers(len(self.dataset.test)))
        return self._wrong_from(start, 1, network) if self.only_wrong else start

    def _wrong_from(self, start: int, by: int, network: Network | None) -> int | None:
        if self.dataset is None or network is None or self.dataset.task == "regression":
            return start
        test = self.dataset.test
        order = (start + by * np.arange(len(test))) % len(test)
        for first in range(0, len(test), WRONG_BATCH):
            part = order[first : first + WRONG_BATCH]
            names, silenced = network.spec.activations, network.marks.silenced
            output = forward(network.parameters, names, test.x[part], silenced=silenced).output
            wrong = np.flatnonzero(are_wrong(self.dataset.task, output, test.y[part]))
            if len(wrong):
                return int(part[wrong[0]])
        return None
