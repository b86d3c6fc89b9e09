"""Values to colours. Colours never change meaning.

Weights, pre-activations, activations and contributions: orange negative, blue positive (TensorFlow Playground's).
Gradients and updates: purple negative, green positive. So a backward wave cannot be mistaken for a forward one.
The purple is dark on white and saturated on black: a lighter one is the blue of activations to eyes without the cones
for green (ΔE 5 and 1, now above 15; ``tests/visual/test_edge_colors.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Diverging:
    """A palette with a middle: negative end, zero, positive end, each (red, green, blue) in 0 to 255."""

    negative: RGB
    zero: RGB
    positive: RGB


@dataclass(frozen=True, slots=True)
class DataColors:
    """The two palettes of data on one background.

    Attributes:
        signal: weights, activations, contributions.
        blame: gradients and updates.
        paper: an input of 0.
        ink: an input of 1.
    """

    signal: Diverging
    blame: Diverging
    paper: RGB
    ink: RGB

    def palette(self, quantity: str) -> Diverging:
        """Return the palette of a quantity: ``gradient…``, ``update`` and ``dz`` are blame, the rest signal."""
        return self.blame if is_blame(quantity) else self.signal


#: Quantities that speak of the loss: drawn purple and green.
BLAME = frozenset({"gradient", "update", "change", "memory", "dz", "da"})

LIGHT_DATA = DataColors(
    signal=Diverging((226, 116, 8), (233, 236, 240), (8, 105, 184)),
    blame=Diverging((90, 18, 120), (233, 236, 240), (5, 133, 72)),
    paper=(255, 255, 255),
    ink=(16, 20, 26),
)
DARK_DATA = DataColors(
    signal=Diverging((255, 160, 56), (38, 45, 55), (77, 171, 255)),
    blame=Diverging((182, 64, 255), (38, 45, 55), (58, 214, 128)),
    paper=(8, 10, 13),
    ink=(255, 255, 255),
)


def is_blame(quantity: str) -> bool:
    """Whether a quantity speaks of the loss (a gradient or an update)."""
    return quantity in BLAME


def data_colors(dark: bool) -> DataColors:
    """Return the palettes for a dark or a light background."""
    return DARK_DATA if dark else LIGHT_DATA


def diverging_rgb(values: NDArray[np.floating], scale: float, palette: Diverging) -> NDArray[np.uint8]:
    """Map values to colours: 0 to the middle, ±``scale`` and beyond to the ends.

    The square root of |value| / scale is used, so that small values remain visible; NaN becomes the middle.

    Args:
        values: any shape.
        scale: the magnitude that gets the full colour, above 0; 0 gives the middle everywhere.
        palette: the three colours.

    Returns:
        values.shape + (3,), uint8.
    """
    v = np.asarray(values, np.float32)
    if not scale > 0 or not np.isfinite(scale):
        share = np.zeros(v.shape, np.float32)
    else:
        share = np.sqrt(np.clip(_numbers(np.abs(v)) / np.float32(scale), 0, 1))
    zero = np.array(palette.zero, np.float32)
    end = np.where(
        (v >= 0)[..., None], np.array(palette.positive, np.float32), np.array(palette.negative, np.float32)
    )
    return np.rint(zero + (end - zero) * share[..., None]).astype(np.uint8)


def _numbers(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return values with 0 for NaN and the largest number for infinity; those that have neither as they are."""
    return values if np.isfinite(values).all() else np.nan_to_num(values)


def ink_rgb(values: NDArray[np.floating], colors: DataColors) -> NDArray[np.uint8]:
    """Map pixel intensities in [0, 1] from paper to ink, linearly; returns values.shape + (3,), uint8."""
    share = np.clip(_numbers(np.asarray(values, np.float32)), 0, 1)[..., None]
    paper, ink = np.array(colors.paper, np.float32), np.array(colors.ink, np.float32)
    return np.rint(paper + (ink - paper) * share).astype(np.uint8)
