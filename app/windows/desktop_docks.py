"""The docks of the desktop window: made, placed, remembered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from app.settings import Settings
from app.theme import Theme
from app.widgets.dock_grip import DockGrip

#: Changes when the docks do: an older layout is then not restored.
LAYOUT_VERSION = 1
PLOTS = ("loss", "accuracy", "gradients")
#: The gradients have their bars beside the curves.
PLOT_SHARES = [3, 3, 5]
LEFT_WIDTH, RIGHT_WIDTH = 212, 272


class DesktopDocks(QObject):
    """Puts panels into docks around the network.

    Args:
        window: the main window.
        panels: (name, title, widget); the names are plan, input, loss, accuracy, gradients.
    """

    def __init__(self, window: QMainWindow, panels: Sequence[tuple[str, str, QWidget]]) -> None:
        super().__init__(window)
        self._window = window
        self._docks: dict[str, QDockWidget] = {}
        for name, title, widget in panels:
            dock = QDockWidget(title, window)
            dock.setObjectName(f"dock_{name}")
            widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            dock.setWidget(widget)
            dock.setTitleBarWidget(DockGrip(dock))
            self._docks[name] = dock
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)

    def __getitem__(self, name: str) -> QDockWidget:
        """Return a dock by its name."""
        return self._docks[name]

    def actions(self) -> list[QAction]:
        """Return an action for each dock that shows and hides it."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def place(self) -> None:
        """Put every dock where it is at first, open."""
        window, area = self._window, Qt.DockWidgetArea
        places = {"plan": area.LeftDockWidgetArea, "input": area.RightDockWidgetArea}
        for name, dock in self._docks.items():
            dock.setFloating(False)
            window.addDockWidget(places.get(name, area.BottomDockWidgetArea), dock)
            dock.show()
        plots = [self._docks[name] for name in PLOTS]
        window.resizeDocks(
            [self._docks["plan"], self._docks["input"]], [LEFT_WIDTH, RIGHT_WIDTH], Qt.Orientation.Horizontal
        )
        window.resizeDocks(plots, PLOT_SHARES, Qt.Orientation.Horizontal)
        # The network keeps most of the window.
        height = min(210, max(140, round(window.height() * 0.21)))
        window.resizeDocks(plots[:1], [height], Qt.Orientation.Vertical)

    def restore(self, settings: Settings) -> bool:
        """Put the docks where they were last; False where that is not known."""
        geometry, state = settings.data("desktop/geometry"), settings.data("desktop/state")
        if not geometry.isEmpty():
            self._window.restoreGeometry(geometry)
        return not state.isEmpty() and self._window.restoreState(state, LAYOUT_VERSION)

    def remember(self, settings: Settings) -> None:
        """Note where the docks are."""
        settings.set("desktop/geometry", self._window.saveGeometry())
        settings.set("desktop/state", self._window.saveState(LAYOUT_VERSION))

    def set_theme(self, theme: Theme) -> None:
        """Set the colours of the grips."""
        for dock in self._docks.values():
            grip = dock.titleBarWidget()
            if isinstance(grip, DockGrip):
                grip.set_theme(theme)


def scrolling(widget: QWidget) -> QScrollArea:
    """Return a panel that scrolls where the window is too low for it."""
    area = QScrollArea()
    area.setObjectName("plan_scroll")
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    area.setMinimumWidth(widget.minimumSizeHint().width() + 8)
    return area
