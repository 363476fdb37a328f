"""One entry of the journal as `journalctl -o json` prints it: its cursor, and the line that our formats read best."""

from __future__ import annotations

import re
from typing import Any

# msgspec: decodes JSON several times faster than the standard library.
import msgspec

# Inside of a value quotes are escaped, so that no message can pass for this.
_CURSOR = re.compile(rb'"__CURSOR" ?: ?"([^"\\]{1,512})"')
_ARRAY = re.compile(rb'": ?\[')
_LONGEST_CURSOR = 600
_LEAST = 256


def cursor_of(raw: bytes) -> str:
    """The entry's cursor; empty where there is none, so that it is no entry."""
    found = _CURSOR.search(raw)
    return found[1].decode("ascii", "replace") if found else ""


def cursor_in_part(head: bytes, tail: bytes, cut: int) -> str:
    """The cursor of an entry of which only head and tail are known; cut is how many bytes are behind the head."""
    if cut == len(tail):  # nothing is between
        tail = head[-_LONGEST_CURSOR:] + tail
    return cursor_of(head) or cursor_of(tail)


def same(one: str, other: str) -> bool:
    """Whether two cursors are of one entry. When the journal is flushed to disk an entry keeps its boot, times and hash only."""
    return one == other or (len(_content(one)) == 4 and _content(one) == _content(other))


def _content(cursor: str) -> frozenset[str]:
    return frozenset(part for part in cursor.split(";") if part[:2] in ("b=", "m=", "t=", "x="))


def legible(raw: bytes, most: int) -> tuple[bytes, int]:
    """The line to give for an entry, at most so many bytes, and how many were left out of it.

    It is as journalctl printed it unless it is too long or has arrays: values that are no clean UTF-8 come as arrays of
    their bytes, fields that an entry has twice as arrays of their values. Both become text.
    """
    if len(raw) <= most and not _ARRAY.search(raw):
        return raw, 0
    try:
        entry = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return raw[:most], max(0, len(raw) - most)
    if not isinstance(entry, dict):
        return raw[:most], max(0, len(raw) - most)
    plain = {key: _text(value) if isinstance(value, list) else value for key, value in entry.items()}
    whole = raw if plain == entry else msgspec.json.encode(plain)
    if len(whole) <= most:
        return whole, 0
    short = _shortened(plain, most)
    return short, len(whole) - len(short)


def _text(values: list[Any]) -> str:
    if values and all(type(value) is int and 0 <= value < 256 for value in values):
        return bytes(values).decode("utf-8", "replace")
    return " ".join(_text(value) if isinstance(value, list) else str(value) for value in values)


def _shortened(entry: dict[str, Any], most: int) -> bytes:
    """The entry with its longest values cut until it fits."""
    longest = max((len(value) for value in entry.values() if isinstance(value, str)), default=0)
    while (line := msgspec.json.encode(entry)) and len(line) > most and longest > _LEAST:
        longest = longest * 3 // 4
        entry = {key: value[:longest] if isinstance(value, str) else value for key, value in entry.items()}
    return line[:most]
