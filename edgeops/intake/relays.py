"""Formats whose header stands on every line: syslog, the kernel's buffer, container runtimes, logcat, the audit daemon.

There a header does not say that a message begins: each line of a trace has one. What a line carries behind its header
says it, together with who wrote the line; two writers' lines may lie between each other in any order.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol, runtime_checkable
from zlib import crc32

from edgeops.hooks import Format

LONGEST_PAUSE = 10
"""Seconds between two lines of one message; a line that comes later begins another."""

_OF_DAY = re.compile(rb"(?<!\d)([012]\d):(\d\d):(\d\d)")
_OF_BOOT = re.compile(rb"\[ {0,12}(\d{1,9})\.")
_STAMPED = 64
_DAY = 86400


class Carried(NamedTuple):
    """What a line holds behind its header, and of whom.

    whole: the writer's text ends with the line; otherwise its next line goes on with it. gathers: all lines that this writer
    writes in a row are one message. inside and loose: the format of the text, if it has one, and whether its bare lines stand
    alone.
    """

    writer: bytes
    text: bytes
    whole: bool = True
    gathers: bool = False
    inside: Format | None = None
    loose: bool = True


@runtime_checkable
class Relay(Protocol):
    """A format with a header on each line. Shapes of its lines must tell whole lines from the others."""

    splits: bool
    """Whether its lines are known to be parts of longer ones, or its writers must be told apart line by line."""
    streams: bool
    """Whether its writers are but the streams of one program."""

    def carried(self, raw: bytes) -> Carried | None:
        """What a line of this format carries; None when the line is not of this format."""


def identity(carried: Carried) -> int:
    """A number for the writer: not 0, which is nobody."""
    return crc32(carried.writer) or 1


def second(raw: bytes) -> int:
    """The second of the day, or since boot, that a line's header states, from 1 on; 0 where it states none."""
    if (found := _OF_DAY.search(raw, 0, _STAMPED)) is not None:
        hour, minute, of_minute = map(int, found.groups())
        return 1 + (hour * 3600 + minute * 60 + of_minute) % _DAY
    found = _OF_BOOT.search(raw, 0, _STAMPED)
    return 1 + int(found[1]) % _DAY if found else 0


def near(one: int, other: int) -> bool:
    """Whether two lines were written so close in time that they may be one message."""
    return not one or not other or min((one - other) % _DAY, (other - one) % _DAY) <= LONGEST_PAUSE
