"""Dead and saturated units: findings from one look at how the units answer."""

from __future__ import annotations

import numpy as np

from nnviz.spec import Plan
from nnviz.training import health_fixes as fixes
from nnviz.training.activation_stats import SATURATING, ActivationStats
from nnviz.training.findings import Finding
from nnviz.training.health_limits import DEAD_SHARE, SATURATED_SAMPLES, SATURATED_SHARE


def unit_findings(plan: Plan, stats: ActivationStats, seen: dict[tuple[str, int], int]) -> list[Finding]:
    """Return what is wrong with the units of the hidden layers, and note in ``seen`` since which step, in place.

    Args:
        plan: network and training that ``stats`` are of.
        stats: how the units answer now.
        seen: (rule, layer from 1) to the step of the first look since which it has been so.
    """
    found = []
    for number, layer in enumerate(plan.spec.layers[:-1], start=1):
        for rule in ("dead_units", "saturated_units"):
            dead = rule == "dead_units"
            applies = layer.activation == "relu" if dead else layer.activation in SATURATING
            off = stats.zero[number - 1] == 1 if dead else stats.saturated[number - 1] >= SATURATED_SAMPLES
            units = tuple(int(unit) for unit in np.flatnonzero(off))
            share = len(units) / layer.units
            if not applies or share <= (DEAD_SHARE if dead else SATURATED_SHARE):
                seen.pop((rule, number), None)
                continue
            since = seen.setdefault((rule, number), stats.step)
            why = f"{_count(len(units), layer.units)} " + (
                f"answer 0 to every one of {stats.samples:,} samples; where ReLU is 0 its derivative is 0 too, so they "
                "no longer learn."
                if dead else
                f"are at the end of the range of {layer.activation} for nearly every one of {stats.samples:,} samples, "
                "where its derivative is almost 0, so they hardly learn."
            )
            found.append(
                Finding(
                    rule, "error" if share == 1 else "warning", number, units, since, stats.step,
                    (("share of units", share), ("samples", float(stats.samples))), why,
                    fixes.revive(plan, number) if dead else fixes.desaturate(plan, number),
                )
            )
    return found


def _count(some: int, all_of_them: int) -> str:
    return f"All {some:,} units" if some == all_of_them else f"{some:,} of {all_of_them:,} units"
