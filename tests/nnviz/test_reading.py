"""What is on the paper: the answer does not depend on place, size and pen; what is no digit is called so."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from nnviz.data.drawing import Drawing
from nnviz.data.pen import CANVAS_SIZE, fit_strokes, paint_stroke, paint_strokes
from nnviz.data.reading import Reading, on_paper, read_drawing
from nnviz.data.redraw import strokes_image
from nnviz.data.strokes import read_strokes
from nnviz.digit_reader import DigitReader
from nnviz.maths.judgement import Limits
from nnviz.storage.bundled import load_bundled
from tests.nnviz.drawn import DIGITS, Strokes, beside, moved

STROKES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "strokes-dev.json.gz"
LABELS = [label for label, _ in DIGITS]


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    spec, parameters, metadata = load_bundled()
    return DigitReader(spec, parameters, Limits.of(metadata))


def answers(reader: DigitReader, readings: list[Reading]) -> list[int]:
    """Return the most probable class of each reading of one digit, −1 for what is read as anything else."""
    found = [-1] * len(readings)
    single = [k for k, reading in enumerate(readings) if reading.kind == "digits" and len(reading.images) == 1]
    _, probabilities = reader.outputs(np.stack([readings[k].images[0] for k in single]))
    for k, row in zip(single, probabilities, strict=True):
        found[k] = int(row.argmax())
    return found


def drawn(strokes: Strokes, width: float) -> Drawing:
    """Draw as a person would, with whole pixels."""
    drawing = Drawing()
    for stroke in strokes:
        points = np.round(stroke)
        drawing.begin(*points[0], width)
        for x, y in points[1:]:
            drawing.extend(x, y, width)
        drawing.end()
    return drawing


@pytest.mark.parametrize("width", [6, 14, 24, 44, 70])
@pytest.mark.parametrize(("x", "y", "size"), [(40, 30, 200), (2, 2, 276), (150, 160, 90), (240, 20, 24)])
def test_the_answer_does_not_depend_on_place_size_and_pen(
    reader: DigitReader, x: float, y: float, size: float, width: float
) -> None:
    drawings = [drawn(moved(strokes, x, y, size / 100), width) for _, strokes in DIGITS]
    assert answers(reader, [drawing.reading(reader.sureness) for drawing in drawings]) == LABELS


def test_strokes_moved_scaled_and_thickened_give_the_very_same_image() -> None:
    for _, strokes in DIGITS:
        plain = strokes_image(strokes)
        np.testing.assert_allclose(strokes_image(moved(strokes, 1234.5, -77.0, 13.0)), plain, atol=1e-3)
        wide = [np.column_stack([stroke, np.full(len(stroke), 40.0)]) for stroke in strokes]
        np.testing.assert_allclose(strokes_image(wide), plain, atol=1e-6)


def test_the_image_is_drawn_with_a_pen_of_the_width_asked_for() -> None:
    image = strokes_image([np.array([(0.0, 0.0), (0.0, 500.0)])], width=3.0)
    # A vertical line: the ink of its middle row is the width of the pen.
    assert image[14].sum() == pytest.approx(3.0, rel=0.05)
    assert np.count_nonzero(image.sum(axis=1)) == 20


@pytest.mark.parametrize("width", [8, 16, 24, 36, 50])
def test_pixels_are_read_whatever_the_thickness(reader: DigitReader, width: float) -> None:
    readings = [read_drawing(paint_strokes(strokes, width=width), judge=reader.sureness) for _, strokes in DIGITS]
    assert answers(reader, readings) == LABELS


def test_pressure_is_seen_in_the_image() -> None:
    stroke = np.array([(0.0, 0.0, 10.0), (0.0, 100.0, 20.0)])
    image = strokes_image([stroke])
    assert image[19].sum() > 1.3 * image[8].sum()


def kinds(drawing: Drawing) -> str:
    return drawing.reading().kind


def test_what_is_no_digit_is_called_what_it_is() -> None:
    empty = Drawing()
    assert kinds(empty) == "empty"
    assert empty.reading().images == ()
    assert "Draw" in empty.reading().notes
    assert kinds(drawn([np.array([(100.0, 100.0)])], 24)) == "dot"
    assert kinds(drawn([np.array([(100.0, 100.0), (101.0, 102.0)])], 24)) == "dot"
    assert kinds(drawn([np.array([(40.0, 100.0), (240.0, 110.0)])], 24)) == "line"
    assert kinds(drawn([np.array([(150.0, 40.0), (130.0, 240.0)])], 24)) == "digits"
    wild = np.random.default_rng(1).uniform(30, 250, (25, 2))
    assert kinds(drawn([wild], 12)) == "scribble"
    full = [np.array([(0.0, y), (280.0, y)]) for y in range(0, 281, 14)]
    assert kinds(drawn(full, 24)) == "full"


def test_the_same_from_pixels() -> None:
    paper = np.zeros((280, 280), np.uint8)
    assert read_drawing(paper).kind == "empty"
    for points, kind in (
        ([(140, 140), (140, 140)], "dot"), ([(40, 150), (240, 140)], "line"), ([(140, 40), (150, 240)], "digits"),
    ):
        ink = paper.copy()
        paint_stroke(ink, np.array(points, float), 24)
        assert read_drawing(ink).kind == kind
    assert read_drawing(np.full((280, 280), 255, np.uint8)).kind == "full"
    ink = paper.copy()
    paint_stroke(ink, np.random.default_rng(1).uniform(20, 260, (40, 2)), 12)
    assert read_drawing(ink).kind == "scribble"


def test_what_runs_off_the_paper_is_not_read(reader: DigitReader) -> None:
    (part,) = on_paper(np.array([(-50.0, 10.0), (50.0, 10.0)]), (0.0, 0.0, 100.0, 100.0))
    assert part[:, 0].min() == pytest.approx(0, abs=1)
    assert part[-1].tolist() == [50.0, 10.0]
    assert on_paper(np.array([(-9.0, -9.0), (-5.0, 200.0)]), (0.0, 0.0, 100.0, 100.0)) == []
    drawing = drawn([np.array([(140.0, -500.0), (140.0, 900.0)])], 24)
    image = drawing.image()
    # Only the middle is on the paper: a 1 as high as the box.
    assert answers(reader, [drawing.reading()]) == [1]
    assert np.count_nonzero(image.sum(axis=1)) == 20


def test_an_eraser_is_heeded() -> None:
    ring = [np.array([(140 + 80 * np.cos(t), 140 + 80 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 50)])]
    drawing = drawn(ring, 16)
    before = drawing.image()
    drawing.begin(140, 60, 60, erase=True)
    drawing.extend(141, 60, 60)
    drawing.end()
    after = drawing.image()
    assert before[4:7, 13:16].max() > 0.9
    assert after[4:6, 13:15].max() < 0.1


PAIRS = list(product(range(len(DIGITS)), repeat=2))


@pytest.mark.parametrize("gap", [0.2, 0.35, 0.6])
def test_two_digits_side_by_side_are_both_read(reader: DigitReader, gap: float) -> None:
    two = right = 0
    for a, b in PAIRS:
        reading = read_drawing(beside(DIGITS[a][1], DIGITS[b][1], gap), judge=reader.sureness)
        if len(reading.images) == 2:
            two += 1
            said = reader.outputs(np.stack(reading.images))[1].argmax(axis=1).tolist()
            right += said == [LABELS[a], LABELS[b]]
            assert reading.notes == "Two digits"
    # Measured 0.974 at the narrowest gap and 1 at the others; both read rightly in all of these.
    assert two >= (0.95 if gap < 0.3 else 0.99) * len(PAIRS)
    assert right >= 0.99 * two


def test_two_digits_on_a_picture_are_both_read(reader: DigitReader) -> None:
    strokes = beside(DIGITS[6][1], DIGITS[10][1], 0.4)
    reading = read_drawing(paint_strokes(strokes, width=10), judge=reader.sureness)
    answer = reader.answer(reading)
    assert answer.headline == "4 7"
    assert answer.remark == "Two digits: 4 7"


def test_the_order_of_writing_does_not_count(reader: DigitReader) -> None:
    strokes = beside(DIGITS[4][1], DIGITS[11][1], 0.4)
    for order in ([0, 1, 2, 3], [3, 0, 2, 1], [2, 3, 1, 0]):
        reading = read_drawing([strokes[k] for k in order], judge=reader.sureness)
        assert reader.answer(reading).headline == "2 7"


@pytest.mark.parametrize("judged", [True, False])
def test_one_digit_of_several_strokes_is_not_split(reader: DigitReader, judged: bool) -> None:
    broken = [(label, _broken(strokes)) for label, strokes in DIGITS]
    for _, strokes in [*DIGITS, *broken]:
        reading = read_drawing(strokes, judge=reader.sureness if judged else None)
        assert len(reading.images) == 1
        assert reading.notes == ""


def _broken(strokes: Strokes) -> Strokes:
    """Lift the pen for a moment in the middle of every stroke."""
    made: Strokes = []
    for stroke in strokes:
        fine = np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(stroke)])
        middle = fine[len(fine) // 2]
        near = np.hypot(*(fine - middle).T) < 3
        cuts = np.flatnonzero(np.diff(near)) + 1
        made += [part for part, gone in zip(np.split(fine, cuts), np.split(near, cuts), strict=True) if not gone.any()]
    return made


def test_images_are_read_only_and_of_the_right_kind() -> None:
    for reading in (read_drawing(DIGITS[0][1]), read_drawing(paint_strokes(DIGITS[0][1]))):
        (image,) = reading.images
        assert image.shape == (28, 28)
        assert image.dtype == np.float32
        assert not image.flags.writeable
        assert image.max() == 1


@pytest.mark.slow
@pytest.mark.skipif(not STROKES.is_file(), reason="the strokes for development are not here")
def test_real_writers_keep_their_answers(reader: DigitReader) -> None:
    digits = read_strokes(STROKES)
    plain = [read_drawing(digit.strokes, judge=reader.sureness) for digit in digits]
    split = sum(len(reading.images) != 1 or reading.kind != "digits" for reading in plain)
    assert split <= 6  # measured 2 of 2,000, both open fours whose stem stands far away
    before = reader.outputs(np.stack([reading.whole for reading in plain if reading.whole is not None]))[1]
    for size, width, least in ((240, 24, 0.99), (240, 60, 0.99), (90, 24, 0.985), (40, 12, 0.98)):
        images = []
        for digit in digits:
            fitted = [stroke * size / CANVAS_SIZE for stroke in fit_strokes(digit.strokes)]
            whole = drawn(fitted, width).reading().whole
            assert whole is not None
            images.append(whole)
        after = reader.outputs(np.stack(images))[1]
        assert (before.argmax(axis=1) == after.argmax(axis=1)).mean() >= least
