"""A small mark on the picture of the network: whether its gradients were checked, and how they came out."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.mark_icons import paint_mark
from app.widgets.view_text import usual_text
from nnviz.picture.check_words import mark_words
from nnviz.training.check_values import DIFFER, Trust

#: In multiples of the view's text size: of the chip, its sign and its words.
HEIGHT, ICON_RADIUS, WORDS, PADDING = 1.85, 0.5, 0.92, 0.6
EDGE_PX = 12
#: From the bottom of the view, in pixels and text sizes: above the loss, at the end of the legend's row.
BOTTOM_PX, BOTTOM_ROOM = 13, 2.0
#: In a narrower view the words have no room beside the scales of the edges: then there is the sign alone.
WORDS_FROM_PX = 720
#: In a narrower view still the sign would lie on the answer: only one that tells of wrong gradients is shown.
LEAST_PX = 480
#: In a lower view the answer comes down to the legend: the mark is in the upper corner, beside the name of the output.
LOW_PX = 270


class GradientMark(QAbstractButton):
    """Lies in a corner of a view. A click wants the table of the check, before there was one the check itself.

    Args:
        view: where the mark stands, in the lower right corner; in the upper one where the view is low.
    """

    #: The person wants a check.
    check_requested = Signal()
    #: The person wants to see the last one.
    table_requested = Signal()

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setObjectName("gradient_mark")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._view, self._theme = view, LIGHT
        self._trust: Trust | None = None
        self._kind = "idle"
        self.clicked.connect(self._clicked)
        view.installEventFilter(self)
        self.set_trust(None)

    @property
    def kind(self) -> str:
        """Which sign is shown, see ``mark_icons.KINDS``."""
        return self._kind

    @property
    def is_current(self) -> bool:
        """Whether what the mark says is of the picture on the screen."""
        return self._trust is not None and self._trust.is_current

    @property
    def has_words(self) -> bool:
        """Whether there is room for more than the sign; the tool tip has the words in any case."""
        return self._view.width() >= WORDS_FROM_PX

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_trust(self, trust: Trust | None) -> None:
        """Show how it stands; None where there was no check of this network."""
        self._trust = trust
        self._kind, words = mark_words(trust)
        self.setText(words)
        sentence = words[0].upper() + words[1:]
        self.setAccessibleName(sentence)
        if trust is None:
            self.setToolTip(
                "Compare the gradients on the screen with TensorFlow's tape, NumPy and finite differences (Ctrl+G)."
            )
        else:
            self.setToolTip(
                f"{sentence}.\nChecked in every way at step {trust.check.step:,}; each picture since is compared with "
                "NumPy.\nClick for the table (Ctrl+G checks again)."
            )
        self._place()
        self.update()

    def _clicked(self) -> None:
        (self.check_requested if self._trust is None else self.table_requested).emit()

    def _place(self) -> None:
        text = self._text_px
        width = 2 * (ICON_RADIUS + PADDING) * text
        if self.has_words:
            width += PADDING * text + QFontMetricsF(ui_font(WORDS * text)).horizontalAdvance(self.text())
        height = round(HEIGHT * text)
        bottom = self._view.height() - BOTTOM_PX - round(BOTTOM_ROOM * text)
        if self._view.height() < LOW_PX:
            bottom = EDGE_PX + height
        self.setVisible(self._view.width() >= LEAST_PX or self._kind == "error")
        self.setGeometry(self._view.width() - EDGE_PX - round(width), bottom - height, round(width), height)

    @property
    def _text_px(self) -> float:
        return usual_text(self._view.width(), self._view.height())

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if watched is self._view and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def sizeHint(self) -> QSize:
        """Return the size for the words."""
        return self.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint sign and words on a chip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        back = QColor(theme.hover if self.underMouse() else theme.surface)
        back.setAlpha(235)
        is_bad = self._trust is not None and self._trust.verdict == DIFFER
        edge = theme.accent if self.hasFocus() else theme.bad if is_bad else theme.border
        painter.setPen(QPen(QColor(edge), 1))
        painter.setBrush(back)
        middle, text = self.height() / 2, self._text_px
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), middle, middle)
        # What was so of an earlier picture has the same sign, in grey.
        signs = theme if self.is_current else replace(theme, good=theme.muted)
        paint_mark(painter, QPointF((PADDING + ICON_RADIUS) * text, middle), self._kind, signs, ICON_RADIUS * text)
        if not self.has_words:
            painter.end()
            return
        painter.setFont(ui_font(WORDS * text))
        ink = theme.bad if is_bad else theme.text if self.is_current else theme.muted
        painter.setPen(QColor(ink))
        area = self.rect().adjusted(round(2 * (PADDING + ICON_RADIUS) * text), 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()
