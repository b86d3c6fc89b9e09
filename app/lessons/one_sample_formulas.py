"""Formulas of the lesson of one sample: the general one, then the same with the numbers of one unit or edge.

Indices count from 0, as in the picture; layer 0 is the input, so a⁽⁰⁾ = x.
"""

from __future__ import annotations

import numpy as np

from app.lessons.lesson import Formula, Marks, Material
from app.lessons.tex import product_sum, strongest, tex_class, tex_exact, tex_factor, tex_number, tex_sum
from nnviz.maths.activations import derivative
from nnviz.maths.backprop import Gradients
from nnviz.maths.forward import deviation
from nnviz.maths.losses import cross_entropy_from_logits
from nnviz.spec import MOMENTUM_OPTIMIZERS

#: φ(z) of each activation; {k} are the indices of z.
PHI = {
    "relu": r"\max(0,\, z{k})",
    "sigmoid": r"\frac{{1}}{{1 + e^{{-z{k}}}}}",
    "tanh": r"\tanh z{k}",
    "linear": "z{k}",
    "leaky_relu": r"\max(z{k},\, 0.2 \, z{k})",
    "elu": r"\max(0,\, z{k}) + \min(0,\, e^{{z{k}}} - 1)",
    "selu": r"1.0507 \, \max(0,\, z{k}) + 1.7581 \, \min(0,\, e^{{z{k}}} - 1)",
    "gelu": r"z{k} \, \Phi(z{k})",
    "softplus": r"\ln(1 + e^{{z{k}}})",
    "step": r"[\,z{k} \geq 0\,]",
    "prelu": r"\max(0,\, z{k}) + \alpha{k} \, \min(0,\, z{k})",
}
#: φ′(z) of each activation.
SLOPE = {
    "relu": r"[\,z{k} > 0\,]",
    "sigmoid": r"a{k} \, (1 - a{k})",
    "tanh": r"(1 - (a{k})^2)",
    "linear": "1",
    "leaky_relu": r"\max(0.2,\, [\,z{k} > 0\,])",
    "elu": r"\min(1,\, e^{{z{k}}})",
    "selu": r"(1.0507 \, [\,z{k} > 0\,] + 1.7581 \, e^{{z{k}}} \, [\,z{k} \leq 0\,])",
    "gelu": r"(\Phi(z{k}) + z{k} \, \Phi'(z{k}))",
    "softplus": r"\frac{{1}}{{1 + e^{{-z{k}}}}}",
    "step": "0",
    "prelu": r"([\,z{k} > 0\,] + \alpha{k} \, [\,z{k} < 0\,])",
}

_NORMALISED = r"\frac{{z{k} - \mu{k}}}{{\sqrt{{(\sigma^2){k} + \varepsilon}}}}"

# The rules as Keras has them, with ∂L/∂w written g where it stands more than once.
_RULES = {
    # Polyak 1964, and Sutskever et al. 2013 for Nesterov's in this form.
    "momentum": r"v \leftarrow \beta v - \eta \, \frac{\partial L}{\partial w}, \quad \Delta w = v",
    "nesterov": r"v \leftarrow \beta v - \eta g, \quad \Delta w = \beta v - \eta g, \quad "
                r"g = \frac{\partial L}{\partial w}",
    # Duchi, Hazan and Singer 2011.
    "adagrad": r"s \leftarrow s + g^2, \quad \Delta w = {-}\eta \, \frac{g}{\sqrt{s + \varepsilon}}",
    # Tieleman and Hinton 2012.
    "rmsprop": r"s \leftarrow \rho s + (1 - \rho) g^2, \quad \Delta w = {-}\eta \, \frac{g}{\sqrt{s + \varepsilon}}",
    # Kingma and Ba 2015; Loshchilov and Hutter 2019; Dozat 2016.
    "adam": r"\Delta w = {-}\eta \, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}",
    "adamw": r"\Delta w = {-}\eta \, \left( \frac{\hat m}{\sqrt{\hat v} + \varepsilon} + \lambda w \right)",
    "nadam": r"\Delta w = {-}\eta \, \frac{\hat m}{\sqrt{\hat v} + \varepsilon}, \quad "
             r"\hat m = \frac{\mu_{t+1} m}{1 - \mu_1 \cdots \mu_{t+1}} + \frac{(1 - \mu_t) g}{1 - \mu_1 \cdots \mu_t}",
}  # fmt: skip


