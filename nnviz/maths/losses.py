"""Loss functions, their values and their gradients, in NumPy, by their Keras names.

p is the activation of an output unit, t its target, a sum or mean runs over the output units of one sample:

- ``sparse_categorical_crossentropy``: −ln(p_class / Σ p), the target being the number of the class.
- ``binary_crossentropy``: mean of −t·ln p − (1 − t)·ln(1 − p).
- ``mean_squared_error``: mean of (p − t)².
- ``mean_absolute_error``: mean of |p − t|.
- ``huber``: mean of ½·(p − t)² where |p − t| ≤ δ, else δ·(|p − t| − ½·δ), δ = ``HUBER_DELTA`` (Huber, 1964).

Both cross-entropies are computed from the logits behind softmax and behind sigmoid, as Keras does it: a probability
that rounds to 0 still gives a finite loss. (Keras does so also where the two do not belong together: the class loss
of a sigmoid output is that of a softmax over the same logits.) Behind another activation p is clipped to
[``CLIP``, 1 − ``CLIP``] first, and where it was clipped its gradient is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.activations import backward_through, sigmoid, softmax
from nnviz.maths.parameters import FloatArray, Parameters
from nnviz.spec import LOSSES, NetworkSpec

SPARSE = "sparse_categorical_crossentropy"
BINARY = "binary_crossentropy"
#: The smallest probability whose logarithm is taken, ``keras.config.epsilon()``.
CLIP = 1e-7
#: Behind these the cross-entropies are taken from the logits.
LOGIT_OUTPUTS = ("softmax", "sigmoid")
#: Where Huber's loss goes over from a square to a straight line, Keras' default.
HUBER_DELTA = 1.0


def losses(name: str, activation: str, z: FloatArray, a: FloatArray, target: NDArray[Any]) -> FloatArray:
    """Return the loss of each sample, (batch,).

    Args:
        name: the loss, one of ``nnviz.spec.LOSSES``.
        activation: φ of the output layer.
        z: what enters that φ, (batch, outputs).
        a: the output φ(z), (batch, outputs).
        target: right classes, (batch,) whole numbers; or, for all but the sparse loss, what each unit should say,
            (batch, outputs), see ``dense_target``.

    Raises:
        ValueError: there is no such loss, or the target does not fit it or the output.
    """
    if name == SPARSE:
        label = _classes(target, a)
        if activation in LOGIT_OUTPUTS:
            return cross_entropy_from_logits(z, label)
        p = np.clip(a, CLIP, 1 - CLIP)
        return np.asarray(np.log(p.sum(axis=-1)) - np.log(p[np.arange(len(p)), label]))
    t = _dense(name, target, a)
    if name == BINARY:
        if activation in LOGIT_OUTPUTS:
            each = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
        else:
            p = np.clip(a, CLIP, 1 - CLIP)
            each = -t * np.log(p) - (1 - t) * np.log(1 - p)
    elif name == "mean_squared_error":
        each = np.square(a - t)
    elif name == "mean_absolute_error":
        each = np.abs(a - t)
    else:
        far = np.abs(a - t)
        each = np.where(far <= HUBER_DELTA, 0.5 * far * far, HUBER_DELTA * (far - 0.5 * HUBER_DELTA))
    return np.asarray(each.mean(axis=-1))


def output_gradient(
    name: str, activation: str, z: FloatArray, a: FloatArray, target: NDArray[Any], slope: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return dL/da and dL/dz of the output layer, L the mean of ``losses`` over the batch; (batch, outputs) both.

    Where the loss is computed from the logits, dL/dz is (p − t) / batch, for binary cross-entropy divided by the
    number of outputs too; dL/da is then not used to get there, and is infinite where −t·ln p is. Of binary
    cross-entropy behind softmax, which is no function of a, dL/da is NaN.

    Args:
        name, activation, z, a, target: as in ``losses``.
        slope: α of PReLU, (outputs,), where that is the activation.

    Raises:
        ValueError: as ``losses``.
    """
    batch, outputs = a.shape
    if name == SPARSE:
        label, rows = _classes(target, a), np.arange(batch)
        if activation == "softmax":
            da = np.zeros_like(a)
            with np.errstate(divide="ignore"):
                da[rows, label] = -1 / a[rows, label] / batch
            return da, cross_entropy_gradient(a, label)
        if activation == "sigmoid":
            dz = cross_entropy_gradient(softmax(z), label)
            with np.errstate(divide="ignore", invalid="ignore"):
                return dz / (a * (1 - a)), dz
        p = np.clip(a, CLIP, 1 - CLIP)
        da = np.repeat(1 / p.sum(axis=-1, keepdims=True), outputs, axis=1)
        da[rows, label] -= 1 / p[rows, label]
        da = np.where(_is_inside(a), da, 0) / batch
    else:
        t, count = _dense(name, target, a), batch * outputs
        if name == BINARY and activation == "sigmoid":
            # Each term only where its factor is not 0: 0·ln 0 is 0 and flat.
            with np.errstate(divide="ignore", invalid="ignore"):
                da = np.where(t < 1, (1 - t) / (1 - a), 0) - np.where(t > 0, t / a, 0)
            return np.asarray(da / count, a.dtype), np.asarray((sigmoid(z) - t) / count, a.dtype)
        if name == BINARY and activation == "softmax":
            # No function of a alone: logits that differ by a constant give the same softmax and another loss.
            return np.full_like(a, np.nan), np.asarray((sigmoid(z) - t) / count, a.dtype)
        if name == BINARY:
            p = np.clip(a, CLIP, 1 - CLIP)
            da = np.where(_is_inside(a), (1 - t) / (1 - p) - t / p, 0) / count
        elif name == "mean_squared_error":
            da = 2 * (a - t) / count
        elif name == "mean_absolute_error":
            da = np.sign(a - t) / count
        else:
            da = np.clip(a - t, -HUBER_DELTA, HUBER_DELTA) / count
    da = np.asarray(da, a.dtype)
    return da, backward_through(activation, z, a, da, slope)


