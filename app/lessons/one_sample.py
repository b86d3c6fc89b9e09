"""Lesson: one sample forward, backward, update. A slide a stage of the animation, in its order."""

from __future__ import annotations

from functools import partial

import numpy as np

from app.lessons import one_sample_formulas as tex
from app.lessons.lesson import Chapter, Lesson, Material, Slide
from nnviz.maths.losses import cross_entropy_from_logits
from nnviz.maths.parameters import FloatArray, LayerParameters
from nnviz.picture.quantities import number
from nnviz.picture.timeline import stages
from nnviz.spec import NetworkSpec

TITLE = "One sample: forward, backward, update"
ACTIVATION_TITLES = {
    "relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh", "linear": "linear activation", "softmax": "softmax",
    "leaky_relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "softplus": "softplus",
    "step": "step", "prelu": "PReLU",
}
ACTIVATION_SENTENCES = {
    "linear": "The sum is handed on as it is.",
    "sigmoid": "The sum is bent into the range from 0 to 1.",
    "tanh": "The sum is bent into the range from −1 to 1.",
    "leaky_relu": "What is positive stays; of what is negative a fifth is let through.",
    "elu": "What is positive stays; what is negative levels off at −1.",
    "selu": "What is positive is stretched a little; what is negative levels off at −1.76.",
    "gelu": "Each sum is weighed by Φ, the share of a normal distribution that lies below it.",
    "step": "All or nothing: 1 from zero on, else 0, as the first artificial neurons had it.",
    "prelu": "What is positive stays; of what is negative each unit lets through a share α that it learns.",
    "softplus": "A ReLU without its corner: what is very negative comes close to zero.",
}
OPTIMIZER_SENTENCES = {
    "sgd": "Gradient descent: every weight goes against its gradient; the learning rate η says how far.",
    "momentum": "Momentum: every weight keeps a share β of its speed, and the gradient adds to it.",
    "nesterov": "Nesterov: as with momentum, but the step looks ahead to where the speed will carry the weight.",
    "adagrad": "Adagrad: every weight divides its gradient by the size of all its gradients so far.",
    "rmsprop": "RMSprop: every weight divides its gradient by the gradient's usual size of late.",
    "adam": "Adam: every weight goes against its mean gradient, divided by the gradient's usual size.",
    "adamw": "AdamW: as Adam, and besides every weight shrinks a little towards zero.",
    "nadam": "Nadam: as Adam, with a mean gradient that looks one step ahead.",
}


def percent(p: float) -> str:
    """Write a probability for people: ``34.4 %``."""
    return f"{100 * p:.1f} %"


def make(spec: NetworkSpec) -> Lesson:
    """Make the lesson for a network whose output is softmax."""
    slides = [Slide("A network, an image, an answer", _opening, tex.whole)]
    for stage in stages(len(spec.layers)):
        if stage.kind == "update":
            # Before the weights move it is said by which rule; the picture still shows the gradients.
            slides.append(
                Slide("The rule of the optimizer", _optimizer, tex.optimizer, "gradient", 1,
                      tex.update_marks, moves=False)
            )
        slides.append(_slide(spec, stage.kind, stage.layer))
    return Lesson(TITLE, tuple(slides))


def _slide(spec: NetworkSpec, kind: str, layer: int) -> Slide:
    last = layer == len(spec.layers)
    here = "Output" if last else f"Dense {layer}"
    if kind == "input":
        return Slide("Input: the image as numbers", _input, tex.inputs, kind, layer, tex.input_marks)
    if kind == "sum":
        title = f"{here}: weighted sums" if not last else "Output: the logits"
        return Slide(title, partial(_sum, layer), partial(tex.weighted_sum, layer), kind, layer,
                     partial(tex.unit_marks, layer))
    if kind == "activation":
        name = spec.layers[layer - 1].activation
        title = f"{here}: {ACTIVATION_TITLES[name]}" if not last else "Output: softmax"
        return Slide(title, partial(_activation, layer), partial(tex.activation, layer), kind, layer,
                     partial(tex.unit_marks, layer))
    if kind == "loss":
        return Slide("The loss: how surprised?", _loss, tex.loss, kind, layer, partial(tex.unit_marks, layer))
    if kind == "output_gradient":
        return Slide("Back: blame at the output", _output_gradient, tex.output_gradient, kind, layer,
                     tex.output_marks)
    if kind == "gradient":
        return Slide(f"{here}: weight gradients", partial(_gradient, layer),
                     partial(tex.weight_gradient, layer), kind, layer, partial(tex.gradient_marks, layer))
    if kind == "back":
        return Slide(f"Back to {here}: dL/dz", partial(_back, layer), partial(tex.back, layer),
                     kind, layer, partial(tex.back_marks, layer))
    if kind == "update":
        return Slide("Update: the weights move", _update, tex.update, kind, layer, tex.update_marks,
                     needs_update=True)
    return Slide("The same image again", _after, tex.after, kind, layer, partial(tex.unit_marks, layer),
                 needs_update=True)


