"""A small data set, its meaning, network and snapshot for every task, made by NumPy from a seed."""

from __future__ import annotations

import numpy as np

from nnviz.data.dataset import Dataset, Scaling, Split
from nnviz.maths.losses import dense_target
from nnviz.picture.answers import OutputMeaning, meaning_of
from nnviz.spec import TASK_OUTPUT, LayerSpec, NetworkSpec, output_layer
from nnviz.training.records import Snapshot
from tests.snapshots import snapshot_of

FEATURES = ("age (years)", "sex", "body mass index", "blood pressure (mmHg)", "cholesterol", "glucose")
NAMES = {
    "multiclass": ("setosa", "versicolor", "virginica"),
    "binary": ("malignant", "benign"),
    "multilabel": ("beach", "sunset", "foliage", "field", "mountain", "urban"),
    "regression": (),
}
TARGETS = ("disease progression (points)",)
#: One for each task, and those that need another picture.
KINDS = ("multiclass", "binary", "multilabel", "regression", "regression of three", "two outputs of two classes")


def dataset_for(task: str, targets: tuple[str, ...] = TARGETS, count: int = 120) -> Dataset:
    """Return a table of six features whose targets hang on them."""
    generator = np.random.default_rng(5)
    scaling = Scaling(np.array([48.5, 1.5, 26.4, 94.6, 189.1, 91.3]), np.array([13.1, 0.5, 4.4, 13.8, 34.6, 11.5]))
    target_scaling = None
    splits = []
    spread = Scaling(np.full(len(targets), 152.1), np.full(len(targets), 77.0))
    for _ in range(3):
        x = generator.normal(size=(count, len(FEATURES))).astype(np.float32)
        score = x @ np.linspace(-1, 1, len(FEATURES)) + generator.normal(0, 0.3, count)
        if task == "regression":
            y = np.stack([score * (k + 1) / 2 for k in range(len(targets))], axis=1)
            y, target_scaling = np.clip(y / y.std(axis=0), -1.6, 2.5).astype(np.float32), spread
        elif task == "multilabel":
            y = (score[:, None] + generator.normal(0, 1, (count, 6)) > 0).astype(np.float32)
        else:
            edges = [-0.7, 0.7] if task == "multiclass" else [0]
            y = np.digitize(score, edges).astype(np.int32)
        splits.append(Split(x, y))
    return Dataset(
        task, task.title(), (len(FEATURES),), NAMES[task], *splits, "none", FEATURES, scaling, task,
        targets if task == "regression" else (), target_scaling,
    )


def case(kind: str, *, hidden: tuple[LayerSpec, ...] | None = None, index: int = 0, seed: int = 1) -> tuple[
    Dataset, OutputMeaning, Snapshot
]:
    """Return data, meaning and a snapshot with gradients and a step, of one of ``KINDS``."""
    task = {"regression of three": "regression", "two outputs of two classes": "binary"}.get(kind, kind)
    targets = ("systolic (mmHg)", "diastolic (mmHg)", "pulse") if kind == "regression of three" else TARGETS
    dataset = dataset_for(task, targets)
    outputs = 2 if kind.startswith("two") else dataset.output_count
    loss = TASK_OUTPUT[task][1]
    last = output_layer(task, outputs)
    if kind.startswith("two"):
        last, loss = LayerSpec(2, "softmax"), "sparse_categorical_crossentropy"
    hidden = hidden if hidden is not None else (LayerSpec(16), LayerSpec(8))
    spec = NetworkSpec(dataset.input_shape, (*hidden, last))
    x, y = dataset.test.x[index], dataset.test.y[index : index + 1]
    if y.ndim == 1:
        made = snapshot_of(spec, label=int(y[0]), loss=loss, seed=seed, x=x)
        assert loss.startswith("sparse") or np.array_equal(made.target, dense_target(y, outputs)[0])
    else:
        made = snapshot_of(spec, target=y[0].tolist(), loss=loss, seed=seed, x=x)
    return dataset, meaning_of(dataset), made
