"""What a first-time user need not see: a line that unfolds more, and says folded what is set in there."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme

ICON_PX = 12
#: Kept free above and below what is scrolled to.
MARGIN_PX = 8


def bring_into_view(widget: QWidget) -> None:
    """Scroll the panel around a widget so that the widget is seen, its upper part where it is too high."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, QScrollArea):
        parent = parent.parentWidget()
    inner = parent.widget() if parent is not None else None
    if parent is None or inner is None:
        return
    seen = parent.viewport().height()
    if widget.height() > seen:
        parent.verticalScrollBar().setValue(widget.mapTo(inner, widget.rect().topLeft()).y() - MARGIN_PX)
    else:
        parent.ensureWidgetVisible(widget, 0, min(MARGIN_PX, (seen - widget.height()) // 2))


class FoldButton(QToolButton):
    """A chevron, to the right while folded, down while unfolded.

    Args:
        name: objectName.
        accessible: what a screen reader says.
        tip: a sentence about what it unfolds.
        text: shown beside the chevron, or "".
        parent: Qt's.
    """

    def __init__(self, name: str, accessible: str, tip: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setToolTip(tip)
        self.setCheckable(True)
        self.setProperty("role", "tiny")
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        if text:
            self.setProperty("role", "fold")
            self.setText(text)
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggled.connect(self._point)
        self._point()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._point()

    def _point(self) -> None:
        self.setIcon(icon("down" if self.isChecked() else "right", self._theme.muted))


class Fold(QWidget):
    """A line and below it, once unfolded, its contents; folded, a short text says what differs from the usual.

    Args:
        name: objectName of the button.
        title: what is inside.
        tip: a sentence about it.
        body: the contents.
        parent: Qt's.
    """

    def __init__(self, name: str, title: str, tip: str, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = FoldButton(name, title, tip, title, self)
        self.caption = QLabel("", self)
        self.caption.setObjectName(f"{name}_caption")
        self.caption.setProperty("role", "small")
        self.caption.setWordWrap(True)
        # Never wider than the panel: a wrapped label asks for the width of its longest word only.
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.caption.setContentsMargins(ICON_PX + 6, 0, 0, 0)
        self.body = body
        body.setParent(self)
        body.hide()
        self.caption.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self.caption)
        box.addWidget(body)
        self.button.toggled.connect(self._unfold)

    def set_caption(self, text: str) -> None:
        """Say what is set inside, while it is folded."""
        self.caption.setText(text)
        self.caption.setVisible(bool(text) and not self.button.isChecked())

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.button.set_theme(theme)

    def _unfold(self, unfolded: bool) -> None:
        self.body.setVisible(unfolded)
        self.set_caption(self.caption.text())
        if unfolded:
            QTimer.singleShot(0, self, self._bring_into_view)  # once the layout knows its height

    def _bring_into_view(self) -> None:
        bring_into_view(self)
