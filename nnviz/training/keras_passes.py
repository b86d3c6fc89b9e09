"""A network asked without being changed: forward pass, gradients, loss and metric of many samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.backprop import Gradients
from nnviz.maths.forward import ForwardPass
from nnviz.maths.losses import output_gradient
from nnviz.spec import NetworkSpec
from nnviz.training.hand import NO_MARKS, mask_rows
from nnviz.training.keras_program import Program
from nnviz.training.keras_programs import placed
from nnviz.training.keras_targets import Float32
from nnviz.training.records import HandMarks

#: Samples that ``evaluate`` passes through the network at once.
EVALUATION_BLOCK = 2_048


def arrays(tensors: Any) -> tuple[Float32, ...]:
    """Return tensors, or what variables are now, as read-only arrays; on the CPU nothing is copied.

    The arrays never change: TensorFlow writes in place only where nobody else holds the memory, and an array holds it.
    """
    return tuple(
        np.asarray(memoryview(each.read_value() if hasattr(each, "read_value") else each)) for each in tensors
    )


#: Which draw of dropout: the seed, and the number of the step, 0 the first of the optimizer.
Draw = tuple[int, int]


def forward(
    program: Program, spec: NetworkSpec, x: Float32, draw: Draw | None = None, marks: HandMarks = NO_MARKS
) -> ForwardPass:
    """Pass samples (batch, input size) through the network; see ``KerasBackend.forward``."""
    import tensorflow as tf

    with placed(str(program.key[0])):
        dropout = _dropout(program, spec, draw)
        if marks.silenced:
            z, n, a = program.passes_by_hand(tf.constant(x), *_held(tf, spec, dropout, marks))
        else:
            passes = program.passes_dropped if dropout else program.passes
            z, n, a = passes(tf.constant(x), *dropout)
    return _passed(spec, x, z, n, a, dropout, marks)


def probe(
    program: Program, spec: NetworkSpec, loss_name: str, x: Float32, y: NDArray[Any], draw: Draw | None = None,
    marks: HandMarks = NO_MARKS,
) -> tuple[ForwardPass, Gradients]:
    """Pass samples through the network and back; see ``KerasBackend.probe``.

    Args:
        program: of this network.
        spec: the network.
        loss_name: one of ``nnviz.spec.LOSSES``.
        x: (batch, input size).
        y: as the loss takes it, see ``keras_targets.check_targets``.
        draw: drops activations as that step would; None drops none.
        marks: silenced units.
    """
    import tensorflow as tf

    with placed(str(program.key[0])):
        dropout = _dropout(program, spec, draw)
        if marks.silenced:
            made = program.probe_by_hand(tf.constant(x), tf.constant(y), *_held(tf, spec, dropout, marks))
        else:
            run = program.probe_dropped if dropout else program.probe
            made = run(tf.constant(x), tf.constant(y), *dropout)
    loss, z, n, a, dz, da, dv, dx = made
    passed = _passed(spec, x, z, n, a, dropout, marks)
    slope = program.layers[-1].slope
    of_output = output_gradient(
        loss_name, spec.activations[-1], passed.phi_input(-1), passed.output, y,
        None if slope is None else arrays([slope])[0],
    )[0]  # fmt: skip
    of_output = np.asarray(of_output, np.float32)
    of_output.flags.writeable = False
    # Where the loss is taken from the logits the tape passes by the output itself: that one is written out.
    return passed, Gradients(
        float(loss), arrays(dz), (*arrays(da)[:-1], of_output),
        program.parameters_of(program.learnt, list(arrays(dv))), arrays([dx])[0],
    )  # fmt: skip


def evaluate(
    program: Program, spec: NetworkSpec, x: Float32, y: NDArray[Any], cancelled: Callable[[], bool],
    marks: HandMarks = NO_MARKS,
) -> tuple[float, float] | None:
    """Return mean loss and mean metric, in blocks; see ``KerasBackend.evaluate``."""
    import tensorflow as tf

    loss = metric = 0.0
    with placed(str(program.key[0])):
        run = program.sums_by_hand if marks.silenced else program.sums
        rows = (tf.constant(mask_rows(spec, marks)),) if marks.silenced else ()
        for start in range(0, len(y), EVALUATION_BLOCK):
            if cancelled():
                return None
            block = slice(start, start + EVALUATION_BLOCK)
            losses, metrics = run(tf.constant(x[block]), tf.constant(y[block]), *rows)
            loss += float(losses)
            metric += float(metrics)
        penalty = program.penalty(
            tf.constant([layer.l1 for layer in spec.layers], tf.float32),
            tf.constant([layer.l2 for layer in spec.layers], tf.float32),
        )
    return loss / len(y) + float(penalty), metric / len(y)


def _held(tf: Any, spec: NetworkSpec, dropout: tuple[Any, ...], marks: HandMarks) -> tuple[Any, ...]:
    """Return what ``Program.probe_by_hand`` takes besides samples: dropout, with a rate of 0 for none, and marks."""
    if not dropout:
        dropout = tf.zeros(len(spec.layers)), tf.fill((sum(spec.sizes[1:]),), True)
    return *dropout, tf.constant(mask_rows(spec, marks))


def _dropout(program: Program, spec: NetworkSpec, draw: Draw | None) -> tuple[Any, ...]:
    """Return the rates of dropout and which units are kept, as ``Program.probe_dropped`` takes them; () for no draw."""
    if draw is None:
        return ()
    import tensorflow as tf

    rates = tf.constant([layer.dropout for layer in spec.layers], tf.float32)
    return rates, program.kept(rates, tf.constant(draw[0], tf.int32), tf.constant(draw[1], tf.int32))


def _passed(
    spec: NetworkSpec, x: Float32, z: Any, n: Any, a: Any, dropout: tuple[Any, ...], marks: HandMarks
) -> ForwardPass:
    normalised = tuple(
        array if layer.batch_norm else None for layer, array in zip(spec.layers, arrays(n), strict=True)
    )
    if not dropout:
        return ForwardPass(x, arrays(z), arrays(a), normalised, silenced=marks.silenced)
    masks = np.split(arrays(dropout[1:])[0], np.cumsum(spec.sizes[1:-1]))
    factors: list[Float32 | None] = []
    for layer, mask in zip(spec.layers, masks, strict=True):
        factor = (mask / np.float32(1 - layer.dropout)).astype(np.float32)
        factor.flags.writeable = False
        factors.append(factor if layer.dropout else None)
    return ForwardPass(x, arrays(z), arrays(a), normalised, factors=tuple(factors), silenced=marks.silenced)
