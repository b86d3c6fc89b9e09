"""What can be wrong with a training run, as frozen values, and what would mend it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from nnviz.spec import LayerSpec, Plan

Severity = Literal["error", "warning"]

#: The rules and what they are called, the gravest first.
RULES: dict[str, str] = {
    "not_finite": "Loss is not a finite number",
    "exploding_gradients": "Exploding gradients",
    "learning_rate": "Learning rate too large for the batch",
    "dead_units": "Dead ReLU units",
    "saturated_units": "Saturated units",
    "vanishing_gradients": "Vanishing gradients",
    "no_progress": "Loss does not move",
    "overfitting": "Overfitting",
}
#: Learning rates that usually work with data of standard size: Keras' defaults, and 0.01 for Adagrad as its authors'
#: experiments (Duchi et al., 2011) and most libraries have it.
USUAL_RATES: dict[str, float] = {
    "sgd": 0.01, "momentum": 0.01, "nesterov": 0.01, "adagrad": 0.01,
    "rmsprop": 1e-3, "adam": 1e-3, "adamw": 1e-3, "nadam": 1e-3,
}  # fmt: skip
_SIGNS = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "prelu": "PReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU"}
_RECTIFIERS = ("relu", "leaky_relu", "prelu", "elu", "gelu", "softplus")


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the plan that should mend a finding.

    Attributes:
        words: what will be changed: ``Learning rate 0.1 → 0.03``.
        change: makes the new plan of the present one.
        restart: whether it helps only from the first weights on: those there are cannot learn any more.
    """

    words: str
    change: Callable[[Plan], Plan] = field(compare=False, repr=False)
    restart: bool = False

    @property
    def sentence(self) -> str:
        """What pressing the button will do."""
        return self.words + (", and start again from the seed" if self.restart else "")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a run now.

    Attributes:
        rule: one of ``RULES``.
        severity: ``"error"`` where the run cannot get better by itself, else ``"warning"``.
        layer: number of the dense layer it is about, the first being 1; None for the whole network.
        units: the units of that layer it is about, or None.
        first_step: the first step of which it is true, without interruption until now.
        last_step: the last step of which it is known to be true.
        numbers: what was measured, (name, value).
        why: one sentence.
        fix: what would mend it, or None where nothing in the plan would.
    """

    rule: str
    severity: Severity
    layer: int | None
    units: tuple[int, ...] | None
    first_step: int
    last_step: int
    numbers: tuple[tuple[str, float], ...]
    why: str
    fix: Fix | None

    @property
    def title(self) -> str:
        """The rule and the layer: ``Dead ReLU units in layer 2``."""
        name = RULES[self.rule]
        return name if self.layer is None else f"{name} in layer {self.layer}"

    @property
    def key(self) -> tuple[str, int | None]:
        """What makes it the same finding at a later step: gradients may be worst in another layer by then."""
        return self.rule, self.layer if self.units is not None else None


def amount(value: float) -> str:
    """Write a number for a sentence: three digits, no exponent from 0.001 to a million."""
    if not math.isfinite(value):
        return "∞" if value == math.inf else "not a number"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:#.3g}" if abs(value) < 99.95 else f"{value:,.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


# -- fixes ---------------------------------------------------------------------------------------------------


def is_hot(plan: Plan) -> bool:
    """Whether the learning rate is ten times what is usual for the optimizer, or more."""
    return plan.config.learning_rate >= 9.99 * USUAL_RATES[plan.config.optimizer]


def is_cold(plan: Plan) -> bool:
    """Whether the learning rate is a tenth of what is usual for the optimizer, or less."""
    return plan.config.learning_rate <= 0.101 * USUAL_RATES[plan.config.optimizer]


def lower_rate(plan: Plan, *, restart: bool, by: float = 3.0) -> Fix:
    """Return a fix with a learning rate about ``by`` times as small, and at most ten times the usual one."""
    rate, usual = plan.config.learning_rate, USUAL_RATES[plan.config.optimizer]
    return config_fix(restart, learning_rate=(rate, min(_round(rate / by), 10 * usual)))


def usual_rate(plan: Plan) -> Fix:
    """Return a fix with the learning rate that is usual for the optimizer."""
    return config_fix(False, learning_rate=(plan.config.learning_rate, USUAL_RATES[plan.config.optimizer]))


def config_fix(restart: bool, **changes: tuple[Any, Any]) -> Fix:
    """Return a fix that changes fields of the training configuration, each given as (old, new)."""
    words = [f"{_name(name)} {_value(old)} → {_value(new)}" for name, (old, new) in changes.items()]
    return Fix(_sentence(words), partial(_with_config, {name: new for name, (_, new) in changes.items()}), restart)


def layers_fix(plan: Plan, wanted: dict[int, dict[str, Any]], restart: bool) -> Fix | None:
    """Return a fix that changes layers (number from 1 to fields); None where they are so already."""
    pairs: dict[tuple[str, Any, Any], list[int]] = {}
    for number, fields in wanted.items():
        for name, new in fields.items():
            old = getattr(plan.spec.layers[number - 1], name)
            if old != new:
                pairs.setdefault((name, old, new), []).append(number)
    if not pairs:
        return None
    words = [
        f"{_name(name)} of {layer_words(numbers)} {_value(old)} → {_value(new)}"
        for (name, old, new), numbers in pairs.items()
    ]
    return Fix(_sentence(words), partial(_with_layers, wanted), restart)


def suited_initializers(plan: Plan) -> Fix | None:
    """Return a fix with the initializer that suits each layer's activation; None where they have it.

    He et al. (2015) for ReLU and its kin, LeCun et al. (1998) for SELU, Glorot and Bengio (2010) for the others.
    """
    wanted = {
        number: {"kernel_initializer": suited_initializer(layer)}
        for number, layer in enumerate(plan.spec.layers, start=1)
        if not _is_suited(layer)
    }
    return layers_fix(plan, wanted, restart=True)


def suited_initializer(layer: LayerSpec) -> str:
    """Return the initializer that suits a layer's activation."""
    if layer.activation in _RECTIFIERS:
        return "he_uniform"
    return "lecun_normal" if layer.activation == "selu" else "glorot_uniform"


