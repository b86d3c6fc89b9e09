"""Reads one address as blocks of bytes, from where an earlier attempt broke off, and can be cancelled at any time."""

from __future__ import annotations

import http
import queue
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnviz import __version__

if TYPE_CHECKING:
    import urllib.error

#: How soon a wish to cancel is heard.
POLL_S = 0.05
BLOCK = 64 * 1024
#: Answers that may be another at the next attempt.
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class RefusedError(Exception):
    """An attempt that failed: why, whether another may help, and how long the server wants to be left alone."""

    def __init__(self, reason: str, passing: bool = True, pause: float = 0.0) -> None:
        super().__init__(reason)
        self.passing = passing
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer before its bytes: whether they continue those that are here."""

    continues: bool


def stream(
    url: str, have: int, silence: float, heed: Callable[[], None]
) -> Generator[Answer | bytes, None, None]:
    """Yield the answer, then its blocks; ``heed`` is called whatever the network does.

    The network is waited for in a thread of its own, because neither looking up a name nor reading can be interrupted;
    left alone, the thread ends with the next byte or after ``silence``.

    Args:
        url: what is fetched.
        have: bytes that are here already; the server is asked for the rest.
        silence: seconds after which a server that says nothing has been lost.
        heed: called at least every ``POLL_S`` seconds; raises to cancel.

    Raises:
        RefusedError: the server refused, or the transfer broke off.
    """
    pieces: queue.Queue[Answer | bytes | RefusedError | None] = queue.Queue(maxsize=16)
    gone = threading.Event()
    thread = threading.Thread(
        target=_read, args=(url, have, silence, pieces, gone), name="nnviz-download", daemon=True
    )
    thread.start()
    try:
        while True:
            heed()
            try:
                piece = pieces.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if isinstance(piece, RefusedError):
                raise piece
            if piece is None:
                return
            yield piece
    finally:
        gone.set()


def _read(
    url: str, have: int, silence: float, pieces: queue.Queue[Answer | bytes | RefusedError | None],
    gone: threading.Event,
) -> None:
    # Here and not above: a window that fetches nothing need not wait for them when it starts.
    import urllib.error
    import urllib.request

    def put(piece: Answer | bytes | RefusedError | None) -> bool:
        while not gone.is_set():
            try:
                pieces.put(piece, timeout=POLL_S)
            except queue.Full:
                continue
            return True
        return False

    headers = {"User-Agent": f"nnviz/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        # An opener of its own: the shared one remembers the proxies of its first use.
        opener = urllib.request.build_opener()
        with opener.open(urllib.request.Request(url, headers=headers), timeout=silence) as response:
            continues = response.status == http.HTTPStatus.PARTIAL_CONTENT
            announced = response.length
            if not put(Answer(continues)):
                return
            count = 0
            while block := response.read1(BLOCK):
                count += len(block)
                if not put(block):
                    return
            if announced is not None and count < announced:
                raise RefusedError(f"the transfer broke off after {have * continues + count:,} bytes")
        put(None)
    except RefusedError as error:
        put(error)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            put(None)  # there was nothing left to send; the checksum says whether that is so
            return
        put(RefusedError(f"the server answered {error.code} {error.reason}", error.code in _PASSING, _pause(error)))
    except Exception as error:
        put(RefusedError(_reason(error)))


def _pause(error: urllib.error.HTTPError) -> float:
    """Return the seconds that a server wants to be left alone."""
    text = str(error.headers.get("Retry-After", ""))
    return float(text) if text.isdecimal() else 0.0


def _reason(error: Exception) -> str:
    """Return in a few words why there was no answer."""
    import urllib.error

    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror[:1].lower() + cause.strerror[1:]
    return str(cause) or type(cause).__name__
