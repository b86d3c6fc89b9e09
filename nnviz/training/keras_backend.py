"""A real ``keras.Model`` and its optimizer, driven fast: the only module that imports TensorFlow.

A training step of a small network costs Keras' ``fit`` some 5 ms, nearly all of it Python and dispatch. Here
a whole run of steps is one XLA-compiled loop with the data resident on the device, at 0.3 ms a step. The
gradients are TensorFlow's and the update is made by the Keras optimizer itself inside the loop, so the
weights are those that ``fit`` would have made of the same batches.

All of it must be called from one thread: Keras keeps thread-local state.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.backprop import Gradients
from nnviz.maths.forward import ForwardPass
from nnviz.maths.parameters import FloatArray, LayerParameters, Parameters, check_shapes, initial_parameters
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.storage.atomic import replace_file
from nnviz.training.keras_program import Program, max_chunk_steps, program_key

Float32 = NDArray[np.float32]

#: Samples that ``evaluate`` passes through the network at once.
EVALUATION_BLOCK = 2_048
#: Weights of all idle programs together; above it, those used longest ago are let go.
KEPT_PARAMETERS = 8_000_000

_idle_programs: list[Program] = []
_last_data: list[Any] = []  # weak references to x and y, then both as tensors
_NOISE = (b"I0000 ", b"W0000 ", b"WARNING: All log messages before absl")


@contextlib.contextmanager
def _start_up_noise_held_back() -> Iterator[None]:
    """Keep TensorFlow's start-up lines off the terminal; whatever else was written meanwhile follows after.

    They come from C++ before any log level is read, so only the file descriptor can be turned aside.
    """
    try:
        saved = os.dup(2)
    except OSError:  # no standard error at all: a windowed program
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            kept = [line for line in held if not line.startswith(_NOISE) and b"cuInit" not in line]
            if kept:
                os.write(2, b"".join(kept))


def import_tensorflow(threads: int = 1) -> str:
    """Import TensorFlow and Keras and return TensorFlow's version; takes 2-6 s the first time, nothing later.

    A graphics card is left alone unless ``CUDA_VISIBLE_DEVICES`` is set: starting it takes seconds and
    memory, and the networks meant here are small.

    Args:
        threads: intra- and inter-op threads. Small networks train faster with 1: there is nothing to share.

    Raises:
        ImportError: TensorFlow is not installed or cannot start on this machine.
    """
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
        with _start_up_noise_held_back():
            import tensorflow as tf

            with contextlib.suppress(RuntimeError):  # somebody has used TensorFlow already: theirs holds
                tf.config.threading.set_intra_op_parallelism_threads(threads)
                tf.config.threading.set_inter_op_parallelism_threads(threads)
            tf.constant(0)  # creates the devices, with the last of the noise
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise ImportError(f"Keras must run on TensorFlow, KERAS_BACKEND is {keras.backend.backend()!r}")
    return str(tf.__version__)


@dataclass(frozen=True, slots=True, eq=False)
class StepScalars:
    """What a chunk of steps returns: see ``StepRecords``.

    Attributes:
        loss: (steps,).
        metric: (steps,), see ``records.metric_name``.
        kernel_rms: (steps, layers).
        bias_rms: (steps, layers).
        diverged_at: index of the first step whose loss was not a finite number (or the last step, where its
            update made weights that are not); then the network is as it was before the chunk. Else None.
    """

    loss: Float32
    metric: Float32
    kernel_rms: Float32
    bias_rms: Float32
    diverged_at: int | None = None


class KerasBackend:
    """One network with its optimizer and its data, held by TensorFlow.

    Args:
        spec: the network; its output layer must be softmax.
        config: optimizer, first learning rate, batch size, seed.
        parameters: first weights; by default drawn from the seed.

    Raises:
        SpecError: the output layer is not softmax, or ``parameters`` are of another network.
    """

    def __init__(
        self, spec: NetworkSpec, config: TrainingConfig, parameters: Parameters | None = None
    ) -> None:
        self.check(spec, config)
        if parameters is not None:
            check_shapes(spec, parameters)
        import_tensorflow()
        import keras
        import tensorflow as tf

        self._tf: Any = tf
        self.spec = spec
        self.config = config
        self._program = _take_program(tf, keras, spec, config)
        self._layers = len(spec.layers)
        self._x: Any = None
        self._y: Any = None
        self._count = 0
        self._no_extra = (tf.zeros((1, spec.input_size)), tf.constant(0, tf.int32))
        self.reset(config.seed)
        self.set_learning_rate(config.learning_rate)
        if parameters is not None:
            self.set_parameters(parameters)

    @staticmethod
    def check(spec: NetworkSpec, config: TrainingConfig) -> None:
        """Check, without TensorFlow, that a network can be trained so.

        Raises:
            SpecError: the output layer is not softmax.
        """
        if spec.activations[-1] != "softmax":
            raise SpecError(
                f"the output layer must be softmax for {config.loss}, got {spec.activations[-1]} "
                f"(layer {len(spec.layers)})"
            )

    def close(self) -> None:
        """Give the compiled program back for the next network of this architecture; call nothing after it."""
        _give_back(self._program)
        del self._program
        self._x = self._y = None

    @property
    def model(self) -> Any:
        """The ``keras.Model``; it is the network itself, not a copy."""
        return self._program.model

    @property
    def optimizer(self) -> Any:
        """The Keras optimizer."""
        return self._program.optimizer

    @property
    def sample_count(self) -> int:
        """Number of samples of ``set_data``, 0 before."""
        return self._count

    @property
    def max_steps(self) -> int:
        """The longest run of steps ``run_steps`` takes at once."""
        return max_chunk_steps(self.config.batch_size)

    def set_data(self, x: Float32, y: NDArray[np.int32]) -> None:
        """Put the training samples on the device; one copy is made and shared, 172 MB for MNIST.

        The arrays must not change afterwards.

        Args:
            x: (count, input size) float32.
            y: right classes, (count,), from 0 to the number of outputs − 1.

        Raises:
            SpecError: a shape or a class does not fit the network.
        """
        self._check(x, y)
        self._x, self._y = _resident(self._tf, x, y)
        self._count = len(y)

    def warm_up(self) -> None:
        """Compile the training loop, which takes about a second; the network stays as it is.

        Raises:
            SpecError: there are no data.
        """
        before = [self._tf.identity(variable) for variable in self._program.state]
        # One real step, taken back: without it the first step after the compilation takes 50 ms.
        index = np.full((1, self.config.batch_size), -1, np.int32)
        index[0, 0] = 0
        self.run_steps(index)
        for variable, old in zip(self._program.state, before, strict=True):
            variable.assign(old)

    def run_steps(self, indices: NDArray[np.int32]) -> StepScalars:
        """Make training steps in order, changing weights and optimizer state.

        Args:
            indices: (steps, batch size), at most ``max_steps`` rows: the samples of each step's batch, −1
                where there is none, as in the short batch at an epoch's end.

        Raises:
            SpecError: there are no data, or ``indices`` has another shape, a step without samples, or a
                sample that does not exist.
        """
        if self._x is None:
            raise SpecError("training needs data, and none are set")
        indices = np.asarray(indices)
        steps, batch_size = len(indices), self.config.batch_size
        if indices.ndim != 2 or indices.shape[1] != batch_size or steps > self.max_steps:
            raise SpecError(
                f"indices must be (at most {self.max_steps}, {batch_size}), got {tuple(indices.shape)}"
            )
        if steps and (indices.max() >= self._count or indices.max(axis=1).min() < 0):
            raise SpecError(f"each step needs sample numbers from 0 to {self._count - 1}, or −1 for none")
        return self._run(indices, *self._no_extra)

    def run_sample(self, x: Float32, label: int) -> StepScalars:
        """Make one training step whose batch is one sample, not necessarily one of the data.

        Args:
            x: (input size,).
            label: its right class.
        """
        if self._x is None:
            raise SpecError("training needs data, and none are set")
        one = np.asarray(x, np.float32).reshape(1, -1)
        self._check(one, np.array([label], np.int32))
        index = np.full((1, self.config.batch_size), -1, np.int32)
        index[0, 0] = self._count  # the number after the last one: the extra sample
        return self._run(index, self._tf.constant(one), self._tf.constant(label, self._tf.int32))

    def _run(self, indices: NDArray[np.int32], extra_x: Any, extra_y: Any) -> StepScalars:
        tf, steps = self._tf, len(indices)
        padded = np.full((self.max_steps, self.config.batch_size), -1, np.int32)
        padded[:steps] = indices
        chunk = self._program.chunk(self.config.batch_size)
        out, finite = chunk(
            self._x, self._y, tf.constant(padded), tf.constant(steps, tf.int32), extra_x, extra_y
        )
        rows: Float32 = out.numpy()[:steps].copy()
        diverged_at = None
        if not bool(finite):
            bad = np.flatnonzero(~np.isfinite(rows[:, 0]))
            diverged_at = int(bad[0]) if len(bad) else steps - 1
        rows.flags.writeable = False
        return StepScalars(rows[:, 0], rows[:, 1], rows[:, 2::2], rows[:, 3::2], diverged_at)

    def forward(self, x: Float32) -> ForwardPass:
        """Pass samples (batch, input size) through the network."""
        x = self._samples(x)
        z, a = self._program.passes(self._tf.constant(x))
        return ForwardPass(x, _arrays(z), _arrays(a))

    def probe(self, x: Float32, label: int | NDArray[np.int32]) -> tuple[ForwardPass, Gradients]:
        """Pass samples through the network and back: every tensor of it, by TensorFlow's own differentiation.

        Args:
            x: (batch, input size).
            label: right classes, (batch,), or one for a batch of 1.

        Raises:
            SpecError: a shape or a class does not fit the network.
        """
        x = self._samples(x)
        y = np.atleast_1d(np.asarray(label, np.int32))
        self._check(x, y)
        loss, z, a, dz, da, dv, dx = self._program.probe(self._tf.constant(x), self._tf.constant(y))
        passed = ForwardPass(x, _arrays(z), _arrays(a))
        # dL/da of the softmax output, L = −mean log a[label]: the tape goes back from the logits.
        rows = np.arange(len(y))
        output_gradient = np.zeros_like(passed.output)
        with np.errstate(divide="ignore"):
            output_gradient[rows, y] = -1 / passed.output[rows, y] / len(y)
        output_gradient.flags.writeable = False
        return passed, Gradients(
            float(loss), _arrays(dz), (*_arrays(da), output_gradient), _layers(_arrays(dv)), _arrays([dx])[0]
        )

    def evaluate(
        self, x: Float32, y: NDArray[np.int32], cancelled: Callable[[], bool] = lambda: False
    ) -> tuple[float, float] | None:
        """Return mean loss and the share classified rightly over samples, in blocks of 2,048.

        Args:
            x: (count, input size), count at least 1.
            y: right classes, (count,).
            cancelled: asked before each block; None is returned when it answers true.

        Raises:
            SpecError: a shape or a class does not fit the network.
        """
        self._check(x, y)
        loss, right = 0.0, 0
        for start in range(0, len(y), EVALUATION_BLOCK):
            if cancelled():
                return None
            block = slice(start, start + EVALUATION_BLOCK)
            summed, count = self._program.sums(self._tf.constant(x[block]), self._tf.constant(y[block]))
            loss += float(summed)
            right += int(count)
        return loss / len(y), right / len(y)

    def parameters(self) -> Parameters:
        """Return a read-only copy of the weights."""
        return _layers(_arrays(self._program.variables))

    def set_parameters(self, parameters: Parameters) -> None:
        """Set the weights; the optimizer's state stays.

        Raises:
            SpecError: they are of another network.
        """
        check_shapes(self.spec, parameters)
        flat: list[FloatArray] = [array for layer in parameters for array in (layer.kernel, layer.bias)]
        for variable, array in zip(self._program.variables, flat, strict=True):
            variable.assign(np.asarray(array, np.float32))

    def reset(self, seed: int) -> None:
        """Draw first weights and forget the optimizer's state; learning rate and data stay."""
        self.set_parameters(initial_parameters(self.spec, seed))
        first = self._program.first_slots
        for name, variable in self._program.slots.items():
            variable.assign(np.full(variable.shape, first[name], variable.dtype))

    def set_learning_rate(self, learning_rate: float) -> None:
        """Set the learning rate from the next step on.

        Raises:
            SpecError: it is not above 0 and at most 1,000.
        """
        self.config = replace(self.config, learning_rate=learning_rate)
        self.optimizer.learning_rate.assign(learning_rate)

    def set_epochs(self, epochs: int) -> None:
        """Set how many epochs the training has, also while it goes on or after its end.

        Raises:
            SpecError: it is not from 1 to 10,000.
        """
        self.config = replace(self.config, epochs=epochs)

    def optimizer_state(self) -> dict[str, NDArray[Any]]:
        """Return a copy of the optimizer's state by name: its step count and, for Adam, both moments."""
        return {name: np.array(variable.numpy()) for name, variable in self._program.slots.items()}

    def set_optimizer_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Set what ``optimizer_state`` returned.

        Raises:
            SpecError: an entry is missing or of another shape.
        """
        for name, variable in self._program.slots.items():
            if name not in state or state[name].shape != tuple(variable.shape):
                raise SpecError(f"the optimizer's state needs {name} of shape {tuple(variable.shape)}")
        for name, variable in self._program.slots.items():
            variable.assign(state[name])

    def save(self, path: Path) -> None:
        """Write the model as a ``.keras`` file, whole or not at all.

        Raises:
            SaveError: it could not be written; what stood there before is untouched.
        """
        if path.suffix != ".keras":
            raise SpecError(f"a Keras model's file name must end in .keras, got {path.name!r}")
        replace_file(path, self.model.save)

    def _samples(self, x: Float32) -> Float32:
        made = np.array(x, np.float32)
        made.flags.writeable = False
        if made.ndim != 2 or made.shape[1] != self.spec.input_size:
            raise SpecError(
                f"{self.spec.title} needs samples (batch, {self.spec.input_size}), got {made.shape}"
            )
        return made

    def _check(self, x: Float32, y: NDArray[np.int32]) -> None:
        inputs, classes = self.spec.input_size, self.spec.layers[-1].units
        if x.ndim != 2 or x.shape[1] != inputs or y.shape != (len(x),) or len(y) == 0:
            raise SpecError(
                f"{self.spec.title} needs samples (count, {inputs}) and classes (count,), "
                f"got {x.shape} and {y.shape}"
            )
        if y.min() < 0 or y.max() >= classes:
            raise SpecError(f"classes must be from 0 to {classes - 1}, got {y.min()} to {y.max()}")


def _resident(tf: Any, x: Float32, y: NDArray[np.int32]) -> tuple[Any, Any]:
    """Return the data as tensors; the last ones asked for are kept, because most rebuilds use them again."""
    if _last_data and _last_data[0]() is x and _last_data[1]() is y:
        return _last_data[2], _last_data[3]
    tensors = tf.constant(x, tf.float32), tf.constant(y, tf.int32)
    _last_data[:] = [weakref.ref(x), weakref.ref(y), *tensors]
    return tensors[0], tensors[1]


def _take_program(tf: Any, keras: Any, spec: NetworkSpec, config: TrainingConfig) -> Program:
    key = program_key(spec, config)
    for program in reversed(_idle_programs):
        if program.key == key:
            _idle_programs.remove(program)
            return program
    return Program(tf, keras, spec, config)


def _give_back(program: Program) -> None:
    _idle_programs.append(program)
    while sum(idle.parameter_count for idle in _idle_programs) > KEPT_PARAMETERS:
        del _idle_programs[0]


def _arrays(tensors: Any) -> tuple[Float32, ...]:
    made = tuple(np.array(tensor.numpy()) for tensor in tensors)
    for array in made:
        array.flags.writeable = False
    return made


def _layers(arrays: tuple[Float32, ...]) -> Parameters:
    return tuple(
        LayerParameters(kernel, bias) for kernel, bias in zip(arrays[0::2], arrays[1::2], strict=True)
    )