def gradients(m: Material) -> Gradients:
    """Return the gradients of the sample.

    Raises:
        ValueError: the snapshot has none.
    """
    if m.snapshot.gradients is None:
        raise ValueError("a lesson needs the gradients of its sample, got a snapshot without")
    return m.snapshot.gradients


# -- what is told of -----------------------------------------------------------------------------------------


def focus_unit(m: Material, layer: int) -> int:
    """Return the unit that stands for a layer: right class, most active hidden unit, brightest input."""
    if layer == len(m.snapshot.spec.layers):
        return m.label
    if layer == 0:
        return int(np.argmax(m.snapshot.sample))
    return int(np.argmax(np.abs(m.snapshot.forward.activations[layer - 1][0])))


def blamed_unit(m: Material, layer: int) -> int:
    """Return the unit of a hidden layer with the largest |dL/dz|."""
    return int(np.argmax(np.abs(gradients(m).pre_activations[layer - 1][0])))


def steepest_edge(m: Material, layer: int) -> tuple[int, int]:
    """Return (source, unit) of the largest |dL/dw| among the weights into a dense layer."""
    g = np.abs(gradients(m).parameters[layer - 1].kernel)
    source, unit = np.unravel_index(int(np.argmax(g)), g.shape)
    return int(source), int(unit)


def steepest_of_all(m: Material) -> tuple[int, int, int]:
    """Return (dense layer from 1, source, unit) of the largest |dL/dw| in the network."""
    layers = range(1, len(m.snapshot.spec.layers) + 1)
    sizes = [float(np.abs(gradients(m).parameters[layer - 1].kernel).max()) for layer in layers]
    layer = int(np.argmax(sizes)) + 1
    return (layer, *steepest_edge(m, layer))


def input_marks(m: Material) -> Marks:
    """Mark the brightest input."""
    return Marks(((0, focus_unit(m, 0)),))


def unit_marks(layer: int, m: Material) -> Marks:
    """Mark the unit that stands for the layer."""
    return Marks(((layer, focus_unit(m, layer)),))


def output_marks(m: Material) -> Marks:
    """Mark the right class and, where it is another, the predicted one."""
    last = len(m.snapshot.spec.layers)
    return Marks(tuple((last, unit) for unit in dict.fromkeys((m.label, _rival(m)))))


def gradient_marks(layer: int, m: Material) -> Marks:
    """Mark the edge of the largest gradient."""
    source, unit = steepest_edge(m, layer)
    return Marks(((layer - 1, source), (layer, unit)), (layer, source, unit))


def back_marks(layer: int, m: Material) -> Marks:
    """Mark the unit with the most blame."""
    return Marks(((layer, blamed_unit(m, layer)),))


def update_marks(m: Material) -> Marks:
    """Mark the edge that the optimizer's numbers are told of."""
    layer, source, unit = steepest_of_all(m)
    return Marks(((layer - 1, source), (layer, unit)), (layer, source, unit))


# -- formulas ------------------------------------------------------------------------------------------------


def _at(layer: int, unit: object) -> str:
    """Write the indices of a quantity: the layer above in parentheses, the unit below."""
    return rf"^{{({layer})}}_{{{unit}}}"


def _class_index(m: Material, unit: int) -> str:
    return tex_class(m.class_name(unit))


def _index(m: Material, layer: int, unit: int) -> str:
    return _class_index(m, unit) if layer == len(m.snapshot.spec.layers) else str(unit)


def _unit_words(m: Material, layer: int, unit: int) -> str:
    if layer == len(m.snapshot.spec.layers):
        return f"Class {m.class_name(unit)}"
    shape = m.snapshot.spec.input_shape
    if layer == 0 and len(shape) == 2:
        row, column = divmod(unit, shape[1])
        return f"Pixel {unit} (row {row}, column {column})"
    return f"{m.layer_name(layer)}, unit {unit}"


def _edge_words(m: Material, layer: int, source: int, unit: int) -> str:
    right = _unit_words(m, layer, unit)
    return f"{_unit_words(m, layer - 1, source)} → {right.replace('Class', 'class', 1)}"


def _rival(m: Material) -> int:
    """Return the most probable class besides the right one."""
    p = m.snapshot.forward.output[0].astype(np.float64)
    p[m.label] = -1
    return int(np.argmax(p))


def _w(m: Material, layer: int, source: int, unit: int) -> str:
    return rf"w^{{({layer})}}_{{{source},\,{_index(m, layer, unit)}}}"


