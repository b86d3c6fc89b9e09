"""Makes the tool bar shorter where the window is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolBar, QToolButton

#: In narrower bars the progress would have no room beside the words of the buttons.
WORDS_FROM_PX = 1100


class NarrowBar(QObject):
    """Leaves the words of buttons out, whose icons and tool tips say the same, as long as a tool bar is narrow."""

    def __init__(self, bar: QToolBar, buttons: Sequence[QToolButton]) -> None:
        super().__init__(bar)
        self._buttons = tuple(buttons)
        bar.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the width of the tool bar."""
        if isinstance(event, QResizeEvent):
            wide = event.size().width() >= WORDS_FROM_PX
            styles = Qt.ToolButtonStyle
            style = styles.ToolButtonTextBesideIcon if wide else styles.ToolButtonIconOnly
            for button in self._buttons:
                if button.toolButtonStyle() != style:
                    button.setToolButtonStyle(style)
        return False
