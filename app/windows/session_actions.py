"""The actions of the menus Training and Sample: what a key or button asks of the session, and what it shows of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.session import Session
from app.widgets.input_panel import InputPanel
from app.widgets.network_stage import NetworkStage


class SessionActions(QObject):
    """Connects actions and the input panel with the session.

    Args:
        session: trains, and has the sample.
        stage: shows the whole network when training begins.
        inputs: where samples are looked at and digits drawn.
        show_inputs: opens the panel ``inputs``.
    """

    def __init__(
        self, session: Session, stage: NetworkStage, inputs: InputPanel, show_inputs: Callable[[], object]
    ) -> None:
        super().__init__(session)
        self._session, self._stage, self._inputs, self._show_inputs = session, stage, inputs, show_inputs
        inputs.next_requested.connect(session.next_sample)
        inputs.previous_requested.connect(session.previous_sample)
        inputs.random_requested.connect(session.random_sample)
        inputs.drawing_changed.connect(session.set_drawing)
        inputs.mode_changed.connect(self._mode_changed)

    def slots(self) -> dict[str, Callable[..., object]]:
        """Return what each action does, by its name in ``app.actions.DESKTOP``."""
        session = self._session
        return {
            "train": self.train_or_pause, "step": self.step, "step_on_sample": self.step_on_sample,
            "epoch": self.train_epoch, "reset": session.reset, "undo_reset": session.undo_reset,
            "evaluate": self.evaluate, "next_sample": self.next_sample, "previous_sample": self.previous_sample,
            "random_sample": self.random_sample, "only_wrong": self.set_only_wrong, "draw": self.draw,
        }

    def train_or_pause(self) -> None:
        """Train to the end of all epochs, or stop."""
        if self._session.is_training:
            self._session.pause()
        else:
            self._leave_animation()
            self._session.train()

    def train_epoch(self) -> None:
        """Train to the end of this epoch."""
        self._leave_animation()
        self._session.train("epoch")

    def train_steps(self, count: int) -> None:
        """Train so many steps, at least 1."""
        self._session.train(count)

    def step(self) -> None:
        """Take one step."""
        self._leave_animation()
        self._session.step()

    def step_on_sample(self) -> None:
        """Take one step whose batch is the sample that is shown."""
        self._leave_animation()
        self._session.step_on_sample()

    def evaluate(self) -> None:
        """Measure loss and metric on the test set."""
        self._session.evaluate("test")

    def next_sample(self) -> None:
        """Show the next sample."""
        self._leave_drawing()
        self._session.next_sample()

    def previous_sample(self) -> None:
        """Show the sample before."""
        self._leave_drawing()
        self._session.previous_sample()

    def random_sample(self) -> None:
        """Show a sample by chance."""
        self._leave_drawing()
        self._session.random_sample()

    def set_only_wrong(self, only: bool) -> None:
        """Choose whether samples that are classified rightly are passed over."""
        self._inputs.set_only_wrong(only)
        self._leave_drawing()
        self._session.set_only_wrong(only)

    def draw(self) -> None:
        """Open the drawing."""
        self._show_inputs()
        self._inputs.draw_button.click()

    def _leave_animation(self) -> None:
        """Show what comes of it at once; a loop goes on and takes the newest step by itself."""
        if not self._stage.is_looping:
            self._stage.show_all()

    def _leave_drawing(self) -> None:
        if self._session.sample.kind == "drawing":
            self._session.set_drawing(None)

    def _mode_changed(self, mode: str) -> None:
        self._session.set_drawing(self._inputs.canvas.image() if mode == "draw" else None)