def whole(m: Material) -> tuple[Formula, ...]:
    """The network as one function and the number of its parameters."""
    spec = m.snapshot.spec
    counts = " + ".join(rf"{a} \cdot {b} + {b}" for a, b in zip(spec.sizes, spec.sizes[1:], strict=False))
    total = f"{spec.parameter_count:,}".replace(",", "{,}")
    return (
        Formula("The network is one function", r"\mathbf{p} = f(\mathbf{x};\, \mathbf{W}, \mathbf{b})"),
        Formula("Its weights and biases", rf"{counts} = {total}"),
    )


def inputs(m: Material) -> tuple[Formula, ...]:
    """The input as a vector, and its brightest entry."""
    x = m.snapshot.sample
    unit = focus_unit(m, 0)
    size = f"{x.size:,}".replace(",", "{,}")
    fits = float(x.min()) >= 0 and float(x.max()) <= 1
    room = rf"[0, 1]^{{{size}}}" if fits else rf"\mathbb{{R}}^{{{size}}}"
    listed = rf"(x_0,\, x_1,\, \ldots,\, x_{{{x.size - 1}}})"
    return (
        Formula("The input is a vector", rf"\mathbf{{x}} = {listed} \in {room}"),
        Formula(
            f"{_unit_words(m, 0, unit)}, the largest", rf"x_{{{unit}}} \approx {tex_number(float(x[unit]))}"
        ),
    )


def weighted_sum(layer: int, m: Material) -> tuple[Formula, ...]:
    """z = Σ w·a + b, in general and for the unit that stands for the layer."""
    s, unit = m.snapshot, focus_unit(m, layer)
    enter = s.forward.layer_input(layer - 1)[0]
    weights = s.parameters[layer - 1]
    text, _ = product_sum(enter, weights.kernel[:, unit], float(weights.bias[unit]))
    z = float(s.forward.pre_activations[layer - 1][0, unit])
    source = "x_i" if layer == 1 else f"a^{{({layer - 1})}}_i"
    last = layer == len(s.spec.layers)
    what = "the right one" if last else "the most active"
    return (
        Formula(
            "Every class j" if last else "Every unit j",
            rf"z^{{({layer})}}_j = \sum_i {source} \, w^{{({layer})}}_{{i,j}} + b^{{({layer})}}_j"
        ),
        Formula(
            f"{_unit_words(m, layer, unit)}, {what}",
            rf"z{_at(layer, _index(m, layer, unit))} \approx {text} \approx {tex_number(z)}",
        ),
    )


def activation(layer: int, m: Material) -> tuple[Formula, ...]:
    """a = φ(z), in general and with numbers."""
    s = m.snapshot
    name = s.spec.layers[layer - 1].activation
    if name == "softmax":
        return _softmax(layer, m)
    z, a = s.forward.phi_input(layer - 1)[0], s.forward.activations[layer - 1][0]
    units = dict.fromkeys((focus_unit(m, layer), int(np.argmin(z))))
    lines = [Formula("Every unit j", rf"a^{{({layer})}}_j = {_of_entered(PHI[name], layer, m)}")]
    norm, slopes = s.parameters[layer - 1].norm, s.parameters[layer - 1].slope
    if norm is not None:
        k = _at(layer, "j")
        words = "Before it, every sum is normalised: μ and σ² are the mean and variance of past batches"
        lines.insert(0, Formula(words, rf"n{k} = \gamma{k} \, {_NORMALISED.format(k=k)} + \beta{k}"))
    for place, unit in enumerate(units):
        here, value = _at(layer, unit), tex_number(float(z[unit]))
        what = "the most active" if place == 0 else "the most negative sum"
        bent = rf"(e^{{{value}}} - 1) \approx"
        below = float(z[unit]) < 0
        share = "" if slopes is None else tex_number(float(slopes[unit]))
        middle = {
            "relu": rf"\max(0,\, {value}) \approx", "tanh": rf"\tanh({value}) \approx", "linear": "",
            "sigmoid": rf"\frac{{1}}{{1 + e^{{-({value})}}}} \approx",
            "leaky_relu": rf"0.2 \cdot ({value}) \approx" if below else "",
            "elu": bent if below else "",
            "selu": rf"1.7581 \, {bent}" if below else rf"1.0507 \cdot {value} \approx",
            "gelu": rf"{value} \cdot \Phi({value}) \approx",
            "softplus": rf"\ln(1 + e^{{{value}}}) \approx",
            "step": "",
            "prelu": rf"{share} \cdot ({value}) \approx" if below else "",
        }[name]  # fmt: skip
        lines.append(
            Formula(
                f"{_unit_words(m, layer, unit)}, {what}",
                rf"a{here} \approx {middle} {tex_number(float(a[unit]))}",
            )
        )
    return tuple(lines)


