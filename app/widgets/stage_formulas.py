"""The formulas of the stages of a step as LaTeX, without numbers.

Bold letters are what a whole layer has at once, the layer above in parentheses, the input being layer 0; a plain
letter is one unit or one weight.
"""

from __future__ import annotations

from app.lessons.one_sample_formulas import PHI, SLOPE
from app.lessons.tex import tex_exact
from nnviz.maths.losses import BINARY, LOGIT_OUTPUTS, SPARSE
from nnviz.training.records import Snapshot

_MOMENTS = r"m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2"
_ADAM = r"\eta \, \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \, \frac{m}{\sqrt{v} + \varepsilon}"
#: What each optimizer remembers of a weight, and what it applies; see ``nnviz.training.optimizer_words``.
MEMORIES = {
    "sgd": r"g = \frac{\partial L}{\partial w}",
    "momentum": r"m \leftarrow \mu m - \eta g",
    "nesterov": r"m \leftarrow \mu m - \eta g",
    "adagrad": r"v \leftarrow v + g^2",
    "rmsprop": r"v \leftarrow \rho v + (1 - \rho) g^2",
    "adam": _MOMENTS,
    "adamw": _MOMENTS,
    "nadam": _MOMENTS,
}
RULES = {
    "sgd": r"\Delta w = {-}\eta \, g",
    "momentum": r"\Delta w = m",
    "nesterov": r"\Delta w = \mu m - \eta g",
    "adagrad": r"\Delta w = {-}\eta \, \frac{g}{\sqrt{v + \varepsilon}}",
    "rmsprop": r"\Delta w = {-}\eta \, \frac{g}{\sqrt{v + \varepsilon}}",
    "adam": rf"\Delta w = {{-}}{_ADAM}",
    "adamw": rf"\Delta w = {{-}}\eta \lambda w - {_ADAM}",
    "nadam": r"\Delta w = \frac{{-}\eta}{\sqrt{\hat v} + \varepsilon} \left( \frac{u_{t+1} \, m}{1 - \Pi \, u_{t+1}}"
             r" + \frac{(1 - u_t) \, g}{1 - \Pi} \right)",
}  # fmt: skip


def general_formula(snapshot: Snapshot, kind: str, layer: int) -> str:
    """Return the formula of a stage without numbers, LaTeX; ``layer`` counts from 1."""
    spec = snapshot.spec.layers[max(0, layer - 1)]
    here, before, behind = f"({layer})", f"({layer - 1})", f"({layer + 1})"
    source = r"\mathbf{x}" if layer <= 1 else rf"\mathbf{{a}}^{{{before}}}"
    if kind == "input":
        x = snapshot.sample
        room = "[0, 1]" if float(x.min()) >= 0 and float(x.max()) <= 1 else r"\mathbb{R}"
        mean = r"\overline{\mathbf{x}}" if snapshot.count > 1 else r"\mathbf{x}"
        return rf"{mean} \in {room}^{{{x.size}}}"
    if kind == "sum":
        bias = rf" + \mathbf{{b}}^{{{here}}}" if spec.use_bias else ""
        return rf"\mathbf{{z}}^{{{here}}} = {source} \, \mathbf{{W}}^{{{here}}}{bias}"
    if kind == "normalise":
        return r"n = \gamma \, \frac{z - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta"
    if kind == "activation":
        return _activation(snapshot, layer)
    if kind == "loss":
        return _loss(snapshot)
    if kind == "output_gradient":
        return _output_gradient(snapshot)
    if kind == "gradient":
        left = rf"\frac{{\partial L}}{{\partial \mathbf{{W}}^{{{here}}}}} = "
        if snapshot.count > 1:
            entering = r"\mathbf{x}" if layer <= 1 else r"\mathbf{a}"
            return (
                rf"{left}\frac{{1}}{{N}} \sum_{{i=1}}^{{N}} {entering}_i^{{\top}} \, "
                r"\frac{\partial L_i}{\partial \mathbf{z}_i}"
            )
        turned = r"\mathbf{x}^{\top}" if layer <= 1 else rf"\mathbf{{a}}^{{{before}\top}}"
        return rf"{left}{turned} \, \frac{{\partial L}}{{\partial \mathbf{{z}}^{{{here}}}}}"
    if kind == "da":
        return (
            rf"\frac{{\partial L}}{{\partial \mathbf{{a}}^{{{here}}}}} = "
            rf"\frac{{\partial L}}{{\partial \mathbf{{z}}^{{{behind}}}}} \, \mathbf{{W}}^{{{behind}\top}}"
        )
    if kind in ("dz", "back"):
        return _through(snapshot, layer)
    if kind == "optimizer":
        return _memory(snapshot)
    if kind == "update":
        done = snapshot.optimizer
        moved = r"w \leftarrow w + \Delta w"
        return moved if done is None else rf"{RULES[done.name]}, \quad {moved}"
    return r"\hat{\mathbf{y}} = f(\mathbf{x};\, \mathbf{W} + \Delta\mathbf{W},\, \mathbf{b} + \Delta\mathbf{b})"


