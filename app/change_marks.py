"""What a person changed while training ran, in a few words: marks for the curves."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from app.hand_words import short_words
from nnviz.spec import NetworkSpec, Plan, TrainingConfig
from nnviz.training.hand import HandEdit
from nnviz.training.history import History

#: (step, text, kind): the first step that the change applied to, what changed, and ``"change"``.
Mark = tuple[int, str, str]
KIND = "change"
#: Whose marks these are on a plot.
CHANGES = "change"

#: Fields of a layer with their short names; numbers are written with the old and the new value.
_LAYER_FIELDS = {
    "activation": "activation", "dropout": "dropout", "l1": "L1", "l2": "L2", "batch_norm": "batch norm",
    "use_bias": "bias",
}
_CONFIG_FIELDS = {
    "optimizer": "optimizer", "learning_rate": "lr", "batch_size": "batch", "loss": "loss", "momentum": "momentum",
    "schedule": "schedule", "decay_factor": "decay factor", "decay_epochs": "decay epochs",
    "warmup_epochs": "warm-up epochs", "shuffle": "shuffle",
}
#: More changes at once than this are counted.
MOST = 3


def describe_change(old: Plan, new: Plan) -> str:
    """Return in a few words what of a plan changes the steps from now on: ``"lr 0.01 → 0.001"``.

    Several changes are joined with commas; "" where the steps go on as before: the same plan, or one that differs
    only in when training ends.
    """
    parts = _config_changes(old.config, new.config) + _spec_changes(old.spec, new.spec)
    if len(parts) > MOST:
        return f"{', '.join(parts[: MOST - 1])} and {len(parts) - MOST + 1} more"
    return ", ".join(parts)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, int | float) else str(value).replace("_", " ")


def _spec_changes(old: NetworkSpec, new: NetworkSpec) -> list[str]:
    if len(old.layers) != len(new.layers) or old.input_shape != new.input_shape:
        return [f"network {new.title}"]
    if old.sizes != new.sizes:
        return [f"units {old.title} → {new.title}"]
    parts = []
    hidden = len(new.layers) - 1
    for name, short in _LAYER_FIELDS.items():
        pairs = [(getattr(a, name), getattr(b, name)) for a, b in zip(old.layers, new.layers, strict=True)]
        changed = [k for k, (a, b) in enumerate(pairs) if a != b]
        if not changed:
            continue
        values = {pairs[k] for k in changed}
        if len(values) > 1:
            parts.append(f"{short} of {len(changed)} layers")
            continue
        before, after = next(iter(values))
        change = f"{short} {_text(before)} → {_text(after)}"
        everywhere = len(changed) >= hidden and len(changed) > 1
        where = "" if everywhere or hidden < 2 else f" in layer {', '.join(str(k + 1) for k in changed)}"
        parts.append(change + where)
    return parts


def _config_changes(old: TrainingConfig, new: TrainingConfig) -> list[str]:
    return [
        f"{short} {_text(getattr(old, name))} → {_text(getattr(new, name))}"
        for name, short in _CONFIG_FIELDS.items() if getattr(old, name) != getattr(new, name)
    ]


class ChangeMarks:
    """The marks of every training, and the plan they go up to. Mutable; a window owns it."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self._marks: WeakKeyDictionary[History, tuple[Mark, ...]] = WeakKeyDictionary()
        # The plan before the last mark: several edits before the next step are one change to it.
        self._before: Plan | None = None
        self._by_hand: WeakKeyDictionary[History, tuple[Mark, ...]] = WeakKeyDictionary()
        # All that was changed by hand since the last mark of it.
        self._hand: HandEdit | None = None
        self._stroke = 0

    def note_hand(self, edit: HandEdit, history: History, stroke: int) -> None:
        """Take over in place an edit by hand; those before the next step, or of one stroke, are one mark.

        Args:
            edit: what was changed.
            history: the steps made so far; before the first there is nothing to mark.
            stroke: number of the movement of the hand that it belongs to.
        """
        if not len(history):
            return
        step, earlier = int(history.step[-1]) + 1, self._by_hand.get(history, ())
        goes_on = bool(earlier) and self._hand is not None and (earlier[-1][0] == step or stroke == self._stroke)
        if goes_on and self._hand is not None:
            step, edit, earlier = earlier[-1][0], self._hand.then(edit), earlier[:-1]
        self._hand, self._stroke = edit, stroke
        if edit.is_empty:
            self._hand = None
        else:
            earlier = (*earlier, (step, short_words(edit), KIND))
        self._by_hand[history] = earlier

    def note(self, plan: Plan, history: History) -> bool:
        """Take over in place how training goes on; whether that changed the marks.

        Args:
            plan: the network and how it is trained from now on.
            history: the steps made so far; before the first there is nothing to mark.
        """
        last, self._plan = self._plan, plan
        if last is None or not len(history):
            return False
        step, earlier = int(history.step[-1]) + 1, self._marks.get(history, ())
        if earlier and earlier[-1][0] == step and self._before is not None:
            last, earlier = self._before, earlier[:-1]
        text = describe_change(last, plan)
        made = (*earlier, (step, text, KIND)) if text else earlier
        if made == self._marks.get(history, ()):
            return False
        self._before = last
        self._marks[history] = made
        return True

    def of(self, history: History) -> tuple[Mark, ...]:
        """Return the marks of a training, in the order of their steps."""
        marks = (*self._marks.get(history, ()), *self._by_hand.get(history, ()))
        return tuple(sorted(marks, key=lambda mark: mark[0]))
