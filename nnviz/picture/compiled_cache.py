"""The compiled rasteriser on disk: where it lies, and whether it is still what was written.

Numba reads its cache without a check: a file cut short by a full disk raises, and altered machine code may crash the
process. So a list of checksums lies beside it; what does not agree with the list is deleted and compiled again.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from nnviz.errors import SaveError
from nnviz.storage.atomic import write_bytes_atomically

#: Compiling takes 1 to 5 s; where it takes longer than this, it is done in this process.
LONGEST_S = 120.0
#: The files of Numba's cache that are ours, and the list of their checksums.
FILES, LIST = "raster.*.nb[ic]", "raster.sha256.json"


def cache_folder() -> str | None:
    """Return a folder for compiled code that can be written to, or None."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or str(Path.home() / ".cache")
    return _writable(Path(base) / "nnviz" / "numba")


def _writable(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError:
        return None


@cache
def _folder_for_now() -> str | None:
    """Return a folder of this user's own that goes when the process ends, or None where there cannot be one."""
    try:
        folder = tempfile.mkdtemp(prefix="nnviz-")
    except OSError:
        return None
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def sound_folder() -> Path | None:
    """Point Numba to the cache, delete from it what was altered, and return its folder; None where there is none.

    Where the user's cache cannot be written to it is a folder for this run, through which another process can hand
    over what it compiled.
    """
    import numba

    chosen = os.environ.get("NUMBA_CACHE_DIR")
    folder = cache_folder() if chosen is None else _writable(Path(chosen))
    folder = folder or _folder_for_now()
    if folder is None:
        return None
    if folder != chosen:
        numba.config.CACHE_DIR = folder
    root = Path(folder)
    if _sums(root) != _list(root).get("files", {}):
        discard(root)
    return root


def is_known(root: Path, source: str) -> bool:
    """Whether the cache has compiled code of this very source file, so that it need only be read."""
    return _stamp(source) in _list(root).get("sources", {}).values()


def compile_elsewhere(code: str, root: Path) -> None:
    """Run Python code in a process of its own, with this cache, and wait; it says nothing of what goes wrong.

    Compiling makes so many objects that collecting the garbage of it stops every thread for a quarter of a second.
    """
    import subprocess

    if not sys.executable or getattr(sys, "frozen", False):
        return  # a packaged application has no interpreter to start
    code = f"import sys; sys.path[:0] = {sys.path!r}; {code}"
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # no console flashes up on Windows
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            [sys.executable, "-c", code], timeout=LONGEST_S, check=False, creationflags=flags,
            env={**os.environ, "NUMBA_CACHE_DIR": str(root)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )


def mark_sound(root: Path, source: str) -> None:
    """Write the list of checksums, unless it is right already; a list that cannot be written costs a compilation."""
    listed = _list(root)
    sources = {**listed.get("sources", {}), str(Path(source).resolve()): _stamp(source)}
    now = {"files": _sums(root), "sources": sources}
    if now != listed:
        with suppress(OSError, SaveError):
            write_bytes_atomically(root / LIST, json.dumps(now, indent=1).encode())


def discard(root: Path) -> None:
    """Delete the compiled rasteriser from a cache, and nothing else."""
    for path in (*root.rglob(FILES), root / LIST):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _stamp(source: str) -> str:
    import numba

    path = Path(source).resolve()
    there = path.stat()
    return f"{path} {there.st_mtime_ns} {there.st_size} numba {numba.__version__} {sys.version_info[:2]}"


def _sums(root: Path) -> dict[str, str]:
    import hashlib  # when used: it costs a start of the window some milliseconds

    sums = {}
    for path in sorted(root.rglob(FILES)):
        with suppress(OSError):
            sums[path.relative_to(root).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return sums


def _list(root: Path) -> dict[str, dict[str, str]]:
    try:
        listed = json.loads((root / LIST).read_bytes())
        return {part: dict(listed[part]) for part in ("files", "sources")}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
