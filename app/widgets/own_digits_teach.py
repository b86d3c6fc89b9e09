"""The page where a person says what a digit is, and sees one step of learning and what it cost."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.teach_state import TeachState
from app.theme import LIGHT, Theme
from app.widgets.choice_box import ChoiceBox
from nnviz.picture.quantities import number
from nnviz.training.teach import DEFAULT_RATE, TEACH_RATES, Taught

#: Height of a button for a digit: a finger's width.
DIGIT_HEIGHT_PX = 40
#: Size of the text where nobody asks for another.
TEXT_PX = 13.0
_RATE_WORDS = {
    0.001: ("small", "Several steps until it is right; hardly any cost for other digits."),
    0.003: ("gentle", "One step can be seen, and costs other digits little."),
    0.01: ("strong", "Mostly right after one step, which costs other digits a point or so."),
    0.03: ("rough", "Right after one step, which costs a tenth of all other digits: forgetting at work."),
}
_BY = {
    "keras": "Steps are made by Keras: gradient by TensorFlow, update by its SGD.",
    "not loaded": "Steps are made by NumPy; after the first one TensorFlow is loaded, then by Keras.",
    "loading": "TensorFlow is being loaded: a few seconds; go on drawing. Until then NumPy makes the same steps.",
    "missing": "Steps are made by NumPy: the same gradient and update as Keras, without TensorFlow.",
}


class TeachPage(QWidget):
    """Ten buttons that say "No, this is a …", and what a step did."""

    #: Label, learning rate, whether to go on until it is right.
    label_requested = Signal(int, float, bool)
    cancel_requested = Signal()
    undo_requested = Signal()
    forget_requested = Signal()
    replay_requested = Signal()
    #: The person wants to see all digits that were taught.
    list_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("teach_page")
        self.setAccessibleName("Teach me")
        self._state = TeachState()
        self._said: int | None = None
        self._label: int | None = None
        self._has_drawing = False
        # What had the focus when a step began: Qt hands it on to the next widget, to a list of learning rates.
        self._had_focus: QWidget | None = None
        self._theme = LIGHT
        self._shown: Taught | None = None
        self.question = self._words("teach_question", "heading")
        self.digits: list[QPushButton] = []
        grid = QGridLayout()
        grid.setSpacing(6)
        for digit in range(10):
            button = self._button(
                f"teach_{digit}", str(digit), f"This is a {digit}: take one step of learning on it ({digit}).",
                f"This is a {digit}",
            )
            button.setMinimumWidth(32)
            button.clicked.connect(partial(self._chosen, digit))
            # Keys of this page only: a hidden widget has no shortcuts.
            shortcut = QShortcut(QKeySequence(str(digit)), self)
            shortcut.activated.connect(partial(self._chosen, digit))
            grid.addWidget(button, digit // 5, digit % 5)
            self.digits.append(button)
        self.rate = ChoiceBox(
            "teach_rate", "Learning rate of a taught step",
            "Learning rate η: how far a step goes against the gradient. Larger turns the answer sooner, forgets more.",
            self,
        )
        for value in TEACH_RATES:
            word, tip = _RATE_WORDS[value]
            self.rate.add(value, f"{value:g}  {word}", tip)
        self.rate.set_key(DEFAULT_RATE)
        rate_words = QLabel("Learning rate", self)
        rate_words.setBuddy(self.rate)
        self.until = self._button(
            "teach_until", "Again until right", "Take steps on this digit until it is the best guess; at most fifty.",
            "Again until right",
        )
        self.until.clicked.connect(self._until)
        self.undo = self._button(
            "teach_undo", "Undo", "Take the last step back: every weight is again what it was, bit for bit.",
            "Undo the last taught step",
        )
        self.undo.clicked.connect(self.undo_requested)
        self.replay = self._button(
            "teach_replay", "Show again", "Play the step again: the gradient runs backward, the weights change, the "
            "new answer.", "Show the step again",
        )
        self.replay.clicked.connect(self.replay_requested)
        self.forget = self._button(
            "teach_forget", "Forget all", "Forget everything you taught: back to the network as it was. Undo brings it "
            "back.", "Forget everything I taught",
        )
        self.forget.clicked.connect(self.forget_requested)
        self.all_digits = self._button(
            "teach_list", "My digits…", "Show all digits that you taught: to save, to delete, to train with.",
            "My digits",
        )
        self.all_digits.clicked.connect(self.list_requested)
        self.all_digits.hide()
        self.result = self._words("teach_result", "number")
        self.result.setTextFormat(Qt.TextFormat.RichText)
        self.cost = self._words("teach_cost", "")
        self.weights = self._words("teach_weights", "muted")
        self.stage = self._words("teach_stage", "muted")
        self.note = self._words("teach_note", "")
        self.by = self._words("teach_by", "small")
        rates = QHBoxLayout()
        rates.setSpacing(8)
        rates.addWidget(rate_words)
        rates.addWidget(self.rate, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for each in (self.undo, self.replay, self.forget):
            each.setStyleSheet("padding: 5px 4px;")
            buttons.addWidget(each, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 8, 0)
        box.setSpacing(8)
        box.addWidget(self.question)
        box.addLayout(grid)
        box.addLayout(rates)
        box.addWidget(self.until)
        box.addLayout(buttons)  # above the words, which come and go: a button stays where it was
        for label in (self.note, self.result, self.cost, self.weights, self.stage, self.by):
            box.addWidget(label)
        box.addWidget(self.all_digits)
        box.addStretch(1)
        self.set_text_size(TEXT_PX)
        self._refresh()

    def _words(self, name: str, role: str) -> QLabel:
        label = QLabel("", self)
        label.setObjectName(name)
        label.setWordWrap(True)
        if role:
            label.setProperty("role", role)
        return label

    def _button(self, name: str, text: str, tip: str, accessible: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(accessible)
        button.setToolTip(tip)
        return button

    # -- values in ---------------------------------------------------------------------------------------------

    def set_state(self, state: TeachState) -> None:
        """Show where teaching stands."""
        self._state = state
        if state.last is not None:
            self._label = state.last.label
        self._refresh()

    def set_answer(self, said: int | None) -> None:
        """Show what the network says of the drawing; None without one."""
        if said != self._said or self._has_drawing != (said is not None):
            self._said, self._has_drawing = said, said is not None
            self._refresh()

    def forget_label(self) -> None:
        """Note in place that another digit is drawn: what the last one was says nothing of it."""
        if self._label is not None:
            self._label = None
            self._refresh()

    def reset(self) -> None:
        """Be as at first: no label, the gentle rate."""
        self._label = None
        self.set_rate(DEFAULT_RATE)
        self.set_stage("")
        self._refresh()

    def set_rate(self, rate: float) -> None:
        """Show a learning rate, one of ``TEACH_RATES``; emits nothing."""
        with QSignalBlocker(self.rate):
            self.rate.set_key(rate)

    def set_stage(self, words: str) -> None:
        """Show which stage of a step is being played; blank for none."""
        self.stage.setText(words)
        self.stage.setVisible(bool(words))

    def set_list_offered(self, offered: bool) -> None:
        """Choose whether there is a button that shows all digits that were taught."""
        self.all_digits.setVisible(offered)

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text in logical pixels; the ten buttons are larger."""
        self.setStyleSheet(text_style("teach_page", pixels))
        for button in self.digits:
            button.setStyleSheet(
                f"font-size: {round(1.4 * pixels)}px; font-weight: 600; padding: 2px; "
                f"min-height: {max(DIGIT_HEIGHT_PX, round(2.6 * pixels)) - 6}px;"
            )

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._shown = None
        self._refresh()

    # -- what is so --------------------------------------------------------------------------------------------

    @property
    def chosen_rate(self) -> float:
        """The learning rate that is chosen."""
        rate = self.rate.key()
        return rate if isinstance(rate, float) else DEFAULT_RATE

    # -- what happens ------------------------------------------------------------------------------------------

    def _chosen(self, digit: int) -> None:
        if self.digits[digit].isEnabled():
            self._label = digit
            self.label_requested.emit(digit, self.chosen_rate, False)

    def _until(self) -> None:
        if self._state.is_busy:
            self.cancel_requested.emit()
        elif self._label is not None:
            self.label_requested.emit(self._label, self.chosen_rate, True)

    def _refresh(self) -> None:
        held = next((each for each in self.findChildren(QPushButton) if each.hasFocus()), None)
        self._show_state()
        if held is not None and not held.isEnabled():
            self._had_focus = held
            self.setFocus()
        elif self._had_focus is not None and not self.hasFocus():
            self._had_focus = None  # the person went elsewhere
        elif self._had_focus is not None and self._had_focus.isEnabled():
            self._had_focus.setFocus()
            self._had_focus = None

    def _show_state(self) -> None:
        state = self._state
        can = not state.problem and self._has_drawing and not state.is_busy
        if state.problem:
            self.question.setText(state.problem)
        elif not self._has_drawing:
            self.question.setText("Draw a digit; then say here what it is.")
        elif state.is_busy and state.most > 1:
            self.question.setText(f"Step {state.made + 1} of at most {state.most} …")
        elif state.is_busy:
            self.question.setText("A step is being made …")
        else:
            self.question.setText(f"The best guess is {self._said}. No, this is a …")
        for digit, button in enumerate(self.digits):
            button.setEnabled(can)
            button.setText(str(digit))
        repeats = state.is_busy and state.most > 1
        again = "Again until right" if self._label is None else f"Again until {self._label} is the best guess"
        self.until.setText("Stop" if repeats else again)
        self.until.setEnabled(repeats or (can and self._label is not None))
        self.until.setToolTip(
            "Make no further step; those that were made stay." if repeats
            else "Take steps on this digit until it is the best guess; at most fifty. First say above what it is."
        )
        self.undo.setEnabled(state.undoable > 0 and not state.is_busy)
        self.forget.setEnabled(state.can_forget and not state.is_busy)
        self.replay.setEnabled(state.last is not None and not state.is_busy)
        self.note.setText(state.note)
        self.note.setVisible(bool(state.note))
        self._show_step(state.last)
        self._show_cost(state)
        dropped = f" The first {state.dropped:,} can only be taken back by Forget all." if state.dropped else ""
        self.by.setText(_BY[state.engine] + dropped)

    def _show_step(self, last: Taught | None) -> None:
        if last is not None and last is self._shown:
            return
        self._shown = last
        for label in (self.result, self.weights):
            label.setVisible(last is not None)
        if last is None:
            self.set_stage("")
            return
        before, after = last.probability
        color = self._theme.good if last.is_right else self._theme.text
        best = f"<span style='color: {color}'>{last.answer}</span>"
        self.result.setText(
            f"P({last.label}): {percent(before)} → {percent(after)}. The best guess is {best} now."
        )
        self.weights.setText(_changed_words(last))

    def _show_cost(self, state: TeachState) -> None:
        if not state.steps and state.before is None:
            self.cost.hide()
            return
        steps = f"{state.steps:,} step{'' if state.steps == 1 else 's'} taught. " if state.steps else ""
        self.cost.setText(steps + cost_words(state.before, state.now))
        self.cost.show()


