"""Expressions that somebody else wrote: from PCRE to Python's, and matched under a limit of time.

No expression may keep us from reading on (RELIABILITY A19): a line's first 4 KiB are matched, each match has a tenth of a
second, and one that took too long three times is not tried again.
"""

from __future__ import annotations

import atexit
import os
import re
from functools import cached_property
from signal import ITIMER_REAL, SIGALRM, setitimer, signal
from threading import get_ident, main_thread
from time import perf_counter
from types import FrameType

LONGEST_LINE = 4096
SECONDS = 0.1
_STRIKES = 3

_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)|(?P<escape>\\(?:k[<{'](?P<back>\w+)[>}']|g\{?(?P<number>\d{1,2})\}?|x\{(?P<code>[0-9A-Fa-f]{1,2})\}|.))"
    r"|(?P<posix>\[:\^?\w+:\])|(?P<bracket>\[\^?\]?|\])|(?P<named>\(\?(?:<(?![=!])|')(?P<name>\w+)[>'])|(?P<other>.)",
    re.DOTALL,
)
_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9A-Fa-f",
    "word": r"\w",
    "print": " -~",
    "graph": "!-~",
    "cntrl": r"\x00-\x1f\x7f",
}
# Outside of brackets; inside, `\h` and `\e` only.
_ESCAPES = {"h": r"[ \t]", "H": r"[^ \t]", "R": r"(?>\r\n|[\n\r\v\f])", "N": r"[^\n]", "e": r"\x1b", "z": r"\Z"}
_ESCAPES_INSIDE = {"h": r" \t", "e": r"\x1b", "b": r"\x08"}
_UNKNOWN = {
    "p": "a Unicode class",
    "P": "a Unicode class",
    "K": r"\K",
    "G": r"\G",
    "X": r"\X",
    "C": r"\C",
    "o": "an octal code",
}


def translated(pattern: str) -> bytes:
    """The expression in Python's language, over bytes. Raises ValueError that names what has no counterpart."""
    out: list[str] = []
    inside = False
    for token in _TOKEN.finditer(pattern):
        if (quoted := token["quoted"]) is not None:
            out.append(re.escape(quoted))
        elif token["escape"]:
            out.append(_escape(token, inside))
        elif token["posix"]:
            out.append(_class(token["posix"]) if inside else token["posix"])
        elif bracket := token["bracket"]:
            # Inside of brackets an opening one means itself; so does a closing one that comes first.
            out.append("\\" + bracket if inside and bracket[0] == "[" else bracket)
            inside = not bracket.endswith("]") if inside else bracket[0] == "["
        elif token["named"] and not inside:
            out.append(f"(?P<{token['name']}>")
        else:
            out.append(token[0])
    return "".join(out).encode("utf-8", "surrogatepass")


def _escape(token: re.Match[str], inside: bool) -> str:
    letter = token["escape"][1]
    if token["back"]:
        return f"(?P={token['back']})"
    if token["number"]:
        return f"(?:\\{token['number']})"
    if token["code"]:
        return f"\\x{int(token['code'], 16):02x}"
    if letter in _UNKNOWN:
        raise ValueError(f"Python knows nothing like {_UNKNOWN[letter]}")
    return (_ESCAPES_INSIDE if inside else _ESCAPES).get(letter, token["escape"])


def _class(posix: str) -> str:
    name = posix[2:-2]
    if name not in _POSIX:
        raise ValueError(f"{posix} is no class that Python can say")
    return _POSIX[name]


class _TooLong(BaseException):
    """Ends a match from within; never leaves this module."""


class _Watch:
    """Looks ten times a second, while there is matching, whether a match goes on for too long."""

    def __init__(self) -> None:
        self.began = 0.0
        self._ticking = False

    def tick(self, number: int, frame: FrameType | None) -> None:
        if not self.began:
            # To set the clock for each match would cost more than most matches.
            self._ticking = False
            setitimer(ITIMER_REAL, 0)
        elif perf_counter() - self.began > SECONDS:
            raise _TooLong

    def start(self) -> None:
        if not self._ticking:
            self._ticking = True
            signal(SIGALRM, self.tick)
            setitimer(ITIMER_REAL, SECONDS, SECONDS)
        self.began = perf_counter()

    def forget(self) -> None:
        """A child process has no clock yet."""
        self._ticking = False

    def stop(self) -> None:
        """No signal may come when Python does not listen any more: it would kill the process."""
        if self._ticking:
            setitimer(ITIMER_REAL, 0)


_watch = _Watch()
os.register_at_fork(after_in_child=_watch.forget)
atexit.register(_watch.stop)


def _in_time(pattern: re.Pattern[bytes], raw: bytes) -> tuple[re.Match[bytes] | None, bool]:
    """The match, if it is found in time, and whether it was in time. Only a main thread hears the clock and can give up."""
    began = perf_counter()
    found = None
    try:
        if get_ident() == main_thread().ident:
            _watch.start()
        found = pattern.match(raw)
    except _TooLong:
        return None, False
    finally:
        _watch.began = 0.0
    return found, perf_counter() - began <= SECONDS


class Boxed:
    """An expression that is given a bounded time; it matches at the start of a line, as `re.Pattern.match` does."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._strikes = 0

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(self._source, re.DOTALL)

    @property
    def off(self) -> bool:
        """Whether it took too long too often, so that it matches nothing any more."""
        return self._strikes >= _STRIKES

    def match(self, raw: bytes) -> re.Match[bytes] | None:
        """The match at the start of a line; None also for a line that is too long, or took too long."""
        if self.off or len(raw) > LONGEST_LINE:
            return None
        found, in_time = _in_time(self._pattern, raw)
        self._strikes += not in_time
        return found

    def slow(self) -> str:
        """A line made to be hard that takes too long, in words; empty when there is none among those tried."""
        return next((words for words, raw in _HARD if not _in_time(self._pattern, raw)[1]), "")


_HARD = [
    (f"a line of {words}", piece * (1000 // len(piece)) + b"\x01")
    for words, piece in {
        "letters": b"a",
        "digits": b"1",
        "blanks": b" ",
        "words": b"ab ",
        "dots": b"a.",
        "quotes": b'"a',
        "backslashes": b"\\",
        "brackets": b"[a] ",
        "pairs": b"a=1 ",
        "commas": b"a,",
        "colons": b"1:",
    }.items()
]
