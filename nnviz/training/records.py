"""All that crosses from the training thread to whoever looks: frozen values with read-only arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.backprop import Gradients
from nnviz.maths.forward import ForwardPass
from nnviz.maths.parameters import Parameters
from nnviz.spec import NetworkSpec

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class StepRecords:
    """The scalars of a run of consecutive steps (one compiled chunk).

    Attributes:
        generation: counts builds and resets of the network; a record of an older one is stale.
        first_step: number of the first step of the chunk, the first step of training being 1.
        epoch: the epoch the steps belong to, the first being 1.
        loss: mean loss of each step's batch before the step's update, (steps,).
        accuracy: share of each batch classified rightly before the update, (steps,), in [0, 1].
        kernel_rms: root mean square of dL/dW of each layer, (steps, layers).
        bias_rms: root mean square of dL/db of each layer, (steps, layers).
    """

    generation: int
    first_step: int
    epoch: int
    loss: Float32
    accuracy: Float32
    kernel_rms: Float32
    bias_rms: Float32

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
        accuracy: the same mean of the training accuracy, in [0, 1].
        validation_loss: mean loss over the validation set at the epoch's end.
        validation_accuracy: share of the validation set classified rightly, in [0, 1].
        seconds: time spent training this epoch (without pauses and validation).
    """

    generation: int
    epoch: int
    step: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Loss and accuracy over a whole split.

    Attributes:
        generation: see ``StepRecords``.
        split: ``"train"``, ``"validation"`` or ``"test"``.
        step: steps of training the network had at that moment.
        loss: mean loss.
        accuracy: share classified rightly, in [0, 1].
        count: number of samples.
    """

    generation: int
    split: str
    step: int
    loss: float
    accuracy: float
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One sample on its way through the network at one moment: every tensor the picture shows.

    Attributes:
        generation: see ``StepRecords``.
        step: steps of training the weights have had; 0 before the first.
        spec: the network.
        parameters: its weights W, b.
        label: the right class of the sample, or None (a digit just drawn).
        forward: the forward pass of the sample with ``parameters``, batch of 1.
        gradients: dL/d… of this one sample, or None without a label.
        update: ΔW, Δb that the optimizer applied in the step that started from ``parameters``, or None.
        update_batch_size: number of samples in the batch of that step, 0 without one.
        forward_after: the same sample after that update, or None.
        source: whose tensors these are: ``"keras"`` or ``"numpy"``.
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

    @property
    def predicted(self) -> int:
        """The class of the largest output."""
        return int(np.argmax(self.forward.output[0]))

    @property
    def sample(self) -> NDArray[np.floating]:
        """The input, (input size,)."""
        return np.asarray(self.forward.inputs[0])
