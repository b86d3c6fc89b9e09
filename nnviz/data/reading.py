"""What is on the paper: nothing, a dot, a line, a scribble, one digit, or several side by side; and their images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.data.digits import bounding_box, to_image
from nnviz.data.parts import parts_of
from nnviz.data.pen import Stroke
from nnviz.data.redraw import resample, strokes_image
from nnviz.data.severing import severed_parts, severed_strokes
from nnviz.data.side_by_side import DETAIL, Members, Row, groups_of
from nnviz.data.thickness import LEAST_SIDE, normal_thickness
from nnviz.data.touching import LEAST_CUT_WIDTH, divided

Float32 = NDArray[np.float32]
#: (left, top, right, bottom) in the unit of the strokes.
Paper = tuple[float, float, float, float]
#: Says how surely each of some images (count, 28, 28) is a digit, (count,): the network's largest probability.
Judge = Callable[[Float32], NDArray[np.floating]]

#: A line is narrower than this share of its length …
STRAIGHT = 0.15
#: … and lies flat below this angle to the horizontal, in degrees: steeper ones are read as a 1. No 1 of MNIST's
#: writers leans that far.
FLAT_DEGREES = 35.0
#: The pen goes across a line for less than its length, there and back; across a row of digits it goes for more.
LINE_TRAVEL = 1.0
#: Ink of a line, in that of a stroke as long: a row of digits has at least twice as much.
LINE_INK = 1.6
#: Path of the pen in lengths of the longer side: an 8 has about 3, digits with strokes drawn twice up to 5.
SCRIBBLE_LENGTH = 7.0
#: Ink of an image at MNIST's thickness, in full pixels: that of MNIST's digits has at most 190.
SCRIBBLE_INK = 215.0
#: Holes in the ink of an image: an 8 has two, one whose strokes overlap carelessly may have four.
MOST_HOLES = 5
#: A drawing smaller than this share of its paper is a dot.
DOT_SHARE = 0.015
#: Ink that fills more than this share of its bounding box is a blot: a disc fills 0.785, no digit so much.
BLOT = 0.74
#: Paper with more than this share of ink is full.
FULL = 0.9

NOTES = {
    "empty": "Draw a digit, 0 to 9.",
    "dot": "Only a dot so far.",
    "line": "A flat line: no digit yet.",
    "scribble": "This looks like a scribble.",
    "full": "Full of ink: clear it.",
    "digits": "",
}
_NUMBERS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}
_TOO_MANY = "Too many: draw at most five."


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What is on the paper.

    Attributes:
        kind: ``"empty"``, ``"dot"``, ``"line"``, ``"scribble"``, ``"digits"`` or ``"full"``.
        images: what a network sees, (28, 28) float32 in [0, 1], read-only: one a digit from left to right, one for
            anything else, none for an empty paper.
        notes: a sentence for people; blank where one digit was found.
        whole: the image of all together, as if it were one digit; None for an empty paper.
    """

    kind: str
    images: tuple[Float32, ...] = ()
    notes: str = ""
    whole: Float32 | None = None

    @classmethod
    def empty(cls) -> Reading:
        """Return the reading of an empty paper."""
        return cls("empty", notes=NOTES["empty"])

    @property
    def is_digit(self) -> bool:
        """Whether there is something a network can be asked about in earnest."""
        return self.kind == "digits"


def read_drawing(
    drawing: Sequence[Stroke] | NDArray[np.number], paper: Paper | None = None, judge: Judge | None = None
) -> Reading:
    """Return what is on the paper.

    Where digits lie side by side is seen from wide gaps between strokes, not from when they were drawn. A gap that
    could also be one within a digit (an open 4), and places where digits may touch, are put to the judge: see
    ``nnviz.data.touching``. Without a judge they count as within a digit.

    Args:
        drawing: strokes, a sequence of arrays (points, 2) or (points, 3) of x, y and the pen's width; or ink, an
            array (height, width), 0 paper and the largest value ink (see ``nnviz.data.photo`` for pictures).
        paper: (left, top, right, bottom) in the unit of the strokes: what lies outside is not read; None: no limit.
        judge: says how surely images are digits.
    """
    if isinstance(drawing, np.ndarray):
        return _read_ink(drawing, judge)
    return _read_strokes(drawing, paper, judge)


def _read_strokes(strokes: Sequence[Stroke], paper: Paper | None, judge: Judge | None) -> Reading:
    filled = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
    if paper is not None:
        filled = [part for stroke in filled for part in on_paper(stroke, paper)]
    if not filled:
        return Reading.empty()
    spans = np.ptp(np.concatenate([stroke[:, :2] for stroke in filled]), axis=0)
    longer = float(spans.max())
    whole = strokes_image(filled)
    if longer <= (0.0 if paper is None else DOT_SHARE * (paper[2] - paper[0])):
        return _reading("dot", whole)
    detail = max(float(spans[1]), longer / 8) / DETAIL
    pieces = [resample(stroke[:, :2], detail) for stroke in filled]
    if _is_flat_line(pieces, 0.0):
        return _reading("line", whole)
    if len(filled) == 1 and spans[0] < LEAST_CUT_WIDTH * spans[1]:
        return _reading("scribble" if _path(filled) > SCRIBBLE_LENGTH * longer else "digits", whole)
    row, cut = severed_strokes(pieces, filled, float(spans[1]))
    groups = groups_of(row)
    if any(_path(part) > SCRIBBLE_LENGTH * _longer(part) for part in ([cut[k] for k in one] for one in groups)):
        return _reading("scribble", whole)
    return _reading_of(row, groups, lambda members: strokes_image([cut[k] for k in members]), whole, judge)


