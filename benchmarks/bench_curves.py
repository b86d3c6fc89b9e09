"""How long does one refresh of the curves take, against pyqtgraph drawing the same points itself?

A refresh is: 50 new steps arrive, both plots take the data, both are painted. Run it with a display (or
xvfb-run):

    python benchmarks/bench_curves.py --steps 100000
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from app.theme import LIGHT
from app.widgets.curves_view import CurvesView
from nnviz.picture.smoothing import exponential_average

CHUNK_STEPS = 50
SIZE = (900, 220)


class PlainView(QWidget):
    """Two plots of pyqtgraph with the same curves, pens and size."""

    def __init__(self, downsample: bool) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        self.curves = []
        for _ in range(2):
            plot = pg.PlotWidget(background=LIGHT.surface)
            layout.addWidget(plot)
            raw = plot.plot(pen=pg.mkPen("#2b334060", width=1))
            strong = plot.plot(pen=pg.mkPen(LIGHT.training, width=2), antialias=True)
            for curve in (raw, strong):
                if downsample:
                    curve.setDownsampling(auto=True, method="peak")
                    curve.setClipToView(True)
            self.curves.append((raw, strong))


def measure(refresh: Callable[[int], None], view: QWidget, frames: int) -> np.ndarray:
    """Return milliseconds of each refresh and its paint."""
    view.resize(*SIZE)
    view.show()
    QApplication.processEvents()
    taken = []
    for frame in range(frames + 2):
        start = time.perf_counter()
        refresh(frame)
        # The offscreen and xcb platforms paint in the next turn of the event loop.
        QApplication.processEvents()
        taken.append((time.perf_counter() - start) * 1e3)
    view.close()
    return np.asarray(taken[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--peer-frames", type=int, default=4)
    options = parser.parse_args()
    application = QApplication([])
    random = np.random.default_rng(0)
    total = options.steps + (options.frames + 4) * CHUNK_STEPS
    steps = np.arange(1, total + 1)
    loss = (0.05 + 2.2 * np.exp(-steps / (options.steps / 20))) * random.gamma(6, 1 / 6, total)
    accuracy = np.clip(1 - 0.3 * loss, 0, 1)
    smooth_loss, smooth_accuracy = (exponential_average(v, 100)[0] for v in (loss, accuracy))

    own = CurvesView()
    own.set_training(steps[: options.steps], loss[: options.steps], accuracy[: options.steps])

    def refresh_own(frame: int) -> None:
        part = slice(options.steps + frame * CHUNK_STEPS, options.steps + (frame + 1) * CHUNK_STEPS)
        own.append_training(steps[part], loss[part], accuracy[part])
        own.flush()

    results = {"nnviz CurvesView": measure(refresh_own, own, options.frames)}
    for name, downsample in (("pyqtgraph setData", False), ("pyqtgraph, peak downsampling", True)):
        plain = PlainView(downsample)

        def refresh_plain(frame: int, plain: PlainView = plain) -> None:
            n = options.steps + (frame + 1) * CHUNK_STEPS
            for (raw, strong), y, smooth in zip(
                plain.curves, (loss, accuracy), (smooth_loss, smooth_accuracy), strict=True
            ):
                raw.setData(steps[:n], y[:n])
                strong.setData(steps[:n], smooth[:n])

        results[name] = measure(refresh_plain, plain, options.peer_frames)

    base = float(np.median(results["nnviz CurvesView"]))
    print(f"{options.steps:,} steps, two plots, {SIZE[0]}x{SIZE[1]}, platform {application.platformName()}")
    for name, taken in results.items():
        median = float(np.median(taken))
        print(
            f"{name:30s} median {median:9.2f} ms   p99 {np.percentile(taken, 99):9.2f} ms   "
            f"{median / base:7.1f} x   ({len(taken)} refreshes)"
        )


if __name__ == "__main__":
    main()
