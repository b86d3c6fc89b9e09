"""The formulas of one unit and one weight as LaTeX, with the numbers of a snapshot filled in.

All numbers are rounded to what can be read, hence ≈; the accessible words beside them hold the same numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.lessons.tex import tex_class, tex_factor, tex_number
from nnviz.maths.parameters import NORMALISATION_EPSILON
from nnviz.picture.answers import split_unit
from nnviz.picture.explain import UnitExplanation
from nnviz.picture.explain_edge import EdgeExplanation
from nnviz.picture.quantities import number

#: Signs of the name of an input in a formula.
LONGEST_NAME = 16


@dataclass(frozen=True, slots=True)
class Line:
    """A formula with a caption above it, and what a screen reader says of it."""

    caption: str
    latex: str
    said: str


def aligned(*rows: tuple[str, str]) -> str:
    """Set rows below each other: (what stands left and its sign, what stands right); the signs are aligned."""
    body = r" \\ ".join(f"{left} & {right}" for left, right in rows)
    return rf"\begin{{array}}{{rl}} {body} \end{{array}}"


# -- a unit ----------------------------------------------------------------------------------------------------


def sum_lines(unit: UnitExplanation, columns: int = 0, names: tuple[str, ...] = ()) -> tuple[Line, ...]:
    """Return z as a sum: the largest products, the rest put together, the bias, and what they make.

    Args:
        unit: the unit, not an input.
        columns: of an image input, whose pixels are named by row and column; 0 for other layers.
        names: of the inputs of a table.
    """
    first = unit.ref.layer == 1
    sign = "x" if first else "a"
    general = rf"z = \sum_i {sign}_i \, w_i" + (" + b" if unit.bias is not None else "")
    values = [term.value for term in unit.terms] + ([unit.rest] if unit.rest_count else [])
    values += [] if unit.bias is None else [unit.bias]
    decimals = decimals_for([*values, unit.z])
    rows = []
    for term in unit.terms:
        product = rf"{tex_number(term.a)} \cdot {tex_factor(term.w)}"
        source = _source(sign, term.source, columns if first else 0, names if first else ())
        rows.append((source, product, fixed(term.value, decimals)))
    if unit.rest_count:
        rows.append((rf"\text{{{unit.rest_count:,} more}}", "", fixed(unit.rest, decimals)))
    if unit.bias is not None:
        rows.append(("b", "", fixed(unit.bias, decimals)))
    body = r" \\ ".join(rf"{name} & {product} & \approx & {value}" for name, product, value in rows)
    total = rf"\mathbf{{z}} & & \approx & {fixed(unit.z, decimals)}"
    means = f", mean over {unit.count:,} samples" if unit.count > 1 else ""
    said = f"z {number(unit.z)}: " + ", ".join(
        [f"{number(term.a)} times {number(term.w)}" for term in unit.terms]
        + ([f"{unit.rest_count:,} more {number(unit.rest)}"] if unit.rest_count else [])
        + ([f"bias {number(unit.bias)}"] if unit.bias is not None else [])
    )
    return (
        Line(f"Pre-activation{means}", general, ""),
        Line("", rf"\begin{{array}}{{lrcr}} {body} \\ {total} \end{{array}}", said + means),
        *_normalised_line(unit),
    )


def _source(sign: str, source: int, columns: int, names: tuple[str, ...]) -> str:
    if source < len(names):
        name = split_unit(names[source])[0]
        return tex_class(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].strip()}…")
    if not columns:
        return f"{sign}_{{{source}}}"
    row, column = divmod(source, columns)
    return f"{sign}_{{{row},{column}}}"


def _normalised_line(unit: UnitExplanation) -> tuple[Line, ...]:
    norm = unit.norm
    if norm is None:
        return ()
    general = r"\gamma \, \frac{z - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta"
    filled = (
        rf"{tex_number(norm.gamma)} \cdot \frac{{{tex_number(unit.z)} - {tex_factor(norm.mean)}}}"
        rf"{{{tex_number(norm.deviation)}}} + {tex_factor(norm.beta)}"
    )
    said = (
        f"n {number(norm.n)}: gamma {number(norm.gamma)}, mean {number(norm.mean)}, root of variance plus "
        f"{NORMALISATION_EPSILON:g} {number(norm.deviation)}, beta {number(norm.beta)}"
    )
    rows = (("n =", general), (r"\approx", filled), (r"\approx", tex_number(norm.n)))
    return (Line("Batch normalisation; μ, σ² of past batches", aligned(*rows), said),)


def activation_lines(unit: UnitExplanation) -> tuple[Line, ...]:
    """Return a = φ(z) with its numbers; where a is another value than φ(z) it is not said to be equal."""
    a = tex_number(unit.a)
    if unit.count > 1:
        mean = rf"\bar a = \frac{{1}}{{{unit.count}}} \sum_n \varphi({_entered(unit)}_n) \approx {a}"
        return (Line("Activation, a mean: not φ of the mean", mean, f"mean a {number(unit.a)}"),)
    if unit.reason and unit.factor == 0:
        return (Line(f"Activation: {unit.reason}", f"a = {a}", f"a {number(unit.a)}, {unit.reason}"),)
    if unit.reason and unit.factor == 1:
        return (Line(f"Activation: {unit.reason}", rf"a \approx {a}", f"a {number(unit.a)}, {unit.reason}"),)
    general, filled = phi_tex(unit)
    if unit.reason:
        scale = tex_number(unit.factor)
        general, filled = rf"{scale} \cdot \left({general}\right)", rf"{scale} \cdot {tex_factor(unit.phi)}"
    rows = [("a =", general)]
    if filled:
        rows.append((r"\approx", filled))
    rows.append((r"\approx", a))
    caption = f"Activation: {unit.reason}" if unit.reason else "Activation"
    return (Line(caption, aligned(*rows), f"a {number(unit.a)}"),)


def _entered(unit: UnitExplanation) -> str:
    return "z" if unit.norm is None else "n"


def phi_tex(unit: UnitExplanation) -> tuple[str, str]:
    """Return φ in general, and with the unit's number in it; the second is "" where it says nothing more."""
    z, value = _entered(unit), tex_number(unit.entered)
    factor, below = tex_factor(unit.entered), unit.entered < 0
    bent = rf"(e^{{{value}}} - 1)"
    alpha = tex_factor(unit.alpha or 0.0)
    if unit.softmax is not None:
        parts = [rf"e^{{{tex_number(other)}}}" for _, other in unit.softmax.others]
        if unit.softmax.rest_count:
            rest = rf"\underbrace{{{tex_number(unit.softmax.rest)}}}_{{\text{{{unit.softmax.rest_count:,} more}}}}"
            parts.append(rest)
        below_line = " + ".join([rf"e^{{{value}}}", *parts])
        return rf"\frac{{e^{{{z}}}}}{{\sum_k e^{{{z}_k}}}}", rf"\frac{{e^{{{value}}}}}{{{below_line}}}"
    return {
        "linear": (z, ""),
        "step": (rf"[\,{z} \geq 0\,]", rf"[\,{value} \geq 0\,]"),
        "sigmoid": (rf"\frac{{1}}{{1 + e^{{-{z}}}}}", rf"\frac{{1}}{{1 + e^{{-{factor}}}}}"),
        "tanh": (rf"\tanh {z}", rf"\tanh({value})"),
        "relu": (rf"\max(0,\, {z})", rf"\max(0,\, {value})"),
        "leaky_relu": (rf"\max({z},\, 0.2 \, {z})", rf"0.2 \cdot {factor}" if below else ""),
        "prelu": (
            rf"\max(0,\, {z}) + \alpha \, \min(0,\, {z})", rf"{alpha} \cdot {factor}" if below else "",
        ),
        "elu": (rf"\max(0,\, {z}) + \min(0,\, e^{{{z}}} - 1)", bent if below else ""),
        "selu": (
            rf"1.0507 \, \max(0,\, {z}) + 1.7581 \, \min(0,\, e^{{{z}}} - 1)",
            rf"1.7581 \, {bent}" if below else rf"1.0507 \cdot {value}",
        ),
        "gelu": (rf"{z} \, \Phi({z})", rf"{value} \cdot \Phi({value})"),
        "softplus": (rf"\ln(1 + e^{{{z}}})", rf"\ln(1 + e^{{{value}}})"),
    }[unit.activation]


