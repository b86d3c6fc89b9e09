"""How long from Pause to stopped, and does the application leave cleanly in the middle of training?

First the engine's thread, paused at random moments of a training of 784-128-10 (target: p99 100 ms). Then the whole
application, started in a process of its own, closed at a random moment of its training; each must end with status 0
and without a word on standard error.

    xvfb-run -a python benchmarks/bench_stop.py [--pauses 200] [--exits 100]

A pause waits for the chunk that runs, 25 ms, and at an epoch's end for one block of the validation.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time

import numpy as np
from PySide6.QtCore import QCoreApplication

from app.engine_thread import EngineThread
from nnviz.data.datasets import Dataset, Split
from nnviz.spec import TrainingConfig, classifier

TARGET_MS = 100.0

_APPLICATION = """
import pathlib, random, sys, tempfile
from PySide6.QtCore import QTimer
from app.application import AfterFirstPaint, create_application, create_window, delete_window
from app.settings import Settings
from app.theme import ThemeManager
application = create_application()
themes = ThemeManager(application)
window = create_window("desktop", Settings(pathlib.Path(tempfile.mkdtemp()) / "s.ini"), themes)
started = AfterFirstPaint(window, window.start)
window.show()
closing = []
def look():
    session = window.session
    if session.is_ready and session.phase == "idle" and not closing:
        session.train()
    if len(session.history) > 0 and not closing:
        closing.append(True)
        QTimer.singleShot(random.randint(0, 1500), window.close)
clock = QTimer()
clock.timeout.connect(look)
clock.start(20)
application.exec()
trained = len(window.session.history)
delete_window(window)
sys.exit(0 if trained else 3)
"""


def pauses(count: int) -> bool:
    """Pause the engine at random moments and print how long it takes."""
    application = QCoreApplication([])
    engine = EngineThread()
    phases: list[str] = []
    engine.state_changed.connect(lambda state: phases.append(state.phase))
    engine.start()
    pixels = np.random.default_rng(0)
    split = Split(pixels.random((20_000, 784), np.float32), pixels.integers(0, 10, 20_000).astype(np.int32))
    few = Split(split.x[:5_000], split.y[:5_000])
    engine.load_dataset(Dataset("random", "Random", (28, 28), tuple(map(str, range(10))), split, few, few, "none"))
    engine.build(classifier((28, 28), (128,), 10), TrainingConfig(epochs=10_000))

    def until(phase: str, drained: bool = False) -> None:
        end = time.monotonic() + 120
        while not phases or phases[-1] != phase or (drained and not engine.inbox.drain().records):
            if time.monotonic() > end:
                raise SystemExit(f"the engine did not become {phase}")
            application.processEvents()
            time.sleep(0.0005)

    taken = []
    for number in range(count + 1):
        engine.train()
        until("training", drained=True)
        end = time.monotonic() + random.uniform(0.0, 0.3)
        while time.monotonic() < end:
            engine.inbox.drain()
            time.sleep(0.005)
        started = time.perf_counter()
        engine.pause()
        until("idle")
        if number:  # the first compiles
            taken.append(1e3 * (time.perf_counter() - started))
    engine.shutdown()
    slow = float(np.percentile(taken, 99))
    print(
        f"Pause to stopped, {count} times: median {np.median(taken):.1f} ms, p99 {slow:.1f}, worst {max(taken):.1f} "
        f"(target p99 {TARGET_MS:g}: {'met' if slow <= TARGET_MS else 'MISSED'})"
    )
    return slow <= TARGET_MS


def exits(count: int) -> bool:
    """Close the application in the middle of its training again and again and print how often it left cleanly."""
    clean = silent = 0
    for number in range(count):
        command = [sys.executable, "-c", _APPLICATION]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        clean += ended.returncode == 0
        silent += not ended.stderr.strip()
        if ended.returncode or ended.stderr.strip():
            print(f"exit {number}: status {ended.returncode}, {ended.stderr.strip()[-300:]!r}")
    print(f"exits in mid-training: {clean} of {count} with status 0 ({'met' if clean == count else 'MISSED'}),")
    print(f"  {silent} of them without a word on standard error")
    return clean == count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pauses", type=int, default=200)
    parser.add_argument("--exits", type=int, default=100)
    given = parser.parse_args()
    stopped = pauses(given.pauses) if given.pauses else True
    left = exits(given.exits) if given.exits else True
    return 0 if stopped and left else 1


if __name__ == "__main__":
    raise SystemExit(main())