def _of_entered(phi: str, layer: int, m: Material) -> str:
    """Write φ or its slope of unit j, of n where the layer is normalised, else of z."""
    text = phi if m.snapshot.parameters[layer - 1].norm is None else phi.replace("z{k}", "n{k}")
    return text.format(k=_at(layer, "j"))


def _softmax(layer: int, m: Material) -> tuple[Formula, ...]:
    s = m.snapshot
    z = s.forward.pre_activations[layer - 1][0].astype(np.float64)
    top = strongest(s.forward.output[0])
    shown = [m.label, *(unit for unit in top if unit != m.label)][:3]
    others = [unit for unit in range(len(z)) if unit not in shown]
    below = " + ".join(f"e^{{{tex_number(z[unit])}}}" for unit in shown)
    if others:
        with np.errstate(over="ignore"):
            rest = float(np.exp(z[others]).sum())
        below += rf" + \underbrace{{{tex_number(rest)}}}_{{\text{{{len(others)} more}}}}"
    above = rf"e^{{{tex_number(z[m.label])}}}"
    p = float(s.forward.output[0, m.label])
    return (
        Formula("Every class j", r"p_j = \frac{e^{z_j}}{\sum_k e^{z_k}}"),
        Formula(
            f"{_unit_words(m, layer, m.label)}, the right one",
            rf"p_{{{_class_index(m, m.label)}}} \approx \frac{{{above}}}{{{below}}} \approx {tex_number(p)}",
        ),
    )


def loss(m: Material) -> tuple[Formula, ...]:
    """L = −ln p of the right class."""
    label = _class_index(m, m.label)
    p = float(m.snapshot.forward.output[0, m.label])
    return (
        Formula("Cross-entropy, y the right class", r"L = {-}\ln p_y"),
        Formula(
            f"Here y is {m.class_name(m.label)}",
            rf"L = {{-}}\ln p_{{{label}}} \approx {{-}}\ln {tex_factor(p)} \approx {tex_number(gradients(m).loss)}",
        ),
    )


def output_gradient(m: Material) -> tuple[Formula, ...]:
    """dL/dz = p − y at the output, for the right class and its rival."""
    last = len(m.snapshot.spec.layers)
    dz = gradients(m).pre_activations[last - 1][0]
    lines = [
        Formula("Every class j; y is 1 at the right one", r"\frac{\partial L}{\partial z_j} = p_j - y_j")
    ]
    for unit in dict.fromkeys((m.label, _rival(m))):
        target = 1 if unit == m.label else 0
        p = float(m.snapshot.forward.output[0, unit])
        words = "the right one: should rise" if target else "its strongest rival: should fall"
        lines.append(
            Formula(
                f"{_unit_words(m, last, unit)}, {words}",
                rf"\frac{{\partial L}}{{\partial z_{{{_class_index(m, unit)}}}}} \approx "
                rf"{tex_number(p)} - {target} \approx {tex_number(float(dz[unit]))}",
            )
        )
    return tuple(lines)


def weight_gradient(layer: int, m: Material) -> tuple[Formula, ...]:
    """dL/dw = a·dL/dz, in general and for the steepest edge."""
    source, unit = steepest_edge(m, layer)
    enter = float(m.snapshot.forward.layer_input(layer - 1)[0, source])
    dz = float(gradients(m).pre_activations[layer - 1][0, unit])
    value = float(gradients(m).parameters[layer - 1].kernel[source, unit])
    left = "x_i" if layer == 1 else f"a^{{({layer - 1})}}_i"
    return (
        Formula(
            "Every weight, from i to j",
            rf"\frac{{\partial L}}{{\partial w^{{({layer})}}_{{i,j}}}} = {left} \cdot "
            rf"\frac{{\partial L}}{{\partial z^{{({layer})}}_j}}",
        ),
        Formula(
            f"{_edge_words(m, layer, source, unit)}, the steepest",
            rf"\frac{{\partial L}}{{\partial {_w(m, layer, source, unit)}}} \approx "
            rf"{tex_number(enter)} \cdot {tex_factor(dz)} \approx {tex_number(value)}",
        ),
    )


