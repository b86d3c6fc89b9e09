"""How many training steps a second does nnviz make, against ``Model.fit`` as it is and tuned as far as it goes?

Same architecture, first weights, samples and order, Adam, one epoch a round, all sides in turn (A B C A B C) in
one process. ``fit`` runs with its default arguments but without progress bar and shuffle, which both favour it;
tuned, with ``steps_per_execution`` and ``jit_compile`` besides. nnviz returns loss, metric and the gradient RMS
of each layer for every single step, ``fit`` one mean. Neither validates.

    python benchmarks/bench_training.py [--hidden 128] [--batch 32] [--rounds 5] [--samples 55000] [--threads N]

What holds a step of 784-128-10 back (batch 32, Adam, one thread, AMD Zen 5, quiet): the two large products take
77 µs and run at 180 GFLOP/s, near what a core can do; Adam's three passes 30 (memory: weights, moments and
gradient are 1.6 MB, the second-level cache holds 1); the gathering of the batch 4 to 9; the rest about 20.
What helped: summing the gradient's squares by a product with ones (23 -> 4 µs); vectors of 512 instead of
256 bits (15 to 20 µs). What did not: cutting the kernel into blocks that fit the cache, fast-math flags, oneDNN,
leaving out the mask of short batches, bias gradients by a product, another scheduler.
A chunk costs 1 to 3 ms besides its steps, so without a window it lasts 0.2 s instead of 0.025 and is grown to at once
(6,200 -> 6,800 to 7,400 steps/s over an epoch, 784-512-256-10 690 -> 820).
Two threads bring 139 -> 107 µs on a quiet machine, and 235 as soon as another program wants the second core: so
small networks get one. Larger ones (``nnviz.training.threads``) get the cores: 784-512-256-10 with batches of 128
made 147 steps/s on one and 211 on two in the same busy minute, while plain ``fit`` fell from 85 to 54.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from typing import Any

import numpy as np

from nnviz.data.datasets import Dataset, Split, load_mnist
from nnviz.spec import NetworkSpec, TrainingConfig, classifier, parse_units
from nnviz.training.engine import TrainingRun, epoch_order, train
from nnviz.training.keras_backend import KerasBackend, import_tensorflow
from nnviz.training.pacer import unwatched_pacer
from nnviz.training.records import EpochRecord, StepRecords
from nnviz.training.threads import useful_threads

#: Steps a second of nnviz over those of fit, by hidden layers and batch size; over those of tuned fit at the first.
TARGETS = {((128,), 32): 12.0, ((512, 256), 128): 3.5}
TUNED_TARGET = 3.5
TUNED = {"steps_per_execution": 100, "jit_compile": True}
LEARNING_RATE = 1e-3
EPOCHS = 10_000  # never reached: a round trains one


def _dataset(samples: int) -> Dataset:
    """MNIST's training samples in a fixed random order, which neither side shuffles again."""
    mnist = load_mnist()
    order = epoch_order(len(mnist.train), seed=0, epoch=1, shuffle=True)[:samples]
    x, y = mnist.train.x[order], mnist.train.y[order]
    few = Split(mnist.validation.x[:100], mnist.validation.y[:100])
    return Dataset("mnist", "MNIST", (28, 28), mnist.class_names, Split(x, y), few, few, mnist.licence)


def _fit_model(spec: NetworkSpec, backend: KerasBackend, data: Dataset, batch: int, **tuning: Any) -> Any:
    """A model of its own with the backend's weights, its step traced and its optimizer as new."""
    import keras

    layers = [keras.layers.Dense(layer.units, activation=layer.activation) for layer in spec.layers]
    model = keras.Sequential([keras.Input((spec.input_size,)), *layers])
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], **tuning)
    few = batch * 2 * tuning.get("steps_per_execution", 1)
    model.fit(data.train.x[:few], data.train.y[:few], batch_size=batch, verbose=0, shuffle=False)
    model.set_weights(backend.model.get_weights())
    for variable in model.optimizer.variables:
        if variable is not model.optimizer.learning_rate:
            variable.assign(np.zeros(variable.shape))
    return model


def _fit(model: Any, data: Dataset, batch: int) -> tuple[float, float]:
    """Let fit train one epoch; return seconds and the mean loss."""
    started = time.perf_counter()
    history = model.fit(data.train.x, data.train.y, batch_size=batch, verbose=0, shuffle=False)
    return time.perf_counter() - started, history.history["loss"][0]


