"""Scripts run as they stand, away from nnviz, and end where nnviz ends.

Each script runs in a process of its own. Its first weights are made here once more, from the script's own lines and
seed, and nnviz trains from them with the samples in the same order: then loss and accuracy must agree to rounding,
not only as those of two seeds do. Only dropout cannot be compared so.
"""

from __future__ import annotations

import gzip
import os
import re
import struct
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.assets import asset
from nnviz.data.datasets import Dataset, DatasetChoice, load
from nnviz.data.prepare import image_split
from nnviz.maths.parameters import LayerParameters, Normalisation, Parameters
from nnviz.spec import OPTIMIZERS, LayerSpec, NetworkSpec, Plan, TrainingConfig
from nnviz.training.keras_script import keras_script

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    data: str
    layers: tuple[LayerSpec, ...]
    config: TrainingConfig
    stops: bool = False

    @property
    def choice(self) -> DatasetChoice:
        return DatasetChoice(self.data, {"count": 300, "noise": 0.2} if self.data in TOYS else {})


TOYS = ("xor", "circle", "gauss", "moons", "spiral", "blobs", "discs", "reg-plane", "reg-gauss")
BINARY, SQUARED = "binary_crossentropy", "mean_squared_error"


def config(optimizer: str, rate: float, loss: str = "sparse_categorical_crossentropy", **more: Any) -> TrainingConfig:
    return TrainingConfig(optimizer, rate, 16, 3, loss, **({"shuffle": False} | more))


#: Together every optimizer, loss, schedule, activation, layer option, task and kind of data.
CASES = {
    "sgd, exponential": Case(
        "iris", (LayerSpec(8, "tanh"), LayerSpec(3, "softmax")),
        config("sgd", 0.1, schedule="exponential", decay_epochs=1.5),
    ),
    "momentum, step, warm-up": Case(
        "wine", (LayerSpec(8, "sigmoid", "glorot_normal"), LayerSpec(3, "softmax")),
        config("momentum", 0.05, schedule="step", decay_epochs=0.75, warmup_epochs=0.5, momentum=0.8),
    ),
    "nesterov, cosine, warm-up": Case(
        "breast-cancer", (LayerSpec(6, "elu", "he_uniform"), LayerSpec(1, "sigmoid")),
        config("nesterov", 0.05, BINARY, schedule="cosine", decay_epochs=1.5, warmup_epochs=1, decay_factor=0.1),
    ),
    "adagrad, warm-up alone, several labels": Case(
        "discs", (LayerSpec(12, "softplus", "lecun_uniform"), LayerSpec(2, "sigmoid")),
        config("adagrad", 0.1, BINARY, warmup_epochs=2),
    ),
    "rmsprop, regression, L1 and L2": Case(
        "diabetes", (LayerSpec(8, "leaky_relu", l1=1e-3), LayerSpec(1, "linear", l1=1e-3, l2=0.01)),
        config("rmsprop", 0.01, SQUARED),
    ),
    "adam, Huber, cosine": Case(
        "reg-plane", (LayerSpec(6, "selu", "lecun_normal", use_bias=False), LayerSpec(1, "linear")),
        config("adam", 0.02, "huber", schedule="cosine", decay_epochs=2),
    ),
    "adamw, absolute error": Case(
        "reg-gauss", (LayerSpec(6, "gelu", "random_normal"), LayerSpec(1, "tanh")),
        config("adamw", 0.02, "mean_absolute_error"),
    ),
    "nadam, squared error of classes": Case(
        "digits-8x8", (LayerSpec(16, "prelu", "he_normal"), LayerSpec(10, "softmax")),
        config("nadam", 0.01, SQUARED, validation_share=0.3),
    ),
    "two outputs for two classes": Case(
        "circle", (LayerSpec(8, "relu", l2=0.01), LayerSpec(2, "softmax")), config("adam", 0.05, BINARY)
    ),
    "one output, squared error": Case(
        "moons", (LayerSpec(8, "linear"), LayerSpec(1, "tanh", "random_uniform")), config("adam", 0.02, SQUARED)
    ),
    "classes without softmax": Case(
        "iris-petals", (LayerSpec(3, "sigmoid"),), config("sgd", 0.5, schedule="step", decay_epochs=1)
    ),
    # Not with Adam: normalisation takes biases before it away again, their gradients are rounding alone, and Adam
    # would scale that up.
    "batch normalisation, share of validation": Case(
        "blobs", (LayerSpec(8, "relu", use_bias=False, batch_norm=True), LayerSpec(6, "linear", batch_norm=True),
                  LayerSpec(6, "prelu", batch_norm=True), LayerSpec(4, "softmax")),
        config("sgd", 0.1, validation_share=0.25, schedule="exponential", warmup_epochs=0.5),
    ),
    "step and zeros": Case(
        "xor", (LayerSpec(40, "step"), LayerSpec(1, "sigmoid", "zeros")), config("adam", 0.05, BINARY)
    ),
    "stops early": Case(
        "wine", (LayerSpec(16, "relu"), LayerSpec(3, "softmax")),
        replace(config("adam", 0.3, patience=2), epochs=40), stops=True,
    ),
    "stops early, keeps the last weights": Case(
        "wine", (LayerSpec(16, "relu"), LayerSpec(3, "softmax")),
        replace(config("adam", 0.3, patience=2, restore_best=False), epochs=40), stops=True,
    ),
    "stops at an accuracy": Case(
        "gauss", (LayerSpec(8), LayerSpec(1, "sigmoid")),
        replace(config("adam", 0.01, BINARY, target_accuracy=0.875), epochs=40), stops=True,
    ),
}  # fmt: skip


