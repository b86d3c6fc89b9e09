"""The forms that training draws: well formed, drawn within the canvas, never twice the same, and never mixed up."""

import numpy as np
import pytest

from nnviz.data.datasets import load_mnist
from nnviz.data.digits import bounding_box
from nnviz.data.reading import read_drawing
from nnviz.digit_reader import DigitReader
from nnviz.maths.judgement import Limits
from nnviz.storage.bundled import load_bundled
from nnviz.training.allographs import DIGITS, NO_DIGIT, STRANGE, forms


def test_forms_in_arrays_are_those_of_the_table():
    made = forms()
    texts = [text for digit in range(10) for text in DIGITS[digit]] + list(STRANGE.values())
    assert len(made.form_at) == len(texts) + 1
    assert np.diff(made.label_at).tolist() == [*(len(DIGITS[digit]) for digit in range(10)), len(STRANGE)]
    assert made.stroke_at[-1] == len(made.points)
    for number, text in enumerate(texts):
        strokes = range(made.form_at[number], made.form_at[number + 1])
        assert len(strokes) == text.count("|") + 1
        points = made.points[made.stroke_at[strokes[0]] : made.stroke_at[strokes[-1] + 1]]
        assert len(points) == text.count(",") + text.count("!")
        # As tall as it is long to within what a person would write, and some of it at the top and at the bottom.
        assert np.ptp(points[:, 0]) == pytest.approx(1, abs=0.55)
        assert np.diff(made.stroke_at[strokes[0] : strokes[-1] + 2]).min() >= 2
    bar = made.points[made.stroke_at[made.form_at[made.label_at[1]]] :][:2]
    np.testing.assert_allclose(bar, [[0, 0], [1, 0]])


def variants(strokes: list[list[tuple[float, float]]]) -> list[list[np.ndarray]]:
    """Return strokes turned, slanted and stretched a little, nine ways."""
    made = []
    for turn in (-0.12, 0.0, 0.12):
        for slant, stretch in ((0.0, 1.0), (0.2, 0.9), (-0.1, 1.2)):
            turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
            matrix = turned @ [[stretch, slant], [0, 1]]
            made.append([np.asarray(stroke) @ matrix.T for stroke in strokes])
    return made


ROUND = np.linspace(0, 2 * np.pi, 60)

#: Signs that the training does not draw.
UNSEEN = {
    "star": [[(np.sin(4 * np.pi * k / 5), -np.cos(4 * np.pi * k / 5)) for k in range(6)]],
    "hash": [[(3, 0), (2, 10)], [(7, 0), (6, 10)], [(0, 3), (10, 3)], [(0, 7), (9, 7)]],
    "tree": [[(0, 7), (5, 0), (10, 7), (0, 7)], [(4, 7), (4, 10), (6, 10), (6, 7)]],
    "umbrella": [[(0, 5), (2, 1), (5, 0), (8, 1), (10, 5), (0, 5)], [(5, 5), (5, 9), (4, 10), (3, 9)]],
    "window": [[(0, 0), (9, 0), (9, 10), (0, 10), (0, 0)], [(4.5, 0), (4.5, 10)], [(0, 5), (9, 5)]],
    "sun": [
        list(zip(3 * np.cos(ROUND), 3 * np.sin(ROUND), strict=True)), [(0, -4), (0, -7)], [(4, 0), (7, 0)],
        [(0, 4), (0, 7)], [(-4, 0), (-7, 0)],
    ],
    "zigzag": [[(0, 0), (3, 9), (6, 0), (9, 9), (12, 0), (15, 9)]],
    "infinity": [list(zip(10 * np.cos(ROUND), 5 * np.sin(2 * ROUND), strict=True))],
    "N": [[(0, 10), (0, 0), (6, 10), (6, 0)]],
    "W": [[(0, 0), (3, 10), (6, 2), (9, 10), (12, 0)]],
    "asterisk": [[(0, 5), (10, 5)], [(2, 0), (8, 10)], [(8, 0), (2, 10)]],
    "at": [[(6, 4), (4, 4), (4, 7), (6, 7), (6, 4), (7, 7), (9, 6), (9, 2), (5, 0), (1, 2), (1, 8), (5, 10), (9, 9)]],
}  # fmt: skip


def test_signs_that_it_never_saw_are_not_taken_for_digits():
    spec, parameters, metadata = load_bundled()
    reader = DigitReader(spec, parameters, Limits.of(metadata))
    sure = {}
    for name, strokes in UNSEEN.items():
        readings = [read_drawing(variant) for variant in variants(strokes)]
        said = [reader.answer(reading).headline.rstrip() for reading in readings]
        sure[name] = float(np.mean([word.isdigit() for word in said]))
    assert np.mean(list(sure.values())) <= 0.15, sure


@pytest.mark.slow
def test_what_is_drawn_fits_the_box_of_mnist_and_is_never_the_same_twice():
    from nnviz.training.digit_model import Hand, Recipe

    test = load_mnist().test
    label = np.arange(1000, dtype=np.int32) % 10
    x = test.x[:1000]
    images, labels = Hand(x, label, Recipe(drawn=1.0, strange=0.0)).epoch(1)
    assert NO_DIGIT not in labels
    assert len(np.unique(images, axis=0)) == len(images)
    for image in images.reshape(-1, 28, 28):
        top, left, bottom, right = bounding_box(image) or (0, 0, 0, 0)
        assert image.max() == pytest.approx(1)
        assert 19 <= max(bottom - top, right - left) <= 20
    # Digits of one kind are nearer to their mean than to the others', most of them.
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])
    away = ((images[:, None] - means) ** 2).sum(axis=2)
    assert (away.argmin(axis=1) == labels).mean() > 0.6
    strange, none = Hand(x, label, Recipe(drawn=0.0, strange=1.0)).epoch(1)
    assert (none == NO_DIGIT).all()
    assert strange.max(axis=1).min() > 0.99
