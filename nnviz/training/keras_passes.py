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
from nnviz.training.keras_program import Program
from nnviz.training.keras_programs import placed
from nnviz.training.keras_targets import Float32

#: Samples that ``evaluate`` passes through the network at once.
EVALUATION_BLOCK = 2_048


def arrays(tensors: Any) -> tuple[Float32, ...]:
    """Return tensors, or what variables are now, as read-only arrays; on the CPU nothing is copied.

    The arrays never change: TensorFlow writes in place only where nobody else holds the memory, and an array holds it.
    """
    return tuple(
        np.asarray(memoryview(each.read_value() if hasattr(each, "read_value") else each)) for each in tensors
    )


def forward(program: Program, spec: NetworkSpec, x: Float32) -> ForwardPass:
    """Pass samples (batch, input size) through the network; see ``KerasBackend.forward``."""
    import tensorflow as tf

    with placed(str(program.key[0])):
        z, n, a = program.passes(tf.constant(x))
    return _passed(spec, x, z, n, a)


def probe(
    program: Program, spec: NetworkSpec, loss_name: str, x: Float32, y: NDArray[Any]
) -> tuple[ForwardPass, Gradients]:
    """Pass samples through the network and back; see ``KerasBackend.probe``.

    Args:
        program: of this network.
        spec: the network.
        loss_name: one of ``nnviz.spec.LOSSES``.
        x: (batch, input size).
        y: as the loss takes it, see ``keras_targets.check_targets``.
    """
    import tensorflow as tf

    with placed(str(program.key[0])):
        loss, z, n, a, dz, da, dv, dx = program.probe(tf.constant(x), tf.constant(y))
    passed = _passed(spec, x, z, n, a)
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
    program: Program, spec: NetworkSpec, x: Float32, y: NDArray[Any], cancelled: Callable[[], bool]
) -> tuple[float, float] | None:
    """Return mean loss and mean metric, in blocks; see ``KerasBackend.evaluate``."""
    import tensorflow as tf

    loss = metric = 0.0
    with placed(str(program.key[0])):
        for start in range(0, len(y), EVALUATION_BLOCK):
            if cancelled():
                return None
            block = slice(start, start + EVALUATION_BLOCK)
            losses, metrics = program.sums(tf.constant(x[block]), tf.constant(y[block]))
            loss += float(losses)
            metric += float(metrics)
        penalty = program.penalty(
            tf.constant([layer.l1 for layer in spec.layers], tf.float32),
            tf.constant([layer.l2 for layer in spec.layers], tf.float32),
        )
    return loss / len(y) + float(penalty), metric / len(y)


def _passed(spec: NetworkSpec, x: Float32, z: Any, n: Any, a: Any) -> ForwardPass:
    normalised = tuple(
        array if layer.batch_norm else None for layer, array in zip(spec.layers, arrays(n), strict=True)
    )
    return ForwardPass(x, arrays(z), arrays(a), normalised)
