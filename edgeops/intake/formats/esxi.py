"""VMware ESXi and vCenter: vmkernel, and what hostd, vpxa and their kin write with an originator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared
from edgeops.intake.severity import guess, severity_of
from edgeops.records import Event, Line, Severity

_ISO = rb"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) "
_CODE = rb"(?:(?P<code>Db|In|No|Wa|Er|Cr|Al|Em)\(\d{1,3}\)(?:\[\+\])? )?"
_CODES = {
    "Db": "debug",
    "In": "info",
    "No": "notice",
    "Wa": "warning",
    "Er": "error",
    "Cr": "critical",
    "Al": "alert",
    "Em": "emerg",
}
_WORDS = {"trivia": Severity.DEBUG, "section": Severity.INFO}
_PAIR = re.compile(r"\b(sub|opID|user|reason|sid)=(\S{1,200}?)(?=[\s\]]|$)")


class Vmware(Declared):
    """Lines of one daemon; those that begin with an arrow continue the message above."""

    def continues(self, raw: bytes) -> bool:
        return raw.startswith(b"-->")

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event = super().parse(line, more, clock)
        if event.format != self.name:
            return event
        fields = dict(event.fields)
        code, word = _CODES.get(fields.pop("code", ""), ""), fields.pop("word", "")
        word = word or code
        pairs = _PAIR.findall(fields.pop("origin", ""))
        return replace(
            event,
            unit=event.unit or ("vmkernel" if "cpu" in fields else ""),
            severity=_WORDS.get(word) or severity_of(word) or guess(event.message),
            fields=(*fields.items(), *pairs),
        )


VMKERNEL = Vmware(
    "vmkernel",
    _ISO
    + _CODE
    + rb"(?:(?P<unit>[\w-]{1,40})(?:\[\d{1,10}\])?: )?cpu(?P<cpu>\d{1,4}):(?P<world>\d{1,10})(?: opID=(?P<opID>\w{1,60}))?\)"
    rb"(?:(?P<word>WARNING|ALERT|INFO|ERROR): )?(?P<message>.*)",
    hint=b"cpu",
)
VMWARE = Vmware(
    "vmware",
    _ISO + _CODE + rb"(?:(?P<word>panic|error|warning|info|verbose|trivia|section) )?"
    rb"(?P<unit>[\w-]{1,60})\[(?P<pid>\w{1,16})\]:? (?P<origin>\[Originator@6876 [^\]]{0,400}\]) ?(?P<message>.*)",
    hint=b"[Originator@6876 ",
)
VPX = Vmware(
    "vpx",
    _ISO + rb"\[(?P<thread>[0-9A-Fa-f]{4,16}) (?P<word>panic|error|warning|info|verbose|trivia|section) "
    rb"'(?P<unit>[^']{1,120})'(?P<origin>(?: \w{1,20}=[^\]\s]{1,200}){0,5})\] ?(?P<message>.*)",
    hint=b" '",
)
