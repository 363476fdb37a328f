"""Safe text: makes any string showable on a terminal, measures and wraps it, and writes records as safe JSON.

Log text is hostile (RELIABILITY A1): it may hold control sequences, bidirectional overrides, invisible characters
and lone surrogates. Everything a person sees goes through `show` or `show_lines`; `to_json` loses nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

# msgspec: encodes the frozen records to JSON ten times faster than the standard library.
import msgspec

TAB = "    "

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Invisible though Unicode files them under marks, letters or symbols: joiners, fillers, variation selectors.
_HIDDEN_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)
_MOST_MARKS = 4
# Never at the start of a line in Chinese typesetting.
_CLOSING = "，。、；：？！）】》」』”’…,.;:?!)]}"
_CHUNK = re.compile(r"\s+|[^\s]+")
_LEAST_ROOM = 8
"""Behind an indent; a narrower terminal has no use for one."""


def hostile(code: int) -> bool:
    """Whether a code point could command a terminal, reorder what is seen, or not be seen at all."""
    if unicodedata.category(chr(code)) in _HIDDEN_CATEGORIES:
        return True
    return any(low <= code <= high for low, high in _HIDDEN_RANGES)


def _picture(code: int) -> str | int:
    if code == 0x09:
        return TAB
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0x80 <= code < 0xA0:
        return f"\\x{code:02x}"
    return f"⟦U+{code:04X}⟧" if hostile(code) else code


def _ascii_picture(code: int) -> str | int:
    if code == 0x09:
        return TAB
    if code < 0x20 or 0x7F <= code < 0xA0:
        return f"\\x{code:02x}"
    if code < 0x7F:
        return code
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(code: int) -> str | int:
    if not hostile(code):
        return code
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


class _Table(dict[int, "str | int"]):
    """A `str.translate` table that works each code point out once."""

    def __init__(self, rule: Any) -> None:
        super().__init__()
        self._rule = rule

    def __missing__(self, code: int) -> str | int:
        self[code] = shown = self._rule(code)
        return shown  # type: ignore[no-any-return]


_PICTURES = _Table(_picture)
_ASCII = _Table(_ascii_picture)
_JSON = _Table(_json_escape)


def show(text: str, *, ascii_only: bool = False) -> str:
    """The text on one line, with nothing left in it that a terminal would obey: ESC becomes ␛, U+202E ⟦U+202E⟧.

    ascii_only is for terminals that cannot draw anything else. Showing a shown text changes nothing.
    """
    if text.isascii():
        return text if text.isprintable() else text.translate(_ASCII if ascii_only else _PICTURES)
    if ascii_only:
        return text.translate(_ASCII)
    return _unstack(text.translate(_PICTURES))


def show_lines(text: str, *, ascii_only: bool = False) -> str:
    """Like `show`, but line feeds stay line feeds (and CR LF becomes one)."""
    return "\n".join(show(line, ascii_only=ascii_only) for line in text.replace("\r\n", "\n").split("\n"))


def _unstack(text: str) -> str:
    """Writes out combining marks beyond the fourth on one letter: a tower of them paints over the lines around."""
    marks = 0
    out: list[str] = []
    for char in text:
        marks = marks + 1 if char > "\u02ff" and unicodedata.category(char) in ("Mn", "Me") else 0
        out.append(f"⟦U+{ord(char):04X}⟧" if marks > _MOST_MARKS else char)
    return "".join(out)


def width(text: str) -> int:
    """Terminal columns that a shown text takes: Chinese, Japanese, Korean and emoji two each, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    if char < "\u0300":
        return 1
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, columns: int, *, indent: str = "") -> list[str]:
    """The shown text in lines of at most `columns` (2 or more), every line but the first behind `indent` where that leaves room.

    Breaks at spaces and between wide characters; a word longer than a line is broken, never cut.
    """
    indent = indent if columns - width(indent) >= _LEAST_ROOM else ""
    room = max(columns - width(indent), 2)
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text, room):
        size = width(piece)
        if used + size > (room if lines else max(columns, 2)) and line:
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not piece.isspace() or not lines:
            line, used = line + piece, used + size
    lines.append(line.rstrip())
    return [lines[0], *(indent + later for later in lines[1:])]


def _pieces(text: str, room: int) -> Iterator[str]:
    """What may not be broken: words, spaces, and wide characters together with the punctuation that closes them."""
    for chunk in _CHUNK.findall(text):
        piece, size = "", 0
        for char in chunk:
            columns = _columns(char)
            breaks = columns == 2 or (piece and _columns(piece[-1]) == 2)
            if piece and ((breaks and char not in _CLOSING and columns) or size + columns > room):
                yield piece
                piece, size = "", 0
            piece, size = piece + char, size + columns
        yield piece


def counted(count: int | str, noun: str) -> str:
    """So many of an English noun with a regular plural: 1 line, 2 lines, 3 entries. A string is a number as it is to be shown."""
    if str(count) == "1":
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def to_json(record: Any) -> str:
    """A record (dataclass, tuple, dict, …) as one line of JSON that is safe to print and loses nothing.

    Chinese stays readable; every hostile code point is written \\uXXXX; bytes become base64, times ISO 8601.
    """
    try:
        text = msgspec.json.encode(record).decode()
    except UnicodeEncodeError:  # msgspec writes UTF-8, which has no lone surrogates
        text = json.dumps(msgspec.to_builtins(record), ensure_ascii=False, separators=(",", ":"))
    return text.translate(_JSON)
