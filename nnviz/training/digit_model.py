"""Trains the bundled digit model: ``python -m nnviz.training.digit_model --out assets/digit_model.npz``.

A multilayer perceptron that has to read the digits of people who never wrote for MNIST. It learns from
MNIST's training images only, every epoch redrawn in another hand (see ``nnviz.training.augment``), from digits
drawn the way people learn them elsewhere (``nnviz.training.allographs``), and from what is no digit, so that it
knows when it does not know (``nnviz.training.strange``). It is plain NumPy, and no TensorFlow is needed: the same
seed on the same machine gives the same file. NumPy's sums depend on the number of its threads; the bundled file was
made with ``OPENBLAS_NUM_THREADS=1``, which leaves the other core to what draws the next epoch.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.data.datasets import load_mnist
from nnviz.maths.forward import forward
from nnviz.maths.losses import cross_entropy_from_logits
from nnviz.maths.parameters import FloatArray, LayerParameters, Parameters
from nnviz.spec import NetworkSpec, classifier, parse_units
from nnviz.storage.bundled import save_model

Float32 = NDArray[np.float32]

#: Most skeleton points kept of one image; the longest of MNIST's has 161.
MAX_POINTS = 192
#: Steps in which the learning rate rises, at most.
RISE = 720


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the digit model is trained.

    Attributes:
        hidden: units of the hidden layers.
        epochs: passes over the 60,000 training images, before the finish.
        batch_size: images of a step.
        learning_rate: of Adam at its highest; it rises at first, see ``RISE``, and falls to 0 in the end.
        falling: share of the steps in which it falls, in [0, 1].
        smoothing: share of the target given to all classes alike, in [0, 1).
        dropout: share of hidden activations left out of a step, in [0, 1).
        decay: decoupled weight decay of the kernels, times the learning rate (Loshchilov and Hutter, 2019).
        average: decay of the running mean of the weights that is kept in the end, per step.
        redrawn: share of images redrawn from their skeletons with a pen of one width.
        mild: share of images changed only slightly.
        drawn: share of images replaced by a drawn form of the same digit, see ``nnviz.training.allographs``.
        finish: further passes, in which the rate begins at ``finish_rate`` and falls to 0 once more.
        finish_rate: see there (warm restarts: I. Loshchilov and F. Hutter, "SGDR", ICLR 2017).
        finish_mild: ``mild`` in the finish: the network ends with images nearer to those people write.
        strange: share of images replaced by what is no digit, whose target is every class alike (outlier
            exposure: D. Hendrycks, M. Mazeika and T. Dietterich, ICLR 2019).
        seed: of everything random.
    """

    hidden: tuple[int, ...] = (512, 256)
    epochs: int = 190
    batch_size: int = 250
    learning_rate: float = 1.5e-3
    falling: float = 0.3
    smoothing: float = 0.02
    dropout: float = 0.0
    decay: float = 0.01
    average: float = 0.999
    redrawn: float = 0.5
    mild: float = 0.3
    drawn: float = 0.14
    strange: float = 0.1
    finish: int = 36
    finish_rate: float = 1e-3
    finish_mild: float = 0.45
    seed: int = 20


class Hand:
    """Writes the training images anew for every epoch."""

    def __init__(self, images: Float32, labels: NDArray[np.int32], recipe: Recipe) -> None:
        # Compiled code is imported here, so that reading this module's values costs nothing.
        from nnviz.training import allographs, augment, skeletons

        self._augment = augment
        self._forms = allographs.forms()
        self._images = np.ascontiguousarray(images.reshape(-1, 28, 28))
        self._labels = labels
        self._recipe = recipe
        self._points = np.zeros((len(images), MAX_POINTS, 2), np.float32)
        self._counts = np.zeros(len(images), np.int64)
        skeletons.skeletons(self._images, self._points, self._counts)

    def epoch(self, number: int) -> tuple[Float32, NDArray[np.int32]]:
        """Return the images of epoch ``number`` in its order, (count, 784) in [0, 1], and their labels.

        The label of what is no digit is ``allographs.NO_DIGIT``.
        """
        order = np.random.default_rng((self._recipe.seed, number)).permutation(len(self._labels))
        out = np.empty((len(order), 28, 28), np.float32)
        done = np.zeros(len(order), np.bool_)
        labels = self._labels[order].astype(np.int32)
        forms, recipe = self._forms, self._recipe
        seed = recipe.seed * 10_000 + number
        mild = recipe.mild if number <= recipe.epochs else recipe.finish_mild
        self._augment.replace(
            self._points, self._counts, self._labels, order, forms.points, forms.stroke_at, forms.form_at,
            forms.label_at, seed, recipe.drawn, recipe.strange, done, out, labels,
        )
        self._augment.augment(
            self._images, self._points, self._counts, self._labels, order, seed, recipe.redrawn, mild, done, out,
        )
        return out.reshape(len(order), -1), labels


