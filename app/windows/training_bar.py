"""The tool bar of the desktop window: data set, training, pace, progress and health."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from app.icons import icon
from app.theme import Theme
from app.widgets.dataset_box import DatasetBox
from app.widgets.health_button import HealthButton
from app.widgets.progress_strip import ProgressStrip
from app.widgets.run_controls import PaceBox, RunMenu
from app.windows.narrow_bar import NarrowBar

#: Actions that have a button, from left to right.
BUTTONS = ("train", "step", "epoch", "reset", "evaluate")
TRAIN_WIDTH_PX = 88


class TrainingBar(QToolBar):
    """Shows what is learnt and how far it is; the actions are the window's.

    Args:
        actions: by name; those of ``BUTTONS`` are needed.
        parent: the window.

    Attributes:
        dataset_box, run_menu, pace, progress, health_button: the widgets; the window connects them.
        buttons: the buttons of ``BUTTONS`` by name.
    """

    def __init__(self, actions: dict[str, QAction], parent: QWidget) -> None:
        super().__init__("Training", parent)
        self.setObjectName("training_bar")
        self.setMovable(False)
        self.setIconSize(QSize(16, 16))
        self._actions = {name: actions[name] for name in BUTTONS}
        self._theme: Theme | None = None
        self._is_running = False
        self.dataset_box = DatasetBox(self)
        self.addWidget(self.dataset_box)
        self.buttons = {name: self._button(name) for name in BUTTONS}
        self.run_menu = RunMenu(parent)
        self.buttons["step"].setMenu(self.run_menu)
        self.buttons["step"].setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.pace = PaceBox(self)
        self.progress = ProgressStrip(self)
        self.health_button = HealthButton(self)
        for widget in (self.pace, self.progress, self.health_button):
            self.addWidget(widget)
        NarrowBar(self, [self.buttons[name] for name in ("step", "epoch", "reset")])

    def set_running(self, running: bool) -> None:
        """Let the first button offer to train or to pause."""
        self._is_running = running
        action = self._actions["train"]
        action.setText("Pause" if running else "Train")
        self.buttons["train"].setAccessibleName(action.text())
        if self._theme is not None:
            color = self._theme.on_accent if action.isEnabled() else self._theme.muted
            action.setIcon(icon("pause" if running else "play", color))

    def set_theme(self, theme: Theme) -> None:
        """Set the colours of the icons."""
        self._theme = theme
        for name in ("step", "epoch", "reset"):
            self._actions[name].setIcon(icon(name, theme.text))
        self.set_running(self._is_running)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{name}_button")
        button.setDefaultAction(self._actions[name])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(self._actions[name].text())
        if name == "train":
            button.setProperty("role", "primary")
            button.setMinimumWidth(TRAIN_WIDTH_PX)
        self.addWidget(button)
        return button
