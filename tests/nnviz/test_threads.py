"""Threads follow the work of a step."""

from __future__ import annotations

from nnviz.spec import classifier
from nnviz.training.threads import MAX_THREADS, useful_threads


def test_small_networks_get_one_thread_and_large_ones_the_cores() -> None:
    assert useful_threads(classifier(hidden=(128,)), 32, cores=2) == 1
    assert useful_threads(classifier(hidden=(512, 256)), 128, cores=2) == 2
    assert useful_threads(classifier(hidden=(512, 256)), 128, cores=64) == MAX_THREADS
    assert useful_threads(classifier(hidden=(512, 256)), 1, cores=64) == 1
