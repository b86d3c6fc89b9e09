"""The pen, against an oracle that counts points inside the stroke."""

import numpy as np
import pytest

from nnviz.data.pen import MARGIN, PEN_WIDTH, fit_strokes, paint_segment, paint_stroke, paint_strokes, union

SUB = 12  # sampling points to a side of a pixel


def capsule(shape, x0, y0, x1, y1, width):
    """Share of each pixel that lies within width / 2 of the segment, by counting sampling points."""
    height, wide = shape
    y = (np.arange(height * SUB) + 0.5)[:, None] / SUB
    x = (np.arange(wide * SUB) + 0.5)[None, :] / SUB
    steps = 400
    best = np.full((height * SUB, wide * SUB), np.inf)
    for t in np.linspace(0, 1, steps):
        best = np.minimum(best, (x - x0 - t * (x1 - x0)) ** 2 + (y - y0 - t * (y1 - y0)) ** 2)
    inside = best <= (width / 2) ** 2
    return inside.reshape(height, SUB, wide, SUB).mean(axis=(1, 3))


@pytest.mark.parametrize(("ends", "width"), [
    ((8.3, 9.1, 25.7, 22.4), 9.0), ((5, 16, 27, 16), 6.0), ((16.5, 4.2, 16.5, 28.0), 4.5),
    ((16.2, 15.7, 16.2, 15.7), 13.0), ((25, 8, 7, 26), 2.0),
])  # fmt: skip
def test_coverage_is_the_covered_area(ends, width):
    ink = np.zeros((32, 34), np.uint8)
    paint_segment(ink, *ends, width)
    error = np.abs(ink / 255 - capsule(ink.shape, *ends, width))
    assert error.max() < 0.13  # the distance of the centre is the area to first order
    assert error.mean() < 0.006
    assert abs(ink.sum() / 255 / capsule(ink.shape, *ends, width).sum() - 1) < 0.02


def test_only_the_returned_rectangle_changes():
    ink = np.zeros((60, 70), np.uint8)
    left, top, right, bottom = paint_segment(ink, 20, 25, 33, 30, 7)
    outside = ink.copy()
    outside[top:bottom, left:right] = 0
    assert not outside.any()
    assert (right - left) < 24
    assert (bottom - top) < 17


def test_overlap_takes_the_maximum():
    both, first, second = (np.zeros((50, 50), np.uint8) for _ in range(3))
    paint_segment(first, 10, 10, 40, 40, 8)
    paint_segment(second, 40, 10, 10, 40, 8)
    paint_segment(both, 10, 10, 40, 40, 8)
    paint_segment(both, 40, 10, 10, 40, 8)
    np.testing.assert_array_equal(both, np.maximum(first, second))


def test_direction_does_not_matter():
    there, back = np.zeros((50, 50), np.uint8), np.zeros((50, 50), np.uint8)
    paint_segment(there, 11.25, 8.5, 39, 41, 8)
    paint_segment(back, 39, 41, 11.25, 8.5, 8)
    assert np.abs(there.astype(int) - back).max() <= 1


def test_the_eraser_takes_away_what_it_covers():
    ink = np.full((50, 50), 255, np.uint8)
    paint_segment(ink, 10, 25, 40, 25, 10, erase=True)
    painted = np.zeros((50, 50), np.uint8)
    paint_segment(painted, 10, 25, 40, 25, 10)
    np.testing.assert_array_equal(ink, 255 - painted)


@pytest.mark.parametrize("ends", [(-90, -90, -80, -80), (500, 5, 600, 5), (1e12, 1e12, 1e12, 1e12)])
def test_nothing_is_painted_outside(ends):
    ink = np.zeros((40, 40), np.uint8)
    left, _, right, _ = paint_segment(ink, *ends, 10)
    assert right <= left
    assert not ink.any()


def test_a_stroke_that_leaves_the_paper_is_cut():
    small, large = np.zeros((40, 40), np.uint8), np.zeros((140, 140), np.uint8)
    paint_segment(small, -20, 10, 60, 30, 9)
    paint_segment(large, 30, 60, 110, 80, 9)
    assert np.abs(small.astype(int) - large[50:90, 50:90]).max() <= 1


@pytest.mark.parametrize(
    "bad", [(np.nan, 0, 1, 1, 5), (0, 0, np.inf, 1, 5), (0, 0, 1, 1, 0), (0, 0, 1, 1, -2)]
)
def test_impossible_segments_are_refused(bad):
    with pytest.raises(ValueError, match="finite ends and a width above 0"):
        paint_segment(np.zeros((9, 9), np.uint8), *bad)


def test_one_point_paints_a_dot_and_none_nothing():
    ink = np.zeros((30, 30), np.uint8)
    assert paint_stroke(ink, np.zeros((0, 2))) == (0, 0, 0, 0)
    assert not ink.any()
    paint_stroke(ink, np.array([[15.0, 15.0]]), 10)
    assert ink.sum() / 255 == pytest.approx(np.pi * 25, rel=0.02)


def test_union_ignores_empty_rectangles():
    assert union((0, 0, 0, 0), (1, 2, 3, 4)) == (1, 2, 3, 4)
    assert union((1, 2, 3, 4), (9, 9, 9, 9)) == (1, 2, 3, 4)
    assert union((1, 2, 3, 4), (0, 3, 2, 9)) == (0, 2, 3, 9)


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e5])
def test_strokes_of_any_unit_fill_the_paper_inside_its_margins(unit):
    strokes = [np.array([[3.0, 5], [9, 5]]) * unit, np.array([[6.0, 4], [5, 16]]) * unit]
    points = np.concatenate(fit_strokes(strokes, 280))
    low, high = points.min(axis=0), points.max(axis=0)
    assert (high - low).max() == pytest.approx(280 * (1 - 2 * MARGIN))
    np.testing.assert_allclose((low + high) / 2, 140)
    np.testing.assert_allclose((high - low)[0] / (high - low)[1], 6 / 12)


def test_the_size_of_the_canvas_does_not_change_the_picture():
    strokes = [np.array([[0.0, 0], [10, 0], [4, 20]])]
    small, large = paint_strokes(strokes, 140), paint_strokes(strokes, 280)
    halved = large.reshape(140, 2, 140, 2).mean(axis=(1, 3))
    assert np.abs(halved - small).max() < 45
    assert np.abs(halved - small).mean() < 1


def test_a_dot_alone_and_no_strokes():
    area = paint_strokes([np.array([[7.0, 7.0]])]).sum() / 255
    assert area == pytest.approx(np.pi * PEN_WIDTH**2 / 4, rel=0.02)
    assert not paint_strokes([]).any()
    assert not paint_strokes([np.zeros((0, 2))]).any()
