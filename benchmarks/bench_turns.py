"""How much does one turn of the GUI thread do while training is shown live? In CPU time: a busy machine may run it.

The desktop window gets what training gives it, 15 snapshots and 30 chunks of steps a second, without an engine; the
CPU time of the GUI thread between two waits of its event loop is printed as median and p99: with the plots waiting
for the network (as in the window) and, in alternation, with everything painted when it is due.

    QT_NO_GLIB=1 xvfb-run -a python benchmarks/bench_turns.py [--rounds 4] [--seconds 5]
"""

from __future__ import annotations

import argparse
import os
import pathlib
import tempfile
import time

import numpy as np

os.environ["QT_NO_GLIB"] = "1"  # Qt's own dispatcher tells when it waits

from PySide6.QtCore import QAbstractEventDispatcher, QEventLoop, QTimer

from app.application import create_application, create_window
from app.settings import Settings
from app.theme import ThemeManager
from app.widgets.plot_core import PlotCore
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import initial_parameters
from nnviz.spec import classifier
from nnviz.training.history import History
from nnviz.training.records import Snapshot, StepRecords

CHUNK = 40


def snapshots(count: int) -> list[Snapshot]:
    """Return snapshots of as many images of noise."""
    spec = classifier()
    made = []
    for seed in range(count):
        parameters = initial_parameters(spec, seed)
        x = np.random.default_rng(seed).uniform(-0.5, 1, (1, 784)).clip(0, 1).astype(np.float32)
        passed = forward(parameters, spec.activations, x)
        gradients = backward(parameters, spec.activations, passed, np.array([seed % 10]))
        made.append(Snapshot(1, seed, spec, parameters, seed % 10, passed, gradients))
    return made


def run(seconds: float) -> None:
    """Turn Qt's event loop for a time."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    application = create_application()
    application.setQuitOnLastWindowClosed(False)
    themes = ThemeManager(application)
    themes.set_choice("light")
    window = create_window("desktop", Settings(pathlib.Path(tempfile.mkdtemp()) / "s.ini"), themes)
    window.resize(1440, 900)
    window.show()
    window.stage.view.set_class_names(tuple("0123456789"))
    shown, random = snapshots(12), np.random.default_rng(0)
    window.feed.set_network(shown[0].spec)
    history, state = History(3), {"snapshot": 0}

    def steps() -> None:
        column = random.uniform(0.1, 1, CHUNK).astype(np.float32)
        table = random.uniform(1e-4, 1e-2, (CHUNK, 3)).astype(np.float32)
        rate = np.full(CHUNK, 1e-3, np.float32)
        history.append(StepRecords(0, len(history) + 1, 1, column, column, table, table, rate))
        window.feed.show(history)

    def picture() -> None:
        state["snapshot"] += 1
        window.stage.set_snapshot(shown[state["snapshot"] % len(shown)])

    timers = []
    for interval, slot in ((33, steps), (66, picture)):
        timer = QTimer(window)
        timer.setInterval(interval)
        timer.timeout.connect(slot)
        timer.start()
        timers.append(timer)
    dispatcher = QAbstractEventDispatcher.instance()
    turns: dict[str, list[float]] = {"plots wait for the network": [], "all at once": []}
    now, last = "", 0.0

    def waits() -> None:
        nonlocal last
        used = time.thread_time()
        if now:
            turns[now].append(1000 * (used - last))
        last = used

    dispatcher.aboutToBlock.connect(waits)
    busy, at_once = window.feed._is_busy, PlotCore.paint_now
    run(2.0)
    for _ in range(options.rounds):
        for name in turns:
            window.feed._is_busy = busy if name.startswith("plots") else lambda: False
            PlotCore.paint_now = at_once if name.startswith("plots") else lambda self: None
            now = ""
            run(0.3)
            now = name
            run(options.seconds)
    now = ""
    dispatcher.aboutToBlock.disconnect(waits)
    for name, values in turns.items():
        work = np.array([value for value in values if value > 0.5])
        print(
            f"{name:28s} turns that do something: {len(work)}  median {np.median(work):5.2f} ms CPU  "
            f"p95 {np.percentile(work, 95):5.2f}  p99 {np.percentile(work, 99):5.2f}  worst {work.max():5.2f}"
        )
    for timer in timers:
        timer.stop()
    window.close()


if __name__ == "__main__":
    main()
