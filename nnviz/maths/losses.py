"""Loss functions, their value and their gradient, in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.parameters import FloatArray


def cross_entropy_from_logits(z: FloatArray, label: NDArray[np.integer]) -> FloatArray:
    """Return −log softmax(z)[label] of each sample.

    Computed from the logits, log Σ eᶻ − z[label], as Keras does behind a softmax output: a probability that
    rounds to 0 still gives a finite loss.

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
