"""The digits front end: draw, and see the answer and the reason at once. Wiring only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QCloseEvent, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.actions import DIGITS, make_actions
from app.errors import ErrorBar
from app.icons import icon
from app.messages import Message
from app.motion import reduces_motion
from app.session import Session
from app.settings import Settings
from app.theme import Theme, ThemeManager, ui_font
from app.widgets.digit_canvas import DigitCanvas
from app.widgets.help_text import KeysDialog
from app.widgets.network_view import NetworkView
from app.widgets.seen_image import SeenImage
from app.windows.files import Files
from nnviz.picture.look import Look
from nnviz.training.records import Snapshot

CLASS_NAMES = tuple("0123456789")
#: Below this probability the answer is put as a question.
SURE = 0.6


class DigitsWindow(QMainWindow):
    """Canvas, what the network sees, graph, and a bar at each of its outputs; nothing else.

    Args:
        settings: where the theme is remembered.
        themes: holds and applies the theme.
    """

    def __init__(self, settings: Settings, themes: ThemeManager) -> None:
        super().__init__()
        self.setObjectName("digits_window")
        self.setWindowTitle("nnviz: draw a digit")
        self._settings = settings
        self._themes = themes
        # The bundled model answers by NumPy: no TensorFlow, so it works in the first second.
        self.session = Session(self, use_engine=False)
        self.canvas = DigitCanvas(self)
        self.seen = SeenImage(self)
        self.seen.set_caption("what the network sees")
        self.view = NetworkView(self)
        self.view.set_class_names(CLASS_NAMES)
        self.view.set_look(Look(reduce_motion=reduces_motion(settings)))
        self.answer = QLabel("", self)
        self.answer.setObjectName("answer")
        self.answer.setAccessibleName("Answer of the network")
        self.second = QLabel("", self)
        self.second.setObjectName("second_guess")
        self.second.setProperty("role", "muted")
        self.messages = ErrorBar(self)
        self.files = Files(self, self.messages)
        self.actions_by_name: dict[str, QAction] = make_actions(DIGITS, self, self._slots())
        self._build()
        self.resize(1440, 900)
        self.setMinimumSize(760, 480)
        self._connect()
        self._apply_theme(themes.theme)
        self._show_answer(None)

    # -- life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Load the bundled model; called once, after the first paint."""
        self.session.start(with_data=False)
        self._drawn()

    def is_settled(self) -> bool:
        """Whether the model is loaded and what is drawn is on the screen."""
        return self.session.snapshot is not None and self.view.is_settled

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

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the threads and close."""
        self.view.close_drawer()
        self.session.stop()
        event.accept()

    # -- building ----------------------------------------------------------------------------------------------

    def _slots(self) -> dict[str, Callable[..., object]]:
        return {
            "undo": self.canvas.undo, "redo": self.canvas.redo, "clear": self.canvas.clear,
            "replay": self._replay, "full_screen": self._toggle_full_screen, "theme": self._toggle_theme,
            "leave": self._leave_full_screen, "quit": self.close, "save": self._save,
            "copy": self.files.copy_window, "keys": self._keys,
        }

    def _build(self) -> None:
        center = QWidget(self)
        self.undo_button = QToolButton(center)
        self.undo_button.setObjectName("undo_button")
        self.undo_button.setDefaultAction(self.actions_by_name["undo"])
        self.undo_button.setAccessibleName("Undo the last stroke")
        self.redo_button = QToolButton(center)
        self.redo_button.setObjectName("redo_button")
        self.redo_button.setDefaultAction(self.actions_by_name["redo"])
        self.redo_button.setAccessibleName("Redo the stroke")
        self.clear_button = QPushButton("Clear", center)
        self.clear_button.setObjectName("clear_button")
        self.clear_button.setAccessibleName("Clear the drawing")
        self.clear_button.setToolTip("Clear the drawing; Undo brings it back (Delete).")
        self.clear_button.clicked.connect(self.canvas.clear)
        for button in (self.undo_button, self.redo_button):
            button.setIconSize(QSize(22, 22))
            button.setMinimumSize(44, 44)
        self.clear_button.setMinimumHeight(44)
        self.clear_button.setMinimumWidth(96)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.undo_button)
        tools.addWidget(self.redo_button)
        tools.addWidget(self.clear_button)
        tools.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.answer)
        words.addWidget(self.second)
        words.addStretch(1)
        lower = QHBoxLayout()
        lower.setSpacing(16)
        lower.addWidget(self.seen)
        lower.addLayout(words, 1)
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(self.canvas)
        left.addLayout(tools)
        left.addStretch(1)
        left.addLayout(lower)
        left.addStretch(2)
        panel = QWidget(center)
        panel.setObjectName("panel")
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        right = QVBoxLayout(panel)
        right.setContentsMargins(0, 8, 0, 0)
        right.addWidget(self.view, 1)
        row = QHBoxLayout()
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(16)
        row.addLayout(left)
        row.addWidget(panel, 1)
        box = QVBoxLayout(center)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.messages)
        box.addLayout(row, 1)
        self.setCentralWidget(center)

    def _connect(self) -> None:
        self.canvas.drawing_changed.connect(self._drawn)
        self.canvas.undo_available_changed.connect(self.actions_by_name["undo"].setEnabled)
        self.canvas.redo_available_changed.connect(self.actions_by_name["redo"].setEnabled)
        self.actions_by_name["undo"].setEnabled(False)
        self.actions_by_name["redo"].setEnabled(False)
        self.session.snapshot_changed.connect(self._snapshot_changed)
        self.session.message.connect(self.show_message)
        self.view.failed.connect(self.messages.show_error)
        self._themes.changed.connect(self._apply_theme)

    # -- what happens --------------------------------------------------------------------------------------------

    def _drawn(self) -> None:
        image = self.canvas.image()
        empty = self.canvas.is_empty
        self.seen.set_image(None if empty else image)
        self.view.set_blank(empty)
        self.session.set_drawing(image)

    def _snapshot_changed(self, snapshot: Snapshot) -> None:
        self.view.set_snapshot(snapshot)
        empty = self.canvas.is_empty
        output = snapshot.forward.output[0]
        self._show_answer(None if empty else output)

    def _show_answer(self, output: NDArray[np.floating] | None) -> None:
        if output is None:
            self.answer.setText("?")
            self.second.setText("Draw a digit, 0 to 9.")
            return
        first, second = (int(k) for k in np.argsort(output)[::-1][:2])
        p, q = 100 * float(output[first]), 100 * float(output[second])
        if output[first] < SURE:
            self.answer.setText(f"{first} or {second}?")
            self.second.setText(f"{p:.0f} % or {q:.0f} %")
        else:
            self.answer.setText(str(first))
            self.second.setText(f"{p:.1f} %   then {second} with {q:.1f} %")

    def _save(self) -> None:
        self.files.save(self.files.ask_save("Save picture", "digit.png", "PNG (*.png)"), self.files.save_window)

    def _keys(self) -> None:
        KeysDialog(DIGITS, self).open()

    def _replay(self) -> None:
        if not self.canvas.is_empty:
            self.view.toggle()

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
        if self.isFullScreen():
            self.showNormal()

    def _apply_theme(self, theme: Theme) -> None:
        for widget in (self.canvas, self.seen, self.view, self.messages):
            widget.set_theme(theme)
        for name in ("undo", "redo"):
            self.actions_by_name[name].setIcon(icon(name, theme.text))
        self._scale()

    def _scale(self) -> None:
        """Give canvas, answer and text sizes that suit the window."""
        height, width = self.height(), self.width()
        text = max(12.0, min(height / 52, width / 82))
        side = int(max(200, min(width * 0.36, (height - 120) * 0.72)))
        rest = height - side - 120
        big = int(max(48, min(rest * 0.62, side * 0.36)))
        self.canvas.setFixedSize(side, side)
        self.seen.setFixedSize(int(big * 1.25), int(big * 1.25) + 18)
        for label, size in ((self.answer, big), (self.second, round(text * 1.2))):
            weight = 600 if label is self.answer else 400
            label.setStyleSheet(f"font-size: {size}px; font-weight: {weight};")
            label.setMinimumHeight(QFontMetrics(ui_font(size)).height())
        self.view.set_text_size(text)
        self.view.set_output_room(max(150.0, (width - side) * 0.26))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scale with the window."""
        super().resizeEvent(event)
        self._scale()
