"""A real ``keras.Model`` and its optimizer, driven fast: the only module that imports TensorFlow.

A training step of a small network costs Keras' ``fit`` some 5 ms, nearly all of it Python and dispatch. Here
a whole run of steps is one XLA-compiled loop with the data resident on the device, at 0.3 ms a step. The
gradients are TensorFlow's and the update is made by the Keras optimizer itself inside the loop, so the
weights are those that ``fit`` would have made of the same batches.

All of it must be called from one thread: Keras keeps thread-local state.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
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
from nnviz.maths.losses import dense_target, output_gradient
from nnviz.maths.parameters import Parameters, check_shapes, initial_parameters
from nnviz.maths.surgery import carried_parameters, matching_layers
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.storage.atomic import replace_file
from nnviz.training.keras_layers import describe_layers
from nnviz.training.keras_losses import takes_classes
from nnviz.training.keras_program import Program, max_chunk_steps, program_key

Float32 = NDArray[np.float32]
#: What a sample should give: its class, or what each output should say, (outputs,); or a batch of either.
Target = int | NDArray[Any]

CPU = "CPU:0"
#: The number of a layer, from 1, in the name of a variable that the optimizer remembers something of.
_LAYER_NUMBER = re.compile(r"(?:dense|batch_norm|prelu)_(\d+)_")

#: Samples that ``evaluate`` passes through the network at once.
EVALUATION_BLOCK = 2_048
#: Weights of all idle programs together; above it, those used longest ago are let go.
KEPT_PARAMETERS = 8_000_000

#: What XLA is asked for on a processor. Loops over less than 64 KiB become one function instead of a call for each
#: operation: 2-4-2-1 trains 3 to 5 times as fast. (Unknown extra options are passed over, unlike unknown flags.)
_XLA_FLAGS = ("--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=65536",)
#: Wider vectors, where the processor has them. A flag that XLA does not know ends the process, so only from the
#: release on that was tried.
_WIDE_VECTORS = ((2, 21), "--xla_cpu_prefer_vector_width=512")

_idle_programs: list[Program] = []
_last_data: list[Any] = []  # weak reference to x, device, x as a tensor
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

    Graphics cards are found, and take memory as they need it, but nothing is computed on one unless it is chosen.

    Args:
        threads: intra- and inter-op threads. Small networks train faster with 1: there is nothing to share.

    Raises:
        ImportError: TensorFlow is not installed or cannot start on this machine.
    """
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        _ask_xla()
        with _start_up_noise_held_back():
            import tensorflow as tf

            with contextlib.suppress(RuntimeError):  # somebody has used TensorFlow already: theirs holds
                tf.config.threading.set_intra_op_parallelism_threads(threads)
                tf.config.threading.set_inter_op_parallelism_threads(threads)
                for card in tf.config.list_physical_devices("GPU"):
                    tf.config.experimental.set_memory_growth(card, True)
            tf.constant(0)  # creates the devices, with the last of the noise
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise ImportError(f"Keras must run on TensorFlow, KERAS_BACKEND is {keras.backend.backend()!r}")
    return str(tf.__version__)


