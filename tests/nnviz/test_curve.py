"""The smooth line through a pen's points, held against circles and straight lines."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnviz.data.curve import CurvePen, curve_between
from nnviz.data.drawing import Drawing


def line_of(points: np.ndarray, width: float = 24.0) -> np.ndarray:
    """Return the whole line through points, (n, 2)."""
    pen = CurvePen((*points[0], width))
    made: list[tuple[float, float, float]] = [(*points[0], width)]
    tail: list[tuple[float, float, float]] = []
    for x, y in points[1:]:
        certain, tail = pen.add((x, y, width))
        made += certain
    return np.array(made + tail)[:, :2]


def circle(count: int, radius: float = 90.0) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, count + 1)
    return 140 + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.mark.parametrize(("count", "allowed"), [(8, 3.0), (12, 1.0), (24, 0.4)])
def test_a_circle_of_few_points_is_round(count: int, allowed: float) -> None:
    points = circle(count)
    line = line_of(points)
    # Points between those of the line, as the pen paints them.
    fine = np.concatenate([a + np.linspace(0, 1, 9)[:, None] * (b - a) for a, b in itertools.pairwise(line)])
    off = np.abs(np.hypot(*(fine - 140).T) - 90)
    chords = 90 * (1 - np.cos(np.pi / count))  # by how much straight lines between the points are off
    inner = slice(len(fine) // count, -len(fine) // count)  # the ends have no neighbour to tell where it goes
    assert off[inner].max() < allowed
    assert off[inner].max() < 0.45 * chords + 0.3


def test_the_line_goes_through_every_point() -> None:
    points = np.array([[10, 10], [60, 25], [90, 80], [40, 120], [200, 200]], float)
    line = line_of(points)
    for point in points:
        assert np.hypot(*(line - point).T).min() < 1e-9


def test_straight_lines_and_sharp_corners_stay_what_they_are() -> None:
    straight = np.array([[0, 0], [30, 30], [90, 90]], float)
    np.testing.assert_allclose(line_of(straight), straight)
    seven = np.array([[40, 40], [220, 40], [120, 240]], float)
    np.testing.assert_allclose(line_of(seven), seven)


def test_the_width_changes_evenly_and_points_on_one_another_do_no_harm() -> None:
    made = curve_between((0, 0, 10), (0, 40, 10), (40, 80, 30), (80, 80, 30))
    assert made[-1] == (40, 80, 30)
    widths = [point[2] for point in made]
    assert len(widths) > 2
    np.testing.assert_allclose(np.diff([10, *widths]), 20 / len(widths))
    pen = CurvePen((5, 5, 10))
    assert pen.add((5, 5, 10)) == ([], [])
    certain, tail = pen.add((6, 5, 10))
    assert (certain, tail) == ([], [(6, 5, 10)])


def test_the_end_of_a_line_is_taken_back_or_kept() -> None:
    drawing, plain = Drawing(), Drawing()
    drawing.begin(40, 40)
    drawing.set_tail([(100, 60, 24), (200, 40, 24)])
    assert drawing.ink[40, 195] > 0
    drawing.extend(40, 200)
    plain.begin(40, 40)
    plain.extend(40, 200)
    np.testing.assert_array_equal(drawing.ink, plain.ink)  # nothing is left of it
    drawing.set_tail([(200, 200, 24)])
    drawing.end()
    plain.extend(200, 200)
    plain.end()
    np.testing.assert_array_equal(drawing.ink, plain.ink)
    np.testing.assert_array_equal(drawing.strokes[0], plain.strokes[0])


def test_a_mark_given_up_leaves_nothing_and_forgetting_leaves_no_way_back() -> None:
    drawing = Drawing()
    drawing.begin(40, 40)
    drawing.extend(200, 40)
    drawing.end()
    before = drawing.ink.copy()
    drawing.begin(40, 100)
    drawing.extend(200, 50)
    drawing.set_tail([(220, 220, 24)])
    assert drawing.cancel()
    np.testing.assert_array_equal(drawing.ink, before)
    assert len(drawing.strokes) == 1
    assert not drawing.cancel()
    drawing.undo()
    drawing.redo()
    drawing.forget()
    assert drawing.is_empty
    assert not drawing.can_undo
    assert not drawing.can_redo
