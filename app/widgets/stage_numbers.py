"""The numbers in the formulas of a step: what each sign stands for, and the formula of what matters most filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.lessons.one_sample_formulas import PHI
from app.lessons.tex import product_sum, signed, tex_class, tex_exact, tex_factor, tex_number
from app.widgets.network_values import layer_name
from app.widgets.stage_formulas import MEMORIES, general_formula
from nnviz.maths.activations import derivative
from nnviz.maths.forward import deviation
from nnviz.maths.losses import BINARY, LOGIT_OUTPUTS, SPARSE
from nnviz.maths.parameters import Parameters
from nnviz.picture.answers import OutputMeaning, target_of
from nnviz.picture.loss_words import loss_after
from nnviz.training.records import OptimizerStep, Snapshot

Values = NDArray[Any]

#: Signs of the numbers in the rules, by Keras's names, as LaTeX.
CONSTANTS = {
    "momentum": r"\mu", "rho": r"\rho", "beta_1": r"\beta_1", "beta_2": r"\beta_2", "epsilon": r"\varepsilon",
    "weight_decay": r"\lambda", "u_product": r"\Pi",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a sign of a formula stands for at present.

    Attributes:
        sign: as in the formula, in plain signs.
        meaning: in words.
        shape: ``"128"``, ``"784 × 128"``, or "" for a single number.
        rms: root mean square of its entries; of a single number its value.
        largest: entry of the largest magnitude, None for a single number.
    """

    sign: str
    meaning: str
    shape: str
    rms: float
    largest: float | None


@dataclass(frozen=True, slots=True)
class StageFormula:
    """The formula of a stage.

    Attributes:
        latex: in general.
        filled: with the numbers of the unit or weight that matters most, or "".
        of: which one that is, in words.
        symbols: what stands in ``latex``.
    """

    latex: str
    filled: str
    of: str
    symbols: tuple[Symbol, ...]


def symbol(sign: str, meaning: str, values: Values | float) -> Symbol:
    """Return what a sign stands for, of an array its shape, RMS and largest entry."""
    array = np.asarray(values, np.float64)
    if array.ndim == 0:
        return Symbol(sign, meaning, "", float(array), None)
    flat = array.ravel()
    finite = flat[np.isfinite(flat)]
    if not finite.size:
        return Symbol(sign, meaning, _shape(array), float("nan"), float("nan"))
    rms = float(np.sqrt(np.mean(np.square(finite))))
    return Symbol(sign, meaning, _shape(array), rms, float(finite[np.argmax(np.abs(finite))]))


def _shape(array: Values) -> str:
    return " × ".join(f"{size:,}" for size in array.shape)


def stage_formula(snapshot: Snapshot, kind: str, layer: int, meaning: OutputMeaning) -> StageFormula:
    """Return the formula of a stage with its symbols and the present numbers; ``layer`` counts from 1."""
    filled, of = _filled(snapshot, kind, layer, meaning)
    return StageFormula(general_formula(snapshot, kind, layer), filled, of, tuple(_symbols(snapshot, kind, layer)))


