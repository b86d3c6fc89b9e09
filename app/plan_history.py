"""Undo and redo of every edit of network and training."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.plan_words import (
    ACTIVATION_NAMES,
    INITIALIZER_NAMES,
    LOSS_NAMES,
    OPTIMIZER_NAMES,
    SCHEDULE_NAMES,
    brief,
)
from nnviz.spec import LayerSpec, Plan, TrainingConfig

#: Edits that can be taken back; older ones are forgotten.
UNDO_LIMIT = 200

_LAYER_WORDS = {
    "units": "units", "activation": "activation", "kernel_initializer": "initializer", "use_bias": "bias",
    "batch_norm": "batch normalisation", "dropout": "dropout", "l1": "L1", "l2": "L2",
}
_CONFIG_WORDS = {"restore_best": "back to the best weights", "patience": "early stopping", "warmup_epochs": "warm-up"}
_VALUE_NAMES = {
    "activation": ACTIVATION_NAMES, "kernel_initializer": INITIALIZER_NAMES, "optimizer": OPTIMIZER_NAMES,
    "loss": LOSS_NAMES, "schedule": SCHEDULE_NAMES,
}


def describe(before: Plan, after: Plan) -> str:
    """Say in few words what an edit changed: ``units of layer 2 from 64 to 32``."""
    network, training = _network_change(before, after), _config_change(before.config, after.config)
    # The loss goes with the output.
    if network and training and not network.startswith("output"):
        return "network and training"
    return network or training or "nothing"


def _network_change(before: Plan, after: Plan) -> str:
    old, new = before.spec.layers, after.spec.layers
    if old == new:
        return "" if before.spec == after.spec else "input"
    if len(new) == len(old) + 1:
        for k in range(len(old)):
            if new[:k] + new[k + 1 :] == old:
                copied = new[k + 1] == new[k]
                return f"duplicate of layer {k + 1}" if copied else f"layer {k + 1} added, {_layer_words(new[k])}"
    if len(new) == len(old) - 1:
        for k in range(len(new)):
            if old[:k] + old[k + 1 :] == new:
                return f"layer {k + 1} removed, {_layer_words(old[k])}"
    if len(new) != len(old):
        return "network"
    changed = [k for k in range(len(old)) if old[k] != new[k]]
    first, last = changed[0], changed[-1]
    if last == first + 1 and (old[first], old[last]) == (new[last], new[first]):
        return f"layers {first + 1} and {last + 1} swapped"
    if len(changed) > 1:
        return "network"
    place = changed[0]
    parts = _changes(old[place], new[place])
    is_output = place == len(old) - 1
    if len(parts) > 1 or (is_output and before.config.loss != after.config.loss):
        return "output" if is_output else f"layer {place + 1}"
    key, words = parts[0]
    return f"{_LAYER_WORDS[key]} of {'the output' if is_output else f'layer {place + 1}'} {words}"


def _config_change(before: TrainingConfig, after: TrainingConfig) -> str:
    parts = _changes(before, after)
    if len(parts) > 1:
        return "training"
    return " ".join((_CONFIG_WORDS.get(parts[0][0], parts[0][0].replace("_", " ")), parts[0][1])) if parts else ""


def _changes(before: Any, after: Any) -> list[tuple[str, str]]:
    """Return key and words (``from 64 to 32``, ``on``) of every field that differs."""
    made = []
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            made.append((field.name, _from_to(field.name, old, new)))
    return made


def _from_to(key: str, old: object, new: object) -> str:
    if isinstance(new, bool):
        return "on" if new else "off"
    return f"from {_value(key, old)} to {_value(key, new)}"


def _value(key: str, value: object) -> str:
    if isinstance(value, str):
        return _VALUE_NAMES.get(key, {}).get(value, value)
    return f"{value:,}" if isinstance(value, int) else brief(value) if isinstance(value, float) else str(value)


def _layer_words(layer: LayerSpec) -> str:
    return f"{layer.units:,} {ACTIVATION_NAMES[layer.activation]}"


class _Edit(QUndoCommand):
    """One edit. It holds what was changed only: what training raised since, the epochs, stays."""

    def __init__(self, history: PlanHistory, before: Plan, after: Plan, text: str) -> None:
        super().__init__(text)
        self._history = history
        self._before, self._after = before, after
        self._is_done = True  # by the person; pushing calls redo

    def redo(self) -> None:
        """Do the edit again; the first call comes with the push, when it is done already."""
        if self._is_done:
            self._is_done = False
            return
        if not self._history.ask_for(self._before, self._after):
            self.setObsolete(True)

    def undo(self) -> None:
        """Take the edit back."""
        if not self._history.ask_for(self._after, self._before):
            self.setObsolete(True)  # refused: there is nothing to do again either


class PlanHistory(QObject):
    """Records the plans that the person made, and asks for the earlier or later one."""

    #: The Plan that shall be in force, for undo and redo.
    plan_requested = Signal(object)
    #: Something else can be undone or redone.
    changed = Signal()
    #: An edit was recorded.
    recorded = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        # Made by the person or asked for, and not yet in force; with what an edit is called.
        self._awaited: tuple[Plan, str | None] | None = None
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(UNDO_LIMIT)
        self._stack.indexChanged.connect(self._index_changed)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self._stack.canUndo()

    @property
    def can_redo(self) -> bool:
        """Whether an edit was taken back that can be done again."""
        return self._stack.canRedo()

    @property
    def undo_text(self) -> str:
        """What undo would take back: ``units of layer 2 from 64 to 32``, or ""."""
        return self._stack.undoText()

    @property
    def redo_text(self) -> str:
        """What redo would do again, or ""."""
        return self._stack.redoText()

    def set_plan(self, plan: Plan) -> None:
        """Note the plan in force. An edit that was announced is recorded once it is: what is refused is no edit.

        Another network that no edit made comes with other data, an opened model or one brought back: earlier edits
        were not of it, and are forgotten. Training values that training itself changed do not matter.
        """
        before, self._plan = self._plan, plan
        awaited, self._awaited = self._awaited, None
        if before is None or before == plan:
            return
        if awaited is None or awaited[0] != plan:
            if before.spec != plan.spec:
                self._stack.clear()
        elif awaited[1] is not None:
            self._stack.push(_Edit(self, before, plan, awaited[1] or describe(before, plan)))
            self.recorded.emit()

    def announce(self, plan: Plan, text: str = "") -> None:
        """Announce an edit of the person; the next ``set_plan`` says whether it came into force.

        Args:
            plan: what the person wants to make of the plan in force.
            text: what the edit is called; by default what it changes.
        """
        self._awaited = (plan, text)

    def undo(self) -> None:
        """Take the last edit back."""
        self._stack.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._stack.redo()

    def ask_for(self, old: Plan, new: Plan) -> bool:
        """Ask for ``new`` in what differs from ``old``, the rest stays as it is; return whether that is in force."""
        if self._plan is None:
            return False
        changed = {
            field.name: getattr(new.config, field.name)
            for field in fields(TrainingConfig)
            if getattr(new.config, field.name) != getattr(old.config, field.name)
        }
        spec = new.spec if new.spec != old.spec else self._plan.spec
        wanted = Plan(spec, replace(self._plan.config, **changed))
        if wanted != self._plan:
            self._awaited = (wanted, None)
            self.plan_requested.emit(wanted)
        return self._plan == wanted

    def _index_changed(self, _index: int) -> None:
        self.changed.emit()
