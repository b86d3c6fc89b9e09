"""Finds out whether a window can be shown before Qt tries: Qt aborts the process where it cannot."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from nnviz.errors import NnvizError

CONNECT_TIMEOUT_S = 3.0
#: Platforms of Qt that draw without a display server.
_WITHOUT_DISPLAY = ("offscreen", "minimal", "vnc", "eglfs", "linuxfb", "vkkhrdisplay")
#: System library -> Debian and Ubuntu package.
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libGLX.so.0": "libglx0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
#: What Qt needs besides on a bare Debian or Ubuntu; told together, so that one round is enough.
_USUAL = ("libegl1", "libgl1", "libxkbcommon-x11-0", "libxcb-cursor0", "libdbus-1-3", "libfontconfig1")


#: Display -> the connection that was made to see whether it answers.
_open_displays: dict[str, int] = {}


class DisplayError(NnvizError):
    """There is no way to show a window here."""


def check_display(environment: Mapping[str, str] | None = None) -> None:
    """Check that a display server can be reached; on other systems than Linux there always is one.

    Raises:
        DisplayError: none is set, or the one that is set cannot be reached.
    """
    environment = os.environ if environment is None else environment
    if not sys.platform.startswith("linux"):
        return
    platform = environment.get("QT_QPA_PLATFORM", "")
    if platform and all(part.split(":")[0] in _WITHOUT_DISPLAY for part in platform.split(";")):
        return
    display, wayland = environment.get("DISPLAY", ""), environment.get("WAYLAND_DISPLAY", "")
    if not display and not wayland:
        raise DisplayError(
            "there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set): start "
            "nnviz in a desktop session, connect with 'ssh -X', or use 'nnviz train', 'nnviz predict' or "
            "'nnviz screenshot', which need none"
        )
    if wayland and _wayland_answers(wayland, environment):
        return
    if display and _x_answers(display):
        return
    named = " and ".join(
        f"{name}={value}" for name, value in (("WAYLAND_DISPLAY", wayland), ("DISPLAY", display)) if value
    )
    raise DisplayError(
        f"the display cannot be reached ({named}): check that it runs and that you may use it, or start "
        "nnviz in a desktop session"
    )


def has_display() -> bool:
    """Whether a window can be shown on a display, or was asked for without one (QT_QPA_PLATFORM)."""
    try:
        check_display()
    except DisplayError:
        return False
    return True


def _wayland_answers(name: str, environment: Mapping[str, str]) -> bool:
    # An absolute name replaces the folder, as Wayland has it.
    path = Path(environment.get("XDG_RUNTIME_DIR", "/nonexistent")) / name
    return _connects(socket.AF_UNIX, str(path))


def _x_answers(display: str) -> bool:
    """Try what Qt will: libxcb, which also logs in; over a network first the socket, for its time limit."""
    parsed = re.fullmatch(r"(?:(?P<host>[^:/]*)/?(?:unix)?)?:(?P<number>\d+)(?:\.\d+)?", display)
    if parsed is None:
        return False
    host, number = parsed["host"] or "", int(parsed["number"])
    if number > 59_535:
        return False
    if host not in ("", "unix") and not _connects(socket.AF_INET, (host, 6000 + number)):
        return False
    return _xcb_accepts(display)


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    try:
        if family is socket.AF_INET and isinstance(address, tuple):
            socket.create_connection(address, CONNECT_TIMEOUT_S).close()
            return True
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(CONNECT_TIMEOUT_S)
            connection.connect(address)
            return True
    except OSError:
        return False


def _xcb_accepts(display: str) -> bool:
    if display in _open_displays:
        return True
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # not to be known; a missing library is told about by check_libraries
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = (ctypes.c_void_p,)
    xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(display.encode(), None)
    if int(xcb.xcb_connection_has_error(connection)) == 0:
        # Stays open: Xvfb starts anew when its last client leaves, and for that moment refuses Qt.
        _open_displays[display] = connection
        return True
    xcb.xcb_disconnect(connection)
    return False


def library_error(error: Exception) -> DisplayError:
    """Return the sentence for what Qt's import raised: which library is missing, in which package it is."""
    said = str(error)
    found = re.search(r"(lib[\w.+-]+\.so[\w.]*)", said)
    if isinstance(error, ModuleNotFoundError):
        return DisplayError(
            f"Qt for Python is not installed ({said}): install it with 'pip install PySide6-Essentials'"
        )
    if found is None:
        return DisplayError(f"Qt cannot start ({said}): reinstall it with 'pip install PySide6-Essentials'")
    library = found[1]
    packages = list(dict.fromkeys((PACKAGES[library], *_USUAL) if library in PACKAGES else _USUAL))
    return DisplayError(
        f"Qt needs the system library {library}, which is missing: on Debian or Ubuntu install "
        f"'sudo apt install {' '.join(packages)}', elsewhere the packages that hold these libraries"
    )


def check_libraries() -> None:
    """Import Qt and load its platform plugin, so that a missing system library is a sentence, not an abort.

    Raises:
        DisplayError: a library is missing; the message names it and its Debian package.
    """
    try:
        from PySide6 import QtCore, QtGui, QtWidgets  # noqa: F401
    except ImportError as error:
        raise library_error(error) from error
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if not os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return  # with Wayland Qt has a second way
    plugins = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.PluginsPath)
    plugin = Path(plugins) / "platforms" / "libqxcb.so"
    if not plugin.is_file():
        return
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        raise library_error(error) from error
