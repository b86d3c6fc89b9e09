"""The docks of the desktop window: made, placed, remembered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QVBoxLayout, QWidget

from app.settings import Settings
from app.theme import Theme
from app.widgets.dock_grip import DockGrip

#: Changes when the docks do: an older layout is then not restored.
LAYOUT_VERSION = 9
PLOTS = ("loss", "metric", "gradients")
#: The gradients have their bars beside the curves.
PLOT_SHARES = [3, 3, 5]
LEFT_WIDTH, RIGHT_WIDTH = 252, 272
#: A panel that scrolls has room for its bar beside it.
SCROLL_BAR_PX = 10
#: Room for the 70 characters of the longest lines.
CODE_WIDTH = 600
#: Hidden until asked for; it stands with the input, where it is high, and the plan it follows stays in sight.
HIDDEN = ("code", "inspector", "teach", "own_digits", "why")
#: Room for formulas with their numbers.
INSPECTOR_WIDTH = 340
#: Room for the explanation of a drawing, which stays in sight: it comes in the place of the plan, and
#: the names of all four that share that place are whole.
WHY_WIDTH = 348
#: From this width of the window on, the health of the training stands beside the plots; in narrower ones it is hidden
#: until asked for, in the place of the gradients.
HEALTH_FROM_PX = 1600
HEALTH_SHARE = 3
#: In windows narrower than this (a projector at twice the scale) the input shares the place of the plan, behind it.
NARROW_PX = 1100


class DesktopDocks(QObject):
    """Puts panels into docks around the network.

    Args:
        window: the main window.
        panels: (name, title, widget); the names are plan, input, data, loss, metric, gradients, code, health,
            inspector, teach, own_digits, why.
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
        self._docks["health"].toggleViewAction().triggered.connect(self._health_toggled)
        self._docks["inspector"].toggleViewAction().triggered.connect(self._inspector_toggled)
        self._docks["teach"].toggleViewAction().triggered.connect(self._teach_toggled)
        self._docks["own_digits"].toggleViewAction().triggered.connect(self._own_digits_toggled)
        self._docks["why"].toggleViewAction().triggered.connect(self._why_toggled)
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
        narrow = window.width() < NARROW_PX
        side = area.LeftDockWidgetArea if narrow else area.RightDockWidgetArea
        places = {
            "plan": area.LeftDockWidgetArea, "input": side, "data": side, "code": area.RightDockWidgetArea,
            "inspector": area.RightDockWidgetArea, "why": area.LeftDockWidgetArea,
            "teach": area.LeftDockWidgetArea, "own_digits": area.LeftDockWidgetArea,
        }
        # Out of the places they may share.
        for name in ("input", "data", "code", "health", "inspector", "why", "teach", "own_digits"):
            window.removeDockWidget(self._docks[name])
        for name, dock in self._docks.items():
            dock.setFloating(False)
            window.addDockWidget(places.get(name, area.BottomDockWidgetArea), dock)
            dock.setVisible(name not in HIDDEN)
        self._turn_corner()
        if narrow:
            window.tabifyDockWidget(self._docks["plan"], self._docks["input"])
        window.tabifyDockWidget(self._docks["input"], self._docks["data"])
        self._docks["plan" if narrow else "input"].raise_()
        plots = [self._docks[name] for name in PLOTS]
        health, shares = self._docks["health"], list(PLOT_SHARES)
        if window.width() >= HEALTH_FROM_PX:
            plots, shares = [*plots, health], [*shares, HEALTH_SHARE]
        else:
            health.hide()
        sides, widths = [self._docks["plan"]], [LEFT_WIDTH]
        if not narrow:
            sides, widths = [*sides, self._docks["input"]], [*widths, RIGHT_WIDTH]
        window.resizeDocks(sides, widths, Qt.Orientation.Horizontal)
        window.resizeDocks(plots, shares, Qt.Orientation.Horizontal)
        # The network keeps most of the window.
        height = min(210, max(124, round(window.height() * 0.21)))
        window.resizeDocks(plots[:1], [height], Qt.Orientation.Vertical)

    def _turn_corner(self) -> None:
        """Give the side that has the input the whole height: the input is higher than what the plots leave."""
        areas = Qt.DockWidgetArea
        is_left = self._window.dockWidgetArea(self._docks["input"]) == areas.LeftDockWidgetArea
        left = areas.LeftDockWidgetArea if is_left else areas.BottomDockWidgetArea
        self._window.setCorner(Qt.Corner.BottomLeftCorner, left)

    def open_code(self) -> None:
        """Show the code, in front of the input in whose place it is, and wide enough to be read."""
        self._open_wide(self._docks["code"], CODE_WIDTH)

    def open_inspector(self) -> None:
        """Show the inspector, in front of the input in whose place it is, and wide enough for formulas."""
        self._open_wide(self._docks["inspector"], INSPECTOR_WIDTH)

    def open_why(self) -> None:
        """Show why the network says what it says, in front of the plan, so that the drawing stays in sight."""
        self._open_over_plan("why")

    def open_teaching(self) -> None:
        """Show the page that teaches, in the same place."""
        self._open_over_plan("teach")

    def open_own_digits(self) -> None:
        """Show the digits that were taught, in the same place."""
        self._open_over_plan("own_digits")

    def _open_over_plan(self, name: str) -> None:
        dock, width = self._docks[name], self._docks["plan"].width()
        if dock.isHidden():
            self._put_before("plan", dock)
        dock.show()
        dock.raise_()
        if width < WHY_WIDTH and not dock.isFloating():
            self._window.resizeDocks([dock], [WHY_WIDTH], Qt.Orientation.Horizontal)

    def _open_wide(self, dock: QDockWidget, wanted: int) -> None:
        width = self._docks["input"].width()
        if dock.isHidden():
            self._put_before("input", dock)
        dock.show()
        dock.raise_()
        if width < wanted and not dock.isFloating():
            self._input_width = width
            self._window.resizeDocks([dock], [wanted], Qt.Orientation.Horizontal)

    def open_health(self) -> None:
        """Show the health of the training, in front of what is in its place."""
        dock = self._docks["health"]
        if self._window.width() < HEALTH_FROM_PX and dock.isHidden():
            self._put_before("gradients", dock)
        dock.show()
        dock.raise_()

    def _put_before(self, name: str, dock: QDockWidget) -> None:
        """Let a hidden dock share the place of another; only now: tabs made for one that stays hidden stay for ever."""
        if not dock.isFloating() and not self._docks[name].isHidden():
            self._window.tabifyDockWidget(self._docks[name], dock)

    def _health_toggled(self, shown: bool) -> None:
        if shown:
            self._docks["health"].hide()  # the action has shown it already, beside what it belongs in front of
            self.open_health()

    def _inspector_toggled(self, shown: bool) -> None:
        if shown:
            self._docks["inspector"].hide()
            self.open_inspector()
        else:
            self._docks["input"].raise_()
            self._window.resizeDocks([self._docks["input"]], [self._input_width], Qt.Orientation.Horizontal)

    def _why_toggled(self, shown: bool) -> None:
        self._toggled_over_plan("why", shown)

    def _teach_toggled(self, shown: bool) -> None:
        self._toggled_over_plan("teach", shown)

    def _own_digits_toggled(self, shown: bool) -> None:
        self._toggled_over_plan("own_digits", shown)

    def _toggled_over_plan(self, name: str, shown: bool) -> None:
        if shown:
            self._docks[name].hide()
            self._open_over_plan(name)
        else:
            self._docks["plan"].raise_()
            self._window.resizeDocks([self._docks["plan"]], [LEFT_WIDTH], Qt.Orientation.Horizontal)

    def _code_toggled(self, shown: bool) -> None:
        if shown:
            self._docks["code"].hide()
            self.open_code()
        else:
            self._docks["input"].raise_()  # Qt would have the data come in front
            self._window.resizeDocks([self._docks["input"]], [self._input_width], Qt.Orientation.Horizontal)

    def restore(self, settings: Settings) -> bool:
        """Put the docks where they were last; False where that is not known."""
        geometry, state = settings.data("desktop/geometry"), settings.data("desktop/state")
        if not geometry.isEmpty():
            self._window.restoreGeometry(geometry)
        restored = not state.isEmpty() and self._window.restoreState(state, LAYOUT_VERSION)
        self._turn_corner()
        return restored

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


