"""How long does the network view take to paint a frame of the animation, and to answer the pointer?

A real NetworkView of 1440x900 on a real screen, software rendering. Prints median and p99 of

- the paint of a frame of the anatomy of a step, over all of its stages, 784-128-64-10 and 784-512-512-256-10
  (target: p99 8 ms);
- mouse event to the card's values (``hovered``), and to the end of the paint that shows the card, on
  784-512-512-256-10 with the strongest 300 of each layer and with all 797,000 edges (target: p99 16 ms);
- a click's worth of focus, from ``set_focus`` to the picture of only these edges.

    xvfb-run -a -s "-screen 0 1920x1200x24" python benchmarks/bench_view.py
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.application import create_application
from app.theme import LIGHT
from app.widgets.network_view import NetworkView
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import initial_parameters, subtract
from nnviz.picture.look import Look
from nnviz.picture.refs import UnitRef
from nnviz.spec import NetworkSpec, classifier
from nnviz.training.records import Snapshot


def snapshot(spec: NetworkSpec) -> Snapshot:
    """Return a whole step of gradient descent from random weights."""
    x = np.random.default_rng(0).uniform(-0.5, 1, (1, spec.input_size)).clip(0, 1).astype(np.float32)
    parameters = initial_parameters(spec, 0)
    passed = forward(parameters, spec.activations, x)
    use_bias = tuple(layer.use_bias for layer in spec.layers)
    gradients = backward(parameters, spec.activations, passed, np.array([3], np.int32), use_bias=use_bias)

    def step(w: np.ndarray, g: np.ndarray) -> np.ndarray:
        return np.asarray(w - 0.1 * g, np.float32)

    after = tuple(p.mapped(step, g) for p, g in zip(parameters, gradients.parameters, strict=True))
    return Snapshot(
        1, 0, spec, parameters, 3, passed, gradients, subtract(after, parameters), 1,
        forward(after, spec.activations, x),
    )


class Stopwatch:
    """Notes the time that passes, and the time that this thread works: other people's programs count only in one."""

    def __init__(self) -> None:
        self.passed: list[float] = []
        self.worked: list[float] = []

    def start(self) -> None:
        """Begin."""
        self._passed, self._worked = time.perf_counter(), time.thread_time()

    def stop(self) -> None:
        """Note the time since the start."""
        self.worked.append(time.thread_time() - self._worked)
        self.passed.append(time.perf_counter() - self._passed)

    def summary(self, name: str, target: str = "") -> None:
        """Print median and 99th percentile."""
        parts = []
        for word, seconds in (("passed", self.passed), ("worked", self.worked)):
            ms = 1000 * np.array(seconds)
            parts.append(f"{word}: median {np.median(ms):6.2f} p99 {np.percentile(ms, 99):6.2f} ms")
        print(f"{name:62s} {'   '.join(parts)}   n {len(self.passed)}   {target}", flush=True)


class Bench:
    """A view, and the loop that turns it."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self.view = NetworkView()
        self.view.set_theme(LIGHT)
        self.view.resize(1440, 900)
        self.view.show()

    def turn(self, seconds: float) -> None:
        """Let the window live for a time."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._application.processEvents()
            time.sleep(0.002)

    def settle(self) -> float:
        """Wait until the edges on screen are the right ones; return the seconds that took."""
        start = time.perf_counter()
        while not self.view.is_settled:
            if time.perf_counter() - start > 60:
                raise SystemExit("the edges were not drawn in a minute")
            self._application.processEvents()
            time.sleep(0.001)
        return time.perf_counter() - start

    def frames(self, name: str) -> None:
        """Paint all stages of a step as the screen would, straight into the store of the window."""
        view = self.view
        view.set_time(0.0)
        self.settle()
        watch, plan = Stopwatch(), view.plan
        for t in np.arange(0, plan[-1].end, 0.05):
            view.set_time(float(t))
            # update() would wait for the loop; this paints at once, as the screen has it, and flushes.
            watch.start()
            view.repaint()
            watch.stop()
        view.set_time(None)
        self.settle()
        watch.summary(f"a frame of the animation, {name}", "target: p99 8 ms")

    def hover(self, name: str) -> None:
        """Move the pointer over units and edges and wait for the values and for the paint."""
        view, answer, paint = self.view, Stopwatch(), Stopwatch()
        self.settle()
        rng = np.random.default_rng(1)
        for _ in range(400):
            at = QPoint(int(rng.integers(30, 1200)), int(rng.integers(70, 800)))
            answer.start()
            paint.start()
            QTest.mouseMove(view, at)  # returns when the event was handled: the card's values are there
            answer.stop()
            self._application.processEvents()
            paint.stop()
            time.sleep(0.003)
        answer.summary(f"pointer to values, {name}", "target: p99 16 ms")
        paint.summary(f"pointer to paint, {name}")

    def focus(self, name: str) -> None:
        """Look at one unit after the other."""
        watch = Stopwatch()
        for unit in range(20):
            watch.start()
            self.view.set_focus({UnitRef(1, unit)})
            self.settle()
            watch.stop()
        self.view.set_focus(())
        self.settle()
        watch.summary(f"focus on a unit to its edges, {name}")


def background(size: tuple[int, int]) -> float:
    """Return the seconds that filling and copying one picture of the view takes: what no frame can be below."""
    pixmap, other = QPixmap(*size), QPixmap(*size)
    other.fill(QColor("white"))
    start = time.perf_counter()
    for _ in range(20):
        painter = QPainter(pixmap)
        painter.drawPixmap(0, 0, other)
        painter.end()
    return (time.perf_counter() - start) / 20


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    application = create_application()
    application.setQuitOnLastWindowClosed(False)
    bench = Bench(application)
    print(f"one copy of the view: {1000 * background((1440, 900)):.2f} ms")
    usual, wide = classifier((28, 28), (128, 64), 10), classifier((28, 28), (512, 512, 256), 10)
    for spec, name in ((usual, "784-128-64-10"), (wide, "784-512-512-256-10")):
        bench.view.set_look(Look())
        bench.view.set_snapshot(snapshot(spec))
        bench.turn(0.3)
        bench.settle()
        bench.frames(name)
    bench.hover("784-512-512-256-10, strongest 300")
    bench.focus("784-512-512-256-10, strongest 300")
    start = time.perf_counter()
    bench.view.set_look(Look(edges="weight", top_k=None))
    bench.settle()
    print(f"all edges of 784-512-512-256-10 drawn in {time.perf_counter() - start:.2f} s, off the GUI thread")
    bench.hover("784-512-512-256-10, all edges")
    bench.view.close_drawer()
    bench.view.close()
    application.quit()


if __name__ == "__main__":
    main()
