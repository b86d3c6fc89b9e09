"""Dashes against arithmetic on a straight line, and against the length of a crooked one."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.picture.dashes import cut_into_dashes


def test_a_straight_line_has_dashes_and_gaps_of_the_lengths_asked_for() -> None:
    x, y = cut_into_dashes(np.array([0.0, 20.0]), np.array([3.0, 3.0]), (1.0, 1.0), 4.0, 3.0)
    np.testing.assert_allclose(x.reshape(-1, 2), [[0, 4], [7, 11], [14, 18]])
    np.testing.assert_array_equal(y, 3.0)


def test_lengths_are_those_in_pixels() -> None:
    x, y = cut_into_dashes(np.array([0.0, 1.0]), np.array([0.0, 2.0]), (30.0, 20.0), 10.0, 5.0)  # 50 pixels long
    ends = np.stack((x * 30, y * 20), axis=1).reshape(-1, 2, 2)
    np.testing.assert_allclose(np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1), [10, 10, 10, 5])
    np.testing.assert_allclose(np.linalg.norm(ends[1:, 0] - ends[:-1, 1], axis=1), 5)


@pytest.mark.parametrize("seed", range(4))
def test_a_dash_goes_round_corners_and_all_pieces_lie_on_the_line(seed: int) -> None:
    random = np.random.default_rng(seed)
    line_x, line_y = np.cumsum(random.random(200)), random.normal(size=200)
    x, y = cut_into_dashes(line_x, line_y, (1.0, 1.0), 4.0, 3.0)
    np.testing.assert_allclose(y, np.interp(x, line_x, line_y), atol=1e-9)
    whole = np.hypot(np.diff(line_x), np.diff(line_y)).sum()
    inked = np.hypot(x[1::2] - x[::2], y[1::2] - y[::2]).sum()
    assert inked == pytest.approx(whole // 7 * 4 + min(whole % 7, 4))


def test_nothing_is_drawn_across_a_gap_or_of_a_point() -> None:
    x, _ = cut_into_dashes(np.array([0.0, 1, 2, 3, 4]), np.array([0.0, 0, np.nan, 0, 0]), (1.0, 1.0), 4.0, 3.0)
    np.testing.assert_allclose(x.reshape(-1, 2), [[0, 1], [3, 4]])
    for points in ([], [1.0], [1.0, 1.0]):
        assert len(cut_into_dashes(np.array(points), np.array(points), (1.0, 1.0), 4.0, 3.0)[0]) == 0
