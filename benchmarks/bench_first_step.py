"""How long does it take from pressing Train to the first step?

The engine's thread with MNIST-sized data: a new architecture (built, then trained at once: the worst case, for a
person who takes a second to press Train finds it compiled) and one seen before in this process, several of each in
turn; the time is from ``train()`` to the first record in the inbox (targets: 2.5 s and 0.5 s).

    python benchmarks/bench_first_step.py [--rounds 5]

TensorFlow's persistent cache of compiled programs is not used.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from PySide6.QtCore import QCoreApplication

from app.engine_thread import EngineThread
from nnviz.data.datasets import Dataset, Split
from nnviz.spec import TrainingConfig, classifier

NEW_S, SEEN_S = 2.5, 0.5


def data(count: int = 10_000) -> Dataset:
    random = np.random.default_rng(0)
    split = Split(random.random((count, 784), np.float32), random.integers(0, 10, count).astype(np.int32))
    return Dataset("random", "Random", (28, 28), tuple(map(str, range(10))), split, split, split, "none")


class Engine:
    """The engine's thread, driven as a window would."""

    def __init__(self) -> None:
        self._application = QCoreApplication([])
        self._built = 0
        self.thread = EngineThread()
        self.thread.built.connect(self._count)
        self.thread.start()
        self.thread.load_dataset(data())

    def _count(self, _built: object) -> None:
        self._built += 1

    def _until(self, condition, seconds: float = 120.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise SystemExit("the engine did not get there in time")
            self._application.processEvents()
            time.sleep(0.002)

    def first_step(self, units: int) -> tuple[float, float]:
        """Return seconds from build() and from train() to the first record."""
        before, started = self._built, time.perf_counter()
        self.thread.build(classifier((28, 28), (units,), 10), TrainingConfig(epochs=10_000))
        self._until(lambda: self._built > before)
        pressed = time.perf_counter()
        self.thread.train()
        self._until(lambda: any(hasattr(record, "first_step") for record in self.thread.inbox.drain().records))
        now = time.perf_counter()
        self.thread.pause()
        time.sleep(0.2)
        self.thread.inbox.drain()
        return now - started, now - pressed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    engine = Engine()
    engine.first_step(15)  # imports TensorFlow
    new, seen = [], []
    for number in range(given.rounds):
        new.append(engine.first_step(16 + number))
        engine.first_step(15)
        seen.append(engine.first_step(16 + number))
    engine.thread.shutdown()
    met = True
    for name, times, target in (("new", new, NEW_S), ("seen before", seen, SEEN_S)):
        both, pressed = np.median(times, axis=0)
        met = met and both <= target
        print(
            f"{name:12s} from Build to the first step: median {both:.2f} s, worst {max(each[0] for each in times):.2f} "
            f"(target {target:g}: {'met' if both <= target else 'MISSED'}); from Train alone {pressed:.2f} s"
        )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
