"""How the learning rate goes on: the rate of every step, in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.spec import TrainingConfig

#: A step that falls on the end of an interval but for rounding counts as its end.
_ROUNDING = 1e-9


def learning_rates(
    config: TrainingConfig, first_step: int, count: int, steps_per_epoch: int
) -> NDArray[np.float32]:
    """Return the learning rates of consecutive steps, (count,) float32.

    With w = warmup_epochs·steps_per_epoch steps of warm-up, step s < w (0 the first of training) has
    learning_rate·s/w, as in ``keras.optimizers.schedules.CosineDecay``: the very first changes nothing. After it,
    with t = (s − w)/(decay_epochs·steps_per_epoch), learning_rate is multiplied by

    - ``constant``: 1,
    - ``exponential``: decay_factor^t, ``step``: the same with t rounded down, both as Keras' ``ExponentialDecay``,
    - ``cosine``: (1 − decay_factor)·½·(1 + cos(π·min(t, 1))) + decay_factor, as Keras' ``CosineDecay``
      (Loshchilov and Hutter, "SGDR", 2017).

    Args:
        config: the schedule and its numbers.
        first_step: number of the first step wanted, 0 the first of training.
        count: how many steps.
        steps_per_epoch: steps of one pass over the training set, at least 1.
    """
    steps = first_step + np.arange(count, dtype=np.float64)
    warmup = config.warmup_epochs * steps_per_epoch
    t = np.maximum(steps - warmup, 0) / (config.decay_epochs * steps_per_epoch)
    if config.schedule == "exponential":
        factor = config.decay_factor**t
    elif config.schedule == "step":
        factor = config.decay_factor ** np.floor(t + _ROUNDING)
    elif config.schedule == "cosine":
        wave = 0.5 * (1 + np.cos(np.pi * np.minimum(t, 1)))
        factor = (1 - config.decay_factor) * wave + config.decay_factor
    else:
        factor = np.ones_like(t)
    if warmup > 0:
        factor = np.where(steps < warmup, steps / warmup, factor)
    return np.asarray(config.learning_rate * factor, np.float32)
