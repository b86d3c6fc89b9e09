"""What each pixel says, as translucent colours with a sign on each, and the legend of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import LIGHT, Theme, ui_font
from nnviz.picture.colors import Diverging, data_colors
from nnviz.picture.ticks import significant

#: Opacity of the strongest pixel.
OPAQUE = 0.88
#: Below this share of the strongest a pixel has no sign on it: a hundred small signs say nothing.
SIGN_FROM = 0.28
#: Smallest side of a cell, in pixels, that a sign is drawn in.
SIGN_CELL_PX = 6
#: Device pixels of one image pixel in the overlay for the paper.
PAPER_CELL = 12


def palette_of(is_blame: bool, dark: bool) -> Diverging:
    """Return the two colours: purple and green for gradients, orange and blue for contributions."""
    colors = data_colors(dark)
    return colors.blame if is_blame else colors.signal


def shares_of(values: NDArray[np.floating], scale: float) -> NDArray[np.float32]:
    """Return how strongly each pixel is coloured, in [0, 1]: |value| / scale, 0 where there is no scale."""
    if not scale > 0 or not np.isfinite(scale):
        return np.zeros(values.shape, np.float32)
    return np.clip(np.nan_to_num(np.abs(np.asarray(values, np.float32))) / np.float32(scale), 0, 1)


def overlay_image(values: NDArray[np.floating], scale: float, palette: Diverging, cell: int) -> QImage:
    """Return the values as a picture of ``cell`` x ``cell`` pixels each, transparent where they are 0.

    The sign is told by colour and by shape: a plus or a minus is cut out of each strong cell in white or black,
    whichever stands out.

    Args:
        values: (height, width).
        scale: magnitude of the full colour.
        palette: of both signs.
        cell: side of a pixel; from ``SIGN_CELL_PX`` on cells have signs.
    """
    shares = shares_of(values, scale)
    # Smaller ones are shown too, but do not cover the drawing.
    alpha = OPAQUE * shares**0.7
    positive = values >= 0
    ends = np.where(positive[..., None], np.array(palette.positive), np.array(palette.negative))
    light = ends @ np.array([0.299, 0.587, 0.114]) > 140
    # Each pixel has one colour and one for its sign: they are packed before they are repeated, which takes 0.5 ms.
    base = _packed(ends, alpha)
    ink = _packed(np.where(light, 0, 255)[..., None].repeat(3, axis=-1), np.maximum(alpha, 0.75))
    stamps = np.zeros((3, cell, cell), np.bool_)
    kinds = np.zeros(values.shape, np.intp)
    if cell >= SIGN_CELL_PX:
        stamps[1:] = _signs(cell)
        kinds = np.where(shares > SIGN_FROM, np.where(positive, 1, 2), 0)
    cells = np.where(stamps[kinds], ink[..., None, None], base[..., None, None])  # (height, width, cell, cell)
    height, width = values.shape[0] * cell, values.shape[1] * cell
    pixels = np.ascontiguousarray(cells.transpose(0, 2, 1, 3)).reshape(height, width)
    # A copy, because the image does not keep the array alive.
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def part_of(picture: QImage, place: QRectF, room: QRectF | None) -> tuple[QImage, QRectF]:
    """Return what of a picture that lies at a place lies within a room of the same height or more, and where.

    Args:
        picture: any.
        place: where it lies, in any unit.
        room: what may be covered, in the same unit; None: everything.
    """
    if room is None:
        return picture, place
    pixel = place.width() / picture.width()
    ends = (np.array([room.left(), room.right()]) - place.left()) / pixel
    left, right = (int(end) for end in np.clip(np.rint(ends), 0, picture.width()))
    part = picture.copy(left, 0, right - left, picture.height())
    return part, QRectF(place.left() + left * pixel, place.top(), (right - left) * pixel, place.height())


def _packed(rgb: NDArray[np.number], alpha: NDArray[np.floating]) -> NDArray[np.uint32]:
    """Return colours, (..., 3), premultiplied by alpha, as Qt packs them; (...)."""
    made = np.rint(255 * alpha).astype(np.uint32) << np.uint32(24)
    for channel, shift in enumerate((16, 8, 0)):
        made |= np.rint(rgb[..., channel] * alpha).astype(np.uint32) << np.uint32(shift)
    return np.asarray(made, np.uint32)


def _signs(cell: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return a plus and a minus of a cell, (cell, cell)."""
    pen, arm = max(1, round(cell / 7)), max(2, round(cell * 0.3))
    place = np.arange(cell) - (cell - 1) / 2
    across, along = np.abs(place) <= pen / 2, np.abs(place) <= arm
    minus = across[:, None] & along[None, :]
    return minus | minus.T, minus


class WhyLegend(QWidget):
    """A bar from the strongest negative to the strongest positive value, with words for both ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_legend")
        self.setAccessibleName("Legend of the colours on the drawing")
        self.setToolTip("What the colours on the drawing mean, and the largest value.")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._title = self._low = self._high = ""
        self._scale, self._is_blame = 0.0, True

    def set_legend(self, title: str, low: str, high: str, scale: float, *, is_blame: bool) -> None:
        """Set what is shown, what both ends mean, and the magnitude of the full colour."""
        self._title, self._low, self._high, self._scale, self._is_blame = title, low, high, scale, is_blame
        self.setAccessibleDescription(f"{title}. Minus: {low}. Plus: {high}. Full colour at {significant(scale, 3)}.")
        self.setToolTip(f"{title}. Minus (purple or orange): {low}; plus (green or blue): {high}.")
        self.update()

    @property
    def words(self) -> tuple[str, str, str]:
        """Title, and the words of both ends."""
        return self._title, self._low, self._high

    def set_theme(self, theme: Theme) -> None:
        """Set the colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for a title, a bar and a line of words."""
        return QSize(240, 2 * self.fontMetrics().lineSpacing() + 20)

    def minimumSizeHint(self) -> QSize:
        """Return a narrower one."""
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint."""
        if not self._title:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, size = self._theme, max(11.0, self.fontInfo().pixelSize() * 0.92)
        painter.setFont(ui_font(size))
        metrics = QFontMetricsF(painter.font())
        line, width = metrics.lineSpacing(), float(self.width())
        painter.setPen(QColor(theme.muted))
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(0, 0, width, line), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        bar = QRectF(0.5, line + 3, width - 1, 12)
        palette, ramp = palette_of(self._is_blame, theme.is_dark), QLinearGradient(bar.topLeft(), bar.topRight())
        for place in np.linspace(-1, 1, 17):
            color = QColor(*(palette.positive if place > 0 else palette.negative))
            color.setAlphaF(OPAQUE * abs(place) ** 0.7)
            ramp.setColorAt((place + 1) / 2, color)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(ramp)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QColor(theme.muted))
        middle = bar.center()
        painter.drawLine(QPointF(middle.x(), bar.top()), QPointF(middle.x(), bar.bottom()))
        painter.setPen(QColor(theme.text))
        below = QRectF(0, bar.bottom() + 2, width, line)
        # Numbers stand below the bar, not on it: no ink can be read on all four colours.
        half, end = width / 2 - 4, significant(self._scale, 2)
        low = metrics.elidedText(f"−{end}  {self._low}", Qt.TextElideMode.ElideRight, half)
        high = metrics.elidedText(f"{self._high}  +{end}", Qt.TextElideMode.ElideLeft, half)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, high)
        painter.end()
