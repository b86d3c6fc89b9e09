"""Without a way to show a window there is a sentence, never an abort of Qt."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.display import PACKAGES, DisplayError, check_display, library_error

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux may lack a display")


def nnviz(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR", "XAUTHORITY")
    }  # fmt: skip
    command = [sys.executable, "-m", "app", "desktop"]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env={**kept, **environment}
    )


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ({"DISPLAY": ":987"}, "DISPLAY=:987"),
        ({"DISPLAY": "nonsense"}, "DISPLAY=nonsense"),
        ({"DISPLAY": ":99999999"}, "cannot be reached"),
        ({"WAYLAND_DISPLAY": "wl-987", "XDG_RUNTIME_DIR": "/nonexistent"}, "WAYLAND_DISPLAY=wl-987"),
        ({"QT_QPA_PLATFORM": "xcb"}, "neither DISPLAY"),
    ],
)
def test_one_sentence_and_exit_code_1(environment: dict[str, str], said: str) -> None:
    done = nnviz(**environment)
    assert done.returncode == 1  # an abort would be negative
    assert done.stdout == ""
    assert done.stderr.startswith("nnviz: error: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr
    assert "start nnviz in a desktop session" in done.stderr


def test_a_platform_without_display_needs_none() -> None:
    check_display({"QT_QPA_PLATFORM": "offscreen"})
    check_display({"QT_QPA_PLATFORM": "vnc:size=800x600"})
    with pytest.raises(DisplayError):
        check_display({"QT_QPA_PLATFORM": "offscreen;xcb"})


def test_a_socket_that_answers_is_a_wayland_display(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "wl"))
        server.listen()
        check_display({"WAYLAND_DISPLAY": "wl", "XDG_RUNTIME_DIR": str(tmp_path)})
        check_display({"WAYLAND_DISPLAY": str(tmp_path / "wl")})
    with pytest.raises(DisplayError):
        check_display({"WAYLAND_DISPLAY": "wl", "XDG_RUNTIME_DIR": str(tmp_path)})


@pytest.fixture
def x_server() -> Iterator[str]:
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed")
    reader, writer = os.pipe()
    command = [server, "-displayfd", str(writer), "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as numbers:
        number = numbers.readline().strip()
    yield f":{number}"
    process.terminate()
    process.wait(20)


def test_a_real_x_server_is_found_until_it_has_gone(x_server: str) -> None:
    check_display({"DISPLAY": x_server})
    check_display({"DISPLAY": f"{x_server}.0"})
    check_display({"DISPLAY": x_server, "WAYLAND_DISPLAY": "gone"})


def test_an_x_server_that_refuses_the_login_is_a_sentence(tmp_path: Path) -> None:
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed")
    authority = tmp_path / "auth"
    # One entry in Xauthority's format: local host, MIT-MAGIC-COOKIE-1, a cookie nobody is told.
    parts = (socket.gethostname().encode(), b"", b"MIT-MAGIC-COOKIE-1", b"0123456789abcdef")
    authority.write_bytes(b"\x01\x00" + b"".join(len(part).to_bytes(2, "big") + part for part in parts))
    reader, writer = os.pipe()
    command = [server, "-displayfd", str(writer), "-auth", str(authority), "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as process:
        os.close(writer)
        with os.fdopen(reader) as numbers:
            display = f":{numbers.readline().strip()}"
        done = nnviz(DISPLAY=display, XAUTHORITY=os.devnull)
        process.terminate()
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr


@pytest.mark.parametrize(
    ("said", "package"),
    [
        ("libEGL.so.1: cannot open shared object file: No such file or directory", "libegl1"),
        ("libxcb-cursor.so.0: cannot open shared object file: No such file or directory", "libxcb-cursor0"),
        ("libsomething.so.7: cannot open shared object file", "libgl1"),
    ],
)
def test_a_missing_library_is_named_with_its_package(said: str, package: str) -> None:
    text = str(library_error(ImportError(said)))
    assert said.split(":")[0] in text
    assert f" {package}" in text
    assert "sudo apt install" in text
    assert "\n" not in text


def test_missing_qt_for_python_is_told(tmp_path: Path) -> None:
    # A package of that name without modules stands for an installation without Qt.
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").touch()
    done = nnviz(QT_QPA_PLATFORM="offscreen", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "pip install PySide6-Essentials" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_library_that_cannot_be_loaded_is_one_sentence(tmp_path: Path) -> None:
    # Qt's own binding fails in the loader exactly like this where libEGL is not installed.
    package = tmp_path / "PySide6"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "QtCore.py").touch()
    line = 'raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")\n'
    (package / "QtGui.py").write_text(line)
    done = nnviz(QT_QPA_PLATFORM="offscreen", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "libEGL.so.1" in done.stderr
    assert PACKAGES["libEGL.so.1"] in done.stderr
    assert done.stderr.count("\n") == 1