def _read_ink(ink: NDArray[np.number], judge: Judge | None) -> Reading:
    box = bounding_box(ink) if ink.size else None
    if box is None:
        return Reading.empty()
    whole = to_image(normal_thickness(ink))
    top, left, bottom, right = box
    high, wide = bottom - top, right - left
    share = float(np.maximum(ink, 0).mean(dtype=np.float64)) / float(ink.max())
    if share > FULL:
        return _reading("full", whole)
    if share * ink.size > BLOT * high * wide and 0.5 < wide / high < 2:
        return _reading("dot", whole)
    parts = parts_of(ink)
    # In an image of a few pixels a line cannot be told from a short stroke, nor one digit from two that touch.
    is_small = max(high, wide) < LEAST_SIDE
    if not parts.outlines:
        return _reading("scribble", whole)
    along = float(np.hypot(*parts.ink.shape))
    is_thin = float(parts.ink.sum()) < LINE_INK * parts.pen * along
    if not is_small and is_thin and _is_flat_line(parts.outlines, parts.pen):
        return _reading("line", whole)
    holes = parts.holes
    row = Row.of(parts.outlines, pen=parts.pen)
    if not is_small:
        row, parts = severed_parts(parts)
    reading = _reading_of(
        row, groups_of(row), lambda members: to_image(normal_thickness(parts.ink_of(members))), whole, judge
    )
    is_one = len(reading.images) == 1
    if is_one and not is_small and (float(whole.sum()) > SCRIBBLE_INK or holes > MOST_HOLES):
        return _reading("scribble", whole)
    return reading


def _reading_of(
    row: Row, groups: Sequence[Members], image_of: Callable[[Members], Float32], whole: Float32, judge: Judge | None
) -> Reading:
    """Return the reading of one digit or several: of groups of pieces, each divided where the judge wants it."""
    images = {tuple(range(len(row))): whole}

    def image(members: Members) -> Float32:
        if members not in images:
            images[members] = image_of(members)
        return images[members]

    digits: list[Members] = []
    for group in groups:
        if judge is None:
            digits.append(group)
            continue

        def sureness(parts: Sequence[Members], group: Members = group, judge: Judge = judge) -> NDArray[np.floating]:
            return judge(np.stack([image(tuple(group[k] for k in part)) for part in parts]))

        digits += [tuple(group[k] for k in part) for part in divided(row.only(group), sureness)]
    if len(digits) == 1:
        return _reading("digits", whole)
    if len(digits) not in _NUMBERS:
        return _scribble(whole, _TOO_MANY)
    return _several(tuple(image(members) for members in digits), whole)


def on_paper(stroke: Stroke, paper: Paper) -> list[Stroke]:
    """Return the pieces of a stroke (points, 2 or more) that lie on the paper, their ends on its edge.

    Args:
        stroke: x and y first; further columns are interpolated.
        paper: (left, top, right, bottom).
    """
    low, high = np.array(paper[:2]), np.array(paper[2:])
    inside = ((stroke[:, :2] >= low) & (stroke[:, :2] <= high)).all(axis=1)
    if inside.all():
        return [stroke]
    # Fine enough that an end lies within a hundredth of the paper of its edge.
    fine = resample(stroke, float((high - low).max()) / 200)
    inside = ((fine[:, :2] >= low) & (fine[:, :2] <= high)).all(axis=1)
    cuts = np.flatnonzero(np.diff(inside)) + 1
    return [part for part, kept in zip(np.split(fine, cuts), np.split(inside, cuts), strict=True) if kept.any()]


def _is_flat_line(pieces: Sequence[NDArray[np.float64]], pen: float) -> bool:
    """Return whether strokes, or outlines of ink (points, 2), lie along one straight line that lies flat.

    Args:
        pieces: none empty.
        pen: the width that outlines show; 0 says that these are strokes.
    """
    points = np.concatenate(pieces)
    away = points - points.mean(axis=0)
    _, axes = np.linalg.eigh(away.T @ away)
    across, along = float(np.ptp(away @ axes[:, 0])), float(np.ptp(away @ axes[:, 1]))
    flat = abs(axes[1, 1]) < np.sin(np.radians(FLAT_DEGREES))
    if not flat or along <= 0 or across - 1.5 * pen >= STRAIGHT * along:
        return False
    travel = sum(float(np.abs(np.diff(piece @ axes[:, 0])).sum()) for piece in pieces)
    return pen > 0 or travel < LINE_TRAVEL * along


def _path(strokes: Sequence[Stroke]) -> float:
    return sum(float(np.hypot(*np.diff(stroke[:, :2], axis=0).T).sum()) for stroke in strokes)


def _longer(strokes: Sequence[Stroke]) -> float:
    return float(np.ptp(np.concatenate([stroke[:, :2] for stroke in strokes]), axis=0).max())


def full_reading(ink: NDArray[np.number]) -> Reading:
    """Return the reading of paper that is full of ink (height, width)."""
    return _reading("full", to_image(ink))


def _reading(kind: str, whole: Float32) -> Reading:
    whole.flags.writeable = False
    return Reading(kind, (whole,), NOTES[kind], whole)


def _scribble(whole: Float32, notes: str) -> Reading:
    whole.flags.writeable = False
    return Reading("scribble", (whole,), notes, whole)


def _several(images: tuple[Float32, ...], whole: Float32) -> Reading:
    for image in (*images, whole):
        image.flags.writeable = False
    return Reading("digits", images, f"{_NUMBERS[len(images)]} digits", whole)