# -- sentences ---------------------------------------------------------------------------------------------


def _opening(m: Material) -> str:
    s = m.snapshot
    said, right = m.class_name(s.predicted), m.class_name(m.label)
    p = percent(float(s.forward.output[0, s.predicted]))
    if s.predicted == m.label:
        return f"The network says {said} with {p}, rightly. How does it see that, and how does it learn?"
    return f"The network says {said} with {p}, but it is a {right}. Why, and how does it learn from that?"


def _input(m: Material) -> str:
    x = m.snapshot.sample
    return f"The image is {x.size:,} numbers; {int(np.count_nonzero(x)):,} of them are not zero."


def _sum(layer: int, m: Material) -> str:
    before = "pixel" if layer == 1 and len(m.snapshot.spec.input_shape) == 2 else "activation before it"
    count = m.snapshot.spec.sizes[layer - 1]
    if layer == len(m.snapshot.spec.layers):
        return f"Each class adds up its evidence, {count:,} products and a bias: that is its logit."
    return f"Each unit weighs every {before} and adds it all up: {count:,} products and a bias."


def _activation(layer: int, m: Material) -> str:
    a = m.snapshot.forward.activations[layer - 1][0]
    name = m.snapshot.spec.layers[layer - 1].activation
    if name == "softmax":
        best = int(np.argmax(a))
        shares = f"{m.class_name(best)} gets {percent(float(a[best]))}"
        if best != m.label:
            shares += f", the right class, {m.class_name(m.label)}, only {percent(float(a[m.label]))}"
        return f"The logits become probabilities: {shares}."
    if name == "relu":
        return f"What is negative becomes zero: {int(np.count_nonzero(a)):,} of {a.size:,} units are active."
    return ACTIVATION_SENTENCES[name]


def _loss(m: Material) -> str:
    p = float(m.snapshot.forward.output[0, m.label])
    right = m.class_name(m.label)
    return f"The right answer, {right}, got {percent(p)}: the less it got, the larger the loss."


def _output_gradient(m: Material) -> str:
    right = m.class_name(m.label)
    return f"Probability minus target: the logit of {right} should rise, all others should fall."


def _gradient(layer: int, m: Material) -> str:
    g = tex.gradients(m).parameters[layer - 1].kernel
    zero = float(np.mean(g == 0))
    text = "A weight's gradient is what came in on its left times the blame on its right."
    return text + f" Here {percent(zero)} are zero." if zero > 0.005 else text


def _back(layer: int, m: Material) -> str:
    dz = tex.gradients(m).pre_activations[layer - 1][0]
    name = m.snapshot.spec.layers[layer - 1].activation
    if name == "step":
        return "A step is flat on both sides: its slope is 0, and no blame gets through. Nothing before it can learn."
    if name == "relu":
        off = int(np.sum(dz == 0))
        return f"Blame flows back through the weights; the {off:,} units that were off get none."
    return "Blame flows back through the weights: each unit gathers what it gave rise to, times its slope."


def _optimizer(m: Material) -> str:
    return OPTIMIZER_SENTENCES[m.config.optimizer]


def _update(m: Material) -> str:
    update = m.snapshot.update
    if update is None:
        return "The optimizer takes one step on this image."
    moved = sum(int(np.count_nonzero(array)) for part in update for array in _learnt(part))
    count = m.snapshot.spec.parameter_count
    return f"One real step on this one image: {moved:,} of {count:,} weights and biases moved."


def _learnt(update: LayerParameters) -> tuple[FloatArray, ...]:
    """Return the arrays of an update that the optimizer changes: all but the moving mean and variance."""
    return update.arrays if update.norm is None else update.arrays[:-2]


def _after(m: Material) -> str:
    after = m.snapshot.forward_after
    if after is None:
        return "The same image goes through the network once more."
    now = int(np.argmax(after.output[0]))
    q = float(after.output[0, m.label])
    before = tex.gradients(m).loss
    loss = float(cross_entropy_from_logits(after.pre_activations[-1], np.array([m.label]))[0])
    right = now == m.label != m.snapshot.predicted
    verdict = "now the answer is right" if right else f"the answer is {m.class_name(now)}"
    fell = "fell" if loss < before else "rose"
    change = f"The loss {fell} from {number(before)} to {number(loss)}."
    return f"{m.class_name(m.label)} now has {percent(q)}: {verdict}. {change}"


CHAPTER = Chapter("one-sample", TITLE, make)
