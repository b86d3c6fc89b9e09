"""How many samples a second does nnviz train, against the PyPI package ``neural-network-digits``?

Its ``Trainer.run_epoch`` (NumPy) without augmentation, noise, L2 and dropout, against nnviz on the same 784-64-32-10
with the same samples: SGD 0.05, momentum 0.9, batch 32, an epoch a round, in turn (A B A B) in one process. Its
epoch ends with the loss over all training and validation samples; nnviz returns loss, metric and gradients of every
step instead, and measures the validation samples: that is the first ratio. The second has nnviz pass through all
training samples again as well.

    pip install neural-network-digits
    python benchmarks/bench_digits_peer.py [--rounds 5] [--samples 20000]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from nnviz.data.datasets import Dataset, Split, load_mnist
from nnviz.spec import TrainingConfig, classifier
from nnviz.training.engine import TrainingRun, train
from nnviz.training.keras_backend import KerasBackend, import_tensorflow
from nnviz.training.pacer import unwatched_pacer

TARGET_RATIO = 2.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--samples", type=int, default=20_000)
    given = parser.parse_args()
    from nn_digits.neural_net.training import Trainer

    mnist = load_mnist()
    photos = np.round(mnist.train.x[: given.samples] * 255).astype(np.uint8)
    peer = Trainer(hidden=(64, 32), photos_and_digits=(photos, mnist.train.y[: given.samples]))
    x = peer.X_train.reshape(len(peer.X_train), -1).astype(np.float32)
    y = peer.train_digits.astype(np.int32)
    validation = Split(peer.X_val.reshape(len(peer.X_val), -1).astype(np.float32), peer.val_digits.astype(np.int32))
    data = Dataset("mnist", "MNIST", (28, 28), mnist.class_names, Split(x, y), validation, validation, mnist.licence)
    import_tensorflow()
    config = TrainingConfig(optimizer="momentum", learning_rate=0.05, momentum=0.9, batch_size=32, epochs=10_000)
    backend = KerasBackend(classifier((28, 28), (64, 32), 10), config)
    run = TrainingRun(backend, data, pacer=unwatched_pacer())
    backend.warm_up()
    ours, looked, theirs = [], [], []
    for _ in range(given.rounds):
        started = time.perf_counter()
        for _record in train(run, "epoch"):
            pass
        ours.append(time.perf_counter() - started)
        run.evaluate(data.train)  # as the peer does at the epoch's end
        looked.append(time.perf_counter() - started)
        started = time.perf_counter()
        peer.run_epoch(0.05, batch=32, momentum=0.9, l2=0.0, rotation=0, shift=0)
        theirs.append(time.perf_counter() - started)
    ratio = float(np.median(np.array(theirs) / np.array(ours)))
    print(f"784-64-32-10, SGD 0.05 momentum 0.9, batch 32: {given.rounds} rounds of {len(x):,} samples, A B A B")
    sides = (("nnviz", ours), ("nnviz, and all its samples evaluated", looked), ("neural-network-digits", theirs))
    for name, seconds in sides:
        print(f"  {name:37s} median {len(x) / np.median(seconds):9,.0f} samples/s")
    print(f"  ratio {ratio:.1f}x (target {TARGET_RATIO:g}x: {'met' if ratio >= TARGET_RATIO else 'MISSED'})")
    print(f"  ratio with the training samples evaluated too: {np.median(np.array(theirs) / np.array(looked)):.1f}x")
    backend.close()
    return 0 if ratio >= TARGET_RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main())
