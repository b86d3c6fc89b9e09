"""The units of a layer as one picture: discs of a grid, units that are off, weights as images; looked up, not drawn."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from nnviz.picture.boxes import LayerBox
from nnviz.picture.colors import Diverging, diverging_rgb

#: Steps of the share of a pixel that a disc covers: finer ones are not seen.
COVER_LEVELS = 32
#: Radius of a disc, and of the ring of a unit that is off, as a share of the pitch.
DISC = 0.42
#: Colours that a diverging palette is looked up in: finer steps are not seen.
PALETTE_STEPS = 511
#: Free pixels around each image of weights in a mosaic of them.
FRAME = 1
#: Share of the pitch that an image of weights takes.
IMAGE_SHARE = 0.92


@lru_cache(maxsize=32)
def _places(
    rows: int, columns: int, size: int, width: int, height: int
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Return for each pixel of a grid its unit, and its distance from the unit's centre across and down, in pitches."""
    x = (np.arange(width, dtype=np.float32) + 0.5) * (columns / width)
    y = (np.arange(height, dtype=np.float32) + 0.5) * (rows / height)
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    unit = row[:, None] * columns + column[None, :]
    dx = np.broadcast_to((x - column - 0.5)[None, :], unit.shape).astype(np.float32)
    dy = np.broadcast_to((y - row - 0.5)[:, None], unit.shape).astype(np.float32)
    return unit, dx, dy


def _entries(unit: NDArray[np.int32], cover: NDArray[np.floating], size: int) -> NDArray[Any]:
    """Return for each pixel which entry of ``_shades`` it shows, (height · width,)."""
    cover = np.where(unit >= size, 0, np.clip(cover, 0, 1))
    level = np.rint(cover * COVER_LEVELS).astype(np.intp)
    return np.asarray(np.minimum(unit, size - 1) * (COVER_LEVELS + 1) + level, np.intp).ravel()


@lru_cache(maxsize=48)
def _disc_map(rows: int, columns: int, size: int, width: int, height: int) -> NDArray[Any]:
    """Return the entries of a grid of discs.

    A clip path of hundreds of discs costs QPainter 5 ms a frame; looking colours up costs 0.1 ms.
    """
    unit, dx, dy = _places(rows, columns, size, width, height)
    pitch = width / columns
    return _entries(unit, (DISC - np.hypot(dx, dy)) * pitch + 0.5, size)


@lru_cache(maxsize=32)
def _off_map(rows: int, columns: int, size: int, width: int, height: int) -> NDArray[Any]:
    """Return the entries of a grid of rings with a cross in each: units that are off."""
    unit, dx, dy = _places(rows, columns, size, width, height)
    pitch = width / columns
    pen = max(1.0, 0.055 * pitch)
    away = np.hypot(dx, dy) * pitch
    ring = pen / 2 + 0.5 - np.abs(away - DISC * pitch + pen / 2)
    arms = pen / 2 + 0.5 - np.minimum(np.abs(dx - dy), np.abs(dx + dy)) * pitch / np.float32(np.sqrt(2))
    cross = np.where(away < DISC * pitch, arms, 0)
    return _entries(unit, np.maximum(ring, cross), size)


