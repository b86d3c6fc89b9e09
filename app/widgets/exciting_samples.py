"""The samples that excite a unit most: thumbnails of images, or rows of features; a click shows one of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import LIGHT, Theme, ui_font
from app.widgets.pixel_picture import picture_of
from nnviz.data.dataset import Dataset
from nnviz.data.describe import answer_words, is_image, table_number
from nnviz.picture.excite import SHOWN_SAMPLES, Excitement
from nnviz.picture.quantities import number

TEXT_PX = 11.0
ROW_PX, GAP_PX, COLUMNS = 22, 6, 4
#: Largest thumbnail, logical pixels.
LARGEST_PX = 72


class ExcitingSamples(QWidget):
    """Shows samples of the test set with their activations; arrow keys walk, Enter or a click chooses."""

    #: Index of the sample in the test set.
    sample_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exciting_samples")
        self.setAccessibleName("Samples that excite it most")
        self.setToolTip("Click a sample to pass it through the network.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._theme = LIGHT
        self._dataset: Dataset | None = None
        self._found: Excitement | None = None
        self._images: list[QImage] = []
        self._at = -1

    @property
    def found(self) -> Excitement | None:
        """What is shown."""
        return self._found

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Set the data whose test split the samples are of; what was found before is dropped."""
        self._dataset = dataset
        self.set_found(None)

    def set_found(self, found: Excitement | None) -> None:
        """Show samples, None while they are looked for."""
        self._found, self._images = found, []
        count = 0 if found is None else len(found.samples)
        self._at = min(self._at, count - 1)
        self._describe()
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme, self._images = theme, []
        self.update()

    def words(self, place: int) -> str:
        """Return what the sample at a place is, and how much it excites the unit."""
        found, dataset = self._found, self._dataset
        if found is None or dataset is None or not 0 <= place < len(found.samples):
            return ""
        index = int(found.samples[place])
        value = number(float(found.values[place]))
        told = f"Test sample {index:,}, {answer_words(dataset, dataset.test, index)}: {value}"
        return told if is_image(dataset) else f"{told}; {self._features(index)}"

    def _values(self, index: int) -> list[str]:
        dataset = self._dataset
        if dataset is None:
            return []
        x = dataset.test.x[index]
        values = x if dataset.scaling is None else dataset.scaling.original(x)
        return [table_number(float(value)) for value in values]

    def _features(self, index: int) -> str:
        values = self._values(index)
        names = (self._dataset.feature_names if self._dataset else ()) or tuple(str(k) for k in range(len(values)))
        return ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=False))

    def _shows_images(self) -> bool:
        return self._dataset is not None and is_image(self._dataset)

    def _cell(self, width: int) -> QSize:
        dataset = self._dataset
        if not self._shows_images() or dataset is None:
            return QSize(width, ROW_PX)
        rows, columns = dataset.input_shape
        side = min(LARGEST_PX, (width - 2 - (COLUMNS - 1) * GAP_PX) // COLUMNS)
        # In whole screen pixels to an image pixel where it can be.
        zoom = side / max(rows, columns)
        zoom = float(int(zoom)) if zoom >= 1 else zoom
        return QSize(max(1, round(columns * zoom)), max(1, round(rows * zoom)))

    def cell_rect(self, place: int) -> QRect:
        """Return where the picture, or the row, of a sample is, logical pixels."""
        cell = self._cell(self.width())
        if not self._shows_images():
            return QRect(0, place * ROW_PX, cell.width(), ROW_PX)
        row, column = divmod(place, COLUMNS)
        return QRect(
            1 + column * (cell.width() + GAP_PX), 1 + row * (cell.height() + round(TEXT_PX) + GAP_PX + 4),
            cell.width(), cell.height(),
        )

    def place_at(self, point: QPointF) -> int | None:
        """Return which sample is at a point, or None."""
        count = 0 if self._found is None else len(self._found.samples)
        return next((k for k in range(count) if QRectF(self.cell_rect(k)).contains(point)), None)

    def _describe(self) -> None:
        if self._at >= 0:
            self.setAccessibleDescription(self.words(self._at))
        else:
            count = 0 if self._found is None else len(self._found.samples)
            self.setAccessibleDescription("; ".join(self.words(k) for k in range(count)))

    def hasHeightForWidth(self) -> bool:
        """Return that wide panels have larger thumbnails."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all samples, also while they are looked for: nothing below then moves."""
        if not self._shows_images():
            return SHOWN_SAMPLES * ROW_PX
        return -(-SHOWN_SAMPLES // COLUMNS) * (self._cell(width).height() + round(TEXT_PX) + GAP_PX + 4)

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(240, self.heightForWidth(self.width() if self.width() > 100 else 300))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the samples with their activations."""
        found, dataset, theme = self._found, self._dataset, self._theme
        if dataset is None or found is None:
            return
        painter = QPainter(self)
        painter.setFont(ui_font(TEXT_PX))
        metrics = QFontMetricsF(painter.font())
        if self._shows_images() and len(self._images) != len(found.samples):
            shape = dataset.input_shape
            self._images = [picture_of(dataset.test.x[k].reshape(shape), theme.is_dark) for k in found.samples]
        for place, (index, value) in enumerate(zip(found.samples.tolist(), found.values.tolist(), strict=True)):
            area = QRectF(self.cell_rect(place))
            if self._shows_images():
                painter.drawImage(area, self._images[place])
                painter.setPen(QPen(QColor(theme.border), 1))
                painter.drawRect(area.adjusted(-0.5, -0.5, 0.5, 0.5))
                painter.setPen(QColor(theme.muted))
                below = QRectF(area.left(), area.bottom() + 1, area.width(), metrics.height())
                painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, number(value))
            else:
                painter.setPen(QColor(theme.text))
                name = answer_words(dataset, dataset.test, index)
                left = f"{number(value)}   {name}   "
                wide = metrics.horizontalAdvance(left)
                align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
                painter.drawText(area.adjusted(4, 0, 0, 0), align, left)
                painter.setPen(QColor(theme.muted))
                values = " · ".join(self._values(index))  # the names are in the tool tip
                rest = metrics.elidedText(values, Qt.TextElideMode.ElideRight, area.width() - wide - 6)
                painter.drawText(area.adjusted(4 + wide, 0, 0, 0), align, rest)
            if place == self._at:
                painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.faint), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Say what the sample under the pointer is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.toolTip() if place is None else self.words(place), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the sample under the pointer."""
        place = self.place_at(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk over the samples, ask for one with Enter or the space bar."""
        count = 0 if self._found is None else len(self._found.samples)
        down = COLUMNS if self._shows_images() else 1
        by = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -down, Qt.Key.Key_Down: down,
        }.get(Qt.Key(event.key()))
        if by is not None and count:
            self._at = min(max(self._at + by, 0), count - 1)
            self._describe()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and 0 <= self._at < count:
            self._choose(self._at)
        else:
            super().keyPressEvent(event)

    def _choose(self, place: int) -> None:
        if self._found is not None:
            self._at = place
            self._describe()
            self.update()
            self.sample_requested.emit(int(self._found.samples[place]))
