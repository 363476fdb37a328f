"""The Linux audit daemon: `type=X msg=audit(<epoch>:<serial>): key=value ...`, raw, enriched, or interpreted by ausearch.

The records of one serial are one event. Whether it failed stands in `res=`, `success=` or in the type, never in words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock
from edgeops.intake.formats.base import Declared, number, plain, text
from edgeops.intake.relays import Carried
from edgeops.records import Event, Line, Severity

_ENRICHED = b"\x1d"
_VALUE = rb"\"[^\"]{0,4000}\"|[^\s'\"\x1d]{1,4000}"
_PAIR = re.compile(rb"(?<![\w-])([A-Za-z][\w-]{0,40})=(" + _VALUE + rb")")
# Numbers, ids and what is written in hexadecimal; the digit that says whether it worked stays.
_VARYING = re.compile(rb"(?<=[\w-]=)(?<![ '](?:res)=)(?:0x)?[0-9a-fA-F:]{1,4000}(?![\w./-])")
_FAILED = re.compile(rb"(?<![\w-])(?:res=(?:failed|fail|no|0)|success=no|result=(?:failed|fail))(?!\w)")
# What tells most among the records of an event, instead of the system call that led to it.
_TELLING = ("AVC", "USER_AVC", "SELINUX_ERR", "APPARMOR", "SECCOMP", "ANOM_", "KERN_MODULE", "INTEGRITY", "EXECVE")
_HARMLESS = ("ANOM_PROMISCUOUS", "ANOM_LINK", "ANOM_RBAC_OK")
_UNSAID = frozenset(("?", "(none)", "(null)", "unset", "4294967295", ""))
_IN_HEXADECIMAL = frozenset((b"proctitle", b"cmd", b"comm", b"exe", b"name", b"cwd", b"acct"))
_HEXADECIMAL = re.compile(rb"(?:[0-9A-F]{2}){2,4000}")
_MOST_FIELDS = 40
_OWN = frozenset(("type", "msg", "pid", "node"))


class Audit(Declared):
    """Audit records; all of one serial number are one message."""

    splits = streams = False

    def carried(self, raw: bytes) -> Carried | None:
        if self.hint not in raw or (found := self._pattern.match(raw)) is None:
            return None
        return Carried(found["time"] + b":" + found["serial"], found["message"], gathers=True)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        records = [found for one in (line, *more) if (found := self._pattern.match(one.raw)) is not None]
        if not records or self._pattern.match(line.raw) is None:
            return plain(line, more)
        event = super().parse(line, more, clock)
        telling = next((record for record in records if text(record["type"]).startswith(_TELLING)), records[0])
        pairs: dict[str, str] = {"serial": text(records[0]["serial"])}
        for record in reversed(records):
            pairs |= {text(key): _value(key, value) for key, value in _PAIR.findall(record["message"])}
        return replace(
            event,
            message=f"{text(telling['type'])} {_said(telling['message'])}",
            unit="audit",
            pid=number(pairs.get("pid", "").encode()),
            severity=max(_severity(record) for record in records),
            fields=_fields([("type", text(telling["type"])), *pairs.items()]),
        )


def _value(key: bytes, value: bytes) -> str:
    """A value without its quotes; command lines with blanks in them are written in hexadecimal."""
    if key in _IN_HEXADECIMAL and _HEXADECIMAL.fullmatch(value):
        return text(bytes.fromhex(value.decode()).replace(b"\0", b" ")).strip()
    return text(value).strip('"')


def _said(message: bytes) -> str:
    """What a record says: of a message within the message only that, without what was added for people."""
    raw = message.partition(_ENRICHED)[0]
    inner = raw.partition(b"msg='")[2].rpartition(b"'")[0]
    return text(inner or raw).strip()


def _severity(record: re.Match[bytes]) -> Severity:
    kind, message = text(record["type"]), record["message"]
    if kind.startswith("ANOM_"):
        return Severity.NOTICE if kind.startswith(_HARMLESS) else Severity.ERROR
    if b"denied" in message and kind in ("AVC", "USER_AVC"):
        return Severity.WARNING if b"permissive=1" in message else Severity.ERROR
    if b'apparmor="DENIED"' in message or kind in ("SECCOMP", "SELINUX_ERR"):
        return Severity.ERROR
    if _FAILED.search(message):
        return Severity.ERROR if kind.startswith("SERVICE_") else Severity.WARNING
    return Severity.INFO


def _fields(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in pairs if key not in _OWN - {"type"} and value not in _UNSAID)[
        :_MOST_FIELDS
    ]


def _steady(raw: bytes) -> bytes:
    """A record without stamp, numbers and hexadecimal values, but with the digit that says whether it worked."""
    head, _, rest = raw.partition(b"msg=audit(")
    permissive = b"1" if b"permissive=1" in rest else b""
    rest = _VARYING.sub(b"", rest.partition(b")")[2])
    worked = rest.partition(b" res=")[2][:1] if b" res=0" in rest or b" res=1" in rest else b""
    return head + permissive + worked + rest.translate(None, b"0123456789")


AUDIT = Audit(
    "audit",
    rb"(?:node=(?P<host>\S{1,255}) )?type=(?P<type>[A-Z][A-Z0-9_]{1,40}|UNKNOWN\[\d{1,6}\]) "
    rb"msg=audit\((?P<time>[\d/]{1,12}(?:\.\d{1,6}| \d\d:\d\d:\d\d(?:\.\d{1,6})?)):(?P<serial>\d{1,20})\) ?: ?(?P<message>.*)",
    hint=b"msg=audit(",
    shape=_steady,
)
