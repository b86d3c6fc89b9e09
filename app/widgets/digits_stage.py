"""Where the graph and the drawer lie: side by side where there is room, else the drawer slides over the graph."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QRect, Qt, QVariantAnimation
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.widgets.digits_drawer import DigitsDrawer

#: From this width on, logical pixels, the drawer lies beside the graph.
BESIDE_FROM_PX = 780
#: Widest and narrowest drawer, and its share of the stage where it lies beside the graph.
WIDEST_PX, NARROWEST_PX, SHARE = 520, 320, 0.44
GAP_PX = 8
SLIDE_MS = 160


class DigitsStage(QWidget):
    """Holds the graph, the drawer and its tabs; the graph fills what the drawer leaves.

    Args:
        graph: the network view.
        drawer: its tabs stand below both.
        parent: Qt's.
    """

    def __init__(self, graph: QWidget, drawer: DigitsDrawer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._graph, self._drawer = graph, drawer
        for widget in (graph, drawer.tabs, drawer):
            widget.setParent(self)
        graph.show()
        drawer.tabs.show()
        drawer.tabs.installEventFilter(self)
        # 0 closed, 1 open; in between the drawer is on its way.
        self._openness = 0.0
        self._reduce_motion = False
        self._slide = QVariantAnimation(self)
        self._slide.setDuration(SLIDE_MS)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.valueChanged.connect(self._slid)
        drawer.placing_needed.connect(self._open_or_close)
        self.setMinimumSize(320, 240)

    @property
    def is_beside(self) -> bool:
        """Whether an open drawer lies beside the graph and hides nothing of it."""
        return self.width() >= BESIDE_FROM_PX

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
        below = tabs.sizeHint().height() if tabs.isVisibleTo(self) else 0
        tabs.setGeometry(0, area.height() - below, area.width(), below)
        height = area.height() - below
        beside = self.is_beside
        wide = int(min(WIDEST_PX, max(NARROWEST_PX, area.width() * (SHARE if beside else 0.72))))
        wide = min(wide, area.width())
        seen = self._openness > 0
        graph_width = area.width() - (wide + GAP_PX if beside and self._drawer.is_open else 0)
        self._graph.setGeometry(QRect(0, GAP_PX, graph_width, max(1, height - GAP_PX)))
        left = area.width() - round(wide * self._openness)
        self._drawer.setGeometry(left, 0, wide, height)
        self._drawer.setVisible(seen)
        if seen:
            self._drawer.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Place everything anew where the tabs appear or change."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.LayoutRequest):
            self._place()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything."""
        super().resizeEvent(event)
        self._place()
