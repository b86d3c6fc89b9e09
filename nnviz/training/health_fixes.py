"""Which change of the plan should mend which finding."""

from __future__ import annotations

from nnviz.spec import Plan
from nnviz.training.activation_stats import SATURATING
from nnviz.training.findings import (
    Finding,
    Fix,
    config_fix,
    is_cold,
    is_hot,
    layers_fix,
    lower_rate,
    rectify,
    suited_initializers,
    usual_rate,
)

__all__ = [
    "calm", "carry_gradients", "cause_words", "desaturate", "get_moving", "lower_rate", "regularise", "revive",
    "smaller_steps",
]  # fmt: skip

#: Batches below this are noisy whatever the rate.
SMALL_BATCH = 8
USUAL_BATCH = 32
#: Srivastava et al. (2014) used 0.5 in wide hidden layers; half as much in small networks does no harm.
USUAL_DROPOUT = 0.3
USUAL_PATIENCE = 5


def smaller_steps(plan: Plan, *, restart: bool) -> Fix:
    """Mend a rate too large for the batch: less noise where batches are tiny (Smith et al., 2018), else less rate."""
    size = plan.config.batch_size
    if size < SMALL_BATCH and not is_hot(plan):
        return config_fix(restart, batch_size=(size, USUAL_BATCH))
    return lower_rate(plan, restart=restart)


def calm(plan: Plan, *, at_first: bool, restart: bool) -> Fix:
    """Mend exploding gradients: the first weights where they explode from the first step on, else the rate."""
    suited = suited_initializers(plan) if at_first else None
    return suited or lower_rate(plan, restart=restart, by=10)


def revive(plan: Plan, layer: int) -> Fix | None:
    """Mend dead units: first weights that are not all 0, or the rate that killed them, or a slope below 0."""
    if plan.spec.layers[layer - 1].kernel_initializer == "zeros":
        return suited_initializers(plan)
    if is_hot(plan):
        return lower_rate(plan, restart=True)
    return layers_fix(plan, {layer: {"activation": "leaky_relu"}}, restart=False)


def desaturate(plan: Plan, layer: int) -> Fix | None:
    """Mend saturated units: the rate that drove them there, or an activation that does not saturate above 0."""
    return lower_rate(plan, restart=True) if is_hot(plan) else rectify(plan, [layer])


def carry_gradients(plan: Plan) -> Fix | None:
    """Mend vanishing gradients: ReLU in place of what saturates, else suitable first weights, else normalisation."""
    hidden = plan.spec.layers[:-1]
    flat = [number for number, layer in enumerate(hidden, start=1) if layer.activation in SATURATING]
    if flat:
        return rectify(plan, flat)
    wanted = {number: {"batch_norm": True} for number in range(1, len(hidden) + 1)}
    return suited_initializers(plan) or layers_fix(plan, wanted, restart=True)


def cause_words(plan: Plan, others: list[Finding], blocked: bool) -> str:
    """Return the end of the sentence that says why a loss does not move, with its full stop."""
    if any(layer.kernel_initializer == "zeros" for layer in plan.spec.layers) and blocked:
        return ": all weights began at 0, and no gradient gets through them."
    for finding in others:
        if finding.layer is not None:
            return f"; see: {finding.title}."
    if blocked:
        return ": no gradient reaches any kernel."
    if is_cold(plan):
        return f": a learning rate of {plan.config.learning_rate:g} moves the weights too little."
    if is_hot(plan):
        return f": a learning rate of {plan.config.learning_rate:g} has thrown the weights where they learn nothing."
    return "."


def get_moving(plan: Plan, others: list[Finding], *, restart: bool) -> Fix | None:
    """Mend a loss that does not move, by what explains it."""
    if any(layer.kernel_initializer == "zeros" for layer in plan.spec.layers):
        return suited_initializers(plan)
    for finding in others:
        if finding.layer is not None and finding.fix is not None:
            return finding.fix
    if is_cold(plan):
        return usual_rate(plan)
    if is_hot(plan):
        return lower_rate(plan, restart=restart)
    hidden = plan.spec.layers[:-1]
    flat = [number for number, layer in enumerate(hidden, start=1) if layer.activation in SATURATING]
    if plan.config.optimizer in ("sgd", "momentum", "nesterov"):
        config = plan.config
        rate = (config.learning_rate, 1e-3)
        return config_fix(False, optimizer=(config.optimizer, "adam"), learning_rate=rate)
    return rectify(plan, flat) if flat else suited_initializers(plan)


def regularise(plan: Plan) -> Fix:
    """Mend overfitting: dropout (Srivastava et al., 2014), or an end at the lowest validation loss."""
    hidden = plan.spec.layers[:-1]
    wanted = {n: {"dropout": USUAL_DROPOUT} for n, layer in enumerate(hidden, start=1) if not layer.dropout}
    dropout = layers_fix(plan, wanted, restart=False)
    if dropout is not None:
        return dropout
    patience = plan.config.patience
    return config_fix(True, patience=(patience, USUAL_PATIENCE if patience != USUAL_PATIENCE else 3))