def _ask_xla() -> None:
    """Add our flags to ``XLA_FLAGS``, read once when XLA starts; what the person has set there stays as it is."""
    given = os.environ.get("XLA_FLAGS", "")
    release, wide = _WIDE_VECTORS
    installed = tuple(int(part) for part in importlib.metadata.version("tensorflow").split(".")[:2])
    wanted = (*_XLA_FLAGS, wide) if installed >= release else _XLA_FLAGS
    ours = [flag for flag in wanted if flag.partition("=")[0] not in given]
    os.environ["XLA_FLAGS"] = " ".join([given, *ours]).strip()


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
    """

    loss: Float32
    metric: Float32
    kernel_rms: Float32
    bias_rms: Float32
    learning_rate: Float32
    diverged_at: int | None = None


def list_devices() -> tuple[str, ...]:
    """Return where TensorFlow can compute: ``"CPU:0"``, then ``"GPU:0"`` and so on; imports TensorFlow."""
    import_tensorflow()
    import tensorflow as tf

    kinds = ("CPU", "GPU")
    return tuple(f"{kind}:{n}" for kind in kinds for n in range(len(tf.config.list_logical_devices(kind))))


class KerasBackend:
    """One network with its optimizer and its data, held by TensorFlow.

    Args:
        spec: the network.
        config: optimizer, first learning rate, batch size, loss, seed.
        parameters: first weights; by default drawn from the seed.
        task: what is to be learnt, one of ``nnviz.spec.TASKS``; it chooses the metric.
        device: where TensorFlow computes, one of ``list_devices()``.

    Raises:
        SpecError: see ``check``; or ``parameters`` are of another network.
    """

    def __init__(
        self, spec: NetworkSpec, config: TrainingConfig, parameters: Parameters | None = None,
        task: str = "multiclass", device: str = CPU,
    ) -> None:
        self.check(spec, config, task)
        if parameters is not None:
            check_shapes(spec, parameters)
        import_tensorflow()
        import tensorflow as tf

        self._tf: Any = tf
        self.spec = spec
        self.config = config
        self.task = task
        self.device = device
        self._program = _take_program(spec, config, task, device)
        self._x: Any = None
        self._y: Any = None
        self._data: tuple[Float32, NDArray[Any]] | None = None
        self._count = 0
        self.reset(config.seed)
        self.set_learning_rate(config.learning_rate)
        if parameters is not None:
            self.set_parameters(parameters)

    @staticmethod
    def check(spec: NetworkSpec, config: TrainingConfig, task: str = "multiclass") -> None:
        """Check, without TensorFlow, that a network can be trained so; what only learns badly is let through.

        Raises:
            SpecError: the loss asks for classes, and there are none or a single output.
        """
        if not takes_classes(config.loss):
            return
        if task in ("regression", "multilabel"):
            what = "targets" if task == "regression" else "labels"
            raise SpecError(f"{config.loss} needs one class for each sample, and these data have {what}")
        if spec.layers[-1].units < 2:
            raise SpecError(
                f"{config.loss} needs an output for each class, got 1 (layer {len(spec.layers)}); "
                "binary_crossentropy is the loss of one output"
            )

    def close(self) -> None:
        """Give the compiled program back for the next network of this architecture; call nothing after it."""
        _give_back(self._program)
        del self._program
        self._x = self._y = self._data = None

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

    def set_data(self, x: Float32, y: NDArray[Any]) -> None:
        """Put the training samples on the device; one copy is made and shared, 172 MB for MNIST.

        The arrays must not change afterwards.

        Args:
            x: (count, input size) float32.
            y: what is to be learnt, see ``nnviz.data.dataset.Split``.

        Raises:
            SpecError: a shape or a class does not fit the network.
        """
        targets = self._targets(x, y)
        with self._placed():
            self._x, self._y = _resident(self._tf, x, y, targets, self.device)
        self._data = x, y
        self._count = len(y)

    def adapt(self, spec: NetworkSpec, config: TrainingConfig, rest: Parameters | None = None) -> None:
        """Go on as another network or with other values, and keep what has been learnt where it still has a place.

        Weights are carried over as ``nnviz.maths.surgery.carried_parameters`` says. What the optimizer remembers
        of weights whose shape is the same stays, unless it is another optimizer; the rest of it starts afresh.
        Sizes of dropout, L1 and L2, learning rate and schedule cost nothing; what changes the
        computation itself compiles it anew, which takes about a second.

        Args:
            spec: the network wanted.
            config: the training wanted.
            rest: parameters of a network like ``spec`` for what the present one cannot fill; by default it is
                drawn from the seed.

        Raises:
            SpecError: see ``check``, or the data do not fit the new network; all is as before.
        """
        self.check(spec, config, self.task)
        if spec == self.spec and config == self.config:
            return
        old_spec, old_config, parameters = self.spec, self.config, self.parameters()
        if program_key(spec, config, self.task) != self._program.key[1]:
            memory = self.optimizer_state()
            if self._data is not None:
                _check_targets(spec, config, *self._data)
            program = _take_program(spec, config, self.task, self.device)
            _give_back(self._program)
            self._program = program
            self.spec, self.config = spec, config
            self.reset(config.seed)
            if config.optimizer == old_config.optimizer:
                self._recall(memory, matching_layers(old_spec, spec))
            self.set_parameters(carried_parameters(parameters, old_spec, spec, config.seed, rest))
            if self._data is not None:
                self.set_data(*self._data)
        self.spec, self.config = spec, config
        self.set_learning_rate(config.learning_rate)

    def _recall(self, memory: Mapping[str, NDArray[Any]], matches: tuple[int | None, ...]) -> None:
        """Give the optimizer what it remembered, under the old numbers of the layers, of the layers that go on."""
        for name, variable in self._program.slots.items():
            number = _LAYER_NUMBER.search(name)
            before: str | None = name
            if number is not None:
                match = matches[int(number[1]) - 1]
                start, end = number.span(1)
                before = None if match is None else f"{name[:start]}{match + 1}{name[end:]}"
            kept = None if before is None else memory.get(before)
            if kept is not None and kept.shape == tuple(variable.shape):
                variable.assign(kept)

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

    def run_steps(self, indices: NDArray[np.int32], rates: Float32 | None = None) -> StepScalars:
        """Make training steps in order, changing weights and optimizer state.

        Args:
            indices: (steps, batch size), at most ``max_steps`` rows: the samples of each step's batch, −1
                where there is none, as in the short batch at an epoch's end.
            rates: learning rate of each step, (steps,); by default the rate of the configuration.

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
        if rates is None:
            rates = np.full(steps, self.config.learning_rate, np.float32)
        return self._run(indices, rates, self._program.no_extra)

    def run_sample(self, x: Float32, target: Target, rate: float | None = None) -> StepScalars:
        """Make one training step whose batch is one sample, not necessarily one of the data.

        Args:
            x: (input size,).
            target: its right class, or what each output should say, (outputs,).
            rate: learning rate; by default that of the configuration.
        """
        if self._x is None:
            raise SpecError("training needs data, and none are set")
        one = np.asarray(x, np.float32).reshape(1, -1)
        wanted = self._targets(one, _as_batch(target))
        index = np.full((1, self.config.batch_size), -1, np.int32)
        index[0, 0] = self._count  # the number after the last one: the extra sample
        rates = np.full(1, self.config.learning_rate if rate is None else rate, np.float32)
        tf = self._tf
        return self._run(index, rates, (tf.constant(one), tf.constant(wanted)))

    def _run(self, indices: NDArray[np.int32], rates: Float32, extra: tuple[Any, Any]) -> StepScalars:
        tf, steps, most = self._tf, len(indices), self.max_steps
        padded = np.full((most, self.config.batch_size), -1, np.int32)
        padded[:steps] = indices
        all_rates = np.zeros(most, np.float32)
        all_rates[:steps] = rates
        layers = self.spec.layers
        values = [[each.dropout for each in layers], [each.l1 for each in layers], [each.l2 for each in layers]]
        with self._placed():
            chunk = self._program.chunk(self.config.batch_size)
            # No copies: the tensors stay as they are when the chunk gives the variables new ones.
            before = [variable.read_value() for variable in self._program.state]
            out, finite = chunk(
                self._x, self._y, tf.constant(padded), tf.constant(steps, tf.int32), *extra,
                tf.constant(all_rates), tf.constant(values, tf.float32), tf.constant(self.config.seed, tf.int32),
            )  # fmt: skip
        rows: Float32 = out.numpy()[:steps].copy()
        diverged_at = None
        if not bool(finite):
            # One step into NaN must not cost the person the network: the whole chunk is taken back.
            for variable, old in zip(self._program.state, before, strict=True):
                variable.assign(old)
            bad = np.flatnonzero(~np.isfinite(rows[:, 0]))
            diverged_at = int(bad[0]) if len(bad) else steps - 1
        rows.flags.writeable = False
        used = all_rates[:steps]
        used.flags.writeable = False
        return StepScalars(rows[:, 0], rows[:, 1], rows[:, 2::2], rows[:, 3::2], used, diverged_at)

    def forward(self, x: Float32) -> ForwardPass:
        """Pass samples (batch, input size) through the network as it answers: no dropout, moving mean and variance."""
        x = self._samples(x)
        with self._placed():
            z, n, a = self._program.passes(self._tf.constant(x))
        return self._passed(x, z, n, a)

    def probe(self, x: Float32, target: Target) -> tuple[ForwardPass, Gradients]:
        """Pass samples through the network and back: every tensor of it, by TensorFlow's own differentiation.

        As in ``forward`` nothing is dropped, and the gradients are of the loss of these samples, without L1 and L2.

        Args:
            x: (batch, input size).
            target: what the samples should give, see ``Split``; of a batch of 1 also a class or (outputs,).

        Raises:
            SpecError: a shape or a class does not fit the network.
        """
        x = self._samples(x)
        y = self._targets(x, _as_batch(target, len(x)))
        tf, program = self._tf, self._program
        with self._placed():
            loss, z, n, a, dz, da, dv, dx = program.probe(tf.constant(x), tf.constant(y))
        passed = self._passed(x, z, n, a)
        of_output = output_gradient(
            self.config.loss, self.spec.activations[-1], passed.phi_input(-1), passed.output, y, self._slope()
        )[0]
        of_output = np.asarray(of_output, np.float32)
        of_output.flags.writeable = False
        # Where the loss is taken from the logits the tape passes by the output itself: that one is written out.
        return passed, Gradients(
            float(loss), _arrays(dz), (*_arrays(da)[:-1], of_output),
            program.parameters_of(program.learnt, list(_arrays(dv))), _arrays([dx])[0],
        )  # fmt: skip

    def _slope(self) -> Float32 | None:
        slope = self._program.layers[-1].slope
        return None if slope is None else _arrays([slope])[0]

    def _passed(self, x: Float32, z: Any, n: Any, a: Any) -> ForwardPass:
        normalised = tuple(
            array if layer.batch_norm else None for layer, array in zip(self.spec.layers, _arrays(n), strict=True)
        )
        return ForwardPass(x, _arrays(z), _arrays(a), normalised)

    def evaluate(
        self, x: Float32, y: NDArray[Any], cancelled: Callable[[], bool] = lambda: False
    ) -> tuple[float, float] | None:
        """Return mean loss, penalties included as in ``Model.evaluate``, and mean metric, in blocks of 2,048.

        Args:
            x: (count, input size), count at least 1.
            y: what is right, see ``Split``.
            cancelled: asked before each block; None is returned when it answers true.

        Raises:
            SpecError: a shape or a class does not fit the network.
        """
        targets = self._targets(x, y)
        tf, loss, metric = self._tf, 0.0, 0.0
        with self._placed():
            for start in range(0, len(y), EVALUATION_BLOCK):
                if cancelled():
                    return None
                block = slice(start, start + EVALUATION_BLOCK)
                losses, metrics = self._program.sums(tf.constant(x[block]), tf.constant(targets[block]))
                loss += float(losses)
                metric += float(metrics)
            layers = self.spec.layers
            penalty = self._program.penalty(
                tf.constant([layer.l1 for layer in layers], tf.float32),
                tf.constant([layer.l2 for layer in layers], tf.float32),
            )
        return loss / len(y) + float(penalty), metric / len(y)

    def parameters(self) -> Parameters:
        """Return a read-only copy of the weights."""
        variables = [*self._program.learnt, *self._program.moving]
        return self._program.parameters_of(variables, list(_arrays(variables)))

    def set_parameters(self, parameters: Parameters) -> None:
        """Set the weights; the optimizer's state stays.

        Raises:
            SpecError: they are of another network.
        """
        check_shapes(self.spec, parameters)
        for layer, values in zip(self._program.layers, parameters, strict=True):
            layer.assign(values)

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
        import keras

        describe_layers(keras, self.model, self.spec)
        replace_file(path, self.model.save)

    def _samples(self, x: Float32) -> Float32:
        made = np.array(x, np.float32)
        made.flags.writeable = False
        if made.ndim != 2 or made.shape[1] != self.spec.input_size:
            raise SpecError(
                f"{self.spec.title} needs samples (batch, {self.spec.input_size}), got {made.shape}"
            )
        return made

    def _targets(self, x: Float32, y: NDArray[Any]) -> NDArray[Any]:
        return _check_targets(self.spec, self.config, x, y)

    def _placed(self) -> contextlib.AbstractContextManager[Any]:
        """Return a context in which TensorFlow computes on the device."""
        device: contextlib.AbstractContextManager[Any] = self._tf.device(self.device)
        return device