def text_style(name: str, pixels: float) -> str:
    """Return the style sheet that gives a page and all that is in it a text size in logical pixels."""
    size = round(pixels)
    return (
        f"QWidget#{name} QLabel, QWidget#{name} QPushButton, QWidget#{name} QComboBox, QWidget#{name} QCheckBox, "
        f"QWidget#{name} QSpinBox, QWidget#{name} QListWidget {{ font-size: {size}px; }} "
        f'QWidget#{name} QLabel[role="small"] {{ font-size: {size - 1}px; }}'
    )


def percent(share: float) -> str:
    """Return a share of 1 as per cent, with more figures near 0 and 1."""
    value = 100 * share
    return f"{value:.2f}\N{NO-BREAK SPACE}%" if value < 1 or value > 99 else f"{value:.1f}\N{NO-BREAK SPACE}%"


def cost_words(before: tuple[int, int] | None, now: tuple[int, int] | None) -> str:
    """Return what teaching cost in accuracy, each (read rightly, images); None while it is counted."""
    if before is None or now is None:
        return "MNIST test: being counted …"
    count = now[1]
    lost = before[0] - now[0]
    change = f"{lost:,} more of {count:,} wrong" if lost > 0 else f"{-lost:,} fewer of {count:,} wrong"
    if lost == 0:
        change = f"as many of {count:,} right as before"
    space = "\N{NO-BREAK SPACE}"
    shares = [f"{100 * right / images:.2f}{space}%" for right, images in (before, now)]
    return f"MNIST test: {shares[0]} → {shares[1]}, {change}."


def _changed_words(last: Taught) -> str:
    update = last.snapshot.update
    assert update is not None
    arrays = [array for layer in update for array in layer.arrays]
    changed = sum(int(np.count_nonzero(array)) for array in arrays)
    count = sum(array.size for array in arrays)
    largest = max(float(np.abs(array).max()) for array in arrays)
    # A blank pixel has no gradient, and neither has a weight into a unit that is off.
    return (
        f"{changed:,} of {count:,} weights changed, the most by {number(largest)}: "
        f"η {last.rate:g} times the gradient."
    )