def gradient_lines(unit: UnitExplanation) -> tuple[Line, ...]:
    """Return dL/da, dL/dz, dL/db and Δb, those there are."""
    rows, said = [], []
    if unit.is_input:
        if unit.dx is None:
            return ()
        latex = rf"\frac{{\partial L}}{{\partial x}} \approx {tex_number(unit.dx)}"
        return (Line("Gradient", latex, f"dL/dx {number(unit.dx)}"),)
    for sign, value in (("a", unit.da), ("z", unit.dz), ("b", unit.gradient_bias)):
        if value is not None:
            rows.append((rf"\frac{{\partial L}}{{\partial {sign}}} \approx", tex_number(value)))
            said.append(f"dL/d{sign} {number(value)}")
    if unit.delta_bias is not None:
        rows.append((r"\Delta b \approx", tex_number(unit.delta_bias)))
        said.append(f"update of b {number(unit.delta_bias)}")
    if not rows:
        return ()
    caption = f"Gradients, mean over {unit.count:,} samples" if unit.count > 1 else "Gradients of this sample"
    return (Line(caption, _side_by_side(rows), ", ".join(said)),)


def _side_by_side(rows: list[tuple[str, str]]) -> str:
    """Set two pairs a row: fractions are high."""
    pairs = [f"{left} & {right}" for left, right in rows]
    lines = [r" & \quad ".join(pairs[start : start + 2]) for start in range(0, len(pairs), 2)]
    body = r" \\ ".join(lines)
    return rf"\begin{{array}}{{rlrl}} {body} \end{{array}}"


