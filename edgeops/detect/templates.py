"""Messages to templates: the variable parts named by kind, the rest kept; ids are the same on every machine."""

from __future__ import annotations

import re
from hashlib import blake2s

_VARIABLES = re.compile(
    r"""
    (?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
  | (?P<url>\b[a-z][a-z0-9+.-]{1,15}://[^\s"'<>]+)
  | (?P<mac>\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b)
  | (?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|(?<![\w:])(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F:]{1,39}(?![\w:]))
  | (?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b)
  | (?P<path>(?<![\w.<>])(?:/[\w.@%+~=:-]+){1,40}/?)
  | (?P<hex>\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-f]*\d)(?=[0-9]*[a-f])[0-9a-f]{6,64}\b|\b(?=[0-9A-F]*\d)(?=[0-9]*[A-F])[0-9A-F]{6,64}\b)
  | (?P<size>\b\d+(?:\.\d+)?\s?(?:[kKMGT]i?B|bytes)\b)
  | (?P<duration>\b\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|secs|seconds|min|minutes|h|hours|days)\b)
  | (?P<number>(?<![A-Za-z\d])[+-]?\d+(?:[.,]\d+)*(?![A-Za-z\d])|\d+)
    """,
    re.VERBOSE,
)


def pattern_of(message: str) -> str:
    """The template of a message: `<ip>`, `<path>`, `<number>`… in place of its variables. Longer than 1,000 characters is cut."""
    return _VARIABLES.sub(lambda found: f"<{found.lastgroup}>", message[:1000])


def id_of(pattern: str) -> str:
    """A template's id: 10 hexadecimal digits of its hash."""
    return blake2s(pattern.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
