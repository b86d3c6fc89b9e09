"""A CSV of the user's own: the script reads the same rows and columns and makes the data that nnviz has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.data.dataset import Dataset
from nnviz.data.datasets import load
from nnviz.data.files import load as load_file
from nnviz.data.import_choice import ImportChoice
from nnviz.errors import NnvizError
from nnviz.spec import LayerSpec, NetworkSpec, Plan, TrainingConfig, output_layer
from nnviz.training.keras_script import keras_script, script_data

INPUTS = ("length", "width", "colour", "flat")


@pytest.fixture
def rows() -> list[list[str]]:
    random = np.random.default_rng(0)
    made = []
    for i in range(120):
        kind = ("oak", "elm", "ash")[i % 3]
        length, width = 3 * (i % 3) + random.normal(), random.normal()
        colour = ("red", "green", "deep blue")[random.integers(3)]
        wide, switch = "yes" if width > 0 else "no", "on" if i % 2 else "off"
        made.append([f"{length:.3f}", f"{width:.4f}", colour, "7", kind, f"{length - width:.3f}", wide, switch])
    for place, column, text in ((5, 0, ""), (17, 1, "NA"), (30, 2, "?"), (44, 4, " "), (61, 0, "nan")):
        made[place][column] = text
    return made


def write(path: Path, rows: list[list[str]], delimiter: str = ",", header: bool = True, decimal: str = ".") -> None:
    names = ["length", "width", "colour", "flat", "kind", "size", "is wide", "switch"]
    lines = [names, *rows] if header else rows
    texts = [delimiter.join(cell.replace(".", decimal) for cell in row) for row in lines]
    path.write_text("\n".join(texts) + "\n\n", encoding="utf-8")


def columns(dataset: Dataset, data: dict[str, Any], part: str) -> tuple[Any, Any]:
    """Return a split of nnviz and of the script, its columns, numbers before categories, in the order of nnviz."""
    numbers = [i for i, name in enumerate(dataset.feature_names) if " = " not in name]
    categories = [i for i, name in enumerate(dataset.feature_names) if " = " in name]
    return dataset.split(part).x[:, numbers + categories], data["x"][data[part]]


CHOICE = ImportChoice("", "csv", INPUTS, ("kind",), ("colour",), "multiclass")
CHOICES = {
    "rows left out": CHOICE,
    "mean": replace(CHOICE, missing="mean"),
    "median, other shares": replace(CHOICE, missing="median", shares=(60, 10, 30), seed=4),
    "most frequent": replace(CHOICE, missing="most_frequent"),
    "regression": replace(CHOICE, targets=("size",), task="regression", shares=(50, 30, 20)),
    "two targets, not standardised": replace(
        CHOICE, inputs=("colour",), targets=("size", "width"), task="regression", standardise=False
    ),
    "labels": replace(CHOICE, targets=("is wide", "switch"), task="multilabel", max_rows=70),
    "binary": replace(CHOICE, targets=("switch",), task="binary", inputs=("width", "length"), categories=()),
}


def check(choice: ImportChoice) -> None:
    dataset = load_file(choice)
    outputs = dataset.output_count
    plan = Plan(NetworkSpec(dataset.input_shape, (LayerSpec(4), output_layer(dataset.task, outputs))),
                TrainingConfig(loss="mean_squared_error"))  # fmt: skip
    text = keras_script(plan, dataset.choice, dataset)
    compile(text, "network.py", "exec")
    data = script_data(dataset.choice, dataset)
    made: dict[str, Any] = {}
    exec("\n".join((*data.imports, *data.lines)), made)
    for part in ("train", "validation", "test"):
        wanted, x = columns(dataset, made, part)
        np.testing.assert_allclose(x, wanted, atol=2e-6)
        np.testing.assert_allclose(made["y"][made[part]], dataset.split(part).y, atol=2e-6)
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert "flat" not in text.partition("numbers")[2], "a column that does not vary is no input"


@pytest.mark.parametrize("name", CHOICES)
def test_the_same_data(name: str, rows: list[list[str]], tmp_path: Path) -> None:
    path = tmp_path / "trees 'of' mine é.csv"
    write(path, rows)
    check(replace(CHOICES[name], path=str(path)))


def test_other_ways_to_write_it(rows: list[list[str]], tmp_path: Path) -> None:
    path = tmp_path / "trees.csv"
    write(path, rows, ";", decimal=",")
    check(replace(CHOICE, path=str(path), delimiter=";", decimal=","))
    check(replace(CHOICE, path=str(path), delimiter=";", decimal=",", missing="mean"))
    write(path, rows, "\t")
    check(replace(CHOICE, path=str(path), delimiter="\t"))
    write(path, rows, header=False)
    nameless = replace(CHOICE, path=str(path), header=False, inputs=("column 1", "column 2", "column 3"),
                       targets=("column 5",), categories=("column 3",))  # fmt: skip
    check(nameless)
    check(replace(nameless, missing="median"))
    for encoding in ("windows-1252", "utf-16"):
        text = "größe,art\n" + "".join(f"{i % 9},{'ä' if i % 2 else 'b'}\n" for i in range(40))
        path.write_text(text, encoding=encoding)
        check(ImportChoice(str(path), "csv", ("größe",), ("art",), (), "binary", encoding=encoding))


def test_what_cannot_be_written_is_said(rows: list[list[str]], tmp_path: Path) -> None:
    path = tmp_path / "trees.csv"
    write(path, rows)
    choice = replace(CHOICE, path=str(path))
    dataset = load_file(choice)
    plan = Plan(NetworkSpec(dataset.input_shape, (output_layer("multiclass", 3),)), TrainingConfig())
    keras_script(plan, dataset.choice, dataset)
    for changed, said in (
        (replace(choice, unreadable="missing"), "count as missing"),
        (replace(choice, inputs=("length", "width (2)")), "no name of its own for 'width"),
        (replace(choice, kind="images"), "only CSV files"),
    ):
        other = replace(dataset, options={"import": changed.to_json()})
        with pytest.raises(NnvizError, match=f"no Keras code for trees.csv.*{said}".replace("(", r"\(")):
            keras_script(plan, other.choice, other)


@pytest.mark.slow
def test_the_script_of_a_table_ends_where_nnviz_ends(rows: list[list[str]], tmp_path: Path) -> None:
    from tests.nnviz.test_keras_script_runs import by_nnviz, run

    path = tmp_path / "trees.csv"
    write(path, rows)
    choice = load_file(replace(CHOICE, path=str(path), missing="mean")).choice
    dataset = load(choice)
    # Zeros in a single layer: the same first weights, and no order of the columns that could matter.
    layers = (LayerSpec(3, "softmax", "zeros"),)
    plan = Plan(NetworkSpec(dataset.input_shape, layers), TrainingConfig("adam", 0.05, 16, 4, shuffle=False))
    metric, loss, _ = run(keras_script(plan, choice, dataset), tmp_path)
    wanted_metric, wanted_loss, _, _ = by_nnviz(plan, dataset, None)
    assert metric > 0.6
    assert metric == pytest.approx(wanted_metric, abs=2e-4)
    assert loss == pytest.approx(wanted_loss, rel=1e-3)
