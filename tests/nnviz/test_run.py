"""A run goes into text and comes back the same, and what is no run is told why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nnviz import __version__
from nnviz.data.dataset import DatasetChoice
from nnviz.errors import FileFormatError, SaveError, SpecError
from nnviz.run import FORMAT, MAX_CHARACTERS, Run, read_run
from nnviz.spec import LayerSpec, NetworkSpec, TrainingConfig, classifier

PLAIN = Run(DatasetChoice("mnist"), classifier(), TrainingConfig())
RICH = Run(
    DatasetChoice("blobs", {"count": 300, "noise": 0.25, "classes": 5}),
    NetworkSpec((2,), (
        LayerSpec(7, "prelu", "he_normal", False, True, 0.25, 1e-5, 0.001), LayerSpec(3, "step"),
        LayerSpec(5, "softmax"),
    )),
    TrainingConfig(
        "nesterov", 0.125, 17, 33, "huber", 99, False, 0.5, "cosine", 0.25, 7.5, 1.5, 0.2, 4, False, 0.97,
    ),
)  # fmt: skip


def changed(run: Run, *keys: str | int, value: Any) -> str:
    """Return the text of a run in which one value is another."""
    data = json.loads(run.to_json())
    place = data
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return json.dumps(data)


@pytest.mark.parametrize("run", [PLAIN, RICH], ids=["plain", "rich"])
def test_what_was_written_is_read(run: Run, tmp_path: Path) -> None:
    text = run.to_json()
    assert Run.from_json(text) == run
    assert Run.from_json(text).to_json() == text
    assert text.endswith("}\n")
    path = tmp_path / "my.run.json"
    run.save(path)
    assert path.read_text(encoding="utf-8") == text
    assert read_run(path) == run
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())  # as an editor of Windows leaves it
    assert read_run(path) == run


def test_people_can_read_and_compare_the_text() -> None:
    lines = RICH.to_json().splitlines()
    assert [line.split('"')[1] for line in lines if line.startswith('  "')] == [
        "format", "nnviz", "dataset", "network", "training",
    ]
    assert '    "learning_rate": 0.125,' in lines
    assert f'  "nnviz": "{__version__}",' in lines
    # One value changed is one line changed.
    other = changed(RICH, "training", "seed", value=98)
    differing = [pair for pair in zip(lines, Run.from_json(other).to_json().splitlines(), strict=True)
                 if pair[0] != pair[1]]
    assert differing == [('    "seed": 99,', '    "seed": 98,')]


def test_what_is_absent_in_network_and_training_takes_its_default() -> None:
    text = json.dumps({
        "format": 1, "nnviz": "0.1", "dataset": {"name": "iris"},
        "network": {"input_shape": [4], "layers": [{"units": 3, "activation": "softmax"}]}, "training": {"seed": 5},
    })
    run = Run.from_json(text)
    assert run.spec == NetworkSpec((4,), (LayerSpec(3, "softmax"),))
    assert run.config == TrainingConfig(seed=5)
    assert run.dataset == DatasetChoice("iris")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"), ("  \n", "empty"), ("hello", "not JSON"), ("[1]", "JSON object, got list"),
        ("{}", "format must be a whole number from 1, got none"), ('{"format": "1"}', "got '1'"),
        ('{"format": true}', "got True"), ("[" * 100_000, "not JSON"), ("1" * 5_000, "not JSON"),
        ("x" * (MAX_CHARACTERS + 1), "1,000,000 characters"),
        ('{"format": 1, "format": 1}', "'format' stands more than once"),
        ('{"format": 1}', "needs 'nnviz', 'dataset', 'network', 'training'"),
        (changed(PLAIN, "nnviz", value=3), "nnviz must be the text of a version, got 3"),
        (changed(PLAIN, "colour", value=3), "unknown entries of a run: colour"),
        (changed(PLAIN, "dataset", value="mnist"), "name and options"),
        (changed(PLAIN, "dataset", "nmae", value="mnist"), "name and options"),
        (changed(PLAIN, "dataset", "name", value=7), "name of a data set must be a text, got 7"),
        (changed(PLAIN, "dataset", "options", value=[1]), "options of a data set must be an object"),
        (changed(PLAIN, "network", value=None), "network: a network must be a JSON object"),
        (changed(PLAIN, "network", "layers", 1, "units", value=0), "units must be at least 1, got 0 (layer 2)"),
        (changed(PLAIN, "network", "layers", 0, "activaton", value="relu"), "unknown layer 1 entries: activaton"),
        (changed(PLAIN, "network", "input_shape", value=["28"]), "input_shape must be a whole number, got '28'"),
        (changed(PLAIN, "training", "epochs", value=2.5), "training: epochs must be a whole number, got 2.5"),
        (changed(PLAIN, "training", "learning_rate", value=float("nan")), "learning_rate must be above 0"),
        (changed(PLAIN, "training", "optimiser", value="sgd"), "unknown training configuration entries: optimiser"),
        (changed(PLAIN, "training", "schedule", value=["step"]), "schedule must be one of"),
    ],
)
def test_what_is_no_run_is_told_why(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        Run.from_json(text)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 600
    path = tmp_path / "bad.run.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"bad\.run\.json"):
        read_run(path)


def test_a_newer_format_says_what_to_do() -> None:
    text = json.dumps({"format": FORMAT + 1, "nnviz": "9.9", "things": "nobody knows yet"})
    with pytest.raises(SpecError, match=rf"format {FORMAT + 1}, written by nnviz 9\.9; nnviz {__version__} .* Update"):
        Run.from_json(text)


def test_files_that_cannot_be_read_or_written_say_so(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match=r"gone\.run\.json cannot be read"):
        read_run(tmp_path / "gone.run.json")
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_run(tmp_path)
    binary = tmp_path / "b.run.json"
    binary.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(FileFormatError, match="not text in UTF-8"):
        read_run(binary)
    with pytest.raises(SaveError):
        PLAIN.save(tmp_path / "no" / "a.run.json")
