"""The compiled rasteriser on disk: where it lies, and whether it is still what was written.

Numba reads its cache without a check: a file cut short by a full disk raises, and altered machine code may crash the
process. So a list of checksums lies beside it; what does not agree with the list is deleted and compiled again.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from nnviz.errors import SaveError
from nnviz.storage.atomic import write_bytes_atomically

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


def sound_folder() -> Path | None:
    """Point Numba to the cache, delete from it what was altered, and return its folder; None where there is none."""
    import numba

    chosen = os.environ.get("NUMBA_CACHE_DIR")
    folder = cache_folder() if chosen is None else _writable(Path(chosen))
    if folder is None:
        return None
    if chosen is None:
        numba.config.CACHE_DIR = folder
    root = Path(folder)
    if _sums(root) != _listed(root):
        discard(root)
    return root


def mark_sound(root: Path) -> None:
    """Write the list of checksums, unless it is right already; a list that cannot be written costs a compilation."""
    sums = _sums(root)
    if sums != _listed(root):
        with suppress(OSError, SaveError):
            write_bytes_atomically(root / LIST, json.dumps(sums, indent=1).encode())


def discard(root: Path) -> None:
    """Delete the compiled rasteriser from a cache, and nothing else."""
    for path in (*root.rglob(FILES), root / LIST):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _sums(root: Path) -> dict[str, str]:
    import hashlib  # when used: it costs a start of the window some milliseconds

    sums = {}
    for path in sorted(root.rglob(FILES)):
        with suppress(OSError):
            sums[path.relative_to(root).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return sums


def _listed(root: Path) -> dict[str, str]:
    try:
        listed = json.loads((root / LIST).read_bytes())
    except (OSError, ValueError):
        return {}
    return listed if isinstance(listed, dict) else {}
