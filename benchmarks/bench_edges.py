"""How fast are edges drawn, in a view of 1440x900, and how much faster than QPainter draws the same lines?

Prints, each as the median of several runs, software rendering:
- the strongest 2,000 edges (target: 10 ms) and all 100,352 of 784-128 (target: 0.35 s), between the layers of
  784-128-10 and, the worst case, of 784-128 alone, which fill the view; with choice, style and QImage ("picture");
- the ratio against QPainter drawing the same lines antialiased (target: at least 10);
- time per pixel at twice the device pixel ratio and in 3840x2160, against 1x (target: at most 2);
- the first call of a new process: compiled code not there yet, on the disk, and a cache folder that cannot be used;
  with the longest wait of another thread meanwhile.

    python benchmarks/bench_edges.py [--runs 7]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPen

from app.widgets.edge_pictures import DENSE, EdgeJob, draw
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, initial_parameters
from nnviz.picture import edges, raster
from nnviz.picture.colors import data_colors
from nnviz.picture.layout import arrange
from nnviz.picture.look import Look
from nnviz.spec import NetworkSpec, classifier
from nnviz.training.records import Snapshot

FIRST_CALL = """
import sys, threading, time
import numpy as np
from nnviz.picture import raster, colors
waits, done = [], False
def heart():
    last = time.perf_counter()
    while not done:
        time.sleep(0.002)
        now = time.perf_counter()
        waits.append(now - last - 0.002)
        last = now
thread = threading.Thread(target=heart); thread.start()
start = time.perf_counter()
raster.warm_up()
first = time.perf_counter() - start
done = True; thread.join()
print(first, max(waits))
"""


def median(work, runs: int) -> float:
    """Return the median of the seconds that ``work`` takes, the first run left out."""
    return median_and_best(work, runs)[0]


def median_and_best(work, runs: int) -> tuple[float, float]:
    """Return median and minimum of the seconds that ``work`` takes, the first run left out."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times)), min(times)


def snapshot(spec: NetworkSpec) -> Snapshot:
    """Return a network with weights as after training: many small ones, few large ones."""
    rng = np.random.default_rng(0)
    parameters = tuple(
        LayerParameters(rng.laplace(size=p.kernel.shape).astype(np.float32) * 0.05, p.bias)
        for p in initial_parameters(spec, 0)
    )
    x = rng.uniform(size=(1, spec.input_size)).astype(np.float32)
    return Snapshot(1, 0, spec, parameters, None, forward(parameters, spec.activations, x))


def lines_of(shot: Snapshot, width: int, height: int, ratio: float, k: int | None):
    """Return ends, strength, widths of the edges into the first layer as they are drawn, and whether many."""
    left, right = arrange(shot.spec, width, height).boxes[:2]
    rows, columns, values = edges.top_k(shot.parameters[0].kernel, k)
    lines = np.concatenate([left.positions[rows], right.positions[columns]], axis=1).astype(np.float32)
    scale = float(np.abs(values).max())
    is_dense = len(values) > DENSE
    dense = edges.dense_style(edges.share_of(values, scale), float(np.ptp(lines[:, 1::2]))) if is_dense else None
    strength, widths = edges.edge_style(values, scale, ratio=ratio, dense=dense)
    return lines * np.float32(ratio), strength, widths, is_dense


def with_qpainter(lines, strength, widths, width: int, height: int, dashed: bool) -> QImage:
    """Draw the lines as QPainter does, antialiased, each with its own pen."""
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    palette = data_colors(False).signal
    negative, positive = QColor(*palette.negative), QColor(*palette.positive)
    for line, s, w in zip(lines.tolist(), strength.tolist(), widths.tolist(), strict=True):
        color = QColor(positive if s > 0 else negative)
        color.setAlphaF(abs(s))
        pen = QPen(color, w)
        if dashed and s < 0:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(QLineF(*line))
    painter.end()
    return image


