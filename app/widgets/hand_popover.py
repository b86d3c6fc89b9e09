"""The editor of a weight or a unit on a small card beside it in the picture; Escape closes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme
from app.widgets.hand_editor import HandEditor

WIDTH = 340
#: From what it is about, so that the card does not cover it, and from the edge of the picture; logical pixels.
OFFSET, MARGIN = 18, 6


class HandPopover(QFrame):
    """A child of the picture, not a window: the picture stays usable, and so do the window's keys.

    Args:
        parent: the picture that it lies on.
    """

    #: It was closed by the person; the focus goes back to the picture.
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self._held: QPoint | None = None
        self.setObjectName("hand_popover")
        self.setAccessibleName("Edit by hand")
        self.editor = HandEditor(self)
        self.close_button = QToolButton(self)
        self.close_button.setObjectName("hand_close")
        self.close_button.setText("✕")
        self.close_button.setProperty("role", "tiny")
        self.close_button.setAccessibleName("Close the editor")
        self.close_button.setToolTip("Close the editor; what was edited stays (Esc).")
        self.close_button.clicked.connect(self.dismiss)
        top = QHBoxLayout()
        top.addWidget(self.editor.title, 1)
        top.addWidget(self.close_button)
        box = self._box = QVBoxLayout(self)
        box.setContentsMargins(14, 8, 10, 12)
        box.setSpacing(4)
        box.addLayout(top)
        box.addWidget(self.editor)
        self.setFixedWidth(WIDTH)
        # The picture's own cursor says that it can be dragged.
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.set_theme(LIGHT)
        self.hide()
        self.editor.number.message.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.setStyleSheet(
            f"QFrame#hand_popover {{ background: {theme.surface}; border: 1px solid {theme.faint};"
            " border-radius: 8px; }"
        )

    def open_at(self, point: QPoint) -> None:
        """Show it beside a point of the picture, wholly inside, and let the number be typed."""
        self._fit()
        parent = self._ground
        x, y = point.x() + OFFSET, point.y() - self.height() // 2
        if x + self.width() > parent.width() - MARGIN:
            x = point.x() - OFFSET - self.width()
        self._put(QPoint(x, y))
        self.show()
        self.raise_()
        self.editor.focus_number()

    def _put(self, at: QPoint) -> None:
        """Move it to a place, or the nearest that is wholly inside the picture."""
        ground = self._ground
        self.move(
            max(MARGIN, min(at.x(), ground.width() - self.width() - MARGIN)),
            max(MARGIN, min(at.y(), ground.height() - self.height() - MARGIN)),
        )

    def dismiss(self) -> None:
        """Close it, as the person does."""
        if not self.isHidden():
            had_focus = self.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
            self.hide()
            if had_focus:
                self._ground.setFocus(Qt.FocusReason.OtherFocusReason)
            self.closed.emit()

    def _fit(self) -> None:
        self.adjustSize()
        self.resize(WIDTH, self.sizeHint().height())

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Grow and shrink with the words about a wrong number."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent) and self.isVisible():
            self._box.activate()
            self._fit()
        return False

    def event(self, event: QEvent) -> bool:
        """Take Escape before the window's action does."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape; nothing else reaches the picture."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the card, which may lie on what the person wants to see; the picture below hears nothing."""
        self._held = event.position().toPoint()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the card, within the picture."""
        if self._held is not None:
            self._put(self.pos() + event.position().toPoint() - self._held)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the card."""
        self._held = None
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Keep clicks from the picture below."""
        event.accept()
