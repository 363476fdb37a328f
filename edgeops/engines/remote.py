"""A server on the site's own network that speaks the OpenAI chat API (llama-server, vLLM, Ollama). Used only when the configuration names one.

It gives no certainties: the option that it picks has probability 1. top_k and grammars are not part of that API and are
left out. There are no proxies, no redirects and no other host than the one configured.
"""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from edgeops import text
from edgeops.engines.form import Reading, body
from edgeops.engines.order import check, checked, cleaned
from edgeops.engines.settings import EngineSettings
from edgeops.errors import ConfigError, EngineError, EngineLost, EngineTimeout
from edgeops.records import Chosen, Finished, Piece, Reply, Script, Timings

_MOST = 4 << 20
"""Bytes of the largest answer, with all that is around it."""
_LONGEST_LINE = 1 << 18
_RUN_SILENCES = 10
"""A run may last this many times the longest silence allowed."""
_NO_SCHEMA = (400, 404, 415, 422, 500, 501)
"""Statuses by which servers refuse a response_format that they do not know."""


class RemoteEngine:
    """The Engine of one server. Raises ConfigError when the address or the key's variable is no good."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._secure, self._host, self._port, self._path = _address(settings.url)
        self._headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        if settings.key_env:
            key = os.environ.get(settings.key_env, "")
            if not key:
                raise ConfigError(f"The variable {settings.key_env} holds no key for {self._host}; set it.")
            self._headers["Authorization"] = f"Bearer {key}"

    def run(self, script: Script) -> Iterator[Reply]:
        """See Engine."""
        check(script)
        script = cleaned(script)
        try:
            yield from checked(script, self._run(script))
        except TimeoutError as error:
            raise EngineTimeout(
                f"{self._host} was silent for {self._settings.timeout_s:g} s; try again, or raise model.timeout_s."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise EngineLost(f"{self._host} cannot be used ({error}); check remote.url and the server.") from error

    def _run(self, script: Script) -> Iterator[Reply]:
        begun, first, count = time.monotonic(), 0.0, 0
        reading = Reading(script)
        connection = self._connect()
        try:
            for said in self._said(self._ask(connection, script), begun):
                count += 1
                for reply in reading.feed(said):
                    if isinstance(reply, (Piece, Chosen)):
                        first = first or time.monotonic() - begun
                    yield reply
            yield from reading.end()
        finally:
            connection.close()
        total = time.monotonic() - begun
        timings = Timings(first_s=first, tokens=count, decode_s=total - first, total_s=total)
        yield Finished(self._settings.name, timings)

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self._settings.timeout_s)

    def _ask(self, connection: http.client.HTTPConnection, script: Script) -> http.client.HTTPResponse:
        """The server's response; without the schema when it refuses that."""
        for schema in (True, False):
            asked = json.dumps(body(self._settings.name, script, schema)).encode()
            connection.request("POST", self._path, asked, self._headers)
            response = connection.getresponse()
            if response.status == 200:
                return response
            said = text.show(response.read(2000).decode("utf-8", "replace"))[:300]
            connection.close()
            if response.status not in _NO_SCHEMA:
                break
        raise EngineError(
            f"{self._host} answered {response.status}: {said}. Check remote.url, remote.model and the key."
        )

    def _said(self, response: http.client.HTTPResponse, begun: float) -> Iterator[str]:
        """The bits of text in an event stream, or the one of a server that does not stream."""
        if "event-stream" not in (response.getheader("Content-Type") or ""):
            yield self._content(response.read(_MOST))
            return
        left = _MOST
        while line := response.readline(_LONGEST_LINE):
            left -= len(line)
            if left < 0 or time.monotonic() - begun > _RUN_SILENCES * self._settings.timeout_s:
                raise EngineLost(f"{self._host} does not stop answering; it was cut off. Try again.")
            if line.startswith(b"data:"):
                data = line[5:].strip()
                if data == b"[DONE]":
                    return
                if said := self._content(data):
                    yield said

    def _content(self, data: bytes) -> str:
        try:
            answer: Any = json.loads(data)
            choices = answer["choices"]
            if not choices:
                return ""
            part = choices[0].get("delta") or choices[0].get("message") or {}
            return str(part.get("content") or "")
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise EngineLost(
                f"{self._host} does not speak the OpenAI chat API ({error!r}); check remote.url."
            ) from error


def _address(url: str) -> tuple[bool, str, int | None, str]:
    """Whether it is TLS, then host, port and path. Raises ConfigError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in ("http", "https"):
        raise ConfigError(f"remote.url is {url!r}; give an address such as http://llm.site:8080/v1.")
    return parts.scheme == "https", host, port, parts.path.rstrip("/") + "/chat/completions"
