"""Android's logcat: brief, tag, process, time, threadtime and their variants with year, zone, or user.

Each line of a trace has a header. What a crash writes under one tag and pid is one message.
"""

from __future__ import annotations

from edgeops.intake.formats.base import digitless
from edgeops.intake.formats.relayed import Relayed
from edgeops.intake.relays import Carried

_STAMP = rb"(?P<time>(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}(?: [+-]\d{4})?)"
_GATHERED = (b"AndroidRuntime", b"DEBUG", b"libc")
_GRAVE = (b"E", b"F")


class Logcat(Relayed):
    """Lines of the system's log buffers."""

    def carried(self, raw: bytes) -> Carried | None:
        found = self._pattern.match(raw)
        if found is None:
            return None
        unit, level = found["unit"].strip(), found["level"]
        writer = b"\0".join((unit, level, found["pid"] or b""))
        return Carried(writer, found["message"], gathers=unit in _GATHERED and level in _GRAVE)


THREADTIME = Logcat(
    "logcat",
    _STAMP
    + rb" {1,6}(?:[\w.]{1,20} {1,6})?(?P<pid>\d{1,7}) {1,6}(?P<thread>\d{1,7}) (?P<level>[VDIWEFA]) (?P<unit>[^\r\n:]{0,80}?) {0,8}: ?(?P<message>.*)",
    hint=b": ",
    shape=digitless,
)
BRIEF = Logcat(
    "logcat",
    rb"(?:"
    + _STAMP
    + rb":? {1,3})?(?P<level>[VDIWEFA])/(?P<unit>[^(\r\n]{1,80}?) {0,20}\( {0,6}(?P<pid>\d{1,7})(?::0x[0-9a-f]{1,8})?\): ?(?P<message>.*)",
    hint=b"): ",
)
