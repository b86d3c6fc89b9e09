"""What does watching a run cost the window?

Feeds 100,000 steps of a network of three layers in chunks of 60, as the window's timer does at 1,800 steps a second,
and prints the time of a call at the beginning and at the end of the run, the time to read the whole run anew (as after
an undo), and that of a look at the activations, which the window takes in another thread.

    python -m benchmarks.bench_health

Measured on two shared cores: 0.2 ms a call at the beginning and at the end alike, 34 ms for the whole run, and 0.6 ms
for a look at 784-128-64-10 with 256 samples.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from nnviz.maths.parameters import initial_parameters
from nnviz.spec import Plan, TrainingConfig, classifier
from nnviz.training.activation_stats import MAX_SAMPLES, activation_stats
from nnviz.training.health import Watcher
from nnviz.training.history import History
from nnviz.training.records import EpochRecord, StepRecords

STEPS, CHUNK = 100_000, 60
SPEC = classifier()


def main() -> None:
    random = np.random.default_rng(0)
    layers = len(SPEC.layers)
    history, watcher = History(layers), Watcher(Plan(SPEC, TrainingConfig()), 5_000)
    times = []
    for first in range(1, STEPS, CHUNK):
        loss = (2.3 * np.exp(-np.arange(first, first + CHUNK) / 2e4) + random.normal(0, 0.05, CHUNK)).astype(np.float32)
        rms = np.exp(random.normal(-5, 0.5, (CHUNK, layers))).astype(np.float32)
        epoch = 1 + first // 1_719
        history.append(StepRecords(0, first, epoch, np.abs(loss), loss, rms, rms, np.full(CHUNK, 1e-3, np.float32)))
        if 1 + (first + CHUNK) // 1_719 > epoch:
            history.append_epoch(EpochRecord(0, epoch, first + CHUNK - 1, 1 / epoch, 0.9, 1 / epoch, 0.9, 1.0))
        started = time.perf_counter()
        watcher.watch(history)
        times.append(1e3 * (time.perf_counter() - started))
    tenth = len(times) // 10
    print(f"a call, steps 1 to {STEPS // 10:,}:     mean {np.mean(times[:tenth]):.3f} ms, "
          f"p99 {np.quantile(times[:tenth], 0.99):.3f} ms")
    print(f"a call, the last {STEPS // 10:,}:       mean {np.mean(times[-tenth:]):.3f} ms, "
          f"p99 {np.quantile(times[-tenth:], 0.99):.3f} ms")
    anew = Watcher(replace(watcher.plan), 5_000)
    started = time.perf_counter()
    anew.watch(history)
    print(f"the whole run of {STEPS:,} anew: {1e3 * (time.perf_counter() - started):.1f} ms")
    parameters = initial_parameters(SPEC, 0)
    x = random.random((MAX_SAMPLES, 784), np.float32)
    looks = []
    for _ in range(50):
        started = time.perf_counter()
        activation_stats(parameters, SPEC.activations, x, 0)
        looks.append(1e3 * (time.perf_counter() - started))
    print(f"a look at {SPEC.title}, {MAX_SAMPLES} samples: median {np.median(looks):.2f} ms")


if __name__ == "__main__":
    main()
