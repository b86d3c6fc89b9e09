"""What each optimizer makes of a gradient, in NumPy: Keras' rules written out, for one weight or for many at once.

Keras' own formulas (``keras/src/optimizers/*.py``, the same in Keras 3.8 to 3.15) differ from some papers in where ε
stands; the rules here are those of Keras, with its order of operations but in the precision of what they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import SpecError
from nnviz.spec import OPTIMIZERS

Values = NDArray[np.floating] | float

#: What else each rule must have, by Keras' names; a ``momentum`` that is not there is 0.
CONSTANT_NAMES: dict[str, tuple[str, ...]] = {
    "sgd": (),
    "momentum": (),
    "nesterov": (),
    "adagrad": ("epsilon",),
    "rmsprop": ("rho", "epsilon"),
    "adam": ("beta_1", "beta_2", "epsilon"),
    "adamw": ("beta_1", "beta_2", "epsilon", "weight_decay"),
    "nadam": ("beta_1", "beta_2", "epsilon"),
}
#: By how much Nadam's momentum grows with the steps (Dozat, 2016).
NADAM_DECAY = 0.96


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """What a rule makes of a gradient.

    Attributes:
        delta: Δw, shaped as the weights.
        after: what is remembered after the step, by the words of ``nnviz.training.optimizer_words``.
        parts: numbers on the way, by the name of their sign: ``alpha``, ``m_hat``, ``v_hat``, ``decay``, …
    """

    delta: Any
    after: dict[str, Any]
    parts: dict[str, Any]


def apply_rule(
    name: str, w: Values, g: Values, rate: float, iteration: int,
    constants: Mapping[str, float], before: Mapping[str, Values],
) -> Applied:
    """Return what one step of an optimizer does to weights.

    Args:
        name: one of ``spec.OPTIMIZERS``.
        w: the weights before the step; only AdamW looks at them.
        g: the gradient, shaped as the weights.
        rate: learning rate η of the step.
        iteration: number t of the step, from 1.
        constants: those of ``CONSTANT_NAMES``, ``momentum`` where it is not 0, and of Nadam ``u_product``,
            Π μ₁…μ_t, which is computed where it is not given.
        before: what is remembered, by the words of ``nnviz.training.optimizer_words``.

    Raises:
        SpecError: there is no such optimizer, or a constant or something remembered is missing.
    """
    if name not in OPTIMIZERS:
        raise SpecError(f"optimizer must be one of {', '.join(OPTIMIZERS)}; got {name!r}")
    if missing := [each for each in CONSTANT_NAMES[name] if each not in constants]:
        raise SpecError(f"the rule of {name} needs {missing[0]}, got {', '.join(constants) or 'no constants'}")
    try:
        return _RULES[name](w, g, rate, iteration, constants, before)
    except KeyError as error:
        raise SpecError(
            f"the rule of {name} needs what was remembered as {error.args[0]!r}, got {', '.join(before) or 'nothing'}"
        ) from None


def _sgd(_w: Any, g: Any, rate: float, _t: int, _c: Mapping[str, float], _before: Mapping[str, Any]) -> Applied:
    """Δw = −η·g (Robbins and Monro, 1951)."""
    return Applied(-rate * g, {}, {})


def _momentum(_w: Any, g: Any, rate: float, _t: int, c: Mapping[str, float], before: Mapping[str, Any]) -> Applied:
    """v ← μ·v − η·g, Δw = v (Polyak, 1964)."""
    if not c.get("momentum"):
        return Applied(-rate * g, {}, {})  # Keras then keeps no velocity
    v = c["momentum"] * before["momentum"] - rate * g
    return Applied(v, {"momentum": v}, {})


def _nesterov(_w: Any, g: Any, rate: float, _t: int, c: Mapping[str, float], before: Mapping[str, Any]) -> Applied:
    """v ← μ·v − η·g, Δw = μ·v − η·g (Nesterov, 1983, in the form of Sutskever et al., 2013)."""
    if not c.get("momentum"):
        return Applied(-rate * g, {}, {})
    v = c["momentum"] * before["momentum"] - rate * g
    return Applied(c["momentum"] * v - rate * g, {"momentum": v}, {})


def _adagrad(_w: Any, g: Any, rate: float, _t: int, c: Mapping[str, float], before: Mapping[str, Any]) -> Applied:
    """s ← s + g², Δw = −η·g/√(s + ε) (Duchi, Hazan and Singer, 2011)."""
    s = before["accumulator"] + g * g
    return Applied(-rate * g / np.sqrt(s + c["epsilon"]), {"accumulator": s}, {})


def _rmsprop(_w: Any, g: Any, rate: float, _t: int, c: Mapping[str, float], before: Mapping[str, Any]) -> Applied:
    """v ← ρ·v + (1 − ρ)·g², Δw = −η·g/√(v + ε) (Tieleman and Hinton, 2012), with momentum where Keras has it."""
    v = c["rho"] * before["v"] + (1 - c["rho"]) * g * g
    after, below = {"v": v}, v
    if "average_gradient" in before:  # Keras' "centered"
        mean = c["rho"] * before["average_gradient"] + (1 - c["rho"]) * g
        after["average_gradient"], below = mean, v - mean * mean
    step = rate * g / np.sqrt(below + c["epsilon"])
    if c.get("momentum", 0):
        step = after["momentum"] = c["momentum"] * before["momentum"] + step
    return Applied(-step, after, {})


def _moments(g: Any, c: Mapping[str, float], before: Mapping[str, Any]) -> tuple[Any, Any]:
    m = before["m"] + (g - before["m"]) * (1 - c["beta_1"])
    v = before["v"] + (g * g - before["v"]) * (1 - c["beta_2"])
    return m, v


def _adam(_w: Any, g: Any, rate: float, t: int, c: Mapping[str, float], before: Mapping[str, Any]) -> Applied:
    """Δw = −α·m/(√v + ε), α = η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) (Kingma and Ba, 2015, end of section 2)."""
    m, v = _moments(g, c, before)
    alpha = rate * np.sqrt(1 - c["beta_2"] ** t) / (1 - c["beta_1"] ** t)
    return Applied(-alpha * m / (np.sqrt(v) + c["epsilon"]), {"m": m, "v": v}, {"alpha": alpha})


def _adamw(w: Any, g: Any, rate: float, t: int, c: Mapping[str, float], before: Mapping[str, Any]) -> Applied:
    """Adam's step, and −η·λ·w beside it (Loshchilov and Hutter, 2019); Keras lets biases decay as well."""
    made = _adam(w, g, rate, t, c, before)
    decay = -rate * c["weight_decay"] * w
    return Applied(decay + made.delta, made.after, {**made.parts, "decay": decay})