def _check_targets(spec: NetworkSpec, config: TrainingConfig, x: Float32, y: NDArray[Any]) -> NDArray[Any]:
    """Check data against a network and return y as its loss takes it.

    Raises:
        SpecError: a shape or a class does not fit.
    """
    inputs, outputs = spec.input_size, spec.layers[-1].units
    if x.ndim != 2 or x.shape[1] != inputs or y.ndim > 2 or len(y) != len(x) or len(y) == 0:
        raise SpecError(
            f"{spec.title} needs samples (count, {inputs}) and as many answers, got {x.shape} and {y.shape}"
        )
    if y.ndim == 2:
        if takes_classes(config.loss):
            raise SpecError(f"{config.loss} needs one class for each sample, got answers {y.shape}")
        if y.shape[1] != outputs:
            raise SpecError(f"{spec.title} has {outputs} outputs, the data have {y.shape[1]} targets")
        return y
    # Of two classes one output is enough: it says how much the second one is meant.
    classes = 2 if outputs == 1 else outputs
    if y.min() < 0 or y.max() >= classes:
        raise SpecError(f"classes must be from 0 to {classes - 1}, got {y.min()} to {y.max()}")
    return y if takes_classes(config.loss) else dense_target(y, outputs)


def _as_batch(target: Target, count: int = 1) -> NDArray[Any]:
    """Return a class, or what each output should say, as a batch of one; a batch of ``count`` is left as it is."""
    made = np.asarray(target)
    if made.dtype.kind in "iu":
        return np.atleast_1d(made).astype(np.int32)
    made = made.astype(np.float32)
    return made if made.ndim == 2 else made.reshape(count, -1)


