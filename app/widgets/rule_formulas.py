"""The optimizers' rules as LaTeX, with the numbers of one weight in one step filled in; Keras' formulas.

See ``nnviz.maths.optimizers`` for the rules and their sources.
"""

from __future__ import annotations

from collections.abc import Callable

from app.lessons.tex import signed, tex_factor, tex_number
from app.widgets.inspector_formulas import Line, aligned, exact
from nnviz.picture.explain_edge import EdgeExplanation, RuleExplanation
from nnviz.picture.quantities import number

#: Names of the optimizers for people.
OPTIMIZER_NAMES = {
    "sgd": "SGD", "momentum": "SGD with momentum", "nesterov": "SGD with Nesterov momentum", "adagrad": "Adagrad",
    "rmsprop": "RMSprop", "adam": "Adam", "adamw": "AdamW", "nadam": "Nadam",
}  # fmt: skip

#: What a line is made of: the sign of what it gives, (general, filled in), and its value.
_Row = tuple[str, str, str, float]


def rule_lines(edge: EdgeExplanation) -> tuple[Line, ...]:
    """Return the step of the optimizer at a weight: its rule in numbers, the applied Δw and the new w."""
    rule, sign = edge.rule, "b" if edge.is_bias else "w"
    lines = []
    if rule is not None:
        batch = f"mean over the batch of {edge.batch_size:,}" if edge.batch_size > 1 else "of the step's one sample"
        head = f"{OPTIMIZER_NAMES[rule.name]}, its step {rule.iteration:,}; g is the {batch}"
        if edge.batch_size <= 1:
            head = f"{OPTIMIZER_NAMES[rule.name]}, its step {rule.iteration:,}; g is {batch}"
        given = rf"g \approx {tex_number(rule.gradient)}, \quad \eta = {exact(rule.learning_rate)}"
        lines.append(Line(head, given, f"g {number(rule.gradient)}, learning rate {rule.learning_rate:.6g}"))
        for name, general, filled, value in _RULES[rule.name](rule):
            rows = [(name, general)] + ([(r"\approx", filled)] if filled else [])
            shown = name.replace(r"\Delta w", rf"\Delta {sign}")
            rows[0] = (shown, general)
            lines.append(
                Line("", aligned(*rows, (r"\approx", tex_number(value))), f"{_plain(shown)} {number(value)}")
            )
    if edge.delta is not None and edge.new_w is not None:
        lines.append(_applied(edge, sign))
    return tuple(lines)


def _applied(edge: EdgeExplanation, sign: str) -> Line:
    """Return w + Δw with enough digits that the weight can be seen to move."""
    delta, new = edge.delta or 0.0, edge.new_w or 0.0
    size = abs(delta)
    decimals = 4
    while size and decimals < 9 and size < 10.0 ** (2 - decimals):
        decimals += 1

    def written(value: float) -> str:
        return f"{value:.{decimals}f}".replace("-", "{-}")

    moved = signed(delta, f"{abs(delta):.{decimals}f}")
    words = "Applied to the weight" if sign == "w" else "Applied to the bias"
    if edge.frozen:
        words = "Frozen by hand: it is not trained"
    rows = (
        (rf"{sign} \; \leftarrow", rf"{sign} + \Delta {sign}"), (r"\approx", f"{written(edge.w)}{moved}"),
        (r"\approx", written(new)),
    )
    return Line(words, aligned(*rows), f"applied update {number(delta)}, new {sign} {new:.{decimals}f}")


def _plain(name: str) -> str:
    for tex, words in ((r"\Delta ", "update of "), (r"\; \leftarrow", ""), (r"\hat ", ""), (r"\alpha", "alpha"),
                       (r"\mu", "mu"), ("=", ""), ("_", " "), ("{", ""), ("}", "")):
        name = name.replace(tex, words)
    return name.strip()


# -- each rule: what is remembered, then Δw ------------------------------------------------------------------------


def _numbers(rule: RuleExplanation) -> tuple[str, str, str]:
    """Return η, g as a factor, and ε."""
    epsilon = exact(rule.constants["epsilon"]) if "epsilon" in rule.constants else ""
    return exact(rule.learning_rate), tex_factor(rule.gradient), epsilon


