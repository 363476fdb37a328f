"""The time of a line at a glance: its first stamp, without parsing the line.

Whether that is the line's own time depends on its shape; whoever reads by glance compares once for each shape.
"""

from __future__ import annotations

import re
from datetime import datetime

from edgeops.hooks import Clock
from edgeops.intake.timestamps import STAMP

_FAR = 200
_STAMP = re.compile(rb"(?<![\w.])(?>" + STAMP + rb")")
# Which day a mere time of day is of depends on what was read before it, and glances jump about.
_OF_DAY = re.compile(rb"[\d:.,]{0,18}+\Z")


def glance(raw: bytes, clock: Clock) -> datetime | None:
    """The time that the first stamp in the line means; None where there is none near its beginning, or it tells no date."""
    found = _STAMP.search(raw, 0, _FAR)
    if found is None or (b":" in found[0] and _OF_DAY.match(found[0])):
        return None
    return clock.read(found[0])[0]
