"""The edge rasteriser against lines drawn by brute force, and the choice of the strongest against a sort."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnviz.picture.colors import Diverging
from nnviz.picture.edges import edge_style, rasterise, top_k

PALETTE = Diverging((255, 0, 0), (128, 128, 128), (0, 0, 255))


def draw(lines, strength, widths, size=(60, 40), dashed=False):
    return rasterise(
        np.array(lines, np.float32).reshape(-1, 4), np.array(strength, np.float32),
        np.array(widths, np.float32), *size, PALETTE, dashed=dashed,
    )


def brute_coverage(line, width, size, samples=8):
    """Return the share of each pixel within width / 2 of the segment's line, by supersampling."""
    w, h = size
    x = (np.arange(w * samples) + 0.5) / samples
    y = (np.arange(h * samples) + 0.5) / samples
    gx, gy = np.meshgrid(x, y)
    x0, y0, x1, y1 = line
    length = np.hypot(x1 - x0, y1 - y0)
    away = np.abs((gx - x0) * (y1 - y0) - (gy - y0) * (x1 - x0)) / length
    inside = (away <= width / 2) & (gx >= min(x0, x1)) & (gx <= max(x0, x1))
    return inside.reshape(h, samples, w, samples).mean(axis=(1, 3))


@pytest.mark.parametrize("line", [(0, 5, 60, 35), (0, 20.3, 60, 20.3), (0, 38, 60, 3), (0, 10, 60, 12)])
@pytest.mark.parametrize("width", [1.0, 2.0, 3.5])
def test_coverage_is_that_of_the_line(line, width) -> None:
    alpha = draw([line], [1.0], [width])[..., 3] / 255
    wanted = brute_coverage(line, width, (60, 40))
    # Each column is covered as a box instead of exactly; the ink of a column must be right all the same.
    assert np.abs(alpha[:, 2:-2].sum(axis=0) - wanted[:, 2:-2].sum(axis=0)).max() < 0.12
    assert np.abs(alpha - wanted)[:, 2:-2].max() < 0.5


def test_sign_chooses_the_colour_and_magnitude_the_opacity() -> None:
    blue = draw([(0, 10.5, 60, 10.5)], [0.8], [1])[10, 30]
    red = draw([(0, 10.5, 60, 10.5)], [-0.4], [1])[10, 30]
    assert blue.tolist() == [204, 0, 0, 204]  # premultiplied blue, green, red, alpha
    assert red.tolist() == [0, 0, 102, 102]


def test_order_of_lines_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    lines = np.stack([np.zeros(200), rng.uniform(0, 40, 200), np.full(200, 60), rng.uniform(0, 40, 200)], axis=1)
    strength, widths = rng.uniform(-1, 1, 200), rng.uniform(0.5, 3, 200)
    order = rng.permutation(200)
    a = draw(lines, strength, widths)
    b = draw(lines[order], strength[order], widths[order])
    assert np.abs(a.astype(int) - b).max() <= 1
    backwards = lines[:, [2, 3, 0, 1]]
    assert np.abs(a.astype(int) - draw(backwards, strength, widths)).max() <= 1


def test_negative_lines_are_dashed_and_positive_are_not() -> None:
    line = [(0, 20.5, 60, 20.5)]
    negative = draw(line, [-1.0], [1], dashed=True)[20, :, 3]
    positive = draw(line, [1.0], [1], dashed=True)[20, :, 3]
    assert positive.min() == 255
    assert (negative == 0).sum() > 10
    assert (negative == 255).sum() > 20


def test_lines_outside_are_cut() -> None:
    picture = draw([(-500, -100, 600, 120), (-10, -50, -1, 80), (70, 0, 90, 30)], [1, 1, 1], [2, 2, 2])
    assert picture[..., 3].any()
    assert draw([(-10, -50, -1, 80)], [1], [2])[..., 3].sum() == 0


def test_many_lines_in_strips_equal_few_at_a_time() -> None:
    rng = np.random.default_rng(1)
    lines = np.stack([np.zeros(100), rng.uniform(0, 40, 100), np.full(100, 60), rng.uniform(0, 40, 100)], axis=1)
    whole = draw(lines, np.full(100, 0.5), np.full(100, 1.5))[..., 3] / 255
    left = np.ones((40, 60))
    for line in lines:
        left *= 1 - draw([line], [0.5], [1.5])[..., 3] / 255
    assert np.abs(whole - (1 - left)).max() < 0.03


def test_top_k_is_the_head_of_a_sort() -> None:
    values = np.random.default_rng(2).normal(size=(30, 20)).astype(np.float32)
    values[3, 4], values[5, 6] = np.nan, 0
    rows, columns, chosen = top_k(values, 50)
    wanted = sorted((abs(v) for v in values.ravel() if np.isfinite(v) and v != 0), reverse=True)[:50]
    assert sorted(np.abs(chosen).tolist(), reverse=True) == pytest.approx(wanted)
    assert np.array_equal(values[rows, columns], chosen)
    assert np.all(np.diff(np.abs(chosen)) >= 0), "the strongest must come last, to be drawn on top"
    assert len(top_k(values, None)[2]) == 598
    assert len(top_k(values, 0)[2]) == 0


def test_style_grows_with_magnitude() -> None:
    values = np.array([-1.0, -0.1, 0.2, 1.0], np.float32)
    strength, width = edge_style(values, 1.0)
    assert np.array_equal(np.sign(strength), np.sign(values))
    assert abs(strength[0]) == strength[3] > strength[2] > abs(strength[1])
    assert width[3] > width[2] > width[1]


def test_read_only_cache_does_not_cost_the_picture(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    code = (
        "import numpy as np; from nnviz.picture import edges, colors; "
        "p = edges.rasterise(np.array([[0,5,20,5]],'f4'), np.ones(1,'f4'), np.ones(1,'f4'), 20, 10,"
        " colors.LIGHT_DATA.signal); print(int((p[...,3]>0).sum()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120,
        env={"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(blocked), "HOME": str(blocked)}, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 20
