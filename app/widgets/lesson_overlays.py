"""What lies over a lecture for a moment: a black or white screen, the keys, the list of slides."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.theme import LIGHT, Theme, ui_font

_INDEX = int(Qt.ItemDataRole.UserRole)
#: As wide as a digit, so that numbers stand below each other.
FIGURE_SPACE = "\u2007"


class BlankScreen(QWidget):
    """Covers everything in one colour, so that the hall looks at the lecturer."""

    #: It was clicked.
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("blank_screen")
        self.setAccessibleName("Blank screen; any key brings the slide back")
        self._color = "#000000"
        self.hide()

    @property
    def color(self) -> str:
        """The colour, ``#rrggbb``."""
        return self._color

    def set_color(self, color: str) -> None:
        """Set the colour."""
        self._color = color
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask to be taken away."""
        self.dismissed.emit()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._color))
        painter.end()


class KeyOverview(QWidget):
    """A card with all keys; covers the window, any key or a click takes it away."""

    #: It was clicked.
    dismissed = Signal()

    def __init__(self, rows: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("key_overview")
        self.setAccessibleName("Keys")
        self.setAccessibleDescription("; ".join(f"{keys}: {text}" for keys, text in rows))
        self._rows = tuple(rows)
        self._theme = LIGHT
        self._text = 16.0
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_text_size(self, pixels: float) -> None:
        """Set the base text size in logical pixels."""
        self._text = pixels
        self.update()

    def card(self) -> tuple[QRectF, float]:
        """Return where the card lies and the text size that lets it fit, logical pixels."""
        size = self._text
        while True:
            bold, normal = QFontMetricsF(ui_font(size, bold=True)), QFontMetricsF(ui_font(size))
            keys = max(bold.horizontalAdvance(row[0]) for row in self._rows)
            words = max(normal.horizontalAdvance(row[1]) for row in self._rows)
            width, height = keys + words + 5 * size, (len(self._rows) * 1.75 + 2.4) * size
            if (width <= self.width() - 16 and height <= self.height() - 16) or size <= 8:
                left, top = (self.width() - width) / 2, (self.height() - height) / 2
                return QRectF(left, top, width, height), size
            size *= 0.95

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask to be taken away."""
        self.dismissed.emit()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a veil and the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(self._theme.window)
        veil.setAlphaF(0.8)
        painter.fillRect(self.rect(), veil)
        card, size = self.card()
        painter.setPen(QPen(QColor(self._theme.border), 1))
        painter.setBrush(QColor(self._theme.surface))
        painter.drawRoundedRect(card, 12, 12)
        bold, normal = ui_font(size, bold=True), ui_font(size)
        keys = max(QFontMetricsF(bold).horizontalAdvance(row[0]) for row in self._rows)
        y = card.y() + 1.2 * size
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for shown, text in self._rows:
            row = QRectF(card.x() + 1.6 * size, y, card.width() - 3.2 * size, 1.75 * size)
            painter.setFont(bold)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(row, align, shown)
            painter.setFont(normal)
            painter.setPen(QColor(self._theme.muted))
            painter.drawText(row.adjusted(keys + 1.6 * size, 0, 0, 0), align, text)
            y += 1.75 * size
        painter.end()


class SlideList(QWidget):
    """The lessons of the course and the slides of the one that is open; covers the window."""

    #: A slide of the open lesson, 0 the first.
    slide_requested = Signal(int)
    #: Another lesson, 0 the first.
    lesson_requested = Signal(int)
    #: Nothing was chosen.
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("slide_list")
        self.setAccessibleName("Lessons and slides")
        self._theme = LIGHT
        self._text = 16.0
        self.list = QListWidget(self)
        self.list.setObjectName("slides")
        self.list.setAccessibleName("Lessons and slides")
        self.list.setToolTip("Enter or a click opens a slide or another lesson; Esc closes the list")
        self.list.installEventFilter(self)  # else the list would search for what the keys spell
        self.list.itemClicked.connect(self._chosen)
        self.setFocusProxy(self.list)
        self.hide()

    def set_slides(self, lessons: Sequence[str], lesson: int, slides: Sequence[str], slide: int) -> None:
        """Set the titles of the lessons, the open one, its slides' titles and the slide that is shown."""
        self.list.clear()
        for number, title in enumerate(lessons):
            heading = QListWidgetItem(title, self.list)
            font = heading.font()
            font.setBold(True)
            heading.setFont(font)
            heading.setData(_INDEX, ("lesson", number))
            if number != lesson:
                continue
            width = len(str(len(slides)))
            for place, name in enumerate(slides):
                item = QListWidgetItem(f"      {str(place + 1).rjust(width, FIGURE_SPACE)}   {name}", self.list)
                item.setData(_INDEX, ("slide", place))
                if place == slide:
                    self.list.setCurrentItem(item)
        self._place_list()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._style()

    def set_text_size(self, pixels: float) -> None:
        """Set the base text size in logical pixels."""
        self._text = pixels
        self._style()

    def _style(self) -> None:
        theme = self._theme
        self.list.setStyleSheet(
            f"QListWidget {{ font-size: {round(self._text * 0.95)}px; background: {theme.surface};"
            f" border: 1px solid {theme.border}; border-radius: 12px; padding: {round(self._text * 0.6)}px; }}"
            f"QListWidget::item {{ padding: {round(self._text * 0.12)}px; border-radius: 6px; }}"
            f"QListWidget::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}"
        )
        self._place_list()
        self.update()

    def _place_list(self) -> None:
        """Put the list in the middle, as large as what it holds, and let it scroll where that is too much."""
        margin, frame = round(self._text * 1.4), 2 * (round(self._text * 0.6) + 1)
        bar = self.list.verticalScrollBar().sizeHint().width()
        height = sum(self.list.sizeHintForRow(row) for row in range(self.list.count())) + frame
        width = self.list.sizeHintForColumn(0) + frame + bar + round(self._text)
        area = self.rect().adjusted(margin, margin, -margin, -margin)
        place = QRect(QPoint(), QSize(width, height).boundedTo(area.size()))
        place.moveCenter(area.center())
        self.list.setGeometry(place)

    def _chosen(self, item: QListWidgetItem) -> None:
        kind, number = item.data(_INDEX)
        if kind == "slide":
            self.slide_requested.emit(number)
        else:
            self.lesson_requested.emit(number)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Choose with Enter or Space, close on Escape or S, move with the arrows and a remote's two buttons."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        key, row = event.key(), self.list.currentRow()
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_S):
            self.dismissed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            item = self.list.currentItem()
            if item is not None:
                self._chosen(item)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_PageDown):
            self.list.setCurrentRow(min(row + 1, self.list.count() - 1))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_PageUp):
            self.list.setCurrentRow(max(row - 1, 0))
        # No other key acts on the list or behind it.
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the list anew."""
        super().resizeEvent(event)
        self._place_list()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close on a click beside the list."""
        self.dismissed.emit()
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a veil."""
        painter = QPainter(self)
        veil = QColor(self._theme.window)
        veil.setAlphaF(0.8)
        painter.fillRect(self.rect(), veil)
        painter.end()
