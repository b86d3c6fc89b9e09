"""The mean over many samples instead of one: which samples, and a snapshot of their means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.data.dataset import Dataset, Split
from nnviz.errors import SpecError
from nnviz.maths.backprop import Gradients, backward
from nnviz.maths.forward import ForwardPass, forward
from nnviz.maths.losses import dense_target
from nnviz.maths.metrics import metrics
from nnviz.maths.parameters import FloatArray, Parameters, add
from nnviz.spec import NetworkSpec
from nnviz.training.hand import NO_MARKS
from nnviz.training.records import HandMarks, Snapshot

#: How many samples a mean can be asked over.
COUNTS = (32, 128, 512)
KINDS = ("sample", "batch", "class")
#: Samples of one pass, so that memory stays bounded and a wish to stop is heard.
BLOCK = 256


@dataclass(frozen=True, slots=True)
class Scope:
    """Of what the picture is: the chosen sample, or the mean over several.

    Attributes:
        kind: ``"sample"``; ``"batch"``, the first samples of the test set; ``"class"``, all of its samples of a class.
        count: of a batch, at least 1; 0 for the others.
        label: of a class, from 0; −1 for the others.

    Raises:
        SpecError: a word or a number is none of these.
    """

    kind: str = "sample"
    count: int = 0
    label: int = -1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SpecError(f"kind of a scope must be one of {', '.join(KINDS)}, got {self.kind!r}")
        if self.kind == "batch" and self.count < 1:
            raise SpecError(f"count of a batch must be at least 1, got {self.count}")
        if self.kind == "class" and self.label < 0:
            raise SpecError(f"label of a class must be at least 0, got {self.label}")

    @property
    def is_mean(self) -> bool:
        """Whether it is a mean over several samples."""
        return self.kind != "sample"

    def title(self, class_names: tuple[str, ...] = ()) -> str:
        """Return what it is in a few words: ``this sample``, ``mean of 128``, ``mean of all “7”``."""
        if self.kind == "batch":
            return f"mean of {self.count:,}"
        if self.kind == "class":
            name = class_names[self.label] if self.label < len(class_names) else str(self.label)
            return f"mean of all “{name}”"
        return "this sample"


def samples_of(dataset: Dataset, scope: Scope) -> Split:
    """Return the samples of a mean: always the same ones of the test set, so that moments can be compared.

    Where the test set has fewer than were asked for it is all of them; of a class that it does not have, none.
    """
    test = dataset.test
    if scope.kind == "class":
        chosen = np.flatnonzero(test.y == scope.label) if test.y.ndim == 1 else np.zeros(0, np.intp)
        return Split(test.x[chosen], test.y[chosen])
    return Split(test.x[: scope.count], test.y[: scope.count])


class _Sums:
    """Sums of arrays by name, as float64."""

    def __init__(self) -> None:
        self.arrays: dict[tuple[str, int], FloatArray] = {}

    def add(self, name: str, layer: int, values: FloatArray | None) -> None:
        """Add in place the sum over the samples of (count, units) values; None adds nothing."""
        if values is not None:
            total = values.sum(axis=0, dtype=np.float64)
            key = (name, layer)
            self.arrays[key] = total if key not in self.arrays else self.arrays[key] + total

    def row(self, name: str, layer: int, divisor: float) -> FloatArray:
        """Return the sum divided, (1, units) float32."""
        return _frozen((self.arrays[name, layer] / divisor)[None, :])


def _frozen(values: FloatArray) -> FloatArray:
    made = np.asarray(values, np.float32)
    made.flags.writeable = False
    return made


def _plus(total: Parameters | None, part: Parameters, weight: float) -> Parameters:
    scaled = tuple(layer.mapped(lambda a: np.asarray(a * np.float32(weight))) for layer in part)
    return scaled if total is None else add(total, scaled)


def mean_snapshot(
    spec: NetworkSpec,
    parameters: Parameters,
    x: NDArray[np.float32],
    y: NDArray[Any] | None,
    loss: str,
    *,
    generation: int = 0,
    step: int = 0,
    task: str = "multiclass",
    update: Parameters | None = None,
    update_batch_size: int = 0,
    hand: HandMarks = NO_MARKS,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Snapshot:
    """Return the means over samples as a snapshot with a batch of 1.

    Means are exact where they are linear: mean(z) = mean(a of the layer before)·W + b, and mean(a·w) = mean(a)·w.
    Gradients are of L, the mean loss over the samples: those of the weights are the batch's; dL/dz and dL/da are
    the means over the samples of each one's own, so that dL/db = dL/dz as for one sample. dL/dW is *not* mean(x)ᵀ
    times that.

    Args:
        spec: the network.
        parameters: its weights.
        x: samples, (count, input size), at least one.
        y: what is right, as in ``Split.y``; None where it is not known, then there are no gradients.
        loss: one of ``nnviz.spec.LOSSES``.
        generation, step: as in ``Snapshot``.
        task: one of ``nnviz.spec.TASKS``, which says what the metric is.
        update: what the optimizer applied in the step from these weights, of its own batch; None without one.
        update_batch_size: number of samples in that batch.
        hand: units that a person silenced or froze.
        is_cancelled: asked between blocks of ``BLOCK`` samples.

    Raises:
        SpecError: there are no samples, or they do not fit the network.
        InterruptedError: it was cancelled.
    """
    if x.ndim != 2 or not len(x) or x.shape[1] != spec.input_size:
        raise SpecError(f"samples of {spec.title} must be (count, {spec.input_size}), got {x.shape}")
    after = None if update is None else add(parameters, update)
    count, layers, names = len(x), len(spec.layers), spec.activations
    biases = tuple(layer.use_bias for layer in spec.layers)
    sums, later = _Sums(), _Sums()
    gradient: Parameters | None = None
    total_loss = metric = 0.0
    for first in range(0, count, BLOCK):
        if is_cancelled():
            raise InterruptedError("the mean is not wanted any more")
        rows = x[first : first + BLOCK]
        passed = forward(parameters, names, rows, silenced=hand.silenced)
        _add_pass(sums, passed)
        for k, a in enumerate(passed.activations):
            sums.add("zero", k, np.asarray(a == 0, np.float32))
        if after is not None:
            _add_pass(later, forward(after, names, rows, silenced=hand.silenced))
        if y is None:
            continue
        right = y[first : first + BLOCK]
        metric += float(metrics(task, passed.output, right).sum())
        known = right if right.ndim == 1 and loss == "sparse_categorical_crossentropy" else dense_target(
            right, spec.layers[-1].units
        )
        made = backward(parameters, names, passed, known, loss, biases)
        total_loss += made.loss * len(rows)
        # ``made`` is of the mean over the block; every part counts by its share of all samples.
        share = len(rows) / count
        gradient = _plus(gradient, made.parameters, share)
        with np.errstate(invalid="ignore"):  # infinite dL/da of a softmax may meet −∞
            for k in range(layers):
                sums.add("dz", k, made.pre_activations[k] * share)
                sums.add("da", k, made.activations[k] * share)
            sums.add("dx", 0, made.inputs * share)
    gradients = None
    if gradient is not None:
        gradients = Gradients(
            total_loss / count, tuple(sums.row("dz", k, 1.0) for k in range(layers)),
            tuple(sums.row("da", k, 1.0) for k in range(layers)), gradient, sums.row("dx", 0, 1.0),
        )
    label, target = _common(y, spec.layers[-1].units)
    return Snapshot(
        generation, step, spec, parameters, label, _mean_pass(sums, count, layers), gradients, update,
        update_batch_size, None if after is None else _mean_pass(later, count, layers), "numpy", target, loss,
        count, tuple(sums.row("zero", k, count)[0] for k in range(layers)), hand=hand,
        metric=None if y is None else metric / count,
    )


def _add_pass(sums: _Sums, passed: ForwardPass) -> None:
    sums.add("x", 0, passed.inputs)
    for k, (z, n, a) in enumerate(zip(passed.pre_activations, passed.normalised, passed.activations, strict=True)):
        sums.add("z", k, z)
        sums.add("n", k, n)
        sums.add("a", k, a)


def _mean_pass(sums: _Sums, count: int, layers: int) -> ForwardPass:
    return ForwardPass(
        sums.row("x", 0, count), tuple(sums.row("z", k, count) for k in range(layers)),
        tuple(sums.row("a", k, count) for k in range(layers)),
        tuple(sums.row("n", k, count) if ("n", k) in sums.arrays else None for k in range(layers)),
    )


def _common(y: NDArray[Any] | None, outputs: int) -> tuple[int | None, FloatArray | None]:
    """Return the class that all samples have, else None, and the mean of what each output should say."""
    if y is None:
        return None, None
    wanted = _frozen(dense_target(y, outputs).mean(axis=0))
    is_one = y.ndim == 1 and bool((y == y[0]).all())
    return (int(y[0]) if is_one else None), wanted
