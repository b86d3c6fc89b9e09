"""What TensorFlow is made to forget, and that nobody who trains notices."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from nnviz.spec import NetworkSpec, TrainingConfig, classifier
from nnviz.training import keras_programs
from nnviz.training.keras_backend import CPU, KerasBackend
from nnviz.training.keras_memory import forget_compiled
from nnviz.training.keras_programs import placed

CONFIG = TrainingConfig(batch_size=4, learning_rate=0.01)


def _network(units: int) -> NetworkSpec:
    return classifier((2, 2), (units,), 3)


def _backend(units: int) -> KerasBackend:
    random = np.random.default_rng(0)
    backend = KerasBackend(_network(units), CONFIG)
    backend.set_data(random.random((12, 4), np.float32), random.integers(0, 3, 12).astype(np.int32))
    return backend


def _steps() -> np.ndarray:
    return np.arange(12, dtype=np.int32).reshape(3, 4)


def test_what_was_compiled_can_be_forgotten_once() -> None:
    backend = _backend(5)
    backend.warm_up()
    assert forget_compiled(CPU)
    assert not forget_compiled(CPU), "nothing has been compiled since"
    backend.run_steps(_steps())
    assert forget_compiled(CPU), "the loop was compiled again"
    backend.close()


def test_training_goes_on_as_if_nothing_had_been_forgotten() -> None:
    weights = []
    for forgets in (False, True):
        backend = _backend(6)
        backend.run_steps(_steps())
        if forgets:
            assert forget_compiled(CPU)
        backend.run_steps(_steps())
        weights.append(backend.parameters())
        backend.close()
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one.kernel, other.kernel)
        np.testing.assert_array_equal(one.bias, other.bias)


def test_networks_of_earlier_architectures_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_programs, "KEPT_LOOPS", 2)
    models = []
    for units in range(7, 12):
        backend = _backend(units)
        backend.run_steps(_steps())
        models.append(weakref.ref(backend.model))
        backend.close()
    gc.collect()
    alive = [model() is not None for model in models]
    assert alive[-1]
    assert sum(alive) <= 2


def test_a_network_whose_loop_was_forgotten_by_others_still_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_programs, "KEPT_LOOPS", 1)
    first = _backend(12)
    once = first.run_steps(_steps())
    for units in (13, 14):
        other = _backend(units)
        other.run_steps(_steps())
        other.close()
    first.reset(CONFIG.seed)
    again = first.run_steps(_steps())
    np.testing.assert_array_equal(once.loss, again.loss)
    first.close()


def test_only_our_own_graphs_are_without_call_stacks() -> None:
    import tensorflow as tf

    def graph() -> object:
        return tf.function(lambda x: x + 1).get_concrete_function(tf.TensorSpec([], tf.float32)).graph

    with placed(CPU):
        ours = graph()
    theirs = graph()
    assert all(operation.traceback is None for operation in ours.get_operations())  # type: ignore[attr-defined]
    assert all(operation.traceback is not None for operation in theirs.get_operations())  # type: ignore[attr-defined]


def test_the_stacks_come_back_after_an_error() -> None:
    from tensorflow.python.framework import ops

    before = ops._create_c_op
    with pytest.raises(ValueError, match="stop"), placed(CPU):
        raise ValueError("stop")
    assert ops._create_c_op is before
