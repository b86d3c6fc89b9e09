"""Signs beside the captions of the network's layers, and a frame around the one that is pointed out."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.theme import LIGHT, Theme
from app.widgets.mark_icons import gravest, mark_color, paint_mark
from app.widgets.network_view import NetworkView

RADIUS_PX = 7.0
REACH_PX = 11.0
#: How long a layer that was pointed out keeps its frame.
SHOWN_MS = 6_000


class LayerMark(NamedTuple):
    """Something about a layer.

    Attributes:
        layer: its number, 1 the first dense layer.
        text: what, a few words.
        kind: ``"error"`` or ``"warning"``.
    """

    layer: int
    text: str
    kind: str


class LayerMarks(QWidget):
    """Lies over a NetworkView, lets the mouse through, and moves with it."""

    def __init__(self, view: NetworkView) -> None:
        super().__init__(view)
        self.setObjectName("layer_marks")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view = view
        self._theme = LIGHT
        self._marks: tuple[LayerMark, ...] = ()
        self._framed: int | None = None
        self._fading = QTimer(self)
        self._fading.setSingleShot(True)
        self._fading.setInterval(SHOWN_MS)
        self._fading.timeout.connect(self._unframe)
        view.installEventFilter(self)
        self.resize(view.size())
        self.hide()

    @property
    def marks(self) -> tuple[LayerMark, ...]:
        """What is marked."""
        return self._marks

    @property
    def framed(self) -> int | None:
        """The layer that is pointed out, or None."""
        return self._framed

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def set_marks(self, marks: tuple[LayerMark, ...]) -> None:
        """Mark layers; several marks of a layer share a sign."""
        if marks != self._marks:
            self._marks = marks
            self._refresh()

    def point_out(self, layer: int) -> None:
        """Put a frame around a layer for some seconds."""
        self._framed = layer
        self._fading.start()
        self._refresh()

    def place_of(self, layer: int) -> QPointF | None:
        """Return where the sign of a layer stands, None where the view has no such layer."""
        layout, plan = self._view.layout_now(), self._view.captions_now()
        if layout is None or layer >= len(layout.boxes):
            return None
        box = layout.boxes[layer]
        title = None if plan is None else plan.title_of(layer)
        if plan is not None and title is not None:
            beside = QPointF(title.right() + RADIUS_PX + 6, title.center().y())
            if beside.x() + RADIUS_PX <= plan.areas[layer].right() + 2:
                return beside
        # No room beside the caption, or none to see: above the units.
        return QPointF(box.x + box.width / 2, box.y - RADIUS_PX - 2)

    def words_at(self, at: QPointF) -> str:
        """Return what the sign at a point says, a line each; "" where there is none."""
        for layer in dict.fromkeys(mark.layer for mark in self._marks):
            place = self.place_of(layer)
            if place is not None and (at - place).manhattanLength() <= 2 * REACH_PX:
                return "\n".join(mark.text for mark in self._marks if mark.layer == layer)
        return ""

    def _refresh(self) -> None:
        self.setVisible(bool(self._marks) or self._framed is not None)
        self.raise_()
        self.update()

    def _unframe(self) -> None:
        self._framed = None
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the size of the view, and explain a sign the pointer rests on."""
        if event.type() == QEvent.Type.Resize:
            self.resize(self._view.size())
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.words_at(QPointF(event.pos()))
            if words:
                QToolTip.showText(event.globalPos(), words, self._view)
                return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame and signs where the layers stand now."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        layout = self._view.layout_now()
        framed = self._framed
        if framed is not None and layout is not None and framed < len(layout.boxes):
            box = layout.boxes[framed]
            kinds = [mark.kind for mark in self._marks if mark.layer == framed]
            tone = mark_color(gravest(kinds), self._theme) if kinds else QColor(self._theme.accent)
            painter.setPen(QPen(tone, 2.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(box.x, box.y, box.width, box.height).adjusted(-9, -9, 9, 9), 9, 9)
        for layer in dict.fromkeys(mark.layer for mark in self._marks):
            place = self.place_of(layer)
            if place is not None:
                kind = gravest([mark.kind for mark in self._marks if mark.layer == layer])
                paint_mark(painter, place, kind, self._theme, RADIUS_PX)
        painter.end()
