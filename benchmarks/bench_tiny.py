"""How many samples a second do tiny networks train at, against TensorFlow Playground?

2-4-2-1 and 2-8-8-8-8-1, tanh, batch 10, 500 samples, SGD, as Playground's own ``nn.ts`` trains them. Playground's
figures are constants, measured elsewhere: its nn.ts under Node on a 2-core machine of this kind, not in this run.
Our sigmoid output and binary cross-entropy do more work than its single tanh and squared error, and each step's
loss, accuracy and gradient RMS of each layer come back.

    python benchmarks/bench_tiny.py [--rounds 40]

With a thunk for each of some 60 operations a step took 5 and 17 µs, nearly all of it dispatch. XLA compiles a loop
whose step touches little memory into one function when its threshold is raised (see ``keras_start._XLA_FLAGS``):
1.4 and 3.5 µs, and the compilation takes half as long. Beyond 64 KiB the products written out in the loop are slower
than the library's: 2-64-64 at batch 64 would be ten times slower.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from nnviz.spec import LayerSpec, NetworkSpec, TrainingConfig
from nnviz.training.keras_backend import KerasBackend, import_tensorflow

#: Hidden layers -> samples a second of Playground's nn.ts (measured elsewhere) and what we want to reach.
SIZES = {(4, 2): (1_020_000, 1_200_000), (8, 8, 8, 8): (133_000, 300_000)}
SAMPLES, BATCH = 500, 10


def measure(hidden: tuple[int, ...], rounds: int) -> bool:
    """Print samples a second of one network; return whether the target is met."""
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (SAMPLES, 2)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int32)
    layers = (*(LayerSpec(units, "tanh") for units in hidden), LayerSpec(1, "sigmoid"))
    config = TrainingConfig(optimizer="sgd", learning_rate=0.1, batch_size=BATCH, loss="binary_crossentropy")
    backend = KerasBackend(NetworkSpec((2,), layers), config, task="binary")
    backend.set_data(x, y)
    started = time.perf_counter()
    backend.warm_up()
    compiled = time.perf_counter() - started
    steps = backend.max_steps
    order = np.concatenate([random.permutation(SAMPLES) for _ in range(steps * BATCH // SAMPLES + 1)])
    indices = order[: steps * BATCH].reshape(steps, BATCH).astype(np.int32)
    wall, busy = [], []
    for _ in range(rounds):
        start, cpu = time.perf_counter(), time.process_time()
        scalars = backend.run_steps(indices)
        wall.append(time.perf_counter() - start)
        busy.append(time.process_time() - cpu)
    backend.close()
    rate, unhindered = (steps * BATCH / float(np.median(each)) for each in (wall, busy))
    playground, target = SIZES[hidden]
    print(f"{'-'.join(map(str, (2, *hidden, 1)))}, batch {BATCH}, SGD, chunks of {steps} steps, {rounds} rounds")
    print(f"  nnviz {rate:12,.0f} samples/s, {unhindered:,.0f} a processor second; compiled in {compiled:.2f} s")
    print(f"  ratio to Playground {rate / playground:.1f}x; last loss {scalars.loss[-50:].mean():.4f}")
    print(f"  target {target:,} samples/s: {'met' if rate >= target else 'MISSED'}")
    return rate >= target


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    print(f"TensorFlow {import_tensorflow()}")
    return 0 if min([measure(hidden, given.rounds) for hidden in SIZES]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