def _sgd(rule: RuleExplanation) -> list[_Row]:
    eta, g, _ = _numbers(rule)
    return [(r"\Delta w =", r"{-}\eta \, g", rf"{{-}}{eta} \cdot {g}", rule.delta)]


def _velocity(rule: RuleExplanation) -> _Row:
    eta, g, _ = _numbers(rule)
    mu, before = exact(rule.constants["momentum"]), tex_factor(rule.before["momentum"])
    return (
        r"v \; \leftarrow", r"\mu \, v - \eta \, g", rf"{mu} \cdot {before} - {eta} \cdot {g}",
        float(rule.result.after["momentum"]),
    )


def _momentum(rule: RuleExplanation) -> list[_Row]:
    if "momentum" not in rule.result.after:
        return _sgd(rule)
    return [_velocity(rule), (r"\Delta w =", "v", "", rule.delta)]


def _nesterov(rule: RuleExplanation) -> list[_Row]:
    if "momentum" not in rule.result.after:
        return _sgd(rule)
    eta, g, _ = _numbers(rule)
    mu, v = exact(rule.constants["momentum"]), tex_factor(float(rule.result.after["momentum"]))
    filled = rf"{mu} \cdot {v} - {eta} \cdot {g}"
    return [_velocity(rule), (r"\Delta w =", r"\mu \, v - \eta \, g", filled, rule.delta)]


def _adagrad(rule: RuleExplanation) -> list[_Row]:
    eta, g, epsilon = _numbers(rule)
    s = float(rule.result.after["accumulator"])
    return [
        (r"s \; \leftarrow", "s + g^2", rf"{tex_number(rule.before['accumulator'])} + {_squared(rule)}", s),
        (
            r"\Delta w =", r"{-}\frac{\eta \, g}{\sqrt{s + \varepsilon}}",
            rf"{{-}}\frac{{{eta} \cdot {g}}}{{\sqrt{{{tex_number(s)} + {epsilon}}}}}", rule.delta,
        ),
    ]


def _squared(rule: RuleExplanation) -> str:
    text = tex_number(rule.gradient)
    return f"{text}^2" if text.replace(".", "").isdigit() else f"({text})^2"


def _rmsprop(rule: RuleExplanation) -> list[_Row]:
    eta, g, epsilon = _numbers(rule)
    rho, rest = exact(rule.constants["rho"]), exact(1 - rule.constants["rho"])
    after = {name: float(value) for name, value in rule.result.after.items()}
    v = after["v"]
    rows: list[_Row] = [
        (
            r"v \; \leftarrow", r"\rho \, v + (1 - \rho) \, g^2",
            rf"{rho} \cdot {tex_number(rule.before['v'])} + {rest} \cdot {_squared(rule)}", v,
        )
    ]
    below, below_filled = r"v + \varepsilon", rf"{tex_number(v)} + {epsilon}"
    if "average_gradient" in after:
        mean = after["average_gradient"]
        rows.append(
            (
                r"\bar g \; \leftarrow", r"\rho \, \bar g + (1 - \rho) \, g",
                rf"{rho} \cdot {tex_factor(rule.before['average_gradient'])} + {rest} \cdot {g}", mean,
            )
        )
        below = r"v - \bar g^2 + \varepsilon"
        below_filled = rf"{tex_number(v)} - ({tex_number(mean)})^2 + {epsilon}"
    general = rf"\frac{{\eta \, g}}{{\sqrt{{{below}}}}}"
    filled = rf"\frac{{{eta} \cdot {g}}}{{\sqrt{{{below_filled}}}}}"
    if "momentum" in after:
        mu = exact(rule.constants["momentum"])
        rows.append(
            (
                r"u \; \leftarrow", rf"\mu \, u + {general}",
                rf"{mu} \cdot {tex_factor(rule.before['momentum'])} + {filled}", after["momentum"],
            )
        )
        return [*rows, (r"\Delta w =", "{-}u", "", rule.delta)]
    return [*rows, (r"\Delta w =", f"{{-}}{general}", f"{{-}}{filled}", rule.delta)]


