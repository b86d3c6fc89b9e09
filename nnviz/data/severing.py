"""Strokes and ink cut where one digit may end and the next begin, for digits written in one go or grown together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnviz.data.parts import Parts
from nnviz.data.pen import Stroke
from nnviz.data.redraw import resample
from nnviz.data.side_by_side import Points, Row
from nnviz.data.touching import LEAST_CUT_WIDTH, MOST_OVER

#: A stroke that goes up and down for less than so many heights is of one digit, or the beginning of one.
LEAST_TRAVEL = 2.0
#: Ink as wide as this share of its height may be of two digits.
LEAST_INK_WIDTH = 1.15
#: How far a line through ink leans, in widths to a height.
LEANS = (0.0, -0.15, 0.15, -0.3, 0.3)
#: What a lean of 45 degrees counts for beside a stroke crossed: the parts on either side lie over each other.
LEAN_COST = 2.0
#: To cut ink counts for so many strokes more than the line crosses: where two grew together is not known.
CUTTING_INK = 1.3
#: A line through ink crosses at most so many strokes.
MOST_CROSSED = 3.0
#: Lines through ink are this share of the height apart; so far from its sides they are, too.
APART = 0.15
#: At most so many lines through one part.
MOST_LINES = 4


def severed_strokes(pieces: Sequence[Points], strokes: Sequence[Stroke], height: float) -> tuple[Row, list[Stroke]]:
    """Return what may be several digits, and the strokes (points, 2 or more) that its pieces are of.

    Args:
        pieces: the strokes (points, 2), points along them at even distances.
        strokes: the same as they were drawn, with further columns perhaps.
        height: of the writing, in their unit.
    """
    cut: list[Points] = []
    drawn: list[Stroke] = []
    joints: list[int] = []
    for piece, stroke in zip(pieces, strokes, strict=True):
        places = [place + 1 for place in _valleys(piece, height)]
        joints += range(len(cut), len(cut) + len(places))
        cut += np.split(piece, places)
        if places:
            path = float(np.hypot(*np.diff(stroke[:, :2], axis=0).T).sum())
            stroke = resample(stroke, path / (len(piece) - 1) * (1 + 1e-9))
        drawn += np.split(stroke, places)
    bonds = np.zeros((len(cut), len(cut)))
    for k in joints:
        bonds[k, k + 1] = bonds[k + 1, k] = 1
    return Row.of(cut, bonds), drawn


def _valleys(stroke: Points, height: float) -> list[int]:
    """Return the points of a stroke after which it goes on beside all that it has drawn so far."""
    if len(stroke) < 8 or float(np.ptp(stroke[:, 0])) < LEAST_CUT_WIDTH * height:
        return []
    if float(np.abs(np.diff(stroke[:, 1])).sum()) < LEAST_TRAVEL * height:
        return []
    x = stroke[:, 0] if stroke[0, 0] <= stroke[-1, 0] else -stroke[:, 0]
    over = np.maximum.accumulate(x)[:-1] - np.minimum.accumulate(x[::-1])[::-1][1:]
    low = over <= MOST_OVER * height
    low[:3] = low[-3:] = False
    places = np.flatnonzero(low)
    found = []
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        if len(run):
            least = run[over[run] <= over[run].min() + 0.02 * height]
            # The line between may belong to either digit, or be the way to the next: both of its ends are tried.
            found += sorted({int(least[0]), int(least[-1])})
    return found


def severed_parts(parts: Parts) -> tuple[Row, Parts]:
    """Return what may be several digits, and the parts of ink that its pieces are of."""
    tall = float(np.ptp(np.concatenate(parts.outlines)[:, 1])) + 1
    sizes = [np.ptp(outline, axis=0) + 1 for outline in parts.outlines]
    are_wide = [wide >= LEAST_INK_WIDTH * max(high, 0.5 * tall) for wide, high in sizes]
    if not any(are_wide):
        return Row.of(parts.outlines, pen=parts.pen), parts
    labels = np.zeros_like(parts.labels)
    outlines: list[Points] = []
    bonds: list[tuple[int, float]] = []
    for number, (outline, is_wide) in enumerate(zip(parts.outlines, are_wide, strict=True), start=1):
        lines = _lines(parts, number) if is_wide else []
        y, x = np.nonzero(parts.labels == number)
        side, edge_side = np.zeros(len(x), np.intp), np.zeros(len(outline), np.intp)
        for at, lean, _ in lines:
            side += x + lean * y > at
            edge_side += outline[:, 0] + lean * outline[:, 1] > at
        for k in range(len(lines) + 1):
            if not (edge_side == k).any():
                continue
            if k:
                bonds.append((len(outlines), lines[k - 1][2] + CUTTING_INK))
            outlines.append(outline[edge_side == k])
            labels[y[side == k], x[side == k]] = len(outlines)
    table = np.zeros((len(outlines), len(outlines)))
    for k, strength in bonds:
        table[k - 1, k] = table[k, k - 1] = strength
    return Row.of(outlines, table, parts.pen), replace(parts, outlines=tuple(outlines), labels=labels)


def _lines(parts: Parts, number: int) -> list[tuple[float, float, float]]:
    """Return lines x + lean·y = at through a part that cross little ink: (at, lean, strokes crossed), by place."""
    y, x = np.nonzero(parts.labels == number)
    weight = parts.ink[y, x].astype(np.float64)
    middle, high = (y.min() + y.max()) / 2, float(np.ptp(y)) + 1
    apart = APART * high
    candidates = []
    for lean in LEANS:
        across = x + lean * (y - middle)
        first = float(across.min())
        profile = np.bincount(np.floor(across - first).astype(np.intp), weight)
        for k in range(int(apart), len(profile) - int(apart)):
            around = profile[max(0, k - 2) : k + 3]
            if profile[k] <= around.min():
                crossed = float(profile[k]) / parts.pen
                candidates.append((crossed + LEAN_COST * abs(lean), crossed, first + k + 0.5, lean))
    kept: list[tuple[float, float, float]] = []
    for _, crossed, at, lean in sorted(candidates):
        if len(kept) == MOST_LINES:
            break
        if crossed <= MOST_CROSSED and all(abs(at - other) >= apart for other, _, _ in kept):
            kept.append((at, lean, crossed))
    return [(at + lean * middle, lean, crossed) for at, lean, crossed in sorted(kept)]
