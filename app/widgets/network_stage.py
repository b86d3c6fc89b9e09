"""The network with the transport of its animation below: one widget, the same in every front end."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import LIGHT, Theme
from app.widgets.anatomy_bar import AnatomyBar
from app.widgets.compare_area import CompareArea
from app.widgets.network_view import NetworkView
from app.widgets.network_words import stage_words, summary
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.look import Look
from nnviz.picture.timeline import stage_index
from nnviz.training.records import Snapshot


class NetworkStage(QWidget):
    """A NetworkView and an AnatomyBar that know each other."""

    #: Whether new snapshots may replace the one that is shown: not while a step is animated.
    following_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("network_stage")
        self.view = NetworkView(self)
        self.pair = CompareArea(self.view, self)
        self.bar = AnatomyBar(self)
        self._following = True
        self._stage = -2
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
        self.view.playing_changed.connect(self._playing_changed)
        self.view.time_changed.connect(self._time_changed)
        self.view.stages_changed.connect(self.bar.set_plan)

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
        """Show a snapshot, whole; an animation in hand ends."""
        self.view.set_snapshot(snapshot)
        self.pair.set_first(snapshot)
        self._show_moment()

    def toggle(self) -> None:
        """Play or pause."""
        self.view.toggle()
        self._show_moment()

    def move_stage(self, by: int) -> None:
        """Hold at the end of the next (+1) or previous (−1) stage."""
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

    @property
    def is_following(self) -> bool:
        """Whether the still picture is shown, so that new snapshots are welcome."""
        return self._following

    def _playing_changed(self, playing: bool) -> None:
        self.bar.set_playing(playing)
        self._show_moment()

    def _time_changed(self, _t: float) -> None:
        self._show_moment()

    def _show_moment(self) -> None:
        t, plan, snapshot = self.view.time, self.view.plan, self.view.snapshot
        self.bar.set_time(t)
        self.pair.set_time(t)
        stage = -1 if t is None or not plan else stage_index(plan, t)
        following = t is None
        if following != self._following:
            self._following = following
            self.following_changed.emit(following)
        if snapshot is None or not plan:
            self.bar.set_words("", "")
        elif stage < 0:
            self.bar.set_words(summary(snapshot, self.view.meaning), "")
        else:
            self.bar.set_words(*stage_words(snapshot, plan[stage].kind, plan[stage].layer, self.view.meaning))
