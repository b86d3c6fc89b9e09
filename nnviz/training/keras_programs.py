"""The compiled programs that wait for their next network, the data that most networks share, and how many are kept."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.keras_memory import forget_compiled, without_call_stacks
from nnviz.training.keras_program import Program, program_key
from nnviz.training.keras_targets import Float32

#: Weights of all idle programs together; above it, those used longest ago are let go.
KEPT_PARAMETERS = 8_000_000
#: Loops compiled for a device; one more, and all of them are forgotten, with the idle programs. Each keeps some 6 MB,
#: and compiling one again takes a second.
KEPT_LOOPS = 10

_idle_programs: list[Program] = []
_compiled_loops: dict[str, int] = {}  # device -> loops compiled since the last were forgotten
_last_data: list[Any] = []  # weak reference to x, device, x as a tensor


@contextlib.contextmanager
def placed(device: str) -> Iterator[None]:
    """Have TensorFlow compute on a device, and trace graphs without the call stacks of their operations."""
    import tensorflow as tf

    with tf.device(device), without_call_stacks():
        yield


def take_program(spec: NetworkSpec, config: TrainingConfig, task: str, device: str) -> Program:
    """Return an idle program of this architecture, or make one."""
    import keras
    import tensorflow as tf

    key = device, program_key(spec, config, task)
    for program in reversed(_idle_programs):
        if program.key == key:
            _idle_programs.remove(program)
            return program
    with placed(device):
        return Program(tf, keras, spec, config, task, device)


def give_back(program: Program) -> None:
    """Keep a program for the next network of its architecture."""
    _idle_programs.append(program)
    while sum(idle.parameter_count for idle in _idle_programs) > KEPT_PARAMETERS:
        del _idle_programs[0]


def compiled_loop(program: Program, batch_size: int, by_hand: bool = False) -> Any:
    """Return a program's chunk (see ``Program.chunk``); before one loop too many, what was compiled is forgotten."""
    if not program.has_chunk(batch_size, by_hand):
        device = str(program.key[0])
        if _compiled_loops.get(device, 0) >= KEPT_LOOPS:
            _idle_programs.clear()
            program.drop_chunks()
            forget_compiled(device)
            _compiled_loops[device] = 0
        _compiled_loops[device] = _compiled_loops.get(device, 0) + 1
    return program.chunk(batch_size, by_hand)


def resident(x: Float32, targets: NDArray[Any], device: str) -> tuple[Any, Any]:
    """Return the data as tensors; x of the last ones is kept, because most rebuilds use it again."""
    import tensorflow as tf

    if _last_data and _last_data[0]() is x and _last_data[1] == device:
        x_tensor = _last_data[2]
    else:
        x_tensor = tf.constant(x, tf.float32)
        _last_data[:] = [weakref.ref(x), device, x_tensor]
    return x_tensor, tf.constant(targets)
