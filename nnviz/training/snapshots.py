"""Every tensor of one sample on its way through the network, alone or around one real step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.forward import ForwardPass
from nnviz.maths.losses import dense_target
from nnviz.maths.parameters import subtract
from nnviz.training.engine import TrainingRun, train
from nnviz.training.keras_backend import Draw, KerasBackend, OptimizerMoment, Target
from nnviz.training.records import EpochRecord, Snapshot, StepRecords

Float32 = NDArray[np.float32]


def snapshot(run: TrainingRun, sample: Float32, target: Target | None, *, dropout: bool = False) -> Snapshot:
    """Return every tensor of one sample on its way through the network as it is now; no step is made.

    Args:
        run: the training the network is in.
        sample: (input size,) float32.
        target: its right class, or what each output should say, (outputs,); None gives a snapshot without gradients.
        dropout: whether activations are dropped as the next step would drop those of this sample, were it the first
            of its batch; else it is the pass that makes the network's answer.

    Raises:
        SpecError: the sample or the class does not fit the network.
    """
    return probe_snapshot(run.backend, sample, target, run.generation, run.step, dropout=dropout)


def probe_snapshot(
    backend: KerasBackend, sample: Float32, target: Target | None, generation: int, step: int, *, dropout: bool = False
) -> Snapshot:
    """Return a snapshot of a network that need not be in training; see ``snapshot``."""
    x = np.asarray(sample, np.float32).reshape(1, -1)
    parameters, draw = backend.parameters(), backend.next_draw if dropout else None
    if target is None:
        passed, gradients = backend.forward(x, draw), None
    else:
        passed, gradients = backend.probe(x, target, draw)
    label, wanted = label_and_target(target, backend.spec.layers[-1].units)
    return Snapshot(
        generation, step, backend.spec, parameters, label, passed, gradients,
        source="keras", target=wanted, loss=backend.config.loss, dropped=dropped_units(passed), hand=backend.marks,
    )  # fmt: skip


def label_and_target(target: Target | None, outputs: int) -> tuple[int | None, Float32 | None]:
    """Return the class, if the target is one, and what each of the ``outputs`` should say, (outputs,)."""
    if target is None:
        return None, None
    if isinstance(target, int | np.integer):
        wanted = dense_target(np.array([target], np.int32), outputs)[0]
        wanted.flags.writeable = False
        return int(target), wanted
    return None, np.asarray(target, np.float32)


def dropped_units(passed: ForwardPass) -> tuple[NDArray[np.bool_] | None, ...] | None:
    """Return which units dropout switched off for the one sample of a pass, see ``Snapshot.dropped``."""
    if all(factor is None for factor in passed.factors):
        return None
    made = tuple(None if factor is None else factor.reshape(-1) == 0 for factor in passed.factors)
    for mask in made:
        if mask is not None:
            mask.flags.writeable = False
    return made


def step_with_snapshot(
    run: TrainingRun, sample: Float32, target: Target | None, *, dropout: bool = False
) -> tuple[tuple[StepRecords | EpochRecord, ...], Snapshot]:
    """Make exactly one real step and return its records and the snapshot of a sample around it.

    The forward pass and the gradients are those of the sample with the weights before the step; the update is
    what the optimizer made of the step's whole batch.

    Args:
        run, sample, target, dropout: as in ``snapshot``.

    Raises:
        TrainingDivergedError: see ``train``.
        SpecError: the training is over, or see ``snapshot``.
    """
    if run.is_finished:
        raise SpecError(f"there is no step left: all {run.backend.config.epochs} epochs are over")
    before, draw = snapshot(run, sample, target, dropout=dropout), run.backend.next_draw if dropout else None
    size, moment = run.next_batch_size, run.backend.optimizer_moment()
    records = tuple(train(run, "step"))
    if not any(isinstance(record, StepRecords) for record in records):  # only the last epoch's record was due
        return records, before
    # An early stop puts better weights back: then the change is not the optimizer's alone.
    is_its_own = not (run.stop_reason and run.backend.config.restore_best)
    return records, _with_update(run, before, size, moment if is_its_own else None, draw)


def step_on_sample(
    run: TrainingRun, sample: Float32, target: Target, *, dropout: bool = False
) -> tuple[StepRecords, Snapshot]:
    """Make one real step whose batch is one sample, and return its record and snapshot.

    With ``dropout`` the snapshot's units are off that were off in this very step.

    Raises:
        TrainingDivergedError: see ``train``.
        SpecError: the sample or the class does not fit the network.
    """
    before, draw = snapshot(run, sample, target, dropout=dropout), run.backend.next_draw if dropout else None
    moment = run.backend.optimizer_moment()
    record = run.take_sample(np.asarray(sample, np.float32), target)
    return record, _with_update(run, before, 1, moment, draw)


def _with_update(
    run: TrainingRun, before: Snapshot, batch_size: int, moment: OptimizerMoment | None, draw: Draw | None
) -> Snapshot:
    after = run.backend.parameters()
    return replace(
        before,
        update=subtract(after, before.parameters),
        update_batch_size=batch_size,
        forward_after=run.backend.forward(before.forward.inputs, draw),
        optimizer=None if moment is None else run.backend.optimizer_step(moment),
    )