def nadam_momentum(beta: float, t: int) -> float:
    """Return μ_t of Nadam: β₁·(1 − ½·0.96ᵗ)."""
    return float(beta * (1 - 0.5 * NADAM_DECAY**t))


def _nadam(_w: Any, g: Any, rate: float, t: int, c: Mapping[str, float], before: Mapping[str, Any]) -> Applied:
    """Δw = −η·m̂/(√v̂ + ε), m̂ = μ_{t+1}·m/(1 − Πμ₁…μ_{t+1}) + (1 − μ_t)·g/(1 − Πμ₁…μ_t) (Dozat, 2016)."""
    m, v = _moments(g, c, before)
    now, coming = nadam_momentum(c["beta_1"], t), nadam_momentum(c["beta_1"], t + 1)
    product = c.get("u_product")
    if product is None:
        product = float(np.prod([nadam_momentum(c["beta_1"], each) for each in range(1, t + 1)]))
    m_hat = coming * m / (1 - product * coming) + (1 - now) * g / (1 - product)
    v_hat = v / (1 - c["beta_2"] ** t)
    return Applied(
        -rate * m_hat / (np.sqrt(v_hat) + c["epsilon"]), {"m": m, "v": v},
        {"m_hat": m_hat, "v_hat": v_hat, "mu": now, "mu_next": coming, "u_product": product},
    )


_RULES = {
    "sgd": _sgd, "momentum": _momentum, "nesterov": _nesterov, "adagrad": _adagrad, "rmsprop": _rmsprop,
    "adam": _adam, "adamw": _adamw, "nadam": _nadam,
}  # fmt: skip