def run(text: str, folder: Path, **more: str) -> tuple[float, float, int]:
    """Run a script as a person would, away from nnviz; return accuracy (0 to 1) or error, loss, and epochs made."""
    path = folder / "network.py"
    path.write_text(text, encoding="utf-8")
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"} | more
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, path.name], cwd=folder, env=environment, capture_output=True, text=True, timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Warning" not in done.stderr, done.stderr[-2000:]
    said = re.search(r"^Test (accuracy|mean absolute error) ([\d.]+)( %)?, loss ([\d.]+)$", done.stdout, re.MULTILINE)
    assert said, done.stdout[-500:]
    return float(said[2]) / (100 if said[3] else 1), float(said[4]), len(re.findall(r"^Epoch \d", done.stdout, re.M))


def first_weights(text: str) -> Parameters:
    """Make the script's network here, by its own lines from the seed to the layers, and return its weights."""
    from nnviz.training.keras_backend import import_tensorflow

    import_tensorflow()
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("keras.utils.set_random_seed"))
    made: dict[str, Any] = {}
    exec("\n".join(["import keras", *lines[start : lines.index("])") + 1]]), made)
    layers: list[LayerParameters] = []
    for layer in made["model"].layers:
        values = [np.array(value) for value in layer.get_weights()]
        kind = type(layer).__name__
        if kind == "Dense":
            kernel, *bias = values
            layers.append(LayerParameters(kernel, bias[0] if bias else np.zeros(kernel.shape[1], np.float32)))
        elif kind == "BatchNormalization":
            layers[-1] = replace(layers[-1], norm=Normalisation(*values))
        elif kind == "PReLU":
            layers[-1] = replace(layers[-1], slope=values[0])
    return tuple(layers)


def by_nnviz(plan: Plan, dataset: Dataset, weights: Parameters | None) -> tuple[float, float, int, str]:
    """Train by nnviz; return metric and loss on the test set, epochs made, and why it stopped early."""
    from nnviz.training.engine import TrainingRun, evaluate, train
    from nnviz.training.keras_backend import KerasBackend
    from nnviz.training.records import EpochRecord

    backend = KerasBackend(plan.spec, plan.config, weights, dataset.task)
    training = TrainingRun(backend, dataset)
    epochs = [record for record in train(training) if isinstance(record, EpochRecord)]
    done = evaluate(training, "test")
    backend.close()
    assert done is not None
    return done.metric, done.loss, len(epochs), epochs[-1].stop_reason


def test_the_cases_cover_every_choice() -> None:
    layers = [layer for case in CASES.values() for layer in case.layers]
    configs = [case.config for case in CASES.values()]
    from nnviz.spec import ACTIVATIONS, KERNEL_INITIALIZERS, LOSSES, SCHEDULES

    assert {layer.activation for layer in layers} == set(ACTIVATIONS)
    assert {layer.kernel_initializer for layer in layers} == set(KERNEL_INITIALIZERS)
    assert {each.optimizer for each in configs} == set(OPTIMIZERS)
    assert {each.loss for each in configs} == set(LOSSES)
    assert {each.schedule for each in configs} == set(SCHEDULES)
    assert {(each.schedule, each.warmup_epochs > 0) for each in configs} == {
        (schedule, warm) for schedule in SCHEDULES for warm in (False, True)
    }
    assert {(layer.l1 > 0, layer.l2 > 0) for layer in layers} == {(a, b) for a in (False, True) for b in (False, True)}