def _ours(run: TrainingRun, chunks: list[float]) -> tuple[float, float]:
    """Train one epoch; return seconds without the validation that fit does not make, and the mean loss."""
    seconds, loss, started = 0.0, 0.0, time.perf_counter()
    for record in train(run, "epoch"):
        now = time.perf_counter()
        if isinstance(record, StepRecords):
            chunks.append(now - started)
            seconds += chunks[-1]
        elif isinstance(record, EpochRecord):
            loss = record.loss
        started = now
    return seconds, loss


def _line(name: str, seconds: list[float], steps: int) -> str:
    each = np.array(seconds) / steps * 1e3
    median, slow = np.median(each), np.percentile(each, 99)
    rate = f"median {1e3 / median:8,.0f} steps/s"
    return f"  {name:10s} {rate}   per step over rounds: median {median:.3f} ms, p99 {slow:.3f} ms"


def compare(hidden: tuple[int, ...], batch: int, data: Dataset, rounds: int) -> bool:
    """Print the comparison of one architecture; return whether its targets are met."""
    spec = classifier((28, 28), hidden, 10)
    config = TrainingConfig(learning_rate=LEARNING_RATE, batch_size=batch, epochs=EPOCHS, shuffle=False)
    backend = KerasBackend(spec, config)
    run = TrainingRun(backend, data, pacer=unwatched_pacer())
    backend.warm_up()
    models = {
        "fit": _fit_model(spec, backend, data, batch), "fit, tuned": _fit_model(spec, backend, data, batch, **TUNED),
    }  # fmt: skip
    seconds: dict[str, list[float]] = {"nnviz": [], **{name: [] for name in models}}
    losses: dict[str, float] = {}
    chunks: list[float] = []
    for _ in range(rounds):
        taken, loss = _ours(run, chunks)
        seconds["nnviz"].append(taken)
        losses.setdefault("nnviz", loss)
        for name, model in models.items():
            taken, loss = _fit(model, data, batch)
            seconds[name].append(taken)
            losses.setdefault(name, loss)
    print(f"{spec.title}, batch {batch}, Adam: {rounds} rounds of {run.steps_per_epoch:,} steps, in turn")
    for name, each in seconds.items():
        print(_line(name, each, run.steps_per_epoch))
    print(f"  chunks: median {np.median(chunks) * 1e3:.1f} ms, p99 {np.percentile(chunks, 99) * 1e3:.1f} ms")
    print("  loss of the first epoch:", ", ".join(f"{name} {loss:.5f}" for name, loss in losses.items()))
    met = True
    is_first = (hidden, batch) == next(iter(TARGETS))
    for name, target in (("fit", TARGETS.get((hidden, batch))), ("fit, tuned", TUNED_TARGET if is_first else None)):
        ratio = float(np.median(np.array(seconds[name]) / np.array(seconds["nnviz"])))  # of neighbours in time
        verdict = "no target" if target is None else f"target {target:g}x: {'met' if ratio >= target else 'MISSED'}"
        met = met and (target is None or ratio >= target)
        print(f"  ratio to {name}: {ratio:.1f}x ({verdict})")
    backend.close()
    return met


def main() -> int:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=55_000)
    parser.add_argument("--hidden", help="hidden layers, as 128,64; by default both sizes that have targets")
    parser.add_argument("--batch", type=int, default=32, help="with --hidden")
    parser.add_argument("--threads", type=int, help="of TensorFlow, for all sides; default: as nnviz train chooses")
    given = parser.parse_args()
    if given.hidden is None:  # a process each: TensorFlow takes its number of threads once
        codes = []
        for hidden, batch in TARGETS:
            size = ["--hidden", ",".join(map(str, hidden)), "--batch", str(batch)]
            rest = ["--rounds", str(given.rounds), "--samples", str(given.samples)]
            threads = [] if given.threads is None else ["--threads", str(given.threads)]
            codes.append(subprocess.call([sys.executable, __file__, *size, *rest, *threads]))
        return max(codes)
    hidden = parse_units(given.hidden)
    threads = given.threads or useful_threads(classifier(hidden=hidden), given.batch)
    print(f"TensorFlow {import_tensorflow(threads)}, threads {threads}")
    return 0 if compare(hidden, given.batch, _dataset(given.samples), given.rounds) else 1


if __name__ == "__main__":
    raise SystemExit(main())
