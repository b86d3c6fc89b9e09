"""A server in a thread of the test: whole, slow, broken, wrong, gone, silent; and data that are nowhere else."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnviz.data import datasets, fashion
from nnviz.data.download import Download, RemoteFile

CONTENT = np.random.default_rng(0).bytes(300_000)
OTHER = b"a small file"


class Server:
    """Answers as it is told: ``plan`` holds what to do with each request, in turn; the last goes on."""

    def __init__(self) -> None:
        self.plan: list[Callable[[http.server.BaseHTTPRequestHandler], None]] = [whole]
        self.requests: list[tuple[str, str | None]] = []
        self.ending = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append((self.path, self.headers.get("Range")))
                action = outer.plan.pop(0) if len(outer.plan) > 1 else outer.plan[0]
                self.ending = outer.ending
                action(self)

            def log_message(self, *_arguments: object) -> None: ...

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_arguments: object) -> None: ...  # the client hung up: that is the test

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/file.bin"

    def stop(self) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _body(handler: http.server.BaseHTTPRequestHandler) -> bytes:
    return OTHER if handler.path.endswith("other.bin") else CONTENT


def whole(handler: http.server.BaseHTTPRequestHandler) -> None:
    body = _body(handler)
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def ranged(handler: http.server.BaseHTTPRequestHandler) -> None:
    asked = handler.headers.get("Range")
    if asked is None:
        whole(handler)
        return
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    handler.send_response(206)
    handler.send_header("Content-Length", str(len(CONTENT) - start))
    handler.end_headers()
    handler.wfile.write(CONTENT[start:])


def broken(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    handler.wfile.write(CONTENT[:100_000])


def altered(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(CONTENT[:-1] + b"?")


def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not handler.ending.is_set():  # type: ignore[attr-defined]
        handler.wfile.write(bytes(65_536))


def slow(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    for start in range(0, len(CONTENT), 30_000):
        handler.wfile.write(CONTENT[start : start + 30_000])
        handler.wfile.flush()
        if handler.ending.wait(0.03):  # type: ignore[attr-defined]
            return


def silent(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    handler.wfile.write(CONTENT[:50_000])
    handler.wfile.flush()
    handler.ending.wait(5)  # type: ignore[attr-defined]


def refusing(code: int, **headers: str) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def far_away(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Download:
    """Let Fashion-MNIST be nowhere but at the server of the test, whose files are not the real ones."""
    monkeypatch.setattr(fashion, "DEBIAN_FOLDER", tmp_path / "nowhere")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "nokeras"))
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    files = tuple(RemoteFile(name, (server.url,), len(CONTENT), sha256) for name in fashion.FILES)
    made = Download("Fashion-MNIST", files, "fashion-mnist", "Ask a neighbour.")
    monkeypatch.setitem(
        datasets.REGISTRY, "fashion-mnist", replace(datasets.REGISTRY["fashion-mnist"], download=made)
    )
    return made
