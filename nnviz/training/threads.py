"""How many threads a training is worth: a small network trains faster on one, there is nothing to share."""

from __future__ import annotations

import os

from nnviz.spec import NetworkSpec

#: Multiplications and additions of a step above which sharing them gains more than it costs. On two cores
#: 784-128-10 with batches of 32 (20 million) gains nothing that a busy machine would not take away again,
#: 784-512-256-10 with batches of 128 (410 million) is 1.4 to 1.8 times as fast; see ``benchmarks/bench_training.py``.
WORTH_SHARING = 100_000_000
#: More threads than this wait for each other.
MAX_THREADS = 8


def useful_threads(spec: NetworkSpec, batch_size: int, cores: int | None = None) -> int:
    """Return the number of threads, at least 1, for a training that has the machine to itself (no window).

    Args:
        spec: the network; a step takes about 6 operations for each weight and sample: two each for the sums, for
            dL/dW and for dL/da.
        batch_size: samples of a step.
        cores: of the machine; by default those there are.
    """
    operations = 6 * spec.parameter_count * batch_size
    return 1 if operations < WORTH_SHARING else min(cores or os.cpu_count() or 1, MAX_THREADS)