def _symbols(s: Snapshot, kind: str, layer: int) -> list[Symbol]:
    g, k = s.gradients, layer - 1
    source = ("x", "input") if layer <= 1 else ("a", f"activation of {layer_name(s, layer - 1)}")
    if kind == "input":
        return [symbol("x", "input", s.sample)]
    forward, parameters, spec = s.forward, s.parameters[max(0, k)], s.spec.layers[max(0, k)]
    z = symbol("z", "pre-activation", forward.pre_activations[max(0, k)][0])
    if kind == "sum":
        made = [symbol(*source, forward.layer_input(k)[0]), symbol("W", "weights", parameters.kernel)]
        return [*made, *([symbol("b", "bias", parameters.bias)] if spec.use_bias else []), z]
    n = symbol("n", "normalised", forward.phi_input(max(0, k))[0])
    if kind == "normalise" and parameters.norm is not None:
        norm = parameters.norm
        return [
            z, symbol("μ", "mean of past batches", norm.mean), symbol("σ²", "their variance", norm.variance),
            symbol("γ", "learnt scale", norm.gamma), symbol("β", "learnt shift", norm.beta), n,
        ]
    a = symbol("a", "activation", forward.activations[max(0, k)][0])
    if kind == "activation":
        made = [n if spec.batch_norm else z]
        if parameters.slope is not None:
            made.append(symbol("α", "learnt slope", parameters.slope))
        return [*made, symbol("p", "probability", forward.output[0]) if spec.activation == "softmax" else a]
    if g is None:
        return []
    target = target_of(s) if s.count == 1 else None
    y = [] if target is None or any(each is None for each in target) else [symbol("y", "target", target)]
    if kind == "loss":
        return [symbol("ŷ" if s.spec.activations[-1] == "linear" else "p", "output", s.forward.output[0]), *y,
                symbol("L", "loss", g.loss)]
    dz = symbol("∂L/∂z", "gradient", g.pre_activations[max(0, k)][0])
    if kind == "output_gradient":
        return [symbol("ŷ" if s.spec.activations[-1] == "linear" else "p", "output", s.forward.output[0]), *y, dz]
    if kind == "gradient":
        return [symbol(*source, forward.layer_input(k)[0]), dz,
                symbol("∂L/∂W", "gradient of the weights", g.parameters[k].kernel)]
    da = symbol("∂L/∂a", "gradient", g.activations[max(0, k)][0])
    if kind == "da":
        return [symbol("∂L/∂z", f"gradient at {layer_name(s, layer + 1)}", g.pre_activations[k + 1][0]),
                symbol("W", f"weights into {layer_name(s, layer + 1)}", s.parameters[k + 1].kernel), da]
    if kind in ("dz", "back"):
        phi = derivative(spec.activation, forward.phi_input(k)[0], forward.activations[k][0], parameters.slope)
        return [da, symbol("φ′", "slope of the activation", phi), dz]
    if kind == "optimizer" and s.optimizer is not None:
        return [symbol("g", "gradient it was given", _all(s.optimizer.gradient)),
                *(symbol(name, "remembered, after this step", _all(kept)) for name, kept in s.optimizer.after),
                symbol("η", "learning rate", s.optimizer.learning_rate)]
    if kind == "update" and s.update is not None:
        made = [symbol("w", "weights", _all(s.parameters)), symbol("Δw", "update applied", _all(s.update))]
        return made if s.optimizer is None else [symbol("η", "learning rate", s.optimizer.learning_rate), *made]
    if kind == "after" and s.forward_after is not None:
        later = loss_after(s) if s.count == 1 else None
        made = [symbol("ŷ", "output before", s.forward.output[0]), symbol("ŷ", "output now", s.forward_after.output[0]),
                symbol("L", "loss before", g.loss)]
        return made if later is None else [*made, symbol("L", "loss now", later)]
    return []


def _all(parameters: Parameters) -> Values:
    return np.concatenate([layer.kernel.ravel() for layer in parameters])


def _unit_of(values: Values, s: Snapshot, layer: int) -> int:
    """Return the unit that matters most: at the output that of the right class, else the largest magnitude."""
    if layer == len(s.spec.layers) and s.label is not None and s.count == 1 and s.label < len(values):
        return s.label
    return int(np.argmax(np.abs(np.nan_to_num(values))))


def _unit_words(s: Snapshot, layer: int, unit: int, meaning: OutputMeaning) -> str:
    if layer == len(s.spec.layers):
        names = meaning.output_names(s.spec.layers[-1].units)
        return f"Output {names[unit] if unit < len(names) else unit}"
    return f"{layer_name(s, layer)}, unit {unit}"


def _index(s: Snapshot, layer: int, unit: int, meaning: OutputMeaning) -> str:
    names = meaning.output_names(s.spec.layers[-1].units) if layer == len(s.spec.layers) else ()
    return tex_class(names[unit]) if unit < len(names) else str(unit)


