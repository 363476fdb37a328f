"""What is kept of a session: where one was, per set of arguments, so that the next one with the same begins there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# msgspec: a session is written and read as JSON of a known shape; what has another is none.
import msgspec

from edgeops import paths
from edgeops.files import write_whole
from edgeops.view.query import Query

_FOLDER = "sessions"
_LAST = "last.json"
_LARGEST = 1 << 20
_MOST = 100


class Spot(msgspec.Struct, frozen=True):
    """A line: its file, where it begins there, and a digest of it, by which it is seen whether it is still the same."""

    path: str
    at: int
    digest: str


class Memory(msgspec.Struct, frozen=True):
    """arguments are absolute; theme is a name, "" for none; case is the incident at the cursor; spot the line."""

    arguments: tuple[str, ...] = ()
    place: str = ""
    theme: str = ""
    case: str = ""
    spot: Spot | None = None
    query: Query = Query()
    wrapping: bool = False
    following: bool = False


def absolute(arguments: Sequence[str]) -> tuple[str, ...]:
    """The same from wherever one starts."""
    return tuple(str(Path(one).absolute()) for one in arguments)


def digest(raw: bytes) -> str:
    """By which a line is known again."""
    return hashlib.sha256(raw).hexdigest()[:16]


def recall(state: Path, arguments: Sequence[str]) -> Memory | None:
    """The last session with these; that without arguments is one of its own."""
    return _read(state / _FOLDER / _name(absolute(arguments)))


def last(state: Path) -> Memory | None:
    """The last session that had logs."""
    return _read(state / _FOLDER / _LAST)


def keep(state: Path, memory: Memory) -> None:
    """Write it whole. Where nothing can be kept nothing is."""
    folder = paths.writable(state) and paths.writable(state / _FOLDER)
    if not folder:
        return
    # A name that is no UTF-8 is written as it is told apart, and is not found again by what it stands for.
    data = msgspec.json.encode(msgspec.convert(_clean(msgspec.to_builtins(memory)), Memory))
    with suppress(OSError):
        write_whole(folder / _name(memory.arguments), data)
        if memory.arguments:
            write_whole(folder / _LAST, data)
        _forget(folder)


def _clean(value: object) -> object:
    """The same without lone surrogates, which JSON cannot hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, (list, tuple)) else value


def _name(arguments: Sequence[str]) -> str:
    told = "\0".join(arguments).encode("utf-8", "surrogateescape")
    return f"{hashlib.sha256(told).hexdigest()[:24]}.json"


def _read(file: Path) -> Memory | None:
    try:
        if paths.unsafe(file) or file.stat().st_size > _LARGEST:
            return None
        return msgspec.json.decode(file.read_bytes(), type=Memory)
    except (OSError, msgspec.MsgspecError):
        return None


def _forget(folder: Path) -> None:
    """Keep the latest only."""
    there = sorted(folder.glob("*.json"), key=os.path.getmtime, reverse=True)
    for file in there[_MOST:]:
        file.unlink(missing_ok=True)
