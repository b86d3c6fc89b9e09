"""One step of gradient descent on one sample that a person labelled, in NumPy; and going back by it bit for bit.

The step is plain gradient descent, W ← W − η·dL/dW, of the cross-entropy of this one sample, whatever optimizer the
network was trained with: the same drawing, label and rate give the same step, and nothing is remembered beside the
weights, so that a step can be undone completely. ``keras_teach`` makes the same step with Keras.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.backprop import Gradients, backward
from nnviz.maths.forward import ForwardPass, forward
from nnviz.maths.losses import dense_target
from nnviz.maths.parameters import LayerParameters, Parameters, check_shapes, subtract
from nnviz.spec import NetworkSpec
from nnviz.training.records import OptimizerStep, Snapshot

#: Learning rates that are offered. With the bundled model 0.003 turns a wrong answer in one to five steps and costs
#: 0.0 to 0.7 points of accuracy on MNIST's test set; 0.03 turns it in one and costs about ten.
TEACH_RATES = (0.001, 0.003, 0.01, 0.03)
DEFAULT_RATE = 0.003
#: Most steps of one "again until right".
MAX_STEPS = 50
#: Samples of one block when accuracy is counted: a few milliseconds.
BLOCK = 500
LOSS = "sparse_categorical_crossentropy"


@dataclass(frozen=True, slots=True, eq=False)
class TeachJob:
    """One step that is asked for.

    Attributes:
        serial: its number, for the answer.
        spec: the network.
        parameters: its weights now.
        x: the sample, (784,) float32 in [0, 1].
        label: what it should be, 0 to 9.
        rate: learning rate η.
        step: steps of training that the weights have had.
    """

    serial: int
    spec: NetworkSpec
    parameters: Parameters
    x: NDArray[np.float32]
    label: int
    rate: float
    step: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """One step.

    Attributes:
        snapshot: the sample before the step, its gradients, the update, and the sample after it.
        after: the weights after the step, float32, read-only.
        rate: the learning rate η.
    """

    snapshot: Snapshot
    after: Parameters
    rate: float

    @property
    def label(self) -> int:
        """What was taught."""
        assert self.snapshot.label is not None
        return self.snapshot.label

    @property
    def probability(self) -> tuple[float, float]:
        """Probability of what was taught, before and after the step."""
        assert self.snapshot.forward_after is not None
        before, after = self.snapshot.forward.output[0], self.snapshot.forward_after.output[0]
        return float(before[self.label]), float(after[self.label])

    @property
    def answer(self) -> int:
        """The class that the network says after the step."""
        assert self.snapshot.forward_after is not None
        return int(np.argmax(self.snapshot.forward_after.output[0]))

    @property
    def is_right(self) -> bool:
        """Whether that is what was taught."""
        return self.answer == self.label


def check_teachable(spec: NetworkSpec) -> None:
    """Check that a network reads digits: 28x28 pixels in, a softmax of ten classes out, nothing drawn by chance.

    Raises:
        SpecError: it does not; the message says what is another.
    """
    last = spec.layers[-1]
    if spec.input_size != 784:
        raise SpecError(f"a network that is taught digits must have 784 inputs, {spec.title} has {spec.input_size:,}")
    if last.units != 10 or last.activation != "softmax":
        raise SpecError(
            f"a network that is taught digits must end in a softmax of 10 classes, {spec.title} ends in "
            f"{last.activation} of {last.units:,}"
        )
    for number, layer in enumerate(spec.layers, start=1):
        if layer.batch_norm or layer.dropout:
            what = "batch normalisation" if layer.batch_norm else "dropout"
            raise SpecError(
                f"layer {number} has {what}: a step on one sample would not be the step that training makes. "
                "Teach a network without it"
            )


def teach_step(
    spec: NetworkSpec, parameters: Parameters, x: NDArray[np.floating], label: int, rate: float,
    generation: int = 0, step: int = 0,
) -> Taught:
    """Return one step of gradient descent on one sample; nothing is changed in place.

    Args:
        spec: of a network that ``check_teachable`` lets through.
        parameters: its weights, float32.
        x: the sample, (784,) in [0, 1].
        label: what it should be, 0 to 9.
        rate: learning rate η, above 0.
        generation, step: for the snapshot.

    Raises:
        SpecError: the network cannot be taught, the weights are of another, the label is no digit, or the rate is
            not above 0.
    """
    check_teachable(spec)
    check_shapes(spec, parameters)
    if not 0 <= label <= 9:
        raise SpecError(f"a label must be from 0 to 9, got {label}")
    if not 0 < rate <= 1000:
        raise SpecError(f"a learning rate must be above 0 and at most 1000, got {rate}")
    sample = np.ascontiguousarray(x, np.float32).reshape(1, -1)
    passed = forward(parameters, spec.activations, sample)
    biases = tuple(layer.use_bias for layer in spec.layers)
    gradients = backward(parameters, spec.activations, passed, np.array([label], np.int32), LOSS, biases)
    penalised = penalised_gradients(spec, parameters, gradients.parameters)
    after = frozen(tuple(
        old.mapped(lambda w, g: np.asarray(w - np.float32(rate) * g, np.float32), gradient)
        for old, gradient in zip(parameters, penalised, strict=True)
    ))
    return taught(
        spec, parameters, passed, gradients, penalised, after, forward(after, spec.activations, sample), label, rate,
        "numpy", generation, step,
    )


def penalised_gradients(spec: NetworkSpec, parameters: Parameters, gradients: Parameters) -> Parameters:
    """Return the gradients with those of L1 and L2 added to the kernels: what an optimizer is given."""
    made = []
    for layer, weights, gradient in zip(spec.layers, parameters, gradients, strict=True):
        kernel = gradient.kernel
        if layer.l1 or layer.l2:
            kernel = kernel + layer.l1 * np.sign(weights.kernel) + 2 * layer.l2 * weights.kernel
        made.append(replace(gradient, kernel=np.asarray(kernel, np.float32)))
    return tuple(made)


def taught(
    spec: NetworkSpec, parameters: Parameters, passed: ForwardPass, gradients: Gradients, given: Parameters,
    after: Parameters, passed_after: ForwardPass, label: int, rate: float, source: str, generation: int, step: int,
) -> Taught:
    """Return a step as a value; ``given`` are the gradients that gradient descent was given."""
    target = dense_target(np.array([label], np.int32), passed.output.shape[1])[0]
    snapshot = Snapshot(
        generation, step, spec, parameters, label, passed, gradients, update=frozen(subtract(after, parameters)),
        update_batch_size=1, forward_after=passed_after, source=source, target=target, loss=LOSS,
        optimizer=OptimizerStep("sgd", 1, rate, (), given, (), ()),
    )
    return Taught(snapshot, after, rate)


def frozen(parameters: Parameters) -> Parameters:
    """Return the parameters, their arrays made read-only in place."""
    for layer in parameters:
        for array in layer.arrays:
            array.flags.writeable = False
    return parameters


def count_right(
    spec: NetworkSpec, parameters: Parameters, x: NDArray[np.floating], y: NDArray[np.integer],
    cancelled: Callable[[], bool] = lambda: False,
) -> int | None:
    """Return how many samples (count, inputs) of classes (count,) are classified rightly; None when cancelled."""
    right = 0
    for first in range(0, len(y), BLOCK):
        if cancelled():
            return None
        part = slice(first, first + BLOCK)
        output = forward(parameters, spec.activations, x[part]).output
        right += int((output.argmax(axis=1) == y[part]).sum())
    return right


# -- going back ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class WeightChange:
    """What weights were where a step changed their bits: enough to go back bit for bit.

    A drawing leaves most of its pixels blank, and weights from a blank pixel do not change: this is a fifth to a
    tenth of a copy.

    Attributes:
        where: for each array of each layer a bit for each weight, packed.
        old: the weights before, of those whose bits changed.
    """

    where: tuple[tuple[NDArray[np.uint8], ...], ...]
    old: tuple[tuple[NDArray[np.float32], ...], ...]

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return sum(each.nbytes for side in (self.where, self.old) for layer in side for each in layer)

    @property
    def count(self) -> int:
        """Number of weights that changed."""
        return sum(each.size for layer in self.old for each in layer)


def change_between(before: Parameters, after: Parameters) -> WeightChange:
    """Return what is needed to go back from ``after`` to ``before``, both float32 and of the same shapes."""
    where, old = [], []
    for first, second in zip(before, after, strict=True):
        marks, values = [], []
        for a, b in zip(first.arrays, second.arrays, strict=True):
            # Bits, not values: −0.0 equals 0.0, and NaN not even itself.
            changed = _bits(a) != _bits(b)
            marks.append(np.packbits(changed))
            values.append(np.asarray(a, np.float32).reshape(-1)[changed])
        where.append(tuple(marks))
        old.append(tuple(values))
    return WeightChange(tuple(where), tuple(old))


def undone(after: Parameters, change: WeightChange) -> Parameters:
    """Return the weights before a change, bit for bit."""
    made: list[LayerParameters] = []
    for layer, marks, values in zip(after, change.where, change.old, strict=True):
        given = iter(zip(marks, values, strict=True))

        def back(array: Any, given: Any = given) -> NDArray[np.float32]:
            mark, value = next(given)
            flat = np.array(array, np.float32).reshape(-1)
            flat[np.unpackbits(mark, count=flat.size).astype(np.bool_)] = value
            return flat.reshape(np.shape(array))

        made.append(layer.mapped(back))
    return frozen(tuple(made))


def same_bits(a: Parameters, b: Parameters) -> bool:
    """Whether two networks have the same weights, bit for bit."""
    if len(a) != len(b):
        return False
    for one, other in zip(a, b, strict=True):
        if len(one.arrays) != len(other.arrays):
            return False
        for x, y in zip(one.arrays, other.arrays, strict=True):
            if x is not y and (x.shape != y.shape or not np.array_equal(_bits(x), _bits(y))):
                return False
    return True


def _bits(array: Any) -> NDArray[np.uint32]:
    return np.ascontiguousarray(array, np.float32).reshape(-1).view(np.uint32)