def _filled(s: Snapshot, kind: str, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    """Return (LaTeX, words) of a stage's formula with the numbers of one unit or weight; both "" where none tells."""
    k, g = layer - 1, s.gradients
    if kind == "sum":
        z = s.forward.pre_activations[k][0]
        unit = _unit_of(z, s, layer)
        weights, uses = s.parameters[k], s.spec.layers[k].use_bias
        bias = float(weights.bias[unit]) if uses else None
        text, _ = product_sum(s.forward.layer_input(k)[0], weights.kernel[:, unit], bias)
        at = _index(s, layer, unit, meaning)
        return rf"z_{{{at}}} \approx {text} \approx {tex_number(float(z[unit]))}", _unit_words(s, layer, unit, meaning)
    if kind == "normalise":
        return _filled_normal(s, layer, meaning)
    if kind == "activation":
        return _filled_activation(s, layer, meaning)
    if g is None:
        return "", ""
    if kind == "loss" and s.count == 1:
        return _filled_loss(s, meaning)
    if kind == "output_gradient" and s.count == 1:
        return _filled_blame(s, meaning)
    if kind == "gradient" and s.count == 1:
        source, unit = _steepest(g.parameters[k].kernel)
        a, dz = float(s.forward.layer_input(k)[0, source]), float(g.pre_activations[k][0, unit])
        at = rf"{source},\, {_index(s, layer, unit, meaning)}"
        value = tex_number(float(g.parameters[k].kernel[source, unit]))
        return (
            rf"\frac{{\partial L}}{{\partial w_{{{at}}}}} \approx {tex_number(a)} \cdot {tex_factor(dz)} "
            rf"\approx {value}",
            f"{_edge_words(s, k, source, unit, meaning)}, the steepest",
        )
    if kind == "da":
        da = g.activations[k][0]
        unit = _unit_of(da, s, layer)
        text, _ = product_sum(g.pre_activations[layer][0], s.parameters[layer].kernel[unit])
        return (
            rf"\frac{{\partial L}}{{\partial a_{{{unit}}}}} \approx {text} \approx {tex_number(float(da[unit]))}",
            f"{_unit_words(s, layer, unit, meaning)}, the most blamed",
        )
    if kind in ("dz", "back") and s.count == 1:
        return _filled_through(s, layer, meaning)
    if kind == "optimizer" and s.optimizer is not None:
        return _filled_memory(s, s.optimizer, meaning)
    if kind == "update" and s.update is not None:
        return _filled_update(s, meaning)
    if kind == "after" and s.forward_after is not None and s.count == 1:
        later = loss_after(s)
        if later is not None:
            return rf"L: \; {tex_number(g.loss)} \;\rightarrow\; {tex_number(later)}", "The loss of this sample"
    return "", ""


def _filled_normal(s: Snapshot, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    norm, k = s.parameters[layer - 1].norm, layer - 1
    if norm is None:
        return "", ""
    n = s.forward.phi_input(k)[0]
    unit = _unit_of(n, s, layer)
    z, mean, gamma, beta = (
        float(v[unit]) for v in (s.forward.pre_activations[k][0], norm.mean, norm.gamma, norm.beta)
    )
    above = f"{tex_number(z)}{signed(-mean, tex_number(abs(mean)))}"
    return (
        rf"n_{{{unit}}} \approx {tex_number(gamma)} \cdot \frac{{{above}}}"
        rf"{{{tex_number(float(deviation(norm)[unit]))}}}{signed(beta, tex_number(abs(beta)))} "
        rf"\approx {tex_number(float(n[unit]))}",
        _unit_words(s, layer, unit, meaning),
    )


def _filled_activation(s: Snapshot, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    k, name = layer - 1, s.spec.activations[layer - 1]
    z, a = s.forward.phi_input(k)[0].astype(np.float64), s.forward.activations[k][0]
    if s.count > 1:
        return "", ""
    unit = _unit_of(a, s, layer)
    at, words = _index(s, layer, unit, meaning), _unit_words(s, layer, unit, meaning)
    value = tex_number(float(z[unit]))
    if name == "softmax":
        top = [int(each) for each in np.argsort(-z)[:3]]
        shown = list(dict.fromkeys([unit, *top]))[:3]
        below = " + ".join(f"e^{{{tex_number(z[each])}}}" for each in shown)
        others = [each for each in range(len(z)) if each not in shown]
        if others:
            with np.errstate(over="ignore"):
                rest = float(np.exp(z[others]).sum())
            below += rf" + \underbrace{{{tex_number(rest)}}}_{{\text{{{len(others)} more}}}}"
        return rf"p_{{{at}}} \approx \frac{{e^{{{value}}}}}{{{below}}} \approx {tex_number(float(a[unit]))}", words
    if s.dropped is not None and s.dropped[k] is not None:
        return rf"z_{{{at}}} \approx {value} \;\rightarrow\; a_{{{at}}} \approx {tex_number(float(a[unit]))}", words
    phi = _numbers_in(PHI[name], value)
    if name == "prelu":
        slope = s.parameters[k].slope
        phi = phi.replace(r"\alpha{k}", tex_number(float(slope[unit])) if slope is not None else r"\alpha")
    if name == "linear":
        return rf"a_{{{at}}} \approx {value}", words
    return rf"a_{{{at}}} \approx {phi.format(k='')} \approx {tex_number(float(a[unit]))}", words


def _numbers_in(phi: str, value: str) -> str:
    """Put a number in the place of z in φ; behind a sign, a letter or a number in parentheses."""
    inner = f"({value})" if value.startswith("{-}") else value
    doubled, bare = (text.replace("{", "{{").replace("}", "}}") for text in (inner, value))
    return phi.replace("(z{k})", f"({bare})").replace("z{k}", doubled)


def _filled_loss(s: Snapshot, meaning: OutputMeaning) -> tuple[str, str]:
    assert s.gradients is not None
    value, outputs = tex_number(s.gradients.loss), s.forward.output.shape[1]
    if s.loss == SPARSE and s.label is not None:
        last = len(s.spec.layers)
        words, at = _unit_words(s, last, s.label, meaning), _index(s, last, s.label, meaning)
        if s.spec.activations[-1] != "softmax":
            return rf"L \approx {value}", f"{words}, the right one"
        given = tex_factor(float(s.forward.output[0, s.label]))
        return rf"L = {{-}}\ln p_{{{at}}} \approx {{-}}\ln {given} \approx {value}", f"{words}, the right one"
    target = target_of(s)
    if target is None or outputs > 1:
        return rf"L \approx {value}", "Mean of all outputs"
    y_hat, y = float(s.forward.output[0, 0]), float(target[0])
    if s.loss == BINARY:
        p = rf"{tex_number(y_hat)}" if y >= 0.5 else rf"(1 - {tex_number(y_hat)})"
        return rf"L \approx {{-}}\ln {p} \approx {value}", "The only output"
    inner = rf"{tex_number(y_hat)}{signed(-y, tex_number(abs(y)))}"
    text = {"mean_squared_error": rf"({inner})^2", "mean_absolute_error": rf"|{inner}|"}.get(s.loss)
    if text is None:
        e = abs(y_hat - y)
        text = rf"\frac{{1}}{{2}} ({inner})^2" if e <= 1 else rf"|{inner}| - \frac{{1}}{{2}}"
    return rf"L \approx {text} \approx {value}", "The only output"


def _filled_blame(s: Snapshot, meaning: OutputMeaning) -> tuple[str, str]:
    assert s.gradients is not None
    last = len(s.spec.layers)
    dz, target = s.gradients.pre_activations[-1][0], target_of(s)
    unit = _unit_of(dz, s, last)
    at, words = _index(s, last, unit, meaning), _unit_words(s, last, unit, meaning)
    left, value = rf"\frac{{\partial L}}{{\partial z_{{{at}}}}} \approx ", tex_number(float(dz[unit]))
    direct = s.loss in (SPARSE, BINARY) and s.spec.activations[-1] in LOGIT_OUTPUTS
    direct = direct or (s.spec.activations[-1] == "linear" and s.loss == "mean_squared_error")
    natural = (s.spec.activations[-1], s.loss) in (("softmax", SPARSE), ("sigmoid", BINARY), ("linear",
                                                   "mean_squared_error"))
    if not direct or not natural or target is None or target[unit] is None:
        return f"{left}{value}", words
    output, y, outputs = float(s.forward.output[0, unit]), float(target[unit]), len(dz)
    inner = rf"{tex_number(output)}{signed(-y, tex_exact(abs(y)))}" if y else rf"{tex_number(output)} - 0"
    if s.loss == "mean_squared_error":
        inner = rf"2 ({inner})"
    elif outputs > 1 and s.loss == BINARY:
        inner = f"({inner})"
    share = rf"\frac{{1}}{{{outputs}}} " if outputs > 1 and s.loss != SPARSE else ""
    return rf"{left}{share}{inner} \approx {value}", words


def _filled_through(s: Snapshot, layer: int, meaning: OutputMeaning) -> tuple[str, str]:
    assert s.gradients is not None
    k, spec, weights = layer - 1, s.spec.layers[layer - 1], s.parameters[layer - 1]
    dz, da = s.gradients.pre_activations[k][0], s.gradients.activations[k][0]
    unit = _unit_of(dz, s, layer)
    slope = float(derivative(
        spec.activation, s.forward.phi_input(k)[0], s.forward.activations[k][0], weights.slope
    )[unit])
    factors = tex_exact(slope)
    if weights.norm is not None:
        factors += rf" \cdot {tex_factor(float((weights.norm.gamma / deviation(weights.norm))[unit]))}"
    if s.dropped is not None and s.dropped[k] is not None:
        # The slope is of what was left; the factor of dropout is the rest.
        return rf"\frac{{\partial L}}{{\partial z_{{{unit}}}}} \approx {tex_number(float(dz[unit]))}", \
            _unit_words(s, layer, unit, meaning)
    return (
        rf"\frac{{\partial L}}{{\partial z_{{{unit}}}}} \approx {tex_number(float(da[unit]))} \cdot {factors} "
        rf"\approx {tex_number(float(dz[unit]))}",
        f"{_unit_words(s, layer, unit, meaning)}, the most blamed",
    )


def _steepest(table: Values) -> tuple[int, int]:
    source, unit = np.unravel_index(int(np.argmax(np.abs(np.nan_to_num(table)))), table.shape)
    return int(source), int(unit)


def _moved_most(parts: Sequence[Values]) -> tuple[int, int, int]:
    """Return (layer from 0, source, unit) of the largest magnitude among tables."""
    k = int(np.argmax([float(np.abs(np.nan_to_num(part)).max()) for part in parts]))
    return (k, *_steepest(parts[k]))


def _edge_words(s: Snapshot, k: int, source: int, unit: int, meaning: OutputMeaning) -> str:
    left = f"input {source}" if k == 0 else _unit_words(s, k, source, meaning)
    return f"From {left} to {_unit_words(s, k + 1, unit, meaning)}"


def _filled_memory(s: Snapshot, done: OptimizerStep, meaning: OutputMeaning) -> tuple[str, str]:
    k, source, unit = _moved_most([layer.kernel for layer in done.gradient])
    parts = [rf"g \approx {tex_number(float(done.gradient[k].kernel[source, unit]))}"]
    old = dict(done.before)
    for name, kept in done.after:
        letter = name if len(name) == 1 else MEMORIES[done.name][0]
        before = tex_number(float(old[name][k].kernel[source, unit])) if name in old else ""
        after = tex_number(float(kept[k].kernel[source, unit]))
        parts.append(rf"{letter}: \; {before} \;\rightarrow\; {after}")
    parts += [
        rf"{CONSTANTS[name]} = {tex_exact(value)}" for name, value in done.constants
        if name in CONSTANTS and name not in ("epsilon", "u_product", "weight_decay")
    ]
    words = f"{_edge_words(s, k, source, unit, meaning)}, the steepest of all"
    return r", \quad ".join(parts), words


def _filled_update(s: Snapshot, meaning: OutputMeaning) -> tuple[str, str]:
    assert s.update is not None
    k, source, unit = _moved_most([layer.kernel for layer in s.update])
    w, delta = float(s.parameters[k].kernel[source, unit]), float(s.update[k].kernel[source, unit])
    fixed = f"{w:.4f}".replace("-", "{-}")
    new = f"{w + delta:.4f}".replace("-", "{-}")
    return (
        rf"w \leftarrow {fixed}{signed(delta, tex_number(abs(delta)))} \approx {new}",
        f"{_edge_words(s, k, source, unit, meaning)}, moved the most",
    )
