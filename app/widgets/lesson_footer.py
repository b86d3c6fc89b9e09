"""The foot of a lecture: lesson, network, place among the slides, and the same commands as the keys for a mouse."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QToolButton, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme
from app.widgets.slide_painting import FOOT_BETWEEN, paint_foot

LINE_PX = 0.16
GAP_PX = 0.14
#: name, icon, accessible name, tool tip
BUTTONS = (
    ("previous", "left", "Previous slide", "Go back one slide (Page Up, ←)"),
    ("play", "play", "Play", "Play or pause the movement of this slide (P)"),
    ("next", "right", "Next slide", "Go on to the next slide (Page Down, →, Space, Enter)"),
    ("contents", "network", "Slides", "Choose a lesson or a slide (S, or its number and Enter)"),
    ("export", "save", "Export this slide", "Save this slide as a picture or its step as a film (Ctrl+E)"),
)


class LessonFooter(QWidget):
    """One thin line: a mark a slide, then the lesson's name, the network's, and ``7 / 18``."""

    #: Wishes: previous, play or pause, next, the list of slides, a file.
    previous_requested = Signal()
    play_requested = Signal()
    next_requested = Signal()
    contents_requested = Signal()
    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lesson_footer")
        self.setAccessibleName("Place in the lesson")
        self._theme = LIGHT
        self._text = 16.0
        self._lesson, self._network, self._typed = "", "", ""
        self._index, self._count = 0, 0
        self._playing = False
        self.buttons: dict[str, QToolButton] = {}
        signals = (
            self.previous_requested, self.play_requested, self.next_requested, self.contents_requested,
            self.export_requested,
        )
        for (name, picture, accessible, tip), signal in zip(BUTTONS, signals, strict=True):
            button = QToolButton(self)
            button.setObjectName(f"lesson_{name}")
            button.setAccessibleName(accessible)
            button.setToolTip(tip)
            button.setProperty("role", "flat")
            button.setProperty("icon_name", picture)
            # The keys belong to the presenter: Space and Enter must not press a button.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(signal)
            self.buttons[name] = button

    @property
    def place(self) -> str:
        """The place among the slides: ``7 / 18``."""
        return f"{self._index + 1} / {self._count}" if self._count else ""

    @property
    def words(self) -> str:
        """Of which lesson and network the slide is."""
        return FOOT_BETWEEN.join(part for part in (self._lesson, self._network) if part)

    def set_lesson(self, title: str) -> None:
        """Set the name of the lesson."""
        self._lesson = title
        self.update()

    def set_network(self, title: str) -> None:
        """Set what is said of the network."""
        self._network = title
        self.update()

    def set_place(self, index: int, count: int) -> None:
        """Set the slide, 0 the first, and the number of slides."""
        self._index, self._count = index, count
        self.setAccessibleDescription(f"Slide {index + 1} of {count}")
        self.buttons["previous"].setEnabled(index > 0)
        self.buttons["next"].setEnabled(index < count - 1)
        self.update()

    def set_typed(self, digits: str) -> None:
        """Set the number that is being typed, "" for none."""
        self._typed = digits
        self.update()

    def set_playing(self, playing: bool) -> None:
        """Set whether a movement runs."""
        self._playing = playing
        self.buttons["play"].setAccessibleName("Pause" if playing else "Play")
        self._icons()

    def set_text_size(self, pixels: float) -> None:
        """Set the base text size in logical pixels."""
        self._text = pixels
        self._place_buttons()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._icons()
        self.update()

    def _icons(self) -> None:
        for button in self.buttons.values():
            name = str(button.property("icon_name"))
            if name == "play" and self._playing:
                name = "pause"
            button.setIcon(icon(name, self._theme.muted))

    def _line(self) -> float:
        return max(3.0, self._text * LINE_PX)

    def _place_buttons(self) -> None:
        top = round(self._line() + self._text * 0.2)
        side = max(8, self.height() - top - round(self._text * 0.2))
        glyph = round(side * 0.6)
        x = self.width() - round(self._text * 1.1) - side
        for name in reversed(list(self.buttons)):
            button = self.buttons[name]
            # The style sheet of the application pads buttons and gives them a smallest height.
            button.setStyleSheet("padding: 0; min-height: 0;")
            button.setIconSize(QSize(glyph, glyph))
            button.setGeometry(x, top, side, side)
            x -= side + 4

    def sizeHint(self) -> QSize:
        """Return the height that the text needs."""
        return QSize(600, round(self._text * 1.9))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the buttons."""
        self._place_buttons()
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the marks and the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        line, margin = self._line(), self._text * 1.1
        gap = max(2.0, self._text * GAP_PX)
        if self._count:
            width = (self.width() - 2 * margin - gap * (self._count - 1)) / self._count
            for slide in range(self._count):
                tone = self._theme.accent if slide <= self._index else self._theme.border
                painter.setBrush(QColor(tone))
                painter.drawRoundedRect(
                    QRectF(margin + slide * (width + gap), 0, width, line), line / 2, line / 2
                )
        top = line + self._text * 0.2
        right = self.buttons["previous"].x() - self._text * 0.5
        row = QRectF(margin, top, right - margin, self.height() - top - self._text * 0.2)
        paint_foot(
            painter, row, self.words, f"→ {self._typed}" if self._typed else self.place, self._theme, self._text
        )
        painter.end()
