"""Watches a run and says what is wrong with it, since which step, why, and what would mend it.

A ``Watcher`` is fed with a ``History`` (every step's scalars) and now and then with ``ActivationStats``. It reads
each step once, in blocks: its cost does not grow with the length of the run. A finding goes away when it is no
longer true. The thresholds, their reasons and sources are in ``nnviz.training.health_limits``.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from nnviz.spec import Plan
from nnviz.training import health_fixes as fixes
from nnviz.training.activation_stats import ActivationStats
from nnviz.training.findings import RULES, Finding, amount, layer_words
from nnviz.training.health_blocks import BLOCK_STEPS, BlockReader, Track
from nnviz.training.health_limits import (
    CLOSED_SHARE,
    EXPLODING_NORM,
    MOVED_SHARE,
    NO_GRADIENT,
    NO_PROGRESS_STEPS,
    RISEN_ABOVE_START,
    RISEN_ERRORS,
    RISEN_SHARE,
    TURNED_EPOCHS,
    TURNED_OF_START,
    TURNED_SAMPLES,
    TURNED_SHARE,
    VANISHING_RATIO,
)
from nnviz.training.health_units import unit_findings
from nnviz.training.history import History
from nnviz.training.records import EpochRecord


def chance_loss(plan: Plan) -> float:
    """Return the loss of a network that holds every class for equally likely, as untrained ones nearly do.

    ln K for the cross-entropy over K classes, ln 2 for that of yes and no; 0 for losses that have no such value.
    """
    if plan.config.loss == "sparse_categorical_crossentropy":
        return math.log(plan.spec.layers[-1].units)
    return math.log(2) if plan.config.loss == "binary_crossentropy" else 0.0


class Watcher:
    """Watches one run after another. Mutable; knows neither Qt nor threads.

    Args:
        plan: network and training; ``set_plan`` when it changes.
        validation_count: samples of the validation set.
    """

    def __init__(self, plan: Plan, validation_count: int = 0) -> None:
        self._plan = plan
        self._validation_count = validation_count
        self._findings: tuple[Finding, ...] = ()
        self.clear()

    def clear(self) -> None:
        """Forget the run: the next history is of another one."""
        self._history: History | None = None
        self._changes = 0
        self._diverged: tuple[int, int] | None = None
        self._stats: ActivationStats | None = None
        self._seen: dict[tuple[str, int], int] = {}
        self._begin()

    def _begin(self, first_row: int = 0, start_row: int = 0, first_step: int = 0) -> None:
        """Read the history from a row on; epochs from a step on."""
        self._blocks = BlockReader(self._plan.spec.sizes, first_row, start_row)
        self._tracks = {rule: Track() for rule in ("learning_rate", "exploding_gradients", "vanishing_gradients")}
        self._stuck = Track()
        self._lowest = math.inf
        self._epochs = 0
        self._first_step = first_step
        self._best: EpochRecord | None = None
        self._recent: deque[EpochRecord] = deque(maxlen=TURNED_EPOCHS)
        self._findings = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong now, the gravest first."""
        return self._findings

    @property
    def plan(self) -> Plan:
        """The plan the fixes are for."""
        return self._plan

    def set_plan(self, plan: Plan, validation_count: int | None = None) -> None:
        """Set the plan in force; with other layers everything known is forgotten."""
        if validation_count is not None:
            self._validation_count = validation_count
        if plan == self._plan:
            return
        shape_changed = plan.spec.sizes != self._plan.spec.sizes
        activations_changed = plan.spec.activations != self._plan.spec.activations
        self._plan = plan
        if shape_changed:
            self.clear()
        elif activations_changed:
            self._stats, self._seen = None, {}
        self._judge()

    def watch(self, history: History) -> None:
        """Read the steps and epochs that are new in a history; another or a shorter one is a new run.

        A history of another number of layers than the plan's is left alone.
        """
        if history.layers != len(self._plan.spec.layers):
            return
        if self._history is not None and (history is not self._history or len(history) < self._blocks.rows):
            self.clear()
        if history is not self._history or len(history.changes) != self._changes:
            self._history = history
            self._begin_after_changes(history)
        news = self._read_steps(history)
        # That step, or a later one, was made with a finite loss: it is over.
        again = self._diverged is not None and len(history) and history.step[-1] >= self._diverged[0]
        if again and np.isfinite(history.loss[-1]):
            self._diverged, news = None, True
        if self._read_epochs(history) or news:
            self._judge()

    def look(self, stats: ActivationStats) -> None:
        """Take in how the units answer now; of another number of layers it is left alone."""
        if tuple(len(z) for z in stats.zero) == self._plan.spec.sizes[1:]:
            self._stats = stats
            self._judge()

    def note_divergence(self, step: int, kept_step: int) -> None:
        """Take in that the engine stopped at a step whose loss was not finite, and keeps the weights of another."""
        self._diverged = (step, kept_step)
        self._judge()

    # -- reading -------------------------------------------------------------------------------------------------

    def _begin_after_changes(self, history: History) -> None:
        """Read a history from the last change of the network or the loss on: before, another one was trained."""
        before, self._changes = self._changes, len(history.changes)
        first = start = None
        for change in history.changes:
            old, new = change.before, change.after
            if old.config.loss != new.config.loss:
                first = start = change.step
            elif old.spec != new.spec:
                first = change.step
        is_newer = any(change.step == first for change in history.changes[before:])
        if self._blocks.rows == 0 or is_newer:
            steps = history.step
            row, start_row = (int(np.searchsorted(steps, at or 0, "right")) for at in (first, start))
            self._begin(row, start_row, first or 0)

    def _read_steps(self, history: History) -> bool:
        config = self._plan.config
        chance = chance_loss(self._plan)
        read = self._blocks.read(history, config.batch_size, math.ceil(config.warmup_epochs), chance)
        step = self._blocks.not_finite_at
        if step is not None and self._diverged is None:
            self._diverged = (step, step - 1)
        if read is None:
            return step is not None
        start = self._blocks.start
        assert start is not None
        with np.errstate(invalid="ignore", over="ignore"):
            before = np.minimum.accumulate(np.concatenate([[self._lowest], read.loss]))[:-1]
            rise = read.loss - before
            climbed = (rise > RISEN_SHARE * start) & (rise > RISEN_ERRORS * read.error) & np.isfinite(before)
            flags = {
                "learning_rate": (read.loss > RISEN_ABOVE_START * start) | climbed,
                "exploding_gradients": read.norms.max(axis=1) > EXPLODING_NORM,
                "vanishing_gradients": (read.ratios.min(axis=1) < VANISHING_RATIO)
                & (read.norms.max(axis=1) > NO_GRADIENT),
            }
        self._lowest = min(self._lowest, float(read.loss.min()))
        for rule, track in self._tracks.items():
            track.take(flags[rule], read.first, read.last)
        self._stuck.take((read.loss >= MOVED_SHARE * start) & ~read.is_warm_up, read.first, read.last)
        return True

    def _read_epochs(self, history: History) -> bool:
        epochs = history.epochs
        if len(epochs) == self._epochs:
            return False
        for record in epochs[self._epochs :]:
            if record.step <= self._first_step:
                continue
            self._recent.append(record)
            if self._best is None or record.validation_loss < self._best.validation_loss:
                self._best = record
        self._epochs = len(epochs)
        return True

    # -- judging -------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        found: list[Finding] = []
        if self._diverged is not None:
            found.append(self._not_finite(*self._diverged))
        if self._stats is not None and self._stats.samples:
            found += unit_findings(self._plan, self._stats, self._seen)
        closed = {f.layer or 0 for f in found if f.layer and dict(f.numbers)["share of units"] >= CLOSED_SHARE}
        block = self._blocks.last
        if block is not None and self._diverged is None:
            if self._tracks["exploding_gradients"].is_on:
                found.append(self._exploding())
            if self._tracks["learning_rate"].is_on:
                found.append(self._too_large())
            # What is behind a layer of dead or saturated units has vanished because of them.
            layer = int(np.argmin(block.ratios[-1])) + 1
            if self._tracks["vanishing_gradients"].is_on and not any(shut >= layer for shut in closed):
                found.append(self._vanishing(layer))
            if self._stuck.length * BLOCK_STEPS >= NO_PROGRESS_STEPS and not self._tracks["learning_rate"].is_on:
                found.append(self._no_progress(found))
        if self._has_turned():
            found.append(self._overfitting())
        order = list(RULES)
        found.sort(key=lambda f: (f.severity != "error", order.index(f.rule), f.layer or 0))
        self._findings = tuple(found)

    @property
    def _is_lost(self) -> bool:
        """Whether the network is now worse than untrained, so that its weights are not worth keeping."""
        block, start = self._blocks.last, self._blocks.start
        return block is None or start is None or not block.loss[-1] < start

    def _not_finite(self, step: int, kept: int) -> Finding:
        rate = self._plan.config.learning_rate
        why = (
            f"The loss or a weight stopped being a finite number at step {step:,}; training was stopped, and the "
            f"weights of step {kept:,}, the last good ones, are kept."
        )
        numbers = (("learning rate", rate), ("kept step", float(kept)))
        fix = fixes.lower_rate(self._plan, restart=self._is_lost, by=10)
        return Finding("not_finite", "error", None, None, step, step, numbers, why, fix)

    def _exploding(self) -> Finding:
        block, track = self._blocks.last, self._tracks["exploding_gradients"]
        assert block is not None
        assert track.since is not None
        worst = int(np.argmax(block.norms[-1]))
        norm = float(block.norms[-1, worst])
        why = (
            f"The norm of dL/dW of layer {worst + 1} is {amount(norm)}, more than {EXPLODING_NORM:.0f}: one step can "
            "throw the weights far beyond where the gradient holds."
        )
        at_first = track.since <= BLOCK_STEPS
        fix = fixes.calm(self._plan, at_first=at_first, restart=self._is_lost)
        numbers = (("gradient norm", norm), ("limit", EXPLODING_NORM))
        return Finding(
            "exploding_gradients", "error", worst + 1, None, track.since, track.last, numbers, why, fix
        )

    def _too_large(self) -> Finding:
        block, track, config = self._blocks.last, self._tracks["learning_rate"], self._plan.config
        assert block is not None
        assert track.since is not None
        loss, start = float(block.loss[-1]), float(self._blocks.start or 0)
        reference, words = (start, "of the untrained network") if loss > RISEN_ABOVE_START * start else (
            self._lowest, "it had reached"
        )
        why = (
            f"The training loss has risen to {amount(loss)} from the {amount(reference)} {words}: with batches of "
            f"{config.batch_size:,} the steps of rate {config.learning_rate:g} overshoot."
        )
        numbers = (("loss", loss), ("loss at the start", start), ("lowest loss", self._lowest))
        fix = fixes.smaller_steps(self._plan, restart=self._is_lost)
        return Finding("learning_rate", "warning", None, None, track.since, track.last, numbers, why, fix)

    def _vanishing(self, layer: int) -> Finding:
        block, track = self._blocks.last, self._tracks["vanishing_gradients"]
        assert block is not None
        assert track.since is not None
        ratios = block.ratios[-1]
        ratio, largest = float(ratios[layer - 1]), int(np.argmax(ratios)) + 1
        small = [int(k) + 1 for k in np.flatnonzero(ratios < VANISHING_RATIO)] or [layer]
        parts = 1 / max(ratio, 1e-30)
        verb = "learn" if len(small) > 1 else "learns"
        why = (
            f"Per weight, dL/dW of layer {layer} is {amount(parts)} times smaller than that of layer {largest}: the "
            f"error shrinks on its way back, and {layer_words(small)} {verb} next to nothing."
        )
        numbers = (("ratio to the largest", ratio), ("layers", float(len(small))))
        fix = fixes.carry_gradients(self._plan)
        return Finding("vanishing_gradients", "warning", layer, None, track.since, track.last, numbers, why, fix)

    def _no_progress(self, others: list[Finding]) -> Finding:
        block, track = self._blocks.last, self._stuck
        assert block is not None
        assert track.since is not None
        loss, start = float(block.loss[-1]), float(self._blocks.start or 0)
        steps = track.last - track.since + 1
        blocked = not block.norms[-1].max() > NO_GRADIENT
        cause = fixes.cause_words(self._plan, others, blocked)
        why = f"After {steps:,} steps the loss is {amount(loss)}, and {amount(start)} was that of the untrained network"
        numbers = (("loss", loss), ("loss at the start", start), ("steps", float(steps)))
        fix = fixes.get_moving(self._plan, others, restart=self._is_lost)
        return Finding(
            "no_progress", "warning", None, None, track.since, track.last, numbers, why + cause, fix
        )

    def _has_turned(self) -> bool:
        best, recent = self._best, self._recent
        start = self._blocks.start
        if best is None or start is None or len(recent) < TURNED_EPOCHS or self._validation_count < TURNED_SAMPLES:
            return False
        learnt = best.validation_loss < start  # of what was never learnt nothing can be learnt by heart
        if recent[0].epoch <= best.epoch or not recent[-1].loss < best.loss or not learnt:
            return False
        least = min(record.validation_loss for record in recent)
        rise = least - best.validation_loss
        return rise > TURNED_SHARE * best.validation_loss and rise > TURNED_OF_START * start

    def _overfitting(self) -> Finding:
        best, now = self._best, self._recent[-1]
        assert best is not None
        why = (
            f"Since epoch {best.epoch} the validation loss has risen from {amount(best.validation_loss)} to "
            f"{amount(now.validation_loss)} while the training loss fell to {amount(now.loss)}: the network learns the "
            "training samples by heart."
        )
        numbers = (
            ("lowest validation loss", best.validation_loss), ("validation loss", now.validation_loss),
            ("training loss", now.loss), ("best epoch", float(best.epoch)),
        )  # fmt: skip
        fix = fixes.regularise(self._plan)
        return Finding("overfitting", "warning", None, None, best.step, now.step, numbers, why, fix)
