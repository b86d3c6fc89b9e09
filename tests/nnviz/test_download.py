"""Downloads from a server in a thread of the test: slow, broken, wrong, gone, silent."""

from __future__ import annotations

import hashlib
import http.server
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nnviz.data import download
from nnviz.data.download import (
    Download,
    DownloadCancelledError,
    DownloadError,
    DownloadProgress,
    RemoteFile,
    Watch,
    fetch,
    size_text,
)
from nnviz.errors import SaveError
from tests.server import CONTENT, OTHER, Server, altered, broken, endless, ranged, refusing, silent, slow, whole


def needed(*urls: str, content: bytes = CONTENT) -> Download:
    file = RemoteFile("file.bin", urls, len(content), hashlib.sha256(content).hexdigest())
    return Download("Things", (file,), "things", "Ask a neighbour.")


def get(what: Download, watch: Watch | None = None, silence: float = 2.0) -> Path:
    return fetch(what, watch, silence=silence, first_pause=0.02)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_told_of_and_not_fetched_again(server: Server) -> None:
    what = needed(server.url)
    seen: list[DownloadProgress] = []
    assert not what.is_here()
    folder = get(what, Watch(seen.append))
    assert folder == what.path
    assert (folder / "file.bin").read_bytes() == CONTENT
    assert left_in(folder) == ["file.bin"]
    assert what.is_here()
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 300_000)
    assert len(set(done)) > 3
    assert {progress.total for progress in seen} == {300_000}
    assert (seen[0].title, seen[0].note, seen[-1].note) == ("Things", "connecting …", "")
    get(what)
    assert len(server.requests) == 1


