"""The effect of edits by hand in words and numbers: before → after, and the difference with its sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnviz.picture.answers import SHARES, OutputMeaning, metric_unit, percent, read_output
from nnviz.picture.quantities import number
from nnviz.training.effect import Effect


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One measure of the effect.

    Attributes:
        title: what is measured.
        before, after: written.
        difference: after − before with its sign, "" where there is none to write.
        is_better: whether the network is better in it now; None where that is not known or nothing changed.
    """

    title: str
    before: str
    after: str
    difference: str
    is_better: bool | None = None

    @property
    def text(self) -> str:
        """The line without its title: ``97.1 % → 93.4 %  −3.7 points``."""
        return f"{self.before} → {self.after}" + (f"  {self.difference}" if self.difference else "")


def effect_lines(
    effect: Effect, meaning: OutputMeaning, activation: str, metric_scale: float = 1.0
) -> tuple[EffectLine, ...]:
    """Return the lines of an effect: the answer to the shown sample, the metric and the loss on the batch.

    Args:
        effect: what was measured.
        meaning: what the outputs stand for.
        activation: name of φ of the output layer.
        metric_scale: see ``Dataset.metric_scale``.
    """
    lines = []
    if effect.before.output is not None and effect.after.output is not None:
        lines.append(_answer(effect, meaning, activation))
    if effect.count:
        lines += [_metric(effect, meaning, metric_scale), _loss(effect)]
    return tuple(lines)


def signed(value: float) -> str:
    """Write a difference with its sign: ``+0.151``, ``−0.0312``; ``±0`` for none."""
    if value == 0:
        return "±0"
    text = number(value)
    return text if text.startswith("−") or text == "NaN" else f"+{text}"


def points(before: float, after: float) -> str:
    """Write the difference of two shares in percentage points: ``−3.7 points``; ``±0`` for none."""
    if not (np.isfinite(before) and np.isfinite(after)):
        return ""
    difference = 100 * (after - before)
    if difference == 0:
        return "±0"
    digits = 1 if abs(difference) >= 0.05 else 3
    return f"{difference:+.{digits}f} points".replace("-", "−")


def _answer(effect: Effect, meaning: OutputMeaning, activation: str) -> EffectLine:
    assert effect.before.output is not None
    assert effect.after.output is not None
    before = read_output(meaning, effect.before.output, None, activation)
    after = read_output(meaning, effect.after.output, None, activation)
    moved = [abs(new.value - old.value) for old, new in zip(before.rows, after.rows, strict=True)]
    most = int(np.argmax(np.nan_to_num(moved, nan=np.inf)))
    if meaning.is_regression:
        old, new = before.rows[most], after.rows[most]
        difference = meaning.value_text(new.value - old.value, most, sign=True)
        title = f"prediction, {old.name}" if old.name and len(before.rows) > 1 else "prediction"
        return EffectLine(title, old.text, meaning.with_unit(new.text, most), difference)
    if meaning.task == "multilabel":
        at = most
        said = f"label {before.rows[at].name}"
    else:
        at = next((place for place, row in enumerate(before.rows) if row.says), most)
        said = f"answer {before.rows[at].name}"
    old, new = before.rows[at], after.rows[at]
    difference = points(old.value, new.value) if activation in SHARES else signed(new.value - old.value)
    if after.said != before.said and meaning.task != "multilabel":
        winner = next(row for row in after.rows if row.says)
        difference = f"{difference}, now {winner.name} with {winner.text}"
    elif after.said != before.said:
        difference = f"{difference}, now {'yes' if new.says else 'no'}" if new.says != old.says else difference
    return EffectLine(said, old.text, new.text, difference)


def _metric(effect: Effect, meaning: OutputMeaning, scale: float) -> EffectLine:
    before, after = effect.before.metric * scale, effect.after.metric * scale
    where = f"{effect.count:,} test samples"
    better = None if before == after or not np.isfinite(after) else (after < before) == meaning.is_regression
    if not meaning.is_regression:
        return EffectLine(f"accuracy, {where}", percent(before), percent(after), points(before, after), better)
    unit = metric_unit(meaning)
    title = f"mean absolute error, {where}" + (f", in {unit}" if unit else "")
    return EffectLine(title, number(before), number(after), signed(after - before), better)


def _loss(effect: Effect) -> EffectLine:
    before, after = effect.before.loss, effect.after.loss
    better = None if before == after or np.isnan(after) else after < before
    return EffectLine("loss", number(before), number(after), signed(after - before), better)
