"""Are the gradients on the screen true? They are compared with gradients found in three other ways.

- ``tf.GradientTape`` on the Keras model, layer by layer and with Keras's own loss (``keras_check``);
- the chain rule written out in NumPy (``nnviz.maths.backprop``), in float64;
- finite differences (``nnviz.maths.differences``), in float64, of up to ``MOST_DIFFERENCED`` weights of a layer, and
  of a few on the Keras model itself.

What is compared is the gradient of the loss of one sample without L1 and L2, which is what a snapshot shows, and that
of the mean loss of a few samples. How far two numbers are apart is |a − b| / max(|a|, |b|, floor), the floor being
``FLOOR`` of the largest gradient of the layer: a gradient of nearly 0 among large ones is known to float32 only that
well. An error above the tolerance says that they differ. The tolerance is ``TOLERANCE``, or more where float32 cannot
tell the error better: p − 1 of a probability of 0.999999 has one digit. Where it would be above ``MOST_TOLERANCE``
nothing is said of the layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.backprop import Gradients, backward
from nnviz.maths.differences import (
    STEP,
    Question,
    array_of,
    central_differences,
    doubles,
    learnt_names,
    sides,
)
from nnviz.maths.forward import ForwardPass
from nnviz.maths.losses import SPARSE, dense_target
from nnviz.maths.parameters import FloatArray, LayerParameters, Parameters
from nnviz.spec import NetworkSpec
from nnviz.training.check_values import UNRESOLVED, Compared, LayerCheck, verdict_of
from nnviz.training.records import Snapshot

FLOOR = 0.01
TOLERANCE = 1e-3
#: Times the resolution of float32, as estimated and as measured, that an error may be.
_ESTIMATED, _MEASURED = 30.0, 10.0
#: Weights of a layer that are differenced: all of a small layer, of a larger one this many, drawn by chance.
MOST_DIFFERENCED = 200
#: The same where the samples are several.
MOST_DIFFERENCED_OF_BATCH = 60
#: The largest h of differences in float64, see ``differences.STEP``.
MOST_STEP = 1e-2
_EPSILON = float(np.finfo(np.float32).eps)
_LEAST = 1e-30

@dataclass(frozen=True, slots=True, eq=False)
class CheckJob:
    """Gradients to be checked.

    Attributes:
        spec: the network.
        parameters: its weights.
        loss: one of ``nnviz.spec.LOSSES``.
        x: samples, (batch, input size) float32.
        y: as the loss takes it: classes (batch,), or what each output should say, (batch, outputs).
        factors: of dropout and of silenced units, see ``ForwardPass.factors``.
        passed: the pass that made the gradients; says on which side of its corners each unit is.
        shown: the gradients that are doubted.
    """

    spec: NetworkSpec
    parameters: Parameters
    loss: str
    x: NDArray[np.float32]
    y: NDArray[np.generic]
    factors: tuple[FloatArray | None, ...]
    passed: ForwardPass
    shown: Gradients

    def question(self) -> Question:
        """Return the network and its samples in float64."""
        return Question(
            doubles(self.parameters), self.spec.activations, self.x.astype(np.float64), self.y, self.loss,
            self.factors,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class KerasAnswer:
    """What the Keras model says to a job.

    Attributes:
        tape: gradients of ``tf.GradientTape``, like the weights.
        differences: for each layer (array name, entry, dL/dw by differences, gradient shown) of a few weights.
    """

    tape: Parameters
    differences: tuple[tuple[tuple[str, int, float], ...], ...] = field(default=())


def job_of(snapshot: Snapshot) -> CheckJob | None:
    """Return what is to be checked of a snapshot; None where it has no gradients or is a mean over samples."""
    if snapshot.gradients is None or snapshot.target is None or snapshot.count != 1:
        return None
    if snapshot.loss == SPARSE:
        if snapshot.label is None:
            return None
        y: NDArray[np.generic] = np.array([snapshot.label], np.int32)
    else:
        y = np.asarray(snapshot.target, np.float32).reshape(1, -1)
    return CheckJob(
        snapshot.spec, snapshot.parameters, snapshot.loss, np.asarray(snapshot.forward.inputs, np.float32), y,
        held_factors(snapshot), snapshot.forward, snapshot.gradients,
    )  # fmt: skip


def batch_job(job: CheckJob, x: NDArray[np.float32], y: NDArray[np.generic]) -> CheckJob:
    """Return the same network with other samples, and the gradients that NumPy makes of them in float32.

    Whoever has TensorFlow puts the gradients there that the app's compiled probe makes. Units that are off stay off.

    Args:
        job: the network.
        x: (batch, input size).
        y: classes (batch,), or what each output should say.
    """
    target = y if job.loss == SPARSE else dense_target(y, job.spec.layers[-1].units)
    made = replace(job, x=np.asarray(x, np.float32), y=target)
    own = replace(made.question(), parameters=job.parameters, inputs=made.x)
    passed = own.passed()
    biases = tuple(layer.use_bias for layer in job.spec.layers)
    shown = backward(job.parameters, job.spec.activations, passed, target, job.loss, biases)
    return replace(made, passed=passed, shown=shown)


def held_factors(snapshot: Snapshot) -> tuple[FloatArray | None, ...]:
    """Return what each activation of a snapshot is multiplied with: by dropout, and 0 for units silenced by hand."""
    made = list(snapshot.forward.factors)
    for layer, unit in snapshot.hand.silenced:
        place = layer - 1
        factor = made[place]
        units = snapshot.spec.layers[place].units
        held = np.ones(units) if factor is None else np.array(factor, np.float64).reshape(-1)
        held[unit] = 0
        made[place] = held
    return tuple(made)


def relative_error(a: FloatArray, b: FloatArray, floor: float) -> float:
    """Return the largest |a − b| / max(|a|, |b|, floor) of two arrays; infinite where one is not a number."""
    if a.size == 0:
        return 0.0
    with np.errstate(invalid="ignore"):
        off = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), max(floor, _LEAST))
    worst = float(np.max(off))
    return worst if np.isfinite(worst) else np.inf


def numpy_gradients(job: CheckJob, *, single: bool = False) -> Gradients:
    """Return the gradients by NumPy in float64 (or in single precision), each unit on the side of its corner that the
    job has it on.

    Rounding puts a pre-activation of nearly 0 on one side in float32 and on the other in float64, and at a corner both
    gradients are right.
    """
    question = job.question()
    if single:
        question = replace(question, parameters=job.parameters, inputs=job.x)
    passed = question.passed()
    if any(
        np.any(sides(name, passed.phi_input(k)) != sides(name, job.passed.phi_input(k)))
        for k, name in enumerate(job.spec.activations)
    ):
        passed = _given(job.passed, question.factors, np.dtype(question.inputs.dtype))
    biases = tuple(layer.use_bias for layer in job.spec.layers)
    return backward(question.parameters, question.activations, passed, question.target, question.loss, biases)


def _given(passed: ForwardPass, factors: tuple[FloatArray | None, ...], kind: np.dtype[np.floating]) -> ForwardPass:
    return ForwardPass(
        passed.inputs.astype(kind),
        tuple(z.astype(kind) for z in passed.pre_activations),
        tuple(a.astype(kind) for a in passed.activations),
        tuple(None if n is None else n.astype(kind) for n in passed.normalised),
        factors=factors,
    )


def check_job(
    job: CheckJob, keras: KerasAnswer | None = None, most: int = MOST_DIFFERENCED, seed: int = 0,
    progressed: Callable[[], None] = lambda: None, cancelled: Callable[[], bool] = lambda: False,
) -> tuple[LayerCheck, ...] | None:
    """Compare gradients, layer by layer; None when cancelled.

    Args:
        job: what is doubted.
        keras: what the Keras model says, if it was asked.
        most: entries of a layer that are differenced at most; 0 for none at all.
        seed: draws them.
        progressed: called after each layer.
        cancelled: asked before each layer.
    """
    reference, question = numpy_gradients(job), job.question()
    generator = np.random.default_rng(seed)
    tolerances = tolerances_of(job, reference)
    made = []
    for k, spec in enumerate(job.spec.layers):
        if cancelled():
            return None
        names = learnt_names(job.parameters[k], spec.use_bias)
        shown, theirs = job.shown.parameters[k], reference.parameters[k]
        largest = max(float(np.abs(array_of(theirs, name)).max()) for name in names)
        floor = FLOOR * largest
        tape = None
        if keras is not None:
            tape = _error(shown, keras.tape[k], names, floor)
        differences, count, corners = None, 0, 0
        if most:
            differences, count, corners = _difference_error(question, job, k, names, floor, most, generator)
        keras_error, keras_count = None, 0
        if keras is not None and keras.differences:
            few = keras.differences[k]
            keras_count = len(few)
            if few:
                ours = np.array([array_of(shown, name).reshape(-1)[place] for name, place, _value in few], np.float64)
                keras_error = relative_error(ours, np.array([value for *_at, value in few]), 0.2 * largest)
        by_numpy = max(_error(shown, theirs, names, floor), _unit_error(job.shown, reference, k))
        made.append(LayerCheck(
            k + 1, sum(array_of(shown, name).size for name in names), largest, tape, by_numpy, differences, count,
            corners, keras_error, keras_count, tolerances[k],
        ))  # fmt: skip
        progressed()
    return tuple(made)


def compare_with_numpy(snapshot: Snapshot) -> Compared:
    """Compare a snapshot's gradients with NumPy's only; some milliseconds."""
    job = job_of(snapshot)
    made = None if job is None else check_job(job, most=0)
    if made is None:
        return Compared(snapshot, None, UNRESOLVED)
    told = [layer for layer in made if layer.verdict != UNRESOLVED] or list(made)
    return Compared(snapshot, max(layer.worst for layer in told), verdict_of(made))


def tolerances_of(job: CheckJob, reference: Gradients) -> tuple[float, ...]:
    """Return the tolerance of each layer: more than ``TOLERANCE`` where float32 cannot tell.

    How well it can is measured, by NumPy's gradients in float32 against those in float64 (a saturated tanh loses the
    digits of 1 − a²), and for output minus target also estimated: luck must not make it look better than it is.
    """
    outputs, batch = job.spec.layers[-1].units, len(job.x)
    dz = float(np.abs(reference.pre_activations[-1]).max())
    values = [1.0, float(np.abs(job.passed.output).max())]
    if job.loss != SPARSE:
        values.append(float(np.abs(job.y.astype(np.float64)).max()))
    scale = 2 * max(values) / (batch * (1 if job.loss == SPARSE else outputs))
    estimated = _EPSILON * scale / max(dz, _LEAST)
    single = numpy_gradients(job, single=True)
    made = []
    for k, layer in enumerate(job.spec.layers):
        names = learnt_names(job.parameters[k], layer.use_bias)
        ours, theirs = single.parameters[k], reference.parameters[k]
        largest = max(float(np.abs(array_of(theirs, name)).max()) for name in names)
        measured = max(_error(ours, theirs, names, FLOOR * largest), _unit_error(single, reference, k))
        made.append(max(TOLERANCE, _ESTIMATED * estimated, _MEASURED * measured))
    return tuple(made)


def _error(ours: LayerParameters, theirs: LayerParameters, names: tuple[str, ...], floor: float) -> float:
    return max(
        relative_error(array_of(ours, name).astype(np.float64), array_of(theirs, name).astype(np.float64), floor)
        for name in names
    )


def _unit_error(shown: Gradients, reference: Gradients, k: int) -> float:
    """Return the same of dL/dz, and of dL/da but for the output, where it is not always a number."""
    pairs = [(shown.pre_activations[k], reference.pre_activations[k])]
    if k < len(shown.activations) - 1:
        pairs.append((shown.activations[k], reference.activations[k]))
    return max(
        relative_error(ours.astype(np.float64), theirs, FLOOR * float(np.abs(theirs).max())) for ours, theirs in pairs
    )


def _difference_error(
    question: Question, job: CheckJob, k: int, names: tuple[str, ...], floor: float, most: int,
    generator: np.random.Generator,
) -> tuple[float | None, int, int]:
    """Return the largest error against differences, of how many entries, and how many more met a corner."""
    worst, count, corners = None, 0, 0
    # The loss is rounded to some 2·10⁻¹⁶ of itself, which 2h divides: where gradients have all but vanished a larger
    # h is needed, and beyond the largest nothing can be told.
    noise = 4 * np.finfo(np.float64).eps * max(1.0, abs(job.shown.loss))
    step = max(STEP, noise / (0.1 * TOLERANCE * max(floor, _LEAST)))
    if step > MOST_STEP:
        return None, 0, 0
    for name, places in chosen_entries(job.shown.parameters[k], names, most, generator):
        if not len(places):
            continue
        values, met = central_differences(question, job.passed, k, name, places, step)
        ours = array_of(job.shown.parameters[k], name).reshape(-1)[places].astype(np.float64)
        corners += int(met.sum())
        count += int((~met).sum())
        if not met.all():
            error = relative_error(ours[~met], values[~met], floor)
            worst = error if worst is None else max(worst, error)
    return worst, count, corners


def chosen_entries(
    shown: LayerParameters, names: tuple[str, ...], most: int, generator: np.random.Generator
) -> list[tuple[str, NDArray[np.integer]]]:
    """Return which entries of each array are differenced: all of a small layer, else ``most`` by chance.

    Half of those of a kernel are drawn among the weights whose gradient is not 0: an image has many pixels of 0.
    """
    sizes = {name: array_of(shown, name).size for name in names}
    if sum(sizes.values()) <= most:
        return [(name, np.arange(size)) for name, size in sizes.items()]
    share = max(1, most // (2 * max(1, len(names) - 1)))
    made = []
    for name, size in sizes.items():
        if name != "kernel":
            made.append((name, np.sort(generator.choice(size, min(size, share), replace=False))))
    left = most - sum(len(places) for _name, places in made)
    flat = array_of(shown, "kernel").reshape(-1)
    moving = np.flatnonzero(flat)
    first = generator.choice(moving, min(len(moving), left // 2), replace=False) if len(moving) else moving
    rest = generator.choice(flat.size, min(flat.size, left - len(first)), replace=False)
    return [("kernel", np.unique(np.concatenate([first, rest]))), *made]
