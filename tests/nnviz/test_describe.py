"""What is said of a data set, against SciPy and against counting by hand."""

from __future__ import annotations

import bisect
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage, stats

from nnviz.data.dataset import Dataset, Scaling, Split
from nnviz.data.datasets import load
from nnviz.data.describe import (
    CHUNK,
    NO_LABEL,
    SPLITS,
    StoppedError,
    answer_words,
    bin_edges,
    combinations,
    counts,
    feature_names,
    groups,
    histogram,
    histograms,
    is_image,
    mean_sample,
    summary,
    table_number,
    target_histogram,
)


def labelled(rows: list[list[int]], train: list[list[int]] | None = None) -> Dataset:
    """Return a multilabel data set whose test split has these labels."""
    def split(y: list[list[int]]) -> Split:
        return Split(np.zeros((len(y), 2), np.float32), np.array(y, np.float32))

    first = rows if train is None else train
    names = tuple("abcdefghij"[: len(rows[0])])
    return Dataset(
        "own", "Own", (2,), names, split(first), split(first[:1]), split(rows), "none", task="multilabel"
    )


@pytest.mark.parametrize("name", ["iris", "breast-cancer", "digits-8x8", "spiral"])
def test_counts_are_those_of_the_labels(name: str) -> None:
    dataset = load(name)
    names, table = counts(dataset)
    assert names == dataset.class_names
    for column, split in enumerate(SPLITS):
        y = dataset.split(split).y.tolist()
        assert table[:, column].tolist() == [y.count(k) for k in range(len(names))]
    assert table.sum() == sum(len(dataset.split(s)) for s in SPLITS)


def test_groups_hold_every_sample_of_a_class_in_order() -> None:
    dataset = load("iris")
    made = groups(dataset, dataset.train)
    for k, group in enumerate(made):
        assert group.members.tolist() == [i for i, y in enumerate(dataset.train.y.tolist()) if y == k]
    with pytest.raises(ValueError, match="read-only"):
        made[0].members[0] = 1
    assert groups(load("diabetes"), load("diabetes").train) == ()


def test_a_sample_with_several_labels_is_in_several_groups_and_in_one_combination() -> None:
    dataset = labelled([[1, 0], [1, 1], [0, 0], [0, 1], [1, 1]])
    assert {g.name: g.members.tolist() for g in groups(dataset, dataset.test)} == {
        "a": [0, 1, 4], "b": [1, 3, 4], NO_LABEL: [2],
    }
    assert {g.name: g.members.tolist() for g in combinations(dataset, dataset.test)} == {
        "a": [0], "b": [3], NO_LABEL: [2], "a + b": [1, 4],
    }
    assert answer_words(dataset, dataset.test, 1) == "a + b"
    assert answer_words(dataset, dataset.test, 2) == NO_LABEL
    names, table = counts(dataset)
    assert names == ("a", "b", NO_LABEL)
    assert table[:, 2].tolist() == [3, 3, 1]


def test_combinations_begin_like_groups_in_every_split_and_leave_nothing_out() -> None:
    rng = np.random.default_rng(1)
    train = (rng.random((300, 6)) < 0.4).astype(int).tolist()
    dataset = labelled((rng.random((90, 6)) < 0.5).astype(int).tolist(), train)
    for split in SPLITS:
        part = dataset.split(split)
        whole, single = groups(dataset, part), combinations(dataset, part)
        assert [g.name for g in single[: len(whole)]] == [g.name for g in whole]
        assert sorted(np.concatenate([g.members for g in single]).tolist()) == list(range(len(part)))
    assert single[-1].name == "other combinations"


def test_mean_images_are_those_of_scipy() -> None:
    dataset = load("digits-8x8")
    assert is_image(dataset)
    for k, group in enumerate(groups(dataset, dataset.train)):
        made = mean_sample(dataset.train.x, group.members)
        for pixel in (0, 20, 36, 63):
            right = ndimage.mean(dataset.train.x[:, pixel].astype(float), dataset.train.y, index=k)
            assert made[pixel] == pytest.approx(float(right), abs=1e-12)
    assert np.isnan(mean_sample(dataset.train.x, np.empty(0, np.int64))).all()


def test_the_summary_keeps_its_digits_far_from_zero_and_over_many_chunks() -> None:
    rng = np.random.default_rng(0)
    x = (1e5 + rng.normal(0, 0.5, (3 * CHUNK + 7, 3))).astype(np.float32)
    made, right = summary(x), stats.describe(x.astype(np.float64), ddof=0)
    np.testing.assert_allclose(made.mean, right.mean, rtol=1e-12)
    np.testing.assert_allclose(made.std, np.sqrt(right.variance), rtol=1e-9)
    np.testing.assert_array_equal(np.stack([made.low, made.high]), np.stack(right.minmax))


