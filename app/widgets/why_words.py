"""What the numbers of the pixels say, in plain words that are derived from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.widgets.why_work import INK, Explanation, near_ink
from nnviz.maths.chains import Chain
from nnviz.maths.saliency import Goal
from nnviz.picture.answers import percent as shown_percent
from nnviz.picture.quantities import number
from nnviz.picture.ticks import percent, significant
from nnviz.training.records import Snapshot

#: Parts of the digit, by thirds of its bounding box: row by row.
REGIONS = (
    "at the upper left", "at the top", "at the upper right",
    "at the left", "in the middle", "at the right",
    "at the lower left", "at the bottom", "at the lower right",
)  # fmt: skip
#: A part whose sum is less than this share of all that is said with either sign is not worth a word.
WORTH = 0.06


def region_map(image: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return for each pixel the index of its part in ``REGIONS``; what lies around the digit belongs to the nearest.

    Args:
        image: (height, width) in [0, 1]. The parts are thirds of the ink's bounding box; a side of fewer than three
            pixels is widened, and without ink the whole image is divided.
    """
    thirds = []
    for axis in (1, 0):
        inked = np.flatnonzero(image.max(axis=axis) > INK)
        low, high = (int(inked[0]), int(inked[-1]) + 1) if len(inked) else (0, image.shape[1 - axis])
        if high - low < image.shape[1 - axis] / 3:  # a bar is all middle
            middle, half = (low + high) / 2, image.shape[1 - axis] / 6
            low, high = round(middle - 1.5 * half), round(middle + 1.5 * half)
        places = (np.arange(image.shape[1 - axis]) + 0.5 - low) / max(1, high - low)
        thirds.append(np.clip(np.floor(3 * places), 0, 2).astype(np.intp))
    return np.asarray(3 * thirds[0][:, None] + thirds[1][None, :], np.intp)


