"""Does a kiosk survive a day? Simulated visitors draw, open and leave, as fast as the window can take them.

Prints every quarter of the run: visitors so far, memory in use (RSS), open files and threads, and p99 of the time from
a stroke's point to the ink painted; at the end the growth of memory a visitor, by a straight line through the second
half of the run (in the first, caches fill), and what that would be after a day of 8 hours with a visitor a minute.

    xvfb-run -a -s "-screen 0 1280x800x24" python benchmarks/bench_kiosk.py [--minutes 3]

Every visitor touches the screen while a test digit of MNIST is shown, draws one to three strokes, some undo, erase,
choose the thick pen or open a page of the drawer; then the time is up (the idle timer is run out by hand) and digits
are shown for a moment. What is not simulated is the waiting, so a minute here is many minutes of a kiosk.
"""

from __future__ import annotations

import argparse
import gc
import os
import pathlib
import tempfile
import threading
import time

import numpy as np

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.application import create_application, create_window
from app.collector import Collector
from app.settings import Settings
from app.theme import ThemeManager
from app.windows.digits import DigitsWindow
from nnviz import garbage

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def memory_mb() -> float:
    """Return the resident memory of this process in MB (Linux)."""
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / 1e6


def run(seconds: float) -> None:
    """Turn Qt's event loop for a time."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


class Ink(QObject):
    """Times each point to the end of the next paint of the canvas."""

    def __init__(self, canvas) -> None:
        super().__init__()
        self.taken: list[float] = []
        self._since: float | None = None
        canvas.installEventFilter(self)

    def begin(self) -> None:
        """A point is sent now."""
        self._since = time.perf_counter()

    def _note(self) -> None:
        if self._since is not None:
            self.taken.append(1000 * (time.perf_counter() - self._since))
            self._since = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the time when the turn that paints is over."""
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self, self._note)
        return False


def visit(window: DigitsWindow, random: np.random.Generator, ink: Ink) -> None:
    """Be one visitor."""
    handle, canvas, tools = window.windowHandle(), window.canvas, window.tools
    side = canvas.width()

    def at(x: float, y: float) -> QPoint:
        return canvas.mapTo(window, QPoint(round(x * side), round(y * side)))

    def click(widget) -> None:
        QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=widget.mapTo(window, widget.rect().center()))
        run(0.01)

    if random.random() < 0.3:
        click(tools.thick_button)
    for _ in range(random.integers(1, 4)):
        # A bent line anywhere on the paper.
        start, turn, bend = random.uniform(0.25, 0.75, 2), random.uniform(0, 2 * np.pi), random.uniform(-2, 2)
        count = int(random.integers(10, 40))
        place = start.copy()
        QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=at(*place))
        for _k in range(count):
            turn += bend * 2 / count
            place = np.clip(place + 0.02 * np.array([np.cos(turn), np.sin(turn)]), 0.05, 0.95)
            ink.begin()
            QTest.mouseMove(handle, at(*place))
            run(0.008)
        QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=at(*place))
        run(0.02)
    if random.random() < 0.4:
        click(tools.undo_button)
        click(tools.redo_button)
    if random.random() < 0.2:
        click(tools.erase_button)
    names = window.digits_drawer.page_names
    if names and random.random() < 0.5:
        window.digits_drawer.set_page(names[int(random.integers(len(names)))])
        run(0.25)
    run(0.05)
    window.kiosk.reset()
    run(0.3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--size", default="1280x800")
    options = parser.parse_args()
    with garbage.held_until_settled():  # as the command does
        measure(options)


def measure(options: argparse.Namespace) -> None:
    """Print everything."""
    application = create_application()
    application.setQuitOnLastWindowClosed(False)
    themes = ThemeManager(application)
    themes.set_choice("light")
    window = create_window("digits", Settings(pathlib.Path(tempfile.mkdtemp()) / "s.ini"), themes)
    assert isinstance(window, DigitsWindow)
    if not window.digits_drawer.page_names:
        window.digits_drawer.add_page("page", "A page", QLabel("A page"))
    window.set_kiosk(3600.0, seed=1)
    window.resize(*(int(part) for part in options.size.split("x")))
    window.showFullScreen()
    run(0.3)
    Collector(window).start()
    window.start()
    run(2.0)
    ink = Ink(window.canvas)
    random = np.random.default_rng(1)
    begun, visitors = time.monotonic(), 0
    end = begun + 60 * options.minutes
    memory: list[tuple[int, float]] = []
    due = begun + 15 * options.minutes
    print(f"{'visitors':>9s} {'memory MB':>10s} {'files':>6s} {'threads':>8s} {'objects':>9s} {'ink p99 ms':>11s}")
    while time.monotonic() < end:
        visit(window, random, ink)
        visitors += 1
        memory.append((visitors, memory_mb()))
        if time.monotonic() >= due or time.monotonic() >= end:
            due += 15 * options.minutes
            files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
            print(f"{visitors:9d} {memory[-1][1]:10.1f} {files:6d} {threads:8d} {len(gc.get_objects()):9d} "
                  f"{np.percentile(ink.taken, 99):11.1f}", flush=True)
            ink.taken.clear()
    late = np.array(memory[len(memory) // 2 :])
    slope = np.polyfit(late[:, 0], late[:, 1], 1)[0]
    print(f"memory: {memory[0][1]:.1f} MB after the first visitor, {memory[-1][1]:.1f} MB after {visitors}")
    print(f"growth in the second half: {1000 * slope:.1f} kB a visitor; a day of 480 visitors: {480 * slope:.1f} MB")
    window.unlock()
    window.close()


if __name__ == "__main__":
    main()
