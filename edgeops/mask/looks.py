"""What a value looks like: a placeholder, a path, something tame, or something made to be unguessable."""

from __future__ import annotations

import re

_I = re.IGNORECASE

_WORDS = frozenset(
    """
    null none nil true false yes no on off empty required optional unset set enabled disabled invalid
    incorrect wrong missing expired unknown failed failure mismatch changed ok accepted rejected
    authentication undefined prompt ask file env stdin md5 plain for user from is was not has must
    cannot hidden redacted removed protected default string str bytes int scram-sha-256 sha256 n/a error
    denied needed given provided correct valid used and or the
    """.split()
)
_HOLE = re.compile(
    r"[*•x.#_?-]+|<[^>]*>?|\[[^\]]*\]?|\([^)]*\)?|\{+[\w. -]*\}*|\$\{.*|\$\(.*|\$[A-Z_]{2,}|%[a-z]|%\(\w+\)?[a-z]?", _I
)
PATH = re.compile(
    r"\.{0,2}/(?:etc|var|run|home|root|usr|opt|tmp|srv|mnt|dev|proc|sys|data|app|lib|secrets?)(?:/|$)|\./|~/"
)
_MACHINE_MADE = re.compile(r"[A-Za-z0-9+/=_.~-]+")
_TAME = re.compile(  # numbers, durations, URLs, times, digests, versions, relative paths, lower-case words with dashes
    r"[\d.,:/+-]+[a-z%]{0,3}|[a-z]+:/{1,2}\S*|[\d-]{8,10}T[\d:.+Z-]+|sha\d{1,3}[:-].*|v?\d+(?:\.\d+)+\S*"
    r"|[\w.$]+@[0-9a-f]{4,8}|[\w.]+\{.*"  # an object and its identity, as Java prints them
    r"|(?:[a-z0-9_-]{1,40}/){1,5}[a-z0-9_.-]*|(?-i:(?:[a-z]{2,20}[-_.]){1,6}[a-z0-9]{1,10})",
    _I,
)


def mark(kind: str) -> str:
    """What stands where a secret of this kind was."""
    return f"[masked:{kind}]"


def placeholder(value: str) -> bool:
    """Whether a value only stands for a secret (`****`, `${PW}`, `none`) or is a word of the sentence."""
    return value.lower().rstrip(".,;:!") in _WORDS or bool(_HOLE.fullmatch(value))


def random_looking(value: str, least: int, *, strict: bool = False) -> bool:
    """Whether a value looks made by a machine to be unguessable; strict wants three kinds of characters."""
    value = value.rstrip(".,;:")
    if len(value) < least or " " in value or placeholder(value) or _TAME.fullmatch(value) or PATH.match(value):
        return False
    digits, lower, upper = (any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper))
    if strict:
        return digits and lower and upper and bool(_MACHINE_MADE.fullmatch(value))
    return (digits and (lower or upper)) or (lower and upper and len(value) >= 16 and not value.isalpha())
