"""The network with the transport of its animation below: one widget, the same in every front end."""

from __future__ import annotations

from functools import partial
from operator import is_

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import LIGHT, Theme
from app.widgets.anatomy_bar import AnatomyBar
from app.widgets.compare_area import CompareArea
from app.widgets.network_view import NetworkView
from app.widgets.network_words import stage_name, stage_words, summary
from app.widgets.stage_formulas import general_formula
from app.widgets.stage_numbers import stage_formula
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.look import Look
from nnviz.picture.timeline import Stage, stage_index
from nnviz.training.records import Snapshot

#: What the bar is called when no stage is shown.
WHOLE = "The whole pass"
#: What is said while there is no input, and what the bar is called then.
EMPTY, EMPTY_WORDS = "No input", "Draw a digit: the network answers at every point of the pen."


class NetworkStage(QWidget):
    """A NetworkView and an AnatomyBar that know each other."""

    #: Whether new snapshots may replace the one that is shown: not while a step is animated.
    following_changed = Signal(bool)
    #: Whether the animation begins anew when it is over.
    looping_changed = Signal(bool)
    #: A loop comes to its end: the newest step should be at hand when it begins anew.
    newest_wanted = Signal()
    #: A loop begins anew: a newer snapshot may be set now, and the loop goes on with it.
    newest_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("network_stage")
        self.view = NetworkView(self)
        self.pair = CompareArea(self.view, self)
        self.bar = AnatomyBar(self)
        self._following = True
        # What the words were last written of.
        self._told: tuple[object, ...] | None = None
        self._blank = False
        self._renewing = False
        self._has_asked = False
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.pair, 1)
        box.addWidget(self.bar)
        self.bar.play_toggled_requested.connect(self.toggle)
        self.bar.stage_requested.connect(self.move_stage)
        self.bar.scrub_requested.connect(self.scrub)
        self.bar.still_requested.connect(self.show_all)
        self.bar.speed_changed.connect(self.view.set_speed)
        self.bar.loop_requested.connect(self.set_looping)
        self.bar.range_requested.connect(self.loop_stages)
        self.view.playing_changed.connect(self._playing_changed)
        self.view.time_changed.connect(self._time_changed)
        self.view.stages_changed.connect(self._stages_changed)
        self.view.looped.connect(self._looped)
        self.view.closed.connect(self.bar.close_typesetter)

    # -- values in ---------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme = LIGHT) -> None:
        """Set the colours."""
        self.view.set_theme(theme)
        self.pair.set_theme(theme)
        self.bar.set_theme(theme)

    def set_meaning(self, meaning: OutputMeaning) -> None:
        """Set what the output units stand for."""
        self.view.set_meaning(meaning)
        self.pair.keep_up()
        self._show_moment()

    def set_class_names(self, names: tuple[str, ...]) -> None:
        """Let the output units stand for classes of these names."""
        self.set_meaning(OutputMeaning(names=names))

    def set_feature_names(self, names: tuple[str, ...]) -> None:
        """Set the names of inputs that are no image."""
        self.view.set_feature_names(names)
        self.pair.keep_up()

    def set_look(self, look: Look) -> None:
        """Set how the network is shown; emits nothing."""
        self.view.set_look(look)
        self.pair.keep_up()

    def set_beside(self, words: str, other_words: str, first: Snapshot, second: Snapshot) -> None:
        """Show a second snapshot beside the first, which itself comes by ``set_snapshot``, with words for both."""
        self.pair.open(words, other_words, first, second)
        self.pair.set_time(self.view.time)

    def set_alone(self) -> None:
        """Show a single picture again."""
        self.pair.close_second()

    def close_drawers(self) -> None:
        """Stop timers and drawing threads; the stage is not used afterwards."""
        self.pair.close_second()
        self.view.close_drawer()

    def set_snapshot(self, snapshot: Snapshot | None) -> None:
        """Show a snapshot, whole; an animation in hand ends, but for a loop that asked for it."""
        if self._renewing and snapshot is not None:
            self.view.go_on_with(snapshot)
        else:
            self.view.set_snapshot(snapshot)
        self.pair.set_first(snapshot)
        self.bar.age.set_shown(None if snapshot is None else _steps(snapshot))
        self._show_moment()

    def set_blank(self, blank: bool) -> None:
        """Show the weights only, for want of an input: there is no pass to play; emits nothing."""
        if blank == self._blank:
            return
        self._blank = blank
        self._told = None
        self.view.set_blank(blank)
        if blank:
            self.show_all()
        self.pair.keep_up()
        self._stages_changed(self.view.plan)
        self._show_moment()

    def set_training(self, step: int, running: bool) -> None:
        """Set how many steps the network in training has had, and whether it goes on."""
        self.bar.age.set_training(step, running)

    # -- movement ----------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Play or pause; without an input there is nothing to play."""
        if not self._blank:
            self.view.toggle()
        self._show_moment()

    def move_stage(self, by: int) -> None:
        """Hold at the end of the next (+1) or previous (−1) stage."""
        if self._blank:
            return
        if by > 0:
            self.view.next_stage()
        else:
            self.view.previous_stage()
        self._show_moment()

    def next_stage(self) -> None:
        """Hold at the end of the next stage."""
        self.move_stage(1)

    def previous_stage(self) -> None:
        """Hold at the end of the stage before."""
        self.move_stage(-1)

    def scrub(self, t: float) -> None:
        """Hold at a moment, in seconds at speed 1."""
        self.view.pause()
        self.view.set_time(t)
        self._show_moment()

    def show_all(self) -> None:
        """Leave the animation for the still picture."""
        self.view.pause()
        self.view.set_time(None)
        self._show_moment()

    def set_looping(self, looping: bool) -> None:
        """Choose whether the animation begins anew when it is over; switched on by a person, it begins at once."""
        changed = looping != self.view.is_looping
        self.view.set_looping(looping)
        self._show_loop()
        if changed:
            self.looping_changed.emit(looping)
        if looping and changed and not self._blank and not self.view.is_playing:
            self.view.play()

    def loop_stages(self, first: int, last: int) -> None:
        """Loop through some stages, both included; the loop is switched on."""
        self.view.set_range(first, last)
        self.set_looping(True)
        self._show_loop()

    @property
    def is_following(self) -> bool:
        """Whether the still picture is shown, so that new snapshots are welcome."""
        return self._following

    @property
    def is_looping(self) -> bool:
        """Whether a loop runs: it takes the newest step by itself."""
        return self.view.is_looping and self.view.is_playing

    # -- what the view does ------------------------------------------------------------------------------

    def _playing_changed(self, playing: bool) -> None:
        self.bar.set_playing(playing)
        self._show_moment()

    def _time_changed(self, _t: float) -> None:
        self._show_moment()
        t = self.view.time
        if self.is_looping and not self._has_asked and t is not None:
            last = self.view.range[1]
            if stage_index(self.view.plan, t) == last:
                self._has_asked = True
                self.newest_wanted.emit()

    def _looped(self) -> None:
        if not self._has_asked:  # a fast loop may leap over its last stage
            self.newest_wanted.emit()
        self._has_asked = False
        self._renewing = True
        try:
            self.newest_requested.emit()
        finally:
            self._renewing = False

    def _stages_changed(self, plan: tuple[Stage, ...]) -> None:
        snapshot = self.view.snapshot
        names = () if snapshot is None else tuple(stage_name(snapshot, each.kind, each.layer) for each in plan)
        self.bar.set_plan(() if self._blank else plan, () if self._blank else names)
        self._show_loop()

    def _show_loop(self) -> None:
        self.bar.set_loop(self.view.is_looping, *self.view.range)

    def _show_moment(self) -> None:
        t, plan, snapshot = self.view.time, self.view.plan, self.view.snapshot
        self.bar.set_time(t)
        self.pair.set_time(t)
        stage = -1 if t is None or not plan else stage_index(plan, t)
        following = t is None
        if following != self._following:
            self._following = following
            self.bar.age.set_following(following)
            self.following_changed.emit(following)
            # What was held back may have been shown by that.
            snapshot = self.view.snapshot
        told = (snapshot, plan, stage, self.view.meaning)
        if self._told is not None and all(map(is_, told, self._told)):
            return  # every frame asks; words and formulas take longer than a frame has
        self._told = told
        if snapshot is None or not plan:
            self.bar.set_words("", "")
        elif self._blank:
            self.bar.set_words(EMPTY_WORDS, "", name=EMPTY)
        elif stage < 0:
            self.bar.set_words(summary(snapshot, self.view.meaning), "", name=WHOLE)
        else:
            self._show_stage(snapshot, plan, stage)
        if snapshot is not None and not self._blank:
            self.bar.set_formulas([general_formula(snapshot, each.kind, each.layer) for each in plan], stage)

    def _show_stage(self, snapshot: Snapshot, plan: tuple[Stage, ...], stage: int) -> None:
        kind, layer, meaning = plan[stage].kind, plan[stage].layer, self.view.meaning
        sentence, formula = stage_words(snapshot, kind, layer, meaning)
        name = f"{stage + 1}/{len(plan)}  {stage_name(snapshot, kind, layer)}"
        self.bar.set_words(
            sentence, _with_figures(kind, formula), name=name, latex=general_formula(snapshot, kind, layer),
            numbers=partial(stage_formula, snapshot, kind, layer, meaning),
        )


def _with_figures(kind: str, formula: str) -> str:
    """Return a formula in plain signs with its numbers apart, where they stand in it: they are written below."""
    if kind == "loss" and formula.count(" = ") > 1:
        left, general, numbers = formula.split(" = ", 2)
        return f"{left} = {general}    = {numbers}" if "    " not in formula else formula
    if kind == "after" and formula:
        return f"ŷ = f(x; W + ΔW, b + Δb)    {formula}"
    return formula


def _steps(snapshot: Snapshot) -> int:
    """Return how many steps of training what is shown has had: with its update one more."""
    return snapshot.step + (snapshot.update is not None)
