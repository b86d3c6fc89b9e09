"""The menu of a unit or an edge in the picture: what can be done to it by hand."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.hand_words import changes_words
from nnviz.picture.refs import EdgeRef, Ref, UnitRef


@dataclass(frozen=True, slots=True)
class HandTarget:
    """What the menu is about.

    Attributes:
        ref: a unit, an edge, or None for the picture itself.
        title: what it is called.
        silenced, frozen: of a unit.
        can_silence: whether it can be silenced: hidden units can.
        has_bias: whether the unit has a bias.
        changes: how much is changed by hand in the whole network.
    """

    ref: Ref | None
    title: str = ""
    silenced: bool = False
    frozen: bool = False
    can_silence: bool = True
    has_bias: bool = True
    changes: int = 0


class HandMenu(QMenu):
    """A menu made anew for each target; emits what the person wants."""

    #: UnitRef, whether it shall be so.
    silence_requested = Signal(object, bool)
    freeze_requested = Signal(object, bool)
    #: Ref whose weight or bias shall be set in the editor.
    editor_requested = Signal(object)
    #: Ref: a weight, or all weights into a unit, shall be 0.
    zero_requested = Signal(object)
    #: Ref: a weight, or all weights into a unit, shall have the other sign.
    flip_requested = Signal(object)
    #: Everything that was changed by hand shall be as it was.
    let_go_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("hand_menu")
        self.setAccessibleName("Edit by hand")
        self.setToolTipsVisible(True)
        self._target = HandTarget(None)

    def set_target(self, target: HandTarget) -> None:
        """Fill the menu for a unit, an edge or the picture; emits nothing."""
        self._target = target
        self.clear()
        ref = target.ref
        if target.title:
            heading = QAction(target.title, self)
            heading.setObjectName("hand_heading")
            heading.setEnabled(False)
            self.addAction(heading)
            self.addSeparator()
        if isinstance(ref, EdgeRef):
            self._add_edge(ref)
        elif isinstance(ref, UnitRef) and ref.layer >= 1 and ref.unit >= 0:
            self._add_unit(target)
        elif ref is not None:
            what = "The bias unit is always 1" if ref.layer >= 0 and ref.unit < 0 else "An input is what the data say"
            self._add("nothing", f"{what}: edit the edges from it", "", enabled=False)
        self.addSeparator()
        count = target.changes
        text = f"Let it all go ({changes_words(count)})" if count else "Let it all go (nothing is changed)"
        tip = "Set every weight that you edited to what it was before, take all marks off; it can be undone."
        self._add("let_go", text, tip, enabled=count > 0).triggered.connect(self._let_go)

    def _add(self, name: str, text: str, tip: str, *, enabled: bool = True) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"hand_{name}")
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.setEnabled(enabled)
        self.addAction(action)
        return action

    def _add_unit(self, target: HandTarget) -> None:
        silence = self._add(
            "silence", "Silence unit", "Hold its activation at 0, in training too; no gradient goes through it.",
            enabled=target.can_silence,
        )
        if not target.can_silence:
            silence.setToolTip("An output cannot be silenced: its activation is the answer.")
        freeze = self._add(
            "freeze", "Freeze unit", "Training changes neither the weights into it nor its bias.",
        )
        for action, on, wish in (
            (silence, target.silenced, self._silence), (freeze, target.frozen, self._freeze),
        ):
            action.setCheckable(True)
            action.setChecked(on)
            action.triggered.connect(wish)
        self.addSeparator()
        self._add(
            "edit", "Set bias…" if target.has_bias else "Set bias… (this layer has none)",
            "Set its bias by a number or a slider.", enabled=target.has_bias,
        ).triggered.connect(self._edit)
        self._add(
            "zero", "Zero incoming weights", "Set all weights into it to 0: it hears nothing but its bias.",
        ).triggered.connect(self._zero)
        self._add(
            "flip", "Flip sign of incoming weights", "Multiply all weights into it by −1: it looks for the opposite.",
        ).triggered.connect(self._flip)

    def _add_edge(self, ref: EdgeRef) -> None:
        what = "bias" if ref.source < 0 else "weight"
        self._add("edit", f"Set {what}…", f"Set the {what} by a number or a slider.").triggered.connect(self._edit)
        self._add("zero", "Zero", f"Set the {what} to 0; it goes on learning from there.").triggered.connect(
            self._zero
        )
        self._add("flip", "Flip sign", f"Multiply the {what} by −1.").triggered.connect(self._flip)

    def _silence(self, checked: bool) -> None:
        self.silence_requested.emit(self._target.ref, checked)

    def _freeze(self, checked: bool) -> None:
        self.freeze_requested.emit(self._target.ref, checked)

    def _edit(self) -> None:
        self.editor_requested.emit(self._target.ref)

    def _zero(self) -> None:
        self.zero_requested.emit(self._target.ref)

    def _flip(self) -> None:
        self.flip_requested.emit(self._target.ref)

    def _let_go(self) -> None:
        self.let_go_requested.emit()
