"""Is the digits window fast enough that nobody notices it? Prints each as median and p99:

- process start to the window painted, to the network's first answer (to a digit drawn at once) painted;
- stroke point to the ink painted, to the two best guesses painted, to graph and all bars painted (target: p99 16 ms),
  with points 25 ms apart (each is answered by itself) and 8 ms apart (a pen that tells 125 points a second: those that
  come while an answer is on its way are answered together, and each is timed to the first answer that has it);
- processor time of the window's thread for each point, which other programs on the machine do not disturb;
- the same while TensorFlow is imported, which once something was taught happens behind the window: nothing more can be
  going on there, as this window trains nothing (training on: ``bench_live.py``, in the desktop window);
- that a circle drawn in twelve points stays round: largest deviation of the ink's edges from a true ring.

    xvfb-run -a -s "-screen 0 1920x1200x24" python benchmarks/bench_digits.py [--size 1440x900] [--points 400] [--teach]

Measured from the mouse event to the end of the first paint with an answer to that very point, or a later one.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from collections import deque

import numpy as np

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.application import create_application, create_window
from app.collector import Collector
from app.settings import Settings
from app.theme import ThemeManager
from app.windows.digits import DigitsWindow
from nnviz import garbage
from nnviz.data.pen import PEN_WIDTH

#: Run in a process of its own: prints seconds from its start to the first paint and to the first answer painted.
_START = """
import sys, time
began = float(sys.argv[1])
from nnviz import garbage
held = garbage.held_until_settled()  # as the command does, before it imports what follows
held.__enter__()
from app import application
from PySide6.QtCore import QEvent, QObject, QTimer
class First(QObject):
    def __init__(self, window):
        super().__init__(window); self.window, self.at, self.drawn = window, None, False
        window.canvas.installEventFilter(self); window.answer_row.bars.installEventFilter(self)
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, lambda: self.note(watched))
        return False
    def note(self, watched):
        if self.at is None and watched is self.window.canvas:
            self.at = f'{time.time() - began} {time.process_time()}'
        if not self.drawn and self.window.session.snapshot is not None:
            self.drawn = True
            self.window.prepare_screenshot()
        elif watched is self.window.answer_row.bars and watched.guesses:
            print(self.at, time.time() - began, 'tensorflow' in sys.modules, flush=True)
            self.window.close()
made = application.create_window
def create_window(*arguments):
    window = made(*arguments)
    window.first = First(window)
    return window
application.create_window = create_window
from app.__main__ import main
main(['digits', '--theme', 'light'])
"""


def summary(name: str, values: list[float], unit: str = "ms") -> None:
    array = np.array(values)
    middle, worst = np.median(array), np.percentile(array, 99)
    print(f"{name:66s} median {middle:7.2f} {unit}   p99 {worst:7.2f} {unit}   n {len(array)}", flush=True)


def starts(count: int) -> None:
    """Start the application again and again."""
    seen, busy, answered = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder}
        for number in range(count + 1):
            command = [sys.executable, "-c", _START, str(time.time())]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
            first, used, answer, tensorflow = done.stdout.split()
            if tensorflow != "False":
                raise SystemExit("TensorFlow was imported")
            if number:  # the first one reads everything from the disk
                seen.append(float(first))
                busy.append(float(used))
                answered.append(float(answer))
    summary("process start to window painted", seen, "s ")
    summary("  of which processor time", busy, "s ")
    summary("process start to first answer painted", answered, "s ")


def run(seconds: float) -> None:
    """Turn Qt's event loop for a time."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


