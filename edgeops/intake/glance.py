"""The time of a line at a glance: its first stamp, without parsing the line.

Whether that is the line's own time depends on its shape; whoever reads by glance compares once for each shape.
"""

from __future__ import annotations

import re
from datetime import datetime

from edgeops.hooks import Clock
from edgeops.intake.timestamps import STAMP

_FAR = 200
_MOST_KEPT = 4096
_EPOCH = 10
_STAMP = re.compile(rb"(?<![\w.])(?>" + STAMP + rb")")
# Which day a mere time of day is of depends on what was read before it, and glances jump about.
_OF_DAY = re.compile(rb"[\d:.,]{0,18}+\Z")
_SECONDS = re.compile(rb"(?<=\d\d[:.]\d\d)[:.][0-6]\d(?:[.,:]\d{1,9})?(?!\d)")


class Glance:
    """Reads the stamps of one source; it remembers which minutes stamps mean, as lines nearby share them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minutes: dict[bytes, int] = {}

    def time(self, raw: bytes) -> datetime | None:
        """The time that the first stamp in the line means; None where there is none near its beginning, or it tells no date."""
        found = _STAMP.search(raw, 0, _FAR)
        return self._read(found[0]) if found else None

    def minute(self, raw: bytes) -> int:
        """The same in whole minutes since 1970; -1 for none."""
        found = _STAMP.search(raw, 0, _FAR)
        if found is None:
            return -1
        stamp = found[0]
        if len(stamp) == _EPOCH and stamp.isdigit():
            return int(stamp) // 60
        key = _SECONDS.sub(b"", stamp, 1)
        minute = self._minutes.get(key)
        if minute is None:
            if len(self._minutes) >= _MOST_KEPT:
                self._minutes.clear()
            time = self._read(stamp)
            minute = self._minutes[key] = int(time.timestamp() // 60) if time else -1
        return minute

    def forget(self) -> None:
        """Other lines come: what a stamp without a year means hangs on the lines around it."""
        self._minutes.clear()

    def _read(self, stamp: bytes) -> datetime | None:
        if b":" in stamp and _OF_DAY.match(stamp):
            return None
        return self._clock.read(stamp)[0]
