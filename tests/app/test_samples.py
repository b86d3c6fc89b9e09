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


def other_task(task: str, y: np.ndarray) -> Samples:
    """The ten samples of the fixture under another task."""
    x = np.array([[k % 2, 1 - k % 2] for k in range(10)], np.float32)
    split = Split(x, y)
    made = Samples()
    names = ("t",) if task == "regression" else ()
    made.dataset = Dataset("tiny", "Tiny", (2,), ("a", "b"), split, split, split, "", task=task, target_names=names)
    return made


def test_with_a_single_output_the_wrong_ones_are_on_the_other_side_of_a_half(network: Network) -> None:
    y = np.array([k % 2 for k in range(10)], np.int32)
    y[[2, 7]] = 1 - y[[2, 7]]
    samples = other_task("binary", y)
    # σ(8·x₀ − 4): 0.98 for odd samples, 0.02 for even ones.
    layer = LayerParameters(np.array([[8], [0]], np.float32), np.array([-4], np.float32))
    single = Network(NetworkSpec((2,), (LayerSpec(1, "sigmoid"),)), (layer,), "yours", "x")
    samples.only_wrong = True
    samples.choose(0)
    assert (samples.next_index(1, single), samples.next_index(-1, single)) == (2, 7)
    assert samples.is_right(np.array([[0.02]]))
    assert not samples.is_right(np.array([[0.98]]))
    assert samples.choice.label == 0


def test_with_labels_any_wrong_one_makes_a_sample_wrong(network: Network) -> None:
    y = np.array([[k % 2, 1 - k % 2] for k in range(10)], np.float32)
    y[4], y[6] = [1, 1], [1, 0]
    samples = other_task("multilabel", y)
    samples.only_wrong = True
    assert samples.choose(0)
    assert samples.choice.label is None
    assert samples.is_right(np.array([[0.2, 0.7]]))
    assert not samples.is_right(np.array([[0.6, 0.7]]))
    # The softmax of the fixture tells 0.73 and 0.27: one label each.
    assert (samples.next_index(1, network), samples.next_index(-1, network)) == (4, 6)


def test_in_a_regression_all_samples_are_gone_through(network: Network) -> None:
    samples = other_task("regression", np.linspace(-1, 1, 10, dtype=np.float32)[:, None])
    samples.only_wrong = True
    assert samples.choose(3)
    assert samples.choice.label is None
    assert (samples.next_index(1, network), samples.next_index(-1, network)) == (4, 2)
    assert not samples.is_right(np.array([[-1 + 2 / 3]])), "there are only smaller and larger errors"


def test_drawing_keeps_the_place_in_the_test_set(samples: Samples, network: Network) -> None:
    samples.choose(4)
    samples.draw(np.array([[0.5, 0.25]], np.float32))
    current = samples.current()
    assert current is not None
    assert current[0].tolist() == [0.5, 0.25]
    assert current[1] is None
    assert samples.next_index(1, network) == 4
    assert not samples.is_right(np.array([[0.2, 0.8]])), "of a drawing it is not known"


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