def written_ahead(hand: Hand, epochs: int) -> Iterator[tuple[int, Float32, NDArray[np.int32]]]:
    """Yield (epoch, images, labels), the first epoch is 1; the next is written beside the training on this one."""
    with ThreadPoolExecutor(1) as writer:
        coming = writer.submit(hand.epoch, 1)
        for epoch in range(1, epochs + 1):
            images, labels = coming.result()
            if epoch < epochs:
                coming = writer.submit(hand.epoch, epoch + 1)
            yield epoch, images, labels


def first_weights(spec: NetworkSpec, seed: int) -> list[Float32]:
    """Return kernel, bias, …: kernels normal with deviation √(2 / inputs) (He et al., 2015), biases 0."""
    generator = np.random.default_rng(seed)
    made = []
    for n_in, n_out in zip(spec.sizes, spec.sizes[1:], strict=False):
        made.append((generator.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)).astype(np.float32))
        made.append(np.zeros(n_out, np.float32))
    made[-2] *= np.float32(0.5)
    return made


def gradients(
    weights: list[Float32], x: Float32, label: NDArray[np.int32], smoothing: float, masks: list[Float32]
) -> tuple[float, list[Float32]]:
    """Return the mean loss of a batch and dL/d of every array of weights, for ReLU layers and a softmax.

    ``nnviz.maths.backprop`` says the same for any network; this one leaves out what training does not need.

    Args:
        weights: kernel, bias, … of each layer.
        x: (batch, inputs).
        label: (batch,); below 0 for what belongs to no class: all are alike in its target.
        smoothing: share of the target given to all classes alike.
        masks: what to multiply each hidden layer's activations with (dropout); empty for none.
    """
    layers = len(weights) // 2
    entering = [x]
    for k in range(layers - 1):
        a = entering[-1] @ weights[2 * k]
        a += weights[2 * k + 1]
        np.maximum(a, 0, out=a)
        if masks:
            a *= masks[k]
        entering.append(a)
    z = entering[-1] @ weights[-2] + weights[-1]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    dz = e / e.sum(axis=1, keepdims=True)
    own = (label >= 0).astype(z.dtype)
    # What belongs to no class counts with the cross-entropy to all classes alike.
    every = z.max(axis=1) + np.log(e.sum(axis=1)) - z.mean(axis=1)
    loss = float(np.where(label >= 0, cross_entropy_from_logits(z, np.maximum(label, 0)), every).mean())
    spread = smoothing * own + (1 - own)
    dz -= (spread / z.shape[1])[:, None]
    dz[np.arange(len(label)), label] -= (1 - smoothing) * own
    dz *= np.float32(1 / len(label))
    found: list[Float32] = []
    for k in reversed(range(layers)):
        found += [dz.sum(axis=0), entering[k].T @ dz]
        if k > 0:
            alive = entering[k] > 0
            dz = dz @ weights[2 * k].T
            dz *= masks[k - 1] * alive if masks else alive
    return loss, found[::-1]


class Adam:
    """Adam with decoupled weight decay (Kingma and Ba, 2015; Loshchilov and Hutter, 2019)."""

    def __init__(self, weights: list[Float32], decay: float) -> None:
        self._weights = weights
        self._decay = decay
        self._mean = [np.zeros_like(w) for w in weights]
        self._square = [np.zeros_like(w) for w in weights]
        self._steps = 0

    def step(self, found: list[Float32], rate: float) -> None:
        """Apply one update to the weights in place."""
        self._steps += 1
        first, second = 0.9, 0.999
        scale = np.float32(rate * np.sqrt(1 - second**self._steps) / (1 - first**self._steps))
        for w, g, mean, square in zip(self._weights, found, self._mean, self._square, strict=True):
            mean *= np.float32(first)
            mean += np.float32(1 - first) * g
            square *= np.float32(second)
            g *= g
            g *= np.float32(1 - second)
            square += g
            if w.ndim == 2 and self._decay:
                w *= np.float32(1 - rate * self._decay)
            np.sqrt(square, out=g)
            g += np.float32(1e-8)
            np.divide(mean, g, out=g)
            g *= scale
            w -= g


