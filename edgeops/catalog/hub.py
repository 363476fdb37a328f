"""A model hub as a source: one plain GET, resumed by Range; whether the network is there is known within seconds."""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, Protocol

from edgeops import __version__
from edgeops.catalog.part import CHUNK, Part
from edgeops.records import Source

HUB = "https://" + ".".join(("huggingface", "co"))
"""Where hub files come from when the configuration (catalog.hub) names no mirror."""

_REACH_S = 2.5
_SILENCE_S = 30.0
_TRIES = 4


class Response(Protocol):
    """What is read of an HTTP answer."""

    headers: Any

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


Open = Callable[[str, int], Response]
"""(address, first byte wanted) -> the answer. Raises OSError or http.client.HTTPException."""
Reach = Callable[[str], str]
"""(address) -> "" when a connection can be made, else why not."""


def fetch_hub(source: Source, part: Part, base: str, reach: Reach, open_at: Open) -> str:
    """Fetches what is missing of part; gives "" or why it stopped. Bytes that came stay for the next try or source."""
    owner, repository, file = source.ref.split("/", 2)
    address = f"{base.rstrip('/')}/{owner}/{repository}/resolve/main/{urllib.parse.quote(file)}"
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        return f"the hub address {base} does not begin with https://"
    if reason := reach(address):
        return reason
    part.resume(part.kept)
    for left in reversed(range(_TRIES)):
        before = part.done
        reason = _get(address, part, open_at)
        if not (reason and part.done > before and left):
            break
    return reason


def _get(address: str, part: Part, open_at: Open) -> str:
    try:
        response = open_at(address, part.done)
    except urllib.error.HTTPError as error:
        return f"it answered {error.code} {error.reason}"
    # HTTPException: an answer that is no HTTP; ValueError: an address that is none.
    except (OSError, http.client.HTTPException, ValueError) as error:
        return f"it cannot be read ({_why(error)})"
    try:
        return _read(response, part)
    finally:
        response.close()


def _read(response: Response, part: Part) -> str:
    start = part.done if _continues(response, part.done) else 0
    offered = response.headers.get("Content-Length")
    if offered is not None and str(offered) != str(part.model.bytes - start):
        return f"it offers another file: {offered} bytes where {part.model.bytes - start} are missing"
    if start < part.done:
        part.resume(start)
    while True:
        try:
            data = response.read(CHUNK)
        except (OSError, http.client.HTTPException) as error:
            data, ended = b"", f"it broke off after {part.done} of {part.model.bytes} bytes ({_why(error)})"
        else:
            ended = f"it ended after {part.done} of {part.model.bytes} bytes"
        if not data:
            return ended if part.missing else ""
        part.write(data)


def _continues(response: Response, at: int) -> bool:
    """Whether the answer begins at the byte asked for; a server may ignore Range and begin anew."""
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {at}-")


def _why(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause or type(error).__name__).lower()


def open_url(address: str, at: int) -> Response:
    """GET from byte `at` on, through the proxy of the environment where there is one."""
    headers = {"User-Agent": f"edgeops/{__version__}", "Accept-Encoding": "identity"}
    if at:
        headers["Range"] = f"bytes={at}-"
    # S310 asks that the scheme be checked: fetch_hub lets only http and https through, and redirects cannot leave them.
    response: Response = urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=_SILENCE_S)
    return response


def reachable(address: str) -> str:
    """Whether a TCP connection to the address's host, or to the proxy in between, comes about within 2.5 s.

    Name resolution has no time-out of its own, so a thread waits for it and is left behind when it takes too long.
    """
    parts = urllib.parse.urlsplit(_proxy(address) or address)
    try:
        place = (parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443))
    except ValueError as error:
        return f"its address is wrong ({error})"
    answer: list[str] = []
    waiter = threading.Thread(target=lambda: answer.append(_connect(place)), daemon=True)
    waiter.start()
    waiter.join(_REACH_S)
    return answer[0] if answer else f"no connection within {_REACH_S} s"


def _proxy(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return ""
    proxy = urllib.request.getproxies().get(parts.scheme, "")
    return proxy if not proxy or "//" in proxy else f"http://{proxy}"


def _connect(place: tuple[str, int]) -> str:
    try:
        socket.create_connection(place, timeout=_REACH_S).close()
    except (OSError, ValueError) as error:  # ValueError: a host name that cannot be encoded
        return f"no connection ({_why(error)})"
    return ""