def test_what_the_network_gets_has_mean_0_and_deviation_1_and_the_table_has_its_own_units() -> None:
    dataset = load("breast-cancer")
    made = summary(dataset.train.x)
    np.testing.assert_allclose(made.mean, 0, atol=1e-5)
    np.testing.assert_allclose(made.std, 1, atol=1e-5)
    original = made.original(dataset.scaling)
    assert dataset.scaling is not None
    raw = dataset.train.x.astype(float) * dataset.scaling.std + dataset.scaling.mean
    np.testing.assert_allclose(original.high, raw.max(axis=0), rtol=1e-6)
    np.testing.assert_allclose(original.std, raw.std(axis=0), rtol=1e-4)
    assert summary(np.empty((0, 2), np.float32)).mean.shape == (2,)
    assert made.original(None) is made


def test_histograms_count_as_by_hand() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=500).astype(np.float32)
    dataset = load("iris")
    parts = groups(dataset, dataset.train)
    values[: len(dataset.train)] = dataset.train.x[:, 0]
    made = histogram(values, parts)
    edges = made.edges.tolist()
    for row, part in enumerate(parts):
        right = [0] * (len(edges) - 1)
        for index in part.members.tolist():
            place = bisect.bisect_right(edges, float(values[index])) - 1
            right[min(place, len(right) - 1)] += 1
        assert made.counts[row].tolist() == right
    np.testing.assert_allclose(made.shares.sum(axis=1), 1)
    assert histogram(np.array([np.nan, 1.0, 2.0]), ()).counts.sum() == 2


def test_whole_numbers_and_two_values_get_a_bin_each_with_the_value_in_its_middle() -> None:
    sex = np.array([-0.93, 1.08] * 50, np.float32)
    ends = bin_edges(sex)
    assert len(ends) == 3
    np.testing.assert_allclose((ends[:-1] + ends[1:]) / 2, [-0.93, 1.08], rtol=1e-6)
    levels = np.repeat([0, 1, 2, 5], 30).astype(float)
    np.testing.assert_allclose(bin_edges(levels), np.arange(7) - 0.5)
    assert bin_edges(np.array([3.0, 3.0])).tolist() == [2.5, 3.5]
    assert bin_edges(np.empty(0)).tolist() == [0.0, 1.0]
    smooth = bin_edges(np.random.default_rng(0).random(10_000))
    assert len(smooth) == 41
    assert len(histograms(np.random.default_rng(0).random((30, 4)).astype(np.float32))) == 4


def test_targets_of_a_regression_are_counted_in_the_units_of_the_table() -> None:
    dataset = load("diabetes")
    made = target_histogram(dataset, 0)
    # The least and the greatest progression of the 442 patients.
    assert made.edges[0] == pytest.approx(25, abs=1e-3)
    assert made.edges[-1] == pytest.approx(346, abs=1e-3)
    assert made.counts.sum(axis=1).tolist() == [len(dataset.split(s)) for s in SPLITS]
    assert combinations(dataset, dataset.test)[0].members.tolist() == list(range(len(dataset.test)))
    assert answer_words(dataset, dataset.test, 0).startswith("progression ")


def test_what_is_not_wanted_any_more_is_given_up_between_chunks() -> None:
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(StoppedError):
        summary(np.zeros((5 * CHUNK, 2), np.float32), stop)
    assert len(asked) == 3
    with pytest.raises(StoppedError):
        histograms(np.zeros((5, 2), np.float32), lambda: True)


def test_features_without_names_get_some() -> None:
    dataset = load("iris")
    assert feature_names(dataset) == dataset.feature_names
    assert feature_names(replace(dataset, feature_names=()))[3] == "x₃"
    assert feature_names(load("digits-8x8"))[9] == "row 1, column 1"


def test_numbers_are_written_as_a_table_has_them() -> None:
    scaling = Scaling(np.array([3.1]), np.array([0.7]))
    back = float(scaling.original(scaling.standardised(np.array([5.1])))[0])
    assert table_number(back) == "5.1"
    assert table_number(-3.0000001) == "−3"
    assert table_number(1546.0) == "1,546"
    assert table_number(0.08562) == "0.08562"
    assert table_number(0.0) == "0"
