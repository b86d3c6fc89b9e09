"""Digits that touch, overlap or were written in one go: where they may be divided, and whether they are.

A division is put to the network that reads it. A part counts for as much as the network is sure of it, less what its
width takes off: no digit is as wide as two. A division counts for as much as its worst part, less what it cost to
divide there. The best one is taken, unless the whole counts for more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from nnviz.data.side_by_side import LEAST_HEIGHT, MOST_PIECES, NEAR, Members, Row, groups_of

#: What is narrower than this share of its height is one digit, unless it stands clear of another.
LEAST_ASPECT = 0.55
#: From this share of the height on there may be three.
THREE_ASPECT = 1.2
#: So many places to divide at are tried, the cheapest first; and so many in what is wide enough for three.
MOST_CUTS, MOST_OF_THREE = 3, 6
#: A stroke narrower than this share of the height of all is of one digit.
LEAST_CUT_WIDTH = 1.0
#: Parts lie over each other by at most this share of the height.
MOST_OVER = 0.25
#: ln(p / (1 − p)) of a network that is as sure as can be told.
SUREST = 7.0
#: What a width of one height takes off, in the unit of ln(p / (1 − p)); chosen with the costs below on MNIST's
#: training images, traced as strokes: of single ones, two thirds stretched, broken or barred, one in 500 is divided.
WIDTH_COST = 7.0
#: A part is charged for at least this width, in heights: a 1 is no better a digit than a 0.
LEAST_CHARGED = 0.6
#: What a division costs where strokes touch …
DIVIDING_COST = 3.0
#: … what each stroke costs that it severs …
SEVERING_COST = 1.5
#: … and what a gap of one height gives back.
GAP_GAIN = 20.0
#: What lies over each other by one height counts for so much more when places are compared.
OVER_COST = 10.0

#: Says how surely some images, made of the pieces named, are digits.
Sureness = Callable[[Sequence[Members]], NDArray[np.floating]]


@dataclass(frozen=True, slots=True)
class Cut:
    """A place where a row may be divided.

    Attributes:
        left: numbers of the pieces on its left.
        cost: what it costs to divide here.
        rank: lower ones are tried first.
    """

    left: frozenset[int]
    cost: float
    rank: float


def divided(row: Row, sureness: Sureness) -> tuple[Members, ...]:
    """Return which pieces make up each digit, from left to right; all of them where they are one digit.

    Args:
        row: of at least one piece.
        sureness: asked about the whole, and about parts where that could change the answer.
    """
    everything = tuple(range(len(row)))
    wide = _aspect(row, everything)
    if not 2 <= len(everything) <= MOST_PIECES or wide < LEAST_ASPECT:
        return (everything,)
    found = cuts_of(row)
    if not found:
        return (everything,)
    most = _worth(row, everything, float(sureness([everything])[0]))
    # Parts that were as sure as can be would not be worth it either.
    cuts = [cut for cut in found if SUREST - WIDTH_COST * LEAST_CHARGED - cut.cost > most]
    cuts = cuts[: MOST_OF_THREE if wide >= THREE_ASPECT else MOST_CUTS]
    chains = _chains(cuts, len(everything), 5 if wide >= THREE_ASPECT else 2)
    least = LEAST_HEIGHT * row.size(everything)[1]
    parts = sorted({part for chain, _ in chains for part in chain if row.size(part)[1] >= least})
    if not parts:
        return (everything,)
    sure = sureness(parts)
    worth = {part: _worth(row, part, float(one)) for part, one in zip(parts, sure, strict=True) if one >= 0.5}
    best: tuple[Members, ...] = (everything,)
    for chain, cost in chains:
        value = min(worth.get(part, -np.inf) for part in chain) - cost
        if value > most:
            best, most = chain, value
    return best


def cuts_of(row: Row) -> list[Cut]:
    """Return where a row may be divided, the best places first.

    The pieces are taken by their place, by the time they were drawn, and in bunches that stand a little apart.
    """
    top, bottom = row.span(range(len(row)), 1)
    height = max(bottom - top, 1e-9)
    everything = frozenset(range(len(row)))
    by_place = tuple((int(k),) for k in np.argsort(row.low[:, 0] + row.high[:, 0], kind="stable"))
    by_time = tuple((k,) for k in range(len(row)))
    found: dict[frozenset[int], Cut] = {}
    for order in {by_place, by_time, groups_of(row, NEAR)}:
        for count in range(1, len(order)):
            left = frozenset(k for members in order[:count] for k in members)
            a, b = sorted(left), sorted(everything - left)
            if sum(row.span(a, 0)) > sum(row.span(b, 0)):
                a, b = b, a
            over = (row.span(a, 0)[1] - row.span(b, 0)[0]) / height
            low = min(float(np.ptp(row.span(side, 1))) for side in (a, b)) < LEAST_HEIGHT * height
            left = frozenset(a)
            if low or over > MOST_OVER or left in found:
                continue
            between = np.ix_(a, b)
            severed = float(row.bonds[between].sum())
            cost = DIVIDING_COST + SEVERING_COST * severed
            if not severed:
                cost -= GAP_GAIN * float(row.apart[between].min()) / height
            found[left] = Cut(left, cost, cost + OVER_COST * max(over, 0.0))
    return sorted(found.values(), key=lambda cut: (cut.rank, sorted(cut.left)))


def _chains(cuts: Sequence[Cut], count: int, most: int) -> list[tuple[tuple[Members, ...], float]]:
    """Return the divisions into at most so many parts at cuts that lie beside each other, and what each costs."""
    ordered = sorted(cuts, key=lambda cut: len(cut.left))
    found = []
    for many in range(1, min(most, len(ordered) + 1)):
        for chain in combinations(ordered, many):
            edges = [frozenset(), *(cut.left for cut in chain), frozenset(range(count))]
            if all(a < b for a, b in pairwise(edges)):
                costs = sorted(cut.cost for cut in chain)
                # A gap gives something back once; each further place where digits touch has its price.
                cost = costs[-1] + sum(max(one, 0.0) for one in costs[:-1])
                found.append((tuple(tuple(sorted(b - a)) for a, b in pairwise(edges)), cost))
    return found


def _worth(row: Row, members: Members, sure: float) -> float:
    odds = float(np.log(max(sure, 1e-9) / max(1 - sure, 1e-9)))
    return min(max(odds, -SUREST), SUREST) - WIDTH_COST * max(_aspect(row, members), LEAST_CHARGED)


def _aspect(row: Row, members: Members) -> float:
    wide, high = row.size(members)
    return wide / max(high, 1e-9)