# -- a weight --------------------------------------------------------------------------------------------------


def edge_lines(edge: EdgeExplanation) -> tuple[Line, ...]:
    """Return what a weight adds to z, and its gradient."""
    w, a, z = tex_number(edge.w), tex_number(edge.a), tex_number(edge.z)
    sign = "b" if edge.is_bias else "w"
    means = f", mean over {edge.count:,} samples" if edge.count > 1 else ""
    if edge.is_bias:
        lines = [Line(f"Bias, a part of z ≈ {number(edge.z)}{means}", rf"b \approx {w}", f"b {number(edge.w)}")]
    else:
        rows = ((r"w \approx", w), (r"a \approx", a), (r"a \cdot w \approx", tex_number(edge.contribution)))
        lines = [
            Line(
                f"Contribution to z ≈ {number(edge.z)}{means}", aligned(*rows),
                f"w {number(edge.w)}, a {number(edge.a)}, a times w {number(edge.contribution)}, z {z}",
            )
        ]
    if edge.gradient is not None:
        left = rf"\frac{{\partial L}}{{\partial {sign}}}"
        made = tex_number(edge.gradient)
        if edge.count > 1 or edge.dz is None:
            latex = rf"{left} \approx {made}"
        else:
            general = r"\frac{\partial L}{\partial z}" if edge.is_bias else r"a \, \frac{\partial L}{\partial z}"
            rows2 = [(f"{left} =", general)]
            if not edge.is_bias:
                rows2.append((r"\approx", rf"{a} \cdot {tex_factor(edge.dz)}"))
            latex = aligned(*rows2, (r"\approx", made))
        caption = f"Gradient{means}" if means else "Gradient of this sample"
        lines.append(Line(caption, latex, f"dL/d{sign} {number(edge.gradient)}{means}"))
    return tuple(lines)


# -- numbers -----------------------------------------------------------------------------------------------------


def decimals_for(values: list[float]) -> int | None:
    """Return with how many decimals a column of numbers is written: four digits of the largest; None for powers."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if not 1e-4 <= largest < 1e5 or not all(math.isfinite(value) for value in values):
        return None
    return min(6, max(0, 3 - math.floor(math.log10(largest))))


def fixed(value: float, decimals: int | None) -> str:
    """Write a number with so many decimals, or as ``tex_number`` does for None."""
    if decimals is None:
        return tex_number(value)
    text = f"{abs(value):,.{decimals}f}".replace(",", "{,}")
    negative = value < 0 and float(text.replace("{,}", "")) != 0
    return f"{{-}}{text}" if negative else text


def exact(value: float) -> str:
    """Write a constant of a rule as it stands, without the rounding of float32: ``0.9``, ``10^{-7}``."""
    power = math.log10(value) if value > 0 else 0.5
    if abs(power - round(power)) < 1e-6 and abs(power) >= 4:
        return f"10^{{{round(power)}}}"
    short = f"{value:.4g}"
    return short if "e" not in short and abs(float(short) - value) <= 1e-6 * abs(value) else tex_number(value)