class _ScrollingPanel(QScrollArea):
    """Scrolls upwards and downwards only, and so is never narrower than what it holds."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.setObjectName("plan_scroll")
        # Tab goes to the fields in it, and scrolls them into view; the area itself would be a stop that nobody sees.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(widget)

    def minimumSizeHint(self) -> QSize:
        """Return the width that the contents need now, in the style of now, and a small height."""
        hint = super().minimumSizeHint()
        widget = self.widget()
        # None while Qt takes the area apart.
        width = hint.width() if widget is None else widget.minimumSizeHint().width() + SCROLL_BAR_PX
        return QSize(width, hint.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell the dock when the contents need another width."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def scrolling(widget: QWidget) -> QScrollArea:
    """Return a panel that scrolls where the window is too low for it."""
    return _ScrollingPanel(widget)


def padded(widget: QWidget) -> QWidget:
    """Return a panel with room around what it holds."""
    made = QWidget()
    box = QVBoxLayout(made)
    box.setContentsMargins(12, 8, 4, 8)
    box.addWidget(widget)
    return made


def stacked(*widgets: QWidget) -> QWidget:
    """Return widgets one above the other, the last as high as it can be; those that are hidden take no room."""
    made = QWidget()
    box = QVBoxLayout(made)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(0)
    for widget in widgets:
        box.addWidget(widget, 1 if widget is widgets[-1] else 0)
    return made
