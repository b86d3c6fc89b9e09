"""Measures how far the probabilities of the network that answers can be trusted, on real test images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from app.background import Background
from app.session import Session
from app.session_values import Network
from app.widgets.reliability_page import ReliabilityPage
from app.windows.files import Files
from nnviz.data.dataset import Dataset
from nnviz.data.datasets import load_mnist
from nnviz.maths.activations import softmax
from nnviz.maths.calibration import Reliability, reliability
from nnviz.maths.forward import forward
from nnviz.maths.report import confusion_matrix

_BATCH = 500
_ONLY_CLASSES = "This is for networks with a softmax output: one class for each sample."


@dataclass(frozen=True, slots=True)
class _Measured:
    """What was measured of a network: ``before`` is the same network before calibration, None where it had none."""

    data: str
    now: Reliability
    before: Reliability | None
    counts: NDArray[np.int64]
    names: tuple[str, ...]


class ReliabilityDesk(QObject):
    """Feeds the page when it is seen; a network is measured once.

    Args:
        session: has the network, and perhaps data; MNIST's test images are read where it has none.
        page: shows the diagram.
        files: saves it.
    """

    def __init__(self, session: Session, page: ReliabilityPage, files: Files) -> None:
        super().__init__(page)
        self._session, self._page, self._files = session, page, files
        self._work = Background(self)
        self._work.done.connect(self._done)
        self._work.failed.connect(self._failed)
        self._network: Network | None = None
        page.measure_requested.connect(self.measure)
        page.export_requested.connect(self._export)

    def measure(self) -> None:
        """Measure the network as it is now, unless that is done already."""
        network, dataset = self._session.network, self._session.dataset
        if network is None or network is self._network:
            return
        self._network = network
        self._work.clear()
        if network.spec.activations[-1] != "softmax" or (dataset is not None and dataset.task != "multiclass"):
            self._page.set_reliability(network.title, None, said=_ONLY_CLASSES)
            return
        self._page.set_reliability(network.title, None, said="The test images are being read …")
        self._work.ask(id(network), _measuring(network, dataset))

    def stop(self) -> None:
        """Wait for the thread; nothing is measured any more."""
        self._work.stop()

    def _done(self, key: object, measured: object) -> None:
        network = self._network
        if not isinstance(measured, _Measured) or network is None or key != id(network):
            return
        limits = network.limits
        said = f"Below {100 * limits.sure_above:.0f} % the answer is put as a question"
        said += ": on held-out digits, 99 % of the others were right." if limits.measured else "."
        if measured.before is not None and (self._session.dataset is None or self._session.dataset.name == "mnist"):
            said += " The temperature was fitted on every other of these images."
        self._page.set_reliability(
            f"{network.title}; {measured.data}", measured.now, measured.before, said, measured.counts, measured.names
        )

    def _failed(self, key: object, words: str) -> None:
        if self._network is not None and key == id(self._network):
            self._page.set_reliability(self._network.title, None, said=f"It could not be measured. {words}")
            self._network = None

    def _export(self) -> None:
        kinds = "PNG (*.png);;SVG (*.svg);;CSV (*.csv)"
        self._files.save(self._files.ask_save("Export diagram", self._page.file_name, kinds), self._page.save)


def _measuring(network: Network, dataset: Dataset | None) -> Callable[[Callable[[], bool]], object]:
    def measure(cancelled: Callable[[], bool]) -> _Measured | None:
        data = load_mnist() if dataset is None else dataset
        test = data.test
        if test.x.shape[1] != network.spec.input_size or len(data.class_names) != network.spec.layers[-1].units:
            raise ValueError(f"{network.spec.title} does not fit the data {data.name}")
        logits = []
        for start in range(0, len(test.x), _BATCH):
            if cancelled():
                return None
            passed = forward(network.parameters, network.spec.activations, test.x[start : start + _BATCH])
            logits.append(passed.phi_input(len(network.spec.layers) - 1))
        z = np.concatenate(logits)
        label, temperature = np.asarray(test.y).astype(np.int64), network.limits.temperature
        before = reliability(softmax(z * np.float32(temperature)), label) if temperature != 1 else None
        counts = confusion_matrix(label, z.argmax(axis=1), len(data.class_names))
        return _Measured(f"{len(z):,} test samples", reliability(softmax(z), label), before, counts, data.class_names)

    return measure
