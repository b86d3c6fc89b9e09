"""Does the window stay fluid, and training fast, while both run? The desktop window with the real engine on MNIST.

Prints, each as median and p99:
- stroke point to bars painted, training off and on (target: p99 16 and 20 ms), and to the graph painted, and the
  processor time of the window's thread for each point, which other programs do not disturb;
- interval of a 16 ms timer of the GUI thread while training with the view live (target: p99 20 ms);
- steps a second with the window open, against the same engine without a window, in alternation (target: 0.85).

    xvfb-run -a python benchmarks/bench_live.py [--rounds 3] [--seconds 4]

Measured from the mouse event to the end of the first paint of bars and graph with the answer to that very point.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import tempfile
import time

import numpy as np

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest

from app.application import create_application, create_window
from app.collector import Collector
from app.engine_thread import EngineThread
from app.settings import Settings
from app.theme import ThemeManager
from nnviz import garbage
from nnviz.data.datasets import load
from nnviz.spec import TrainingConfig, classifier


def summary(name: str, values: list[float], unit: str = "ms") -> None:
    array = np.array(values)
    middle, worst = np.median(array), np.percentile(array, 99)
    print(f"{name:54s} median {middle:7.2f} {unit}   p99 {worst:7.2f} {unit}   n {len(array)}")


class Loop:
    """Turns Qt's event loop for a time, as a user's window does."""

    def run(self, seconds: float) -> None:
        """Turn for a time."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    def until(self, condition, seconds: float = 90.0) -> None:
        """Turn until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise SystemExit("the window did not get there in time")
            self.run(0.02)


class Painted(QObject):
    """Notes when the watched widgets were first painted with the answer to what is on the canvas."""

    def __init__(self, window) -> None:
        super().__init__()
        self._window = window
        self.times: dict[QObject, float] = {}

    def _note(self, watched: QObject) -> None:
        window = self._window
        shown = window.stage.view._visible if watched is window.stage.view else window.session.snapshot
        if watched not in self.times and np.array_equal(shown.sample, window.input_panel.canvas.image().ravel()):
            self.times[watched] = time.perf_counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the time when the turn that paints is over."""
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, lambda: self._note(watched))
        return False


def strokes(window, loop: Loop, painted: Painted, words: str, points: int = 240) -> None:
    """Draw round and round, a point every 25 ms, and print the time of each to the paint of bars and of the graph."""
    canvas, view, bars = window.input_panel.canvas, window.stage.view, window.input_panel.bars
    side = min(canvas.width(), canvas.height())
    center = QPoint(canvas.width() // 2, canvas.height() // 2)
    to_bars, to_graph, used = [], [], []

    def place(i: int) -> QPoint:
        angle = i / 40 * 2 * np.pi
        radius = side * (0.15 + 0.2 * (i % 90) / 90)
        return center + QPoint(round(radius * np.cos(angle)), round(radius * np.sin(angle)))

    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place(0))
    for i in range(1, points):
        painted.times.clear()
        start, busy = time.perf_counter(), time.thread_time()
        QTest.mouseMove(canvas, place(i))
        loop.run(0.025)
        used.append(1000 * (time.thread_time() - busy))
        for widget, taken in ((bars, to_bars), (view, to_graph)):
            if widget in painted.times:
                taken.append(1000 * (painted.times[widget] - start))
        if i % 60 == 0:
            QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place(i))
            canvas.clear()
            QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place(i))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place(points))
    summary(f"stroke to bars, {words}", to_bars)
    summary(f"stroke to graph, {words}", to_graph)
    summary(f"processor time of the window's thread, {words}", used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args()
    with garbage.held_until_settled():  # as the command does
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Print everything."""
    application = create_application()
    application.setQuitOnLastWindowClosed(False)
    loop = Loop()
    themes = ThemeManager(application)
    themes.set_choice("light")
    window = create_window("desktop", Settings(pathlib.Path(tempfile.mkdtemp()) / "s.ini"), themes)
    window.resize(1440, 900)
    window.show()
    loop.run(0.2)
    Collector(window).start()
    window.start()
    session = window.session
    loop.until(lambda: session.is_ready and session.phase == "idle" and window.stage.view.is_settled)
    painted = Painted(window)
    window.stage.view.installEventFilter(painted)
    window.input_panel.bars.installEventFilter(painted)

    config = TrainingConfig(epochs=10_000)
    session.set_plan(session.spec, config)
    loop.run(0.5)
    window.actions_by_name["draw"].trigger()
    loop.run(0.3)
    strokes(window, loop, painted, "training off")
    session.train()
    loop.until(lambda: len(session.history) > 200)
    strokes(window, loop, painted, "training on")
    window.input_panel.sample_button.click()
    loop.run(0.5)

    ticks: list[float] = []
    clock = QTimer()
    clock.setTimerType(Qt.TimerType.PreciseTimer)
    clock.setInterval(16)
    clock.timeout.connect(lambda: ticks.append(time.perf_counter()))
    shots: list[int] = []
    window.stage.view.snapshot_painted.connect(lambda: shots.append(1))
    clock.start()
    loop.run(3 * options.seconds)
    clock.stop()
    summary("interval of a 16 ms timer, training with live view", list(1000 * np.diff(ticks)))
    print(f"live pictures a second: {len(shots) / (3 * options.seconds):.1f}")
    session.pause()
    loop.until(lambda: session.phase == "idle")

    engine = EngineThread()
    engine.start()
    engine.load_dataset(load("mnist"))
    engine.build(classifier(), config)
    states: list[str] = []
    engine.built.connect(lambda _: states.append("built"))
    loop.until(lambda: bool(states))
    ratios, alone, opened = [], [], []
    for _ in range(options.rounds):
        # Alone: nothing but a loop that empties the inbox, as a window without widgets would.
        engine.train()
        done = 0
        loop.run(0.3)
        engine.inbox.drain()
        start = time.perf_counter()
        while time.perf_counter() - start < options.seconds:
            time.sleep(0.05)
            done += sum(getattr(record, "count", 0) for record in engine.inbox.drain().records)
        alone.append(done / (time.perf_counter() - start))
        engine.pause()
        loop.run(0.3)
        engine.inbox.drain()
        session.train()
        loop.run(0.5)
        before, start = len(session.history), time.perf_counter()
        loop.run(options.seconds)
        opened.append((len(session.history) - before) / (time.perf_counter() - start))
        session.pause()
        loop.until(lambda: session.phase == "idle")
        ratios.append(opened[-1] / alone[-1])
    summary("steps a second without a window", alone, "/s")
    summary("steps a second with the window, view live", opened, "/s")
    print(f"ratio: median {np.median(ratios):.2f}   worst {min(ratios):.2f}")
    engine.shutdown()
    window.close()


if __name__ == "__main__":
    main()
