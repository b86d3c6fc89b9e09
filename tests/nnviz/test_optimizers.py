"""The optimizers' rules in NumPy against Keras' own optimizers applied to a real variable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.maths.optimizers import CONSTANT_NAMES, apply_rule
from nnviz.spec import OPTIMIZERS
from nnviz.training.optimizer_words import SLOT_WORDS

RATE = 0.013
#: Of options that nnviz does not offer but files may have.
MORE_SLOTS = (("momentum", "momentum"), ("average_gradient", "average_gradient"))


@pytest.fixture(scope="module")
def keras() -> Any:
    return pytest.importorskip("keras")


def keras_optimizer(keras: Any, name: str, **more: Any) -> Any:
    kinds = keras.optimizers
    if name in ("momentum", "nesterov"):
        return kinds.SGD(RATE, momentum=0.9, nesterov=name == "nesterov")
    made = {"sgd": "SGD", "adagrad": "Adagrad", "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW",
            "nadam": "Nadam"}[name]  # fmt: skip
    return getattr(kinds, made)(RATE, **more)


CASES = [(name, {}) for name in OPTIMIZERS] + [
    ("rmsprop", {"momentum": 0.5}), ("rmsprop", {"centered": True, "momentum": 0.5}), ("rmsprop", {"centered": True}),
]


@pytest.mark.parametrize(("name", "more"), CASES, ids=str)
def test_each_rule_moves_a_real_variable_as_keras_does(keras: Any, name: str, more: dict[str, Any]) -> None:
    generator = np.random.default_rng(7)
    variable = keras.Variable(generator.normal(0, 0.02, (5, 3)).astype(np.float32), name="kernel")
    optimizer = keras_optimizer(keras, name, **more)
    optimizer.build([variable])
    constants = {each: float(getattr(optimizer, each)) for each in CONSTANT_NAMES[name]}
    if name in ("momentum", "nesterov") or "momentum" in more:
        constants["momentum"] = float(optimizer.momentum)

    pairs = (*SLOT_WORDS[name], *(MORE_SLOTS if more else ()))
    words = {keras_name: word for word, keras_name in pairs}

    def slots() -> dict[str, Any]:
        found = {}
        for slot in optimizer.variables:
            keras_name = slot.path.rpartition("/")[2].partition("kernel_")[2]
            if keras_name in words:
                found[words[keras_name]] = np.array(slot.numpy(), np.float64)
        return found

    for iteration in range(1, 8):
        gradient = generator.normal(0, 0.3, (5, 3)).astype(np.float32)
        gradient[0, 0] = 0
        w, before = np.array(variable.numpy(), np.float64), slots()
        optimizer.apply([gradient], [variable])
        mine = apply_rule(name, w, gradient.astype(np.float64), RATE, iteration, constants, before)
        # The new weight is rounded to float32, so is what is remembered, and Nadam's 1 − β₂ (1.3e-5 off).
        np.testing.assert_allclose(mine.delta, variable.numpy() - w, rtol=2e-5, atol=1e-8, err_msg=f"step {iteration}")
        assert set(mine.after) == set(before)
        for slot, values in slots().items():
            np.testing.assert_allclose(mine.after[slot], values, rtol=3e-5, atol=1e-9, err_msg=slot)


def test_every_slot_that_keras_keeps_has_a_name(keras: Any) -> None:
    for name in OPTIMIZERS:
        variable = keras.Variable(np.zeros((2, 2), np.float32), name="kernel")
        optimizer = keras_optimizer(keras, name)
        optimizer.build([variable])
        kept = {v.path.rpartition("kernel_")[2] for v in optimizer.variables if "kernel_" in v.path}
        assert kept == {keras_name for _, keras_name in SLOT_WORDS[name]}, name


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SpecError, match=r"one of sgd.*'lion'"):
        apply_rule("lion", 0.0, 1.0, 0.1, 1, {}, {})
    with pytest.raises(SpecError, match="adam needs beta_1"):
        apply_rule("adam", 0.0, 1.0, 0.1, 1, {}, {"m": 0.0, "v": 0.0})
    with pytest.raises(SpecError, match="remembered as 'accumulator'"):
        apply_rule("adagrad", 0.0, 1.0, 0.1, 1, {"epsilon": 1e-7}, {})
