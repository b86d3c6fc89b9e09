"""A drawer for what is asked now and then: closed at first, opened by big tabs, with a page for each question."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.actions import ActionSpec
from app.icons import icon
from app.theme import LIGHT, Theme, ui_font
from app.widgets.corner_tools import CornerTools

#: Height of a tab: a finger's width on a tablet.
TAB_HEIGHT_PX = 44
#: Left and right of its words, where there is no room and where there is enough.
TAB_PADDINGS_PX = (2, 16)
#: Height of everything on a page that a finger presses on a public table.
FINGER_PX = 40


#: Padding and border of a button, above and below together.
FRAME_PX = 12
_FINGER_STYLE = (
    f" QPushButton, QToolButton {{ min-height: {FINGER_PX - FRAME_PX}px; }}"
    f" QComboBox, QSpinBox {{ min-height: {FINGER_PX - FRAME_PX + 2}px; }}"
    f' QToolButton[role="segment"] {{ min-height: {FINGER_PX - FRAME_PX + 4}px; }}'
    f" QToolButton {{ min-width: {FINGER_PX - FRAME_PX}px; }} QCheckBox {{ min-height: {FINGER_PX}px; }}"
    " QCheckBox::indicator { width: 22px; height: 22px; }"
    f" QTabBar::tab {{ min-height: {FINGER_PX - FRAME_PX}px; }}"
    f" QComboBox QAbstractItemView::item {{ min-height: {FINGER_PX}px; }}"
)


@dataclass(frozen=True, slots=True)
class _Page:
    """One page: what it is called, the button that opens it, the key, and where it scrolls."""

    name: str
    title: str
    tab: QPushButton
    key: str
    shortcut: QShortcut
    area: QScrollArea


class DigitsDrawer(QWidget):
    """Pages of which at most one is seen; ``tabs`` is the row of buttons that open and close them.

    Where drawer and tabs lie is the business of whoever holds them (``DigitsStage``). Pages higher than the drawer
    scroll; a page that works only while it can be seen hears of it by its ``showEvent`` and ``hideEvent``.
    """

    #: A person opened this page, or closed the drawer (blank).
    page_changed = Signal(str)
    #: The drawer opened or closed, by a person or by a setter: it has to be placed.
    placing_needed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("digits_drawer")
        self.setAccessibleName("Drawer")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = LIGHT
        self._pages: dict[str, _Page] = {}
        self._page = ""
        self._keys = True
        self._is_kiosk = False
        self._tab_text, self._tab_height, self._tab_padding = 13.0, float(TAB_HEIGHT_PX), TAB_PADDINGS_PX[1]
        self._corner: CornerTools | None = None
        self.tabs = QWidget(parent)
        self.tabs.setObjectName("drawer_tabs")
        self.tabs.setAccessibleName("Pages of the drawer")
        self._row = QHBoxLayout(self.tabs)
        self._row.setContentsMargins(8, 0, 8, 8)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self._title = QLabel("", self)
        self._title.setObjectName("drawer_title")
        self._title.setProperty("role", "title")
        self.close_button = QToolButton(self)
        self.close_button.setObjectName("drawer_close")
        self.close_button.setAccessibleName("Close the drawer")
        self.close_button.setToolTip("Close the drawer (Esc).")
        self.close_button.setProperty("role", "flat")
        self.close_button.setIconSize(QSize(20, 20))
        self.close_button.setMinimumSize(40, 40)
        self.close_button.clicked.connect(self._close_clicked)
        head = QHBoxLayout()
        head.setContentsMargins(16, 4, 4, 0)
        head.addWidget(self._title, 1)
        head.addWidget(self.close_button)
        self._stack = QStackedWidget(self)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        body = QVBoxLayout()
        body.setContentsMargins(16, 0, 6, 10)
        body.addWidget(self._stack)
        box.addLayout(head)
        box.addLayout(body, 1)
        self.tabs.hide()
        self.hide()
        self.set_theme(LIGHT)

    # -- values in ---------------------------------------------------------------------------------------------

    def add_page(self, name: str, title: str, widget: QWidget, key: str = "", tip: str = "") -> None:
        """Add a page and its tab; the drawer stays as it is.

        Args:
            name: of the page, unique; its tab is called ``drawer_tab_<name>``.
            title: what the tab says: a word or two.
            widget: the page; the drawer owns it from now on and lets it scroll. It should do with 300 pixels width.
            key: its shortcut, portable text; by default Alt+1, Alt+2, … in the order of the tabs.
            tip: one sentence; by default ``title``.

        Raises:
            ValueError: there is such a page already.
        """
        if name in self._pages:
            raise ValueError(f"the drawer has a page {name!r} already")
        key = key or f"Alt+{len(self._pages) + 1}"
        tab = QPushButton(title, self.tabs)
        tab.setObjectName(f"drawer_tab_{name}")
        tab.setAccessibleName(title)
        tab.setToolTip(f"{(tip or title).rstrip('.')} ({key}).")
        tab.setCheckable(True)
        tab.setProperty("drawer_page", name)
        tab.clicked.connect(self._tab_clicked)
        self._row.insertWidget(len(self._pages), tab)
        area = QScrollArea(self._stack)
        area.setObjectName(f"drawer_area_{name}")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(widget)
        area.viewport().setAutoFillBackground(False)
        widget.setAutoFillBackground(False)
        self._stack.addWidget(area)
        # Not the button's own shortcut: that one plays a click of a tenth of a second first.
        shortcut = QShortcut(QKeySequence(key), self.tabs)
        shortcut.setEnabled(self._keys)
        shortcut.setProperty("drawer_page", name)
        shortcut.activated.connect(self._tab_clicked)
        self._pages[name] = _Page(name, title, tab, key, shortcut, area)
        self.tabs.show()

    def add_corner(self, tools: CornerTools) -> None:
        """Put tools at the right end of the row of tabs."""
        self._corner = tools
        self._row.addWidget(tools)
        self.tabs.show()

    def set_page(self, name: str) -> None:
        """Open a page, or close the drawer with a blank name; does not emit ``page_changed``.

        Raises:
            ValueError: there is no such page.
        """
        if name and name not in self._pages:
            raise ValueError(f"the drawer has no page {name!r}; it has {', '.join(self._pages) or 'none'}")
        had_focus = self._has_focus()
        before, self._page = self._page, name
        for page in self._pages.values():
            with QSignalBlocker(page.tab):
                page.tab.setChecked(page.name == name)
        if name:
            page = self._pages[name]
            self._title.setText(page.title)
            self.setAccessibleName(f"Drawer: {page.title}")
            self._stack.setCurrentWidget(page.area)
        elif had_focus and before:
            # Focus must not go to what cannot be seen.
            self._pages[before].tab.setFocus(Qt.FocusReason.OtherFocusReason)
        self.placing_needed.emit()

    def set_tab_size(self, text: float, height: float = TAB_HEIGHT_PX) -> None:
        """Set text size and height of the tabs in logical pixels; title and close button follow."""
        self._title.setStyleSheet(f"font-size: {round(max(16.0, 1.15 * text))}px;")
        side = round(max(20.0, 0.46 * height))
        self.close_button.setIconSize(QSize(side, side))
        self._tab_text, self._tab_height = text, height
        self._style_tabs()

    def _style_tabs(self) -> None:
        sheet = (
            f"QPushButton {{ font-size: {round(self._tab_text)}px; padding: 5px {self._tab_padding}px; "
            f"min-height: {round(self._tab_height) - FRAME_PX}px; }}"
        )
        if sheet != self.tabs.styleSheet():
            self.tabs.setStyleSheet(sheet)

    def fit_tabs(self, width: int) -> None:
        """Give the tabs less padding, then the corner fewer tools, where so many pixels are no room for all."""
        words = QFontMetricsF(ui_font(self._tab_text, bold=True))  # that of the open page is bold
        corner, count = self._corner, len(self._pages)
        margins = self._row.contentsMargins()
        taken = margins.left() + margins.right() + count * self._row.spacing()
        taken += sum(math.ceil(words.horizontalAdvance(page.title)) + 2 for page in self._pages.values())
        tools = 0.0 if corner is None else corner.whole_width
        narrow, wide = TAB_PADDINGS_PX
        self._tab_padding = int(min(wide, max(narrow, (width - taken - tools) // (2 * max(1, count)))))
        self._style_tabs()
        if corner is not None:
            corner.set_room(width - taken - 2 * self._tab_padding * count)

    def set_keys_enabled(self, enabled: bool) -> None:
        """Choose whether the tabs have their shortcuts; a kiosk has none."""
        self._keys = enabled
        for page in self._pages.values():
            page.shortcut.setEnabled(enabled)

    def set_kiosk(self, on: bool) -> None:
        """Choose whether this is a public table: all buttons are as large as a finger.

        Every page that has ``set_kiosk(bool)`` is told: no files, no other windows.
        """
        self._is_kiosk = on
        self.set_theme(self._theme)
        for page in self._pages.values():
            tell = getattr(page.area.widget(), "set_kiosk", None)
            if callable(tell):
                tell(on)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.close_button.setIcon(icon("remove", theme.text))
        self.setStyleSheet(
            f"QWidget#digits_drawer {{ background: {theme.surface}; border: 1px solid {theme.border};"
            f" border-radius: 8px; }} QToolButton#drawer_close {{ min-height: {FINGER_PX - FRAME_PX}px; }}"
            + (_FINGER_STYLE if self._is_kiosk else "")
        )

    # -- what is so --------------------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Name of the page that is open; blank while the drawer is closed."""
        return self._page

    @property
    def is_open(self) -> bool:
        """Whether a page is open."""
        return bool(self._page)

    @property
    def page_names(self) -> tuple[str, ...]:
        """Names of the pages in the order of their tabs."""
        return tuple(self._pages)

    def key_specs(self) -> tuple[ActionSpec, ...]:
        """Return the keys of the tabs as a table of actions, for the list of keys."""
        return tuple(
            ActionSpec(f"page_{page.name}", page.title, (page.key,), f"Open or close “{page.title}”.")
            for page in self._pages.values()
        )

    # -- what happens ------------------------------------------------------------------------------------------

    def _tab_clicked(self) -> None:
        name = str(self.sender().property("drawer_page"))
        self.set_page("" if name == self._page else name)
        self.page_changed.emit(self._page)

    def _close_clicked(self) -> None:
        self.set_page("")
        self.page_changed.emit("")

    def _has_focus(self) -> bool:
        focus = self.window().focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape."""
        if event.key() == Qt.Key.Key_Escape and self._page:
            self._close_clicked()
        else:
            super().keyPressEvent(event)
