"""The mean image of each class, and how two of them differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.pixel_picture import PixelPicture, picture_of
from nnviz.picture.ticks import significant

NAME_PX, GAP_PX = 15, 6
SIDE_PX = 44


class MeanStrip(QWidget):
    """The mean images of all classes, small; a click chooses one, pointing at another compares the two."""

    #: Index of the class that was clicked.
    chosen = Signal(int)
    #: Index of the class under the pointer, −1 for none.
    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mean_strip")
        self.setAccessibleName("Mean image of each class")
        self.setToolTip("Click a class to see its mean image; point at another to see the difference of the two.")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._theme = LIGHT
        self._names: tuple[str, ...] = ()
        self._means: NDArray[np.float64] = np.zeros((0, 1, 1))
        self._images: list[QImage] = []
        self._chosen = 0
        self._pointed = -1

    def set_means(self, names: tuple[str, ...], means: NDArray[np.float64]) -> None:
        """Show means, (groups, height, width)."""
        self._names, self._means, self._images = names, means, []
        self._pointed = -1
        self.updateGeometry()
        self._fit()

    def set_chosen(self, group: int) -> None:
        """Mark the chosen class; nothing is emitted."""
        self._chosen = group
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme, self._images = theme, []
        self.update()

    def _pitch(self) -> tuple[int, int, int]:
        """Return width and height of a place, and how many fit in a row."""
        wide = SIDE_PX + GAP_PX
        columns = max(1, min(len(self._names) or 1, (self.width() + GAP_PX) // wide))
        return wide, SIDE_PX + NAME_PX + GAP_PX, columns

    def place_of(self, group: int) -> QRect:
        """Return where the mean image of a class is."""
        wide, high, columns = self._pitch()
        row, column = divmod(group, columns)
        return QRect(column * wide + 1, row * high + 1, SIDE_PX, SIDE_PX)

    def group_at(self, position: QPointF) -> int:
        """Return the class at a place, −1 for none."""
        for k in range(len(self._names)):
            if self.place_of(k).adjusted(0, 0, 0, NAME_PX).contains(position.toPoint()):
                return k
        return -1

    def _fit(self) -> None:
        _, high, columns = self._pitch()
        self.setFixedHeight(max(1, -(-len(self._names) // columns) * high))
        self.update()

    def resizeEvent(self, event: QEvent) -> None:
        """Take as many rows as are needed."""
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), QColor(theme.surface))
        if len(self._images) != len(self._means):
            self._images = [picture_of(mean, theme.is_dark) for mean in self._means]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        font = ui_font(10)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        for k, (name, image) in enumerate(zip(self._names, self._images, strict=True)):
            place = self.place_of(k)
            size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            inside = QRect(place.topLeft(), size)
            inside.moveCenter(place.center())
            painter.drawImage(inside, image)
            chosen, pointed = k == self._chosen, k == self._pointed
            rim = theme.accent if chosen else theme.muted if pointed else theme.border
            painter.setPen(QPen(QColor(rim), 2 if chosen else 1))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, SIDE_PX + 2)
            painter.setPen(QColor(theme.text if chosen else theme.muted))
            left = place.left() + (SIDE_PX - metrics.horizontalAdvance(text)) / 2
            painter.drawText(QPointF(left, place.bottom() + 12.0), text)
        if self.hasFocus() and self._names:
            painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.place_of(self._chosen).adjusted(-1, -1, 1, NAME_PX))

    def event(self, event: QEvent) -> bool:
        """Say which class is under the pointer, and when it has left."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            group = self.group_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._names[group] if group >= 0 else self.toolTip(), self)
            return True
        if event.type() == QEvent.Type.Leave:
            self._point(-1)
        return super().event(event)

    def _point(self, group: int) -> None:
        if group != self._pointed:
            self._pointed = group
            self.pointed.emit(group)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Compare with what is pointed at."""
        self._point(self.group_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a class."""
        group = self.group_at(event.position())
        if group >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(group)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with the arrow keys."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and 0 <= self._chosen + step < len(self._names):
            self.chosen.emit(self._chosen + step)
        elif not step:
            super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Return the width of one image."""
        return QSize(SIDE_PX + 2, SIDE_PX)


class MeanImages(QWidget):
    """The mean image of the chosen class large, the others small above it."""

    #: Index of the class that was clicked.
    group_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mean_images")
        self._theme = LIGHT
        self._names: tuple[str, ...] = ()
        self._counts: tuple[int, ...] = ()
        self._means: NDArray[np.float64] = np.zeros((0, 1, 1))
        self._group, self._minus, self._pointed = 0, -1, -1
        self.strip = MeanStrip(self)
        self.picture = PixelPicture(self)
        self.picture.setObjectName("mean_picture")
        self.picture.setAccessibleName("Mean image")
        self.picture.setToolTip("The mean of every pixel over the samples of the class. Point at a pixel to read it.")
        self.caption = QLabel(self)
        self.caption.setObjectName("mean_caption")
        self.caption.setWordWrap(True)
        self.caption.setProperty("role", "small")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.strip)
        box.addWidget(self.caption)
        box.addWidget(self.picture, 1)
        self.strip.chosen.connect(self.group_chosen)
        self.strip.pointed.connect(self._pointed_at)

    def set_means(self, names: tuple[str, ...], counts: tuple[int, ...], means: NDArray[np.float64]) -> None:
        """Show means, (groups, height, width), of as many samples as ``counts`` says."""
        self._names, self._counts, self._means = names, counts, means
        self._pointed = -1
        self._group, self._minus = min(self._group, len(names) - 1), -1
        self.strip.set_means(names, means)
        self._show()

    def set_groups(self, group: int, minus: int) -> None:
        """Show a class, less another where ``minus`` is not −1."""
        self._group, self._minus = group, minus
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.strip.set_theme(theme)
        self.picture.set_theme(theme)

    def _pointed_at(self, group: int) -> None:
        self._pointed = group
        self._show()

    def _show(self) -> None:
        if not 0 <= self._group < len(self._means):
            self.picture.set_values(None)
            self.caption.setText("")
            return
        self.strip.set_chosen(self._group)
        name = self._names[self._group]
        other = self._minus if self._pointed in (-1, self._group) else self._pointed
        if other < 0 or other == self._group:
            mean = self._means[self._group]
            count = self._counts[self._group]
            self.picture.set_values(mean if count else None)
            text = f"Mean of {count:,} images: {name}." if count else f"There are no images of {name} in this split."
            self.caption.setText(text)
            return
        difference = self._means[self._group] - self._means[other]
        if not np.isfinite(difference).all():
            self.picture.set_values(None)
            self.caption.setText("One of the two has no images in this split.")
            return
        scale = float(np.abs(difference).max())
        self.picture.set_values(difference, scale)
        self.caption.setText(
            f"Mean of {name} less mean of {self._names[other]}: blue where {name} has more ink, orange where "
            f"{self._names[other]} has; full colour at ±{significant(scale, 2)}."
        )