def _moments(rule: RuleExplanation) -> list[_Row]:
    beta_1, beta_2 = rule.constants["beta_1"], rule.constants["beta_2"]
    return [
        (
            r"m \; \leftarrow", r"\beta_1 \, m + (1 - \beta_1) \, g",
            rf"{exact(beta_1)} \cdot {tex_factor(rule.before['m'])} + {exact(1 - beta_1)} \cdot "
            rf"{tex_factor(rule.gradient)}", float(rule.result.after["m"]),
        ),
        (
            r"v \; \leftarrow", r"\beta_2 \, v + (1 - \beta_2) \, g^2",
            rf"{exact(beta_2)} \cdot {tex_number(rule.before['v'])} + {exact(1 - beta_2)} \cdot {_squared(rule)}",
            float(rule.result.after["v"]),
        ),
    ]  # fmt: skip


def _adam(rule: RuleExplanation) -> list[_Row]:
    eta, _, epsilon = _numbers(rule)
    beta_1, beta_2 = exact(rule.constants["beta_1"]), exact(rule.constants["beta_2"])
    after, alpha = rule.result.after, float(rule.result.parts["alpha"])
    t = rule.iteration
    general = r"{-}\frac{\alpha \, m}{\sqrt{v} + \varepsilon}"
    filled = (
        rf"{{-}}\frac{{{tex_number(alpha)} \cdot {tex_factor(float(after['m']))}}}"
        rf"{{\sqrt{{{tex_number(float(after['v']))}}} + {epsilon}}}"
    )
    if rule.name == "adamw":
        decay = exact(rule.constants["weight_decay"])
        general = rf"{{-}}\eta \, \lambda \, w {general.replace('{-}', '- ', 1)}"
        filled = rf"{{-}}{eta} \cdot {decay} \cdot {tex_factor(rule.w)} {filled.replace('{-}', '- ', 1)}"
    return [
        *_moments(rule),
        (
            r"\alpha =", r"\eta \, \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}",
            rf"{eta} \cdot \frac{{\sqrt{{1 - {beta_2}^{{{t}}}}}}}{{1 - {beta_1}^{{{t}}}}}", alpha,
        ),
        (r"\Delta w =", general, filled, rule.delta),
    ]


def _nadam(rule: RuleExplanation) -> list[_Row]:
    eta, g, epsilon = _numbers(rule)
    parts = {name: float(value) for name, value in rule.result.parts.items()}
    m, v, beta_2 = float(rule.result.after["m"]), float(rule.result.after["v"]), exact(rule.constants["beta_2"])
    now, coming, product = parts["mu"], parts["mu_next"], parts["u_product"]
    return [
        *_moments(rule),
        (
            r"\mu_t =", r"\beta_1 \, (1 - 0.5 \cdot 0.96^t)",
            rf"{exact(rule.constants['beta_1'])} \, (1 - 0.5 \cdot 0.96^{{{rule.iteration}}})", now,
        ),
        (
            r"\hat m =", r"\frac{\mu_{t+1} \, m}{1 - \mu_1 \cdots \mu_{t+1}} + "
            r"\frac{(1 - \mu_t) \, g}{1 - \mu_1 \cdots \mu_t}",
            rf"\frac{{{tex_number(coming)} \cdot {tex_factor(m)}}}{{1 - {tex_number(product * coming)}}} + "
            rf"\frac{{{tex_number(1 - now)} \cdot {g}}}{{1 - {tex_number(product)}}}", parts["m_hat"],
        ),
        (
            r"\hat v =", r"\frac{v}{1 - \beta_2^t}",
            rf"\frac{{{tex_number(v)}}}{{1 - {beta_2}^{{{rule.iteration}}}}}", parts["v_hat"],
        ),
        (
            r"\Delta w =", r"{-}\frac{\eta \, \hat m}{\sqrt{\hat v} + \varepsilon}",
            rf"{{-}}\frac{{{eta} \cdot {tex_factor(parts['m_hat'])}}}"
            rf"{{\sqrt{{{tex_number(parts['v_hat'])}}} + {epsilon}}}", rule.delta,
        ),
    ]


_RULES: dict[str, Callable[[RuleExplanation], list[_Row]]] = {
    "sgd": _sgd, "momentum": _momentum, "nesterov": _nesterov, "adagrad": _adagrad, "rmsprop": _rmsprop,
    "adam": _adam, "adamw": _adam, "nadam": _nadam,
}  # fmt: skip
