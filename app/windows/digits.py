"""The digits front end: draw, and see the answer and the reason at once. Wiring only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app.actions import DIGITS, make_actions
from app.errors import ErrorBar
from app.messages import Message
from app.motion import reduces_motion
from app.pasted import clipboard_ink
from app.session import Session
from app.settings import Settings
from app.theme import Theme, ThemeManager
from app.widgets.corner_tools import CornerTools
from app.widgets.digit_canvas import DigitCanvas
from app.widgets.digit_tools import DigitTools
from app.widgets.digits_answer import DigitsAnswer, Guess
from app.widgets.digits_drawer import DigitsDrawer
from app.widgets.digits_stage import DigitsStage
from app.widgets.help_text import DIGITS_POINTER, KeysDialog
from app.widgets.network_view import NetworkView
from app.widgets.reliability_page import ReliabilityPage
from app.widgets.seen_image import SeenImage
from app.widgets.why_page import WhyPage
from app.windows.digit_answers import DigitAnswers
from app.windows.digits_kiosk import IDLE_S, Kiosk
from app.windows.digits_layout import DigitsLayout
from app.windows.digits_pace import GraphPace
from app.windows.digits_result import DigitsResult
from app.windows.export_desk import ExportDesk
from app.windows.files import Files
from app.windows.picture_files import PictureFiles
from app.windows.reliability_desk import ReliabilityDesk
from app.windows.teaching import Teaching
from app.windows.why_desk import WhyDesk
from nnviz.data.pen import PEN_WIDTH
from nnviz.picture.look import Look
from nnviz.training.records import Snapshot

CLASS_NAMES = tuple("0123456789")
#: What is said of an empty paper.
EMPTY_HEADLINE, EMPTY_REMARK = "Draw a digit", "0 to 9, each 10 % so far."
#: Width of the thick pen in ink pixels; strokes of such a width are read as well as those of the usual pen.
THICK_PEN = 36.0
#: Below a graph narrower than so many times the size of the text a stage in words takes three lines.
NARROW_GRAPH_LINES = 36
#: Icons of the buttons in the corner, off and on.
CORNER = {
    "sound": ("mute", "sound"), "copy": ("duplicate", "duplicate"), "save": ("save", "save"),
    "theme": ("theme", "theme"), "full_screen": ("full_screen", "full_screen"), "keys": ("help", "help"),
}
#: What a kiosk leaves of them.
KIOSK_CORNER = ("sound",)
#: Actions whose keys a visitor of a kiosk has: they touch nothing but the drawing and what is shown of it.
KIOSK_KEYS = ("undo", "redo", "clear", "eraser", "pen", "digit_before", "digit_after", "replay")


class DigitsWindow(QMainWindow):
    """Canvas, what the network sees, the answer, and the graph with a bar at each of its outputs.

    What is asked now and then has its page in ``digits_drawer`` (``add_page``), which is closed at first.

    Args:
        settings: where the theme is remembered.
        themes: holds and applies the theme.
        use_engine: whether TensorFlow may be loaded once something was taught; without it NumPy teaches.
    """

    #: In a kiosk: the visitor has gone, everything is as new; what was taught or kept is to be forgotten.
    visitor_left = Signal()

    def __init__(self, settings: Settings, themes: ThemeManager, *, use_engine: bool = True) -> None:
        super().__init__()
        self.setObjectName("digits_window")
        self.setWindowTitle("nnviz: draw a digit")
        self._settings = settings
        self._themes = themes
        self.reduces_motion = reduces_motion(settings)
        self._kiosk: Kiosk | None = None
        self._theme_choice = themes.choice
        # Of a digit that nobody drew: its place in the test set and, when all of it is shown, its label.
        self._guest: tuple[int, int | None] | None = None
        # The bundled model answers by NumPy: no TensorFlow, so it works in the first second.
        self.session = Session(self, use_engine=False, engine_when_taught=use_engine)
        self.canvas = DigitCanvas(self)
        self._answers = DigitAnswers(self.session, self.canvas)
        # Made in the order in which Tab goes through them.
        self.tools = DigitTools(self)
        self.seen = SeenImage(self)
        self.seen.set_caption("what the network sees")
        self.answer_row = DigitsAnswer(self)
        self.view = NetworkView(self)
        self.view.set_class_names(CLASS_NAMES)
        self._pace = GraphPace(self.view)
        self.view.set_look(Look(reduce_motion=self.reduces_motion))
        self.answer, self.second = self.answer_row.answer, self.answer_row.second
        self.undo_button, self.redo_button = self.tools.undo_button, self.tools.redo_button
        self.clear_button = self.tools.clear_button
        self.digits_drawer = DigitsDrawer(self)
        self.stage = DigitsStage(self.view, self.digits_drawer, self)
        self.stage.set_reduce_motion(self.reduces_motion)
        self.messages = ErrorBar(self)
        self.files = Files(self, self.messages)
        self.why_page = WhyPage(self, in_drawer=True)
        self.digits_drawer.add_page("why", "Why?", self.why_page, "W", "Why the network says so")
        self.why = WhyDesk(self.why_page, self.session, self.view, self.canvas, self.messages, reads_data=True)
        self.reliability_page = ReliabilityPage(self)
        self.reliability = ReliabilityDesk(self.session, self.reliability_page, self.files)
        self.digits_drawer.add_page(
            "sure", "How sure?", self.reliability_page, key="H", tip="See whether the probabilities mean what they say"
        )
        self.result = DigitsResult(
            self.session, self.canvas, self.answer_row, self.seen, CLASS_NAMES, themes, self.files, self.messages
        )
        self.exports = ExportDesk(self, self.view, self.files, self.messages, settings)
        self.teaching = Teaching(self.session, self.view, self.canvas, self.files, self.messages)
        self.digits_drawer.add_page("teach", "Teach me", self.teaching.page, "Alt+T", "Say what your digit is")
        self.digits_drawer.add_page("own", "My digits", self.teaching.list_page, "Alt+M", "Digits that you taught")
        self._reopens = False
        self.visitor_left.connect(self.teaching.forget_visitor)
        self.teaching.step_began.connect(self._make_room)
        self.teaching.step_ended.connect(self._reopen_teaching)
        self.actions_by_name: dict[str, QAction] = make_actions(DIGITS, self, self._slots())
        self.view.addAction(self.actions_by_name["export"])
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.corner_tools = CornerTools(self.actions_by_name, CORNER, self)
        self.digits_drawer.add_corner(self.corner_tools)
        self.stage.set_footer(self.why.strip)
        self.canvas.set_hint_pulse(not self.reduces_motion)
        center = QWidget(self)
        self._layout = DigitsLayout(
            center, self.messages, self.canvas, self.tools, self.seen, self.answer_row, self.stage
        )
        self.setCentralWidget(center)
        self.resize(1440, 900)
        self.setMinimumSize(480, 480)
        self.pictures = PictureFiles(self, self.files, self.messages)
        self._connect()
        self._apply_theme(themes.theme)
        self._show_answer(None)

    # -- life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Load the bundled model; called once, after the first paint."""
        self.session.start(with_data=False)
        self.teaching.start(public=self._kiosk is not None)
        self._drawn()
        if self._kiosk is not None:
            self._kiosk.start()

    def is_settled(self) -> bool:
        """Whether the model is loaded and what is drawn is on the screen."""
        return self.session.snapshot is not None and self._pace.is_resting and self.view.is_settled

    def prepare_screenshot(self) -> None:
        """Draw a three with the real pen."""
        t = np.linspace(0, 1, 60)
        over, under = np.pi * (0.15 + 1.35 * t), np.pi * 1.25 * t
        upper = np.stack([0.5 - 0.19 * np.cos(over), 0.30 - 0.15 * np.sin(over)], axis=1)
        lower = np.stack([0.49 + 0.22 * np.sin(under), 0.62 - 0.175 * np.cos(under)], axis=1)
        self.canvas.draw_stroke(np.concatenate([upper, lower]))

    def show_message(self, message: Message) -> None:
        """Show a problem or a notice."""
        self.messages.show_message(message)

    # -- on a public table -------------------------------------------------------------------------------------

    @property
    def kiosk(self) -> Kiosk | None:
        """What guards the window on a public table, if anything does."""
        return self._kiosk

    def set_kiosk(self, idle_s: float = IDLE_S, seed: int | None = None) -> None:
        """Guard the window: called once, before it is shown.

        Args:
            idle_s: seconds without a touch after which everything is as new, 5 to 3,600.
            seed: of the order of the digits that are shown meanwhile.

        Raises:
            ValueError: ``idle_s`` is outside that range.
        """
        self._kiosk = Kiosk(self, idle_s, seed)
        for name, action in self.actions_by_name.items():
            if name not in KIOSK_KEYS:
                action.setShortcuts([])
        self.corner_tools.set_only(KIOSK_CORNER)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.digits_drawer.set_keys_enabled(False)
        self.digits_drawer.set_kiosk(True)

    def unlock(self) -> None:
        """Let a guarded window close."""
        if self._kiosk is not None:
            self._kiosk.unlock()

    def show_guest(self, image: NDArray[np.float32] | None, index: int = 0, label: int | None = None) -> None:
        """Show an image that nobody drew and how the network reads it; None goes back to the paper.

        Args:
            image: (28, 28) in [0, 1].
            index: of the digit in MNIST's test set.
            label: what its writer meant; None while not all of it is shown.
        """
        self._guest = None if image is None else (index, label)
        self.canvas.set_guest(image, "" if image is None else "Touch to draw your own")
        self._drawn()

    def make_new(self) -> None:
        """Forget the visitor: paper, tools, drawer, view and theme are as at first."""
        self.canvas.forget()
        self.canvas.setFocus()
        self.tools.set_eraser(False)
        self.tools.set_thick(False)
        self.digits_drawer.set_page("")
        self.actions_by_name["sound"].setChecked(False)
        self.why_page.reset()
        self.messages.clear()
        self.view.clear_selection()
        self.view.set_speed(1.0)
        self.view.fit()
        if self._themes.choice != self._theme_choice:
            self._themes.set_choice(self._theme_choice)
        self.visitor_left.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Stay in full screen in a kiosk."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and self._kiosk is not None:
            self._kiosk.stay_full_screen()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the threads and close, unless a kiosk guards the window."""
        if self._kiosk is not None and self._kiosk.is_locked:
            event.ignore()
            return
        self.view.close_drawer()
        self.why.stop()
        self.teaching.stop()
        self.reliability.stop()
        self.exports.stop()
        self.session.stop()
        event.accept()

    # -- building ----------------------------------------------------------------------------------------------

    def _slots(self) -> dict[str, Callable[..., object]]:
        return {
            "undo": self.canvas.undo, "redo": self.canvas.redo, "clear": self.canvas.clear,
            "replay": self._replay, "full_screen": self._toggle_full_screen, "theme": self._toggle_theme,
            "leave": self._leave_full_screen, "quit": self.close, "save": self.result.save,
            "export": self.exports.open, "paste": self._paste, "copy": self.result.copy, "sound": self._set_sound,
            "keys": self._keys, "eraser": self._toggle_eraser,
            "pen": self._toggle_pen, "digit_before": self._pick_before, "digit_after": self._pick_after,
        }

    def _connect(self) -> None:
        self.canvas.drawing_changed.connect(self._drawn)
        self.canvas.stroke_ended.connect(self._stroke_ended)
        self.canvas.undo_available_changed.connect(self._history_changed)
        self.canvas.redo_available_changed.connect(self._history_changed)
        self._history_changed()
        self.tools.undo_requested.connect(self.canvas.undo)
        self.tools.redo_requested.connect(self.canvas.redo)
        self.tools.clear_requested.connect(self.canvas.clear)
        self.tools.eraser_toggled.connect(self.canvas.set_eraser)
        self.tools.thick_toggled.connect(self._choose_pen)
        self.answer_row.picks.pick_requested.connect(self._pick)
        self.session.snapshot_changed.connect(self._snapshot_changed)
        self.session.message.connect(self.show_message)
        self.why_page.replay.toggle_requested.connect(self._uncover_graph)
        self.why_page.graph_wanted.connect(self.stage.set_graph_wanted)
        self.stage.graph_placed.connect(self._fit_outputs)
        self.view.failed.connect(self.messages.show_error)
        self._themes.changed.connect(self._apply_theme)

    # -- what happens --------------------------------------------------------------------------------------------

    def _drawn(self) -> None:
        guest = self.canvas.guest
        if guest is None:
            self._guest = None
            self._answers.read()
        else:
            self._answers.take(guest)
        self._feed()

    def _feed(self) -> None:
        """Show what was read, or of several digits the one that is picked."""
        answers = self._answers
        several = answers.count > 1
        for name in ("digit_before", "digit_after"):
            self.actions_by_name[name].setEnabled(several)
        blank = self.canvas.is_blank
        self.seen.set_image(None if blank else answers.image)
        seen = f"seen: digit {answers.number + 1} of {answers.count}" if several else "what the network sees"
        self.seen.set_caption(seen)
        self.view.set_blank(blank)
        self.session.set_drawing(answers.image)

    def _pick(self, number: int) -> None:
        """Show one of several digits: its image, its answer, its graph and all that follows from it."""
        if 0 <= number < self._answers.count:
            self._answers.pick(number)
            self._feed()

    def _pick_before(self) -> None:
        self._pick(self._answers.number - 1)

    def _pick_after(self) -> None:
        self._pick(self._answers.number + 1)

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        blank = self.canvas.is_blank
        self._show_answer(None if blank else snapshot.forward.output[0])
        if snapshot.update is None:
            self._pace.show(snapshot)
        else:
            self._pace.show_now(snapshot)

    def _history_changed(self) -> None:
        undo, redo = self.canvas.can_undo, self.canvas.can_redo
        self.actions_by_name["undo"].setEnabled(undo)
        self.actions_by_name["redo"].setEnabled(redo)
        self.tools.set_available(undo=undo, redo=redo)

    def _choose_pen(self, thick: bool) -> None:
        self.canvas.set_pen_width(THICK_PEN if thick else PEN_WIDTH)

    def _toggle_eraser(self) -> None:
        self.tools.erase_button.toggle()

    def _toggle_pen(self) -> None:
        self.tools.thick_button.toggle()

    def _show_answer(self, output: NDArray[np.floating] | None) -> None:
        if output is None:
            self.answer_row.set_empty(EMPTY_HEADLINE, EMPTY_REMARK, len(CLASS_NAMES))
            return
        best = tuple(Guess(CLASS_NAMES[k], float(output[k])) for k in np.argsort(output)[::-1][:2])
        answer = self._answers.answer(output)
        remark = answer.remark if self._guest is None else self._remark(best[0].name)
        if len(answer.judgements) > 1:
            remark = f"{self._answers.reading.notes}; bars: the {self._answers.ordinal}."
        self.answer_row.set_answer(answer.headline, remark, best, answer.parts, self._answers.number)

    def _remark(self, said: str) -> str:
        """Return what there is to say of a digit of the test set, where one is shown."""
        if self._guest is None:
            return ""
        index, label = self._guest
        if label is None:
            return f"MNIST test digit {index:,}"
        return f"Label: {label} · {'right' if said == CLASS_NAMES[label] else 'wrong'}"

    def _set_sound(self, on: bool) -> None:
        if on:
            QApplication.beep()

    def _stroke_ended(self) -> None:
        if self.actions_by_name["sound"].isChecked():
            QApplication.beep()

    def _make_room(self) -> None:
        """Close the drawer while a step is played that it would hide."""
        page = self.digits_drawer.page
        self._reopens = page == "teach" and not self.stage.is_beside
        if self._reopens:
            self.digits_drawer.set_page("")

    def _reopen_teaching(self) -> None:
        if self._reopens and not self.digits_drawer.is_open:
            self.digits_drawer.set_page("teach")
        self._reopens = False

    def _paste(self) -> None:
        ink = clipboard_ink(self.messages)
        if ink is not None:
            self.canvas.set_picture(ink)

    def _keys(self) -> None:
        KeysDialog((*DIGITS, *self.digits_drawer.key_specs()), self, DIGITS_POINTER).open()

    def _replay(self) -> None:
        if not self.canvas.is_empty:
            self.view.toggle()

    def _uncover_graph(self) -> None:
        """Close the drawer where it lies over the graph in which something is to be seen."""
        if not self.stage.is_beside:
            self.digits_drawer.set_page("")

    def _toggle_theme(self) -> None:
        choice = "light" if self._themes.theme.is_dark else "dark"
        self._themes.set_choice(choice)
        self._settings.theme = choice

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _leave_full_screen(self) -> None:
        if self.digits_drawer.is_open:
            self.digits_drawer.set_page("")
        elif self.isFullScreen():
            self.showNormal()

    def _apply_theme(self, theme: Theme) -> None:
        for widget in (
            self.canvas, self.seen, self.view, self.messages, self.tools, self.answer_row, self.digits_drawer,
            self.why, self.reliability_page, self.corner_tools, self.teaching, self.exports, self.pictures,
        ):
            widget.set_theme(theme)
        self._scale()

    def _scale(self) -> None:
        text = self._layout.scale(self.width(), self.height(), self.view)
        self.teaching.set_text_size(max(13.0, text))
        self.digits_drawer.set_tab_size(text * 1.15, self._layout.tool_size)
        self.reliability_page.set_text_size(max(13.0, text * 0.9))
        self.messages.set_text_size(max(13.0, text))
        self.why.strip.set_text_size(max(13.0, text))
        self.corner_tools.set_button_size(self._layout.tool_size)
        self.why_page.set_text_size(min(max(13.0, text * 0.8), 28.0))

    def _fit_outputs(self, width: int) -> None:
        self._layout.fit_outputs(self.view, width)
        self.why.strip.set_lines(3 if width < NARROW_GRAPH_LINES * self._layout.text_size else 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scale with the window."""
        super().resizeEvent(event)
        self._scale()
