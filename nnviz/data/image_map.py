"""Where a pixel of the 28x28 image lies on the paper: found from the drawing and the image, however it was made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Share of the ink that must lie on ink of the image, or the other way round.
FITS = 0.8


@dataclass(frozen=True, slots=True)
class ImageMap:
    """The similarity from the paper to the image: image = scale·paper + (dx, dy), both in pixels from the top left.

    Attributes:
        scale: image pixels of an ink pixel.
        dx, dy: where the paper's corner lies in the image.
    """

    scale: float
    dx: float
    dy: float

    def on_paper(self, x: float, y: float) -> tuple[float, float]:
        """Return the place on the paper of a place in the image."""
        return (x - self.dx) / self.scale, (y - self.dy) / self.scale


def image_map(ink: NDArray[np.number], image: NDArray[np.floating]) -> ImageMap | None:
    """Return where an image lies on the paper it was made from.

    None where one of them is empty, or where the image does not show all the ink (one of two digits).

    Scaling and shifting take the centre of mass of the ink, and its spread about it, along: so they tell how the image
    was scaled and shifted. The spread of an image is larger by the width of its pixels: h²/12 along each axis (W. F.
    Sheppard, 1898).

    Args:
        ink: the paper, (height, width), 0 where there is nothing.
        image: what was made of it, (rows, columns).
    """
    on_paper, in_image = _moments(ink), _moments(image)
    if on_paper is None or in_image is None:
        return None
    (x, y, spread), (u, v, small) = on_paper, in_image
    # The corners of pixels are whole numbers, their middles are halves; both spreads contain that of a pixel.
    scale = np.sqrt(max(small - 2 / 12, 1e-6) / max(spread - 2 / 12, 1e-6))
    found = ImageMap(float(scale), float(u - scale * x), float(v - scale * y))
    return found if _fits(found, ink, image) else None


def _fits(found: ImageMap, ink: NDArray[np.number], image: NDArray[np.floating]) -> bool:
    """Return whether the ink lies on ink of the image, or the other way round: one of them may have a wider pen."""
    rows, columns = np.nonzero(ink[::3, ::3] > 0.5 * ink.max())
    v = np.floor(found.scale * (3 * rows + 0.5) + found.dy).astype(np.intp)
    u = np.floor(found.scale * (3 * columns + 0.5) + found.dx).astype(np.intp)
    inside = (v >= 0) & (v < image.shape[0]) & (u >= 0) & (u < image.shape[1])
    there = image[np.where(inside, v, 0), np.where(inside, u, 0)] > 0.1
    dark_v, dark_u = np.nonzero(image > 0.5)
    y = np.floor((dark_v + 0.5 - found.dy) / found.scale).astype(np.intp)
    x = np.floor((dark_u + 0.5 - found.dx) / found.scale).astype(np.intp)
    on_paper = (y >= 0) & (y < ink.shape[0]) & (x >= 0) & (x < ink.shape[1])
    back = ink[np.where(on_paper, y, 0), np.where(on_paper, x, 0)] > 0
    return bool(max(np.mean(there & inside) if len(v) else 0, np.mean(back & on_paper) if len(y) else 0) >= FITS)


def _moments(values: NDArray[np.number]) -> tuple[float, float, float] | None:
    """Return the centre of mass x, y and the variance about it, both axes together."""
    columns, rows = values.sum(axis=0, dtype=np.float64), values.sum(axis=1, dtype=np.float64)
    total = columns.sum()
    if not total > 0:
        return None
    across, down = np.arange(len(columns)) + 0.5, np.arange(len(rows)) + 0.5
    x, y = float(columns @ across / total), float(rows @ down / total)
    spread = float(columns @ (across - x) ** 2 + rows @ (down - y) ** 2) / float(total)
    return x, y, spread
