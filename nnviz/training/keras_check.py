"""The Keras model asked for its gradients without any of the compiled functions: for ``gradient_check``.

Here the model's own layers are called one after another, and the loss is Keras's own function.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.backprop import Gradients
from nnviz.maths.differences import array_of, central_differences, learnt_names
from nnviz.maths.forward import ForwardPass
from nnviz.maths.parameters import FloatArray
from nnviz.training.check_values import GradientCheck
from nnviz.training.gradient_check import (
    MOST_DIFFERENCED,
    MOST_DIFFERENCED_OF_BATCH,
    CheckJob,
    KerasAnswer,
    batch_job,
    check_job,
    job_of,
)
from nnviz.training.keras_passes import arrays
from nnviz.training.keras_program import Program
from nnviz.training.keras_programs import placed
from nnviz.training.records import Snapshot

#: h of differences in float32, and how many weights of a layer are differenced so.
KERAS_STEP = 1e-2
KERAS_DIFFERENCED = 5
#: Of all layers together about so many: each takes some milliseconds.
_MOST = 30
#: Only gradients of at least this share of the layer's largest, and of this size, stand out of float32's noise.
_STRONG, _LEAST = 0.3, 3e-3


def ask_keras(
    program: Program, job: CheckJob, *, with_differences: bool, seed: int = 0,
    progressed: Callable[[], None] = lambda: None, cancelled: Callable[[], bool] = lambda: False,
) -> KerasAnswer | None:
    """Return the gradients of ``tf.GradientTape``, and differences of a few weights; None when cancelled.

    The model must have the job's weights; for the differences they are moved, and put back bit by bit.
    """
    import tensorflow as tf

    variables = list(program.model.trainable_variables)
    with placed(str(program.key[0])):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            values = [variable.value for variable in variables]
            tape.watch(values)
            loss = _loss(program.model, job)
        gradients = tape.gradient(loss, values, unconnected_gradients="zero")
        made = program.parameters_of(program.learnt, list(arrays(gradients)))
        if not with_differences:
            return KerasAnswer(made)
        found: list[tuple[tuple[str, int, float], ...]] = []
        for k in range(len(job.spec.layers)):
            if cancelled():
                return None
            found.append(tuple(_differences(program, job, k, np.random.default_rng([seed, k]))))
            progressed()
    return KerasAnswer(made, tuple(found))


def check_with_keras(
    program: Program, snapshot: Snapshot, batch: tuple[Any, NDArray[Any]] | None,
    probe: Callable[[Any, Any], tuple[ForwardPass, Gradients]],
    progressed: Callable[[int, int], None], cancelled: Callable[[], bool],
) -> GradientCheck | None:
    """Compare a snapshot's gradients in all ways; see ``KerasBackend.check_gradients``, which sets the weights."""
    started = time.perf_counter()
    job = job_of(snapshot)
    if job is None:
        raise SpecError("a check needs gradients of a single sample whose target is known")
    jobs = [(job, MOST_DIFFERENCED)]
    if batch is not None:
        several = batch_job(job, *batch)
        if snapshot.dropped is None:
            passed, shown = probe(several.x, several.y)
            several = replace(several, passed=passed, shown=shown)
        jobs.append((several, MOST_DIFFERENCED_OF_BATCH))
    # Asking Keras for a layer takes longer than comparing it: two parts of three.
    layers = len(snapshot.spec.layers)
    done, total = 0, 3 * layers * len(jobs)

    def advanced(by: int = 1) -> None:
        nonlocal done
        done += by
        progressed(done, total)

    found = []
    for each, most in jobs:
        answer = ask_keras(program, each, with_differences=True, progressed=lambda: advanced(2), cancelled=cancelled)
        made = None if answer is None else check_job(each, answer, most, progressed=advanced, cancelled=cancelled)
        if made is None:
            return None
        found.append(made)
    return GradientCheck(
        snapshot.generation, snapshot.step, snapshot.loss, snapshot.spec.title, found[0],
        found[1] if len(found) > 1 else (), 0 if batch is None else len(batch[0]), snapshot.dropped is not None,
        time.perf_counter() - started,
    )  # fmt: skip


def _loss(model: Any, job: CheckJob) -> Any:
    """Return the mean loss of the samples by Keras's own layers and function."""
    import keras
    import tensorflow as tf

    a: Any = tf.constant(job.x)
    place = -1
    for layer in model.layers:
        name, _, number = layer.name.rpartition("_")
        if name == "dense":
            if place >= 0:
                a = _held(tf, a, job.factors[place])
            place = int(number) - 1
        if name != "dropout":
            a = layer(a, training=False) if name == "batch_norm" else layer(a)
    return tf.reduce_mean(keras.losses.get(job.loss)(tf.constant(job.y), a))


def _held(tf: Any, a: Any, factor: FloatArray | None) -> Any:
    """Return activations times what dropout, or a person, multiplies them with."""
    return a if factor is None else a * tf.constant(np.asarray(factor, np.float32))


def _differences(
    program: Program, job: CheckJob, k: int, generator: np.random.Generator
) -> list[tuple[str, int, float]]:
    """Return (array, entry, dL/dw) of a few weights whose gradient stands out of the noise."""
    layer, shown = program.layers[k], job.shown.parameters[k]
    variables = {"kernel": layer.kernel, "bias": layer.bias, "slope": layer.slope, "gamma": layer.gamma,
                 "beta": layer.beta}  # fmt: skip
    question = job.question()
    candidates: list[tuple[str, int]] = []
    names = learnt_names(job.parameters[k], job.spec.layers[k].use_bias)
    largest = max(float(np.abs(array_of(shown, name)).max()) for name in names)
    for name in names:
        strong = np.flatnonzero(np.abs(array_of(shown, name)).reshape(-1) >= max(_STRONG * largest, _LEAST))
        candidates += [(name, int(place)) for place in strong]
    wanted = max(1, min(KERAS_DIFFERENCED, _MOST // len(job.spec.layers)))
    chosen = generator.permutation(len(candidates))[: 3 * wanted]
    made: list[tuple[str, int, float]] = []
    for name, place in (candidates[index] for index in chosen):
        # A step this large may go over a corner: then it is no derivative.
        _, met = central_differences(question, job.passed, k, name, np.array([place]), KERAS_STEP)
        if not met[0]:
            made.append((name, place, _difference(program, job, variables[name], place)))
        if len(made) == wanted:
            break
    return made


def _difference(program: Program, job: CheckJob, variable: Any, place: int) -> float:
    before = variable.read_value()
    kept = np.array(before.numpy())
    at = np.unravel_index(place, kept.shape)
    h = KERAS_STEP * max(1.0, abs(float(kept[at])))
    found = []
    try:
        for sign in (1, -1):
            moved = kept.copy()
            moved[at] = kept[at] + np.float32(sign * h)
            variable.assign(moved)
            found.append((float(_loss(program.model, job)), float(moved[at])))
    finally:
        variable.assign(before)
    (up, above), (down, below) = found
    return (up - down) / (above - below)
