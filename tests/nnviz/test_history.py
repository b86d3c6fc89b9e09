"""History, against plain Python."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from nnviz.errors import SpecError
from nnviz.training.history import History
from nnviz.training.records import EpochRecord, StepRecords


def _records(first: int, count: int, layers: int = 2, epoch: int = 1) -> StepRecords:
    rng = np.random.default_rng(first)
    draw = lambda *shape: rng.random(shape, np.float32)  # noqa: E731
    return StepRecords(1, first, epoch, draw(count), draw(count), draw(count, layers), draw(count, layers), draw(count))


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
