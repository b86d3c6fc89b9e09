"""``nnviz predict``: lines of JSON that agree with a computation of their own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.__main__ import main
from nnviz.storage.bundled import load_bundled
from tests.nnviz.test_storage_models import dense, entry, sequential, weights, write

ONE = [[[50, 0], [50, 100]]]
ZERO = [[[50 + 30 * np.sin(t), 50 - 50 * np.cos(t)] for t in np.linspace(0, 2 * np.pi, 40).tolist()]]
STROKES_DEV = Path(__file__).parents[3] / "shared" / "data" / "strokes-dev.json.gz"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["predict", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def save(path: Path, *digits: dict[str, Any]) -> str:
    path.write_text(json.dumps({"format": "strokes-1", "digits": list(digits)}))
    return str(path)


def test_each_digit_is_a_line_and_the_last_one_is_the_sum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = ((1, ONE), (0, ZERO), (7, ONE))
    path = save(tmp_path / "s.json", *({"label": label, "strokes": strokes} for label, strokes in drawn))
    lines = run(capsys, "--strokes", path)
    assert [line["label"] for line in lines[:-1]] == [1, 0, 7]
    assert [line["predicted"] for line in lines[:-1]] == [1, 0, 1]
    for line in lines[:-1]:
        assert len(line["probabilities"]) == 10
        assert sum(line["probabilities"]) == pytest.approx(1, abs=1e-4)
        assert int(np.argmax(line["probabilities"])) == line["predicted"]
    assert lines[-1] == {"accuracy": pytest.approx(2 / 3), "count": 3}


def test_labels_may_be_absent_or_null(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digits = ({"strokes": ONE}, {"label": None, "strokes": ONE}, {"label": 1, "strokes": ONE})
    path = save(tmp_path / "a.json", *digits)
    lines = run(capsys, "--strokes", path)
    assert [line["label"] for line in lines[:-1]] == [None, None, 1]
    assert lines[-1] == {"accuracy": 1.0, "count": 3}
    path = save(tmp_path / "b.json", {"strokes": ONE})
    assert run(capsys, "--strokes", path)[-1] == {"accuracy": None, "count": 1}


def test_compressed_strokes_give_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = save(tmp_path / "s.json", {"label": 0, "strokes": ZERO})
    packed = tmp_path / "s.json.gz"
    packed.write_bytes(gzip.compress(Path(plain).read_bytes()))
    assert run(capsys, "--strokes", plain) == run(capsys, "--strokes", str(packed))


def keras_file(path: Path, *, inputs: int = 784, outputs: int = 10, activation: str = "softmax") -> str:
    """Write a network without hidden layers whose bias alone decides: class 6 for everything."""

    def edit(file: Any) -> None:
        file["layers/dense/vars/0"][:] = 0
        file["layers/dense/vars/1"][:] = np.eye(outputs)[6 % outputs] * 2

    config = sequential(entry(inputs), dense("a", outputs, activation))
    return str(write(path, config, weights(("a", (inputs, outputs)), edit=edit)))


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_a_keras_file_is_used_and_logits_become_probabilities(
    tmp_path: Path, activation: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model = keras_file(tmp_path / "m.keras", activation=activation)
    strokes = save(tmp_path / "s.json", {"label": 1, "strokes": ONE})
    line, total = run(capsys, "--strokes", strokes, "--model", model)
    assert line["predicted"] == 6
    rest = 1 / (np.exp(2) + 9)
    np.testing.assert_allclose(line["probabilities"], [rest] * 6 + [np.exp(2) * rest] + [rest] * 3, atol=1e-6)
    assert total["accuracy"] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [({"inputs": 4}, "4-10"), ({"outputs": 7}, "784-7"), ({"activation": "relu"}, "got relu")],
)
def test_networks_not_for_digits_are_refused(
    tmp_path: Path, options: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model = keras_file(tmp_path / "m.keras", **options)
    strokes = save(tmp_path / "s.json", {"strokes": ONE})
    assert main(["predict", "--strokes", strokes, "--model", model]) == 2
    err = capsys.readouterr().err
    assert model in err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "x", "digits": []}', b"\x1f\x8b\x08bad"])
def test_damaged_strokes_are_one_line(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    assert main(["predict", "--strokes", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert str(path) in err
    assert err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(not STROKES_DEV.is_file(), reason="the development strokes are not here")
def test_real_writers_are_read_about_as_well_as_mnist(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "--strokes", str(STROKES_DEV))
    right = [line["label"] == line["predicted"] for line in lines[:-1]]
    assert lines[-1]["count"] == len(right) == 2000
    assert lines[-1]["accuracy"] == pytest.approx(np.mean(right))
    # Measured 0.983; a mistake in pen, fit or centre costs much more than this margin.
    assert lines[-1]["accuracy"] > 0.95
    assert load_bundled()[2]["test_accuracy"] > 0.97


def test_a_report_counts_and_is_written_as_text_or_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = ((1, ONE), (0, ZERO), (7, ONE), (0, ZERO))
    path = save(tmp_path / "s.json", *({"label": label, "strokes": strokes} for label, strokes in drawn))
    (report,) = run(capsys, "--strokes", path, "--report", "json")
    assert report["count"] == 4
    assert report["accuracy"] == 0.75
    assert report["confusion"][7][1] == 1
    assert report["confusion"][0][0] == 2
    assert report["classes"]["1"] == {"count": 1, "recall": 1.0, "precision": 0.5}
    assert report["classes"]["5"] == {"count": 0, "recall": None, "precision": None}
    assert 0 <= report["expected_calibration_error"] <= 1
    assert sum(report["said"].values()) == 4
    assert sum(entry["count"] for entry in report["reliability"]) == 4
    assert main(["predict", "--strokes", path, "--report"]) == 0
    text = capsys.readouterr().out
    assert "4 digits, 75.00 % right" in text
    assert "calibration error" in text


def test_the_test_set_is_reported_as_measured(capsys: pytest.CaptureFixture[str]) -> None:
    (report,) = run(capsys, "--dataset", "mnist", "--report", "json")
    assert report["count"] == 10_000
    assert report["accuracy"] == pytest.approx(load_bundled()[2]["test_accuracy"])
    assert report["expected_calibration_error"] < 0.005


def test_pictures_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    from nnviz.data.pen import paint_strokes

    Image.fromarray(255 - paint_strokes([np.array(ZERO[0])])).save(tmp_path / "zero.png")
    Image.new("L", (60, 60), 230).save(tmp_path / "blank.png")
    zero, blank = run(capsys, str(tmp_path / "zero.png"), str(tmp_path / "blank.png"))
    assert (zero["kind"], zero["answer"]) == ("digits", "0")
    assert zero["digits"][0]["predicted"] == 0
    assert sum(zero["digits"][0]["probabilities"]) == pytest.approx(1, abs=1e-4)
    assert (blank["kind"], blank["digits"]) == ("empty", [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "one of the three"), (["a.png", "--dataset", "mnist"], "one of the three"),
        (["a.png", "--report"], "pictures have none"), (["gone.png"], "gone.png"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_report_needs_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save(tmp_path / "s.json", {"strokes": ONE})
    assert main(["predict", "--strokes", path, "--report"]) == 2
    assert "no digit of" in capsys.readouterr().err