@pytest.mark.parametrize("name", CASES)
def test_the_script_ends_where_nnviz_ends(name: str, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    case = CASES[name]
    dataset = load(case.choice)
    plan = Plan(NetworkSpec(dataset.input_shape, case.layers), case.config)
    text = keras_script(plan, case.choice)
    metric, loss, epochs = run(text, tmp_path)
    wanted_metric, wanted_loss, wanted_epochs, stop = by_nnviz(plan, dataset, first_weights(text))
    print(f"{name}: script {metric:.4f} {loss:.4f}, nnviz {wanted_metric:.4f} {wanted_loss:.4f}")
    assert bool(stop) == case.stops
    assert epochs == wanted_epochs
    # The script prints four digits; single precision, added up in another order, does the rest.
    assert loss == pytest.approx(wanted_loss, rel=1e-3, abs=2e-4)
    assert metric == pytest.approx(wanted_metric, rel=1e-3, abs=2e-4)


def test_with_dropout_and_another_order_the_accuracies_agree_as_those_of_two_seeds(tmp_path: Path) -> None:
    choice = DatasetChoice("blobs", {"count": 600})
    layers = (LayerSpec(32, dropout=0.25), LayerSpec(16, "tanh", batch_norm=True, dropout=0.1), LayerSpec(4, "softmax"))
    plan = Plan(NetworkSpec((2,), layers), TrainingConfig("adam", 0.01, 16, 12, shuffle=True))
    metric, loss, _ = run(keras_script(plan, choice), tmp_path)
    wanted_metric, wanted_loss, _, _ = by_nnviz(plan, load(choice), None)
    assert min(metric, wanted_metric) > 0.95
    assert loss == pytest.approx(wanted_loss, abs=0.08)


def few_images() -> dict[str, np.ndarray]:
    """Return digits of MNIST: 600 to learn from, 5,000 to validate, 300 to test."""
    with np.load(asset("mnist.npz")) as archive:
        return {key: archive[key][: 5_600 if "train" in key else 300] for key in archive.files}


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_images(name: str, tmp_path: Path) -> None:
    """Few images where Keras keeps its downloads; MNIST's file has a checksum there, so its path is given instead."""
    images = few_images()
    x, y, x_test, y_test = (images[key] for key in ("x_train", "y_train", "x_test", "y_test"))
    cut = len(y) - 5_000
    whole = load("mnist")
    dataset = replace(
        whole, train=image_split(x[:cut], y[:cut]), validation=image_split(x[cut:], y[cut:]),
        test=image_split(x_test, y_test),
    )
    layers = (LayerSpec(24, "relu"), LayerSpec(10, "softmax"))
    plan = Plan(NetworkSpec((28, 28), layers), TrainingConfig(batch_size=20, epochs=4, shuffle=False))
    text = given = keras_script(plan, DatasetChoice(name))
    if name == "mnist":
        np.savez(tmp_path / "few.npz", **images)
        words = "keras.datasets.mnist.load_data()"
        assert words in text
        keys = '[tuple(a[k + p] for k in ("x_", "y_")) for p in ("train", "test")]'
        given = text.replace(f"= {words}", f"= (lambda a: {keys})(__import__('numpy').load('few.npz'))")
    else:
        folder = tmp_path / "datasets" / "fashion-mnist"
        folder.mkdir(parents=True)
        for prefix, (part, labels) in {"train": (x, y), "t10k": (x_test, y_test)}.items():
            head = struct.pack(">IIII", 0x803, len(part), 28, 28)
            (folder / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + part.tobytes(), 1))
            head = struct.pack(">II", 0x801, len(labels))
            (folder / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(head + labels.tobytes(), 1))
    metric, loss, _ = run(given, tmp_path, KERAS_HOME=str(tmp_path))
    wanted_metric, wanted_loss, _, _ = by_nnviz(plan, dataset, first_weights(text))
    assert metric > 0.6
    assert metric == pytest.approx(wanted_metric, abs=0.004)  # one image of 300
    assert loss == pytest.approx(wanted_loss, rel=1e-3)


def test_on_the_whole_of_mnist_the_script_gets_the_accuracy_that_nnviz_gets(tmp_path: Path) -> None:
    plan = Plan(
        NetworkSpec((28, 28), (LayerSpec(32), LayerSpec(10, "softmax"))), TrainingConfig(epochs=1, batch_size=64)
    )
    text = keras_script(plan)
    words, path = "keras.datasets.mnist.load_data()", str(asset("mnist.npz"))
    keys = '[tuple(a[k + p] for k in ("x_", "y_")) for p in ("train", "test")]'
    given = text.replace(f"= {words}", f"= (lambda a: {keys})(__import__('numpy').load({path!r}))")
    metric, loss, _ = run(given, tmp_path)
    wanted_metric, wanted_loss, _, _ = by_nnviz(plan, load("mnist"), None)
    print(f"script {metric:.4f} {loss:.4f}, nnviz {wanted_metric:.4f} {wanted_loss:.4f}")
    assert metric > 0.9
    assert metric == pytest.approx(wanted_metric, abs=0.015)
    assert loss == pytest.approx(wanted_loss, abs=0.05)
