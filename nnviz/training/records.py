"""All that crosses from the training thread to whoever looks: frozen values with read-only arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.backprop import Gradients
from nnviz.maths.forward import ForwardPass
from nnviz.maths.parameters import FloatArray, Parameters
from nnviz.spec import NetworkSpec, Plan

Float32 = NDArray[np.float32]


def metric_name(task: str) -> str:
    """Return the metric of a task (``nnviz.spec.TASKS``) by its Keras name.

    ``"accuracy"``, in [0, 1]: the share of samples classified rightly, or of labels told rightly (above ½ or not)
    in multilabel. ``"mean_absolute_error"``, at least 0, for regression: the mean over samples and targets of
    |output − target|, in the unit of the target where there is only one, else in its standard deviations.
    """
    return "mean_absolute_error" if task == "regression" else "accuracy"


@dataclass(frozen=True, slots=True, eq=False)
class StepRecords:
    """The scalars of a run of consecutive steps (one compiled chunk).

    Attributes:
        generation: counts builds and resets of the network; a record of an older one is stale.
        first_step: number of the first step of the chunk, the first step of training being 1.
        epoch: the epoch the steps belong to, the first being 1.
        loss: mean loss of each step's batch before the step's update, (steps,).
        metric: the task's metric over each step's batch before the update, (steps,), see ``metric_name``.
        kernel_rms: root mean square of dL/dW of each layer, (steps, layers).
        bias_rms: root mean square of dL/db of each layer, (steps, layers); 0 in a layer without bias.
        learning_rate: the rate each step was made with, (steps,).
    """

    generation: int
    first_step: int
    epoch: int
    loss: Float32
    metric: Float32
    kernel_rms: Float32
    bias_rms: Float32
    learning_rate: Float32

    @property
    def count(self) -> int:
        """Number of steps in the chunk."""
        return len(self.loss)

    @property
    def last_step(self) -> int:
        """Number of the last step of the chunk."""
        return self.first_step + self.count - 1


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """The end of one epoch.

    Attributes:
        generation: see ``StepRecords``.
        epoch: its number, the first being 1.
        step: the last step of the epoch.
        loss: mean training loss over the epoch, each batch weighted by its size, as ``Model.fit`` reports it.
        metric: the same mean of the metric, see ``metric_name``.
        validation_loss: mean loss over the validation set at the epoch's end.
        validation_metric: the metric over the validation set.
        seconds: time spent training this epoch (without pauses and validation).
        stop_reason: why training ends with this epoch although more were planned, in a sentence; else empty.
    """

    generation: int
    epoch: int
    step: int
    loss: float
    metric: float
    validation_loss: float
    validation_metric: float
    seconds: float
    stop_reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ChangeRecord:
    """Network or training were changed between two steps, and what was learnt was kept.

    Attributes:
        generation: see ``StepRecords``; a change keeps it.
        step: the last step before the change.
        before: what was trained until then.
        after: what is trained from then on.
        parameters: the weights the next step begins with.
        matches: for each layer from now on which layer it was before, from 0, or None for a new one.
    """

    generation: int
    step: int
    before: Plan
    after: Plan
    parameters: Parameters
    matches: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Loss and metric over a whole split.

    Attributes:
        generation: see ``StepRecords``.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        step: steps of training the network had at that moment.
        loss: mean loss.
        metric: the task's metric, see ``metric_name``.
        count: number of samples.
    """

    generation: int
    split: str
    step: int
    loss: float
    metric: float
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Earlier weights of a network that changes are measured against.

    Attributes:
        name: what moment it was, in words that follow "since": ``"the start"``, ``"step 300"``.
        step: of training.
        parameters: the weights then.
    """

    name: str
    step: int
    parameters: Parameters


@dataclass(frozen=True, slots=True, eq=False)
class OptimizerStep:
    """What the optimizer did in the step of a snapshot: all that its rule needs, for every weight.

    Attributes:
        name: as in ``TrainingConfig.optimizer``.
        iteration: number of this step since the optimizer began, from 1; Adam's bias correction uses it.
        learning_rate: of this step.
        constants: what else the rule contains and is in force, by Keras's names: ``beta_1``, ``momentum``,
            ``epsilon``, …, for nadam also ``schedule_decay`` 0.96 and ``u_product``, Π of this step; the rules
            themselves are written out in ``optimizer_words``.
        gradient: what the optimizer was given: dL/dW, dL/db of the batch, penalties and dropout included; 0 where
            there is nothing to learn (a bias that is not used, a moving mean).
        before, after: what it remembers of each weight before and after the step, by the names of the textbooks:
            Adam's ``m`` and ``v``, ``momentum``, …; each shaped like the weights.
    """

    name: str
    iteration: int
    learning_rate: float
    constants: tuple[tuple[str, float], ...]
    gradient: Parameters
    before: tuple[tuple[str, Parameters], ...]
    after: tuple[tuple[str, Parameters], ...]


@dataclass(frozen=True, slots=True)
class HandMarks:
    """What a person did to units by hand; each unit is (dense layer from 1, unit).

    Attributes:
        silenced: hidden units whose activation is held at 0, in training too: no gradient goes through them. What the
            optimizer does without a gradient (momentum, weight decay, L1 and L2) still moves the weights into them.
        frozen: units whose incoming weights, bias, γ, β and slope are not trained: no step changes a bit of them.
            Moving mean and variance, which no gradient changes, go on.
    """

    silenced: frozenset[tuple[int, int]] = frozenset()
    frozen: frozenset[tuple[int, int]] = frozenset()

    @property
    def count(self) -> int:
        """Number of marks; a unit that is silenced and frozen has two."""
        return len(self.silenced) + len(self.frozen)


@dataclass(frozen=True, slots=True, eq=False)
class HandRecord:
    """A person changed weights or units by hand between two steps.

    Attributes:
        generation: see ``StepRecords``; an edit keeps it.
        step: the last step before the edit.
        serial: number of the edit, see ``hand.HandEdit``.
        before: the exact values of the weights that were set, in the order they were given.
        parameters: all weights after it.
        marks: silenced and frozen units after it.
    """

    generation: int
    step: int
    serial: int
    before: tuple[float, ...]
    parameters: Parameters
    marks: HandMarks


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One sample on its way through the network at one moment: every tensor the picture shows.

    Attributes:
        generation: see ``StepRecords``.
        step: steps of training the weights have had; 0 before the first.
        spec: the network.
        parameters: its weights W, b.
        label: the right class of the sample, or None: a digit just drawn, or a task without classes.
        forward: the forward pass of the sample with ``parameters``, batch of 1.
        gradients: dL/d… of this one sample, or None without a label.
        update: ΔW, Δb that the optimizer applied in the step that started from ``parameters``, or None.
        update_batch_size: number of samples in the batch of that step, 0 without one.
        forward_after: the same sample after that update, with the same units off, or None.
        source: whose tensors these are: ``"keras"`` or ``"numpy"``.
        target: what each output unit should say, (outputs,): the class one-hot, labels of 0 and 1, or the
            standardised targets of a regression; None where it is not known. See ``losses.dense_target``.
        loss: name of the loss the gradients are of.
        count: number of samples: 1, or of those whose means are shown. A mean of z is exactly mean(a)·W + b, and
            the gradients of the weights are those of the batch; a mean of a is not φ of the mean of z.
        zero_shares: for each dense layer the share of samples for which a unit's activation is 0, (units,), in
            [0, 1]; None for a single sample.
        dropped: for each dense layer which units dropout switched off in this pass, (units,) bool, None for a layer
            without dropout; None where the pass is the network's answer, which has no dropout. The units are those
            that the next step of training (the step of ``update``, where there is one) drops for the first sample of
            its batch: of a step on this sample they are the ones that were off. ``forward`` and ``gradients`` are
            then those of the pass with dropout; batch normalisation has its moving mean and variance all the same.
        reference: earlier weights that changes are measured against, or None.
        reference_note: why there is no reference, in a few words for people; empty where there is one.
        optimizer: what the optimizer did in the step of ``update``, or None.
        hand: units that a person silenced or froze.
        metric: the task's metric over the samples of a mean, see ``metric_name``; None for a single sample.
    """

    generation: int
    step: int
    spec: NetworkSpec
    parameters: Parameters
    label: int | None
    forward: ForwardPass
    gradients: Gradients | None = None
    update: Parameters | None = None
    update_batch_size: int = 0
    forward_after: ForwardPass | None = None
    source: str = "numpy"
    target: FloatArray | None = None
    loss: str = "sparse_categorical_crossentropy"
    count: int = 1
    zero_shares: tuple[FloatArray, ...] | None = None
    dropped: tuple[NDArray[np.bool_] | None, ...] | None = None
    reference: Reference | None = None
    reference_note: str = ""
    optimizer: OptimizerStep | None = None
    hand: HandMarks = HandMarks()
    metric: float | None = None

    @property
    def predicted(self) -> int:
        """The class that the output says: that of the largest, of a single output 1 where it is above ½."""
        output = self.forward.output[0]
        return int(output[0] > 0.5) if len(output) == 1 else int(np.argmax(output))

    @property
    def sample(self) -> NDArray[np.floating]:
        """The input, (input size,)."""
        return np.asarray(self.forward.inputs[0])
