"""Calibrates the digit model: ``python -m nnviz.training.calibrate --model assets/digit_model.npz``.

A temperature is fitted on digits of writers the model did not learn from: every other test image of MNIST, as it is
and redrawn in another hand. It is divided into kernel and bias of the last layer, so that the probabilities shown are
still tensors of the network; which class wins does not change. The other half of the test images measures what came
of it. From the same held-out digits follow the confidence below which an answer is put as a question, and the
probability of the two best answers together below which a drawing is called unlike any digit. (The energy of the
logits, W. Liu et al., NeurIPS 2020, tells strange drawings from digits less well once the network has learnt some.)
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.assets import asset
from nnviz.data.datasets import load_mnist
from nnviz.maths.calibration import fit_temperature, reliability, sure_above, two_best
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, Parameters
from nnviz.spec import NetworkSpec
from nnviz.storage.bundled import DIGIT_MODEL, load_bundled, save_model

Float32 = NDArray[np.float32]

#: Seed of the redrawn digits; no epoch of the training has it.
SEED = 777_000_001
#: Share redrawn from skeletons, and share changed only slightly, as in training.
REDRAWN, MILD = 0.5, 0.3
#: Share of right answers among those that are given without a question.
WANTED = 0.99
#: Share of the rightly read held-out digits that may be put as a question, and be called unlike any digit: the more,
#: the more of what is no digit is not taken for one.
ASKED, UNKNOWN = 0.02, 0.01
#: A temperature nearer to 1 than this is what half precision makes of 1: the weights stay.
SETTLED = 0.005


def redrawn(images: Float32, label: NDArray[np.int32], seed: int = SEED) -> Float32:
    """Return images (count, 784) written again in other hands; the same seed gives the same."""
    # Compiled code is imported here, so that reading this module's values costs nothing.
    from nnviz.training import augment, skeletons
    from nnviz.training.digit_model import MAX_POINTS

    squares = np.ascontiguousarray(images.reshape(-1, 28, 28))
    points = np.zeros((len(squares), MAX_POINTS, 2), np.float32)
    counts = np.zeros(len(squares), np.int64)
    skeletons.skeletons(squares, points, counts)
    out = np.empty_like(squares)
    done = np.zeros(len(squares), np.bool_)
    augment.augment(squares, points, counts, label, np.arange(len(squares)), seed, REDRAWN, MILD, done, out)
    return out.reshape(len(squares), -1)


def logits_of(spec: NetworkSpec, parameters: Parameters, x: Float32) -> Float32:
    """Return z of the last layer, (count, classes), a batch at a time."""
    parts = [
        forward(parameters, spec.activations, x[start : start + 1000]).pre_activations[-1]
        for start in range(0, len(x), 1000)
    ]
    return np.concatenate(parts).astype(np.float32)


def probabilities(logits: Float32) -> Float32:
    """Return softmax(logits), (count, classes)."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), np.float32)


def cooled(parameters: Parameters, temperature: float) -> Parameters:
    """Return the network whose logits are divided by the temperature, its last layer rounded as it is stored."""
    last = parameters[-1]
    kernel = (last.kernel / np.float32(temperature)).astype(np.float16).astype(np.float32)
    bias = (last.bias / np.float32(temperature)).astype(np.float16).astype(np.float32)
    return (*parameters[:-1], LayerParameters(kernel, bias))


def calibrated(
    spec: NetworkSpec, parameters: Parameters, metadata: dict[str, Any]
) -> tuple[Parameters, dict[str, Any]]:
    """Return the network with the fitted temperature in its last layer, and what is known of it with the thresholds.

    Args:
        spec: ends with a softmax of ten classes.
        parameters: as they will be stored.
        metadata: what was known; ``temperature`` there says that one is in the weights already.
    """
    test = load_mnist().test
    held, held_label = test.x[::2], test.y[::2].astype(np.int32)
    other, other_label = test.x[1::2], test.y[1::2]
    x = np.concatenate([held, redrawn(held, held_label)])
    label = np.tile(held_label, 2)
    temperature = fit_temperature(logits_of(spec, parameters, x), label)
    known = dict(metadata)
    if abs(temperature - 1) > SETTLED:
        before = reliability(probabilities(logits_of(spec, parameters, other)), other_label)
        parameters = cooled(parameters, temperature)
        known["temperature"] = round(float(metadata.get("temperature", 1.0)) * temperature, 6)
        known.setdefault("ece_before", round(before.error, 6))
    logits = logits_of(spec, parameters, x)
    after = reliability(probabilities(logits_of(spec, parameters, other)), other_label)
    # Answers are asked of people's drawings, which are more like the redrawn half than like MNIST.
    drawn = slice(len(held_label), None)
    known["ece"] = round(after.error, 6)
    shown, meant = probabilities(logits[drawn]), label[drawn]
    right = shown[shown.argmax(axis=1) == meant]
    asked = float(np.quantile(right.max(axis=1), ASKED))
    known["sure_above"] = round(max(sure_above(shown, meant, WANTED), asked), 6)
    known["pair_above"] = round(float(np.quantile(two_best(right), UNKNOWN)), 6)
    known["test_accuracy"] = float((logits_of(spec, parameters, test.x).argmax(axis=1) == test.y).mean())
    return parameters, known


def main(arguments: list[str] | None = None) -> None:
    """Fit the temperature, put it into the model, and say what it did."""
    parser = argparse.ArgumentParser(prog="python -m nnviz.training.calibrate", description=main.__doc__)
    parser.add_argument("--model", type=Path, help="the .npz file to change; the bundled model by default")
    chosen = parser.parse_args(arguments)
    path = chosen.model or asset(DIGIT_MODEL)
    spec, parameters, metadata = load_bundled(path)
    parameters, metadata = calibrated(spec, parameters, metadata)
    save_model(path, spec, parameters, metadata)
    for name in ("temperature", "ece_before", "ece", "sure_above", "pair_above", "test_accuracy"):
        print(f"{name}: {metadata.get(name)}")
    print(f"written to {path}")


if __name__ == "__main__":
    main()
