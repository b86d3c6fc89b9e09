"""What a network is to learn, checked against it and made ready for its loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.maths.losses import dense_target
from nnviz.spec import NetworkSpec, TrainingConfig
from nnviz.training.keras_losses import takes_classes

Float32 = NDArray[np.float32]
#: What a sample should give: its class, or what each output should say, (outputs,); or a batch of either.
Target = int | NDArray[Any]


def check_loss(spec: NetworkSpec, config: TrainingConfig, task: str) -> None:
    """Check that a network can be trained by a loss; what only learns badly is let through.

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


def check_targets(spec: NetworkSpec, config: TrainingConfig, x: Float32, y: NDArray[Any]) -> NDArray[Any]:
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


def as_batch(target: Target, count: int = 1) -> NDArray[Any]:
    """Return a class, or what each output should say, as a batch of one; a batch of ``count`` is left as it is."""
    made = np.asarray(target)
    if made.dtype.kind in "iu":
        return np.atleast_1d(made).astype(np.int32)
    made = made.astype(np.float32)
    return made if made.ndim == 2 else made.reshape(count, -1)
