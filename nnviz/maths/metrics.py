"""How well outputs are, sample by sample: the metric of each task, and which samples are wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.losses import dense_target
from nnviz.maths.parameters import FloatArray

#: A label, or the second of two classes, is told where its output is above this.
THRESHOLD = 0.5


def metrics(task: str, output: FloatArray, y: NDArray[Any]) -> FloatArray:
    """Return the task's metric of each sample, (count,) float64; their mean is that of ``records.metric_name``.

    For classes 1 or 0, for labels the share told rightly, for regression the mean over the targets of
    |output − target|, in the standard deviations that the targets are in.

    Args:
        task: one of ``nnviz.spec.TASKS``.
        output: (count, outputs).
        y: what is right, see ``nnviz.data.dataset.Split``.
    """
    if task == "regression":
        return np.asarray(np.abs(output.astype(np.float64) - y).mean(axis=-1))
    return np.asarray(_told(task, output, y).mean(axis=-1, dtype=np.float64))


def are_wrong(task: str, output: FloatArray, y: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which samples are read wrongly, (count,): another class, or any label told wrongly.

    In a regression none is: there are only smaller and larger errors. Arguments as in ``metrics``.
    """
    if task == "regression":
        return np.zeros(len(output), np.bool_)
    return np.asarray(~_told(task, output, y).all(axis=-1))


def _told(task: str, output: FloatArray, y: NDArray[Any]) -> NDArray[np.bool_]:
    """Return what was told rightly, (count, 1) for classes, (count, labels) for labels."""
    outputs = output.shape[1]
    if task == "multilabel" or outputs == 1:
        return np.asarray((output > THRESHOLD) == (dense_target(y, outputs) > THRESHOLD))
    return np.asarray(output.argmax(axis=1) == y)[:, None]
