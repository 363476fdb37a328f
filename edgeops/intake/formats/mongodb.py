"""MongoDB before 4.4: `<stamp> I NETWORK  [conn7] text`. (Since 4.4 it writes JSON, read by `json_lines`.)"""

from __future__ import annotations

from edgeops.intake.formats.base import Declared

MONGODB = Declared(
    "mongodb",
    rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:?\d\d)) (?P<level>[FEWID])\d? "
    rb"(?:(?P<unit>[A-Z][A-Z_]{1,15})|-) +\[(?P<context>[^\]\s]{1,80})\] (?P<message>.*)",
    hint=b" [",
)
