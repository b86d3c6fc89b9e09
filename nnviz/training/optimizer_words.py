"""What optimizers remember and contain, in the words of the textbooks; Keras's own names stand here only.

The rules, as Keras applies them to each weight w with gradient g, learning rate η and iteration t from 1:

- sgd: w ← w − η·g; momentum: m ← μ·m − η·g, w ← w + m; nesterov: the same m, w ← w + μ·m − η·g.
- adagrad: v ← v + g², w ← w − η·g / √(v + ε) (Duchi, Hazan and Singer, 2011); v is ``accumulator`` here.
- rmsprop: v ← ρ·v + (1 − ρ)·g², w ← w − η·g / √(v + ε) (Hinton, 2012).
- adam: m ← m + (1 − β₁)·(g − m), v ← v + (1 − β₂)·(g² − v),
  w ← w − η·√(1 − β₂ᵗ) / (1 − β₁ᵗ)·m / (√v + ε) (Kingma and Ba, 2015, the form before section 2.1).
- adamw: first w ← w − η·λ·w, λ the weight decay, then as adam (Loshchilov and Hutter, 2019); biases decay too.
- nadam: m and v as adam, u(t) = β₁·(1 − ½·0.96ᵗ), Π = u(1)·…·u(t), v̂ = v / (1 − β₂ᵗ),
  w ← w − η·(u(t+1)·m / (1 − Π·u(t+1)) + (1 − u(t))·g / (1 − Π)) / (√v̂ + ε) (Dozat, 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: For each of ``nnviz.spec.OPTIMIZERS`` what it remembers of every weight: the textbooks' word, and Keras's.
SLOT_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "sgd": (),
    "momentum": (("momentum", "momentum"),),
    "nesterov": (("momentum", "momentum"),),
    "adagrad": (("accumulator", "accumulator"),),
    "rmsprop": (("v", "velocity"),),
    "adam": (("m", "momentum"), ("v", "velocity")),
    "adamw": (("m", "momentum"), ("v", "velocity")),
    "nadam": (("m", "momentum"), ("v", "velocity")),
}
#: Keras's names of the numbers in a rule, in the order they are told.
_CONSTANTS = (
    "momentum", "nesterov", "rho", "beta_1", "beta_2", "epsilon", "weight_decay", "clipnorm", "clipvalue",
    "global_clipnorm",
)  # fmt: skip
#: What 0.96 in the rule of Nadam is called; Keras has it as a bare number.
NADAM_DECAY = ("schedule_decay", 0.96)


def rule_constants(name: str, config: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """Return the numbers of a rule, by Keras's names, without those that are not in force (None, false or 0).

    Args:
        name: one of ``nnviz.spec.OPTIMIZERS``.
        config: what the Keras optimizer's ``get_config`` says.
    """
    made = [(each, float(config[each])) for each in _CONSTANTS if config.get(each)]
    if name == "nadam":
        made.append(NADAM_DECAY)
    return tuple(made)
