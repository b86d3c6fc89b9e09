"""Where a person's own digits are kept between starts: one archive, replaced whole; a damaged one is put aside."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from nnviz.data.own_digits import OwnDigit, read_own_npz, to_npz
from nnviz.errors import FileFormatError, SaveError
from nnviz.storage.atomic import write_bytes_atomically

FILE_NAME = "own_digits.npz"

#: Size and time of a file's last change; another one was written since where it is another.
Stamp = tuple[int, int] | None


def own_digits_path() -> Path:
    """Return the file of the person's own digits, which need not exist: in the user's data, see XDG_DATA_HOME."""
    base = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "share") / "nnviz" / FILE_NAME


def stamp_of(path: Path) -> Stamp:
    """Return what tells this state of a file from another; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def load_own_digits(path: Path) -> tuple[tuple[OwnDigit, ...], str]:
    """Return the digits kept in a file, and what there is to say of it.

    Without a file there are none. One that is damaged is renamed, so that nothing of it is lost, and the second value
    says so in a sentence; else that is blank.
    """
    if not path.exists():
        return (), ""
    try:
        return read_own_npz(path), ""
    except FileFormatError as error:
        aside = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
        try:
            os.replace(path, aside)
        except OSError as problem:
            return (), f"Your digits could not be read: {error}. The file could not be put aside either: {problem}."
        return (), f"Your digits could not be read: {error}. The file was kept as {aside}."


def save_own_digits(path: Path, digits: Sequence[OwnDigit]) -> None:
    """Write digits so that at every moment the older or the newer file stands there whole; none removes the file.

    Raises:
        SaveError: the folder cannot be made, or see ``write_bytes_atomically``.
    """
    try:
        if not digits:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(f"Cannot save {path}: {error.strerror or error}.") from error
    write_bytes_atomically(path, to_npz(digits))
