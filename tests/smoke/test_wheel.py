"""What is built has everything in it and runs without the checkout."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed"),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Built from a copy, so that a build leaves nothing in the checkout.
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns(".git", "__pycache__", ".venv", ".*_cache", "build", "dist")
    shutil.copytree(ROOT, source / "nnviz", ignore=ignored)
    command = [
        sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index",
        "--wheel-dir", str(out), str(source / "nnviz"),
    ]  # fmt: skip
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (built,) = out.glob("*.whl")
    return built


def test_assets_and_modules_are_inside_and_tests_are_not(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    for path in (ROOT / "assets").rglob("*"):
        if path.is_file():
            inside = f"nnviz/_assets/{path.relative_to(ROOT / 'assets').as_posix()}"
            assert sizes.get(inside) == path.stat().st_size, inside
    for package in ("app", "nnviz"):
        for path in (ROOT / package).rglob("*.py"):
            assert path.relative_to(ROOT).as_posix() in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "assets/"))]
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_the_command_is_an_entry_point(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (entry,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "nnviz = app.__main__:main" in archive.read(entry).decode()


def test_what_is_unpacked_finds_its_own_assets(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    strokes = tmp_path / "one.json"
    strokes.write_text('{"format": "strokes-1", "digits": [{"label": 1, "strokes": [[[0, 0], [0, 99]]]}]}')
    code = (
        "import sys, nnviz.assets, app.__main__\n"
        "print(nnviz.assets.assets_folder())\n"
        "print(len(nnviz.assets.asset('mnist.npz').read_bytes()))\n"
        "sys.exit(app.__main__.main(['predict', '--strokes', sys.argv[1]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(strokes)],
        check=False, capture_output=True, text=True, timeout=120, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder, size, digit, total = done.stdout.splitlines()
    assert Path(folder) == site / "nnviz" / "_assets"
    assert int(size) == (ROOT / "assets" / "mnist.npz").stat().st_size
    assert '"predicted": 1' in digit
    assert '"accuracy": 1.0' in total
