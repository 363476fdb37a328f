"""The hub is asked for exactly what is missing, and whatever it does, a sentence or the right bytes come of it."""

from __future__ import annotations

import io
import socket
import threading
import time
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from edgeops.catalog import hub
from edgeops.catalog.part import Part
from edgeops.errors import HashMismatch
from edgeops.records import Model
from tests.catalog.tiny import Ears

BASE = "https://mirror.site"


@dataclass
class Answer:
    """An HTTP answer; breaks after `breaks` bytes when that is set."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    breaks: int = -1
    closed: bool = False

    def __post_init__(self) -> None:
        self._stream = io.BytesIO(self.body if self.breaks < 0 else self.body[: self.breaks])

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(min(size, 1000))
        if not data and self.breaks >= 0:
            raise ConnectionResetError(104, "Connection reset by peer")
        return data

    def close(self) -> None:
        self.closed = True


@dataclass
class Server:
    """Serves content, with Range unless it is a plain one; each connection breaks after `breaks` bytes."""

    content: bytes
    ranges: bool = True
    breaks: int = -1
    asked: list[tuple[str, int]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def __call__(self, address: str, at: int) -> Answer:
        self.asked.append((address, at))
        start = at if self.ranges else 0
        headers = {"Content-Length": str(len(self.content) - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        self.answers.append(Answer(self.content[start:], headers, self.breaks))
        return self.answers[-1]


def here(address: str) -> str:
    return ""


def fetch(
    folder: Path, model: Model, ears: Ears, open_at: hub.Open, reach: hub.Reach = here, base: str = BASE
) -> tuple[str, bytes]:
    with Part(folder / "tiny.gguf.part", model, ears.progress) as part:
        reason = hub.fetch_hub(model.sources[0], part, base, reach, open_at)
        return reason, part.path.read_bytes()


def test_the_whole_file_is_fetched_from_its_repository(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    server = Server(content)
    assert fetch(tmp_path, model, ears, server) == ("", content)
    assert server.asked == [(f"{BASE}/Owner/Tiny-GGUF/resolve/main/tiny.gguf", 0)]
    assert server.answers[0].closed


def test_only_what_is_missing_is_asked_for(tmp_path: Path, model: Model, content: bytes, ears: Ears) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(content[:4321])
    server = Server(content)
    assert fetch(tmp_path, model, ears, server) == ("", content)
    assert [at for _, at in server.asked] == [4321]


def test_a_server_that_ignores_the_range_is_read_from_its_beginning(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(content[:4321])
    assert fetch(tmp_path, model, ears, Server(content, ranges=False)) == ("", content)


def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    server = Server(content, breaks=3000)
    assert fetch(tmp_path, model, ears, server) == ("", content)
    assert [at for _, at in server.asked] == [0, 3000, 6000, 9000]


def test_a_server_that_keeps_breaking_is_left_with_what_came(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    server = Server(content, breaks=1000)
    reason, kept = fetch(tmp_path, model, ears, server)
    assert reason == "it broke off after 4000 of 10240 bytes (connection reset by peer)"
    assert kept == content[:4000]


def test_a_server_that_sends_nothing_is_not_asked_again(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    server = Server(content, breaks=0)
    assert "broke off after 0 of" in fetch(tmp_path, model, ears, server)[0]
    assert len(server.asked) == 1


def test_a_page_in_place_of_the_model_is_not_kept(tmp_path: Path, model: Model, ears: Ears) -> None:
    reason, kept = fetch(tmp_path, model, ears, Server(b"<html>Please log in to the hotel network</html>"))
    assert reason == "it offers another file: 47 bytes where 10240 are missing"
    assert kept == b""


def test_more_bytes_than_the_catalogue_says_are_stopped(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    endless = Answer(content + bytes(10_000_000))
    with Part(tmp_path / "tiny.gguf.part", model, ears.progress) as part, pytest.raises(HashMismatch):
        hub.fetch_hub(model.sources[0], part, BASE, here, lambda address, at: endless)
    assert (tmp_path / "tiny.gguf.part").stat().st_size <= model.bytes


def test_an_answer_that_ends_early_is_said(tmp_path: Path, model: Model, content: bytes, ears: Ears) -> None:
    reason, kept = fetch(tmp_path, model, ears, lambda address, at: Answer(content[:100]))
    assert reason == "it ended after 100 of 10240 bytes"
    assert kept == content[:100]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (urllib.error.HTTPError("u", 404, "Not Found", Message(), None), "it answered 404 Not Found"),
        (urllib.error.URLError(OSError(113, "No route to host")), "it cannot be read (no route to host)"),
        (TimeoutError("timed out"), "it cannot be read (timed out)"),
        (ValueError("unknown url type"), "it cannot be read (unknown url type)"),
    ],
)
def test_what_goes_wrong_on_the_way_is_a_reason(
    tmp_path: Path, model: Model, ears: Ears, error: Exception, said: str
) -> None:
    def broken(address: str, at: int) -> Answer:
        raise error

    assert fetch(tmp_path, model, ears, broken)[0] == said


def test_nothing_is_asked_of_a_hub_that_cannot_be_reached(
    tmp_path: Path, model: Model, content: bytes, ears: Ears
) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(content[:50])
    server = Server(content)
    assert fetch(tmp_path, model, ears, server, lambda address: "no connection") == ("no connection", content[:50])
    assert server.asked == []


def test_only_web_addresses_are_opened(tmp_path: Path, model: Model, content: bytes, ears: Ears) -> None:
    server = Server(content)
    assert "does not begin with https://" in fetch(tmp_path, model, ears, server, base="file:///etc")[0]
    assert server.asked == []


def no_proxy(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def record_connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    places: list[tuple[str, int]] = []

    def connect(place: tuple[str, int], timeout: float) -> socket.socket:
        places.append(place)
        raise OSError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", connect)
    return places


def test_a_refused_connection_is_a_reason_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    no_proxy(monkeypatch)
    places = record_connections(monkeypatch)
    assert hub.reachable("https://mirror.site/x") == "no connection (connection refused)"
    assert places == [("mirror.site", 443)]


def test_a_proxy_is_what_must_be_reached_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    no_proxy(monkeypatch, https_proxy="proxy.site:3128", no_proxy="lan.site")
    places = record_connections(monkeypatch)
    hub.reachable("https://mirror.site/x")
    hub.reachable("https://lan.site:8443/x")
    assert places == [("proxy.site", 3128), ("lan.site", 8443)]


def test_a_network_that_swallows_everything_is_given_up_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    no_proxy(monkeypatch)
    answered = threading.Event()

    def swallow(place: tuple[str, int], timeout: float) -> socket.socket:
        answered.wait(10)
        raise OSError(110, "Connection timed out")

    monkeypatch.setattr(socket, "create_connection", swallow)
    start = time.monotonic()
    assert hub.reachable("https://mirror.site/x") == "no connection within 2.5 s"
    assert time.monotonic() - start < 3
    answered.set()


def test_an_address_with_a_senseless_port_is_a_reason() -> None:
    assert "address is wrong" in hub.reachable("https://mirror.site:port/x")


# ------------------------------------------------------------------ a real server on this machine


@pytest.fixture
def served(loopback: str, content: bytes) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The address of a hub that redirects to where it keeps its files, as the public one does, and what it was asked."""
    asked: list[tuple[str, str]] = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Range", "")))
            if self.path.startswith("/Owner/"):
                self.send_response(302)
                self.send_header("Location", "/store/1")
                self.end_headers()
                return
            start = int(self.headers.get("Range", "bytes=0-")[6:-1])
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            self.wfile.write(content[start:])

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer((loopback, 0), Hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://{loopback}:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_real_server_is_asked_for_the_rest_even_through_a_redirect(
    tmp_path: Path,
    model: Model,
    content: bytes,
    ears: Ears,
    served: tuple[str, list[tuple[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    no_proxy(monkeypatch)
    base, asked = served
    (tmp_path / "tiny.gguf.part").write_bytes(content[:4321])
    assert fetch(tmp_path, model, ears, hub.open_url, hub.reachable, base) == ("", content)
    assert asked == [
        ("/Owner/Tiny-GGUF/resolve/main/tiny.gguf", "bytes=4321-"),
        ("/store/1", "bytes=4321-"),
    ]


def test_a_real_server_that_is_not_there_is_a_reason(
    tmp_path: Path, model: Model, ears: Ears, loopback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_proxy(monkeypatch)
    with socket.socket() as taken:
        taken.bind((loopback, 0))
        base = f"http://{loopback}:{taken.getsockname()[1]}"
        reason = fetch(tmp_path, model, ears, hub.open_url, hub.reachable, base)[0]
    assert reason == "no connection (connection refused)"
