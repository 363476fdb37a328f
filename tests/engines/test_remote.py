"""The engine in front of a server on this machine that behaves well or badly."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from edgeops.engines.remote import RemoteEngine
from edgeops.engines.settings import EngineSettings
from edgeops.errors import ConfigError, EngineError, EngineLost, EngineTimeout
from edgeops.records import Choose, Chosen, Finished, Piece, Say, Script, Write, Written

SCRIPT = Script("system", "user", (Choose("root", ("L1", "L2")), Say("\n"), Write("text")))
ANSWER = json.dumps({"root": "L2", "text": "disk full"})


class Server:
    """Serves one function; notes what it was asked."""

    def __init__(self, host: str) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.act: Callable[[Handler], None] = lambda handler: handler.stream(ANSWER)
        outer = self

        class Bound(Handler):
            server_of = outer

        self.http = ThreadingHTTPServer((host, 0), Bound)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://{host}:{self.http.server_address[1]}/v1/"

    def engine(self, **changes: Any) -> RemoteEngine:
        return RemoteEngine(EngineSettings(**{"name": "m", "url": self.url, "timeout_s": 5.0, **changes}))


class Handler(BaseHTTPRequestHandler):
    server_of: Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.server_of.asked.append(json.loads(raw))
        self.server_of.headers.append(dict(self.headers))
        self.server_of.paths.append(self.path)
        self.server_of.act(self)

    def head(self, kind: str, status: int = 200, **more: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()

    def delta(self, text: str) -> None:
        chunk = {"choices": [{"delta": {"content": text}}]}
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def stream(self, text: str) -> None:
        self.head("text/event-stream; charset=utf-8")
        self.wfile.write(b": a comment\n\n")
        for at in range(0, len(text), 3):
            self.delta(text[at : at + 3])
        self.wfile.write(b'data: {"choices": [], "usage": {}}\n\ndata: [DONE]\n\n')

    def whole(self, text: str) -> None:
        self.head("application/json")
        self.wfile.write(json.dumps({"choices": [{"message": {"content": text}}]}).encode())

    def log_message(self, *parts: Any) -> None: ...


@pytest.fixture
def server(loopback: str) -> Iterator[Server]:
    made = Server(loopback)
    yield made
    made.http.shutdown()
    made.http.server_close()


def test_an_answer_is_streamed_into_the_slots(server: Server) -> None:
    replies = list(server.engine().run(SCRIPT))
    assert replies[0] == Chosen("root", "L2", (0.0, 1.0))
    assert "".join(r.text for r in replies if isinstance(r, Piece)) == "disk full"
    assert sum(isinstance(r, Piece) for r in replies) > 2
    assert Written("text", "disk full", "stop") in replies
    assert isinstance(replies[-1], Finished) and replies[-1].timings.first_s > 0
    assert server.paths == ["/v1/chat/completions"]
    assert server.asked[0]["response_format"]["type"] == "json_schema"


def test_a_server_that_does_not_stream_is_understood(server: Server) -> None:
    server.act = lambda handler: handler.whole(ANSWER)
    assert Written("text", "disk full", "stop") in list(server.engine().run(SCRIPT))


def test_a_server_that_refuses_the_schema_is_asked_without(server: Server) -> None:
    def fussy(handler: Handler) -> None:
        if "response_format" in server.asked[-1]:
            handler.head("application/json", 400)
            handler.wfile.write(b'{"error": "unknown field response_format"}')
        else:
            handler.stream(ANSWER)

    server.act = fussy
    assert Written("text", "disk full", "stop") in list(server.engine().run(SCRIPT))
    assert len(server.asked) == 2


def test_an_error_is_told_with_what_the_server_said(server: Server) -> None:
    def failing(handler: Handler) -> None:
        handler.head("text/plain", 401)
        handler.wfile.write(b"bad key \x1b[31m")

    server.act = failing
    with pytest.raises(EngineError, match=r"answered 401: bad key ␛"):
        list(server.engine().run(SCRIPT))
    assert len(server.asked) == 1


def test_a_redirect_is_not_followed(server: Server) -> None:
    server.act = lambda handler: handler.head("text/plain", 302, Location="http://elsewhere.example/")
    with pytest.raises(EngineError, match="302"):
        list(server.engine().run(SCRIPT))


def test_the_key_comes_from_the_named_variable(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_KEY", "secret")
    list(server.engine(key_env="SITE_KEY").run(SCRIPT))
    assert server.headers[0]["Authorization"] == "Bearer secret"
    list(server.engine().run(SCRIPT))
    assert "Authorization" not in server.headers[1]


def test_a_variable_without_a_key_is_said(loopback: str) -> None:
    with pytest.raises(ConfigError, match="NO_SUCH_KEY"):
        RemoteEngine(EngineSettings(url="http://localhost:1", key_env="NO_SUCH_KEY"))


@pytest.mark.parametrize(
    "url", ["", "llm.site:8080", "ftp://llm.site", "http://", "file:///etc/passwd", "http://x:port"]
)
def test_a_wrong_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"remote\.url"):
        RemoteEngine(EngineSettings(url=url))


def test_silence_is_noticed(server: Server) -> None:
    def silent(handler: Handler) -> None:
        handler.head("text/event-stream")
        handler.delta('{"root": "L1", ')
        time.sleep(2)

    server.act = silent
    with pytest.raises(EngineTimeout, match=r"silent for 0\.3 s"):
        list(server.engine(timeout_s=0.3).run(SCRIPT))


def test_an_endless_answer_is_cut_off(server: Server) -> None:
    def endless(handler: Handler) -> None:
        handler.head("text/event-stream")
        while True:
            handler.wfile.write(b": " + b"x" * 60_000 + b"\n")

    server.act = endless
    with pytest.raises(EngineLost, match="does not stop"):
        list(server.engine().run(SCRIPT))


def test_an_endless_text_is_cut_off(server: Server) -> None:
    def endless(handler: Handler) -> None:
        handler.head("text/event-stream")
        handler.delta('{"root": "L1", "text": "')
        while True:
            handler.delta("x" * 100)

    server.act = endless
    with pytest.raises(EngineLost):
        list(server.engine().run(SCRIPT))


@pytest.mark.parametrize(
    "said", [b"data: nonsense\n\n", b"data: []\n\n", b'data: {"choices": [7]}\n\n', b"data: {}\n\n"]
)
def test_another_language_is_said(said: bytes, server: Server) -> None:
    def strange(handler: Handler) -> None:
        handler.head("text/event-stream")
        handler.wfile.write(said)

    server.act = strange
    with pytest.raises(EngineLost, match="OpenAI chat API"):
        list(server.engine().run(SCRIPT))


def test_an_answer_that_breaks_off_is_said(server: Server) -> None:
    server.act = lambda handler: handler.stream('{"root": "L1", ')
    with pytest.raises(EngineError, match="lacks text"):
        list(server.engine().run(SCRIPT))


def test_a_server_that_is_not_there_is_said(loopback: str) -> None:
    with socket.create_server((loopback, 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(EngineLost, match=r"cannot be used.*remote\.url"):
        list(RemoteEngine(EngineSettings(name="m", url=f"http://{loopback}:{port}", timeout_s=2)).run(SCRIPT))


def test_closing_the_iterator_closes_the_connection(server: Server) -> None:
    broken = threading.Event()

    def patient(handler: Handler) -> None:
        handler.head("text/event-stream")
        handler.delta('{"root": "L1", "text": "a')
        try:
            for _ in range(200):
                handler.delta("b")
                time.sleep(0.01)
        except OSError:
            broken.set()

    server.act = patient
    run = server.engine().run(SCRIPT)
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert broken.wait(3)
