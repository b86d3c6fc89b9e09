"""The script says what the plan says, in few lines, and makes the data that nnviz makes."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from nnviz.data.datasets import REGISTRY, DatasetChoice, load
from nnviz.errors import NnvizError, SpecError
from nnviz.spec import (
    ACTIVATIONS,
    KERNEL_INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    TASK_OUTPUT,
    LayerSpec,
    NetworkSpec,
    Plan,
    TrainingConfig,
    classifier,
    output_layer,
)
from nnviz.training.keras_script import keras_script, script_data

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
}
ALL = Plan(
    NetworkSpec((2,), (
        LayerSpec(16, "relu", "he_normal", False, True, 0.25, 1e-5, 1e-4), LayerSpec(8, "prelu", l1=0.25),
        LayerSpec(4, "step", l2=0.5), LayerSpec(4, "linear", batch_norm=True), LayerSpec(1, "sigmoid"),
    )),
    TrainingConfig(
        "nesterov", 0.05, 16, 20, "binary_crossentropy", schedule="exponential", warmup_epochs=2, patience=5,
        target_accuracy=0.98, validation_share=0.2, shuffle=False,
    ),
)  # fmt: skip
#: Data sets whose script can be run here: the others are downloaded.
OFFLINE = tuple(name for name in REGISTRY if name not in ("mnist", "fashion-mnist", "california-housing"))


def plan_for(name: str, **changes: Any) -> Plan:
    """Return a plain plan for a data set."""
    info = REGISTRY[name]
    outputs = len(info.target_names) if info.task == "regression" else len(info.class_names)
    layers = (LayerSpec(6), output_layer(info.task, 1 if info.task == "binary" else outputs))
    return Plan(NetworkSpec(info.input_shape, layers), TrainingConfig(loss=TASK_OUTPUT[info.task][1], **changes))


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


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_the_script_says_what_the_plan_says(plan: Plan) -> None:
    text = keras_script(plan)
    compile(text, "network.py", "exec")
    made = calls(text)
    spec, config = plan.spec, plan.config
    dense = [(a[0], k.get("activation", "linear")) for name, a, k in made if name == "keras.layers.Dense"]
    assert dense == [(layer.units, layer.activation) for layer in spec.layers]
    [fit] = [k for name, _, k in made if name == "model.fit"]
    wanted: dict[str, object] = {"batch_size": config.batch_size, "epochs": config.epochs}
    assert fit == wanted | ({} if config.shuffle else {"shuffle": False})
    optimizers = {name: k for name, _, k in made if name.startswith("keras.optimizers.")}
    names = {"sgd": "SGD", "momentum": "SGD", "nesterov": "SGD", "adam": "Adam", "nadam": "Nadam"}
    values: dict[str, object] = {"learning_rate": config.learning_rate}
    if config.optimizer in ("momentum", "nesterov"):
        values["momentum"] = config.momentum
    if config.optimizer == "nesterov":
        values["nesterov"] = True
    assert optimizers == {f"keras.optimizers.{names[config.optimizer]}": values}
    assert ("keras.utils.set_random_seed", [config.seed], {}) in made
    [compiled] = [k for name, _, k in made if name == "model.compile"]
    assert compiled["loss"] == "sparse_categorical_crossentropy"


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_a_beginner_can_read_it(plan: Plan) -> None:
    text = keras_script(plan)
    lines = text.splitlines()
    assert len(lines) <= 38
    assert sum(1 for line in lines if line and not line.lstrip().startswith("#")) <= 30
    # So many stand in the panel without scrolling sideways.
    assert max(map(len, lines)) <= 70
    assert text.isascii()
    assert text.endswith(")\n")
    assert "numpy" not in text
    assert not any(line != line.rstrip() for line in lines)


def test_only_lines_that_are_needed_appear() -> None:
    """Each option brings its own words and no other; the plain script has none of them."""
    plain = keras_script(plan_for("circle"), DatasetChoice("circle"))
    layers, config = plan_for("circle").spec.layers, plan_for("circle").config
    hidden: dict[str, tuple[LayerSpec, str]] = {
        "use_bias=False": (LayerSpec(6, use_bias=False), ""),
        'kernel_initializer="he_normal"': (LayerSpec(6, kernel_initializer="he_normal"), ""),
        "keras.layers.BatchNormalization()": (LayerSpec(6, batch_norm=True), 'keras.layers.Activation("relu")'),
        "keras.layers.Dropout(0.5)": (LayerSpec(6, dropout=0.5), ""),
        "keras.regularizers.L1(0.01)": (LayerSpec(6, l1=0.01), "kernel_regularizer="),
        "keras.regularizers.L2(0.01)": (LayerSpec(6, l2=0.01), "kernel_regularizer="),
        "keras.regularizers.L1L2(0.25, 0.01)": (LayerSpec(6, l1=0.25, l2=0.01), "kernel_regularizer="),
        "keras.layers.PReLU()": (LayerSpec(6, "prelu"), ""),
        "def step(z):": (LayerSpec(6, "step"), "activation=step"),
    }
    for words, (layer, also) in hidden.items():
        text = keras_script(Plan(NetworkSpec((2,), (layer, layers[-1])), config), DatasetChoice("circle"))
        assert words not in plain
        assert words in text
        assert also in text
    changes: dict[str, dict[str, Any]] = {
        "shuffle=False": {"shuffle": False},
        "validation_split=0.25": {"validation_share": 0.25},
        "EarlyStopping(\n    patience=7, restore_best_weights=True,\n)": {"patience": 7},
        "EarlyStopping(patience=7)": {"patience": 7, "restore_best": False},
        'logs["val_accuracy"] >= 0.875': {"target_accuracy": 0.875},
        "ExponentialDecay(\n    0.001, 5 * steps, 0.5,\n)": {"schedule": "exponential"},
        "0.001, 2.5 * steps, 0.1, staircase=True": {"schedule": "step", "decay_factor": 0.1, "decay_epochs": 2.5},
        "CosineDecay(\n    0.001, 5 * steps, alpha=0,\n)": {"schedule": "cosine", "decay_factor": 0.0},
        "warmup_target=0.001": {"schedule": "cosine", "warmup_epochs": 1.5},
        "PolynomialDecay(": {"warmup_epochs": 1.5},
        "class WarmUp(": {"schedule": "step", "warmup_epochs": 1.5},
        "set_random_seed(12)": {"seed": 12},
        "keras.optimizers.Nadam(": {"optimizer": "nadam"},
    }
    for words, values in changes.items():
        text = keras_script(plan_for("circle", **values), DatasetChoice("circle"))
        assert words not in plain
        assert words in text, text
        assert ("import math" in text) == ("steps" in words or "warmup_epochs" in values or "schedule" in values)
    assert "callbacks" not in plain


def test_every_choice_of_the_spec_has_a_script() -> None:
    for optimizer in OPTIMIZERS:
        assert 'learning_rate=0.25' in keras_script(Plan(classifier(), TrainingConfig(optimizer, 0.25)))
    for activation in ACTIVATIONS:
        for batch_norm in (False, True):
            if activation != "softmax":
                hidden = LayerSpec(10, activation, batch_norm=batch_norm)
                text = keras_script(Plan(NetworkSpec((784,), (hidden, LayerSpec(10, activation))), TrainingConfig()))
                compile(text, "network.py", "exec")
                assert text.count("Dense(10") == 2
                assert max(map(len, text.splitlines())) <= 72
    for initializer in KERNEL_INITIALIZERS[1:]:
        layer = LayerSpec(10, "softmax", initializer)
        assert f'"{initializer}"' in keras_script(Plan(NetworkSpec((784,), (layer,)), TrainingConfig()))
    for loss in LOSSES:
        text = keras_script(Plan(classifier(), TrainingConfig(loss=loss)))
        assert f'loss="{loss}"' in text
        assert ("y_test = keras.utils.to_categorical(y_test, 10)" in text) == (not loss.startswith("sparse"))
    for schedule in SCHEDULES:
        for warm in (0.0, 0.5):
            text = keras_script(Plan(classifier(), TrainingConfig(schedule=schedule, warmup_epochs=warm)))
            compile(text, "network.py", "exec")
            assert ("learning_rate=rate" in text) == (schedule != "constant" or warm > 0)
    deep = Plan(classifier(hidden=(100,) * 31), TrainingConfig())
    assert max(map(len, keras_script(deep).splitlines())) <= 70
    everything = keras_script(ALL, DatasetChoice("circle"))
    compile(everything, "network.py", "exec")
    assert max(map(len, everything.splitlines())) <= 72
    assert everything.isascii()


@pytest.mark.parametrize("name", REGISTRY)
def test_every_data_set_of_the_registry_has_a_script(name: str) -> None:
    plan = plan_for(name)
    text = keras_script(plan, DatasetChoice(name))
    compile(text, "network.py", "exec")
    assert len(text.splitlines()) <= 60
    assert max(map(len, text.splitlines())) <= 72
    assert text.isascii()
    metric = {"regression": "mean_absolute_error", "multilabel": "binary_accuracy"}.get(REGISTRY[name].task, "accuracy")
    assert f'metrics=["{metric}"]' in text
    assert ("scikit-learn" in text) == ("from sklearn" in text)


@pytest.mark.parametrize("name", OFFLINE)
def test_the_script_makes_the_data_that_nnviz_has(name: str) -> None:
    if name in ("iris", "iris-petals", "wine", "breast-cancer", "digits-8x8", "diabetes"):
        pytest.importorskip("sklearn")
    options: dict[str, bool | int | float | str] = {}
    if "noise" in REGISTRY[name].option_names:
        options = {"count": 301, "noise": 0.23, "seed": 5} | ({"classes": 5} if name == "blobs" else {})
    choice = DatasetChoice(name, options)
    dataset, data = load(choice), script_data(choice)
    made: dict[str, Any] = {}
    exec("\n".join((*data.imports, *data.lines)), made)
    for part in ("train", "validation", "test"):
        rows, wanted = made[part], dataset.split(part)
        assert made["y"][rows].shape == wanted.y.shape
        np.testing.assert_allclose(made["x"][rows], wanted.x, atol=1e-6)
        np.testing.assert_allclose(made["y"][rows], wanted.y, atol=1e-6)
    if dataset.target_scaling is not None:
        assert made[data.unit] == pytest.approx(dataset.target_scaling.std[0])


def test_what_cannot_run_is_refused() -> None:
    with pytest.raises(NnvizError, match=r"no Keras code for the data set 'cheese'.* Choose another"):
        keras_script(PLANS["first"], DatasetChoice("cheese"))
    with pytest.raises(SpecError, match="784 inputs, got 4"):
        keras_script(Plan(classifier((4,)), TrainingConfig()))
    with pytest.raises(SpecError, match="at least 10 outputs, got 3"):
        keras_script(Plan(classifier(classes=3), TrainingConfig()))
    with pytest.raises(SpecError, match="needs one class for each sample"):
        keras_script(Plan(classifier((2,), classes=2), TrainingConfig()), DatasetChoice("discs"))
    with pytest.raises(SpecError, match="needs an output for each class"):
        keras_script(Plan(classifier((2,), classes=1), TrainingConfig()), DatasetChoice("xor"))
