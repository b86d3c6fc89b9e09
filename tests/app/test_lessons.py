"""The lesson's words and formulas hold the numbers of the network, and what is written as a sum adds up."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from scipy import special

from app.lessons import CHAPTERS
from app.lessons.lesson import Formula, Lesson, Material, Slide
from app.lessons.one_sample_formulas import blamed_unit, focus_unit, steepest_edge, steepest_of_all
from app.lessons.tex import product_sum, tex_class, tex_exact, tex_factor, tex_number, tex_sum
from app.widgets.formula import typeset
from nnviz.maths.backprop import backward
from nnviz.maths.forward import forward
from nnviz.maths.parameters import LayerParameters, Normalisation, Parameters
from nnviz.picture.timeline import stages
from nnviz.spec import OPTIMIZERS, LayerSpec, NetworkSpec, TrainingConfig, classifier
from nnviz.training.records import Snapshot

SIZES = (9, 7, 5, 4)
RATE = 0.05
LABEL = 2
PHI = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "leaky_relu": lambda z: np.maximum(z, 0.2 * z),
    "elu": lambda z: np.maximum(z, 0) + np.minimum(0, np.exp(z) - 1),
    "selu": lambda z: 1.05070098 * (np.maximum(z, 0) + 1.67326324 * np.minimum(0, np.exp(z) - 1)),
    "gelu": lambda z: z * special.ndtr(z),
    "softplus": lambda z: np.log(1 + np.exp(z)),
}


def oracle_loss(weights: list[tuple[np.ndarray, np.ndarray]], x: np.ndarray, name: str, label: int) -> float:
    """−log softmax(…)[label] in double precision, written anew."""
    a = x
    for number, (kernel, bias) in enumerate(weights):
        z = np.array([sum(a[i] * kernel[i, j] for i in range(len(a))) + bias[j] for j in range(len(bias))])
        last = number == len(weights) - 1
        a = z if last else PHI[name](z)
    return float(np.log(np.exp(a).sum()) - a[label])


def parameters_of(seed: int) -> Parameters:
    random = np.random.default_rng(seed)
    return tuple(
        LayerParameters(
            random.normal(0, 0.8, (a, b)).astype(np.float32), random.normal(0, 0.3, b).astype(np.float32)
        )
        for a, b in pairwise(SIZES)
    )


def snapshot_of(activation: str, seed: int = 5) -> Snapshot:
    spec = classifier((3, 3), SIZES[1:-1], SIZES[-1], activation)
    weights = parameters_of(seed)
    x = np.random.default_rng(seed + 1).uniform(0, 1, (1, SIZES[0])).astype(np.float32)
    passed = forward(weights, spec.activations, x)
    gradients = backward(weights, spec.activations, passed, np.array([LABEL], np.int32))
    update = tuple(
        LayerParameters(-np.float32(RATE) * g.kernel, -np.float32(RATE) * g.bias) for g in gradients.parameters
    )
    moved = tuple(
        LayerParameters(w.kernel + d.kernel, w.bias + d.bias) for w, d in zip(weights, update, strict=True)
    )
    after = forward(moved, spec.activations, x)
    return Snapshot(1, 0, spec, weights, LABEL, passed, gradients, update, 1, after)


def double(weights: Parameters) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(layer.kernel.astype(np.float64), layer.bias.astype(np.float64)) for layer in weights]


def slope_by_differences(snapshot: Snapshot, layer: int, source: int, unit: int) -> float:
    weights, name = double(snapshot.parameters), snapshot.spec.layers[0].activation
    x, losses = snapshot.sample.astype(np.float64), []
    for step in (1e-5, -1e-5):
        weights[layer - 1][0][source, unit] += step
        losses.append(oracle_loss(weights, x, name, LABEL))
        weights[layer - 1][0][source, unit] -= step
    return (losses[0] - losses[1]) / 2e-5


NUMBER = r"(?:\{-\})?\d[\d,{}]*(?:\.\d+)?(?: \\times 10\^\{-?\d+\})?"


def number_of(tex: str) -> float:
    plain = tex.replace("{-}", "-").replace("{,}", "").replace(r" \times 10^{", "e").replace("}", "")
    return float(plain)


def last_number(tex: str) -> float:
    return number_of(re.findall(NUMBER, tex)[-1])


def parts(formula: Formula) -> list[str]:
    return [part.strip() for part in re.split(r"\\approx|\\leftarrow|=", formula.latex)]


def evaluated(tex: str) -> float:
    r"""Work out what is written, as a person would: ``2 \cdot 3 - \underbrace{4}_{b}`` is 2."""
    text = re.sub(r"_\{(?:b|\\text\{[^}]*\})\}", "", tex)
    text = re.sub(r"\\underbrace\{((?:[^{}]|\{[^{}]*\})*)\}", r"(\1)", text)
    text = re.sub(r" \\times 10\^\{(-?\d+)\}", r"e\1", text)
    text = re.sub(r"\\frac\{(.*?)\}\{(.*)\}$", r"(\1) / (\2)", text)
    text = re.sub(r"e\^\{((?:[^{}]|\{[^{}]*\})*)\}", r"exp(\1)", text)
    text = text.replace("{-}", "-").replace("{,}", "").replace(r"\cdot", "*").replace(r"\,", "")
    text = text.replace(r"\ln", "log ").replace(r"\max", "maximum").replace(r"\tanh", "tanh")
    text = re.sub(r"log\s+([\d.]+)", r"log(\1)", text)
    assert re.fullmatch(r"[\d\s.,+*/()e-]*|.*(exp|log|maximum|tanh).*", text), text
    names = {name: getattr(np, name) for name in ("exp", "log", "maximum", "tanh")}
    return float(eval(text, {"__builtins__": {}}, names))


@pytest.fixture(scope="module", params=list(PHI))
def material(request: pytest.FixtureRequest) -> Material:
    config = TrainingConfig(optimizer="sgd", learning_rate=RATE)
    return Material(snapshot_of(request.param), config, ("ant", "bee", "cat", "dog"))


def lesson_of(spec: NetworkSpec) -> Lesson:
    return CHAPTERS[0].make(spec)


def slide_of(material: Material, kind: str, layer: int) -> Slide:
    slides = lesson_of(material.snapshot.spec).slides
    return next(one for one in slides if (one.kind, one.layer) == (kind, layer))


def test_slides_follow_the_timeline_stage_by_stage() -> None:
    for hidden in ((), (8,), (512, 256), (7, 6, 5, 4)):
        slides = lesson_of(classifier((28, 28), hidden)).slides
        shown = list(dict.fromkeys((one.kind, one.layer) for one in slides if one.kind))
        assert shown == [(stage.kind, stage.layer) for stage in stages(len(hidden) + 1)]
        plan = stages(len(hidden) + 1)
        starts = [plan[place].start for one in slides if (place := one.stage(plan)) is not None]
        assert starts == sorted(starts)


def test_only_what_comes_after_the_step_needs_it() -> None:
    slides = lesson_of(classifier()).slides
    assert [one.kind for one in slides if one.needs_update] == ["update", "after"]


def test_every_formula_can_be_set_and_every_slide_speaks(material: Material) -> None:
    for one in lesson_of(material.snapshot.spec).slides:
        assert one.title
        assert one.sentence(material).endswith((".", "?"))
        lines = one.formulas(material)
        assert lines
        for line in lines:
            assert line.caption
            picture = typeset(line.latex)
            assert 0.3 < picture.height < 6
            assert 0.3 < picture.width < 45


def test_every_optimizer_has_its_own_sentence_and_a_rule_that_can_be_set(material: Material) -> None:
    rule = next(one for one in lesson_of(material.snapshot.spec).slides if one.title == "The rule of the optimizer")
    sentences = set()
    for optimizer in OPTIMIZERS:
        told = replace(material, config=TrainingConfig(optimizer, learning_rate=0.037, momentum=0.62))
        sentences.add(rule.sentence(told))
        general, numbers = rule.formulas(told)
        assert typeset(general.latex).width < 45
        assert "0.037" in numbers.latex
        assert ("0.62" in numbers.latex) == (optimizer in ("momentum", "nesterov"))
    assert len(sentences) == len(OPTIMIZERS)


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_weighted_sum_adds_up_to_z(material: Material, layer: int) -> None:
    snapshot = material.snapshot
    unit = focus_unit(material, layer)
    enter = snapshot.forward.layer_input(layer - 1)[0].astype(np.float64)
    weights, bias = double(snapshot.parameters)[layer - 1]
    z = sum(enter[i] * weights[i, unit] for i in range(len(enter))) + bias[unit]
    written, total = parts(slide_of(material, "sum", layer).formulas(material)[1])[1:]
    assert last_number(total) == pytest.approx(z, rel=0.006)
    # Each of the rounded numbers is off by half a unit of its third digit at most.
    assert evaluated(written) == pytest.approx(z, abs=0.02 * max(1.0, abs(z)))


def test_the_hidden_unit_told_of_is_the_most_active(material: Material) -> None:
    activations = material.snapshot.forward.activations[0][0]
    assert abs(activations[focus_unit(material, 1)]) == np.abs(activations).max()
    assert focus_unit(material, 3) == LABEL


@pytest.mark.parametrize("layer", [1, 2])
def test_activation_is_phi_of_z(material: Material, layer: int) -> None:
    z = material.snapshot.forward.pre_activations[layer - 1][0].astype(np.float64)
    name = material.snapshot.spec.layers[0].activation
    phi = PHI[name]
    for line, unit in zip(
        slide_of(material, "activation", layer).formulas(material)[1:],
        dict.fromkeys((focus_unit(material, layer), int(z.argmin()))), strict=True,
    ):
        assert f"_{{{unit}}}" in line.latex
        assert last_number(parts(line)[-1]) == pytest.approx(phi(z[unit]), rel=0.006, abs=1e-6)


def test_softmax_loss_and_output_gradient(material: Material) -> None:
    z = material.snapshot.forward.pre_activations[-1][0].astype(np.float64)
    p = np.exp(z) / np.exp(z).sum()
    general, softmax = slide_of(material, "activation", 3).formulas(material)
    assert r"\sum_k" in general.latex
    _, fraction, result = parts(softmax)
    assert last_number(result) == pytest.approx(p[LABEL], rel=0.006)
    assert evaluated(fraction) == pytest.approx(p[LABEL], rel=0.04)
    loss = slide_of(material, "loss", 3).formulas(material)[1]
    assert last_number(parts(loss)[-1]) == pytest.approx(-np.log(p[LABEL]), rel=0.006)
    assert evaluated(parts(loss)[-2]) == pytest.approx(-np.log(p[LABEL]), rel=0.02)
    right, rival = slide_of(material, "output_gradient", 3).formulas(material)[1:]
    assert last_number(parts(right)[-1]) == pytest.approx(p[LABEL] - 1, rel=0.006)
    best = max((one for one in range(4) if one != LABEL), key=lambda one: p[one])
    assert rf"z_{{\text{{{material.class_names[best]}}}}}" in rival.latex
    assert last_number(parts(rival)[-1]) == pytest.approx(p[best], rel=0.006)


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_weight_gradient_is_the_slope_of_the_loss(material: Material, layer: int) -> None:
    source, unit = steepest_edge(material, layer)
    told = parts(slide_of(material, "gradient", layer).formulas(material)[1])
    slope = slope_by_differences(material.snapshot, layer, source, unit)
    assert last_number(told[-1]) == pytest.approx(slope, rel=0.006)
    assert evaluated(told[-2]) == pytest.approx(slope, rel=0.02)
    for other in range(SIZES[layer]):
        assert abs(slope_by_differences(material.snapshot, layer, source, other)) <= abs(slope) * 1.001


@pytest.mark.parametrize("layer", [1, 2])
def test_back_is_slope_times_the_sum_of_blame(material: Material, layer: int) -> None:
    unit = blamed_unit(material, layer)
    told = parts(slide_of(material, "back", layer).formulas(material)[1])
    # dL/dz of a unit is dL/db of its bias.
    weights, losses = double(material.snapshot.parameters), []
    for step in (1e-5, -1e-5):
        weights[layer - 1][1][unit] += step
        x = material.snapshot.sample.astype(np.float64)
        losses.append(oracle_loss(weights, x, material.snapshot.spec.layers[0].activation, LABEL))
        weights[layer - 1][1][unit] -= step
    blame = (losses[0] - losses[1]) / 2e-5
    assert last_number(told[-1]) == pytest.approx(blame, rel=0.006)
    assert evaluated(told[-2]) == pytest.approx(blame, abs=0.02 * max(0.2, abs(blame)))


def rich_material(activation: str) -> Material:
    """The usual material, but hidden layers are normalised and have slopes for PReLU."""
    hidden = [LayerSpec(units, activation, batch_norm=True) for units in SIZES[1:-1]]
    spec = NetworkSpec((3, 3), (*hidden, LayerSpec(SIZES[-1], "softmax")))
    random, made = np.random.default_rng(3), []
    for weights, layer in zip(parameters_of(5), spec.layers, strict=True):
        units = layer.units
        draws = [random.uniform(0.3, 1.5, units).astype(np.float32) for _ in range(5)]
        norm = Normalisation(draws[0], draws[1] - 1, draws[2] - 1, draws[3]) if layer.batch_norm else None
        slope = draws[4] / 5 if activation == "prelu" and layer.batch_norm else None
        made.append(LayerParameters(weights.kernel, weights.bias, slope, norm))
    weights = tuple(made)
    x = random.uniform(0, 1, (1, SIZES[0])).astype(np.float32)
    passed = forward(weights, spec.activations, x)
    gradients = backward(weights, spec.activations, passed, np.array([LABEL], np.int32))
    snapshot = Snapshot(1, 0, spec, weights, LABEL, passed, gradients)
    return Material(snapshot, TrainingConfig(), ("ant", "bee", "cat", "dog"))


@pytest.mark.parametrize("activation", ["prelu", "step", "tanh"])
@pytest.mark.parametrize("layer", [1, 2])
def test_normalised_layers_and_learnt_slopes(activation: str, layer: int) -> None:
    m = rich_material(activation)
    own = m.snapshot.parameters[layer - 1]
    assert own.norm is not None
    z = m.snapshot.forward.pre_activations[layer - 1][0].astype(np.float64)
    scale = own.norm.gamma / np.sqrt(own.norm.variance + 1e-3)
    n = scale * (z - own.norm.mean) + own.norm.beta
    alpha = np.zeros(len(n)) if own.slope is None else own.slope
    phi = {"prelu": np.where(n > 0, n, alpha * n), "step": np.heaviside(n, 1), "tanh": np.tanh(n)}[activation]
    slope = {"prelu": np.where(n > 0, 1, alpha), "step": 0 * n, "tanh": 1 - np.tanh(n) ** 2}[activation]
    normal, general, *lines = slide_of(m, "activation", layer).formulas(m)
    assert r"\gamma" in normal.latex
    assert f"n^{{({layer})}}_{{j}}" in general.latex
    for line, unit in zip(lines, dict.fromkeys((focus_unit(m, layer), int(n.argmin()))), strict=True):
        assert last_number(parts(line)[-1]) == pytest.approx(phi[unit], rel=0.006, abs=1e-6)
    gradients = m.snapshot.gradients
    assert gradients is not None
    unit = blamed_unit(m, layer)
    behind = gradients.pre_activations[layer][0] @ m.snapshot.parameters[layer].kernel[unit]
    rule, numbers = slide_of(m, "back", layer).formulas(m)
    assert r"\gamma" in rule.latex
    wanted = float(slope[unit] * scale[unit] * behind)
    assert last_number(parts(numbers)[-1]) == pytest.approx(wanted, rel=0.006, abs=1e-7)
    assert evaluated(parts(numbers)[-2]) == pytest.approx(wanted, abs=0.02 * max(0.2, abs(wanted)))
    assert slide_of(m, "back", layer).sentence(m)
    assert slide_of(m, "activation", layer).sentence(m)


def test_optimizer_update_and_new_answer(material: Material) -> None:
    layer, source, unit = steepest_of_all(material)
    slope = slope_by_differences(material.snapshot, layer, source, unit)
    w = float(material.snapshot.parameters[layer - 1].kernel[source, unit])
    slides = lesson_of(material.snapshot.spec).slides
    rule, update, after = slides[-3:]
    told = parts(rule.formulas(material)[1])
    assert last_number(told[-1]) == pytest.approx(-RATE * slope, rel=0.006)
    assert evaluated(told[-2]) == pytest.approx(-RATE * slope, rel=0.02)
    told = parts(update.formulas(material)[1])
    assert last_number(told[-1]) == pytest.approx(w - RATE * slope, abs=1e-4)
    # w is written with four decimals, Δw with three significant digits: off by half of the last of each.
    assert evaluated(told[-2]) == pytest.approx(w - RATE * slope, abs=1e-4 + 0.005 * abs(RATE * slope))
    weights = double(material.snapshot.parameters)
    assert material.snapshot.update is not None
    for place, delta in enumerate(material.snapshot.update):
        weights[place][0][:] += delta.kernel
        weights[place][1][:] += delta.bias
    x, name = material.snapshot.sample.astype(np.float64), material.snapshot.spec.layers[0].activation
    old = oracle_loss(double(material.snapshot.parameters), x, name, LABEL)
    new = oracle_loss(weights, x, name, LABEL)
    p_line, loss_line = after.formulas(material)[1:]
    assert [number_of(one) for one in re.findall(NUMBER, loss_line.latex)] == pytest.approx([old, new], rel=0.006)
    told_p = [number_of(one) for one in re.findall(NUMBER, p_line.latex)]
    assert told_p == pytest.approx([np.exp(-old), np.exp(-new)], rel=0.006)
    assert "The loss fell" in after.sentence(material)


def test_without_the_step_no_number_of_it_is_told(material: Material) -> None:
    before = Material(
        replace(material.snapshot, update=None, forward_after=None, update_batch_size=0),
        material.config, material.class_names,
    )
    for one in lesson_of(material.snapshot.spec).slides:
        lines = one.formulas(before)
        if one.needs_update:
            assert len(lines) == 1
            assert not re.search(r"\d\.\d", lines[0].latex + one.sentence(before))


def test_numbers_for_a_hall() -> None:
    assert tex_number(0) == "0"
    assert tex_number(-1.8449) == "{-}1.84"
    assert tex_number(0.99951) == "1.00"
    assert tex_number(9.9996) == "10.0"
    assert tex_number(1234567.0) == r"1.23 \times 10^{6}"
    assert tex_number(12345.0) == "12{,}300"
    assert tex_number(-0.000031249) == r"{-}3.12 \times 10^{-5}"
    assert tex_number(float("nan")) == r"\mathrm{NaN}"
    assert tex_number(float("-inf")) == r"{-}\infty"
    assert tex_factor(-2.0) == "({-}2.00)"
    assert tex_exact(0.003) == "0.003"
    assert tex_exact(1.0) == "1"
    assert tex_exact(1 / 3) == "0.333"
    assert tex_class("7") == "7"
    assert tex_class("T-shirt/top_{") == r"\text{T-shirt top}"


@pytest.mark.parametrize("count", [1, 2, 3, 4, 50])
def test_a_sum_of_products_is_whole_however_long(count: int) -> None:
    random = np.random.default_rng(count)
    a, b = random.normal(0, 1, count), random.normal(0, 1, count)
    text, total = product_sum(a, b, -0.25)
    assert total == pytest.approx(float(np.dot(a, b)) - 0.25)
    assert evaluated(text) == pytest.approx(total, abs=0.03)
    assert (r"\text{" in text) == (count > 3)
    nothing, zero = product_sum(np.zeros(count), b)
    assert zero == 0
    assert evaluated(nothing) == 0


@pytest.mark.parametrize("size", [0.3, 0.02, 1e-4, 2e-7])
def test_a_sum_holds_as_it_is_written(size: float) -> None:
    generator = np.random.default_rng(2)
    holds = 0
    for first, second in zip(generator.normal(0, 0.1, 200), generator.normal(0, size, 200), strict=True):
        left, total = tex_sum(first, second).split(r"\approx")
        numbers = [Decimal(n.replace(" ", "")) for n in re.findall(r"-? ?[0-9.]+", left.replace("{-}", "-"))]
        total = Decimal(total.strip().replace("{-}", "-"))
        assert abs(float(numbers[1]) / second - 1) < 0.01  # it shows
        assert abs(float(total) - (first + second)) <= float(Decimal(1).scaleb(total.as_tuple().exponent))
        holds += round(sum(numbers), -total.as_tuple().exponent) == total
    assert holds >= 199
    assert tex_sum(0.25, 0.0) == r"0.25000 + 0.00000 \approx 0.2500"
