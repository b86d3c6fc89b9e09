"""A picture in a window that can be saved and copied: by its context menu, the menu key and Ctrl+C."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QMenu, QWidget

from app.theme import LIGHT, Theme
from app.widgets.plot_export import picture, save_plot

#: Size in logical pixels, and what paints it from (0, 0).
Painted = tuple[QSize, Callable[[QPainter], None]]
MARGIN_PX = 8


class PictureTools(QObject):
    """Adds a menu with Save and Copy to a widget, and Ctrl+C while it, or what is in it, has the focus.

    Args:
        widget: what is pointed at; it owns the tools.
        name: of the file that is proposed, without its suffix.
        title: what the picture shows, a few words.
        parts: what of the widget belongs to the picture; all of it by default.
        has: whether there is anything to see.
        source: gives the picture where it is not the parts as they stand.
    """

    #: The picture should be saved; the name of a file.
    save_requested = Signal(str)
    #: It is on the clipboard; what it shows.
    copied = Signal(str)

    def __init__(
        self, widget: QWidget, name: str, title: str, *, parts: Sequence[QWidget] = (),
        has: Callable[[], bool] | None = None, source: Callable[[], Painted] | None = None,
    ) -> None:
        super().__init__(widget)
        self._widget, self._name, self._title = widget, name, title
        self._parts, self._has, self._source = tuple(parts), has, source
        self._theme, self._enabled = LIGHT, True
        widget.installEventFilter(self)

    @property
    def is_available(self) -> bool:
        """Whether there is anything to see."""
        return self._has is None or self._has()

    def set_enabled(self, enabled: bool) -> None:
        """Choose whether menu and key are offered: not on a public table."""
        self._enabled = enabled

    def set_theme(self, theme: Theme) -> None:
        """Set the colour of the ground."""
        self._theme = theme

    def painted(self) -> Painted:
        """Return the size of the picture and what paints it."""
        if self._source is not None:
            return self._source()
        whole = self._widget
        parts = [part for part in self._parts or (whole,) if part is whole or part.isVisibleTo(whole)]
        places = [QRect(QPoint(0, 0) if part is whole else part.mapTo(whole, QPoint(0, 0)), part.size())
                  for part in parts]
        area = places[0] if places else QRect(0, 0, 1, 1)
        for place in places:
            area = area.united(place)
        area.adjust(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)

        def paint(painter: QPainter) -> None:
            painter.fillRect(QRect(QPoint(0, 0), area.size()), QColor(self._theme.surface))
            for part, place in zip(parts, places, strict=True):
                part.render(painter, place.topLeft() - area.topLeft(), renderFlags=QWidget.RenderFlag.DrawChildren)

        return area.size(), paint

    def save(self, path: Path) -> None:
        """Save the picture as .png, of twice the size, or .svg.

        Raises:
            SaveError: it cannot be written, or has another suffix.
        """
        size, paint = self.painted()
        save_plot(path, size, self._title, paint, None)

    def copy(self) -> None:
        """Put the picture, of twice the size, on the clipboard."""
        QGuiApplication.clipboard().setImage(picture(*self.painted()))
        self.copied.emit(self._title)

    def menu(self, parent: QWidget | None = None) -> QMenu:
        """Return a new menu that saves and copies."""
        menu = QMenu(parent or self._widget)
        menu.setObjectName(f"{self._name}_picture_menu")
        menu.setToolTipsVisible(True)
        for name, text, tip, slot in (
            ("save", f"Save {self._title}…", "Save the picture as PNG or SVG.", self._ask),
            ("copy", f"Copy {self._title}", "Put the picture on the clipboard.", self.copy),
        ):
            action = menu.addAction(text)
            action.setObjectName(f"picture_{name}")
            action.setToolTip(tip)
            action.setEnabled(self.is_available)
            if name == "copy":
                action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
            action.triggered.connect(slot)
        return menu

    def _ask(self) -> None:
        self.save_requested.emit(f"{self._name}.png")

    # -- overrides of Qt -----------------------------------------------------------------------------------

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Open the menu, and take Ctrl+C before the window does."""
        if not self._enabled:
            return False
        if isinstance(event, QContextMenuEvent):
            menu = self.menu()
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())
            return True
        if isinstance(event, QKeyEvent) and self.is_available and event.matches(QKeySequence.StandardKey.Copy):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.copy()
                return True
        return False