def _shades(rgb: NDArray[np.uint8]) -> NDArray[Any]:
    """Return each colour premultiplied at every level of cover, as Qt packs it; (units · levels,)."""
    levels = np.arange(COVER_LEVELS + 1, dtype=np.uint32)
    packed = (levels * 255 // COVER_LEVELS << 24)[None, :].repeat(len(rgb), axis=0)
    for channel, shift in enumerate((16, 8, 0)):
        packed |= rgb[:, channel, None].astype(np.uint32) * levels // COVER_LEVELS << shift
    return np.asarray(packed, np.uint32).ravel()


def _owned(pixels: NDArray[np.uint32], width: int, height: int) -> QImage:
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # owns its memory; NumPy's goes with this call


def disc_image(
    box: LayerBox, rgb: NDArray[np.uint8], ratio: float, off: NDArray[np.bool_] | None, off_rgb: tuple[int, int, int]
) -> QImage:
    """Return the units of a grid as discs in a picture that fits the box, those that are off as crossed rings.

    Args:
        box: the grid.
        rgb: colours, (units, 3).
        ratio: device pixels of a logical one.
        off: which units are off, (units,), or None for none.
        off_rgb: colour of the rings.
    """
    width, height = max(1, round(box.width * ratio)), max(1, round(box.height * ratio))
    key = (box.rows, box.columns, box.size, width, height)
    if off is None or not off.any():
        return _owned(_shades(rgb).take(_disc_map(*key)), width, height)
    colors = np.where(off[:, None], np.array(off_rgb, np.uint8), rgb)
    # The same table of shades serves both maps; which of them a pixel asks is its unit's state.
    is_off = off[np.minimum(_places(*key)[0], box.size - 1)].ravel()
    return _owned(_shades(colors).take(np.where(is_off, _off_map(*key), _disc_map(*key))), width, height)


def weight_mosaic(
    images: NDArray[np.floating], columns: int, scale: float, palette: Diverging, frame_rgb: tuple[int, int, int],
    cell: int,
) -> QImage:
    """Return images of weights side by side, row by row, each in a cell of ``cell`` x ``cell`` device pixels.

    Args:
        images: (units, rows, columns).
        columns: of the mosaic.
        scale: the weight that gets the full colour.
        palette: of positive and negative weights.
        frame_rgb: colour between the images.
        cell: side of a cell.
    """
    count, high, wide = images.shape
    rows = -(-count // columns)
    steps = np.linspace(-1, 1, PALETTE_STEPS, dtype=np.float32)
    # In proportion, unlike single units: what has been learnt must stand out from the noise of the first weights.
    table = diverging_rgb(np.sign(steps) * np.square(steps), 1.0, palette).astype(np.uint32)
    colors = (255 << 24) | (table[:, 0] << 16) | (table[:, 1] << 8) | table[:, 2]
    half = PALETTE_STEPS // 2
    share = np.nan_to_num(images) / np.float32(scale if scale > 0 else 1.0)
    places = np.rint(np.clip(share, -1, 1) * half).astype(np.intp) + half
    frame = np.uint32((255 << 24) | (frame_rgb[0] << 16) | (frame_rgb[1] << 8) | frame_rgb[2])
    cells = np.full((rows * columns, high + 2 * FRAME, wide + 2 * FRAME), frame, np.uint32)
    cells[:count, FRAME : FRAME + high, FRAME : FRAME + wide] = colors.astype(np.uint32)[places]
    joined = cells.reshape(rows, columns, high + 2 * FRAME, wide + 2 * FRAME).transpose(0, 2, 1, 3)
    pixels = np.ascontiguousarray(joined).reshape(rows * (high + 2 * FRAME), columns * (wide + 2 * FRAME))
    # Whole multiples first, then a smooth step down: pixels stay squares with sharp sides, all of one size.
    times = max(1, -(-cell // (max(high, wide) + 2 * FRAME)))
    if times > 1:
        pixels = np.ascontiguousarray(pixels.repeat(times, axis=0).repeat(times, axis=1))
    image = _owned(pixels, pixels.shape[1], pixels.shape[0])
    size = (columns * cell, rows * cell)
    if (image.width(), image.height()) == size:
        return image
    return image.scaled(*size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)


class WeightImages:
    """Keeps the last mosaics: they change with the weights, not with every frame."""

    KEPT = 3

    def __init__(self) -> None:
        self._kept: list[tuple[object, tuple[object, ...], QImage]] = []

    def mosaic(
        self, kernel: NDArray[np.floating], images: NDArray[np.floating], columns: int, scale: float,
        palette: Diverging, frame_rgb: tuple[int, int, int], cell: int,
    ) -> QImage:
        """Return ``weight_mosaic``, made once for a kernel; arguments as there."""
        key = (columns, scale, palette, frame_rgb, cell, images.shape)
        for known, asked, image in self._kept:
            if known is kernel and asked == key:
                return image
        image = weight_mosaic(images, columns, scale, palette, frame_rgb, cell)
        self._kept = [(kernel, key, image), *self._kept[: self.KEPT - 1]]
        return image
