"""The command line explains itself, answers at once and says what is wrong in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.cli import build_parser
from nnviz import __version__

COMMANDS = ("desktop", "digits", "lecture", "train", "predict", "screenshot")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder; ``tmp_path`` itself holds the settings and caches of the test."""
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"nnviz {__version__}\n"


def test_help_names_every_command_and_gives_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for word in (*COMMANDS, "examples:", "Exit codes"):
        assert word in text


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert f"nnviz {command}" in text
    assert "examples:" in text


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["train", "--help"], ["predict", "--strokes", "STROKES"]]
)
def test_neither_qt_nor_tensorflow_is_imported(arguments: list[str], folder: Path) -> None:
    strokes = folder / "s.json"
    strokes.write_text('{"format": "strokes-1", "digits": [{"strokes": [[[0, 0], [0, 9]]]}]}')
    code = (
        "import sys\n"
        "from app.__main__ import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "roots = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(roots & {'tensorflow', 'keras', 'PySide6', 'pyqtgraph', 'h5py', 'numba'}))\n"
    )
    given = [str(strokes) if argument == "STROKES" else argument for argument in arguments]
    done = subprocess.run(
        [sys.executable, "-c", code, *given], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--hidden", "0"], "units must be at least 1, got 0 (layer 1)"),
        (["train", "--hidden", "64,-3"], "units must be at least 1, got -3 (layer 2)"),
        (["train", "--hidden", "64,abc"], "units must be a whole number, got 'abc' (layer 2)"),
        (["train", "--hidden", "10000000"], "units must be at most 4,096, got 10,000,000 (layer 1)"),
        (["train", "--hidden", "4096,4096,4096"], "at most 20,000,000 weights"),
        (["train", "--hidden", ",".join(["2"] * 40)], "1 to 32 layers, got 41"),
        (["train", "--learning-rate", "nan"], "learning_rate must be above 0 and at most 1000, got nan"),
        (["train", "--learning-rate", "inf"], "learning_rate must be above 0"),
        (["train", "--learning-rate", "0"], "learning_rate must be above 0"),
        (["train", "--epochs", "0"], "epochs must be at least 1, got 0"),
        (["train", "--epochs", "abc"], "--epochs: invalid int value: 'abc'"),
        (["train", "--epochs", "1e9"], "--epochs: invalid int value"),
        (["train", "--batch-size", "100000"], "batch_size must be at most 10,000, got 100,000"),
        (["train", "--seed", "-1"], "seed must be at least 0, got -1"),
        (["train", "--dataset", "nothing"], "'nothing'"),
        (["train", "--run", "FOLDER/gone.run.json"], "gone.run.json cannot be read"),
        (["train", "--run", "FOLDER"], "cannot be read"),
        (["train", "--run", "a.run.json", "--epochs", "3", "--batch-size", "9"], "what --epochs, --batch-size would"),
        (["train", "--save", "FOLDER/no/m.keras"], "does not exist"),
        (["train", "--save", "FOLDER/m.h5"], "must end in .keras, got 'm.h5'"),
        (["train", "--save", "FOLDER"], "must end in .keras"),
        (["screenshot", "--front-end", "desktop", "--out", "FOLDER/a.jpg"], "must end in .png, got 'a.jpg'"),
        (["screenshot", "--front-end", "desktop", "--out", "FOLDER/no/a.png"], "does not exist"),
        (["screenshot", "--front-end", "desktop", "--out", "FOLDER/a.png", "--size", "9x9"], "width"),
        (["screenshot", "--front-end", "desktop", "--out", "FOLDER/a.png", "--size", "big"], "1440x900"),
        (["screenshot", "--front-end", "desktop", "--out", "FOLDER/a.png", "--scale", "3"], "--scale"),
        (["screenshot", "--front-end", "nothing", "--out", "FOLDER/a.png"], "'nothing'"),
        (["predict"], "--strokes"),
        (["predict", "--strokes", "FOLDER/gone.json"], "gone.json cannot be read"),
        (["nothing"], "'nothing'"),
        (["--nothing"], "--nothing"),
    ],
)
def test_a_wrong_value_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [argument.replace("FOLDER", str(folder)) for argument in arguments]
    try:
        code: object = main(given)
    except SystemExit as stop:  # argparse's way
        code = stop.code
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.startswith("nnviz: error: ")
    assert err.count("\n") == 1
    assert said in err
    assert list(folder.iterdir()) == []


def test_an_option_before_the_command_holds_unless_the_command_has_its_own() -> None:
    from app.cli import build_parser

    parse = build_parser().parse_args
    assert parse([]).front_end == "desktop"
    assert parse([]).theme is None
    assert parse(["--theme", "dark", "digits"]).theme == "dark"
    assert parse(["--theme", "dark", "digits"]).front_end == "digits"
    assert parse(["--theme", "dark", "digits", "--theme", "light"]).theme == "light"
    assert parse(["lecture", "--full-screen"]).full_screen is True
    assert parse(["lecture"]).full_screen is False


def test_a_reader_who_leaves_early_causes_no_traceback(folder: Path) -> None:
    digit = '{"strokes": [[[0, 0], [0, 9]]]}'
    strokes = folder / "s.json"
    strokes.write_text(f'{{"format": "strokes-1", "digits": [{",".join([digit] * 600)}]}}')
    command = [sys.executable, "-m", "app", "predict", "--strokes", str(strokes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline().startswith("{")
        child.stdout.close()
        assert child.stderr.read() == ""
    assert child.returncode == 141


def test_ctrl_c_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import nnviz.data.strokes as strokes

    def interrupt(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(strokes, "read_strokes", interrupt)
    assert main(["predict", "--strokes", os.devnull]) == 130
    assert capsys.readouterr().err == "nnviz: stopped\n"


@pytest.mark.parametrize(("text", "name"), [("cpu", "CPU:0"), ("gpu", "GPU:0"), ("GPU:1", "GPU:1")])
@pytest.mark.parametrize("command", [[], ["desktop"], ["lecture"], ["train"]])
def test_a_device_can_be_named(command: list[str], text: str, name: str) -> None:
    assert build_parser().parse_args([*command, "--device", text]).device == name


def test_a_device_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["--device", "tpu"])
    assert "a device is cpu, gpu or gpu:1 and so on, got 'tpu'" in capsys.readouterr().err