def rate_at(recipe: Recipe, step: int, per_epoch: int) -> float:
    """Return the learning rate of a step, 0 the first: a straight rise, level, a straight fall to 0; then the finish.

    Such a training can be made longer without beginning anew (A. Hägele et al., "Scaling laws and
    compute-optimal training beyond fixed training durations", NeurIPS 2024).
    """
    steps = per_epoch * recipe.epochs
    if step >= steps:
        end = steps + per_epoch * recipe.finish
        return recipe.finish_rate * (end - step) / (end - steps)
    rise, fall = max(1, min(RISE, steps // 10)), steps - int(recipe.falling * steps)
    if step < rise:
        return recipe.learning_rate * (step + 1) / rise
    return recipe.learning_rate * min(1.0, (steps - step) / (steps - fall + 1))


def pack(weights: list[Float32]) -> Parameters:
    """Return arrays kernel, bias, … as parameters, copied."""
    return tuple(
        LayerParameters(kernel.copy(), bias.copy())
        for kernel, bias in zip(weights[::2], weights[1::2], strict=True)
    )


def accuracy(spec: NetworkSpec, parameters: Parameters, x: Float32, label: NDArray[np.int32]) -> float:
    """Return the share of samples (count, inputs) classified rightly, in [0, 1]."""
    return float((forward(parameters, spec.activations, x).output.argmax(axis=1) == label).mean())


def train(
    spec: NetworkSpec, x: Float32, label: NDArray[np.int32], recipe: Recipe
) -> Iterator[tuple[int, float, Parameters]]:
    """Yield (epoch, mean loss of the epoch, averaged weights) after each epoch.

    Args:
        spec: a network of ReLU layers with a softmax.
        x: images, (count, 784) float32 in [0, 1].
        label: (count,) int32.
        recipe: how.
    """
    hand = Hand(x, label, recipe)
    weights = first_weights(spec, recipe.seed)
    averaged = [w.copy() for w in weights]
    optimizer = Adam(weights, recipe.decay)
    generator = np.random.default_rng(recipe.seed + 1)
    per_epoch = len(label) // recipe.batch_size
    step = 0
    for epoch, images, labels in written_ahead(hand, recipe.epochs + recipe.finish):
        total = 0.0
        for first in range(0, per_epoch * recipe.batch_size, recipe.batch_size):
            part = slice(first, first + recipe.batch_size)
            masks: list[Float32] = []
            if recipe.dropout:
                for units in spec.sizes[1:-1]:
                    kept = generator.random((recipe.batch_size, units), np.float32) >= recipe.dropout
                    masks.append(kept.astype(np.float32) * np.float32(1 / (1 - recipe.dropout)))
            loss, found = gradients(weights, images[part], labels[part], recipe.smoothing, masks)
            optimizer.step(found, rate_at(recipe, step, per_epoch))
            step += 1
            total += loss
            # Early on the mean must forget faster, or it would remember the random start.
            keep = np.float32(min(recipe.average, step / (step + 10)))
            for mean, w in zip(averaged, weights, strict=True):
                mean += (1 - keep) * (w - mean)
        yield epoch, total / per_epoch, pack(averaged)


def _halved(weights: FloatArray) -> Float32:
    return np.asarray(weights.astype(np.float16), dtype=np.float32)


def main(arguments: list[str] | None = None) -> None:
    """Train, calibrate, measure on MNIST's test images, and write the file."""
    recipe = Recipe()
    parser = argparse.ArgumentParser(prog="python -m nnviz.training.digit_model", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the .npz file to write")
    units = ",".join(map(str, recipe.hidden))
    parser.add_argument("--hidden", default=units, help="units of the hidden layers, %(default)s by default")
    parser.add_argument("--epochs", type=int, default=recipe.epochs, help="%(default)s by default")
    parser.add_argument("--finish", type=int, default=recipe.finish, help="epochs after these, %(default)s by default")
    parser.add_argument("--dropout", type=float, default=recipe.dropout, help="%(default)s by default")
    parser.add_argument("--seed", type=int, default=recipe.seed, help="%(default)s by default")
    chosen = parser.parse_args(arguments)
    recipe = Recipe(
        hidden=parse_units(chosen.hidden), epochs=chosen.epochs, finish=chosen.finish, dropout=chosen.dropout,
        seed=chosen.seed,
    )
    epochs = recipe.epochs + recipe.finish
    spec = classifier(hidden=recipe.hidden)
    mnist = load_mnist()
    x = np.concatenate([mnist.train.x, mnist.validation.x])
    label = np.concatenate([mnist.train.y, mnist.validation.y])
    start = time.perf_counter()
    parameters: Parameters = ()
    for epoch, loss, averaged in train(spec, x, label, recipe):
        parameters = averaged
        if epoch % 5 == 0 or epoch == epochs:
            seconds = time.perf_counter() - start
            print(f"epoch {epoch}/{epochs}  loss {loss:.4f}  {seconds:.0f} s", flush=True)
    # What is stored is what is measured.
    stored = tuple(
        LayerParameters(_halved(layer.kernel), _halved(layer.bias)) for layer in parameters
    )
    metadata: dict[str, Any] = {
        "data": "MNIST training images, redrawn; digits and signs drawn by code",
        "epochs": epochs,
        "licence": "weights: MIT; MNIST: Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0",
        "seed": recipe.seed,
        "title": spec.title,
    }
    from nnviz.training.calibrate import calibrated  # it needs this module

    stored, metadata = calibrated(spec, stored, metadata)
    save_model(chosen.out, spec, stored, metadata)
    print(f"{spec.title}: {100 * metadata['test_accuracy']:.2f} % of MNIST's test images; written to {chosen.out}")


if __name__ == "__main__":
    main()
