"""The data sets that others keep: those Keras loads, and the tables of scikit-learn."""

from __future__ import annotations

from nnviz.data.mnist import VALIDATION_COUNT
from nnviz.data.tables import SPLIT_SEED
from nnviz.training.script.data import (
    ScriptData,
    division_lines,
    even_division_lines,
    standardised_lines,
    standardised_target_lines,
)

_NUMPY = "import numpy as np"
_IMAGES = {
    # Module of keras.datasets, title, what a network for it does.
    "mnist": ("mnist", "MNIST", "reads handwritten digits"),
    "fashion-mnist": ("fashion_mnist", "Fashion-MNIST", "tells clothes apart"),
}
_TABLES = {
    # Line that makes x and y, imports of it, what a network for it does, inputs, classes.
    "iris": ("x, y = load_iris(return_X_y=True)", "load_iris", "tells species of iris apart", 4, 3),
    "iris-petals": ("x, y = load_iris(return_X_y=True)", "load_iris", "tells species of iris apart", 2, 3),
    "wine": ("x, y = load_wine(return_X_y=True)", "load_wine", "tells wines apart", 13, 3),
    "breast-cancer": (
        "x, y = load_breast_cancer(return_X_y=True)", "load_breast_cancer", "tells malignant tumours from benign",
        30, 2,
    ),
    "digits-8x8": ("x, y = load_digits(return_X_y=True)", "load_digits", "reads handwritten digits", 64, 10),
}  # fmt: skip
_REGRESSIONS = {
    "diabetes": (
        "x, y = load_diabetes(return_X_y=True, scaled=False)", "load_diabetes",
        "predicts the progression of diabetes", 10,
    ),
    "california-housing": (
        "x, y = fetch_california_housing(return_X_y=True)", "fetch_california_housing",
        "predicts prices of houses", 8,
    ),
}  # fmt: skip


def registry_data(name: str, task: str) -> ScriptData | None:
    """Return the lines for a data set of the registry; None where there are none here.

    Args:
        name: key in the registry.
        task: the data set's.
    """
    if name in _IMAGES:
        return _image_data(name, task)
    if name in _TABLES:
        return _table_data(name, task)
    if name in _REGRESSIONS:
        return _regression_data(name)
    return None


def _image_data(name: str, task: str) -> ScriptData:
    module, title, does = _IMAGES[name]
    lines = (
        f"# {title}: 60,000 images to learn from, 10,000 to test.",
        "# Downloaded the first time, then kept.",
        f"(x, y), (x_test, y_test) = keras.datasets.{module}.load_data()",
        "# 28 x 28 pixels become 784 numbers from 0 to 1.",
        'x = x.reshape(-1, 784).astype("float32") / 255',
        'x_test = x_test.reshape(-1, 784).astype("float32") / 255',
    )
    return ScriptData(does, 784, task, 10, lines, validation_count=VALIDATION_COUNT)


def _table_data(name: str, task: str) -> ScriptData:
    load, function, does, inputs, classes = _TABLES[name]
    lines = [load]
    if name == "iris-petals":
        lines.append("x = x[:, 2:]  # length and width of the petals")
    if name == "breast-cancer":
        lines.append("y = 1 - y  # 1 is the finding, malignant")
    lines += ["", *division_lines(SPLIT_SEED)]
    lines += ["x = x / 16  # pixels from 0 to 1"] if name == "digits-8x8" else standardised_lines()
    imports = _NUMPY, f"from sklearn.datasets import {function}"
    return ScriptData(does, inputs, task, classes, tuple(lines), imports, ("scikit-learn",), indexed=True)


def _regression_data(name: str) -> ScriptData:
    load, function, does, inputs = _REGRESSIONS[name]
    lines = (
        load, "y = y.reshape(-1, 1)", "", *even_division_lines(SPLIT_SEED),
        *standardised_lines(), *standardised_target_lines(),
    )  # fmt: skip
    imports = _NUMPY, f"from sklearn.datasets import {function}"
    return ScriptData(
        does, inputs, "regression", 1, lines, imports, ("scikit-learn",), indexed=True, unit="y_std"
    )
