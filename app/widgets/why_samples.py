"""The training samples most like the drawing, the mean of the class, and one of them large beside the drawing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from app.theme import LIGHT, Theme, ui_font
from app.widgets.picture_tools import PictureTools
from app.widgets.pixel_picture import PixelPicture, picture_of
from app.widgets.why_search import Nearest, NearSample
from app.widgets.why_words import class_name
from nnviz.picture.ticks import significant

COUNT, COLUMNS, GAP_PX = 8, 4, 10
#: Between large pictures, logical pixels, and their side, image pixels.
LARGE_GAP_PX, SIDE = 6, 28
#: Height of the words below a tile, in multiples of the text size.
WORDS_LINES = 1.35
#: From this width on all tiles stand in one row, logical pixels.
ONE_ROW_FROM_PX = 480
#: Side of a large picture and of a tile at most; those of a window lower than ``LOW_PX``; logical pixels.
LARGE_PX, TILE_PX, LOW_PX, LOW_LARGE_PX, LOW_TILE_PX = 170, 112, 800, 114, 78
#: In a very high window both are these shares of its height.
LARGE_SHARE, TILE_SHARE = 0.16, 0.1
#: Spaces that samples are compared in: key, button, sentence.
SPACES = (
    ("pixels", "In pixels", "Nearest in the 784 pixels: images with ink in the same places."),
    ("hidden", "In the last hidden layer", "Nearest in the activations of the last hidden layer: what the network "
     "takes for alike."),
)  # fmt: skip


class SampleTiles(QWidget):
    """Eight samples, nearest first, each with its class and distance; a click or Enter chooses one."""

    #: Its place among those shown.
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_tiles")
        self.setAccessibleName("Nearest training samples")
        self.setToolTip("The training samples nearest to the drawing, with class and distance; click one to compare.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = LIGHT
        self._names: tuple[str, ...] = ()
        self._samples: tuple[NearSample, ...] = ()
        self._images: list[QImage] = []
        self._chosen, self._said = 0, -1
        self._fit()

    @property
    def samples(self) -> tuple[NearSample, ...]:
        """What is shown."""
        return self._samples

    def set_samples(self, samples: tuple[NearSample, ...], chosen: int, said: int, names: tuple[str, ...]) -> None:
        """Show samples; those of another class than ``said`` are marked by a dashed frame."""
        if samples is not self._samples:
            self._images = []
        self._samples, self._chosen, self._said, self._names = samples, chosen, said, names
        if 0 <= chosen < len(samples):
            self.setAccessibleDescription(self.words(chosen))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self._images = []
        self.update()

    def words(self, place: int) -> str:
        """Return what a tile shows, in words."""
        sample = self._samples[place]
        name = class_name(self._names, sample.label)
        return (
            f"{name}, distance {significant(sample.distance, 4)}; "
            f"{'training' if sample.split == 'train' else 'validation'} sample {sample.index:,}"
        )

    def tile(self, place: int) -> QRect:
        """Return where the image of a tile lies."""
        side = self._side()
        row, column = divmod(place, self._columns())
        return QRect(column * (side + GAP_PX) + 1, row * (side + self._words_height() + 4) + 1, side, side)

    def tile_at(self, position: QPointF) -> int | None:
        """Return the tile at a place in the widget, or None."""
        for place in range(len(self._samples)):
            if self.tile(place).adjusted(0, 0, 0, self._words_height()).contains(position.toPoint()):
                return place
        return None

    def _words_height(self) -> int:
        return round(WORDS_LINES * self.fontInfo().pixelSize())

    def _columns(self) -> int:
        low = self.window().height() < LOW_PX
        return COUNT if low and self.width() >= ONE_ROW_FROM_PX else COLUMNS

    def _side(self) -> int:
        columns = self._columns()
        high = self.window().height()
        most = max(TILE_PX, TILE_SHARE * high) if high >= LOW_PX else LOW_TILE_PX
        return int(min(most, max(28, (self.width() - 2 - (columns - 1) * GAP_PX) // columns)))

    def _fit(self) -> None:
        self.setFixedHeight(COUNT // self._columns() * (self._side() + self._words_height() + 4))

    def sizeHint(self) -> QSize:
        """Return the room for two rows of four."""
        return QSize(4 * 56 + 3 * GAP_PX + 2, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as much height as the tiles need."""
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Give words of another size their room."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def event(self, event: QEvent) -> bool:
        """Say what is under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.tile_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.toolTip() if place is None else self.words(place), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a sample."""
        place = self.tile_at(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with the arrow keys."""
        columns = self._columns()
        step = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns,
        }.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif 0 <= self._chosen + step < len(self._samples):
            self.chosen.emit(self._chosen + step)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        painter, theme, size = QPainter(self), self._theme, self.fontInfo().pixelSize()
        if len(self._images) != len(self._samples):
            self._images = [picture_of(sample.image, theme.is_dark) for sample in self._samples]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QPen(QColor(theme.border), 1))
        for place in range(len(self._samples), COUNT):
            painter.drawRect(self.tile(place).adjusted(0, 0, -1, -1))
        for place, sample in enumerate(self._samples):
            tile = self.tile(place)
            painter.drawImage(tile, self._images[place])
            marked, other = place == self._chosen, sample.label != self._said
            pen = QPen(QColor(theme.accent if marked else theme.muted if other else theme.border), 2 if marked else 1)
            if other:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawRect(tile.adjusted(0, 0, -1, -1))
            below = QRect(tile.left(), tile.bottom() + 2, tile.width(), self._words_height())
            painter.setFont(ui_font(0.92 * size, bold=True))
            painter.setPen(QColor(theme.text))
            name = painter.fontMetrics().elidedText(
                class_name(self._names, sample.label), Qt.TextElideMode.ElideRight, tile.width() * 2 // 3
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.setFont(ui_font(0.85 * size))
            painter.setPen(QColor(theme.muted))
            painter.drawText(
                below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, significant(sample.distance, 3)
            )
        if self.hasFocus() and self._samples:
            painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.tile(self._chosen).adjusted(-1, -1, 1, self._words_height()))
        painter.end()


class WhySamples(QWidget):
    """Tiles of the nearest samples in one of two spaces, the chosen one and the mean beside the drawing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_samples")
        self._names: tuple[str, ...] = ()
        self._nearest: Nearest | None = None
        self._image: NDArray[np.floating] | None = None
        self._space, self._chosen = "pixels", 0
        self._group = QButtonGroup(self)
        spaces = QHBoxLayout()
        spaces.setSpacing(4)
        for key, text, tip in SPACES:
            button = QToolButton(self)
            button.setObjectName(f"why_space_{key}")
            button.setText(text)
            button.setAccessibleName(f"Nearest {text[0].lower()}{text[1:]}")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(key == self._space)
            button.setProperty("space", key)
            button.clicked.connect(self._space_chosen)
            self._group.addButton(button)
            spaces.addWidget(button)
        spaces.addStretch(1)
        self.tiles = SampleTiles(self)
        self.tiles.chosen.connect(self._tile_chosen)
        self.state = QLabel("", self)
        self.state.setObjectName("why_samples_state")
        self.state.setAccessibleName("About the nearest samples")
        self.state.setProperty("role", "small")
        self.state.setWordWrap(True)
        self.pictures: dict[str, PixelPicture] = {}
        self.captions: dict[str, QLabel] = {}
        large = QGridLayout()
        large.setHorizontalSpacing(LARGE_GAP_PX)
        large.setVerticalSpacing(2)
        for column, (key, name, tip) in enumerate((
            ("drawing", "Drawing", "The drawing as the network sees it."),
            ("sample", "Chosen sample", "The training sample that is chosen above."),
            ("mean", "Mean of the class", "The mean image of all samples of the class that the network says."),
        )):
            picture = PixelPicture(self)
            picture.setObjectName(f"why_large_{key}")
            picture.setAccessibleName(name)
            picture.setToolTip(f"{tip} Point at a pixel to read it.")
            picture.setMinimumSize(58, 58)
            caption = QLabel(name, self)
            caption.setProperty("role", "small")
            caption.setWordWrap(True)
            caption.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
            large.addWidget(picture, 0, column)
            large.addWidget(caption, 1, column)
            large.setColumnStretch(column, 1)
            self.pictures[key], self.captions[key] = picture, caption
        self.tools = PictureTools(
            self, "alike", "the samples alike", has=lambda: self._nearest is not None,
            parts=(self.tiles, *self.pictures.values(), *self.captions.values(), self.state),
        )
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(spaces)
        box.addWidget(self.tiles)
        self._large = QWidget(self)
        self._large.setLayout(large)
        large.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._large)
        box.addWidget(self.state)
        box.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the large pictures square."""
        super().resizeEvent(event)
        high = self.window().height()
        tall = high >= LOW_PX or self.width() >= ONE_ROW_FROM_PX
        most = round(max(LARGE_PX, LARGE_SHARE * high)) if tall else LOW_LARGE_PX
        side = min(most, (self.width() - 2 * LARGE_GAP_PX) // 3)
        # No higher than whole pixels fill, so that the words stand close below.
        side = SIDE * max(2, (side - 2) // SIDE) + 2
        for picture in self.pictures.values():
            picture.setFixedHeight(side)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Set the names of the classes."""
        if names != self._names:
            self._names = names
            self._show()

    def set_drawing(self, image: NDArray[np.floating] | None) -> None:
        """Set the drawing, (height, width), None for none."""
        self._image = image
        for widget in (self.tiles, self._large):
            widget.setVisible(image is not None)
        self.pictures["drawing"].set_values(image)
        if image is None:
            self.set_nearest(None, "Draw a digit to see the training samples most like it.")

    def set_nearest(self, nearest: Nearest | None, words: str = "") -> None:
        """Show samples; without them, say why there are none."""
        self._nearest = nearest
        if nearest is None:
            self.state.setText(words)
        self._show()

    def set_is_drawing(self, drawn: bool) -> None:
        """Set whether what is explained is a drawing, or else a sample of the data."""
        name = "Drawing" if drawn else "This sample"
        self.captions["drawing"].setText(name)
        self.pictures["drawing"].setAccessibleName(name)

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self.tiles.set_theme(theme)
        self.tools.set_theme(theme)
        for picture in self.pictures.values():
            picture.set_theme(theme)

    @property
    def space(self) -> str:
        """``"pixels"`` or ``"hidden"``."""
        return self._space

    def _space_chosen(self) -> None:
        self._space = str(self.sender().property("space"))
        self._chosen = 0
        self._show()

    def _tile_chosen(self, place: int) -> None:
        self._chosen = place
        self._show()

    def _show(self) -> None:
        nearest = self._nearest
        if nearest is None:
            self.tiles.set_samples((), 0, -1, self._names)
            for key in ("sample", "mean"):
                self.pictures[key].set_values(None)
            self.captions["sample"].setText("Chosen sample")
            self.captions["mean"].setText("Mean of the class")
            return
        samples = nearest.pixels if self._space == "pixels" else nearest.hidden
        chosen = min(self._chosen, max(0, len(samples) - 1))
        self.tiles.set_samples(samples, chosen, nearest.label, self._names)
        if samples:
            sample = samples[chosen]
            self.pictures["sample"].set_values(sample.image)
            self.captions["sample"].setText(
                f"Sample: {class_name(self._names, sample.label)}, {significant(sample.distance, 3)} away"
            )
        else:
            self.pictures["sample"].set_values(None)
            self.captions["sample"].setText("Chosen sample")
        said = class_name(self._names, nearest.label)
        self.pictures["mean"].set_values(nearest.mean)
        self.captions["mean"].setText(f"Mean of all {said}")
        self.state.setText(self._state(nearest, samples, said))

    def _state(self, nearest: Nearest, samples: tuple[NearSample, ...], said: str) -> str:
        if not samples:
            return "The network has no hidden layer."
        alike = sum(sample.label == nearest.label for sample in samples)
        text = f"{alike} of the nearest {len(samples)} are {said}"
        others = sorted({class_name(self._names, sample.label) for sample in samples if sample.label != nearest.label})
        text += f", dashed: {', '.join(others)}." if others else "."
        text += f" Searched: all {nearest.count:,} training and validation samples, Euclidean distance."
        if self._space == "hidden" and nearest.step:
            text += f" Activations of step {nearest.step:,}."
        return text


