"""What importing may not drag in, each looked at in a fresh process."""

from __future__ import annotations

import ast
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import app
import nnviz

LOOK = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
roots = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted(roots & set(json.loads(sys.argv[2])))))
"""


def _modules(package: object) -> list[str]:
    path, name = package.__path__, package.__name__  # type: ignore[attr-defined]
    found = [module.name for module in pkgutil.walk_packages(path, f"{name}.")]
    return [name, *(module for module in found if not module.endswith("__main__"))]


def _dragged_in(modules: list[str], forbidden: list[str]) -> list[str]:
    command = [sys.executable, "-c", LOOK, json.dumps(modules), json.dumps(forbidden)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_library_imports_neither_tensorflow_nor_qt_nor_the_application() -> None:
    modules = _modules(nnviz)
    assert "nnviz.training.keras_backend" in modules
    assert _dragged_in(modules, ["tensorflow", "keras", "PySide6", "pyqtgraph", "app"]) == []


def test_the_application_does_not_import_tensorflow_before_it_is_asked_to() -> None:
    modules = _modules(app)
    assert "app.engine_thread" in modules
    assert _dragged_in(modules, ["tensorflow", "keras"]) == []


def test_only_the_keras_modules_import_tensorflow_at_all() -> None:
    found = set()
    for package in (nnviz, app):
        root = Path(package.__path__[0])
        for path in root.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                else:
                    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if {name.partition(".")[0] for name in names} & {"tensorflow", "keras"}:
                    found.add(path.relative_to(root.parent).as_posix())
    assert "nnviz/training/keras_start.py" in found
    assert [path for path in sorted(found) if not path.startswith("nnviz/training/keras_")] == []


def test_the_check_itself_finds_what_it_looks_for() -> None:
    assert _dragged_in(["PySide6.QtCore"], ["PySide6", "tensorflow"]) == ["PySide6"]


@pytest.mark.slow
def test_tensorflow_starts_without_a_word_on_the_terminal() -> None:
    code = "from nnviz.training.keras_backend import import_tensorflow; print(import_tensorflow())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2.")
    assert done.stderr == ""
