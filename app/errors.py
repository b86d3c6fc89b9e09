"""Problems, good news and notes shown in the window: a strip that never blocks."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.messages import Message, install_exception_hooks
from app.theme import LIGHT, Theme

__all__ = ["ErrorBar", "Message", "install_exception_hooks"]

#: Good news and notes go away by themselves after this time; problems stay until they are dismissed.
INFO_DURATION_MS = 6000
COPIED_DURATION_MS = 1500
#: Of more waiting messages than this the oldest are dropped.
MAX_WAITING = 20
DETAILS_HEIGHT_PX = 168
BADGE_PX = 20


@dataclass(slots=True)
class _Waiting:
    message: Message
    count: int = 1


class _Badge(QWidget):
    """The round mark at the left: an exclamation mark for a problem, a tick for good news, an i for a note."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(BADGE_PX, BADGE_PX)
        self._glyph, self._color, self._ink = "!", QColor(LIGHT.bad), QColor(LIGHT.surface)

    def set_look(self, glyph: str, color: str, ink: str) -> None:
        """Set what is drawn."""
        self._glyph, self._color, self._ink = glyph, QColor(color), QColor(ink)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a disc with the sign on it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
        font = painter.font()
        font.setPixelSize(13)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self._ink)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._glyph)
        painter.end()


