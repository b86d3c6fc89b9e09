"""Steps of training made by a compiled program, in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.hand import NO_MARKS, mask_rows
from nnviz.training.keras_program import Program, max_chunk_steps
from nnviz.training.keras_programs import compiled_loop, placed
from nnviz.training.keras_targets import Float32
from nnviz.training.records import HandMarks


@dataclass(frozen=True, slots=True, eq=False)
class StepScalars:
    """What a chunk of steps returns: see ``StepRecords``.

    Attributes:
        loss: (steps,).
        metric: (steps,), see ``records.metric_name``.
        kernel_rms: (steps, layers).
        bias_rms: (steps, layers).
        learning_rate: (steps,).
        diverged_at: index of the first step whose loss was not a finite number (or the last step, where its
            update made weights that are not); then the network is as it was before the chunk. Else None.
        gradients: what the optimizer was given in the last step, a tensor for each of ``Program.learnt``.
    """

    loss: Float32
    metric: Float32
    kernel_rms: Float32
    bias_rms: Float32
    learning_rate: Float32
    diverged_at: int | None = None
    gradients: tuple[Any, ...] = ()


def check_indices(indices: NDArray[np.int32], batch_size: int, count: int) -> None:
    """Check which samples steps of training ask for, see ``KerasBackend.run_steps``.

    Raises:
        SpecError: they have another shape, a step without samples, or a sample that does not exist.
    """
    most = max_chunk_steps(batch_size)
    if indices.ndim != 2 or indices.shape[1] != batch_size or len(indices) > most:
        raise SpecError(f"indices must be (at most {most}, {batch_size}), got {tuple(indices.shape)}")
    if len(indices) and (indices.max() >= count or indices.max(axis=1).min() < 0):
        raise SpecError(f"each step needs sample numbers from 0 to {count - 1}, or −1 for none")


def run_chunk(
    program: Program, spec: NetworkSpec, config: TrainingConfig, data: tuple[Any, Any],
    indices: NDArray[np.int32], rates: Float32, extra: tuple[Any, Any], marks: HandMarks = NO_MARKS,
) -> StepScalars:
    """Make steps of training, changing the program's variables; one into NaN is taken back with its whole chunk.

    Args:
        program: of this network.
        spec: says dropout, L1 and L2 of each layer.
        config: says batch size and seed.
        data: x and y as tensors.
        indices: (steps, batch size), see ``KerasBackend.run_steps``.
        rates: learning rate of each step, (steps,).
        extra: x and y of the extra sample, see ``Program.chunk``.
        marks: silenced and frozen units.
    """
    import tensorflow as tf

    steps, most = len(indices), max_chunk_steps(config.batch_size)
    padded = np.full((most, config.batch_size), -1, np.int32)
    padded[:steps] = indices
    all_rates = np.zeros(most, np.float32)
    all_rates[:steps] = rates
    layers = spec.layers
    values = [[each.dropout for each in layers], [each.l1 for each in layers], [each.l2 for each in layers]]
    with placed(str(program.key[0])):
        chunk = compiled_loop(program, config.batch_size, marks.count > 0)
        by_hand = (tf.constant(mask_rows(spec, marks)),) if marks.count else ()
        # No copies: the tensors stay as they are when the chunk gives the variables new ones.
        before = program.read()
        out, finite, gradients = chunk(
            *data, tf.constant(padded), tf.constant(steps, tf.int32), *extra,
            tf.constant(all_rates), tf.constant(values, tf.float32), tf.constant(config.seed, tf.int32), *by_hand,
        )  # fmt: skip
    rows: Float32 = out.numpy()[:steps].copy()
    diverged_at = None
    if not bool(finite):
        # One step into NaN must not cost the person the network: the whole chunk is taken back.
        for variable, old in zip(program.state, before, strict=True):
            variable.assign(old)
        bad = np.flatnonzero(~np.isfinite(rows[:, 0]))
        diverged_at = int(bad[0]) if len(bad) else steps - 1
    rows.flags.writeable = False
    used = all_rates[:steps]
    used.flags.writeable = False
    return StepScalars(rows[:, 0], rows[:, 1], rows[:, 2::2], rows[:, 3::2], used, diverged_at, tuple(gradients))
