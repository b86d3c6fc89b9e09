"""A real ``keras.Model`` and its optimizer, driven fast.

A training step of a small network costs Keras' ``fit`` some 5 ms, nearly all of it Python and dispatch. Here
a whole run of steps is one XLA-compiled loop with the data resident on the device, at 0.3 ms a step. The
gradients are TensorFlow's and the update is made by the Keras optimizer itself inside the loop, so the
weights are those that ``fit`` would have made of the same batches.

All of it must be called from one thread: Keras keeps thread-local state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.backprop import Gradients
from nnviz.maths.forward import ForwardPass
from nnviz.maths.parameters import Parameters, check_shapes, initial_parameters
from nnviz.maths.surgery import carried_parameters, matching_layers
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.storage.atomic import replace_file
from nnviz.training import hand, keras_passes, keras_slots
from nnviz.training.check_values import GradientCheck
from nnviz.training.keras_check import check_with_keras
from nnviz.training.keras_layers import describe_layers
from nnviz.training.keras_passes import Draw
from nnviz.training.keras_program import max_chunk_steps, program_key
from nnviz.training.keras_programs import give_back, placed, resident, take_program
from nnviz.training.keras_slots import OptimizerMoment
from nnviz.training.keras_start import CPU, import_tensorflow, list_devices
from nnviz.training.keras_steps import StepScalars, check_indices, run_chunk
from nnviz.training.keras_targets import Float32, Target, as_batch, check_loss, check_targets
from nnviz.training.records import HandMarks, OptimizerStep, Snapshot

__all__ = [
    "CPU", "Draw", "KerasBackend", "OptimizerMoment", "StepScalars", "Target", "import_tensorflow", "list_devices",
]  # fmt: skip


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
        self.spec = spec
        self.config = config
        self.task = task
        self.device = device
        self._program = take_program(spec, config, task, device)
        self._x: Any = None
        self._y: Any = None
        self._data: tuple[Float32, NDArray[Any]] | None = None
        self._count = 0
        self._last: StepScalars | None = None
        self._marks = hand.NO_MARKS
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
        check_loss(spec, config, task)

    def close(self) -> None:
        """Give the compiled program back for the next network of this architecture; call nothing after it."""
        give_back(self._program)
        del self._program
        self._x = self._y = self._data = self._last = None

    @property
    def model(self) -> Any:
        """The ``keras.Model``; it is the network itself, not a copy."""
        return self._program.model

    @property
    def optimizer(self) -> Any:
        """The Keras optimizer."""
        return self._program.optimizer

    @property
    def marks(self) -> HandMarks:
        """Units that a person silenced or froze; training, probing and evaluation respect them."""
        return self._marks

    @property
    def is_compiled(self) -> bool:
        """Whether the next training step needs no compilation."""
        return bool(self._program.has_chunk(self.config.batch_size, self._marks.count > 0))

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
        with placed(self.device):
            self._x, self._y = resident(x, targets, self.device)
        self._data = x, y
        self._count = len(y)

    def adapt(self, spec: NetworkSpec, config: TrainingConfig, rest: Parameters | None = None) -> None:
        """Go on as another network or with other values, and keep what has been learnt where it still has a place.

        Weights are carried over as ``nnviz.maths.surgery.carried_parameters`` says, and so are silenced and frozen
        units that still are there. What the optimizer remembers
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
        marks = hand.carried_marks(self._marks, old_spec, spec)
        if program_key(spec, config, self.task) != self._program.key[1]:
            memory = self.optimizer_state()
            if self._data is not None:
                check_targets(spec, config, *self._data)
            program = take_program(spec, config, self.task, self.device)
            give_back(self._program)
            self._program, self._last = program, None
            self.spec, self.config = spec, config
            self.reset(config.seed)
            if config.optimizer == old_config.optimizer:
                keras_slots.recall(self._program.slots, memory, matching_layers(old_spec, spec))
            self.set_parameters(carried_parameters(parameters, old_spec, spec, config.seed, rest))
            if self._data is not None:
                self.set_data(*self._data)
        self.spec, self.config, self._marks = spec, config, marks
        self.set_learning_rate(config.learning_rate)

    def warm_up(self) -> None:
        """Compile the training loop, which takes about a second; the network stays as it is.

        Raises:
            SpecError: there are no data.
        """
        before = self._program.read()
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
        check_indices(indices, self.config.batch_size, self._count)
        if rates is None:
            rates = np.full(len(indices), self.config.learning_rate, np.float32)
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
        wanted = self._targets(one, as_batch(target))
        index = np.full((1, self.config.batch_size), -1, np.int32)
        index[0, 0] = self._count  # the number after the last one: the extra sample
        rates = np.full(1, self.config.learning_rate if rate is None else rate, np.float32)
        import tensorflow as tf

        return self._run(index, rates, (tf.constant(one), tf.constant(wanted)))

    def _run(self, indices: NDArray[np.int32], rates: Float32, extra: tuple[Any, Any]) -> StepScalars:
        data = self._x, self._y
        self._last = run_chunk(self._program, self.spec, self.config, data, indices, rates, extra, self._marks)
        return self._last

    @property
    def next_draw(self) -> Draw | None:
        """The draw of dropout that the next step uses; None for a network without dropout."""
        if not any(layer.dropout for layer in self.spec.layers):
            return None
        return self.config.seed, int(self.optimizer.iterations.numpy())

    def forward(self, x: Float32, draw: Draw | None = None) -> ForwardPass:
        """Pass samples (batch, input size) through the network as it answers: no dropout, moving mean and variance.

        Args:
            x: samples.
            draw: where given, the units are off that this step of training switches off for the first sample of its
                batch, see ``next_draw``; mean and variance are the moving ones all the same.
        """
        return keras_passes.forward(self._program, self.spec, self._samples(x), draw, self._marks)

    def probe(self, x: Float32, target: Target, draw: Draw | None = None) -> tuple[ForwardPass, Gradients]:
        """Pass samples through the network and back: every tensor of it, by TensorFlow's own differentiation.

        As in ``forward`` nothing is dropped without a draw, and the gradients are of the loss of these samples,
        without L1 and L2.

        Args:
            x: (batch, input size).
            target: what the samples should give, see ``Split``; of a batch of 1 also a class or (outputs,).
            draw: as in ``forward``.

        Raises:
            SpecError: a shape or a class does not fit the network.
        """
        x = self._samples(x)
        y = self._targets(x, as_batch(target, len(x)))
        return keras_passes.probe(self._program, self.spec, self.config.loss, x, y, draw, self._marks)

    def check_gradients(
        self, snapshot: Snapshot, batch: tuple[Float32, NDArray[Any]] | None = None,
        progressed: Callable[[int, int], None] = lambda done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> GradientCheck | None:
        """Compare a snapshot's gradients with those of the Keras model itself, of NumPy and of differences.

        The model is asked with the snapshot's weights and silenced units; those it has are back afterwards, bit by bit.

        Args:
            snapshot: of a network like this one; with gradients, of one sample.
            batch: a few samples more and what is right for them, checked in the same manner; their gradients are those
                of ``probe``.
            progressed: told how many parts of how many are done.
            cancelled: asked before each layer.

        Returns:
            None when cancelled.

        Raises:
            SpecError: the snapshot is of another network or loss, or has no gradients that can be checked.
        """
        if snapshot.spec != self.spec or snapshot.loss != self.config.loss:
            raise SpecError(f"a check needs a snapshot of {self.spec.title} with the loss {self.config.loss}")
        mine, marks = self.parameters(), self._marks
        self.set_parameters(snapshot.parameters)
        self._marks = snapshot.hand
        try:
            return check_with_keras(self._program, snapshot, batch, self.probe, progressed, cancelled)
        finally:
            self._marks = marks
            self.set_parameters(mine)

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
        return keras_passes.evaluate(self._program, self.spec, x, targets, cancelled, self._marks)

    def parameters(self) -> Parameters:
        """Return a read-only copy of the weights."""
        variables = [*self._program.learnt, *self._program.moving]  # with which ``Program.state`` begins
        values = keras_passes.arrays(self._program.read()[: len(variables)])
        return self._program.parameters_of(variables, list(values))

    def set_parameters(self, parameters: Parameters) -> None:
        """Set the weights; the optimizer's state stays.

        Raises:
            SpecError: they are of another network.
        """
        check_shapes(self.spec, parameters)
        for layer, values in zip(self._program.layers, parameters, strict=True):
            layer.assign(values)

    def set_marks(self, marks: HandMarks) -> None:
        """Silence and freeze units, those of ``marks`` and no others, from the next step on.

        The first marks of a program have its training compiled anew at the next step, about a second; others then
        cost nothing, and without any the training is the one compiled before.

        Raises:
            SpecError: see ``hand.check_marks``; all is as before.
        """
        hand.check_marks(self.spec, marks)
        self._marks = marks

    def set_values(self, values: hand.WeightValues) -> tuple[float, ...]:
        """Set some weights and biases, all or none; the optimizer's state stays. Return what they were.

        Raises:
            SpecError: there is no such weight, or a value is none, see ``hand.weight_value``.
        """
        for ref, value in values:
            hand.check_edge(self.spec, ref)
            hand.weight_value(value)
        parameters = self.parameters()
        before = tuple(hand.value_of(parameters, ref) for ref, _value in values)
        if values:
            self.set_parameters(hand.with_values(parameters, values))
        return before

    def reset(self, seed: int) -> None:
        """Draw first weights, forget the optimizer's state and all marks by hand; learning rate and data stay."""
        self._marks = hand.NO_MARKS
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
        return keras_slots.values(self._program.slots)

    def optimizer_moment(self) -> OptimizerMoment:
        """Return what the optimizer remembers now, without copying it; for ``optimizer_step`` after the next step."""
        return keras_slots.remembered(self._program)

    def optimizer_step(self, before: OptimizerMoment) -> OptimizerStep:
        """Return what the optimizer did in the last step, with read-only copies of all it was given and has.

        Args:
            before: ``optimizer_moment`` just before that step.

        Raises:
            SpecError: no step was made since the network was built.
        """
        last = self._last
        if last is None:
            raise SpecError("the optimizer has made no step yet")
        rate = float(last.learning_rate[-1])
        return keras_slots.describe_step(self._program, self.config.optimizer, before, last.gradients, rate)

    def set_optimizer_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Set what ``optimizer_state`` returned.

        Raises:
            SpecError: an entry is missing or of another shape.
        """
        keras_slots.assign(self._program.slots, state)

    def save(self, path: Path) -> None:
        """Write the model as a ``.keras`` file, whole or not at all.

        Silenced units are written with outgoing weights of 0, so that the file answers as the network does here;
        that a unit is frozen is nothing that a Keras model can say.

        Raises:
            SaveError: it could not be written; what stood there before is untouched.
        """
        if path.suffix != ".keras":
            raise SpecError(f"a Keras model's file name must end in .keras, got {path.name!r}")
        import keras

        describe_layers(keras, self.model, self.spec)
        if not self._marks.silenced:
            replace_file(path, self.model.save)
            return
        parameters = self.parameters()
        self.set_parameters(hand.without_silenced(parameters, self._marks))
        try:
            replace_file(path, self.model.save)
        finally:
            self.set_parameters(parameters)

    def _samples(self, x: Float32) -> Float32:
        made = np.array(x, np.float32)
        made.flags.writeable = False
        if made.ndim != 2 or made.shape[1] != self.spec.input_size:
            raise SpecError(
                f"{self.spec.title} needs samples (batch, {self.spec.input_size}), got {made.shape}"
            )
        return made

    def _targets(self, x: Float32, y: NDArray[Any]) -> NDArray[Any]:
        return check_targets(self.spec, self.config, x, y)
