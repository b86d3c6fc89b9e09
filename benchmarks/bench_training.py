"""How many training steps a second does nnviz make, against ``Model.fit``?

Same architecture, first weights, samples and order, Adam, batch 32, one epoch a round, the two in turn
(A B A B) in one process. ``fit`` runs with its default arguments but without progress bar and shuffle,
which both favour it; nnviz returns loss, accuracy and the gradient RMS of each layer for every single step,
``fit`` one mean. Neither validates.

    python benchmarks/bench_training.py [--rounds 5] [--samples 55000] [--hidden 128,64]
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from nnviz.data.datasets import Dataset, Split, load_mnist
from nnviz.spec import NetworkSpec, TrainingConfig, classifier, parse_units
from nnviz.training.engine import TrainingRun, epoch_order, train
from nnviz.training.keras_backend import KerasBackend, import_tensorflow
from nnviz.training.records import EpochRecord, StepRecords

#: Steps a second of nnviz over steps a second of fit.
TARGET_RATIO = 8.0
LEARNING_RATE = 1e-3
EPOCHS = 10_000  # never reached: a round trains one


def _dataset(samples: int) -> Dataset:
    """MNIST's training samples in a fixed random order, which neither side shuffles again."""
    mnist = load_mnist()
    order = epoch_order(len(mnist.train), seed=0, epoch=1, shuffle=True)[:samples]
    x, y = mnist.train.x[order], mnist.train.y[order]
    few = Split(mnist.validation.x[:100], mnist.validation.y[:100])
    return Dataset("mnist", "MNIST", (28, 28), mnist.class_names, Split(x, y), few, few, mnist.licence)


def _fit_model(spec: NetworkSpec, backend: KerasBackend) -> Any:
    import keras

    layers = [keras.layers.Dense(layer.units, activation=layer.activation) for layer in spec.layers]
    model = keras.Sequential([keras.Input((spec.input_size,)), *layers])
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.set_weights(backend.model.get_weights())
    return model


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


def compare(hidden: tuple[int, ...], data: Dataset, rounds: int) -> float:
    """Print the comparison of one architecture and return the ratio of the medians."""
    spec = classifier((28, 28), hidden, 10)
    config = TrainingConfig(learning_rate=LEARNING_RATE, batch_size=32, epochs=EPOCHS, shuffle=False)
    backend = KerasBackend(spec, config)
    model = _fit_model(spec, backend)
    run = TrainingRun(backend, data)
    backend.warm_up()
    model.fit(data.train.x[:64], data.train.y[:64], verbose=0, shuffle=False)  # traces; its weights go:
    model.set_weights(backend.model.get_weights())
    for variable in model.optimizer.variables:
        if variable is not model.optimizer.learning_rate:
            variable.assign(np.zeros(variable.shape))
    ours, theirs, losses, chunks = [], [], [], list[float]()
    for _ in range(rounds):
        seconds, loss = _ours(run, chunks)
        ours.append(seconds)
        started = time.perf_counter()
        history = model.fit(data.train.x, data.train.y, verbose=0, shuffle=False)
        theirs.append(time.perf_counter() - started)
        losses.append((loss, history.history["loss"][0]))
    ratio = float(np.median(theirs) / np.median(ours))
    print(f"{spec.title}, batch 32, Adam: {rounds} rounds of {run.steps_per_epoch:,} steps, A B A B")
    print(_line("nnviz", ours, run.steps_per_epoch))
    print(_line("Model.fit", theirs, run.steps_per_epoch))
    print(f"  chunks: median {np.median(chunks) * 1e3:.1f} ms, p99 {np.percentile(chunks, 99) * 1e3:.1f} ms")
    print(f"  loss of the first epoch: nnviz {losses[0][0]:.5f}, fit {losses[0][1]:.5f}")
    print(f"  ratio {ratio:.1f}x (target {TARGET_RATIO:g}x: {'met' if ratio >= TARGET_RATIO else 'MISSED'})")
    backend.close()
    return ratio


def main() -> int:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=55_000)
    parser.add_argument("--hidden", action="append", help="hidden layers, as 128,64; may be repeated")
    given = parser.parse_args()
    print(f"TensorFlow {import_tensorflow()}")
    data = _dataset(given.samples)
    ratios = [compare(parse_units(text), data, given.rounds) for text in given.hidden or ["128,64", "128"]]
    return 0 if min(ratios) >= TARGET_RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main())
