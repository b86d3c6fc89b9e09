"""The script says what the plan says, and run as it stands it learns what nnviz learns."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.assets import asset
from nnviz.errors import NnvizError, SpecError
from nnviz.spec import ACTIVATIONS, OPTIMIZERS, LayerSpec, NetworkSpec, Plan, TrainingConfig, classifier
from nnviz.training.keras_script import keras_script

PLANS = {
    "first": Plan(classifier(), TrainingConfig()),
    "no hidden layer": Plan(classifier(hidden=()), TrainingConfig("sgd", 0.1, 100, 2, seed=7, shuffle=False)),
    "tiny rate": Plan(classifier(hidden=(4096,)), TrainingConfig(learning_rate=1e-7, batch_size=10_000)),
    "whole rate": Plan(classifier((784,), (1,)), TrainingConfig(learning_rate=1000, seed=2**31 - 1)),
    "mixed": Plan(
        NetworkSpec((28, 28), (LayerSpec(48, "tanh"), LayerSpec(24, "sigmoid"), LayerSpec(12, "linear"),
                               LayerSpec(10, "softmax"))),
        TrainingConfig("sgd", 0.05, 64, 10_000),
    ),
    "nesterov": Plan(classifier(activation="leaky_relu"), TrainingConfig("nesterov", 0.0125, momentum=0.875)),
    "nadam": Plan(classifier(activation="gelu"), TrainingConfig("nadam")),
    "logits": Plan(NetworkSpec((28, 28), (LayerSpec(16), LayerSpec(10, "linear"))), TrainingConfig()),
}


def calls(text: str) -> list[tuple[str, list[Any], dict[str, Any]]]:
    """Return name, literal arguments and literal keywords of every call, in the order of the script."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        arguments = [a.value for a in node.args if isinstance(a, ast.Constant)]
        keywords = {k.arg or "": k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)}
        found.append((node.lineno, ast.unparse(node.func), arguments, keywords))
    return [(name, a, k) for _, name, a, k in sorted(found, key=lambda call: call[0])]


def run(text: str, folder: Path) -> tuple[float, float]:
    """Run a script as a person would, away from nnviz, and return accuracy (0 to 1) and loss."""
    path = folder / "network.py"
    path.write_text(text, encoding="utf-8")
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, path.name], cwd=folder, env=environment, capture_output=True, text=True, timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = re.search(r"^Test accuracy ([\d.]+) %, loss ([\d.]+)$", done.stdout, re.MULTILINE)
    assert said, done.stdout[-500:]
    return float(said[1]) / 100, float(said[2])


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_the_script_says_what_the_plan_says(plan: Plan) -> None:
    text = keras_script(plan)
    compile(text, "network.py", "exec")
    made = calls(text)
    spec, config = plan.spec, plan.config
    dense = [(a[0], k["activation"]) for name, a, k in made if name == "keras.layers.Dense"]
    assert dense == [(layer.units, layer.activation) for layer in spec.layers]
    [fit] = [k for name, _, k in made if name == "model.fit"]
    assert fit == {"batch_size": config.batch_size, "epochs": config.epochs, "shuffle": config.shuffle}
    optimizers = {name: k for name, _, k in made if name.startswith("keras.optimizers.")}
    names = {"sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "adam": "Adam", "nadam": "Nadam"}
    values: dict[str, object] = {"learning_rate": config.learning_rate}
    if config.optimizer in ("momentum", "nesterov"):
        values["momentum"] = config.momentum
    if config.optimizer == "nesterov":
        values["nesterov"] = True
    assert optimizers == {f"keras.optimizers.{names[config.optimizer]}": values}
    assert ("keras.utils.set_random_seed", [config.seed], {}) in made
    losses = [k for name, _, k in made if name == "keras.losses.SparseCategoricalCrossentropy"]
    [compiled] = [k for name, _, k in made if name == "model.compile"]
    if spec.activations[-1] == "softmax":
        assert compiled["loss"] == "sparse_categorical_crossentropy"
        assert not losses
    else:
        assert losses == [{"from_logits": True}]


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_a_beginner_can_read_it(plan: Plan) -> None:
    text = keras_script(plan)
    lines = text.splitlines()
    assert len(lines) <= 44
    assert sum(1 for line in lines if line and not line.lstrip().startswith("#")) <= 30
    # So many stand in the panel without scrolling sideways.
    assert max(map(len, lines)) <= 70
    assert text.isascii()
    assert text.endswith(")\n")
    assert "numpy" not in text
    assert not any(line != line.rstrip() for line in lines)


def test_every_choice_of_the_spec_has_a_script() -> None:
    for optimizer in OPTIMIZERS:
        assert f'learning_rate={0.25}' in keras_script(Plan(classifier(), TrainingConfig(optimizer, 0.25)))
    for activation in ACTIVATIONS:
        layers = (LayerSpec(10, activation),)
        assert f'activation="{activation}"' in keras_script(Plan(NetworkSpec((784,), layers), TrainingConfig()))
    deep = Plan(classifier(hidden=(100,) * 31), TrainingConfig())
    assert max(map(len, keras_script(deep).splitlines())) <= 70


def test_what_cannot_run_is_refused() -> None:
    with pytest.raises(NnvizError, match="'iris'"):
        keras_script(PLANS["first"], "iris")
    with pytest.raises(SpecError, match="784 inputs, got 4"):
        keras_script(Plan(classifier((4,)), TrainingConfig()))
    with pytest.raises(SpecError, match="at least 10 outputs, got 3"):
        keras_script(Plan(classifier(classes=3), TrainingConfig()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["no hidden layer", "mixed", "logits"])
def test_scripts_run(name: str, tmp_path: Path) -> None:
    # A path that would break a script which pastes it in unquoted.
    data_path = tmp_path / "few 'digits' \\ é.npz"
    with np.load(asset("mnist.npz")) as archive:
        # 600 to learn from, 5,000 to validate, 200 to test.
        few = {key: archive[key][: 5_600 if "train" in key else 200] for key in archive.files}
    np.savez(data_path, **few)
    plan = PLANS[name]
    plan = Plan(plan.spec, TrainingConfig(plan.config.optimizer, plan.config.learning_rate, 20, 4))
    accuracy, loss = run(keras_script(plan, data_path=data_path), tmp_path)
    # By chance 0.1 and ln 10; "mixed" begins slowly.
    assert accuracy > (0.15 if name == "mixed" else 0.6)
    assert loss < 2.303


@pytest.mark.slow
def test_the_script_gets_the_accuracy_that_nnviz_gets(tmp_path: Path) -> None:
    from nnviz.data.datasets import load_mnist
    from nnviz.training.engine import TrainingRun, train
    from nnviz.training.keras_backend import KerasBackend

    plan = Plan(classifier(hidden=(32,)), TrainingConfig(epochs=1))
    dataset = load_mnist()
    backend = KerasBackend(plan.spec, plan.config)
    for _ in train(TrainingRun(backend, dataset)):
        pass
    measured = backend.evaluate(dataset.test.x, dataset.test.y)
    backend.close()
    assert measured is not None
    accuracy, loss = run(keras_script(plan, data_path=asset("mnist.npz")), tmp_path)
    assert accuracy > 0.9
    assert accuracy == pytest.approx(measured[1], abs=0.015)
    assert loss == pytest.approx(measured[0], abs=0.05)
    print(f"script {accuracy:.4f} {loss:.4f}, nnviz {measured[1]:.4f} {measured[0]:.4f}")
