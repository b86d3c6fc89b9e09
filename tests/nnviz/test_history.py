"""History, smoothing and decimation, against plain Python."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.training.history import History, Smoother, min_max_decimate
from nnviz.training.records import EpochRecord, StepRecords


def _records(first: int, count: int, layers: int = 2, epoch: int = 1) -> StepRecords:
    rng = np.random.default_rng(first)
    draw = lambda *shape: rng.random(shape, np.float32)  # noqa: E731
    return StepRecords(1, first, epoch, draw(count), draw(count), draw(count, layers), draw(count, layers))


def test_columns_hold_what_was_appended_however_it_came() -> None:
    history, parts, first = History(2), [], 1
    for count in (1, 3, 1000, 1, 2500):
        parts.append(_records(first, count))
        history.append(parts[-1])
        first += count
    assert len(history) == 3505
    np.testing.assert_array_equal(history.step, np.arange(1, 3506))
    np.testing.assert_array_equal(history.loss, np.concatenate([part.loss for part in parts]))
    np.testing.assert_array_equal(history.kernel_rms, np.concatenate([part.kernel_rms for part in parts]))
    np.testing.assert_array_equal(history.bias_rms, np.concatenate([part.bias_rms for part in parts]))
    assert history.bias_rms.shape == (3505, 2)


def test_views_are_read_only_and_keep_what_they_showed() -> None:
    history = History(2)
    history.append(_records(1, 10))
    seen = history.loss
    kept = seen.copy()
    with pytest.raises(ValueError, match="read-only"):
        seen[0] = 1
    for first in range(11, 5000, 100):
        history.append(_records(first, 100))
    history.clear()
    np.testing.assert_array_equal(seen, kept)
    assert len(history) == 0
    assert history.epochs == ()


def test_records_of_another_network_or_out_of_order_are_refused() -> None:
    history = History(2)
    history.append(_records(1, 10))
    with pytest.raises(SpecError, match="2 layers, got 3"):
        history.append(_records(11, 1, layers=3))
    with pytest.raises(SpecError, match="follow step 10, got 10"):
        history.append(_records(10, 1))


@pytest.mark.parametrize("time_constant", [0.3, 5.0, 50.0, 1e6])
def test_smoothing_equals_the_recursion_in_any_pieces(time_constant: float) -> None:
    x = np.random.default_rng(2).normal(3, 1, 700)
    beta = math.exp(-1 / time_constant)
    mean, expected = 0.0, []
    for t, value in enumerate(x, start=1):
        mean = beta * mean + (1 - beta) * value
        expected.append(mean / (1 - beta**t))
    smoother = Smoother(time_constant)
    out = [smoother.feed(part) for part in np.split(x, [1, 2, 50, 450])]
    np.testing.assert_allclose(np.concatenate(out), expected, rtol=1e-5)


def _decimate_slowly(x, y, first, last, columns):  # type: ignore[no-untyped-def]
    chosen = []
    for column in range(columns):
        left = first + (last - first) * column / columns
        right = first + (last - first) * (column + 1) / columns
        inside = [
            i for i in range(len(x))
            if left <= x[i] and not math.isnan(y[i])
            and (x[i] < right or (column == columns - 1 and x[i] <= last))
        ]  # fmt: skip
        if inside:
            extremes = {min(inside, key=lambda i: y[i]), max(inside, key=lambda i: y[i])}
            if len(inside) == 2:  # two points are both kept, equal or not
                extremes = set(inside)
            chosen += sorted(extremes)
    return chosen


@pytest.mark.parametrize("seed", range(12))
def test_decimation_equals_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 400))
    x = np.sort(rng.integers(0, 300, count)) if seed % 2 else np.sort(rng.uniform(0, 300, count))
    y = np.round(rng.normal(size=count), 1).astype(np.float32)  # rounded: ties
    y[rng.random(count) < 0.1 * (seed % 3)] = np.nan
    first, last, columns = 20.0, 260.5, int(rng.integers(1, 60))
    expected = _decimate_slowly(x, y, first, last, columns)
    got_x, got_y = min_max_decimate(x, y, first, last, columns)
    np.testing.assert_array_equal(got_x, x[expected])
    np.testing.assert_array_equal(got_y, y[expected])


def test_a_million_points_keep_their_one_peak() -> None:
    y = np.zeros(1_000_000, np.float32)
    y[123_456] = 5
    x, kept = min_max_decimate(np.arange(1_000_000), y, 0, 999_999, 800)
    assert len(x) <= 1600
    assert x[kept.argmax()] == 123_456
    assert kept.max() == 5


def test_decimation_of_nothing_and_of_a_wrong_range() -> None:
    assert len(min_max_decimate(np.arange(5), np.full(5, np.nan), 0, 4, 10)[0]) == 0
    assert len(min_max_decimate(np.arange(5), np.ones(5), 10, 20, 10)[0]) == 0
    with pytest.raises(SpecError, match="first < last"):
        min_max_decimate(np.arange(5), np.ones(5), 3, 3, 10)


def test_csv_reads_back_exactly(tmp_path: Path) -> None:
    history = History(2)
    history.append(_records(1, 20))
    history.append_epoch(EpochRecord(1, 1, 20, 0.5, 0.75, 0.625, 0.8, 1.0))
    history.append(_records(21, 5, epoch=2))
    path = tmp_path / "run.csv"
    history.to_csv(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == list(range(1, 26))
    assert [int(row["epoch"]) for row in rows] == [1] * 20 + [2] * 5
    np.testing.assert_array_equal(np.array([row["loss"] for row in rows], np.float32), history.loss)
    gradients = np.array([row["kernel_gradient_rms_2"] for row in rows], np.float32)
    np.testing.assert_array_equal(gradients, history.kernel_rms[:, 1])
    assert [row["validation_loss"] for row in rows] == [""] * 19 + ["0.625"] + [""] * 5