def _resident(
    tf: Any, x: Float32, y: NDArray[Any], targets: NDArray[Any], device: str
) -> tuple[Any, Any]:
    """Return the data as tensors; x of the last ones is kept, because most rebuilds use it again."""
    if _last_data and _last_data[0]() is x and _last_data[1] == device:
        x_tensor = _last_data[2]
    else:
        x_tensor = tf.constant(x, tf.float32)
        _last_data[:] = [weakref.ref(x), device, x_tensor]
    return x_tensor, tf.constant(targets)


def _take_program(spec: NetworkSpec, config: TrainingConfig, task: str, device: str) -> Program:
    import keras
    import tensorflow as tf

    key = device, program_key(spec, config, task)
    for program in reversed(_idle_programs):
        if program.key == key:
            _idle_programs.remove(program)
            return program
    with tf.device(device):
        return Program(tf, keras, spec, config, task, device)


def _give_back(program: Program) -> None:
    _idle_programs.append(program)
    while sum(idle.parameter_count for idle in _idle_programs) > KEPT_PARAMETERS:
        del _idle_programs[0]


def _arrays(tensors: Any) -> tuple[Float32, ...]:
    made = tuple(np.array(tensor.numpy()) for tensor in tensors)
    for array in made:
        array.flags.writeable = False
    return made