def back(layer: int, m: Material) -> tuple[Formula, ...]:
    """dL/dz of a hidden layer from that of the next, in general and for the most blamed unit."""
    s, unit = m.snapshot, blamed_unit(m, layer)
    name = s.spec.layers[layer - 1].activation
    text, _ = product_sum(gradients(m).pre_activations[layer][0], s.parameters[layer].kernel[unit])
    entered, a = s.forward.phi_input(layer - 1)[0], s.forward.activations[layer - 1][0]
    weights = s.parameters[layer - 1]
    slope = float(derivative(name, entered, a, weights.slope)[unit])
    value = float(gradients(m).pre_activations[layer - 1][0, unit])
    phi, words = _of_entered(SLOPE[name], layer, m), "the first factor is the slope of its activation"
    if weights.norm is not None:
        k = _at(layer, "j")
        phi += rf" \, \frac{{\gamma{k}}}{{\sqrt{{(\sigma^2){k} + \varepsilon}}}}"
        slope *= float((weights.norm.gamma / deviation(weights.norm))[unit])
        words = "the first factors are the slopes of its activation and its normalisation"
    return (
        Formula(
            f"Every unit j; {words}",
            rf"\frac{{\partial L}}{{\partial z^{{({layer})}}_j}} = {phi} \cdot \sum_k \frac{{\partial L}}"
            rf"{{\partial z^{{({layer + 1})}}_k}} \, w^{{({layer + 1})}}_{{j,k}}",
        ),
        Formula(
            f"{_unit_words(m, layer, unit)}, the most blamed",
            rf"\frac{{\partial L}}{{\partial z{_at(layer, unit)}}} \approx {tex_exact(slope)} \cdot ({text})"
            rf" \approx {tex_number(value)}",
        ),
    )


def optimizer(m: Material) -> tuple[Formula, ...]:
    """The rule of the optimizer, with the learning rate and the steepest gradient of the network."""
    layer, source, unit = steepest_of_all(m)
    g = float(gradients(m).parameters[layer - 1].kernel[source, unit])
    eta = tex_exact(m.config.learning_rate)
    if m.config.optimizer != "sgd":
        rule = Formula("Every weight", _RULES[m.config.optimizer])
        if m.config.optimizer in MOMENTUM_OPTIMIZERS:
            beta = tex_exact(m.config.momentum)
            return rule, Formula("Learning rate and momentum", rf"\eta = {eta}, \quad \beta = {beta}")
        return rule, Formula("The learning rate", rf"\eta = {eta}")
    step = -m.config.learning_rate * g
    return (
        Formula("Every weight", r"\Delta w = {-}\eta \, \frac{\partial L}{\partial w}"),
        Formula(
            f"{_edge_words(m, layer, source, unit)}, the steepest of all",
            rf"\Delta {_w(m, layer, source, unit)} \approx "
            rf"{{-}}{eta} \cdot {tex_factor(g)} \approx {tex_number(step)}",
        ),
    )


def update(m: Material) -> tuple[Formula, ...]:
    """w ← w + Δw with the update that was really applied; without one, the general formula alone."""
    lines = [Formula("Every weight", r"w \leftarrow w + \Delta w")]
    applied = m.snapshot.update
    if applied is not None:
        layer, source, unit = steepest_of_all(m)
        w = float(m.snapshot.parameters[layer - 1].kernel[source, unit])
        delta = float(applied[layer - 1].kernel[source, unit])
        lines.append(
            Formula(
                f"{_edge_words(m, layer, source, unit)}, as applied",
                rf"{_w(m, layer, source, unit)} \leftarrow {tex_sum(w, delta)}",
            )
        )
    return tuple(lines)


def after(m: Material) -> tuple[Formula, ...]:
    """Probability and loss of the right class, before and after the update."""
    passed = m.snapshot.forward_after
    p = float(m.snapshot.forward.output[0, m.label])
    label = _class_index(m, m.label)
    new_pass = r"\mathbf{p} = f(\mathbf{x};\, \mathbf{W} + \Delta\mathbf{W},\, \mathbf{b} + \Delta\mathbf{b})"
    lines = [Formula("The forward pass with the new weights", new_pass)]
    if passed is not None:
        q = float(passed.output[0, m.label])
        new = float(cross_entropy_from_logits(passed.pre_activations[-1], np.array([m.label]))[0])
        arrow = r"\;\rightarrow\;"
        lines += [
            Formula(
                f"Class {m.class_name(m.label)}",
                rf"p_{{{label}}}: \; {tex_number(p)} {arrow} {tex_number(q)}",
            ),
            Formula("The loss", rf"L: \; {tex_number(gradients(m).loss)} {arrow} {tex_number(new)}"),
        ]
    return tuple(lines)
