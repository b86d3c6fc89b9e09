"""The forward pass replayed slowly in the graph: a clear button, and what the stage in hand does in words."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme
from app.widgets.stage_panel import WordsLabel


class WhyReplay(QWidget):
    """Wishes for the animation of the graph out, its stage in."""

    toggle_requested = Signal()
    #: −1 or +1.
    stage_requested = Signal(int)
    #: Back to the still picture.
    still_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_replay")
        self._theme = LIGHT
        self._playing = self._moving = False
        heading = QLabel("Forward pass, stage by stage", self)
        heading.setProperty("role", "heading")
        self.button = QPushButton("Replay slowly", self)
        self.button.setObjectName("why_replay_button")
        self.button.setAccessibleName("Replay the forward pass slowly")
        self.button.setToolTip("Play the way of the drawing through the network in the graph, layer by layer.")
        self.button.clicked.connect(self.toggle_requested)
        self.previous = self._tool("why_stage_previous", "Previous stage", "Hold at the end of the stage before.")
        self.next = self._tool("why_stage_next", "Next stage", "Hold at the end of the next stage.")
        self.whole = self._tool("why_stage_whole", "Whole picture", "Leave the animation: show the whole pass.")
        self.previous.clicked.connect(self._back)
        self.next.clicked.connect(self._on)
        self.whole.clicked.connect(self.still_requested)
        self.name = WordsLabel("why_stage_name", 1, self)
        self.name.set_style(bold=True)
        self.words = WordsLabel("why_stage_words", 3, self)
        self.words.set_style(tone="muted")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.button, 1)
        for button in (self.previous, self.next, self.whole):
            row.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(heading)
        box.addLayout(row)
        box.addWidget(self.name)
        box.addWidget(self.words)
        self.set_theme(LIGHT)
        self.set_available(False)

    def _tool(self, name: str, accessible: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setAccessibleName(accessible)
        button.setToolTip(tip)
        button.setIconSize(QSize(16, 16))
        return button

    def set_available(self, available: bool) -> None:
        """Choose whether there is anything to replay."""
        for button in (self.button, self.previous, self.next):
            button.setEnabled(available)
        if not available:
            self.set_stage("", "", moving=False)

    def set_playing(self, playing: bool) -> None:
        """Set whether the animation runs."""
        self._playing = playing
        self._show()

    def set_stage(self, name: str, words: str, *, moving: bool) -> None:
        """Set the name of the stage in hand and what it does; ``moving`` while the animation is begun."""
        self._moving = moving
        self.name.set_text(name)
        self.words.set_text(words)
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        for widget in (self.name, self.words):
            widget.set_theme(theme)
        self.previous.setIcon(icon("previous", theme.text))
        self.next.setIcon(icon("next", theme.text))
        self.whole.setIcon(icon("network", theme.text))
        self._show()

    def _show(self) -> None:
        self.button.setText("Pause" if self._playing else "Go on" if self._moving else "Replay slowly")
        self.button.setIcon(icon("pause" if self._playing else "play", self._theme.text))
        self.whole.setEnabled(self._moving)

    def _back(self) -> None:
        self.stage_requested.emit(-1)

    def _on(self) -> None:
        self.stage_requested.emit(1)
