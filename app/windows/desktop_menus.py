"""The menus of the desktop window: the table of actions, panels, theme, about."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow, QMenu, QMessageBox

from app.actions import DESKTOP
from app.settings import Settings
from app.theme import ThemeManager
from app.windows.desktop_docks import DesktopDocks
from nnviz import __version__

THEMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
ABOUT = (
    f"nnviz {__version__}\n\nSee a neural network think and learn. Every number and colour is a tensor of the real "
    "network.\n\nMNIST: Y. LeCun, C. Cortes, C. Burges (CC BY-SA 3.0)."
)


class DesktopMenus(QObject):
    """Fills the menu bar, and keeps the theme that is chosen there.

    Args:
        window: has the menu bar.
        actions: those of ``DESKTOP`` by name.
        run_menu: stands below the action Step.
        docks: the panels to show and hide.
        themes: holds and applies the theme.
        settings: where it is remembered.
    """

    def __init__(
        self, window: QMainWindow, actions: dict[str, QAction], run_menu: QMenu, docks: DesktopDocks,
        themes: ThemeManager, settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window, self._themes, self._settings = window, themes, settings
        menus: dict[str, QMenu] = {}
        for spec in DESKTOP:
            if spec.menu not in menus:
                menus[spec.menu] = window.menuBar().addMenu(spec.menu)
            menus[spec.menu].addAction(actions[spec.name])
            if spec.name == "step":
                menus[spec.menu].addMenu(run_menu)
        view = menus["View"]
        view.addSeparator()
        view.addMenu("Panels").addActions(docks.actions())
        restore = view.addAction("Restore the first layout")
        restore.setObjectName("action_restore_layout")
        restore.triggered.connect(docks.place)
        self._add_themes(view.addMenu("Theme"))
        about = menus["Help"].addAction("About nnviz")
        about.setObjectName("action_about")
        about.triggered.connect(self._about)

    def _add_themes(self, menu: QMenu) -> None:
        group = QActionGroup(self)  # one of them is checked
        for choice, text in THEMES:
            action = menu.addAction(text)
            action.setObjectName(f"action_theme_{choice}")
            action.setCheckable(True)
            action.setData(choice)
            action.setChecked(choice == self._themes.choice)
            group.addAction(action)
        group.triggered.connect(self._theme_chosen)

    def _theme_chosen(self, action: QAction) -> None:
        choice = str(action.data())
        self._themes.set_choice(choice)
        self._settings.theme = choice

    def _about(self) -> None:
        QMessageBox.about(self._window, "About nnviz", ABOUT)