def _entered(text: str, snapshot: Snapshot, layer: int) -> str:
    """Write φ or its slope of n where the layer is normalised, else of z."""
    normalised = snapshot.spec.layers[layer - 1].batch_norm
    return (text.replace("z{k}", "n{k}") if normalised else text).replace("(a{k})^2", "a^2").format(k="")


def _activation(snapshot: Snapshot, layer: int) -> str:
    spec = snapshot.spec.layers[layer - 1]
    if spec.activation == "softmax":
        return r"p_j = \frac{e^{z_j}}{\sum_k e^{z_k}}"
    phi = _entered(PHI[spec.activation], snapshot, layer)
    if snapshot.count > 1:
        if spec.activation == "linear":
            return rf"\overline{{a}} = \overline{{{phi}}}"
        entering = "n" if spec.batch_norm else "z"
        each, whole = rf"\varphi({entering}_i)", rf"\varphi(\overline{{{entering}}})"
        return rf"\overline{{a}} = \frac{{1}}{{N}} \sum_i {each} \neq {whole}"
    if snapshot.dropped is not None and snapshot.dropped[layer - 1] is not None:
        # Srivastava et al. 2014, scaled while training as Keras does it.
        return rf"a = \frac{{r}}{{1 - {tex_exact(spec.dropout)}}} \left( {phi} \right), \quad r \in \{{0, 1\}}"
    return f"a = {phi}"


def _loss(snapshot: Snapshot) -> str:
    outputs, activation = snapshot.forward.output.shape[1], snapshot.spec.activations[-1]
    if snapshot.count > 1:
        return r"L = \frac{1}{N} \sum_{i=1}^{N} L_i"
    over = rf"\frac{{1}}{{{outputs}}} \sum_k " if outputs > 1 else ""
    index = "_k" if outputs > 1 else ""
    if snapshot.loss == SPARSE:
        if activation == "softmax":
            return r"L = {-}\ln p_y"
        if activation in LOGIT_OUTPUTS:
            return r"L = {-}\ln \frac{e^{z_y}}{\sum_k e^{z_k}}"
        return r"L = {-}\ln \frac{a_y}{\sum_k a_k}"
    if snapshot.loss == BINARY:
        p = rf"\sigma(z{index})" if activation == "softmax" else rf"p{index}"
        y = f"y{index}"
        return rf"L = {{-}}{over}\left( {y} \ln {p} + (1 - {y}) \ln (1 - {p}) \right)"
    e = rf"\hat y{index} - y{index}"
    if snapshot.loss == "mean_squared_error":
        return rf"L = {over}({e})^2"
    if snapshot.loss == "mean_absolute_error":
        return rf"L = {over}|{e}|"
    if outputs > 1:
        return rf"L = {over}h({e}), \quad h(e) = \min(\frac{{1}}{{2}} e^2,\, |e| - \frac{{1}}{{2}})"
    return r"L = \min(\frac{1}{2} e^2,\, |e| - \frac{1}{2}), \quad e = \hat y - y"


