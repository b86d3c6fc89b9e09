"""How many seconds of training until 98 % of MNIST's test images are read rightly, with the window open?

784-128-64-10, Adam 0.001, batch 32, as the window proposes it. The real window is shown and drawn, Train is pressed,
and after each epoch the network is measured on the 10,000 test images while training goes on; the seconds count from
the press of Train, measuring included. TensorFlow and the data are loaded and the step is compiled before: what a
person waits for after pressing is told apart from it by ``bench_first_step.py``. The same is then done headless.

    xvfb-run -a python benchmarks/bench_to_accuracy.py [--accuracy 0.98] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from app.application import create_application, delete_window
from app.settings import Settings
from app.theme import ThemeManager
from app.windows.desktop import DesktopWindow
from nnviz.data.datasets import load_mnist
from nnviz.spec import TrainingConfig, classifier
from nnviz.training.engine import TrainingRun, evaluate, train
from nnviz.training.keras_backend import KerasBackend
from nnviz.training.records import EpochRecord, Evaluation

MAX_EPOCHS = 40


def _wait(application: QApplication, condition: Callable[[], bool], seconds: float) -> None:
    end = time.perf_counter() + seconds
    while not condition():
        application.processEvents()
        time.sleep(0.002)
        if time.perf_counter() > end:
            raise TimeoutError(f"nothing happened for {seconds:.0f} s")


def with_window(application: QApplication, window: DesktopWindow, accuracy: float, seed: int) -> tuple[float, int]:
    """Return the seconds from Train to the accuracy, and the epochs that took."""
    session = window.session
    session.set_plan(session.spec, replace(session.config, epochs=MAX_EPOCHS, seed=seed))
    session.reset()
    _wait(application, lambda: session.is_ready and session.phase == "idle" and len(session.history) == 0, 60)
    reached: list[float] = []
    epochs = [0]

    def measured(evaluation: Evaluation) -> None:
        if evaluation.metric >= accuracy:
            reached.append(time.perf_counter())

    session.evaluated.connect(measured)
    button = window.findChild(QToolButton, "train_button")
    assert button is not None
    started = time.perf_counter()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def look() -> bool:
        if len(session.history.epochs) > epochs[0]:
            epochs[0] = len(session.history.epochs)
            session.evaluate("test")
        return bool(reached)

    _wait(application, look, 600)
    session.pause()
    _wait(application, lambda: session.phase == "idle", 20)
    session.evaluated.disconnect(measured)
    return reached[0] - started, epochs[0]


def headless(accuracy: float, seed: int) -> tuple[float, int]:
    """Return the same without a window."""
    mnist = load_mnist()
    backend = KerasBackend(classifier(), TrainingConfig(epochs=MAX_EPOCHS, seed=seed))
    run = TrainingRun(backend, mnist)
    backend.warm_up()
    started = time.perf_counter()
    for record in train(run):
        if isinstance(record, EpochRecord):
            seen = evaluate(run, "test")
            assert seen is not None
            if seen.metric >= accuracy:
                seconds = time.perf_counter() - started
                backend.close()
                return seconds, record.epoch
    raise RuntimeError(f"{accuracy:.1%} was not reached in {MAX_EPOCHS} epochs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accuracy", type=float, default=0.98)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    application = create_application()
    with tempfile.TemporaryDirectory() as folder:
        window = DesktopWindow(Settings(Path(folder) / "settings.ini"), ThemeManager(application))
        window.show()
        window.start()
        _wait(application, lambda: window.session.is_ready and window.session.phase == "idle", 120)
        shown = [with_window(application, window, arguments.accuracy, seed) for seed in range(arguments.rounds)]
        delete_window(window)
    alone = [headless(arguments.accuracy, seed) for seed in range(arguments.rounds)]
    for name, rounds in (("window open", shown), ("headless", alone)):
        seconds = statistics.median(each[0] for each in rounds)
        told = ", ".join(f"{each:.1f} s ({epochs} epochs)" for each, epochs in rounds)
        print(f"{name:12} {arguments.accuracy:.1%} of MNIST's test set after {told}; median {seconds:.1f} s")
    ratio = statistics.median(each[0] for each in shown) / statistics.median(each[0] for each in alone)
    print(f"ratio window open to headless: {ratio:.2f}")


if __name__ == "__main__":
    main()
