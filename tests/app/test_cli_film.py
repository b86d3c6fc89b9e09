"""``nnviz film``: what is asked for is what is filmed, and what cannot be is said before anything is trained."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from app.cli import build_parser
from app.cli.film import stage_range
from nnviz.errors import NnvizError, SpecError
from nnviz.picture.stage_names import stage_key
from nnviz.picture.timeline import stages


def test_stages_are_named_by_kind_and_layer() -> None:
    plan = stages(3)
    names = [stage_key(stage) for stage in plan]
    assert len(set(names)) == len(names)
    assert stage_range(plan, None, None) == (0, len(plan) - 1)
    assert stage_range(plan, "sum-2", "loss") == (names.index("sum-2"), names.index("loss"))
    # A kind alone is its first stage, or its last.
    assert stage_range(plan, "sum", "sum") == (names.index("sum-1"), names.index("sum-3"))


@pytest.mark.parametrize(("first", "last", "words"), [
    ("song", None, "--from must be one of input, sum-1"), (None, "sum-9", "--to must be one of"),
    ("loss", "input", "--from must not come after --to"),
])
def test_stages_that_are_not_there_are_refused(first: str | None, last: str | None, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        stage_range(stages(2), first, last)


@pytest.mark.parametrize(("options", "words"), [
    (["x.avi"], r"\.gif or \.mp4"), (["no folder/x.gif"], "does not exist"), (["x.gif", "--fps", "60"], "at most 50"),
    (["x.gif", "--fps", "0"], "frame rate"), (["x.gif", "--size", "10x10"], "width"),
    (["x.gif", "--steps", "-1"], "steps"),
    (["x.gif", "--from", "song"], "--from"), (["x.gif", "--run", "no.run.json"], "no.run.json"),
    (["x.gif", "--run", "x.run.json", "--dataset", "iris"], "either"),
    (["x.gif", "--dataset", "iris", "--sample", "9999"], "--sample must be from 0"),
])
def test_what_cannot_be_is_said_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    arguments = build_parser().parse_args(["film", *options])
    with pytest.raises(NnvizError, match=words):
        arguments.run(arguments)
    assert not list(tmp_path.glob("x.*"))


@pytest.mark.slow
def test_a_film_is_made_without_a_display(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("QT_QPA_PLATFORM", None)
    made = []
    for name in ("one.gif", "two.gif"):
        command = [
            sys.executable, "-m", "app", "film", str(tmp_path / name), "--dataset", "iris", "--steps", "3",
            "--size", "480x270", "--fps", "5", "--from", "loss", "--theme", "dark",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        assert "480 x 270" in done.stdout
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    with Image.open(tmp_path / "one.gif") as image:
        assert image.size == (480, 270)
        assert image.n_frames > 10
        assert sum(image.convert("RGB").getpixel((2, 2))) < 150  # type: ignore[arg-type]