def dense_target(y: NDArray[Any], outputs: int) -> NDArray[np.float32]:
    """Return what each output unit should say, (count, outputs) float32.

    Args:
        y: as in ``Split.y``: right classes, (count,) whole numbers, which become one-hot rows, or for a single
            output 0 or 1; or labels or targets, (count, outputs), which stay as they are.
        outputs: units of the output layer.

    Raises:
        ValueError: the shape or a class does not fit the output layer.
    """
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == outputs:
        return y.astype(np.float32)
    if y.ndim != 1 or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"the target of {outputs} outputs must be whole numbers (count,) or ({outputs},) values of "
                         f"each sample, got {y.dtype} {y.shape}")
    _check_classes(y, max(2, outputs))
    if outputs == 1:
        return y.astype(np.float32)[:, None]
    made = np.zeros((len(y), outputs), np.float32)
    made[np.arange(len(y)), y] = 1
    return made


def penalty(spec: NetworkSpec, parameters: Parameters) -> float:
    """Return what L1 and L2 add to the loss: l1·Σ|W| + l2·ΣW² over all layers, as Keras' ``L1L2``."""
    return sum(
        layer.l1 * float(np.abs(each.kernel).sum(dtype=np.float64))
        + layer.l2 * float(np.square(each.kernel, dtype=np.float64).sum())
        for layer, each in zip(spec.layers, parameters, strict=True)
    )


def cross_entropy_from_logits(z: FloatArray, label: NDArray[np.integer]) -> FloatArray:
    """Return −log softmax(z)[label] of each sample, computed as log Σ eᶻ − z[label].

    Args:
        z: pre-activations of the output layer, (batch, classes).
        label: right classes, (batch,), 0 to classes − 1.
    """
    top = z.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(z - top).sum(axis=-1)) + top[:, 0]
    return np.asarray(log_sum - z[np.arange(len(z)), label])


def cross_entropy_gradient(probabilities: FloatArray, label: NDArray[np.integer]) -> FloatArray:
    """Return dL/dz of the output layer, L the mean over the batch: (softmax(z) − one-hot) / batch."""
    gradient = probabilities.copy()
    gradient[np.arange(len(gradient)), label] -= 1
    return gradient / len(gradient)


def _is_inside(a: FloatArray) -> NDArray[np.bool_]:
    return (a >= CLIP) & (a <= 1 - CLIP)


def _classes(target: NDArray[Any], a: FloatArray) -> NDArray[np.integer]:
    target = np.asarray(target)
    if target.shape != (len(a),) or not np.issubdtype(target.dtype, np.integer):
        raise ValueError(f"the target of {SPARSE} must be {len(a)} classes, got {target.dtype} {target.shape}")
    _check_classes(target, a.shape[1])
    return target


def _check_classes(label: NDArray[np.integer], classes: int) -> None:
    if len(label) and not 0 <= label.min() <= label.max() < classes:
        wrong = label.min() if label.min() < 0 else label.max()
        raise ValueError(f"a class must be from 0 to {classes - 1}, got {wrong}")


def _dense(name: str, target: NDArray[Any], a: FloatArray) -> FloatArray:
    if name not in LOSSES:
        raise ValueError(f"a loss must be one of {', '.join(LOSSES)}; got {name!r}")
    target = np.asarray(target)
    t = target if target.ndim == 2 and np.issubdtype(target.dtype, np.floating) else dense_target(target, a.shape[1])
    if t.shape != a.shape:
        raise ValueError(f"the target of {name} must have the shape of the output, {a.shape}, got {t.shape}")
    return np.asarray(t, a.dtype)
