"""What one weight does and what the optimizer does to it: every number of its update, taken from a snapshot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnviz.maths.optimizers import Applied, apply_rule
from nnviz.maths.parameters import FloatArray, Parameters
from nnviz.picture.refs import BIAS, EdgeRef, check
from nnviz.training.records import OptimizerStep, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class RuleExplanation:
    """One step of the optimizer at one weight.

    Attributes:
        name: of the optimizer, one of ``spec.OPTIMIZERS``.
        iteration: number t of the step, from 1.
        learning_rate: η of the step.
        constants: by Keras' names, see ``maths.optimizers.CONSTANT_NAMES``.
        w: the weight before the step.
        gradient: g, what the optimizer was given: the mean over the batch, penalties included.
        before, after: what was remembered of the weight, by the textbooks' names.
        result: the rule worked out in double precision from the numbers above.
    """

    name: str
    iteration: int
    learning_rate: float
    constants: dict[str, float]
    w: float
    gradient: float
    before: dict[str, float]
    after: dict[str, float]
    result: Applied

    @property
    def delta(self) -> float:
        """Δw as the rule gives it."""
        return float(self.result.delta)


@dataclass(frozen=True, slots=True, eq=False)
class EdgeExplanation:
    """What is known of one weight; for a bias a is 1.

    Attributes:
        ref: which edge.
        count: samples the values are means of, 1 for a single one.
        w: the weight, or the bias.
        a: what the weight is multiplied by.
        z: pre-activation of the unit it leads to.
        gradient: dL/dw of the sample, or of the samples whose means are shown; None without a label.
        dz: dL/dz of the unit it leads to, None without a label; dL/dw = a·dL/dz for a single sample.
        delta: Δw that was applied, None where no step was taken.
        batch_size: of that step.
        rule: what the optimizer did, None where that is not known.
        frozen: whether a person froze the unit: its weights are then not trained.
    """

    ref: EdgeRef
    count: int
    w: float
    a: float
    z: float
    gradient: float | None
    dz: float | None
    delta: float | None
    batch_size: int
    rule: RuleExplanation | None
    frozen: bool

    @property
    def is_bias(self) -> bool:
        """Whether this is a bias."""
        return self.ref.source == BIAS

    @property
    def contribution(self) -> float:
        """a·w; of a bias b."""
        return self.a * self.w

    @property
    def new_w(self) -> float | None:
        """w + Δw."""
        return None if self.delta is None else self.w + self.delta


def explain_edge(snapshot: Snapshot, ref: EdgeRef) -> EdgeExplanation:
    """Return every number of a weight: what it adds, its gradient, and how the optimizer moves it.

    Raises:
        SpecError: the network has no such weight.
    """
    check(snapshot.spec, ref)
    k = ref.layer - 1
    gradients, update, step = snapshot.gradients, snapshot.update, snapshot.optimizer
    w = entry(snapshot.parameters, ref)
    return EdgeExplanation(
        ref, snapshot.count, w, 1.0 if ref.source == BIAS else float(snapshot.forward.layer_input(k)[0, ref.source]),
        float(snapshot.forward.pre_activations[k][0, ref.unit]),
        None if gradients is None else entry(gradients.parameters, ref),
        None if gradients is None else float(gradients.pre_activations[k][0, ref.unit]),
        None if update is None else entry(update, ref), snapshot.update_batch_size,
        None if step is None else explain_rule(step, w, ref),
        (ref.layer, ref.unit) in snapshot.hand.frozen,
    )


def explain_rule(step: OptimizerStep, w: float, ref: EdgeRef) -> RuleExplanation:
    """Return what an optimizer's step was at one weight ``w``."""
    constants = dict(step.constants)
    g = entry(step.gradient, ref)
    before = {name: entry(values, ref) for name, values in step.before}
    result = apply_rule(step.name, w, g, step.learning_rate, step.iteration, constants, before)
    return RuleExplanation(
        step.name, step.iteration, step.learning_rate, constants, w, g, before,
        {name: entry(values, ref) for name, values in step.after}, result,
    )


def entry(parameters: Parameters, ref: EdgeRef) -> float:
    """Return the entry of a weight or a bias in arrays shaped like the parameters."""
    layer = parameters[ref.layer - 1]
    values: FloatArray = layer.bias if ref.source == BIAS else layer.kernel[ref.source]
    return float(np.float64(values[ref.unit]))
