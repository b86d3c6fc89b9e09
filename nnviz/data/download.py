"""Fetches the files of data sets that are too large to be bundled: checked, placed as a whole, given up on wish.

Nothing here is called unless a person asked for such a data set. A file is complete in its place or it is not there;
one that broke off is continued from where it broke off by the next attempt.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nnviz.data.http_stream import POLL_S, Answer, RefusedError, stream
from nnviz.errors import NnvizError, SaveError
from nnviz.storage.atomic import replace_file

#: Attempts at each address before the next one, and the pauses between them, in seconds: 1, 2, …
ATTEMPTS = 3
FIRST_PAUSE_S = 1.0
#: A server that wants a longer pause than this is not waited for.
LONGEST_PAUSE_S = 20.0
#: A server that says nothing for this long has been lost.
SILENCE_S = 15.0
#: A file may be this many times as large as expected before it is refused unseen.
MOST_TIMES = 2


class DownloadError(NnvizError):
    """A file could not be fetched; the message says what was tried and what to do."""


class DownloadCancelledError(NnvizError):
    """The person gave the download up."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at a server.

    Attributes:
        name: what it is called here.
        urls: where it is, the first being tried first; ``https`` or ``http``.
        size: bytes; for showing progress, and what is twice as large is refused.
        sha256: its checksum, 64 hexadecimal digits.
    """

    name: str
    urls: tuple[str, ...]
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Download:
    """What a data set needs.

    Attributes:
        title: of the data set, as people write it.
        files: all of them.
        folder: name of their folder, see ``data_folder``.
        otherwise: a sentence: how to get them without this computer being online.
    """

    title: str
    files: tuple[RemoteFile, ...]
    folder: str
    otherwise: str = ""

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)

    @property
    def size_text(self) -> str:
        """The size as people write it: ``31 MB``."""
        return size_text(self.size)

    @property
    def path(self) -> Path:
        """The folder that the files are put into."""
        return data_folder() / self.folder

    def is_here(self) -> bool:
        """Whether every file is in its place."""
        return all((self.path / file.name).is_file() for file in self.files)


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far a download is.

    Attributes:
        title: of what.
        done: bytes that are here.
        total: bytes in all.
        note: what is being waited for, or "".
    """

    title: str
    done: int
    total: int
    note: str = ""

    @property
    def words(self) -> str:
        """For people: ``3.1 of 31 MB``."""
        unit, name = (1e6, "MB") if self.total >= 1e6 else (1e3, "kB")
        digits = 1 if self.total < 100 * unit else 0
        return f"{self.done / unit:.{digits}f} of {self.total / unit:.{digits}f} {name}"


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told of a download and may give it up; both are called in the thread that called ``fetch``.

    Attributes:
        progress: hears of every block and of every pause.
        cancelled: asked at least every ``POLL_S`` seconds.
    """

    progress: Callable[[DownloadProgress], None] = lambda _progress: None
    cancelled: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class _Attempts:
    """What went wrong so far, for the message."""

    lines: list[str] = field(default_factory=list)

    def add(self, url: str, reason: str) -> None:
        line = f"{urllib.parse.urlsplit(url).netloc}: {reason}"
        if line not in self.lines:
            self.lines.append(line)


def data_folder() -> Path:
    """Return the folder of downloaded data, which need not exist: the user's cache, see XDG_CACHE_HOME."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or str(Path.home() / ".cache")
    return Path(base) / "nnviz" / "datasets"


