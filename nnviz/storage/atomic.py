"""Saving so that the older file survives whatever happens: write beside, flush to the disk, put in place."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from nnviz.errors import SaveError

#: What a killed process left behind is cleared by the next save after this many seconds.
LEFTOVER_AGE_S = 3600.0
_MARK = "nnviz-"
_LONGEST_STEM = 48  # characters: a name may have 255 bytes, a character four

_ADVICE = {
    errno.ENOSPC: "Free some space or choose another disk.",
    errno.EDQUOT: "Your quota is used up: free some space or choose another disk.",
    errno.EFBIG: "The disk or your limits do not allow a file of this size: choose another disk.",
    errno.EACCES: "Choose a folder you may write to, or change its permissions.",
    errno.EPERM: "Choose a folder you may write to, or change its permissions.",
    errno.EROFS: "The disk is read-only: choose another.",
    errno.ENOENT: "Create the folder first, or choose another.",
    errno.ENOTDIR: "Part of the path is a file, not a folder: choose another path.",
    errno.EISDIR: "This is a folder: give the name of a file in it.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}


def _save_error(path: Path, error: OSError) -> SaveError:
    if isinstance(error, SaveError):
        return error
    reason = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    advice = _ADVICE.get(error.errno or 0, "Choose another folder or disk.")
    # os.path.isfile never raises, unlike Path.is_file with a name that is too long.
    kept = " The older file is untouched." if os.path.isfile(path) else ""
    return SaveError(f"Cannot save {path}: {reason[:1].lower()}{reason[1:]}. {advice}{kept}")


def _message(path: Path, rule: str, advice: str) -> SaveError:
    return SaveError(f"Cannot save {path}: {rule}. {advice}")


def check_writable(path: Path) -> None:
    """Check, without touching what is there, that ``path`` can be saved: ask before long work, not after it.

    Raises:
        SaveError: its folder is missing or not writable, it is itself a folder, or the file is read-only.
    """
    path = Path(path)
    try:
        folder = path.resolve().parent
        if path.is_symlink() and path.resolve().is_symlink():
            # Before Python 3.13 resolving raised RuntimeError here; now it stops at one of the links.
            raise _message(path, "symbolic links lead in a circle", "Choose another name.")
        if path.is_dir():
            raise _message(path, "it is a folder", _ADVICE[errno.EISDIR])
        if not folder.is_dir():
            known = folder.exists()
            rule = f"{folder} is not a folder" if known else f"the folder {folder} does not exist"
            raise _message(path, rule, _ADVICE[errno.ENOTDIR if known else errno.ENOENT])
        # A rename would replace a read-only file without asking; whoever protected it meant it.
        if path.exists() and not os.access(path, os.W_OK):
            raise _message(path, "the file is read-only", "Make it writable or choose another name.")
        probe = _temporary(path.resolve())
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        probe.unlink()
    except OSError as error:
        raise _save_error(path, error) from error
    except (ValueError, RuntimeError) as error:  # a zero byte in the name; symbolic links in a circle
        raise _message(path, str(error), "Choose another name.") from error


def replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file so that at every moment either the older or the newer one stands there whole.

    ``write`` gets the path of a hidden file beside ``path``, with the same suffix, that does not exist yet.
    What it wrote is flushed to the disk and then renamed over ``path``. A symbolic link is followed, the
    permissions of an older file are kept.

    Raises:
        SaveError: the folder is missing or not writable, the disk is full, ``path`` is a folder or read-only.
            The message says which and what to do; what stood there before is untouched.
    """
    path = Path(path)
    check_writable(path)
    target = path.resolve()
    temporary = _temporary(target)
    try:
        write(temporary)
        if target.exists():
            shutil.copymode(target, temporary)
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise _save_error(path, error) from error
    except RuntimeError as error:
        # WORKAROUND: HDF5 reports a full disk on close as RuntimeError with the number in the text.
        if "errno" not in str(error) and "write failed" not in str(error):
            raise
        raise _message(path, f"the disk refused the data ({error})", _ADVICE[errno.ENOSPC]) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _flush_folder(target.parent)
    _clear_leftovers(target)


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Save bytes with ``replace_file``.

    Raises:
        SaveError: see ``replace_file``.
    """
    replace_file(path, lambda temporary: _write_all(temporary, content))


def write_text_atomically(path: Path, content: str) -> None:
    """Save text as UTF-8 with ``replace_file``, line ends as they are.

    Raises:
        SaveError: see ``replace_file``.
    """
    write_bytes_atomically(path, content.encode("utf-8"))


def _write_all(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _temporary(target: Path) -> Path:
    stem = target.stem[:_LONGEST_STEM]
    return target.with_name(f".{stem}.{_MARK}{secrets.token_hex(6)}{target.suffix}")


def _flush_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut; where a file system cannot, nothing is lost but that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _clear_leftovers(target: Path) -> None:
    """Remove hidden files that killed saves of the same file left behind long ago."""
    start, now = f".{target.stem[:_LONGEST_STEM]}.{_MARK}", time.time()
    with contextlib.suppress(OSError):
        for entry in os.scandir(target.parent):
            if entry.name.startswith(start) and now - entry.stat().st_mtime > LEFTOVER_AGE_S:
                os.unlink(entry.path)
