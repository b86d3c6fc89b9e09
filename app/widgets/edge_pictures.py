"""Edges become pictures off the GUI thread; the old pictures stay until the new ones are there."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QImage

from nnviz.picture import edges
from nnviz.picture.colors import data_colors
from nnviz.picture.layout import LayerBox, Layout
from nnviz.picture.look import Look
from nnviz.picture.quantities import edge_values, scale_of
from nnviz.training.records import Snapshot

#: How many of the strongest edges of a layer carry pulses.
PULSES = 36
#: More edges than this a layer are drawn fainter and thinner, so that they do not become one blot.
DENSE = 3000


@dataclass(frozen=True, slots=True, eq=False)
class EdgeJob:
    """What is to be drawn.

    Attributes:
        snapshot: whose tensors.
        layout: where, in logical pixels of the view.
        width, height: size of the view in logical pixels.
        ratio: device pixels of a logical one.
        dark: which palette.
        look: how the edges are shown.
        quantities: which pictures.
        peer: shown beside it: the scales go over both, so that colours compare; None for none.
    """

    snapshot: Snapshot
    layout: Layout
    width: int
    height: int
    ratio: float
    dark: bool
    look: Look
    quantities: tuple[str, ...]
    peer: Snapshot | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EdgePicture:
    """The edges into one dense layer, for one quantity.

    Attributes:
        quantity: what the values are.
        image: premultiplied picture, device pixels.
        area: where it lies in the view, logical pixels.
        lines: (n, 4) ends of the drawn edges, logical pixels, weakest first.
        sources, units: (n,) indices of the unit at each end.
        values: (n,) values of the quantity.
        scale: the magnitude drawn strongest.
        total: number of edges that could have been drawn.
    """

    quantity: str
    image: QImage
    area: QRectF
    lines: NDArray[np.float32]
    sources: NDArray[np.intp]
    units: NDArray[np.intp]
    values: NDArray[np.float32]
    scale: float
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class EdgePictures:
    """Finished pictures: one a dense layer and quantity, and the job they came from."""

    job: EdgeJob
    pictures: dict[tuple[int, str], EdgePicture]

    def get(self, layer: int, quantity: str) -> EdgePicture | None:
        """Return the picture of the edges into dense layer ``layer`` (0 the first), or None."""
        return self.pictures.get((layer, quantity))


def _between(
    left: LayerBox, right: LayerBox, values: NDArray[np.floating], top_k: int | None
) -> tuple[NDArray[np.float32], NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Choose the edges to draw between two layers and return their ends."""
    table = values
    if left.hidden_count or right.hidden_count:
        table = values[np.ix_(left.shown, right.shown)]
    rows, columns, chosen = edges.top_k(table, top_k)
    lines = np.concatenate([left.positions[rows], right.positions[columns]], axis=1).astype(np.float32)
    return lines, left.shown[rows].astype(np.intp), right.shown[columns].astype(np.intp), chosen


def _peer_scale(job: EdgeJob, layer: int, quantity: str, left: LayerBox, right: LayerBox) -> float:
    """Return the largest magnitude that the snapshot shown beside has between two layers, 0 without one."""
    values = None if job.peer is None else edge_values(job.peer, layer, quantity)
    if values is not None and (left.hidden_count or right.hidden_count):
        values = values[np.ix_(left.shown, right.shown)]
    return scale_of(values)


def draw(job: EdgeJob) -> EdgePictures:
    """Draw all pictures of a job; runs in any thread."""
    pictures: dict[tuple[int, str], EdgePicture] = {}
    colors = data_colors(job.dark)
    boxes = job.layout.boxes
    for layer, (left, right) in enumerate(itertools.pairwise(boxes)):
        x0 = max(0.0, np.floor(left.x))
        x1 = min(float(job.width), np.ceil(right.x + right.width))
        if x1 - x0 < 1:
            continue
        for quantity in job.quantities:
            values = edge_values(job.snapshot, layer, quantity)
            if values is None:
                continue
            lines, sources, units, chosen = _between(left, right, values, job.look.top_k)
            scale = max(scale_of(chosen), _peer_scale(job, layer, quantity, left, right))
            device = (lines - np.array([x0, 0, x0, 0], np.float32)) * np.float32(job.ratio)
            strength, widths = edges.edge_style(chosen, scale, ratio=job.ratio, dense=len(chosen) > DENSE)
            pixels = edges.rasterise(
                device, strength, widths, round((x1 - x0) * job.ratio), round(job.height * job.ratio),
                colors.palette(quantity), ratio=job.ratio, dashed=len(chosen) <= DENSE,
            )
            height, width = pixels.shape[:2]
            # The copy lets the picture own its memory: NumPy's would be freed behind Qt's back.
            image = QImage(
                pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
            ).copy()
            pictures[layer, quantity] = EdgePicture(
                quantity, image, QRectF(x0, 0.0, width / job.ratio, height / job.ratio), lines, sources, units, chosen,
                scale, values.size,
            )
    return EdgePictures(job, pictures)


class EdgeDrawer(QObject):
    """Draws the newest job in one thread of its own; jobs that were overtaken are never begun."""

    #: EdgePictures of the newest job.
    drawn = Signal(object)
    #: A sentence: why nothing could be drawn.
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, *, work: Callable[[EdgeJob], EdgePictures] = draw) -> None:
        super().__init__(parent)
        self._work = work
        self._lock = threading.Lock()
        self._waiting: EdgeJob | None = None
        self._busy = False
        self._closed = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="nnviz-edge-drawer")

    @property
    def is_busy(self) -> bool:
        """Whether a picture is being made."""
        return self._busy

    def request(self, job: EdgeJob) -> None:
        """Draw this job next; replaces one that waits."""
        with self._lock:
            if self._closed:
                return
            self._waiting = job
            if self._busy:
                return
            self._busy = True
            self._pool.submit(self._run)

    def close(self) -> None:
        """Stop after the picture in hand; nothing is emitted any more."""
        with self._lock:
            self._closed = True
            self._waiting = None
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._lock:
                job, self._waiting = self._waiting, None
                if job is None or self._closed:
                    self._busy = False
                    return
            try:
                made = self._work(job)
            except Exception as error:  # whatever it is, the window must say so and live on
                if not self._closed:
                    self.failed.emit(f"The edges could not be drawn: {type(error).__name__}: {error}")
                continue
            if not self._closed:
                self.drawn.emit(made)
