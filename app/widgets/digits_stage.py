"""Where graph and drawer lie: side by side where there is room, else the drawer slides over the whole graph."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QRect, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.widgets.digits_drawer import DigitsDrawer

#: From this width on the drawer lies beside the graph; a page that speaks of the graph, from the other; logical pixels.
BESIDE_FROM_PX, BESIDE_GRAPH_FROM_PX = 740, 600
#: Widest and narrowest drawer, and its share of the stage where it lies beside the graph; that of a very wide stage.
WIDEST_PX, NARROWEST_PX, SHARE, WIDE_SHARE = 640, 320, 0.44, 0.36
GAP_PX = 8
SLIDE_MS = 160


class DigitsStage(QWidget):
    """Holds the graph, the drawer and its tabs; the graph fills what the drawer and a footer leave.

    Args:
        graph: the network view.
        drawer: its tabs stand below both.
        parent: Qt's.
    """

    #: The graph is given this width, logical pixels.
    graph_placed = Signal(int)

    def __init__(self, graph: QWidget, drawer: DigitsDrawer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._graph, self._drawer = graph, drawer
        for widget in (graph, drawer.tabs, drawer):
            widget.setParent(self)
        graph.setMinimumSize(0, 0)  # beside a drawer on a small screen it is narrower than it would ask for
        graph.show()
        drawer.tabs.show()
        drawer.tabs.installEventFilter(self)
        # 0 closed, 1 open; in between the drawer is on its way.
        self._openness = 0.0
        self._reduce_motion = False
        self._shows_graph = False
        self._footer: QWidget | None = None
        self._slide = QVariantAnimation(self)
        self._slide.setDuration(SLIDE_MS)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(self._slid)
        drawer.placing_needed.connect(self._open_or_close)
        self.setMinimumSize(320, 240)

    @property
    def is_beside(self) -> bool:
        """Whether an open drawer lies beside the graph and hides nothing of it."""
        return self.width() >= (BESIDE_GRAPH_FROM_PX if self._shows_graph else BESIDE_FROM_PX)

    def set_footer(self, footer: QWidget) -> None:
        """Take a widget that stands below the graph while it is shown; the graph makes room for it."""
        self._footer = footer
        footer.setParent(self)
        footer.hide()
        footer.installEventFilter(self)

    def set_graph_wanted(self, wanted: bool) -> None:
        """Choose whether the page in the drawer speaks of the graph, which is then left in sight where it can be."""
        if wanted != self._shows_graph:
            self._shows_graph = wanted
            self._place()

    def set_reduce_motion(self, reduce: bool) -> None:
        """Choose whether the drawer jumps instead of sliding."""
        self._reduce_motion = reduce

    def _open_or_close(self) -> None:
        wanted = 1.0 if self._drawer.is_open else 0.0
        if wanted == self._openness and self._slide.state() != QVariantAnimation.State.Running:
            self._drawer.setVisible(self._drawer.is_open)
            return
        self._slide.stop()
        if self._reduce_motion or self.is_beside or not self.isVisible():
            self._openness = wanted
            self._place()
            return
        self._slide.setStartValue(self._openness)
        self._slide.setEndValue(wanted)
        self._slide.start()

    def _slid(self, value: float) -> None:
        self._openness = value
        self._place()

    def _place(self) -> None:
        area = self.rect()
        tabs = self._drawer.tabs
        self._drawer.fit_tabs(area.width())
        below = tabs.sizeHint().height() if tabs.isVisibleTo(self) else 0
        tabs.setGeometry(0, area.height() - below, area.width(), below)
        height = area.height() - below
        beside = self.is_beside
        # A strip of the graph beside the drawer would say nothing.
        widest = max(WIDEST_PX, area.width() * WIDE_SHARE)
        wide = int(min(widest, max(NARROWEST_PX, area.width() * SHARE))) if beside else area.width()
        seen = self._openness > 0
        graph_width = area.width() - (wide + GAP_PX if beside and self._drawer.is_open else 0)
        self.graph_placed.emit(graph_width)
        foot = 0
        if self._footer is not None and not self._footer.isHidden():
            foot = self._footer.sizeHint().height() + GAP_PX
            self._footer.setGeometry(QRect(12, height - foot, max(1, graph_width - 24), foot - GAP_PX))
        self._graph.setGeometry(QRect(0, GAP_PX, graph_width, max(1, height - foot - GAP_PX)))
        left = area.width() - round(wide * self._openness)
        self._drawer.setGeometry(left, 0, wide, height - GAP_PX // 2)
        self._drawer.setVisible(seen)
        if seen:
            self._drawer.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Place everything anew where the tabs or the footer appear, change or go."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.LayoutRequest):
            self._place()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything."""
        super().resizeEvent(event)
        self._place()
