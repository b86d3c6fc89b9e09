"""What is remembered comes back with its type; what is damaged reads as the default."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from app.settings import MAX_RECENT_FILES, Settings


def again(path: Path) -> Settings:
    return Settings(path)


def test_values_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    settings = Settings(path)
    settings.set("speed", 1.5)
    settings.set("sound", True)
    settings.set("name", "ä, b")
    settings.set("state", QByteArray(b"\0\1\2"))
    settings.theme = "dark"
    settings.sync()
    settings = again(path)
    assert settings.number("speed", 0, 0, 10) == 1.5
    assert settings.flag("sound") is True
    assert settings.text("name") == "ä, b"
    assert bytes(settings.data("state").data()) == b"\0\1\2"
    assert settings.theme == "dark"
    assert settings.path == path


def test_absent_or_damaged_values_read_as_the_default(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_text("[General]\ntheme=purple\nspeed=fast\nlarge=1e9\nsound=maybe\nnan=nan\nstate=text\n")
    settings = Settings(path)
    assert settings.theme == "system"
    assert settings.number("speed", 2, 0, 10) == 2
    assert settings.number("large", 2, 0, 10) == 2
    assert settings.number("nan", 2, 0, 10) == 2
    assert settings.number("absent", 2, 0, 10) == 2
    assert settings.flag("sound", True) is True
    assert settings.data("state").isEmpty()
    assert settings.text("absent", "x") == "x"


DAMAGED = (b"", b"\0\xff\xfe garbage", b"[[[[\n====", b"[General]\ntheme=@Invalid()")


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_no_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.theme == "system"
    assert settings.recent_files == ()
    settings.theme = "light"
    settings.sync()
    assert again(path).theme == "light"


def test_recent_files_are_newest_first_once_each_bounded_and_there(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    files = [tmp_path / f"{number}.keras" for number in range(MAX_RECENT_FILES + 3)]
    for path in files:
        path.touch()
        settings.add_recent_file(path)
    settings.add_recent_file(files[-2])
    assert settings.recent_files[:2] == (files[-2], files[-1])
    assert len(settings.recent_files) == MAX_RECENT_FILES
    files[-1].unlink()
    assert files[-1] not in settings.recent_files
