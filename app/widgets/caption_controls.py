"""What the captions of the layers do under the hand: they explain a layer, and a click folds a wide one otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from app.theme import Theme
from app.widgets.caption_plan import CaptionPlan
from app.widgets.caption_words import layer_title, layer_words
from app.widgets.layer_glyphs import glyph_words
from nnviz.picture.layout import Layout
from nnviz.picture.look import Look
from nnviz.training.records import Snapshot

#: The second press of a double click folds back; it must not fit the whole network into the view.
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
#: What another fold of a layer is called where it is offered.
FOLD_NAMES = {"grid": "All units, in a grid", "elided": "Only the first and last units"}


class CaptionedView(Protocol):
    """What the captions need to know of the view they stand in."""

    @property
    def snapshot(self) -> Snapshot | None:
        """What is shown."""
        ...

    @property
    def look(self) -> Look:
        """How it is shown."""
        ...

    def layout_now(self) -> Layout | None:
        """Return the places of all layers."""
        ...

    def captions_now(self) -> CaptionPlan | None:
        """Return the places of the captions, or None where they are not shown."""
        ...


class CaptionControls(QObject):
    """Watches the mouse over a view's captions.

    Args:
        widget: the view as a widget; its events are watched.
        view: the same view as what it shows.
    """

    #: Look: how the person wants the network to be shown.
    look_requested = Signal(object)
    #: What is under the pointer changed: the view must paint.
    changed = Signal()

    def __init__(self, widget: QWidget, view: CaptionedView) -> None:
        super().__init__(widget)
        self._widget, self._view = widget, view
        self._over: int | None = None
        self._pressed: int | None = None
        widget.installEventFilter(self)

    @property
    def over(self) -> int | None:
        """The layer whose caption is under the pointer, or None."""
        return self._over

    def can_fold(self, layer: int) -> bool:
        """Whether a layer is too wide for a column, so that it is a choice how it is shown."""
        layout = self._view.layout_now()
        return layout is not None and layer < len(layout.boxes) and layout.boxes[layer].is_wide

    def toggle(self, layer: int) -> None:
        """Ask for the other fold of a layer."""
        look = self._view.look
        self.look_requested.emit(look.with_fold(layer, "elided" if look.fold_of(layer) == "grid" else "grid"))

    def words_at(self, at: QPointF) -> str:
        """Return what the caption or the sign at a point means; "" where there is none."""
        plan, snapshot = self._view.captions_now(), self._view.snapshot
        layer = self._layer_at(at)
        if plan is None or snapshot is None or layer is None:
            return ""
        words = layer_words(snapshot.spec, layer, snapshot.count)
        kind = next((glyph.kind for glyph in plan.glyphs if glyph.area.contains(at)), "")
        if kind:
            words = glyph_words(kind) + "\n\n" + words
        if self.can_fold(layer):
            other = "elided" if self._view.look.fold_of(layer) == "grid" else "grid"
            words += f"\n\nClick: {FOLD_NAMES[other].lower()}."
        return words

    def menu(self, layers: tuple[int, ...]) -> QMenu:
        """Return a menu of the folds of some layers, and of all of them at once."""
        menu = QMenu(self._widget)
        menu.setObjectName("layer_menu")
        menu.setAccessibleName("How layers are shown")
        look, snapshot = self._view.look, self._view.snapshot
        assert snapshot is not None
        for layer in layers:
            menu.addSection(layer_title(snapshot.spec, layer))
            for fold, name in FOLD_NAMES.items():
                action = menu.addAction(name)
                action.setCheckable(True)
                action.setChecked(look.fold_of(layer) == fold)
                action.setData(look.with_fold(layer, fold))
        menu.addSection("All wide layers")
        for fold, name in FOLD_NAMES.items():
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(look.fold == fold and not look.folds)
            action.setData(replace(look, fold=fold, folds=()))
        menu.triggered.connect(self._chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint a plate below the caption that would do something on a click."""
        plan = self._view.captions_now()
        if plan is None or self._over is None or self._over >= len(plan.areas) or not self.can_fold(self._over):
            return
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        tint = QColor(theme.accent)
        tint.setAlphaF(0.10)
        painter.setBrush(tint)
        area = QRectF(plan.areas[self._over])
        area.setTop(3.0)
        painter.drawRoundedRect(area, 6, 6)
        painter.restore()

    # -- events ----------------------------------------------------------------------------------------------

    def _layer_at(self, at: QPointF) -> int | None:
        plan = self._view.captions_now()
        return None if plan is None else plan.layer_at(at.x(), at.y())

    def _set_over(self, layer: int | None) -> None:
        if layer == self._over:
            return
        if self._over is not None and self.can_fold(self._over):
            self._widget.unsetCursor()
        self._over = layer
        if layer is not None and self.can_fold(layer):
            self._widget.setCursor(Qt.CursorShape.PointingHandCursor)
        self.changed.emit()

    def _chosen(self, action: QAction) -> None:
        look = action.data()
        if isinstance(look, Look):
            self.look_requested.emit(look)

    def _wide_layers(self) -> tuple[int, ...]:
        layout = self._view.layout_now()
        return () if layout is None else tuple(box.index for box in layout.boxes if box.is_wide)

    def _open_menu(self, event: QContextMenuEvent) -> bool:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            layers = self._wide_layers()
        else:
            layer = self._layer_at(QPointF(event.pos()))
            layers = (layer,) if layer is not None and self.can_fold(layer) else ()
        if not layers:
            return False
        self.menu(layers).popup(event.globalPos())
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Explain, fold, and show that a click would do so; everything else goes on to the view."""
        kind = event.type()
        if kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            if event.buttons() == Qt.MouseButton.NoButton:
                self._set_over(self._layer_at(event.position()))
        elif kind == QEvent.Type.Leave:
            self._set_over(None)
        elif kind in _PRESSES and isinstance(event, QMouseEvent):
            layer = self._layer_at(event.position())
            if event.button() == Qt.MouseButton.LeftButton and layer is not None and self.can_fold(layer):
                self._pressed = layer
                return True
        elif kind == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent) and self._pressed is not None:
            pressed, self._pressed = self._pressed, None
            if self._layer_at(event.position()) == pressed:
                self.toggle(pressed)
            return True
        elif kind == QEvent.Type.ContextMenu and isinstance(event, QContextMenuEvent):
            return self._open_menu(event)
        elif kind == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.words_at(QPointF(event.pos()))
            if words:
                QToolTip.showText(event.globalPos(), words, self._widget)
                return True
        return super().eventFilter(watched, event)
