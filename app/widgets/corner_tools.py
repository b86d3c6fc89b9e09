"""Small buttons for what concerns the whole window, for those who have no keyboard."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme

BUTTON_PX, SPACING_PX = 44, 2


class CornerTools(QWidget):
    """A button for each action.

    Args:
        actions: what the buttons do.
        icons: name of the icon of each action by the action's name in ``actions``, in the order of the buttons; for an
            action that is on or off, the icon while it is off and while it is on.
        parent: Qt's.
    """

    def __init__(
        self, actions: Mapping[str, QAction], icons: Mapping[str, tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("corner_tools")
        self.setAccessibleName("Window tools")
        self._theme = LIGHT
        self._icons = dict(icons)
        self._actions = {name: actions[name] for name in icons}
        self._offered = tuple(icons)
        self._room: float | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING_PX)
        self.buttons: dict[str, QToolButton] = {}
        for name, action in self._actions.items():
            button = QToolButton(self)
            button.setObjectName(f"corner_{name}")
            button.setAccessibleName(action.text().rstrip("…"))
            button.setProperty("role", "flat")
            button.setDefaultAction(action)
            row.addWidget(button)
            self.buttons[name] = button
            if action.isCheckable():
                action.toggled.connect(self._set_icons)
        self.set_button_size(BUTTON_PX)
        self._set_icons()

    def set_button_size(self, pixels: float) -> None:
        """Set the height of the buttons in logical pixels."""
        inner = round(pixels) - 12
        self.setStyleSheet(f"QToolButton {{ min-width: {inner - 13}px; min-height: {inner}px; }}")
        side = round(pixels * 0.46)
        for button in self.buttons.values():
            button.setIconSize(QSize(side, side))

    def set_only(self, names: tuple[str, ...]) -> None:
        """Show only the buttons of these actions."""
        self._offered = names
        self._show()

    @property
    def whole_width(self) -> float:
        """The room that all buttons take, logical pixels."""
        return len(self._offered) * self._step()

    def set_room(self, pixels: float) -> None:
        """Leave out the first buttons where there is no room for all; their keys stay."""
        self._room = pixels
        self._show()

    def _step(self) -> float:
        button = next(iter(self.buttons.values()))
        button.ensurePolished()
        return button.sizeHint().width() + SPACING_PX

    def _show(self) -> None:
        count = len(self._offered)
        if self._room is not None:
            count = min(count, max(0, int(self._room // self._step())))
        shown = self._offered[len(self._offered) - count :]
        for name, button in self.buttons.items():
            button.setVisible(name in shown)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._set_icons()

    def _set_icons(self) -> None:
        for name, (off, on) in self._icons.items():
            action = self._actions[name]
            action.setIcon(icon(on if action.isChecked() else off, self._theme.text))