class Clock(QObject):
    """Notes for each point when ink, guesses and graph were first painted with it.

    A paint is over when the next turn of the event loop begins.
    """

    def __init__(self, window: DigitsWindow) -> None:
        super().__init__()
        self._window = window
        self.taken: dict[str, list[float]] = {"ink": [], "the two best guesses": [], "graph and all bars": []}
        self._open: dict[str, list[tuple[int, float]]] = {name: [] for name in self.taken}
        self._number = 0
        # The last snapshots, and how many of the points each has.
        self._answers: deque[tuple[object, int]] = deque(maxlen=100)
        self._watched: dict[QObject, str] = {
            window.canvas: "ink", window.answer_row.bars: "the two best guesses", window.view: "graph and all bars"
        }
        for widget in self._watched:
            widget.installEventFilter(self)
        window.session.snapshot_changed.connect(self._answered)

    def point(self, send) -> None:
        """Send a point and time it."""
        self._number += 1
        for waiting in self._open.values():
            waiting.append((self._number, time.perf_counter()))
        send()

    def _answered(self, snapshot) -> None:
        self._answers.appendleft((snapshot, self._number))

    def forget(self) -> None:
        """Drop the points that wait."""
        for waiting in self._open.values():
            waiting.clear()

    def _painted(self, name: str, snapshot: object) -> None:
        number = self._number
        if name != "ink":
            number = next((count for answer, count in self._answers if answer is snapshot), 0)
        now = time.perf_counter()
        waiting = self._open[name]
        while waiting and waiting[0][0] <= number:
            self.taken[name].append(1000 * (now - waiting.pop(0)[1]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the time when the turn that paints is over."""
        if event.type() == QEvent.Type.Paint:
            name = self._watched[watched]
            view = self._window.view
            snapshot = view._visible if name.startswith("graph") else self._window.session.snapshot
            if name.startswith("graph") and (view._pictures is None or view._pictures.job.snapshot is not snapshot):
                return False  # units are there, their edges not yet: that is not the graph
            QTimer.singleShot(0, self, lambda: self._painted(name, snapshot))
        return False


def strokes(window: DigitsWindow, points: int, gap_s: float, words: str = "") -> None:
    """Draw digits' loops and print the time from each point to each paint; ``words`` say what else goes on."""
    canvas = window.canvas
    side = canvas.width()
    center = QPoint(side // 2, side // 2)
    clock = Clock(window)

    def place(i: int) -> QPoint:
        angle = i / 40 * 2 * np.pi
        radius = side * (0.15 + 0.2 * (i % 90) / 90)
        return center + QPoint(round(radius * np.cos(angle)), round(radius * np.sin(angle)))

    used = []
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place(0))
    for i in range(1, points):
        busy = time.thread_time()
        began = time.perf_counter()
        clock.point(lambda i=i: QTest.mouseMove(canvas, place(i)))
        run(max(0.0, gap_s - (time.perf_counter() - began)))
        used.append(1000 * (time.thread_time() - busy))
        if i % 60 == 0:
            QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place(i))
            run(0.1)
            clock.forget()
            canvas.clear()
            QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place(i))
            run(0.1)
            clock.forget()
    run(0.2)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place(points))
    for name, taken in clock.taken.items():
        summary(f"point to {name}, {1000 * gap_s:.0f} ms apart{words}", taken)
    summary(f"processor time of the window's thread a point, {1000 * gap_s:.0f} ms{words}", used)
    clock.deleteLater()
    canvas.clear()
    run(0.2)


def circle(window: DigitsWindow, points: int = 12) -> None:
    """Draw a circle in a few points and print how round it is."""
    canvas = window.canvas
    side = canvas.paper().width()
    middle = canvas.paper().center()
    radius = 0.32 * side
    for k in range(points + 1):
        angle = 2 * np.pi * k / points
        at = QPoint(round(middle.x() + radius * np.cos(angle)), round(middle.y() + radius * np.sin(angle)))
        if k == 0:
            QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseMove(canvas, at)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at)
    y, x = np.nonzero(canvas.ink() > 127)
    off = np.hypot(x + 0.5 - 140, y + 0.5 - 140)
    true = 0.32 * 280
    turn = np.arctan2(y - 140, x - 140)
    sectors = [(np.abs((turn - angle + np.pi) % (2 * np.pi) - np.pi) < 0.05) for angle in np.linspace(0, 2 * np.pi, 72)]
    outer = max(abs(off[one].max() - true - PEN_WIDTH / 2) for one in sectors)
    inner = max(abs(off[one].min() - true + PEN_WIDTH / 2) for one in sectors)
    print(f"circle in {points} points: outer edge off by at most {outer:.1f}, inner by {inner:.1f} ink pixels "
          f"(straight lines: {true * (1 - np.cos(np.pi / points)):.1f})")
    canvas.clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1440x900")
    parser.add_argument("--points", type=int, default=400)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--teach", action="store_true", help="measure while TensorFlow is imported, too")
    options = parser.parse_args()
    with garbage.held_until_settled():  # as the command does
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Print everything."""
    width, height = (int(part) for part in options.size.split("x"))
    if options.starts:
        starts(options.starts)
    application = create_application()
    application.setQuitOnLastWindowClosed(False)
    themes = ThemeManager(application)
    themes.set_choice("light")
    window = create_window("digits", Settings(pathlib.Path(tempfile.mkdtemp()) / "s.ini"), themes)
    assert isinstance(window, QWidget)
    assert isinstance(window, DigitsWindow)
    window.resize(width, height)
    window.show()
    run(0.3)
    Collector(window).start()
    window.start()
    run(1.0)
    window.prepare_screenshot()
    run(0.5)
    window.canvas.clear()
    circle(window)
    run(0.5)
    for gap in (0.025, 0.008):
        strokes(window, options.points, gap)
    if options.teach:
        window.session.load_keras()
        strokes(window, options.points, 0.025, ", TensorFlow coming")
    window.close()


if __name__ == "__main__":
    main()