def rectify(plan: Plan, numbers: Sequence[int]) -> Fix | None:
    """Return a fix that gives layers ReLU and He's initializer (Glorot, Bordes and Bengio, 2011)."""
    wanted = {number: {"activation": "relu", "kernel_initializer": "he_uniform"} for number in numbers}
    return layers_fix(plan, wanted, restart=True)


def layer_words(numbers: Sequence[int]) -> str:
    """Write numbers of layers: ``layer 2``, ``layers 1–3``, ``layers 1 and 4``."""
    if len(numbers) == 1:
        return f"layer {numbers[0]}"
    if list(numbers) == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 2:
        return f"layers {numbers[0]}–{numbers[-1]}"
    return "layers " + ", ".join(str(n) for n in numbers[:-1]) + f" and {numbers[-1]}"


def _is_suited(layer: LayerSpec) -> bool:
    # Glorot's is Keras' default for every layer and close enough to He's for a few layers of ReLU.
    kinds = ("glorot",) if layer.activation == "linear" else ("glorot", "he", "lecun")
    return layer.kernel_initializer.startswith(kinds)


def _with_config(changes: dict[str, Any], plan: Plan) -> Plan:
    return replace(plan, config=replace(plan.config, **changes))


def _with_layers(wanted: dict[int, dict[str, Any]], plan: Plan) -> Plan:
    layers = tuple(
        replace(layer, **wanted.get(number, {})) for number, layer in enumerate(plan.spec.layers, start=1)
    )
    return replace(plan, spec=replace(plan.spec, layers=layers))


def _round(rate: float) -> float:
    """Return the power of ten, or three times one, nearest to a rate in ratio."""
    exponent = round(2 * math.log10(rate))
    return float(f"{1 if exponent % 2 == 0 else 3}e{exponent // 2}")


def _name(field_name: str) -> str:
    return {"batch_norm": "batch normalisation"}.get(field_name, field_name.replace("_", " "))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".") if value >= 1e-6 else f"{value:g}"
    return _SIGNS.get(str(value), str(value).replace("_", " "))


def _sentence(words: list[str]) -> str:
    text = ", ".join(words)
    return text[0].upper() + text[1:]
