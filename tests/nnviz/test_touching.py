"""Digits that touch, overlap or were written in one go are told apart; one digit stays one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from nnviz.data.pen import paint_strokes
from nnviz.data.reading import Reading, read_drawing
from nnviz.digit_reader import DigitReader
from nnviz.maths.judgement import Limits
from nnviz.storage.bundled import load_bundled
from tests.nnviz.drawn import DIGITS, Strokes, beside, moved

LABELS = [label for label, _ in DIGITS]
PAIRS = list(product(range(len(DIGITS)), repeat=2))[::3]


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    spec, parameters, metadata = load_bundled()
    return DigitReader(spec, parameters, Limits.of(metadata))


def said(reader: DigitReader, reading: Reading) -> list[int]:
    """Return the most probable class of each digit that was found."""
    return reader.outputs(np.stack(reading.images))[1].argmax(axis=1).tolist()  # type: ignore[no-any-return]


def row_of(*digits: int, gap: float) -> Strokes:
    """Return digits in a row: numbers of ``DIGITS``."""
    strokes: Strokes = []
    for number in digits:
        one = DIGITS[number][1]
        right = max((float(stroke[:, 0].max()) for stroke in strokes), default=-100 * gap)
        left = min(float(stroke[:, 0].min()) for stroke in one)
        strokes += moved(one, right + 100 * gap - left, 0)
    return strokes


# Measured: found 0.80, 0.90, 0.94.
@pytest.mark.parametrize(("gap", "least"), [(-0.1, 0.7), (0.0, 0.8), (0.1, 0.88)])
def test_digits_that_touch_or_overlap_are_told_apart(reader: DigitReader, gap: float, least: float) -> None:
    two = right = 0
    for a, b in PAIRS:
        reading = read_drawing(beside(DIGITS[a][1], DIGITS[b][1], gap), judge=reader.sureness)
        if len(reading.images) == 2:
            two += 1
            right += said(reader, reading) == [LABELS[a], LABELS[b]]
    assert two >= least * len(PAIRS)
    assert right >= 0.95 * two


def test_the_order_of_writing_does_not_count_where_digits_touch(reader: DigitReader) -> None:
    strokes = row_of(2, 11, gap=0.0)
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        reading = read_drawing([strokes[k] for k in order], judge=reader.sureness)
        assert reader.answer(reading).headline == "1 7"


def test_two_digits_in_one_stroke_are_told_apart(reader: DigitReader) -> None:
    single = [number for number, (_, strokes) in enumerate(DIGITS) if len(strokes) == 1]
    two = right = count = 0
    for a, b in product(single, repeat=2):
        (left,), (second,) = DIGITS[a][1], moved(DIGITS[b][1], 110, 0)
        reading = read_drawing([np.concatenate([left, second])], judge=reader.sureness)
        count += 1
        if len(reading.images) == 2:
            two += 1
            right += said(reader, reading) == [LABELS[a], LABELS[b]]
    # Measured 0.65; a part keeps half of the line that led to the other, which is why some are then read wrongly.
    assert two >= 0.55 * count
    assert right >= 0.5 * two


def test_digits_that_touch_on_a_picture_are_told_apart(reader: DigitReader) -> None:
    for a, b in ((4, 5), (0, 5), (4, 4), (10, 8)):
        ink = paint_strokes(row_of(a, b, gap=0.02), 224, 10)
        assert said(reader, read_drawing(ink, judge=reader.sureness)) == [LABELS[a], LABELS[b]]


@pytest.mark.parametrize("painted", [False, True])
@pytest.mark.parametrize("gap", [0.15, 0.35])
def test_a_year_is_read(reader: DigitReader, gap: float, painted: bool) -> None:
    for digits, notes in (
        ((4, 0, 4, 9), "Four digits"), ((3, 4, 5, 6, 8), "Five digits"), ((2, 13, 7), "Three digits"),
    ):
        strokes = row_of(*digits, gap=gap)
        reading = read_drawing(paint_strokes(strokes, 280, 6) if painted else strokes, judge=reader.sureness)
        labels = [LABELS[k] for k in digits]
        assert reading.notes == notes
        assert said(reader, reading) == labels
        answer = reader.answer(reading)
        assert [int(sign) for sign in answer.headline if sign != "?"] == labels
        assert " " not in answer.headline
        assert answer.remark.replace("?", "") == f"{notes}: {' '.join(map(str, labels))}"


@pytest.mark.parametrize("painted", [False, True])
def test_six_digits_are_too_many(reader: DigitReader, painted: bool) -> None:
    strokes = row_of(4, 5, 9, 10, 12, 13, gap=0.35)
    reading = read_drawing(paint_strokes(strokes, 280, 5) if painted else strokes, judge=reader.sureness)
    assert reading.kind == "scribble"
    assert reading.notes == "Too many: draw at most five."


def stretched(strokes: Strokes, factor: float) -> Strokes:
    return [stroke * (factor, 1) for stroke in strokes]


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.3])
def test_one_digit_is_never_divided(reader: DigitReader, factor: float) -> None:
    habits: list[tuple[int, Strokes]] = [
        (0, [DIGITS[0][1][0], np.array([(42.0, 48.0), (44.0, 52.0)])]),  # dotted
        (4, [np.array([(20.0, 0.0), (4.0, 58.0), (50.0, 60.0)]), np.array([(60.0, 15.0), (56.0, 100.0)])]),
        (5, [DIGITS[8][1][0], DIGITS[8][1][1] + (8, -4)]),  # the hat flies
    ]
    for _, strokes in [*DIGITS, *habits]:
        wide = stretched(strokes, factor)
        assert len(read_drawing(wide, judge=reader.sureness).images) == 1
        assert len(read_drawing(paint_strokes(wide, 200, 16), judge=reader.sureness).images) == 1


def test_a_network_that_is_never_sure_divides_nothing_that_touches() -> None:
    def unsure(images: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.full(len(images), 0.15)

    assert len(read_drawing(row_of(4, 5, gap=0.0), judge=unsure).images) == 1


def test_nobody_is_asked_about_a_digit_in_one_stroke_of_usual_width() -> None:
    def fail(images: NDArray[np.float32]) -> NDArray[np.float64]:
        raise AssertionError("asked")

    for _, strokes in DIGITS:
        if len(strokes) == 1:
            assert read_drawing(strokes, judge=fail).kind == "digits"


def test_a_flat_line_is_one_however_often_it_was_drawn_over() -> None:
    there_and_back = np.array([(0.0, 0.0), (200.0, 6.0), (0.0, 4.0), (200.0, 0.0)])
    assert read_drawing([there_and_back]).kind == "line"
    assert read_drawing(paint_strokes([there_and_back], 200, 12)).kind == "line"


def test_specks_are_no_digits() -> None:
    ink = np.zeros((300, 300), np.uint8)
    ink[5::17, 5::17] = 255  # each of them is less than a part in 250 of the ink
    assert read_drawing(ink).kind == "scribble"
