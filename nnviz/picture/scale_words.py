"""What the scale of the edges means, in numbers and words for the legend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnviz.picture.edges import DECADES, share_of
from nnviz.picture.look import Look
from nnviz.picture.quantities import TITLES, memory_sign, number
from nnviz.picture.ticks import superscript
from nnviz.training.records import Snapshot

#: What an edge is worth, in a formula.
SYMBOLS = {
    "contribution": "a·w", "contribution_after": "a·w", "weight": "w", "gradient": "dL/dw", "update": "Δw",
    "change": "Δw",
}


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on both halves of the colour bar.

    Attributes:
        share: how far from the middle, in [0, 1].
        label: what it says, "" for a mark alone.
        is_value: whether the label is a value, so that it has a minus on the negative half.
    """

    share: float
    label: str
    is_value: bool = False


def range_words(snapshot: Snapshot, quantity: str, scale: float, least: float = 0.0) -> str:
    """Return which magnitudes of a quantity are drawn: ``|w| ≤ 0.31``, or ``0.031 ≤ |w| ≤ 0.31``."""
    symbol = memory_sign(snapshot) if quantity == "memory" else SYMBOLS[quantity]
    text = f"|{symbol}| ≤ {number(scale)}"
    return f"{number(least)} ≤ {text}" if least > 0 else text


def title_words(snapshot: Snapshot, quantity: str) -> str:
    """Return the name of a quantity; of a change also since when."""
    since = snapshot.reference.name if quantity == "change" and snapshot.reference is not None else ""
    return f"{TITLES[quantity]} since {since}" if since else TITLES[quantity]


def least_share(look: Look) -> float:
    """Return how far from the middle of the colour bar drawing begins, in [0, 1)."""
    return float(share_of(np.array(look.threshold), 1.0, look.mapping)) if look.threshold > 0 else 0.0


def ticks(look: Look, scale: float | None) -> tuple[Tick, ...]:
    """Return the marks on the colour bar, from the middle to the end; none where there is nothing to say.

    Args:
        look: says mapping and threshold.
        scale: the magnitude at the end of the bar; None where each layer has its own, then the labels are shares.
    """
    least = least_share(look)
    made: list[Tick] = []

    def add(share: float, part: float, bare: str) -> None:
        made.append(Tick(share, bare if scale is None else number(part * scale), scale is not None))

    if look.threshold > 0:
        add(least, look.threshold, percent(look.threshold))
    if look.mapping == "log":
        for decade in range(DECADES, -1, -1):
            share = 1 - decade / DECADES
            if share <= least and look.threshold > 0:
                continue
            if decade % 2:
                made.append(Tick(share, ""))
            else:
                add(share, 10.0**-decade, "max" if decade == 0 else "10" + superscript(-decade))
    elif scale is not None or look.threshold > 0:
        add(1.0, 1.0, "max")
    return tuple(made)


def how_words(look: Look, scale: float | None) -> list[str]:
    """Return what a reader of the picture must know of its scale, most important first; nothing of the usual one.

    ``scale`` is the magnitude at the end of the bar, None where each layer has its own.
    """
    words = []
    if look.threshold > 0:
        least = percent(look.threshold) + " of the scale" if scale is None else number(look.threshold * scale)
        words.append(f"below {least} not drawn")
    if look.mapping == "log":
        words.append(f"logarithmic, {DECADES} decades")
    if look.scale == "global":
        words.append("one scale for all layers")
    return words


def percent(share: float) -> str:
    """Write a share: ``20 %``, ``0.5 %``."""
    return f"{100 * share:.3g} %"