def test_several_files_count_as_one_and_those_that_are_there_stay(server: Server) -> None:
    one = RemoteFile("one.bin", (server.url,), len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    other_url = server.url.replace("file.bin", "other.bin")
    other = RemoteFile("other.bin", (other_url,), len(OTHER), hashlib.sha256(OTHER).hexdigest())
    what = Download("Both", (one, other), "both")
    seen: list[DownloadProgress] = []
    folder = get(what, Watch(seen.append))
    assert left_in(folder) == ["one.bin", "other.bin"]
    assert seen[-1].done == what.size == 300_012
    (folder / "other.bin").unlink()
    seen.clear()
    get(what, Watch(seen.append))
    assert [path for path, _ in server.requests] == ["/file.bin", "/other.bin", "/other.bin"]
    assert min(progress.done for progress in seen) == 300_000


def test_a_broken_transfer_is_continued_where_it_broke_off(server: Server) -> None:
    server.plan = [broken, ranged]
    seen: list[DownloadProgress] = []
    folder = get(needed(server.url), Watch(seen.append))
    assert (folder / "file.bin").read_bytes() == CONTENT
    assert server.requests == [("/file.bin", None), ("/file.bin", "bytes=100000-")]
    assert any(progress.note.startswith("trying again in 1 s (2 of 3): the transfer broke off after 100,000 bytes")
               and progress.done == 100_000 for progress in seen)


def test_a_server_that_cannot_continue_begins_anew(server: Server) -> None:
    server.plan = [broken, whole]
    folder = get(needed(server.url))
    assert (folder / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("first", [refusing(503), refusing(500), refusing(429, Retry_After="0"), altered])
def test_what_may_pass_is_tried_again(
    server: Server, first: Callable[[http.server.BaseHTTPRequestHandler], None]
) -> None:
    server.plan = [first, whole]
    folder = get(needed(server.url))
    assert (folder / "file.bin").read_bytes() == CONTENT
    # What had the wrong checksum is not continued.
    assert server.requests == [("/file.bin", None)] * 2


def test_what_is_gone_is_not_asked_for_again_but_elsewhere(server: Server) -> None:
    server.plan = [refusing(404), whole]
    folder = get(needed(server.url.replace("file", "gone"), server.url))
    assert (folder / "file.bin").read_bytes() == CONTENT
    assert [path for path, _ in server.requests] == ["/gone.bin", "/file.bin"]


def test_gone_everywhere_says_what_was_tried_and_what_to_do(server: Server) -> None:
    server.plan = [refusing(404)]
    what = needed(server.url)
    with pytest.raises(DownloadError) as caught:
        get(what)
    text = str(caught.value)
    for part in ("Things (300 kB) could not be downloaded", "127.0.0.1", "404 Not Found", "Ask a neighbour."):
        assert part in text
    assert len(server.requests) == 1
    assert left_in(what.path) == []


def test_a_wrong_checksum_is_never_placed(server: Server) -> None:
    server.plan = [altered]
    what = needed(server.url)
    with pytest.raises(DownloadError, match=r"file\.bin has the wrong checksum \(300,000 bytes, SHA-256 [0-9a-f]{12}…"):
        get(what)
    assert len(server.requests) == download.ATTEMPTS
    assert left_in(what.path) == []


def test_a_file_without_end_is_refused(server: Server) -> None:
    server.plan = [endless]
    what = needed(server.url)
    with pytest.raises(DownloadError, match="more than 600 kB"):
        get(what)
    assert len(server.requests) == 1
    assert left_in(what.path) == []


def test_a_server_that_wants_a_long_rest_is_not_waited_for(server: Server) -> None:
    server.plan = [refusing(503, Retry_After="3600")]
    with pytest.raises(DownloadError, match="503"):
        get(needed(server.url))
    assert len(server.requests) == 1


def test_a_slow_server_is_waited_for_and_a_silent_one_is_not(server: Server) -> None:
    server.plan = [slow]
    assert (get(needed(server.url), silence=0.5) / "file.bin").read_bytes() == CONTENT
    server.plan = [silent]
    what = Download("More", needed(server.url).files, "more")
    with pytest.raises(DownloadError, match="no answer in time"):
        get(what, silence=0.1)
    assert len(server.requests) == 1 + download.ATTEMPTS


@pytest.mark.parametrize("action", [slow, silent, refusing(503)])
def test_cancelled_it_stops_and_leaves_nothing(
    server: Server, action: Callable[[http.server.BaseHTTPRequestHandler], None]
) -> None:
    server.plan = [action]
    what = needed(server.url)
    seen: list[DownloadProgress] = []
    with pytest.raises(DownloadCancelledError, match="Things was cancelled"):
        get(what, Watch(seen.append, lambda: len(seen) >= 3 or bool(seen and seen[-1].done > 0)), silence=1.0)
    assert left_in(what.path) == []
    assert not what.is_here()
    server.plan = [whole]
    assert (get(what) / "file.bin").read_bytes() == CONTENT


def test_cancelling_is_heard_while_a_server_does_not_even_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts and says nothing
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        begun = time.monotonic()
        with pytest.raises(DownloadCancelledError):
            get(needed(url), Watch(cancelled=lambda: time.monotonic() > begun + 0.2), silence=3.0)
        # The thread that waits for the server still does: nobody waited for it.
        assert any(thread.name == "nnviz-download" for thread in threading.enumerate())


def test_offline_says_what_was_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]  # nobody listens there any more
    what = needed(f"http://127.0.0.1:{port}/file.bin", "http://no-such-host.invalid/file.bin")
    with pytest.raises(DownloadError) as caught:
        get(what)
    text = str(caught.value)
    assert f"127.0.0.1:{port}: connection refused" in text
    assert "no-such-host.invalid: " in text
    assert "Check the connection to the internet and try again." in text
    assert left_in(what.path) == []


def test_a_folder_that_cannot_be_made_is_named(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    with pytest.raises(SaveError, match="blocked"):
        get(needed(server.url))
    assert server.requests == []


def test_sizes_are_written_for_people() -> None:
    assert [size_text(size) for size in (5, 442_000, 30_878_645)] == ["1 kB", "442 kB", "31 MB"]
    assert DownloadProgress("x", 3_100_000, 30_878_645).words == "3.1 of 30.9 MB"
    assert DownloadProgress("x", 100_000, 442_000).words == "100 of 442 kB"
