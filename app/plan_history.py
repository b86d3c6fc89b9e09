"""Undo and redo of every edit of network and training, and of weights and units by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.hand_words import edit_words
from app.plan_words import (
    ACTIVATION_NAMES,
    INITIALIZER_NAMES,
    LOSS_NAMES,
    OPTIMIZER_NAMES,
    SCHEDULE_NAMES,
    brief,
)
from nnviz.spec import LayerSpec, Plan, TrainingConfig
from nnviz.training.hand import HandEdit

#: Edits that can be taken back; older ones are forgotten.
UNDO_LIMIT = 200
#: The number of edits by hand among the commands of a QUndoStack: only those of the same one are merged.
HAND_COMMAND = 1

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


class _HandCommand(QUndoCommand):
    """An edit of weights or units by hand; what follows it in the same stroke is one with it."""

    def __init__(self, history: PlanHistory, edit: HandEdit, text: str, stroke: int) -> None:
        super().__init__(text)
        self._history = history
        self.edit, self.stroke = edit, stroke
        #: Serials of the edits that it is made of; the first says what there was before.
        self.serials = [edit.serial]
        self.is_void = False
        self._is_done = True  # by the person; pushing calls redo

    def id(self) -> int:
        """Let commands be merged that have the same number."""
        return HAND_COMMAND

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take a later edit of the same stroke in; whether it is one."""
        if not isinstance(other, _HandCommand) or other.stroke != self.stroke or self.is_void:
            return False
        self.edit = self.edit.then(other.edit)
        self.serials += other.serials
        self.setText(other.merged_text(self.edit))
        self.setObsolete(self.edit.is_empty)
        return True

    def merged_text(self, edit: HandEdit) -> str:
        """Return what an edit is called that this one was merged into."""
        return self._history.words_of(edit) or self.text()

    def redo(self) -> None:
        """Do the edit again; the first call comes with the push, when it is done already."""
        if self._is_done:
            self._is_done = False
            return
        self._ask(self.edit)

    def undo(self) -> None:
        """Take the edit back."""
        self._ask(self.edit.inverse)

    def _ask(self, edit: HandEdit) -> None:
        if self.is_void:
            self.setObsolete(True)
        else:
            self._history.hand_requested.emit(edit)


class PlanHistory(QObject):
    """Records the plans that the person made and the edits by hand, and asks for the earlier or later state."""

    #: The Plan that shall be in force, for undo and redo.
    plan_requested = Signal(object)
    #: HandEdit that shall be made, for undo and redo.
    hand_requested = Signal(object)
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
        return self._last() is not None

    @property
    def can_redo(self) -> bool:
        """Whether an edit was taken back that can be done again."""
        return self._next() is not None

    @property
    def undo_text(self) -> str:
        """What undo would take back: ``units of layer 2 from 64 to 32``, or ""."""
        last = self._last()
        return "" if last is None else last.text()

    @property
    def redo_text(self) -> str:
        """What redo would do again, or ""."""
        following = self._next()
        return "" if following is None else following.text()

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

    def adopt_plan(self, plan: Plan) -> None:
        """Note a plan that comes into force for the very network that is shown: edits so far were of it and stay."""
        self._plan, self._awaited = plan, None

    def record_hand(self, edit: HandEdit, stroke: int) -> None:
        """Record an edit by hand that was made; one of the same stroke as the last is one with it.

        Args:
            edit: what was changed.
            stroke: number of the movement of the hand, one for a whole drag.
        """
        self._stack.push(_HandCommand(self, edit, self.words_of(edit), stroke))
        self.recorded.emit()
        self.changed.emit()  # a merged edit moves no index

    def correct_hand(self, exact: HandEdit) -> None:
        """Note in place what the weights of a recorded edit were to the bit, as the engine says."""
        for command in self._hand_commands():
            if command.serials[0] == exact.serial:
                before = {ref: value for ref, value, _after in exact.weights}
                weights = tuple((ref, before.get(ref, was), now) for ref, was, now in command.edit.weights)
                command.edit = replace(command.edit, weights=weights)

    def forget_hand(self, serial: int | None = None) -> None:
        """Forget in place an edit by hand, or all of them: they were refused, or of a network that is no more."""
        for command in self._hand_commands():
            if serial is None or serial in command.serials:
                command.is_void = True
        self.changed.emit()

    def words_of(self, edit: HandEdit) -> str:
        """Return what an edit by hand is called."""
        return edit_words(edit, 0 if self._plan is None else len(self._plan.spec.layers))

    def undo(self) -> None:
        """Take the last edit back."""
        while self._stack.canUndo() and _is_void(self._stack.command(self._stack.index() - 1)):
            self._stack.undo()  # it asks for nothing, and is gone
        self._stack.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        while self._stack.canRedo() and _is_void(self._stack.command(self._stack.index())):
            self._stack.redo()
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

    def _hand_commands(self) -> list[_HandCommand]:
        commands = (self._stack.command(place) for place in range(self._stack.count()))
        return [command for command in commands if isinstance(command, _HandCommand)]

    def _last(self) -> QUndoCommand | None:
        """Return what undo would take back."""
        places = range(self._stack.index() - 1, -1, -1)
        commands = (self._stack.command(place) for place in places)
        return next((command for command in commands if not _is_void(command)), None)

    def _next(self) -> QUndoCommand | None:
        """Return what redo would do again."""
        commands = (self._stack.command(place) for place in range(self._stack.index(), self._stack.count()))
        return next((command for command in commands if not _is_void(command)), None)

    def _index_changed(self, _index: int) -> None:
        self.changed.emit()


def _is_void(command: QUndoCommand) -> bool:
    return isinstance(command, _HandCommand) and command.is_void
