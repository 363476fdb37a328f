"""Bare lines (build logs, script output), the two shortest headers, and what other rooms fall back on."""

from __future__ import annotations

from collections.abc import Sequence

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import Declared, digitless, plain
from edgeops.records import Event, Line


class Plain:
    """Lines without a header: every line is a message."""

    name = "plain"
    shape = staticmethod(digitless)

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        return self

    def starts(self, raw: bytes) -> bool:
        return bool(raw)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        return plain(line, more)


PLAIN = Plain()
PYTHON = Declared("python", rb"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL):(?P<unit>[\w.-]{1,100}):(?P<message>.*)")
KLOG = Declared(
    "klog",
    rb"(?P<level>[IWEFDV])(?P<time>(?:20\d\d)?\d{4} \d\d:\d\d:\d\d\.\d{1,9}) +(?P<pid>\d+) (?P<unit>[^\s\]:]+):\d+\] ?(?P<message>.*)",
)
