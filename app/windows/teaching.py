"""Connects the pages "Teach me" and "My digits" with session, picture, canvas and the digits that are kept."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.errors import ErrorBar
from app.own_digit_store import OwnDigitStore
from app.session import Session
from app.teach_state import TeachState
from app.theme import Theme
from app.widgets.digit_canvas import DigitCanvas
from app.widgets.network_view import NetworkView
from app.widgets.network_words import stage_name
from app.widgets.own_digits_page import OwnDigitsPage
from app.widgets.own_digits_teach import TeachPage
from app.windows.files import Files
from nnviz.data.dataset import DatasetChoice
from nnviz.data.own_digits import as_samples, own_digit
from nnviz.data.own_mixture import MIXTURE_NAME
from nnviz.maths.forward import forward
from nnviz.picture.timeline import stage_index
from nnviz.storage.own_digits import own_digits_path
from nnviz.training.records import Snapshot
from nnviz.training.teach import Taught, check_teachable

#: A taught step is shown at this speed: backward wave and update in some six seconds.
SPEED = 2.0
#: How long its last stage, the new answer, stays.
REST_MS = 900
#: What changes the network often (training) has its digits read at most so often.
READ_MS = 500
OPEN_KINDS = "Digits (*.json *.json.gz *.npz);;All files (*)"
SOURCE = "nnviz"


class Teaching(QObject):
    """Wiring of both pages; windows place them.

    Args:
        session: has the network.
        view: plays the steps.
        canvas: has the drawing.
        files: asks for paths.
        messages: says what came of them.
        trains: whether training with own digits is offered.
        speed: at which a step is shown; None leaves that to who shows the view.

    Attributes:
        page: "Teach me".
        list_page: "My digits".
        store: the digits.
    """

    #: A step begins to be played: the picture should be in sight.
    step_began = Signal()
    #: It was played to its end.
    step_ended = Signal()

    def __init__(
        self, session: Session, view: NetworkView, canvas: DigitCanvas, files: Files, messages: ErrorBar,
        *, trains: bool = False, speed: float | None = SPEED,
    ) -> None:
        super().__init__(session)
        self._session, self._view, self._canvas, self._files = session, view, canvas, files
        self.page, self.list_page = TeachPage(), OwnDigitsPage()
        self.store = OwnDigitStore(own_digits_path(), self)
        self._trains = trains
        self._is_public = False
        self._step: Taught | None = None
        self._waiting: Taught | None = None
        self._is_shown = False
        self._drawn_as: bytes = b""
        self._speed = speed
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._over)
        self.list_page.set_can_train(trains)
        self.list_page.set_digits((), None)
        page, own, store = self.page, self.list_page, self.store
        page.label_requested.connect(self.teach)
        page.cancel_requested.connect(session.cancel_teaching)
        page.undo_requested.connect(session.undo_teaching)
        page.forget_requested.connect(session.forget_teaching)
        page.replay_requested.connect(self.replay)
        own.delete_requested.connect(store.delete)
        own.relabel_requested.connect(store.relabel)
        own.undo_requested.connect(store.undo)
        own.redo_requested.connect(store.redo)
        own.import_requested.connect(self._import)
        own.export_requested.connect(self._export)
        own.train_requested.connect(self._train)
        own.keep_requested.connect(self._keep)
        store.message.connect(messages.show_message)
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.setInterval(READ_MS)
        self._reading.timeout.connect(self._read_digits)
        store.changed.connect(self._digits_changed)
        session.taught.connect(self._taught)
        session.teaching_changed.connect(self._state_changed)
        session.snapshot_changed.connect(self._snapshot_changed)
        session.network_changed.connect(self._network_changed)
        session.history_changed.connect(self._network_changed)
        view.playing_changed.connect(self._playing_changed)
        view.time_changed.connect(self._time_changed)
        self._state_changed(session.teaching)

    def start(self, *, public: bool = False) -> None:
        """Read the digits that are kept; on a public table nothing is read, and kept only where a visitor asks."""
        self._is_public = public
        if public:
            self.store.forget()
            self.list_page.set_keeping(False, str(own_digits_path()))
        else:
            self.store.start()

    def forget_visitor(self) -> None:
        """Be as new for the next visitor: nothing taught, no digits, the gentle rate."""
        self._session.cancel_teaching()
        self._session.forget_teaching()
        self._session.settle_teaching()
        self.store.forget()
        self.list_page.set_keeping(False, str(own_digits_path()))
        self.page.reset()

    def stop(self) -> None:
        """Save what is not saved, and wait for the thread."""
        self._reading.stop()
        self._rest.stop()
        self.store.stop()

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text of both pages in logical pixels."""
        self.page.set_text_size(pixels)
        self.list_page.set_text_size(pixels)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.page.set_theme(theme)
        self.list_page.set_theme(theme)

    # -- teaching ------------------------------------------------------------------------------------------------

    def teach(self, label: int, rate: float, until_right: bool) -> None:
        """Take a step on the drawing, or steps until it is right, and keep the digit."""
        if not self._is_drawn():
            return
        # What the network sees; the canvas may have more on it.
        snapshot, strokes = self._session.snapshot, self._canvas.digit_strokes()
        if snapshot is None:
            return
        image = np.array(snapshot.sample)
        if self._session.teach(label, rate, until_right=until_right):
            self.store.add(own_digit(np.clip(image, 0, 1), label, strokes, SOURCE))

    def replay(self) -> None:
        """Play the last step again."""
        if self._step is not None:
            self._play(self._step)

    def _taught(self, taught: Taught) -> None:
        self._step = self._waiting = taught

    def _state_changed(self, state: TeachState) -> None:
        self.page.set_state(state)
        if state.last is None:
            self._step = self._waiting = None
        if not state.is_busy and self._waiting is not None:
            taught, self._waiting = self._waiting, None
            self._play(taught)

    def _play(self, taught: Taught) -> None:
        """Show a step from where it begins to go back; the way forward has been seen while drawing."""
        self._session.show_step(taught.snapshot)
        plan = self._view.plan
        if self._view.snapshot is None or self._view.snapshot.update is not taught.snapshot.update or not plan:
            return
        start = next((stage.start for stage in plan if stage.kind == "loss"), 0.0)
        self._is_shown = True
        self._rest.stop()
        self.step_began.emit()
        if self._speed is not None:
            self._view.set_speed(self._speed)
        self._view.set_time(start)
        self._view.play()

    def _playing_changed(self, playing: bool) -> None:
        view = self._view
        if playing or not self._is_shown:
            return
        if self._speed is not None:
            view.set_speed(1.0)
        if view.time is not None and view.plan and view.time >= view.plan[-1].end:
            self._rest.start()

    def _over(self) -> None:
        """Show what the network says now, and nothing of the step any more."""
        if self._is_shown:
            self._is_shown = False
            self.page.set_stage("")
            self._session.show_answer()
            self.step_ended.emit()
        # Now, when nothing moves: loading it stalls the window for moments.
        self._session.load_keras()

    def _time_changed(self, t: float) -> None:
        view = self._view
        if self._is_shown and view.snapshot is not None and view.plan:
            stage = view.plan[stage_index(view.plan, t)]
            self.page.set_stage(stage_name(view.snapshot, stage.kind, stage.layer))

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        step = None if self._step is None else self._step.snapshot
        if self._is_shown and (snapshot.update is None or step is None or snapshot.update is not step.update):
            self._is_shown = False
            self._rest.stop()
            self.page.set_stage("")
        self.page.set_answer(self._answer(snapshot) if self._is_drawn() else None)
        pixels = snapshot.sample.tobytes()
        if pixels != self._drawn_as:
            self._drawn_as = pixels
            self.page.forget_label()

    def _is_drawn(self) -> bool:
        """Whether the person's own drawing is what the network sees."""
        canvas = self._canvas
        return self._session.sample.kind == "drawing" and canvas.guest is None and not canvas.is_empty

    @staticmethod
    def _answer(snapshot: Snapshot) -> int:
        after = snapshot.forward_after
        return snapshot.predicted if after is None else int(np.argmax(after.output[0]))

    # -- own digits ----------------------------------------------------------------------------------------------

    def _digits_changed(self) -> None:
        self.list_page.set_undo(self.store.undo_words, self.store.redo_words)
        self._read_digits()

    def _network_changed(self, *_: object) -> None:
        if self.store.digits and not self._reading.isActive():
            self._reading.start()

    def _read_digits(self) -> None:
        """Show what the network says of each digit now."""
        network, digits = self._session.network, self.store.digits
        answers = None
        if network is not None and digits:
            try:
                check_teachable(network.spec)
            except ValueError:
                pass
            else:
                x, _ = as_samples(digits)
                passed = forward(
                    network.parameters, network.spec.activations, x, silenced=network.marks.silenced
                )
                answers = passed.output.argmax(axis=1).tolist()
        self.list_page.set_digits(digits, answers)

    def _keep(self, keeps: bool) -> None:
        self.store.keep_in(own_digits_path() if keeps else None)

    def _import(self) -> None:
        path = self._files.ask_open("Import digits", OPEN_KINDS)
        if path is not None:
            self.store.import_file(path)

    def _export(self, kind: str) -> None:
        if kind == "strokes":
            path = self._files.ask_save("Save strokes", "my_digits.json", "Strokes (*.json)")
            if path is not None:
                self.store.export_strokes(path)
        else:
            path = self._files.ask_save("Save digits", "my_digits.npz", "NumPy archive (*.npz)")
            if path is not None:
                self.store.export_npz(path)

    def _train(self, repeat: int, vary: bool) -> None:
        self.store.flush()  # what is read is the file
        self._session.set_dataset(DatasetChoice(MIXTURE_NAME, {"repeat": repeat, "vary": vary}))
