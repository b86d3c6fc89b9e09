"""Editing by hand in the window: menu and editor in the picture, undo, marks on the curves, the effect."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF
from PySide6.QtGui import QContextMenuEvent

from app.hand_effect import EffectQuestion, HandEffect
from app.hand_words import edge_words, unit_words
from app.plan_history import PlanHistory
from app.session import Session
from app.session_values import HandChanges
from app.theme import Theme
from app.widgets.effect_strip import EffectStrip
from app.widgets.hand_editor import HandEditor
from app.widgets.hand_menu import HandMenu, HandTarget
from app.widgets.hand_popover import HandPopover
from app.widgets.network_stage import NetworkStage
from app.windows.curves_desk import CurvesDesk
from nnviz.picture.effect_words import effect_lines
from nnviz.picture.refs import EdgeRef, Ref, UnitRef
from nnviz.training.effect import Effect
from nnviz.training.hand import HandEdit, incoming, value_of
from nnviz.training.records import HandMarks, Snapshot


class HandControls(QObject):
    """Connects what edits by hand with the session.

    Args:
        session: has the network.
        stage: shows it; its view gets a menu and a card.
        strip: shows what the edits do.
        plans: keeps the edits for undo.
        curves: marks them.
    """

    def __init__(
        self, session: Session, stage: NetworkStage, strip: EffectStrip, plans: PlanHistory, curves: CurvesDesk
    ) -> None:
        super().__init__(stage)
        self._session, self._view, self._strip, self._plans, self._curves = session, stage.view, strip, plans, curves
        self.menu = HandMenu(stage.view)
        self.popover = HandPopover(stage.view)
        self.effect = HandEffect(self)
        self.editors: list[HandEditor] = []
        # Edits of one movement of the hand are undone at once.
        self._stroke = 0
        self._is_undoing = False
        # Where the menu was opened last, and on what.
        self._at = QPoint(0, 0)
        self._pointed: Ref | None = None
        stage.view.installEventFilter(self)
        menu = self.menu
        menu.silence_requested.connect(self.silence)
        menu.freeze_requested.connect(self.freeze)
        menu.editor_requested.connect(self.edit)
        menu.zero_requested.connect(self.zero)
        menu.flip_requested.connect(self.flip)
        menu.let_go_requested.connect(self.let_go)
        self.add_editor(self.popover.editor)
        strip.let_go_requested.connect(self.let_go)
        strip.dismissed.connect(self.effect.forget)
        plans.hand_requested.connect(self._undo)
        session.hand_edited.connect(self._edited)
        session.hand_confirmed.connect(plans.correct_hand)
        session.hand_refused.connect(self._refused)
        session.hand_changed.connect(self._changed)
        session.hand_forgotten.connect(self._forgotten)
        session.plan_adopted.connect(plans.adopt_plan)
        session.snapshot_changed.connect(self._snapshot_changed)
        self.effect.measured.connect(self._measured)

    def add_editor(self, editor: HandEditor) -> None:
        """Let an editor act on the network, and follow it; for that of a card elsewhere in the window."""
        self.editors.append(editor)
        editor.value_requested.connect(self.set_weight)
        editor.settled.connect(self._settle)
        editor.silence_requested.connect(self.silence)
        editor.freeze_requested.connect(self.freeze)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.popover.set_theme(theme)
        self._strip.set_theme(theme)

    def stop(self) -> None:
        """Stop measuring and wait for the thread; the window closes."""
        self.effect.stop()

    # -- wishes --------------------------------------------------------------------------------------------

    def set_weight(self, ref: EdgeRef, value: float) -> None:
        """Set a weight or a bias."""
        self._session.set_weight(ref, value)

    def silence(self, ref: UnitRef, on: bool) -> None:
        """Silence a unit, or let it sound again."""
        marks = self._session.hand.marks
        self._set_marks(HandMarks(_with(marks.silenced, ref, on), marks.frozen))

    def freeze(self, ref: UnitRef, on: bool) -> None:
        """Freeze a unit, or let it learn again."""
        marks = self._session.hand.marks
        self._set_marks(HandMarks(marks.silenced, _with(marks.frozen, ref, on)))

    def zero(self, ref: Ref) -> None:
        """Set a weight, or all weights into a unit, to 0."""
        self._set_all(ref, 0.0)

    def flip(self, ref: Ref) -> None:
        """Multiply a weight, or all weights into a unit, by −1."""
        self._set_all(ref, None)

    def let_go(self) -> None:
        """Put everything back that was changed by hand."""
        self._settle()
        self._session.let_go()
        self._settle()

    def edit(self, ref: Ref) -> None:
        """Open the editor of a weight or a unit beside it."""
        if self.show_in(self.popover.editor, ref):
            self.popover.open_at(self._point_of(ref))

    def show_in(self, editor: HandEditor, ref: Ref) -> bool:
        """Show a weight or a unit in an editor; False where it has nothing to edit."""
        network = self._session.network
        if network is None:
            return False
        layers, spec = len(network.spec.layers), network.spec
        if not 1 <= ref.layer <= layers:
            return False
        of_layer = network.parameters[ref.layer - 1]
        if isinstance(ref, EdgeRef):
            largest = of_layer.bias if ref.source < 0 else of_layer.kernel
            limit = float(np.abs(largest).max())
            title = edge_words(ref, layers)
            editor.set_edge(ref, f"{title[:1].upper()}{title[1:]}", value_of(network.parameters, ref), limit)
            return True
        if ref.unit < 0:
            return False
        marks, key = network.marks, (ref.layer, ref.unit)
        has_bias = spec.layers[ref.layer - 1].use_bias
        editor.set_unit(
            ref, unit_words(ref, layers), float(of_layer.bias[ref.unit]) if has_bias else None,
            float(np.abs(of_layer.bias).max()), silenced=key in marks.silenced, frozen=key in marks.frozen,
            can_silence=ref.layer < layers,
        )
        return True

    def open_menu(self, ref: Ref | None, at: QPoint) -> None:
        """Open the menu of a unit, an edge or the picture.

        Args:
            ref: what it is about.
            at: where, in the view.
        """
        network = self._session.network
        if network is None:
            return
        self._at, self._pointed = at, ref
        layers = len(network.spec.layers)
        title, key, has_bias = "", (0, 0), True
        if isinstance(ref, EdgeRef):
            title = edge_words(ref, layers)
        elif ref is not None:
            title, key = unit_words(ref, layers) if ref.unit >= 0 else "Bias unit", (ref.layer, ref.unit)
            has_bias = ref.layer == 0 or network.spec.layers[ref.layer - 1].use_bias
        marks = network.marks
        self.menu.set_target(
            HandTarget(
                ref, f"{title[:1].upper()}{title[1:]}", key in marks.silenced, key in marks.frozen,
                ref is not None and ref.layer < layers, has_bias, self._session.hand.count,
            )
        )
        self.menu.popup(self._view.mapToGlobal(at))

    # -- what the session says -----------------------------------------------------------------------------

    def _edited(self, edit: HandEdit) -> None:
        self._curves.note_hand(edit, self._stroke)
        if not self._is_undoing:
            self._plans.record_hand(edit, self._stroke)
        self._strip.show()

    def _refused(self, edit: HandEdit) -> None:
        self._plans.forget_hand(edit.serial)
        self._follow()

    def _forgotten(self) -> None:
        self._plans.forget_hand()
        self.popover.hide()

    def _changed(self, changes: HandChanges) -> None:
        self._strip.set_changes(changes.count)
        if not changes.count:
            self._strip.hide()
            self._strip.set_lines(())
            self.effect.forget()
        else:
            self._measure(soon=True)
        self._follow()

    def _snapshot_changed(self, _snapshot: Snapshot) -> None:
        self._follow()
        if not self._strip.isHidden():
            self._measure(soon=not self._session.is_training)

    def _measured(self, question: EffectQuestion, effect: Effect) -> None:
        if self._strip.isHidden():
            return
        scale = 1.0 if question.dataset is None else question.dataset.metric_scale
        activation = question.network.spec.activations[-1]
        self._strip.set_lines(effect_lines(effect, self._view.meaning, activation, scale))

    # -- inside --------------------------------------------------------------------------------------------

    def _set_marks(self, marks: HandMarks) -> None:
        self._settle()
        self._session.set_hand(marks)
        self._settle()
        self._follow()

    def _set_all(self, ref: Ref, value: float | None) -> None:
        """Set a weight, or all weights into a unit, to a value, or for None to what they are times −1."""
        network = self._session.network
        if network is None:
            return
        refs = (ref,) if isinstance(ref, EdgeRef) else incoming(network.spec, ref.layer, ref.unit)
        self._settle()
        self._session.edit_by_hand(
            tuple((each, -value_of(network.parameters, each) if value is None else value) for each in refs)
        )
        self._settle()

    def _undo(self, edit: HandEdit) -> None:
        self._settle()
        self._is_undoing = True
        try:
            self._session.edit_by_hand(edit.values, edit.marks)
        finally:
            self._is_undoing = False
        self._settle()

    def _settle(self) -> None:
        self._stroke += 1

    def _measure(self, *, soon: bool) -> None:
        session, network = self._session, self._session.network
        if network is None or self._strip.isHidden():
            return
        snapshot, is_own = session.snapshot, network.origin == "yours"
        sample = None
        if snapshot is not None and snapshot.spec == network.spec and snapshot.count == 1:
            sample = snapshot.sample
        loss = session.config.loss if is_own else None
        self.effect.ask(EffectQuestion(network, session.hand, sample, session.dataset, loss), soon=soon)

    def _follow(self) -> None:
        """Let the editors follow what they show."""
        network = self._session.network
        for editor in self.editors:
            edge, unit = editor.edge, editor.unit
            if network is None or (edge is None and unit is None):
                continue
            if edge is not None:
                if not _has(network.spec.sizes, edge):
                    self.popover.hide()
                    continue
                editor.set_value(value_of(network.parameters, edge))
            if unit is not None:
                key = (unit.layer, unit.unit)
                editor.set_marks(key in network.marks.silenced, key in network.marks.frozen)

    def _point_of(self, ref: Ref) -> QPoint:
        """Return where in the view the editor of something opens: at the unit, for an edge where it was pointed at."""
        layout = self._view.layout_now()
        if layout is None or ref.layer >= len(layout.boxes):
            return self._at
        place = layout.boxes[ref.layer].place_of(ref.unit)
        if isinstance(ref, EdgeRef):
            if self._pointed == ref:
                return self._at
            start = layout.place_of(ref.layer - 1, ref.source)
            if start is not None and place is not None:
                return ((QPointF(*start) + QPointF(*place)) / 2).toPoint()
        return self._at if place is None else QPointF(*place).toPoint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the menu at the right button, and at the menu key for what the keys act on."""
        if watched is self._view and event.type() == QEvent.Type.ContextMenu:
            assert isinstance(event, QContextMenuEvent)
            if event.reason() == QContextMenuEvent.Reason.Mouse:
                self.open_menu(self._view.ref_at(QPointF(event.pos())), event.pos())
            else:
                ref, self._at, self._pointed = self._view.current or self._view.pointed, event.pos(), None
                self.open_menu(ref, event.pos() if ref is None else self._point_of(ref))
            return True
        return False


def _with(units: frozenset[tuple[int, int]], ref: UnitRef, on: bool) -> frozenset[tuple[int, int]]:
    key = (ref.layer, ref.unit)
    return units | {key} if on else units - {key}


def _has(sizes: tuple[int, ...], ref: EdgeRef) -> bool:
    return 1 <= ref.layer < len(sizes) and ref.unit < sizes[ref.layer] and ref.source < sizes[ref.layer - 1]