def _output_gradient(snapshot: Snapshot) -> str:
    outputs, activation = snapshot.forward.output.shape[1], snapshot.spec.activations[-1]
    index = "_k" if outputs > 1 else ""
    left = rf"\frac{{\partial L}}{{\partial z{index}}} = "
    if snapshot.count > 1:
        of_one = rf"\frac{{\partial L_i}}{{\partial z{index}}}"
        return rf"\overline{{{of_one.replace('L_i', 'L')}}} = \frac{{1}}{{N}} \sum_i {of_one}"
    pair, share = (activation, snapshot.loss), (rf"\frac{{1}}{{{outputs}}} " if outputs > 1 else "")
    if snapshot.loss == SPARSE and activation == "sigmoid":
        return rf"{left}\frac{{e^{{z_k}}}}{{\sum_j e^{{z_j}}}} - y_k"
    if pair == ("softmax", SPARSE):
        return rf"{left}p{index} - y{index}"
    if snapshot.loss == BINARY and activation in LOGIT_OUTPUTS:
        p = rf"\sigma(z{index})" if activation == "softmax" else f"p{index}"
        return rf"{left}{share}({p} - y{index})" if share else rf"{left}{p} - y{index}"
    if pair == ("linear", "mean_squared_error"):
        return rf"{left}{share}\cdot 2 (\hat y{index} - y{index})" if share else rf"{left}2 (\hat y - y)"
    if pair == ("linear", "mean_absolute_error"):
        return rf"{left}{share}\mathrm{{sign}}(\hat y{index} - y{index})"
    if pair == ("linear", "huber"):
        return rf"{left}{share}\max({{-}}1,\, \min(1,\, \hat y{index} - y{index}))"
    if activation == "softmax":
        return rf"{left}\sum_j \frac{{\partial L}}{{\partial p_j}} \, p_j \, ([\,j = k\,] - p_k)"
    slope = _entered(SLOPE[activation], snapshot, len(snapshot.spec.layers))
    return rf"{left}\frac{{\partial L}}{{\partial a{index}}} \cdot {slope}"


def _through(snapshot: Snapshot, layer: int) -> str:
    spec = snapshot.spec.layers[layer - 1]
    slope = _entered(SLOPE[spec.activation], snapshot, layer)
    if spec.batch_norm:
        slope += r" \cdot \frac{\gamma}{\sqrt{\sigma^2 + \varepsilon}}"
    if snapshot.dropped is not None and snapshot.dropped[layer - 1] is not None:
        slope = rf"\frac{{r}}{{1 - {tex_exact(spec.dropout)}}} \cdot {slope}"
    return rf"\frac{{\partial L}}{{\partial z}} = \frac{{\partial L}}{{\partial a}} \cdot {slope}"


def _penalty(snapshot: Snapshot) -> str:
    """Return g with the penalties of the layers that have one, "" without; of Keras' Σ|w| and Σw²."""
    l1, l2 = (any(getattr(layer, name) for layer in snapshot.spec.layers) for name in ("l1", "l2"))
    if not (l1 or l2):
        return ""
    text = r"g = \frac{\partial L}{\partial w}"
    if l2:
        text += r" + 2 \lambda_2 w"
    return text + (r" + \lambda_1 \, \mathrm{sign}\, w" if l1 else "")


def _memory(snapshot: Snapshot) -> str:
    assert snapshot.optimizer is not None
    name, penalty = snapshot.optimizer.name, _penalty(snapshot)
    if name == "sgd":
        return penalty or MEMORIES[name]
    return rf"{MEMORIES[name]}, \quad {penalty}" if penalty else MEMORIES[name]
