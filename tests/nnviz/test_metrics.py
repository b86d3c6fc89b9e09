"""The metric of each task and which samples are wrong, against what can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.maths.metrics import are_wrong, metrics

OUTPUT = np.array([[0.7, 0.3], [0.4, 0.6], [0.1, 0.9], [0.5, 0.5]], np.float32)


@pytest.mark.parametrize("task", ["multiclass", "binary"])
def test_a_class_is_that_of_the_largest_output(task: str) -> None:
    y = np.array([0, 0, 1, 1], np.int32)
    assert metrics(task, OUTPUT, y).tolist() == [1, 0, 1, 0], "of two equal outputs the first is taken"
    assert are_wrong(task, OUTPUT, y).tolist() == [False, True, False, True]


def test_of_a_single_output_the_second_class_is_above_a_half() -> None:
    y = np.array([0, 0, 1, 1], np.int32)
    p = np.array([[0.2], [0.51], [0.9], [0.5]], np.float32)
    assert metrics("binary", p, y).tolist() == [1, 0, 1, 0]
    assert are_wrong("binary", p, y).tolist() == [False, True, False, True]


def test_of_labels_the_share_is_told_and_any_may_be_wrong() -> None:
    y = np.array([[1, 0], [1, 1], [0, 0], [0, 0]], np.float32)
    assert metrics("multilabel", OUTPUT, y).tolist() == [1, 0.5, 0.5, 1]
    assert are_wrong("multilabel", OUTPUT, y).tolist() == [False, True, True, False]


def test_in_a_regression_nothing_is_wrong_but_the_error_is_told() -> None:
    y = np.array([[1, 0], [1, 1], [0, 0], [0, 0]], np.float32)
    np.testing.assert_allclose(metrics("regression", OUTPUT, y), [0.3, 0.5, 0.5, 0.5], rtol=1e-6)
    assert not are_wrong("regression", OUTPUT, y).any()
