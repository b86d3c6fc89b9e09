"""How large text and lines are in a view: large views are looked at from further away."""

from __future__ import annotations

import math

#: The text size that suits an ordinary view, its size, and the ends of text sizes, logical pixels.
USUAL_TEXT_PX = 13.0
USUAL_WIDTH_PX, USUAL_HEIGHT_PX = 900.0, 560.0
LEAST_TEXT_PX, TINY_TEXT_PX, MOST_TEXT_PX = 12.0, 11.0, 36.0
#: Lines grow more slowly than text: they are many.
LINE_GROWTH = 0.6


def usual_text(width: float, height: float) -> float:
    """Return the text size that suits a view, logical pixels: large views are looked at from further away."""
    share = min(width / USUAL_WIDTH_PX, height / USUAL_HEIGHT_PX)
    least = LEAST_TEXT_PX if width >= 600 else TINY_TEXT_PX
    return float(min(max(round(USUAL_TEXT_PX * share**0.65), least), MOST_TEXT_PX))


def line_scale(width: float, height: float) -> float:
    """Return how much wider lines are in a view than in an ordinary one, at least 1."""
    return max(1.0, math.pow(usual_text(width, height) / USUAL_TEXT_PX, LINE_GROWTH))
