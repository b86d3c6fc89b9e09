"""How much does the process grow with training after training, and with the window blocked?

Three questions, each in a process of its own (targets): the same architecture trained over and over (30 kB a run),
different architectures one after another (300 MB for 200), the GUI thread blocked for 5 s while the engine trains
(50 MB).

    python benchmarks/bench_memory.py [same|different|blocked ...] [--runs 1000] [--architectures 200]

A model that was trained used to stay for ever, with its graphs: Keras sums gradients over replicas by a
``tf.custom_gradient``, and each trace of one enters TensorFlow's registry of gradients (mended in ``keras_program``;
4,900 Python objects a program). What XLA compiled stayed with it, 10 MB an architecture; ``keras_memory`` says what
that is and how TensorFlow is made to let go of it.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from nnviz.data.datasets import Dataset, Split
from nnviz.spec import TrainingConfig, classifier
from nnviz.training.engine import TrainingRun, train
from nnviz.training.keras_backend import KerasBackend

CONFIG = TrainingConfig(epochs=1, batch_size=32)
SAME_KB, DIFFERENT_MB, BLOCKED_MB = 30.0, 300.0, 50.0


def resident_mb() -> float:
    """Return the memory the process has in use (Linux)."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def data(count: int = 320) -> Dataset:
    random = np.random.default_rng(0)
    x, y = random.random((count, 784), np.float32), random.integers(0, 10, count).astype(np.int32)
    split = Split(x, y)
    names = tuple(map(str, range(10)))
    return Dataset("random", "Random", (28, 28), names, split, split, split, "none")


def train_once(units: int, dataset: Dataset) -> None:
    backend = KerasBackend(classifier((28, 28), (units,), 10), CONFIG)
    for _record in train(TrainingRun(backend, dataset)):
        pass
    backend.close()


def same(runs: int) -> bool:
    dataset = data()
    for _ in range(20):
        train_once(32, dataset)
    before = resident_mb()
    for _ in range(runs):
        train_once(32, dataset)
    each = (resident_mb() - before) * 1024 / runs
    print(f"same architecture {runs} times: {each:.1f} kB a run (target {SAME_KB:g}: {verdict(each <= SAME_KB)})")
    return each <= SAME_KB


def different(architectures: int) -> bool:
    dataset = data()
    train_once(15, dataset)
    before = resident_mb()
    for units in range(16, 16 + architectures):
        train_once(units, dataset)
    grown = resident_mb() - before
    print(
        f"{architectures} architectures: {grown:,.0f} MB, {grown / architectures:.1f} each "
        f"(target {DIFFERENT_MB:g} for 200: {verdict(grown * 200 / architectures <= DIFFERENT_MB)})"
    )
    return grown * 200 / architectures <= DIFFERENT_MB


def blocked(seconds: float = 5.0) -> bool:
    from PySide6.QtCore import QCoreApplication

    from app.engine_thread import EngineThread

    application = QCoreApplication([])
    engine = EngineThread()
    engine.start()
    engine.load_dataset(data(32_000))
    engine.build(classifier((28, 28), (128,), 10), TrainingConfig(epochs=10_000))
    engine.train()
    steps, end = 0, time.monotonic() + 60
    while steps < 5_000 and time.monotonic() < end:
        application.processEvents()
        steps += sum(getattr(record, "count", 0) for record in engine.inbox.drain().records)
        time.sleep(0.03)
    before = resident_mb()
    time.sleep(seconds)  # nobody drains
    grown = resident_mb() - before
    waiting = engine.inbox.pending_steps
    engine.shutdown()
    print(
        f"window blocked for {seconds:g} s: {grown:.1f} MB, {waiting:,} steps waiting "
        f"(target {BLOCKED_MB:g}: {verdict(grown <= BLOCKED_MB)})"
    )
    return steps >= 5_000 and grown <= BLOCKED_MB


def verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", nargs="*", help="same, different, blocked; all by default")
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--architectures", type=int, default=200)
    given = parser.parse_args()
    table = {"same": lambda: same(given.runs), "different": lambda: different(given.architectures), "blocked": blocked}
    if len(given.questions) == 1:
        return 0 if table[given.questions[0]]() else 1
    sizes = ["--runs", str(given.runs), "--architectures", str(given.architectures)]
    questions = given.questions or list(table)
    return max(subprocess.call([sys.executable, __file__, question, *sizes]) for question in questions)


if __name__ == "__main__":
    raise SystemExit(main())
