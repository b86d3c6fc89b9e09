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
LAYOUT_VERSION = 3
PLOTS = ("loss", "accuracy", "gradients")
#: The gradients have their bars beside the curves.
PLOT_SHARES = [3, 3, 5]
LEFT_WIDTH, RIGHT_WIDTH = 212, 272
#: Room for the 70 characters of the longest lines.
CODE_WIDTH = 600
#: Hidden until asked for; it stands with the input, where it is high, and the plan it follows stays in sight.
HIDDEN = ("code",)


class DesktopDocks(QObject):
    """Puts panels into docks around the network.

    Args:
        window: the main window.
        panels: (name, title, widget); the names are plan, input, data, loss, accuracy, gradients, code.
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
        # By the person only: what restores a layout knows the widths.
        self._docks["code"].toggleViewAction().triggered.connect(self._code_toggled)
        #: Of the input before the code came into its place.
        self._input_width = RIGHT_WIDTH
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)

    def __getitem__(self, name: str) -> QDockWidget:
        """Return a dock by its name."""
        return self._docks[name]

    def actions(self) -> list[QAction]:
        """Return an action for each dock that shows and hides it."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def place(self) -> None:
        """Put every dock where it is at first, open but for those in ``HIDDEN``."""
        window, area = self._window, Qt.DockWidgetArea
        places = {
            "plan": area.LeftDockWidgetArea, "input": area.RightDockWidgetArea, "data": area.RightDockWidgetArea,
            "code": area.RightDockWidgetArea,
        }
        for name, dock in self._docks.items():
            dock.setFloating(False)
            window.addDockWidget(places.get(name, area.BottomDockWidgetArea), dock)
            dock.setVisible(name not in HIDDEN)
        window.tabifyDockWidget(self._docks["input"], self._docks["data"])
        for name in HIDDEN:
            window.tabifyDockWidget(self._docks["input"], self._docks[name])
            self._docks[name].hide()
        self._docks["input"].raise_()
        plots = [self._docks[name] for name in PLOTS]
        window.resizeDocks(
            [self._docks["plan"], self._docks["input"]], [LEFT_WIDTH, RIGHT_WIDTH], Qt.Orientation.Horizontal
        )
        window.resizeDocks(plots, PLOT_SHARES, Qt.Orientation.Horizontal)
        # The network keeps most of the window.
        height = min(210, max(140, round(window.height() * 0.21)))
        window.resizeDocks(plots[:1], [height], Qt.Orientation.Vertical)

    def open_code(self) -> None:
        """Show the code, in front of the input in whose place it is, and wide enough to be read."""
        dock = self._docks["code"]
        width = self._docks["input"].width()
        dock.show()
        dock.raise_()
        if width < CODE_WIDTH and not dock.isFloating():
            self._input_width = width
            self._window.resizeDocks([dock], [CODE_WIDTH], Qt.Orientation.Horizontal)

    def _code_toggled(self, shown: bool) -> None:
        if shown:
            self.open_code()
        else:
            self._window.resizeDocks([self._docks["input"]], [self._input_width], Qt.Orientation.Horizontal)

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
