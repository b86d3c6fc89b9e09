"""Losses and metrics over TensorFlow tensors, sample by sample, as Keras computes them behind the same output.

``tf`` comes in as an argument.
"""

from __future__ import annotations

from typing import Any

from nnviz.maths.losses import BINARY, CLIP, HUBER_DELTA, LOGIT_OUTPUTS, SPARSE
from nnviz.maths.metrics import THRESHOLD
from nnviz.training.records import metric_name


def takes_classes(loss: str) -> bool:
    """Return whether a loss is given the class itself, an integer; every other is given a value for each output."""
    return loss == SPARSE


def sample_losses(tf: Any, loss: str, activation: str, z: Any, a: Any, y: Any) -> Any:
    """Return the loss of each sample, (batch,).

    Args:
        tf: the module.
        loss: one of ``nnviz.spec.LOSSES``.
        activation: of the output layer.
        z: what enters φ of the output layer, (batch, outputs).
        a: the output, (batch, outputs).
        y: classes (batch,) int32 for the class loss, else the dense target (batch, outputs) float32.
    """
    if loss == SPARSE:
        # From the logits, as Keras does behind a softmax: through it the gradient would vanish with p.
        logits = z if activation in LOGIT_OUTPUTS else tf.math.log(tf.clip_by_value(a, CLIP, 1 - CLIP))
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
    if loss == BINARY:
        if activation in LOGIT_OUTPUTS:
            each = tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z)
        else:
            p = tf.clip_by_value(a, CLIP, 1 - CLIP)
            each = -(y * tf.math.log(p) + (1 - y) * tf.math.log(1 - p))
    elif loss == "mean_squared_error":
        each = tf.square(a - y)
    elif loss == "mean_absolute_error":
        each = tf.abs(a - y)
    else:
        far = tf.abs(a - y)
        each = tf.where(far <= HUBER_DELTA, 0.5 * tf.square(far), HUBER_DELTA * (far - 0.5 * HUBER_DELTA))
    return tf.reduce_mean(each, axis=-1)


def sample_metrics(tf: Any, task: str, loss: str, a: Any, y: Any) -> Any:
    """Return the task's metric of each sample, (batch,) float32; see ``records.metric_name``.

    Args:
        tf: the module.
        task: one of ``nnviz.spec.TASKS``.
        loss: says of what form y is.
        a: the output, (batch, outputs).
        y: see ``sample_losses``.
    """
    if metric_name(task) == "mean_absolute_error":
        return tf.reduce_mean(tf.abs(a - y), axis=-1)
    outputs = a.shape[1]
    if task == "multilabel" or outputs == 1:
        wanted = tf.cast(y[:, None], tf.float32) if takes_classes(loss) else y
        return tf.reduce_mean(tf.cast(tf.equal(a > THRESHOLD, wanted > THRESHOLD), tf.float32), axis=-1)
    wanted = y if takes_classes(loss) else tf.argmax(y, axis=1, output_type=tf.int32)
    return tf.cast(tf.equal(tf.argmax(a, axis=1, output_type=tf.int32), wanted), tf.float32)
