"""One network view, or two side by side that move, zoom and point together."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import LIGHT, Theme
from app.widgets.elided_label import ElidedLabel
from app.widgets.network_view import NetworkView
from nnviz.picture.refs import Ref
from nnviz.picture.timeline import matching_time
from nnviz.training.records import Snapshot

#: Height of the words above a view, also where buttons stand beside them.
BAR_PX = 34
#: The least size of a view, alone and where two share the room.
ALONE, SHARED = QSize(320, 96), QSize(160, 96)


class _Pane(QWidget):
    """A view below what it shows in words; the words are there only beside another pane.

    Args:
        name: begins the objectNames.
        view: the view.
        parent: Qt's.
    """

    def __init__(self, name: str, view: NetworkView, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_pane")
        self.view = view
        self.bar = QWidget(self)
        self.caption = ElidedLabel("", self.bar)
        self.caption.setObjectName(f"{name}_caption")
        self.caption.setProperty("role", "heading")
        self.row = QHBoxLayout(self.bar)
        self.row.setContentsMargins(14, 6, 8, 0)
        self.row.setSpacing(2)
        self.row.addWidget(self.caption, 1)
        self.bar.setFixedHeight(BAR_PX)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.bar)
        box.addWidget(view, 1)
        self.bar.hide()

    def set_words(self, words: str) -> None:
        """Say what the view shows; "" shows no words."""
        self.caption.setText(words)
        self.caption.setToolTip(words)
        self.bar.setVisible(bool(words))


class CompareArea(QWidget):
    """Holds the view of a stage, and beside it a second one while two pictures are compared.

    The second view lives only so long: it has a thread of its own that draws its edges.

    Args:
        view: the first view.
        parent: Qt's.
    """

    #: The person wants a single picture again.
    close_requested = Signal()
    #: Look: how the person wants the network to be shown, chosen in the second picture.
    look_requested = Signal(object)

    def __init__(self, view: NetworkView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_area")
        self._theme = LIGHT
        view.setMinimumSize(ALONE)
        self.first = _Pane("first", view, self)
        self.second: _Pane | None = None
        self._buttons: list[tuple[QToolButton, str]] = []
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setObjectName("compare_splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(9)
        self.splitter.addWidget(self.first)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.splitter)
        view.viewport_changed.connect(self._first_moved)
        view.pointed_changed.connect(self._first_pointed)
        view.selection_changed.connect(self._first_selected)

    @property
    def is_open(self) -> bool:
        """Whether two pictures stand side by side."""
        return self.second is not None

    # -- values in -----------------------------------------------------------------------------------------

    def open(self, first_words: str, second_words: str, first: Snapshot, second: Snapshot) -> None:
        """Show a second picture beside the first, or another one; the first comes by the setter of its view."""
        if self.second is None:
            self._make_second()
        assert self.second is not None
        self.first.set_words(first_words)
        self.second.set_words(second_words)
        view = self.second.view
        self.first.view.set_peer(second)
        view.set_peer(first)
        if view.snapshot is not second:
            view.set_snapshot(second)

    def set_first(self, snapshot: Snapshot | None) -> None:
        """Note in place what the first view shows: the second one's scales go over it, too."""
        if self.second is not None:
            self.second.view.set_peer(snapshot)

    def close_second(self) -> None:
        """Go back to a single picture; emits nothing."""
        pane = self.second
        if pane is None:
            return
        had_focus = pane.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else False
        self.second = None
        self._buttons = []
        self.first.set_words("")
        self.first.view.set_peer(None)
        self.first.view.setMinimumSize(ALONE)
        self.first.view.set_echo(None)
        pane.view.close_drawer()
        pane.hide()
        pane.setParent(None)
        pane.deleteLater()
        if had_focus:
            self.first.view.setFocus()

    def keep_up(self) -> None:
        """Show the second picture as the first is shown: colours, words, look."""
        if self.second is not None:
            self.second.view.show_like(self.first.view)

    def set_time(self, t: float | None) -> None:
        """Show the second picture at the moment of the first one's animation, None for the still picture."""
        if self.second is None:
            return
        first, view = self.first.view, self.second.view
        view.set_time(None if t is None else matching_time(first.plan, t, view.plan))

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        line = f"stop:0 transparent, stop:0.43 transparent, stop:0.44 {theme.border}, stop:0.56 {theme.border}, " \
               "stop:0.57 transparent, stop:1 transparent"
        self.splitter.setStyleSheet("".join(
            f"QSplitter#compare_splitter::handle:{way} {{ background: qlineargradient({axes}, {line}); }}"
            for way, axes in (("horizontal", "x1:0, y1:0, x2:1, y2:0"), ("vertical", "x1:0, y1:0, x2:0, y2:1"))
        ))
        for button, name in self._buttons:
            button.setIcon(icon(name, theme.text))
        self.keep_up()

    def swap(self) -> None:
        """Let the two pictures change places."""
        if self.second is not None:
            sizes = self.splitter.sizes()
            last = self.second if self.splitter.indexOf(self.second) == 1 else self.first
            self.splitter.insertWidget(0, last)
            self.splitter.setSizes(sizes)

    # -- the second view -------------------------------------------------------------------------------------

    def _make_second(self) -> None:
        view = NetworkView(self)
        view.setObjectName("second_network_view")
        view.setAccessibleName("Network, compared")
        pane = _Pane("second", view, self)
        for name, sign, text, tip in (
            ("swap_pictures", "swap", "Swap", "Let the two pictures change places (X)."),
            ("end_comparison", "remove", "End the comparison", "Show a single picture again (Escape)."),
        ):
            button = QToolButton(pane)
            button.setObjectName(name)
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.setProperty("role", "tiny")
            button.setIconSize(QSize(16, 16))
            button.setIcon(icon(sign, self._theme.text))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            pane.row.addWidget(button)
            self._buttons.append((button, sign))
            button.clicked.connect(self.swap if sign == "swap" else self.close_requested)
        view.viewport_changed.connect(self._second_moved)
        view.pointed_changed.connect(self._second_pointed)
        view.look_requested.connect(self.look_requested)
        view.selection_changed.connect(self._second_selected)
        self.second = pane
        self.splitter.addWidget(pane)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 1)
        half = max(1, self.splitter.width() // 2)
        self.splitter.setSizes([half, half])
        for each in (self.first.view, view):
            each.setMinimumSize(SHARED)
        view.show_like(self.first.view)
        view.set_selection(self.first.view.selection, self.first.view.pins)
        self._turn()
        pane.show()

    def _turn(self) -> None:
        """Put the pictures below each other where the room is high."""
        high = self.height() > 1.1 * self.width()
        self.splitter.setOrientation(Qt.Orientation.Vertical if high else Qt.Orientation.Horizontal)

    def _first_moved(self) -> None:
        if self.second is not None:
            self.second.view.set_viewport(*self.first.view.viewport)

    def _second_moved(self) -> None:
        if self.second is not None:
            self.first.view.set_viewport(*self.second.view.viewport)

    def _first_pointed(self, ref: Ref | None) -> None:
        if self.second is not None:
            self.second.view.set_echo(ref)

    def _first_selected(self, selection: tuple[Ref, ...]) -> None:
        if self.second is not None:
            self.second.view.set_selection(selection, self.first.view.pins)

    def _second_selected(self, selection: tuple[Ref, ...]) -> None:
        """Select the same in the first picture, as if it was done there: the inspector speaks of that."""
        if self.second is not None:
            self.first.view.set_selection(selection, self.second.view.pins)
            self.first.view.selection_changed.emit(selection)

    def _second_pointed(self, ref: Ref | None) -> None:
        self.first.view.set_echo(ref)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the pictures beside or below each other."""
        super().resizeEvent(event)
        self._turn()
