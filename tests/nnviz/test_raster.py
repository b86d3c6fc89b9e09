"""The compiled rasteriser against the one in NumPy, lines near a point against a loop, the cache of compiled code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nnviz.picture import raster, raster_numpy
from nnviz.picture.colors import LIGHT_DATA
from nnviz.picture.edges import DECADES, dense_style, edge_style, floor_of, share_of
from nnviz.picture.focus import focused, touches
from nnviz.picture.hits import LineFinder
from nnviz.picture.refs import EdgeRef, UnitRef


def some_lines(seed: int, count: int, width: int, height: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    lines = np.stack([
        rng.uniform(-40, width / 2, count), rng.uniform(-60, height + 60, count),
        rng.uniform(width / 3, width + 40, count), rng.uniform(-60, height + 60, count),
    ], axis=1).astype(np.float32)
    return lines, rng.uniform(-1, 1, count).astype(np.float32), rng.uniform(0.3, 6, count).astype(np.float32)


@pytest.mark.parametrize("dashed", [False, True])
@pytest.mark.parametrize("size", [(150, 90), (64, 40), (201, 7)])
def test_compiled_and_numpy_draw_the_same(size: tuple[int, int], dashed: bool) -> None:
    lines, strength, widths = some_lines(3, 120, *size)
    args = (lines, strength, widths, *size, LIGHT_DATA.blame)
    away = np.abs(raster.rasterise(*args, dashed=dashed, ratio=1.5).astype(int)
                  - raster_numpy.rasterise(*args, dashed=dashed, ratio=1.5))
    # Where a dash ends by a rounding error sooner, a pixel differs; else by the rounding of a colour.
    assert (away > 2).mean() < 1e-3
    assert away.mean() < 0.2


def test_threads_that_are_busy_hold_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    args = (*some_lines(8, 200, 600, 90), 600, 90, LIGHT_DATA.signal)
    wanted = raster_numpy.rasterise(*args)
    go_on = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(go_on.wait, 20)
        monkeypatch.setattr(raster, "_THREADS", 2)
        monkeypatch.setattr(raster, "_threads", lambda: pool)
        made = raster.rasterise(*args)
        assert not go_on.is_set()  # it did not wait for the thread
        go_on.set()
    assert (np.abs(made.astype(int) - wanted) > 2).mean() < 1e-3


def test_lines_that_are_no_numbers_are_left_out() -> None:
    lines = np.array([[0, 5, 30, 5], [np.nan, 1, 30, 2], [0, np.inf, 30, 3]], np.float32)
    one = raster.rasterise(lines[:1], np.ones(1, np.float32), np.ones(1, np.float32), 30, 10, LIGHT_DATA.signal)
    all_of_them = raster.rasterise(lines, np.ones(3, np.float32), np.ones(3, np.float32), 30, 10, LIGHT_DATA.signal)
    assert np.array_equal(one, all_of_them)


def test_what_was_in_the_picture_is_replaced() -> None:
    lines, strength, widths = some_lines(4, 80, 100, 50)
    dirty = np.full((50, 100, 4), 77, np.uint8)
    raster.rasterise(lines, strength, widths, 100, 50, LIGHT_DATA.signal, out=dirty)
    assert np.array_equal(dirty, raster.rasterise(lines, strength, widths, 100, 50, LIGHT_DATA.signal))
    with pytest.raises(ValueError, match=r"\(50, 100, 4\)"):
        raster.rasterise(lines, strength, widths, 100, 50, LIGHT_DATA.signal, out=dirty[:, :50])


def test_lines_near_a_point_are_those_of_a_loop() -> None:
    lines, _, _ = some_lines(5, 200, 300, 200)
    lines[7] = (50, 60, 50, 60)  # a point
    finder = LineFinder(lines)

    def distance(line: np.ndarray, x: float, y: float) -> float:
        # Many points of the segment, and the nearest of them.
        along = np.linspace(0, 1, 4001)[:, None]
        points = line[:2] + along * (line[2:] - line[:2])
        return float(np.hypot(points[:, 0] - x, points[:, 1] - y).min())

    for x, y in np.random.default_rng(6).uniform(0, 200, (20, 2)):
        away = np.array([distance(line.astype(float), x, y) for line in lines])
        near, found = finder.near(x, y, 9.0)
        sure = np.flatnonzero(away < 8.9)
        assert set(sure) <= set(near) <= set(np.flatnonzero(away < 9.1))
        assert found == pytest.approx(away[near], abs=0.1)
    assert 7 in finder.near(50, 61, 2.0)[0]


def test_logarithm_makes_equal_ratios_equal_steps() -> None:
    values = np.array([1.0, -0.1, 0.01, -1e-3, 1e-4, 1e-7, 0.0])
    log, linear = share_of(values, 1.0, "log"), share_of(values, 1.0)
    assert np.diff(log[: DECADES + 1]) == pytest.approx(-1 / DECADES)
    assert log[DECADES + 1 :].tolist() == [0, 0]
    assert log[2] > linear[2]
    for mapping in ("linear", "log"):
        strength, widths = edge_style(values[:4], 1.0, mapping=mapping)
        assert np.all(np.diff(np.abs(strength)) < 0)
        assert np.all(np.diff(widths) < 0)
    assert floor_of(2.0, 0.0) == 0
    assert floor_of(2.0, 0.25) == floor_of(2.0, 0.25, "log") == 0.5
    assert floor_of(2.0, 0.0, "log") == pytest.approx(2.0 * 10**-DECADES)


def test_the_more_edges_the_fainter_the_weak_ones() -> None:
    rng = np.random.default_rng(0)
    few, many = rng.uniform(0, 1, 4000), rng.uniform(0, 1, 400_000)
    styles = [dense_style(shares.astype(np.float32), 500.0) for shares in (few, many)]
    for weak in (0.2, 0.5):
        alpha = [np.abs(edge_style(np.array([weak, 1.0]), 1.0, dense=style)[0]) for style in styles]
        assert alpha[1][0] < alpha[0][0]
        assert alpha[1][1] > alpha[1][0]


def test_focus_is_what_touches_it() -> None:
    focus = {UnitRef(1, 4), EdgeRef(1, 0, 2), UnitRef(2, 1)}
    sources, units = np.arange(6)[:, None], np.arange(5)[None, :]
    into_first = {(s, u) for s in range(6) for u in range(5) if u == 4 or (s, u) == (0, 2)}
    into_second = {(s, u) for s in range(6) for u in range(5) if s == 4 or u == 1}
    for layer, wanted in ((0, into_first), (1, into_second)):
        assert set(zip(*np.nonzero(focused(focus, layer, sources, units)), strict=True)) == wanted
    assert touches(focus, 2)
    assert not touches(focus, 3)
    assert focused(frozenset(), 3, sources, units).all()


CODE = (
    "import numpy as np, sys; from nnviz.picture import raster, colors; "
    "p = raster.rasterise(np.array([[0,5,20,5]],'f4'), np.ones(1,'f4'), np.ones(1,'f4'), 20, 10,"
    " colors.LIGHT_DATA.signal); print(int((p[...,3]>0).sum()))"
)


def drawn_with(folder: Path) -> int:
    env = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA")}
    env |= {"XDG_CACHE_HOME": str(folder), "HOME": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.slow
def test_damaged_cache_is_compiled_anew(tmp_path: Path) -> None:
    assert drawn_with(tmp_path) == 40
    files = sorted(tmp_path.rglob("raster.*.nb[ic]"))
    assert {path.suffix for path in files} == {".nbi", ".nbc"}
    whole = {path: path.read_bytes() for path in files}
    for damage in (lambda data: data[: len(data) // 2], lambda data: b"\0" * len(data)):
        for path in files:
            path.write_bytes(damage(whole[path]))
        assert drawn_with(tmp_path) == 40
        for path in files:
            assert len(path.read_bytes()) == pytest.approx(len(whole[path]), rel=0.2)
    listed = json.loads(next(tmp_path.rglob("raster.sha256.json")).read_text())
    assert len(listed["files"]) == len(files)
    next(tmp_path.rglob("raster.sha256.json")).write_text("no list")
    assert drawn_with(tmp_path) == 40
