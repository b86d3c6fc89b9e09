"""Anatomy of a step: transport, scrubber, loop, speed, and what happens now in one sentence and its formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme
from app.widgets.age_label import AgeLabel
from app.widgets.formula import Typesetter
from app.widgets.stage_numbers import StageFormula
from app.widgets.stage_panel import FormulaLabel, WordsLabel
from app.widgets.step_scrubber import Scrubber
from nnviz.picture.timeline import Stage

#: The speed slider runs from 0 to this; the middle is speed 1, each end a factor of 4.
SPEED_STEPS = 100
#: Formulas are set this long after the stages were known: not while the window opens.
PREPARE_MS = 2000
#: Sentences have so many lines.
SENTENCE_LINES = 2


def speed_of(place: int) -> float:
    """Return the speed of a place of the slider: 0.25 to 4, geometric, 1 in the middle."""
    return float(4.0 ** (2 * place / SPEED_STEPS - 1))


class AnatomyBar(QWidget):
    """Plays one step: transport buttons, scrubber, speed, and what happens now in words and formula."""

    play_toggled_requested = Signal()
    #: +1 or −1.
    stage_requested = Signal(int)
    scrub_requested = Signal(float)
    #: Back to the still picture that follows training.
    still_requested = Signal()
    speed_changed = Signal(float)
    loop_requested = Signal(bool)
    #: (first, last) stage that shall be looped.
    range_requested = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("anatomy_bar")
        self._theme = LIGHT
        self._playing = False
        self._formulas: tuple[str, ...] = ()
        self._stage = 0
        self._filled = ""
        self._typesetter: Typesetter | None = None
        self._closed = False
        self._prepare = QTimer(self)
        self._prepare.setSingleShot(True)
        self._prepare.setInterval(PREPARE_MS)
        self._prepare.timeout.connect(self._set_formulas)
        self._make_transport()
        self._make_words()
        self._compose()
        self._connect()
        self.set_plan(())
        self.set_theme(LIGHT)

    # -- building ----------------------------------------------------------------------------------------

    def _make_transport(self) -> None:
        self.previous_button = self._button(
            "previous_stage", "Previous stage", "Go back to the end of the stage before (Ctrl+Left)."
        )
        self.play_button = self._button(
            "play_step", "Play the step",
            "Play one step on this sample: forward, loss, backward, and the update if one was taken "
            "(Ctrl+Space, or Space in the picture).",
        )
        self.next_button = self._button(
            "next_stage", "Next stage", "Go on to the end of the next stage (Ctrl+Right)."
        )
        self.scrubber = Scrubber(self)
        self.loop_button = self._button(
            "loop_step", "Loop the step",
            "Play the step again and again, while training the newest step each time (L); the handles below the "
            "stages choose a part.",
        )
        self.loop_button.setCheckable(True)
        self.still_button = self._button(
            "show_all", "Show the whole pass",
            "Leave the animation and show the whole pass at once; follows training live (Escape).",
        )
        self.speed_slider = QSlider(Qt.Orientation.Horizontal, self)
        self.speed_slider.setObjectName("animation_speed")
        self.speed_slider.setAccessibleName("Animation speed")
        self.speed_slider.setToolTip("Speed of the animation, from a quarter to four times.")
        self.speed_slider.setRange(0, SPEED_STEPS)
        self.speed_slider.setValue(SPEED_STEPS // 2)
        self.speed_slider.setFixedWidth(80)
        self.speed_label = QLabel("1×", self)
        self.speed_label.setProperty("role", "muted")
        self.speed_label.setMinimumWidth(36)

    def _make_words(self) -> None:
        self.name = WordsLabel("stage_name", 1, self)
        self.name.set_style(bold=True)
        self.age = AgeLabel(self)
        self.caption = WordsLabel("stage_caption", SENTENCE_LINES, self)
        self.formula = FormulaLabel(self)

    def _compose(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        for button in (self.previous_button, self.play_button, self.next_button):
            top.addWidget(button)
        top.addSpacing(4)
        top.addWidget(self.scrubber, 1)
        top.addSpacing(4)
        top.addWidget(self.loop_button)
        top.addWidget(self.still_button)
        speed = QLabel("Speed", self)
        speed.setProperty("role", "muted")
        top.addWidget(speed)
        top.addWidget(self.speed_slider)
        top.addWidget(self.speed_label)
        heading = QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(self.name, 1)
        heading.addWidget(self.age)
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addLayout(heading)
        said.addWidget(self.caption)
        words = QHBoxLayout()
        words.setSpacing(16)
        words.addLayout(said, 57)
        words.addWidget(self.formula, 43)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 4, 12, 8)
        box.setSpacing(2)
        box.addLayout(top)
        box.addLayout(words)

    def _connect(self) -> None:
        self.play_button.clicked.connect(self.play_toggled_requested)
        self.next_button.clicked.connect(self._next)
        self.previous_button.clicked.connect(self._previous)
        self.still_button.clicked.connect(self.still_requested)
        self.age.clicked.connect(self.still_requested)
        self.loop_button.toggled.connect(self.loop_requested)
        self.scrubber.scrub_requested.connect(self.scrub_requested)
        self.scrubber.stage_requested.connect(self.stage_requested)
        self.scrubber.range_requested.connect(self.range_requested)
        self.speed_slider.valueChanged.connect(self._speed)
        self.formula.filled_wanted.connect(self._want_filled)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setProperty("role", "flat")
        button.setIconSize(QSize(18, 18))
        return button

    # -- values in ---------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        for part in (self.scrubber, self.name, self.age, self.caption, self.formula):
            part.set_theme(theme)
        self.previous_button.setIcon(icon("previous", theme.text))
        self.next_button.setIcon(icon("next", theme.text))
        self.still_button.setIcon(icon("network", theme.text))
        self.loop_button.setIcon(icon("loop", theme.text))
        self.set_playing(self._playing)

    def set_playing(self, playing: bool) -> None:
        """Show whether the animation runs."""
        self._playing = playing
        self.play_button.setIcon(icon("pause" if playing else "play", self._theme.text))
        self.play_button.setAccessibleName("Pause the step" if playing else "Play the step")

    def set_plan(self, plan: tuple[Stage, ...], names: tuple[str, ...] = ()) -> None:
        """Set the stages that can be played, and their names."""
        self.scrubber.set_plan(plan, names)
        for button in (self.play_button, self.next_button, self.previous_button, self.still_button, self.loop_button):
            button.setEnabled(bool(plan))

    def set_time(self, t: float | None) -> None:
        """Show the moment, None for the still picture."""
        self.scrubber.set_time(t)

    def set_loop(self, looping: bool, first: int, last: int) -> None:
        """Show whether the animation begins anew when it is over, and which stages it goes through."""
        with QSignalBlocker(self.loop_button):
            self.loop_button.setChecked(looping)
        self.scrubber.set_loop(looping, first, last)

    def set_words(
        self, sentence: str, formula: str, *, name: str = "", latex: str = "",
        numbers: Callable[[], StageFormula] | None = None,
    ) -> None:
        """Show what happens now.

        Args:
            sentence: one.
            formula: in plain signs; what stands behind four spaces are figures.
            name: of the stage.
            latex: the same formula as LaTeX.
            numbers: makes what its signs stand for at present.
        """
        self.name.set_text(name)
        self.caption.set_text(sentence)
        self.formula.set_formula(formula, latex, numbers)
        if latex:
            made = None if self._typesetter is None else self._typesetter.get(latex)
            self.formula.set_picture(made)
            if made is None:
                self._set_formulas()

    def set_formulas(self, formulas: Sequence[str], stage: int) -> None:
        """Set the formulas of all stages, LaTeX, and the stage that is shown: those to come are set first."""
        self._stage = max(0, stage)
        if tuple(formulas) != self._formulas:
            self._formulas = tuple(formulas)
            if self._typesetter is not None:
                self._set_formulas()
            elif self.isVisible():
                self._prepare.start()

    def close_typesetter(self) -> None:
        """Stop the thread that sets formulas; the bar is not used afterwards."""
        self._closed = True
        self._prepare.stop()
        if self._typesetter is not None:
            self._typesetter.close()
            self._typesetter = None

    # -- formulas ----------------------------------------------------------------------------------------

    def _set_formulas(self) -> None:
        """Have the formulas set that are not yet: the numbers looked at, this stage, those to come, the others."""
        if self._closed:
            return
        if self._typesetter is None:
            self._typesetter = Typesetter(self)
            self._typesetter.done.connect(self._formula_done)
        coming = (*self._formulas[self._stage :], *self._formulas[: self._stage])
        self._typesetter.want([text for text in (self._filled, self.formula.latex, *coming) if text])

    def _formula_done(self, latex: str) -> None:
        made = None if self._typesetter is None else self._typesetter.get(latex)
        if made is None:
            return
        if latex == self.formula.latex:
            self.formula.set_picture(made)
        if latex == self._filled:
            self.formula.set_filled(latex, made)

    def _want_filled(self, latex: str) -> None:
        self._filled = latex
        if not latex:
            return
        made = None if self._typesetter is None else self._typesetter.get(latex)
        if made is not None:
            self.formula.set_filled(latex, made)
        else:
            self._set_formulas()

    # -- from the person ---------------------------------------------------------------------------------

    def _next(self) -> None:
        self.stage_requested.emit(1)

    def _previous(self) -> None:
        self.stage_requested.emit(-1)

    def _speed(self, place: int) -> None:
        speed = speed_of(place)
        self.speed_label.setText(f"{speed:.2g}×")
        self.speed_changed.emit(speed)

    def showEvent(self, event: QShowEvent) -> None:
        """Have the formulas set soon."""
        if self._formulas and self._typesetter is None:
            self._prepare.start()
        super().showEvent(event)
