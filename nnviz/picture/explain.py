"""Where the values of one unit come from: every number of its formula, taken from a snapshot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.maths.activations import activate, derivative
from nnviz.maths.forward import deviation
from nnviz.picture.refs import BIAS, UnitRef, check
from nnviz.training.records import Snapshot

#: Terms of a sum that are written out; the others are put together.
SHOWN_TERMS = 5
#: How far a may be from φ(z), relative to the larger of |a| and 1, and still be called equal: float32's rounding.
_SAME = 1e-3


@dataclass(frozen=True, slots=True)
class Term:
    """One product a·w of a weighted sum; ``source`` is the unit of the layer before."""

    source: int
    a: float
    w: float

    @property
    def value(self) -> float:
        """a·w."""
        return self.a * self.w


@dataclass(frozen=True, slots=True)
class NormalisedZ:
    """Batch normalisation of one unit: n = γ·(z − mean)/√(variance + ε) + β, see ``maths.parameters.Normalisation``.

    ``deviation`` is √(variance + ε).
    """

    mean: float
    deviation: float
    gamma: float
    beta: float
    n: float


@dataclass(frozen=True, slots=True)
class SoftmaxParts:
    """Softmax of one unit: a = e^z / Σ e^z, the sum over all units of the layer.

    Attributes:
        others: (unit, z) of the strongest other units, the strongest first.
        rest: Σ e^(z − z_max) over those not listed, times e^z_max; may be infinite.
        rest_count: how many those are.
        log_rest: ln Σ e^z over all units but this one; −∞ where it is the only one.
    """

    others: tuple[tuple[int, float], ...]
    rest: float
    rest_count: int
    log_rest: float


@dataclass(frozen=True, slots=True, eq=False)
class UnitExplanation:
    """How a unit's activation comes about.

    Attributes:
        ref: which unit.
        count: samples the values are means of, 1 for a single one.
        activation: name of φ; "" for an input, whose ``a`` is x and which has nothing before it.
        inputs: what enters the layer, (inputs,).
        weights: the unit's incoming weights, (inputs,).
        terms: the products a·w of the largest magnitude, the largest first; those of 0 are left out.
        rest: sum of the other products.
        rest_count: how many those are.
        bias: b, or None in a layer without.
        z: the pre-activation, as the network has it.
        norm: batch normalisation, or None.
        entered: what enters φ: n where there is a normalisation, else z.
        alpha: slope of PReLU below 0, or None.
        phi: φ of ``entered``.
        a: the activation, as the network has it.
        factor: what φ(…) was multiplied by: 1, 0 for a unit that is silenced or dropped, 1/(1 − rate) for one that
            dropout kept.
        reason: why a is not φ(…), in a few words: "" where it is.
        slope: φ′ there, of softmax ∂a/∂z with the z of all other units held; None for means.
        softmax: the parts of a softmax, or None.
        da: dL/da, None without gradients or where it is not a number.
        dz: dL/dz, None without gradients.
        gradient_bias: dL/db, None without gradients or bias.
        delta_bias: Δb that the optimizer applied, or None.
        dx: dL/dx of an input, or None.
    """

    ref: UnitRef
    count: int
    activation: str
    inputs: NDArray[np.floating]
    weights: NDArray[np.floating]
    terms: tuple[Term, ...]
    rest: float
    rest_count: int
    bias: float | None
    z: float
    norm: NormalisedZ | None
    entered: float
    alpha: float | None
    phi: float
    a: float
    factor: float
    reason: str
    slope: float | None
    softmax: SoftmaxParts | None
    da: float | None
    dz: float | None
    gradient_bias: float | None
    delta_bias: float | None
    dx: float | None = None

    @property
    def is_input(self) -> bool:
        """Whether this is an input value, or the bias unit, which is always 1."""
        return not self.activation

    @property
    def total(self) -> float:
        """The sum of what is listed: terms, rest and bias; z but for rounding."""
        return sum(term.value for term in self.terms) + self.rest + (self.bias or 0.0)


def explain_unit(snapshot: Snapshot, ref: UnitRef, terms: int = SHOWN_TERMS) -> UnitExplanation:
    """Return every number of a unit's formula.

    Args:
        snapshot: a sample, or means over several.
        ref: the unit; layer 0 is the input.
        terms: how many products are listed at most.

    Raises:
        SpecError: the network has no such unit.
    """
    check(snapshot.spec, ref)
    if ref.layer == 0 or ref.unit == BIAS:
        return _input(snapshot, ref)
    k, unit = ref.layer - 1, ref.unit
    layer, passed, gradients = snapshot.parameters[k], snapshot.forward, snapshot.gradients
    spec = snapshot.spec.layers[k]
    inputs, weights = passed.layer_input(k)[0], layer.kernel[:, unit]
    products = inputs.astype(np.float64) * weights.astype(np.float64)
    order = np.argsort(-np.abs(products), kind="stable")[:terms]
    shown = [int(place) for place in order if products[place] != 0]
    listed = tuple(Term(place, float(inputs[place]), float(weights[place])) for place in shown)
    entered = passed.phi_input(k)[0]
    slope = None
    softmax = _softmax(entered, unit) if spec.activation == "softmax" else None
    if softmax is not None and snapshot.count == 1:
        share = float(activate("softmax", entered.astype(np.float64))[unit])
        slope = share * (1 - share)
    elif snapshot.count == 1:
        a_row = activate(spec.activation, entered, layer.slope)
        slope = float(derivative(spec.activation, entered, a_row, layer.slope)[unit])
    phi = float(activate(spec.activation, entered, layer.slope)[unit])
    a = float(passed.activations[k][0, unit])
    factor, reason = _held(snapshot, ref, phi, a)
    da = None if gradients is None else float(gradients.activations[k][0, unit])
    return UnitExplanation(
        ref, snapshot.count, spec.activation, inputs, weights, listed, float(np.delete(products, shown).sum()),
        len(products) - len(shown), float(layer.bias[unit]) if spec.use_bias else None,
        float(passed.pre_activations[k][0, unit]), _normalised(snapshot, k, unit), float(entered[unit]),
        None if layer.slope is None else float(layer.slope[unit]), phi, a, factor, reason, slope,
        softmax,
        da if da is not None and np.isfinite(da) else None,
        None if gradients is None else float(gradients.pre_activations[k][0, unit]),
        None if gradients is None or not spec.use_bias else float(gradients.parameters[k].bias[unit]),
        None if snapshot.update is None or not spec.use_bias else float(snapshot.update[k].bias[unit]),
    )


def _input(snapshot: Snapshot, ref: UnitRef) -> UnitExplanation:
    is_bias = ref.unit == BIAS
    x, nothing = 1.0 if is_bias else float(snapshot.sample[ref.unit]), np.zeros(0, np.float32)
    gradients = None if is_bias else snapshot.gradients
    return UnitExplanation(
        ref, snapshot.count, "", nothing, nothing, (), 0.0, 0, None, x, None, x, None, x, x, 1.0, "", None, None,
        None, None, None, None, None if gradients is None else float(gradients.inputs[0, ref.unit]),
    )


def _normalised(snapshot: Snapshot, k: int, unit: int) -> NormalisedZ | None:
    norm, n = snapshot.parameters[k].norm, snapshot.forward.normalised[k]
    if norm is None or n is None:
        return None
    return NormalisedZ(
        float(norm.mean[unit]), float(deviation(norm)[unit]), float(norm.gamma[unit]), float(norm.beta[unit]),
        float(n[0, unit]),
    )


def _held(snapshot: Snapshot, ref: UnitRef, phi: float, a: float) -> tuple[float, str]:
    """Return what φ(…) was multiplied by to give a, and why a is another value than φ(…)."""
    k, unit = ref.layer - 1, ref.unit
    if (ref.layer, unit) in snapshot.hand.silenced:
        return 0.0, "silenced by hand"
    dropped = None if snapshot.dropped is None else snapshot.dropped[k]
    if dropped is not None and dropped[unit]:
        return 0.0, "off in this pass: dropout"
    if snapshot.count > 1:
        return 1.0, f"mean over {snapshot.count:,} samples"
    rate = snapshot.spec.layers[k].dropout
    if dropped is not None and rate:
        return 1 / (1 - rate), f"kept by dropout: divided by 1 − {rate:g}"
    if abs(a - phi) > _SAME * max(1.0, abs(a)):
        return 1.0, "held at another value"
    return 1.0, ""


def _softmax(z: NDArray[np.floating], unit: int, shown: int = 2) -> SoftmaxParts:
    exact = z.astype(np.float64)
    others = [int(place) for place in np.argsort(-exact, kind="stable") if place != unit]
    rest = others[shown:]
    with np.errstate(over="ignore"):
        left = float(np.exp(exact[rest]).sum()) if rest else 0.0
    top = float(exact[others[0]]) if others else 0.0
    log_rest = top + float(np.log(np.exp(exact[others] - top).sum())) if others else -np.inf
    return SoftmaxParts(tuple((place, float(exact[place])) for place in others[:shown]), left, len(rest), log_rest)


def phi_of(unit: UnitExplanation, entered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return φ over a range of what enters the unit; of softmax with the z of all other units held."""
    if unit.softmax is not None:
        return np.asarray(1 / (1 + np.exp(np.clip(unit.softmax.log_rest - entered, -700, 700))))
    slope = None if unit.alpha is None else np.asarray(unit.alpha, np.float64)
    return np.asarray(activate(unit.activation, entered, slope), np.float64)