def against_qpainter(name: str, spec: NetworkSpec, k: int | None, runs: int, target_ms: float) -> None:
    shot = snapshot(spec)
    width, height = 1440, 900
    lines, strength, widths, dense = lines_of(shot, width, height, 1.0, k)
    palette = data_colors(False).signal
    own, best = median_and_best(
        lambda: raster.rasterise(lines, strength, widths, width, height, palette, dashed=not dense), runs
    )
    layout = arrange(spec, width, height)
    two = type(layout)(layout.width, layout.height, layout.boxes[:2])
    job = EdgeJob(shot, two, width, height, 1.0, False, Look(edges="weight", top_k=k), ("weight",))
    whole = median(lambda: draw(job), runs)
    # In turn, so that what else the machine does falls on both; QPainter draws a sample of many, each takes the same.
    pick = slice(None, None, max(1, len(lines) // 2500))
    share = len(lines) / len(lines[pick])
    ratios, peers = [], []
    for _ in range(5):
        own_now = median(lambda: raster.rasterise(lines, strength, widths, width, height, palette, dashed=False), 1)
        peer = share * median(
            lambda: with_qpainter(lines[pick], strength[pick], widths[pick], width, height, False), 1
        )
        ratios.append(peer / own_now)
        peers.append(peer)
    print(
        f"{name:34s} {len(lines):7,d} lines  rasterised {1e3 * own:7.1f} ms, at best {1e3 * best:6.1f}  picture "
        f"{1e3 * whole:7.1f} ms (target {target_ms:g})   QPainter {1e3 * np.median(peers):8.0f} ms   "
        f"ratio, both without dashes {np.median(ratios):6.1f}, at worst {min(ratios):6.1f} (target 10)"
    )


def per_pixel(k: int | None, runs: int) -> None:
    spec = classifier((28, 28), (128,), 10)
    shot = snapshot(spec)
    palette = data_colors(False).signal

    def once(width: int, height: int, ratio: float) -> tuple[float, int]:
        lines, strength, widths, dense = lines_of(shot, width, height, ratio, k)
        size = round(width * ratio), round(height * ratio)
        seconds = median(
            lambda: raster.rasterise(lines, strength, widths, *size, palette, dashed=not dense, ratio=ratio), 1
        )
        return seconds, size[0] * size[1]

    for name, width, height, ratio in (("2x", 1440, 900, 2.0), ("4K", 3840, 2160, 1.0), ("4K at 2x", 1920, 1080, 2.0)):
        times, ratios = [], []
        for _ in range(runs):
            base, base_pixels = once(1440, 900, 1.0)
            seconds, pixels = once(width, height, ratio)
            times.append(seconds)
            ratios.append(seconds / pixels / (base / base_pixels))
        print(
            f"{'all' if k is None else f'{k:,}'} edges, {name:9s} {1e3 * np.median(times):8.1f} ms   a pixel, against "
            f"1x: {np.median(ratios):.2f} (target: at most 2)"
        )


def first_calls() -> None:
    root = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        blocked = Path(folder) / "file"
        blocked.write_text("not a folder")
        fresh = Path(folder) / "cache"
        fresh.mkdir()
        cases = (("nothing on the disk", fresh), ("compiled code on the disk", fresh), ("no cache", blocked))
        for name, cache in cases:
            env = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA")}
            env |= {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(root)}
            command = [sys.executable, "-c", FIRST_CALL]
            done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
            first, wait = (float(word) for word in done.stdout.split())
            print(f"first call, {name:26s} {first:6.2f} s   longest wait of another thread {1e3 * wait:5.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    application = QGuiApplication([])
    raster.warm_up()
    three, two = classifier((28, 28), (128,), 10), classifier((28, 28), (), 128)
    for k, target in ((2000, 10.0), (None, 350.0)):
        against_qpainter("first layer of 784-128-10", three, k, options.runs, target)
        against_qpainter("784-128 across the whole view", two, k, options.runs, target)
    per_pixel(2000, options.runs)
    per_pixel(None, max(3, options.runs // 2))
    first_calls()
    application.quit()


if __name__ == "__main__":
    main()
