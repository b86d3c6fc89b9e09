"""Anatomy of a step: buttons, a scrubber with the stages marked, and one sentence with its formula."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme
from nnviz.picture.colors import data_colors
from nnviz.picture.timeline import Stage, stage_index

#: The speed slider runs from 0 to this; the middle is speed 1, each end a factor of 4.
SPEED_STEPS = 100


def speed_of(place: int) -> float:
    """Return the speed of a place of the slider: 0.25 to 4, geometric, 1 in the middle."""
    return float(4.0 ** (2 * place / SPEED_STEPS - 1))


class Scrubber(QWidget):
    """The stages of a step in a row, forward blue, backward green, update ink; drag or arrow keys to move."""

    #: Seconds at speed 1 that the user chose.
    scrub_requested = Signal(float)
    #: +1 or −1: the user asked for the next or previous stage by key.
    stage_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("step_scrubber")
        self.setAccessibleName("Stages of the step")
        self.setToolTip("The stages of one step: drag to any moment, or use the left and right keys.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._plan: tuple[Stage, ...] = ()
        self._time: float | None = None

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_plan(self, plan: tuple[Stage, ...]) -> None:
        """Set the stages."""
        self._plan = plan
        self.setEnabled(bool(plan))
        self.update()

    def set_time(self, t: float | None) -> None:
        """Set the moment that is shown, None for the still picture."""
        self._time = t
        if t is not None and self._plan:
            stage = stage_index(self._plan, t)
            self.setAccessibleDescription(f"Stage {stage + 1} of {len(self._plan)}: {self._plan[stage].kind}")
        self.update()

    def _span(self) -> tuple[float, float]:
        return 8.0, self.width() - 8.0

    def _to_time(self, x: float) -> float:
        low, high = self._span()
        return (min(max(x, low), high) - low) / max(1.0, high - low) * self._plan[-1].end

    def sizeHint(self) -> QSize:
        """Return the size of one row."""
        return QSize(400, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the stages and the moment."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        low, high = self._span()
        painter.setPen(Qt.PenStyle.NoPen)
        if not self._plan:
            painter.setBrush(QColor(self._theme.border))
            painter.drawRoundedRect(QRectF(low, middle - 3, high - low, 6), 3, 3)
            return
        colors = data_colors(self._theme.is_dark)
        tones = {
            "forward": QColor(*colors.signal.positive),
            "backward": QColor(*colors.blame.positive),
            "update": QColor(*colors.blame.negative),
        }
        total = self._plan[-1].end
        scale = (high - low) / total
        for stage in self._plan:
            area = QRectF(low + stage.start * scale + 1, middle - 3, stage.duration * scale - 2, 6)
            tone = QColor(tones[stage.direction])
            passed = self._time is not None and self._time >= stage.end - 1e-3
            tone.setAlphaF(1.0 if passed else 0.28)
            painter.setBrush(tone)
            painter.drawRoundedRect(area, 3, 3)
            if self._time is not None and stage.start < self._time < stage.end:
                area.setWidth((self._time - stage.start) * scale)
                tone.setAlphaF(1.0)
                painter.setBrush(tone)
                painter.drawRoundedRect(area, 3, 3)
        if self._time is not None:
            painter.setBrush(QColor(self._theme.surface))
            x = low + self._time * scale
            painter.setBrush(QColor(self._theme.accent))
            painter.drawEllipse(QPointF(x, middle), 7, 7)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(self._theme.muted))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 4.5, -0.5, -4.5), 8, 8)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the moment under the pointer."""
        if self._plan and event.button() == Qt.MouseButton.LeftButton:
            self.scrub_requested.emit(self._to_time(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if self._plan and event.buttons() & Qt.MouseButton.LeftButton:
            self.scrub_requested.emit(self._to_time(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by stages."""
        if event.key() == Qt.Key.Key_Right:
            self.stage_requested.emit(1)
        elif event.key() == Qt.Key.Key_Left:
            self.stage_requested.emit(-1)
        else:
            super().keyPressEvent(event)


class AnatomyBar(QWidget):
    """Plays one step: transport buttons, scrubber, speed, and what happens now in words and formula."""

    play_toggled_requested = Signal()
    #: +1 or −1.
    stage_requested = Signal(int)
    scrub_requested = Signal(float)
    #: Back to the still picture that follows training.
    still_requested = Signal()
    speed_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("anatomy_bar")
        self._theme = LIGHT
        self._playing = False
        self.scrubber = Scrubber(self)
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
        self.speed_slider.setFixedWidth(88)
        self.speed_label = QLabel("1×", self)
        self.speed_label.setProperty("role", "muted")
        self.speed_label.setMinimumWidth(40)
        self.caption = QLabel("", self)
        self.caption.setObjectName("stage_caption")
        self.caption.setWordWrap(True)
        self.caption.setMinimumWidth(80)
        self.formula = QLabel("", self)
        self.formula.setObjectName("stage_formula")
        self.formula.setProperty("role", "heading")
        self.formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        top = QHBoxLayout()
        top.setSpacing(4)
        for button in (self.previous_button, self.play_button, self.next_button):
            top.addWidget(button)
        top.addSpacing(4)
        top.addWidget(self.scrubber, 1)
        top.addSpacing(4)
        top.addWidget(self.still_button)
        speed = QLabel("Speed", self)
        speed.setProperty("role", "muted")
        top.addWidget(speed)
        top.addWidget(self.speed_slider)
        top.addWidget(self.speed_label)
        words = QHBoxLayout()
        words.setSpacing(16)
        words.addWidget(self.caption, 3)
        words.addWidget(self.formula, 0, Qt.AlignmentFlag.AlignRight)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 4, 12, 8)
        box.setSpacing(4)
        box.addLayout(top)
        box.addLayout(words)
        self.play_button.clicked.connect(self.play_toggled_requested)
        self.next_button.clicked.connect(self._next)
        self.previous_button.clicked.connect(self._previous)
        self.still_button.clicked.connect(self.still_requested)
        self.scrubber.scrub_requested.connect(self.scrub_requested)
        self.scrubber.stage_requested.connect(self.stage_requested)
        self.speed_slider.valueChanged.connect(self._speed)
        self.set_plan(())
        self.set_theme(LIGHT)

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setProperty("role", "flat")
        button.setIconSize(QSize(18, 18))
        return button

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.scrubber.set_theme(theme)
        self.previous_button.setIcon(icon("previous", theme.text))
        self.next_button.setIcon(icon("next", theme.text))
        self.still_button.setIcon(icon("network", theme.text))
        self.set_playing(self._playing)

    def set_playing(self, playing: bool) -> None:
        """Show whether the animation runs."""
        self._playing = playing
        self.play_button.setIcon(icon("pause" if playing else "play", self._theme.text))
        self.play_button.setAccessibleName("Pause the step" if playing else "Play the step")

    def set_plan(self, plan: tuple[Stage, ...]) -> None:
        """Set the stages that can be played."""
        self.scrubber.set_plan(plan)
        for button in (self.play_button, self.next_button, self.previous_button, self.still_button):
            button.setEnabled(bool(plan))

    def set_time(self, t: float | None) -> None:
        """Show the moment, None for the still picture."""
        self.scrubber.set_time(t)

    def set_words(self, sentence: str, formula: str) -> None:
        """Show what happens now."""
        if self.caption.text() != sentence:
            self.caption.setText(sentence)
        if self.formula.text() != formula:
            self.formula.setText(formula)

    def _next(self) -> None:
        self.stage_requested.emit(1)

    def _previous(self) -> None:
        self.stage_requested.emit(-1)

    def _speed(self, place: int) -> None:
        speed = speed_of(place)
        self.speed_label.setText(f"{speed:.2g}×")
        self.speed_changed.emit(speed)
