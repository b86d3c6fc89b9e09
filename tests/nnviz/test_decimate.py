"""Decimation against a loop over columns; smoothing against its formula; ticks against their rules."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnviz.picture.decimate import min_max_decimate
from nnviz.picture.peaks import Peaks
from nnviz.picture.smoothing import exponential_average
from nnviz.picture.ticks import (
    linear_ticks,
    log_ticks,
    percent,
    scientific,
    significant,
    step_text,
    with_step,
)


def brute_force(x, y, low, high, columns):
    """Look at every column by itself, point by point."""
    out = []
    inside = [i for i in range(len(x)) if low <= x[i] <= high]
    before = [i for i in range(len(x)) if x[i] < low][-1:]
    after = [i for i in range(len(x)) if x[i] > high][:1]
    out += [(x[i], y[i]) for i in before]
    members = {}
    for i in inside:
        column = min(math.floor((x[i] - low) / (high - low) * columns), columns - 1)
        members.setdefault(column, []).append(i)
    for column in sorted(members):
        good = [i for i in members[column] if math.isfinite(y[i])]
        if not good:
            out.append((x[members[column][0]], math.nan))
            continue
        smallest = min(good, key=lambda i: (y[i], i))
        largest = min(good, key=lambda i: (-y[i], i))
        out += [(x[i], y[i]) for i in sorted({smallest, largest})]
    out += [(x[i], y[i] if math.isfinite(y[i]) else math.nan) for i in after]
    return np.asarray(out, dtype=float).reshape(-1, 2)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("missing", [0.0, 0.1, 0.9])
def test_decimation_equals_brute_force(seed, missing):
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 600))
    # Whole numbers and 64 columns over 256: every border is exact, so the oracle may use the plain formula.
    x = np.sort(random.integers(-50, 320, n)).astype(float)
    y = random.integers(-5, 6, n).astype(float)
    y[random.random(n) < missing] = random.choice([np.nan, np.inf, -np.inf])
    px, py = min_max_decimate(x, y, 0.0, 256.0, 64)
    expected = brute_force(x, y, 0.0, 256.0, 64)
    if len(expected):
        expected[~np.isfinite(expected[:, 1]), 1] = np.nan
    np.testing.assert_array_equal(px, expected[:, 0])
    np.testing.assert_array_equal(py, expected[:, 1])


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_a_long_curve_that_grows_is_decimated_as_if_every_point_were_looked_at(seed, positive):
    random = np.random.default_rng(seed)
    n, columns = int(random.integers(6_000, 12_000)), 3
    x = np.cumsum(random.random(n))
    y = np.round(random.normal(0, 3, n))  # many are equal, and many not above 0
    y[random.random(n) < 0.05] = random.choice([np.nan, np.inf, -np.inf])
    gap = int(random.integers(0, n - 2_000))
    y[gap : gap + 2_000] = np.nan
    peaks = Peaks(positive=positive)
    for count in (n // 2, n // 2 + 1, n):
        low, high = x[count // 10], x[count - 1] + random.random()
        px, py = min_max_decimate(x[:count], y[:count], low, high, columns, positive=positive, peaks=peaks)
        shown = np.where(y > 0, y, np.nan) if positive else y
        expected = brute_force(x[:count], shown[:count], low, high, columns)
        np.testing.assert_array_equal(px, expected[:, 0])
        np.testing.assert_array_equal(py, expected[:, 1])


def test_what_is_looked_at_of_a_long_curve_is_little():
    y = np.random.default_rng(0).normal(size=1_000_000)
    peaks = Peaks()
    peaks.extend(y)
    found = peaks.candidates(np.linspace(17, len(y), 101).astype(int))
    assert len(found) < len(y) / 20
    assert np.all(np.diff(found) >= 0)
    assert int(y[17:].argmin()) + 17 in found
    assert int(y[17:].argmax()) + 17 in found


def test_a_peak_of_one_point_in_a_million_survives():
    x = np.arange(1_000_000.0)
    y = np.sin(x / 1e5)
    y[765_432], y[123_456] = 50.0, -40.0
    px, py = min_max_decimate(x, y, 0, 999_999, 700)
    assert len(px) <= 2 * 700 + 2
    assert py.max() == 50.0
    assert px[py.argmax()] == 765_432
    assert py.min() == -40.0
    assert px[py.argmin()] == 123_456
    assert (np.diff(px) > 0).all()


def test_neighbours_outside_the_range_keep_the_line_going():
    px, py = min_max_decimate([0, 10, 20, 30], [1, 2, 3, 4], 12, 18, 5)
    assert px.tolist() == [10, 20]
    assert py.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (([1, 2], [1], 0, 1, 5), "length"),
        (([1], [1], 1, 1, 5), "x_high"),
        (([1], [1], 0, 1, 0), "columns"),
    ],
)
def test_wrong_arguments_are_named(arguments, word):
    with pytest.raises(ValueError, match=word):
        min_max_decimate(*arguments)


def formula(values, span):
    """The weighted mean, written out."""
    beta, made = 1 - 1 / span, []
    for t in range(len(values)):
        ages = [(beta ** (t - i), v) for i, v in enumerate(values[: t + 1]) if math.isfinite(v)]
        weight = sum(w for w, _ in ages)
        made.append(sum(w * v for w, v in ages) / weight if weight and math.isfinite(values[t]) else math.nan)
    return np.asarray(made)


@pytest.mark.parametrize("span", [1, 1.5, 10, 100])
def test_average_equals_its_formula_across_blocks_and_calls(span):
    random = np.random.default_rng(3)
    values = random.normal(size=700)
    values[random.random(700) < 0.1] = np.nan
    whole, _ = exponential_average(values, span)
    np.testing.assert_allclose(whole, formula(values, span), rtol=1e-9)
    pieces, state = [], None
    for start in range(0, 700, 93):
        piece, state = exponential_average(values[start : start + 93], span, state)
        pieces.append(piece)
    np.testing.assert_allclose(np.concatenate(pieces), whole, rtol=1e-9)


def test_average_of_a_constant_is_the_constant_from_the_first_step_on():
    average, _ = exponential_average(np.full((50, 3), 0.7), 1000)
    np.testing.assert_allclose(average, 0.7)


def test_average_needs_a_span_of_at_least_one():
    with pytest.raises(ValueError, match=r"at least 1, got 0\.5"):
        exponential_average([1.0], 0.5)


@pytest.mark.parametrize(
    ("low", "high", "most"), [(0, 1, 5), (0, 20_000, 4), (-0.3, 0.17, 7), (0.9, 0.97, 3)]
)
def test_linear_marks_are_round_few_and_inside(low, high, most):
    marks, step = linear_ticks(low, high, most)
    assert 1 <= len(marks) <= most + 1
    assert min(marks) >= low - 1e-9
    assert max(marks) <= high + 1e-9
    assert float(f"{step:e}"[0]) in (1, 2, 5)


def test_log_marks_name_decades_with_raised_digits():
    labelled, minor = log_ticks(-3.2, 0.3, 6)
    assert labelled == [(-3.0, "10⁻³"), (-2.0, "10⁻²"), (-1.0, "10⁻¹"), (0.0, "10⁰")]
    assert any(m == pytest.approx(math.log10(0.02)) for m in minor)
    short, _ = log_ticks(math.log10(0.15), math.log10(0.6), 6)
    assert [text for _, text in short] == ["0.200", "0.500"]
    for place, text in log_ticks(math.log10(0.31), math.log10(0.36), 4)[0]:
        assert float(text) == pytest.approx(10**place, rel=1e-6)


def test_numbers_are_written_for_people():
    assert [step_text(v, 5000) for v in (0, 5000, 20_000)] == ["0", "5k", "20k"]
    assert step_text(12_300, 100) == "12.3k"
    assert step_text(12_340, 10) == "12,340"
    assert step_text(1_500_000, 500_000) == "1.5M"
    assert with_step(0.05, 0.05) == "0.05"
    assert with_step(-2.0, 0.5) == "−2.0"
    assert significant(0.031249, 3) == "0.0312"
    assert significant(2.3025, 4) == "2.303"
    assert significant(0.99999, 3) == "1.00"
    assert significant(3.123e-5, 3) == "3.12×10⁻⁵"
    assert significant(float("nan")) == "NaN"
    assert scientific(0.00129) == "1.29×10⁻³"
    assert scientific(0.0) == "0"
    assert percent(0.9375) == "93.75 %"