class ErrorBar(QFrame):
    """A strip of messages for the top or bottom of a window; takes no room while there is nothing to say.

    The newest message is shown first, then, as they are dismissed, the older ones: good news lies over a problem for
    the few seconds that it stays, and the problem comes back. The same message again raises a counter instead of
    piling up. It never takes the focus.
    """

    #: The message now shown was dismissed, by a click, by Escape or by time.
    dismissed = Signal()
    #: Message whose button was pressed; it has been taken away.
    action_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorBar")
        self.setAccessibleName("Messages")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._waiting: list[_Waiting] = []
        self._theme = LIGHT
        self._text_px = 0.0
        self._badge = _Badge(self)
        self._text = QLabel(self)
        self._text.setObjectName("errorBarText")
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._count = QLabel(self)
        self._count.setObjectName("errorBarCount")
        self._count.setProperty("role", "muted")
        self._action_button = self._button("errorBarAction", "Action", "Do what the message proposes.")
        self._action_button.setProperty("role", "")
        self._details_button = self._button("errorBarDetails", "Details", "Show the traceback.")
        self._details_button.setCheckable(True)
        self._copy_button = self._button("errorBarCopy", "Copy", "Copy the message and its details.")
        self._close_button = self._button("errorBarDismiss", "✕", "Dismiss this message (Esc while it has the focus).")
        self._close_button.setAccessibleName("Dismiss")
        self._details = QPlainTextEdit(self)
        self._details.setObjectName("errorBarTraceback")
        self._details.setAccessibleName("Details of the problem")
        self._details.setToolTip("The traceback: where in nnviz it happened.")
        self._details.setReadOnly(True)
        self._details.setTabChangesFocus(True)
        self._details.setFixedHeight(DETAILS_HEIGHT_PX)
        self._details.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)
        for widget in (self._count, self._action_button, self._details_button, self._copy_button, self._close_button):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._details)
        self._details_button.toggled.connect(self._details.setVisible)
        self._action_button.clicked.connect(self._act)
        self._copy_button.clicked.connect(self.copy)
        self._close_button.clicked.connect(self.dismiss)
        self._info_timer = QTimer(self)
        self._info_timer.setSingleShot(True)
        self._info_timer.setInterval(INFO_DURATION_MS)
        self._info_timer.timeout.connect(self._info_expired)
        self._copied_timer = QTimer(self)
        self._copied_timer.setSingleShot(True)
        self._copied_timer.setInterval(COPIED_DURATION_MS)
        self._copied_timer.timeout.connect(self._copied_expired)
        self.set_theme(LIGHT)
        self.hide()

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setProperty("role", "flat")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @property
    def current(self) -> Message | None:
        """The message now shown."""
        waiting = self._shown()
        return waiting.message if waiting else None

    @property
    def current_count(self) -> int:
        """How often the message now shown has come; 0 without one."""
        waiting = self._shown()
        return waiting.count if waiting else 0

    @property
    def waiting_count(self) -> int:
        """Number of different messages, the one shown included."""
        return len(self._waiting)

    def show_message(self, message: Message) -> None:
        """Show a message, or count it where the same one is already there."""
        for waiting in self._waiting:
            if (waiting.message.kind, waiting.message.text) == (message.kind, message.text):
                waiting.message, waiting.count = message, waiting.count + 1
                self._waiting.remove(waiting)
                self._waiting.append(waiting)
                break
        else:
            if message.kind != "error":  # older good news is no news
                self._waiting = [waiting for waiting in self._waiting if waiting.message.kind == "error"]
            self._waiting.append(_Waiting(message))
            del self._waiting[:-MAX_WAITING]
        self._refresh()

    def show_error(self, text: str, details: str = "") -> None:
        """Show a problem: what, where, the value, what to do."""
        self.show_message(Message("error", text, details))

    def show_info(self, text: str) -> None:
        """Show good news, for example where a file was saved; it goes away by itself."""
        self.show_message(Message("info", text))

    def show_note(self, text: str) -> None:
        """Show why nothing happened and what to do; it goes away by itself."""
        self.show_message(Message("note", text))

    def show_exception(self, error: BaseException) -> None:
        """Show an exception with its traceback as the details."""
        self.show_message(Message.of_exception(error))

    def dismiss(self) -> None:
        """Take the message now shown away and show the next, if there is one."""
        waiting = self._shown()
        if waiting is None:
            return
        self._waiting.remove(waiting)
        self._details_button.setChecked(False)
        self._refresh()
        self.dismissed.emit()

    def withdraw(self, message: Message) -> None:
        """Take a message away, shown or waiting, because what it says is over; another of the same words, too."""
        over = (message.kind, message.text)
        kept = [each for each in self._waiting if (each.message.kind, each.message.text) != over]
        if len(kept) != len(self._waiting):
            self._waiting = kept
            self._details_button.setChecked(False)
            self._refresh()

    def clear(self) -> None:
        """Take all messages away."""
        self._waiting.clear()
        self._details_button.setChecked(False)
        self._refresh()

    def copy(self) -> None:
        """Copy the message now shown, with its details, to the clipboard."""
        message = self.current
        if message is None:
            return
        parts = [part for part in (message.text, message.details) if part]
        QGuiApplication.clipboard().setText("\n\n".join(parts))
        self._copy_button.setText("Copied")
        self._copied_timer.start()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._refresh()

    def set_text_size(self, pixels: float) -> None:
        """Set the size of the text in logical pixels; the application's own where nobody asks for another."""
        self._text_px = pixels
        self._refresh()

    def _shown(self) -> _Waiting | None:
        return self._waiting[-1] if self._waiting else None

    def _refresh(self) -> None:
        waiting = self._shown()
        if waiting is None:
            self._info_timer.stop()
            self.hide()
            return
        message, theme = waiting.message, self._theme
        glyph, color = {"info": ("✓", theme.good), "note": ("i", theme.muted)}.get(message.kind, ("!", theme.bad))
        self._badge.set_look(glyph, color, theme.surface)
        look = f"background: {theme.surface}; border: 1px solid {color}; border-radius: 8px;"
        sheet = f"QFrame#errorBar {{ {look} }}"
        if self._text_px:
            sheet += f" QFrame#errorBar QLabel, QFrame#errorBar QToolButton {{ font-size: {round(self._text_px)}px; }}"
        self.setStyleSheet(sheet)
        self._text.setText(message.text)
        self._text.setAccessibleName(message.text)
        others = len(self._waiting) - 1
        told = [f"×{waiting.count}"] if waiting.count > 1 else []
        told += [f"{others} more"] if others else []
        self._count.setText(" · ".join(told))
        self._count.setVisible(bool(told))
        self._action_button.setVisible(bool(message.action))
        if message.action:
            self._action_button.setText(message.action)
            self._action_button.setAccessibleName(message.action)
        self._details_button.setVisible(bool(message.details))
        if self._details.toPlainText() != message.details:
            self._details.setPlainText(message.details)
        if not message.details:
            self._details_button.setChecked(False)
        if message.kind != "error":
            self._info_timer.start()
        else:
            self._info_timer.stop()
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self._text, QAccessible.Event.Alert))

    def _act(self) -> None:
        message = self.current
        if message is not None and message.action:
            self.dismiss()
            self.action_requested.emit(message)

    def _info_expired(self) -> None:
        if self.current is not None and self.current.kind != "error":
            self.dismiss()

    def _copied_expired(self) -> None:
        self._copy_button.setText("Copy")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Dismiss on Escape."""
        if event.key() == Qt.Key.Key_Escape and self.current is not None:
            self.dismiss()
            return
        super().keyPressEvent(event)
