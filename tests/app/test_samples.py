"""Choosing samples, and how progress is told."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine_messages import EngineState
from app.progress_meter import ProgressMeter
from app.samples import Samples
from app.session_values import Network
from app.widgets.progress_strip import duration
from nnviz.data.datasets import Dataset, Split
from nnviz.maths.parameters import LayerParameters
from nnviz.spec import LayerSpec, NetworkSpec


@pytest.fixture
def samples() -> Samples:
    """Ten samples of two values; the network says which value is larger, the labels of 3 and 8 are wrong."""
    x = np.array([[k % 2, 1 - k % 2] for k in range(10)], np.float32)
    y = np.array([1 - k % 2 for k in range(10)], np.int32)
    y[[3, 8]] = 1 - y[[3, 8]]
    split = Split(x, y)
    made = Samples()
    made.dataset = Dataset("tiny", "Tiny", (2,), ("a", "b"), split, split, split, "")
    return made


@pytest.fixture
def network() -> Network:
    spec = NetworkSpec((2,), (LayerSpec(2, "softmax"),))
    return Network(spec, (LayerParameters(np.eye(2, dtype=np.float32), np.zeros(2, np.float32)),), "yours", "x")


def test_next_wraps_around(samples: Samples, network: Network) -> None:
    samples.choose(9)
    index = samples.next_index(1, network)
    assert index is not None
    samples.choose(index)
    assert samples.choice.index == 0
    samples.choose(samples.next_index(-1, network) or 0)
    assert samples.choice.index == 9


def test_only_wrong_ones_in_both_directions(samples: Samples, network: Network) -> None:
    samples.only_wrong = True
    samples.choose(0)
    assert samples.next_index(1, network) == 3
    assert samples.next_index(-1, network) == 8
    samples.choose(3)
    assert samples.next_index(1, network) == 8
    assert samples.random_index(network) in (3, 8)


def test_no_wrong_one_is_none(samples: Samples, network: Network) -> None:
    assert samples.dataset is not None
    samples.only_wrong = True
    right = Split(samples.dataset.test.x, samples.dataset.test.x.argmax(axis=1).astype(np.int32))
    samples.dataset = Dataset("tiny", "Tiny", (2,), ("a", "b"), right, right, right, "")
    assert samples.next_index(1, network) is None


def test_drawing_keeps_the_place_in_the_test_set(samples: Samples, network: Network) -> None:
    samples.choose(4)
    samples.draw(np.array([[0.5, 0.25]], np.float32))
    current = samples.current()
    assert current is not None
    assert current[0].tolist() == [0.5, 0.25]
    assert current[1] is None
    assert samples.next_index(1, network) == 4


def test_progress_counts_on_from_an_offset() -> None:
    meter = ProgressMeter()
    state = EngineState("training", 1, 2, 50, 100, 500, has_network=True)
    meter.note(1000)
    progress = meter.progress(state, "training", 5, 1030, 1000)
    assert (progress.step, progress.total_steps) == (1050, 1500)
    assert progress.steps_per_second == 0, "one mark gives no pace"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min 01 s"), (3661, "1 h 01 min"), (-3, "0 s")]
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text