def regions_of(image: NDArray[np.floating], values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the sum of what is positive, and of what is negative, in each part: (2, 9).

    Pixels far from the ink are left out, see ``near_ink``.
    """
    parts = region_map(image).ravel()
    flat = np.where(near_ink(image), np.asarray(values, np.float64), 0).ravel()
    return np.stack([
        np.bincount(parts, np.maximum(flat, 0), minlength=9), np.bincount(parts, np.minimum(flat, 0), minlength=9),
    ])


def goal_name(goal: Goal, layers: int, names: tuple[str, ...]) -> str:
    """Return what is explained: ``9``, ``9 rather than 4``, ``unit 37 of Dense 1``."""
    if goal.layer < layers:
        return f"unit {goal.unit} of Dense {goal.layer}"
    name = class_name(names, goal.unit)
    return name if goal.minus is None else f"{name} rather than {class_name(names, goal.minus)}"


def class_name(names: tuple[str, ...], index: int) -> str:
    """Return the name of a class, or its number."""
    return names[index] if index < len(names) else str(index)


def score_name(explanation: Explanation) -> str:
    """Return what the score is: a logit, a difference of logits, or a pre-activation."""
    goal, layers = explanation.goal, len(explanation.question.snapshot.spec.layers)
    if goal.layer < layers:
        return "pre-activation"
    return "logit" if goal.minus is None else "difference of logits"


def quantity_words(explanation: Explanation, names: tuple[str, ...]) -> tuple[str, str, str]:
    """Return what is shown, and what a negative and a positive value mean: for the legend."""
    name = goal_name(explanation.goal, len(explanation.question.snapshot.spec.layers), names)
    # The legend has little room: z stands for a pre-activation.
    of = f"d({score_name(explanation).replace('pre-activation', 'z')} of {name}) / d(pixel)"
    method = explanation.question.method
    if method == "gradient":
        return of, "ink lowers it", "ink raises it"
    if method == "input_gradient":
        return f"pixel × {of}", "ink against it", "ink for it"
    if method == "occlusion":
        return f"Fall of the {score_name(explanation)} of {name} when covered", "ink against it", "ink for it"
    return f"To make it {name}", "erase", "add"


def sentence(explanation: Explanation, names: tuple[str, ...]) -> str:
    """Return one or two sentences on which parts of the drawing matter most."""
    question = explanation.question
    name = goal_name(explanation.goal, len(question.snapshot.spec.layers), names)
    image, values = question.image, explanation.values
    if question.method == "gradient":
        # On paper ink can only be added: what the person sees is what filling a gap would do.
        sums = regions_of(image, np.where(image > 0.5, 0, values))
        up, down = _best(sums, 0), _best(sums, 1)
        said = [f"Filling the gap {REGIONS[up]} would speak for {name} most" if up is not None else ""]
        it = "it" if up is not None else name
        said.append(f"ink {REGIONS[down]}, where there is none, would speak against {it}" if down is not None else "")
        return _joined(said, f"No gap speaks for or against {name}.")
    sums = regions_of(image, values)
    up, down = _best(sums, 0), _best(sums, 1)
    if question.method == "change":
        said = [f"add ink {REGIONS[up]}" if up is not None else ""]
        said.append(f"erase {REGIONS[down]}" if down is not None else "")
        return _joined(said, f"Nothing that is drawn or erased would help to make it {name}.",
                       f"To make it {name}: ", " and ")
    total = sums.sum(axis=0)
    up = int(np.argmax(total)) if _matters(total, total.max()) else None
    down = int(np.argmin(total)) if _matters(total, -total.min()) else None
    it = "it" if up is not None else name
    if question.method == "occlusion":
        most = float(values.max())
        said = [
            f"Covering the ink {REGIONS[up]} takes most from {name} (up to {significant(most, 3)})"
            if up is not None else "",
            f"covering the ink {REGIONS[down]} would help {it}" if down is not None else "",
        ]
        return _joined(said, f"Covering any one part changes little for {name}.")
    said = [
        f"The ink {REGIONS[up]} speaks for {name} most ({_signed(total[up])})" if up is not None else "",
        f"the ink {REGIONS[down]} speaks against {it} ({_signed(total[down])})" if down is not None else "",
    ]
    return _joined(said, f"The ink says little for or against {name}.")


def _matters(total: NDArray[np.float64], much: float) -> bool:
    return bool(much > WORTH * np.abs(total).sum() and much > 0)


def _best(sums: NDArray[np.float64], sign: int) -> int | None:
    """Return the part with the largest sum of one sign (0 positive, 1 negative), or None where none matters."""
    of = np.abs(sums[sign])
    return int(np.argmax(of)) if _matters(sums.ravel(), float(of.max())) else None


def _joined(said: list[str], otherwise: str, before: str = "", between: str = "; ") -> str:
    parts = [part for part in said if part]
    if not parts:
        return otherwise
    text = before + between.join(parts)
    return text[0].upper() + text[1:] + "."


def _signed(value: float) -> str:
    return f"+{significant(value, 3)}" if value > 0 else significant(value, 3)


def pixel_words(explanation: Explanation, row: int, column: int) -> str:
    """Return ink and value of a pixel exactly: for the pointer."""
    value = float(explanation.values[row, column])
    kind = {
        "gradient": "gradient", "input_gradient": "input × gradient", "occlusion": "fall when covered",
        "change": "adding" if value > 0 else "erasing" if value < 0 else "nothing to do:",
    }[explanation.question.method]
    change = explanation.question.method == "change"
    shown = f"would give +{significant(abs(value), 4)}" if change and value else _signed(value) if value else "0"
    ink = float(explanation.question.image[row, column])
    return f"Row {row}, column {column}: ink {significant(ink, 3)}, {kind} {shown}"


def edit_words(explanation: Explanation, names: tuple[str, ...]) -> str:
    """Return what became of the image that was changed step by step, said of an image that nobody drew."""
    edit = explanation.edit
    if edit is None:
        return ""
    said = int(np.argmax(edit.output))
    steps = f"{edit.steps} dab{'' if edit.steps == 1 else 's'} of ink or eraser"
    share = percent(float(edit.output[said]), 0)
    answer = f"the network says {class_name(names, said)}, {share}"
    wanted = class_name(names, explanation.goal.unit)
    rest = "" if edit.reached else f"; it could not be made {wanted}"
    return f"Edited image, not your drawing: after {steps} {answer}{rest}."


def chain_words(chain: Chain, names: tuple[str, ...], shape: tuple[int, int]) -> str:
    """Return one way through the network: row and column of its strongest pixel → units → class: contribution."""
    way = []
    if chain.inputs:
        row, column = divmod(chain.inputs[0], shape[1])
        way.append(f"({row},\u2009{column})")
    way += [str(unit) for unit in chain.units[:-1]]
    way.append(class_name(names, chain.units[-1]))
    return f"{' → '.join(way)}:  +{number(chain.value)}"


def probability_words(snapshot: Snapshot, index: int, names: tuple[str, ...]) -> str:
    """Return a class with what the network says of it."""
    return f"{class_name(names, index)} ({shown_percent(float(snapshot.forward.output[0][index]))})"
