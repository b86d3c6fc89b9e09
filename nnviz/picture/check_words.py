"""What came of a check of gradients, in words and as a table."""

from __future__ import annotations

import csv
import io

from nnviz.picture.quantities import number
from nnviz.training.check_values import AGREE, DIFFER, KERAS_TOLERANCE, GradientCheck, LayerCheck, Trust

HEADINGS = (
    "Layer", "Largest |gradient|", "GradientTape", "NumPy", "Differences", "Keras differences", "Tolerance", "Verdict",
)  # fmt: skip
#: What each column tells, in a sentence.
EXPLANATIONS = (
    "The dense layer: its weights, bias, and what batch normalisation and PReLU learn.",
    "The largest magnitude among the layer's gradients.",
    "Against tf.GradientTape on the Keras model, layer by layer, with Keras's own loss.",
    "Against the chain rule written out in NumPy, in float64: all weights, and dL/dz and dL/da of all units.",
    "Against finite differences (L(w+h) − L(w−h)) / 2h in float64: of how many entries.",
    f"Against differences of the Keras model's own float32 loss; with two digits they may be {KERAS_TOLERANCE:g} off.",
    "The largest relative error at which they agree; above 0.001 where float32 cannot tell better.",
    "Whether all of them agree.",
)
VERDICTS = {"agree": "agree", "differ": "DIFFER", "unresolved": "too small to tell"}
MEASURE = (
    "Largest relative error: |a − b| divided by |a|, |b| or 1 % of the layer's largest gradient, whichever is most."
)


def row_of(layer: LayerCheck) -> tuple[str, ...]:
    """Return a row of the table, one text for each of ``HEADINGS``."""
    of = "all" if layer.differenced == layer.entries else f"{layer.differenced:,} of"
    of = f"{of} {layer.entries:,}"
    if layer.differences is None:
        differences = "corners only" if layer.corners else "too small"
    else:
        corners = f", {layer.corners:,} at a corner" if layer.corners else ""
        differences = f"{number(layer.differences)} ({of}{corners})"
    keras = "—"
    if layer.keras is not None:  # it has a tolerance of its own
        keras = f"{number(layer.keras)} ≤ {KERAS_TOLERANCE:g} ({layer.keras_differenced})"
    return (
        f"Dense {layer.layer}", number(layer.largest), "—" if layer.tape is None else number(layer.tape),
        number(layer.numpy), differences, keras, number(layer.tolerance), VERDICTS[layer.verdict],
    )  # fmt: skip


def sections(check: GradientCheck) -> tuple[tuple[str, tuple[LayerCheck, ...]], ...]:
    """Return the parts of the table: its title and its layers."""
    sample = "The sample on the screen"
    if check.has_dropout:
        sample += ", with the units off that dropout switches off"
    made = [(sample, check.layers)]
    if check.batch:
        made.append((f"Mean of {check.batch_count} samples of the training set", check.batch))
    return tuple(made)


def check_summary(check: GradientCheck) -> str:
    """Return in one sentence what came of a check."""
    where = f"at step {check.step:,}"
    if check.verdict == AGREE:
        small = sum(layer.verdict not in (AGREE, DIFFER) for layer in (*check.layers, *check.batch))
        rest = "" if not small else f"; in {small} rows the gradients are too small for float32 to tell"
        return f"The gradients are right {where}: the largest relative error is {number(check.worst)}{rest}."
    if check.verdict == DIFFER:
        bad = sorted({layer.layer for layer in (*check.layers, *check.batch) if layer.verdict == DIFFER})
        layers = ", ".join(f"Dense {layer}" for layer in bad)
        return f"The gradients on the screen differ {where}: {layers}, relative error {number(check.worst)}."
    return f"The gradients {where} are too small for float32 to tell: the sample is learnt. Try another one."


def compared_with(check: GradientCheck) -> str:
    """Return what was compared with what, in a sentence or two."""
    loss = check.loss.replace("_", " ")
    return (
        f"Gradients of the {loss} of {check.title}, without L1 and L2, as the picture has them. {MEASURE} "
        f"It took {check.seconds:.1f} s."
    )


def mark_words(trust: Trust | None) -> tuple[str, str]:
    """Return which sign the mark on the picture has (see ``mark_icons.KINDS``), and its words."""
    if trust is None:
        return "idle", "check gradients"
    if trust.verdict == DIFFER:
        return "error", f"gradients differ at step {trust.step:,}: {number(trust.worst)}"
    if trust.verdict != AGREE:
        return "idle", "gradients too small to check"
    if not trust.is_current:
        return "good", f"gradients checked at step {trust.step:,}"
    return "good", f"gradients checked: {number(trust.worst)}"


def check_csv(check: GradientCheck) -> str:
    """Return a check as CSV, a row for each layer; numbers in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([
        "samples", "layer", "entries", "largest_gradient", "error_tape", "error_numpy", "error_differences",
        "differenced", "corners", "error_keras_differences", "keras_differenced", "tolerance", "verdict", "step",
        "loss", "network",
    ])  # fmt: skip
    for count, layers in ((1, check.layers), (check.batch_count, check.batch)):
        for x in layers:
            writer.writerow([
                count, x.layer, x.entries, x.largest, _cell(x.tape), x.numpy, _cell(x.differences), x.differenced,
                x.corners, _cell(x.keras), x.keras_differenced, x.tolerance, x.verdict, check.step, check.loss,
                check.title,
            ])  # fmt: skip
    return out.getvalue()


def _cell(value: float | None) -> str | float:
    return "" if value is None else value
