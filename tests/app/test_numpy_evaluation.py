"""Loss and metric of networks that Keras does not hold, for every task, against numbers had by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from scipy import special

from app.numpy_evaluation import BATCH, NumpyEvaluation
from app.session_values import Network
from nnviz.data.dataset import Dataset, Scaling, Split
from nnviz.maths.parameters import LayerParameters
from nnviz.spec import LayerSpec, NetworkSpec
from nnviz.training.records import Evaluation

COUNT = 2 * BATCH + 7  # more than two turns of Qt's loop
X = np.random.default_rng(1).normal(size=(COUNT, 2)).astype(np.float32)


def network(activation: str, units: int = 2, l2: float = 0.0) -> Network:
    """A layer whose sums are the inputs themselves, the first ones."""
    layer = LayerParameters(np.eye(2, units, dtype=np.float32), np.zeros(units, np.float32))
    return Network(NetworkSpec((2,), (LayerSpec(units, activation, l2=l2),)), (layer,), "file", "x", 12)


def evaluated(qtbot: QtBot, shown: Network, task: str, y: np.ndarray, std: list[float] | None = None) -> Evaluation:
    split, empty = Split(X, y), Split(X[:0], y[:0])
    scaling = None if std is None else Scaling(np.full(len(std), 7.0), np.array(std))
    names = () if std is None else tuple("uv"[: len(std)])
    data = Dataset(
        "d", "D", (2,), ("a", "b"), empty, split, empty, "", task=task, target_names=names, target_scaling=scaling
    )
    evaluation = NumpyEvaluation()
    with qtbot.waitSignal(evaluation.evaluated, timeout=5000) as answer:
        evaluation.start(shown, data, "validation")
    made: Evaluation = answer.args[0]
    assert (made.split, made.count, made.step) == ("validation", COUNT, 12)
    return made


def test_classes(qtbot: QtBot) -> None:
    y = np.random.default_rng(2).integers(0, 2, COUNT).astype(np.int32)
    made = evaluated(qtbot, network("softmax"), "multiclass", y)
    assert made.loss == pytest.approx(-special.log_softmax(X.astype(float), axis=1)[np.arange(COUNT), y].mean())
    assert made.metric == pytest.approx(((X[:, 1] > X[:, 0]) == y).mean())


def test_one_output_for_two_classes(qtbot: QtBot) -> None:
    y = np.random.default_rng(2).integers(0, 2, COUNT).astype(np.int32)
    made = evaluated(qtbot, network("sigmoid", 1), "binary", y)
    assert made.loss == pytest.approx(np.logaddexp(0, np.where(y == 1, -X[:, 0], X[:, 0])).mean())
    assert made.metric == pytest.approx(((X[:, 0] > 0) == y).mean())


def test_labels_and_a_penalty(qtbot: QtBot) -> None:
    y = np.random.default_rng(2).integers(0, 2, (COUNT, 2)).astype(np.float32)
    made = evaluated(qtbot, network("sigmoid", l2=0.25), "multilabel", y)
    assert made.loss == pytest.approx(np.logaddexp(0, np.where(y == 1, -X, X)).mean() + 0.25 * 2)
    assert made.metric == pytest.approx(((X > 0) == (y > 0)).mean())


@pytest.mark.parametrize(("units", "std", "unit"), [(1, [5.0], 5.0), (2, [5.0, 3.0], 1.0)])
def test_regression_tells_the_error_of_a_single_target_in_its_unit(
    qtbot: QtBot, units: int, std: list[float], unit: float
) -> None:
    y = np.random.default_rng(2).normal(size=(COUNT, units)).astype(np.float32)
    made = evaluated(qtbot, network("linear", units), "regression", y, std)
    assert made.loss == pytest.approx(np.square(X[:, :units] - y).mean())
    assert made.metric == pytest.approx(unit * np.abs(X[:, :units] - y).mean())


def test_a_new_one_replaces_the_one_in_hand_and_stop_gives_up(qtbot: QtBot) -> None:
    y = np.zeros(COUNT, np.int32)
    data = Dataset("d", "D", (2,), ("a", "b"), Split(X, y), Split(X[:9], y[:9]), Split(X, y), "")
    evaluation, seen = NumpyEvaluation(), []
    evaluation.evaluated.connect(seen.append)
    evaluation.start(network("softmax"), data, "train")
    evaluation.start(network("softmax"), data, "validation")
    qtbot.waitUntil(lambda: len(seen) == 1)
    evaluation.start(network("softmax"), data, "train")
    evaluation.stop()
    qtbot.wait(20)
    assert [made.split for made in seen] == ["validation"]