def size_text(size: int) -> str:
    """Return a number of bytes as people write it: ``31 MB``, ``440 kB``."""
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def fetch(
    download: Download,
    watch: Watch | None = None,
    *,
    silence: float = SILENCE_S,
    first_pause: float = FIRST_PAUSE_S,
) -> Path:
    """Fetch the files that are not there yet and return their folder; each is placed when its checksum is right.

    Args:
        download: what to fetch.
        watch: who hears of it.
        silence: seconds without a byte after which a server is given up.
        first_pause: seconds before the second attempt; each later pause is twice as long.

    Raises:
        DownloadError: no address gave the right file; the message says what was tried and what to do.
        DownloadCancelledError: ``watch`` said so; files that were complete stay, nothing else does.
        SaveError: the folder cannot be made, is not writable, or the disk is full.
    """
    watch = watch or Watch()
    folder = download.path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(f"Cannot make the folder {folder} for {download.title}: {error.strerror or error}.") from error
    done = 0
    for file in download.files:
        target = folder / file.name
        if not target.is_file():
            getter = _Getter(download, file, watch, done, silence, first_pause)
            replace_file(target, getter.write)
        done += file.size
    watch.progress(DownloadProgress(download.title, download.size, download.size))
    return folder


class _Getter:
    """Fetches one file into a path."""

    def __init__(
        self, download: Download, file: RemoteFile, watch: Watch, before: int, silence: float, first_pause: float
    ) -> None:
        self._download = download
        self._file = file
        self._watch = watch
        self._before = before
        self._silence = silence
        self._first_pause = first_pause

    def write(self, path: Path) -> None:
        """Write the file to a path that does not exist yet; errors as of ``fetch``."""
        attempts = _Attempts()
        path.touch()
        for url in self._file.urls:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    self._attempt(url, path)
                    self._check(path)
                except RefusedError as error:
                    attempts.add(url, str(error))
                    pause = max(self._first_pause * 2 ** (attempt - 1), error.pause)
                    if not error.passing or error.pause > LONGEST_PAUSE_S or attempt == ATTEMPTS:
                        break
                    self._wait(path, pause, f"({attempt + 1} of {ATTEMPTS}): {error}")
                else:
                    return
        raise DownloadError(self._problem(attempts))

    def _attempt(self, url: str, path: Path) -> None:
        """Append what is missing to the file; beginning anew where the server cannot continue."""
        have = path.stat().st_size
        self._tell(have, "connecting …")
        limit = MOST_TIMES * self._file.size
        pieces = stream(url, have, self._silence, self._heed)
        with path.open("r+b") as out, contextlib.closing(pieces):
            for piece in pieces:
                if isinstance(piece, Answer):
                    if have and not piece.continues:
                        have = 0
                    out.seek(have)
                    out.truncate()
                    continue
                have += len(piece)
                if have > limit:
                    out.truncate(0)
                    raise RefusedError(f"more than {size_text(limit)} for {self._file.name}", passing=False)
                out.write(piece)
                self._tell(have)

    def _check(self, path: Path) -> None:
        import hashlib  # with OpenSSL behind it: not at the start of a window

        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                self._heed()
            size = file.tell()
        if digest.hexdigest() != self._file.sha256:
            path.write_bytes(b"")  # whatever it is, the next attempt must not continue it
            raise RefusedError(
                f"{self._file.name} has the wrong checksum ({size:,} bytes, SHA-256 {digest.hexdigest()[:12]}…, "
                f"not {self._file.sha256[:12]}…)"
            )

    def _wait(self, path: Path, seconds: float, why: str) -> None:
        end, have = time.monotonic() + seconds, path.stat().st_size
        while (left := end - time.monotonic()) > 0:
            self._tell(have, f"trying again in {math.ceil(left)} s {why}")
            time.sleep(min(POLL_S, left))

    def _tell(self, have: int, note: str = "") -> None:
        self._heed()
        done = min(self._before + have, self._download.size)
        self._watch.progress(DownloadProgress(self._download.title, done, self._download.size, note))

    def _heed(self) -> None:
        if self._watch.cancelled():
            raise DownloadCancelledError(f"The download of {self._download.title} was cancelled.")

    def _problem(self, attempts: _Attempts) -> str:
        download = self._download
        tried = "; ".join(attempts.lines)
        return (
            f"{download.title} ({download.size_text}) could not be downloaded. Tried {tried}. "
            f"Check the connection to the internet and try again. {download.otherwise}"
        ).strip()
