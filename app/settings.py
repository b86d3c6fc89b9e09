"""What is remembered between starts: a thin, typed skin over QSettings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from nnviz.errors import SpecError
from nnviz.picture.look import Look

ORGANIZATION = "nnviz"
APPLICATION = "nnviz"
MAX_RECENT_FILES = 10
_THEMES = ("system", "light", "dark")


class Settings:
    """Typed values by name; a value of another type or out of range reads as its default, never as an error.

    Args:
        path: an INI file to keep them in; by default the place the platform has for it.
    """

    def __init__(self, path: Path | None = None) -> None:
        if path is None:
            scope = QSettings.Scope.UserScope
            self._store = QSettings(QSettings.Format.IniFormat, scope, ORGANIZATION, APPLICATION)
        else:
            self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def path(self) -> Path:
        """The file the settings are kept in."""
        return Path(self._store.fileName())

    def text(self, key: str, default: str = "", allowed: tuple[str, ...] = ()) -> str:
        """Return a text; the default where it is absent or not one of ``allowed`` (if given)."""
        value = self._store.value(key)
        if not isinstance(value, str) or (allowed and value not in allowed):
            return default
        return value

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """Return a number; the default where it is absent, not a number or outside [low, high]."""
        try:
            value = float(str(self._store.value(key)))
        except ValueError:
            return default
        return value if low <= value <= high else default

    def flag(self, key: str, default: bool = False) -> bool:
        """Return a yes or no."""
        value = str(self._store.value(key)).lower()
        return {"true": True, "false": False}.get(value, default)

    def data(self, key: str) -> QByteArray:
        """Return bytes, for ``restoreState`` and ``restoreGeometry``; empty where absent."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set(self, key: str, value: str | bool | int | float | QByteArray) -> None:
        """Remember a value."""
        self._store.setValue(key, value)

    def remove(self, key: str) -> None:
        """Forget a value, or all values below a group."""
        self._store.remove(key)

    def sync(self) -> None:
        """Write to the disk now; Qt also does it by itself, and replaces the file as a whole."""
        self._store.sync()

    @property
    def theme(self) -> str:
        """``"system"``, ``"light"`` or ``"dark"``."""
        return self.text("theme", "system", _THEMES)

    @theme.setter
    def theme(self, choice: str) -> None:
        self.set("theme", choice)

    @property
    def look(self) -> Look:
        """How the network is shown; the first look where none was kept, or one that is understood no more."""
        try:
            return Look.from_json(self.text("look"))
        except SpecError:
            return Look()

    @look.setter
    def look(self, look: Look) -> None:
        self.set("look", look.to_json())

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """Files opened or saved last, the newest first; those that are gone are left out."""
        paths = (self.text(f"recent/{number}") for number in range(MAX_RECENT_FILES))
        return tuple(Path(path) for path in paths if path and Path(path).is_file())

    def add_recent_file(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        path = path.absolute()
        files = [path, *(older for older in self.recent_files if older != path)][:MAX_RECENT_FILES]
        self._store.remove("recent")
        for number, file in enumerate(files):
            self._store.setValue(f"recent/{number}", str(file))
