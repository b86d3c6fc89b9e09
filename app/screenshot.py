"""A picture of a whole window, taken when it has come to rest."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import cast

from PySide6.QtCore import QEventLoop, QTimer

from app.application import AfterFirstPaint, FrontEndWindow, create_application, create_window, delete_window
from app.messages import Message, install_exception_hooks
from app.png import png_bytes
from app.settings import Settings
from app.theme import ThemeManager
from nnviz import garbage
from nnviz.errors import NnvizError
from nnviz.storage.atomic import write_bytes_atomically

TIMEOUT_S = 60.0
POLL_INTERVAL_MS = 50
#: The window has to say so several times in a row: work may be on its way between two threads.
SETTLED_POLLS = 3


def take_screenshot(
    name: str,
    path: Path,
    theme: str = "light",
    size: tuple[int, int] = (1440, 900),
    timeout: float = TIMEOUT_S,
) -> None:
    """Open a window, wait until it has settled on a real sample, and save a picture of it as PNG.

    Args:
        name: ``"desktop"``, ``"digits"`` or ``"lecture"``.
        path: the file; whatever stood there stays until the picture is whole.
        theme: ``"light"`` or ``"dark"``.
        size: width and height of the window in logical pixels.
        timeout: seconds the window has to settle in.

    Raises:
        NnvizError: the window did not settle in time, could not be made that small, or had a problem.
        SaveError: the file cannot be written.
    """
    application = create_application()
    with garbage.collected_by_hand(), tempfile.TemporaryDirectory(prefix="nnviz-") as folder:
        themes = ThemeManager(application)
        themes.set_choice(theme)
        problems: list[Message] = []
        window = create_window(name, Settings(Path(folder) / "settings.ini"), themes)
        front_end = cast(FrontEndWindow, window)
        restore_hooks = install_exception_hooks(problems.append)
        try:
            window.resize(*size)
            AfterFirstPaint(window, front_end.start, front_end.prepare_screenshot)
            window.show()
            window.resize(*size)  # the window's own wish on being shown must not win
            _wait_until_settled(front_end, problems, timeout)
            got = (window.width(), window.height())
            if got != size:
                wanted = f"{size[0]}x{size[1]}"
                raise NnvizError(
                    f"the {name} window cannot have {wanted} pixels here: it became {got[0]}x{got[1]}"
                )
            content = png_bytes(window.grab().toImage())
        finally:
            delete_window(window)
            restore_hooks()
            themes.deleteLater()
    write_bytes_atomically(path, content)


def _wait_until_settled(window: FrontEndWindow, problems: list[Message], timeout: float) -> None:
    """Run Qt's loop until the window rests; raise NnvizError for a problem in it or when time is up."""
    loop, timer = QEventLoop(), QTimer()
    timer.setInterval(POLL_INTERVAL_MS)
    timer.timeout.connect(loop.quit)
    timer.start()
    end, calm = time.monotonic() + timeout, 0
    while calm < SETTLED_POLLS:
        loop.exec()
        if problems:
            raise NnvizError(f"the window had a problem: {problems[0].text}")
        calm = calm + 1 if window.is_settled() else 0
        if time.monotonic() > end:
            raise NnvizError(f"the window did not come to rest within {timeout:g} s")
    timer.stop()
