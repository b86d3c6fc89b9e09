"""``nnviz train``: the engine's own training, as lines for people or programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from nnviz.data.datasets import REGISTRY, DatasetChoice, load_mnist
from nnviz.maths.forward import forward
from nnviz.run import Run
from nnviz.spec import LayerSpec, NetworkSpec, TrainingConfig
from nnviz.storage.models import read_model

SMALL = ["train", "--hidden", "16", "--epochs", "2", "--batch-size", "500", "--seed", "3"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder; ``tmp_path`` itself holds the settings and caches of the test."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


def nnviz(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)


@pytest.mark.slow
def test_json_lines_and_the_saved_network_agree_with_numpy(folder: Path) -> None:
    path = folder / "m.keras"
    path.write_bytes(b"older")
    done = nnviz(*SMALL, "--json", "--save", str(path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    first, second, end = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["event"], second["event"], end["event"]) == ("epoch", "epoch", "end")
    assert (first["epoch"], second["epoch"]) == (1, 2)
    assert (first["step"], second["step"]) == (110, 220)  # 55,000 / 500
    assert second["loss"] < first["loss"]
    assert (end["network"], end["parameters"]) == ("784-16-10", 12730)
    assert end["saved"] == str(path)
    spec, parameters = read_model(path)
    test = load_mnist().test
    output = forward(parameters, spec.activations, test.x).output
    right = float((output.argmax(axis=1) == test.y).mean())
    assert end["test_accuracy"] == pytest.approx(right, abs=2e-4)
    loss = float(-np.log(output[np.arange(len(test)), test.y]).mean())
    assert end["test_loss"] == pytest.approx(loss, rel=1e-3)
    assert end["test_count"] == len(test)
    assert right > 0.8


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers_and_people_get_sentences(folder: Path) -> None:
    one, other = folder / "1.keras", folder / "2.keras"
    done = nnviz(*SMALL, "--save", str(one))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("epoch 1/2: loss ")
    assert lines[2].startswith("test loss ")
    assert "accuracy" in lines[2]
    assert lines[3] == f"saved 784-16-10 to {one}"
    again = nnviz(*SMALL, "--save", str(other))
    assert again.stdout.splitlines()[2] == lines[2]
    np.testing.assert_array_equal(read_model(one)[1][0].kernel, read_model(other)[1][0].kernel)


@pytest.mark.slow
def test_divergence_is_one_line_and_nothing_is_saved(folder: Path) -> None:
    path = folder / "m.keras"
    path.write_bytes(b"older")
    done = nnviz("train", "--optimizer", "sgd", "--learning-rate", "1000", "--save", str(path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("nnviz: error: Training diverged")
    assert done.stderr.count("\n") == 1
    assert path.read_bytes() == b"older"


@pytest.mark.slow
def test_ctrl_c_stops_with_130_and_leaves_the_older_file(folder: Path) -> None:
    path = folder / "m.keras"
    path.write_bytes(b"older")
    arguments = ["--hidden", "8", "--batch-size", "1000", "--epochs", "10000", "--json", "--save", str(path)]
    command = [sys.executable, "-m", "app", "train", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert json.loads(child.stdout.readline())["event"] == "epoch"  # training goes on now
        time.sleep(0.1)
        os.kill(child.pid, signal.SIGINT)
        rest, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert err == "nnviz: stopped\n"
    for line in rest.splitlines():
        assert json.loads(line)["event"] == "epoch"
    assert path.read_bytes() == b"older"
    assert [item.name for item in folder.iterdir()] == ["m.keras"]


@pytest.mark.slow
def test_iris_is_learnt_and_the_network_has_its_shape() -> None:
    # Iris has only 7 steps an epoch: with the default learning rate 60 of them are too few.
    arguments = "--dataset iris --hidden 16 --epochs 60 --batch-size 16 --learning-rate 0.01 --json"
    done = nnviz("train", *arguments.split())
    assert done.returncode == 0, done.stderr
    end = json.loads(done.stdout.splitlines()[-1])
    assert (end["network"], end["test_count"]) == ("4-16-3", 22)
    assert end["test_accuracy"] > 0.9


def test_help_lists_every_data_set_and_others_are_refused() -> None:
    text = nnviz("train", "--help").stdout
    for info in REGISTRY.values():
        assert f"  {info.name} " in text
        assert f"{info.description} {info.count}" in text
    done = nnviz("train", "--dataset", "cifar")
    assert done.returncode == 2
    assert "'cifar'" in done.stderr
    assert "breast-cancer" in done.stderr


def _table(folder: Path, rows: int = 90) -> Path:
    random = np.random.default_rng(0)
    path = folder / "flowers.csv"
    lines = [f"{k % 3 * 4 + a:.3f},{b:.3f},{('tulip', 'rose', 'lily')[k % 3]}" for k, (a, b) in
             enumerate(random.normal(5, 1, (rows, 2)))]
    path.write_text("\n".join(["width,height,kind", *lines, "5,6,"]))
    return path


@pytest.mark.slow
def test_own_data_are_learnt(folder: Path) -> None:
    done = nnviz("train", "--data", str(_table(folder)), "--hidden", "8", "--epochs", "40", "--batch-size", "8",
                 "--learning-rate", "0.02", "--json")
    assert done.returncode == 0, done.stderr
    assert "1 rows without a target were left out." in done.stderr
    end = json.loads(done.stdout.splitlines()[-1])
    assert (end["network"], end["test_count"]) == ("2-8-3", 13)
    assert end["test_accuracy"] > 0.8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target", "colour"], "flowers.csv has no column 'colour'; it has width, height, kind"),
        (["--dataset", "iris"], "--data and --dataset both say what is learnt"),
        (["--run", "a.run.json"], "--data and --run both say what is learnt"),
        (["--hidden", "0"], "units must be at least 1"),
    ],
)
def test_own_data_that_do_not_do_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert main(["train", "--data", str(_table(folder)), *options]) == 2
    assert words in capsys.readouterr().err


def test_a_target_without_data_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--target", "kind"]) == 2
    assert "--target and --missing are for --data" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_of_a_file_is_trained_and_the_same_run_gives_the_same_network(folder: Path) -> None:
    path = folder / "discs.run.json"
    run = Run(
        DatasetChoice("discs", {"count": 400, "noise": 0.05, "seed": 9}),
        NetworkSpec((2,), (LayerSpec(24, dropout=0.1, l2=1e-4), LayerSpec(2, "sigmoid"))),
        TrainingConfig("adam", 0.02, 20, 30, "binary_crossentropy", seed=5, patience=3, schedule="cosine"),
    )
    run.save(path)
    done = [nnviz("train", "--run", str(path), "--json", "--save", str(folder / f"{i}.keras")) for i in range(2)]
    ends = [json.loads(each.stdout.splitlines()[-1]) for each in done]
    assert ends[0]["network"] == "2-24-2"
    assert ends[0]["test_count"] == 60
    assert ends[0]["test_accuracy"] > 0.7
    for name in ("test_loss", "test_accuracy"):
        assert ends[0][name] == ends[1][name]
    one, other = (read_model(folder / f"{i}.keras")[1] for i in range(2))
    for a, b in zip(one, other, strict=True):
        assert np.array_equal(a.kernel, b.kernel)
        assert np.array_equal(a.bias, b.bias)
    path.write_text(run.to_json().replace('"seed": 5', '"seed": 6'), encoding="utf-8")
    changed = nnviz("train", "--run", str(path), "--json")
    assert json.loads(changed.stdout.splitlines()[-1])["test_loss"] != ends[0]["test_loss"]


def test_a_run_that_does_not_fit_its_data_is_refused_before_tensorflow(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "iris.run.json"
    Run(DatasetChoice("iris"), NetworkSpec((9,), (LayerSpec(3, "softmax"),)), TrainingConfig()).save(path)
    assert main(["train", "--run", str(path)]) == 2
    assert capsys.readouterr().err == "nnviz: error: Iris has 4 inputs, 9-3 takes 9\n"
    path.write_text("{}", encoding="utf-8")
    assert main(["train", "--run", str(path)]) == 2
    assert "iris.run.json: this is no run of nnviz" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dataset", "network", "metric", "low", "high"),
    [
        # An always-mean guess errs by 66 on these 66 people, least squares by about 45.
        ("diabetes", "10-16-1", "mean_absolute_error", 20, 60),
        ("breast-cancer", "30-16-1", "accuracy", 0.93, 1),
        ("discs", "2-16-2", "accuracy", 0.8, 1),
        ("reg-plane", "2-16-1", "mean_absolute_error", 0, 0.1),
    ],
)
def test_every_task_is_learnt(dataset: str, network: str, metric: str, low: float, high: float) -> None:
    arguments = f"--dataset {dataset} --hidden 16 --epochs 20 --batch-size 16 --learning-rate 0.01 --json"
    done = nnviz("train", *arguments.split())
    assert done.returncode == 0, done.stderr
    end = json.loads(done.stdout.splitlines()[-1])
    assert end["network"] == network
    assert low <= end[f"test_{metric}"] <= high


def test_a_data_set_that_is_not_here_and_cannot_be_fetched_says_so() -> None:
    # Nobody listens at that proxy: as good as no internet, wherever the test runs.
    environment = os.environ | {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    environment.pop("no_proxy", None)
    environment.pop("NO_PROXY", None)
    command = [sys.executable, "-m", "app", "train", "--dataset", "california-housing"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "California housing (442 kB) could not be downloaded. Tried ndownloader.figshare.com: " in done.stderr
    assert done.stderr.count("\n") == 1
