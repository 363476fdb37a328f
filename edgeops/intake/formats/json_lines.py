"""JSON, one object a line: application logs of any make, container logs, and `journalctl -o json`."""

from __future__ import annotations

from collections.abc import Sequence

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import digitless, plain
from edgeops.intake.formats.objects import (
    HOST,
    LEVEL,
    MESSAGE,
    PID,
    TIME,
    UNIT,
    Flat,
    commonest,
    first,
    flatten,
    message_of,
    severity_in,
    text_of,
    time_of,
    whole_number,
)
from edgeops.intake.severity import guess
from edgeops.records import Event, Line

_OWN = frozenset((*TIME, *LEVEL, *HOST, *PID))
_MOST_FIELDS = 40
_LONGEST_VALUE = 400
_STARTS = (b'{"', b"{ ")


class JsonLines:
    """JSON objects. A fitted copy knows which keys hold message and level, so that `shape` need not decode."""

    name = "json"

    def __init__(self, message: str = "", level: str = "") -> None:
        self._message = message
        self._message_mark = b'"%s":' % message.encode()
        self._level_mark = b'"%s":' % level.rpartition(".")[2].encode() if level else b""
        self._messages = [message, *MESSAGE] if message else MESSAGE

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        objects = [(raw, flat) for raw in sample if (flat := flatten(raw)) is not None and self.owns(flat)]
        if len(objects) < 0.2 * len(sample) or not objects:
            return None
        message = commonest(MESSAGE, objects)
        level = commonest(LEVEL, objects, nested=True)
        fitted = type(self)(message, level)
        exact = all(
            fitted.sliced(raw) == flat.get(message) for raw, flat in objects if "\\" not in str(flat.get(message))
        )
        return fitted if exact else type(self)("", level)

    def owns(self, flat: Flat) -> bool:
        """Whether an object is of this format; any is, but for the journal's."""
        return "__REALTIME_TIMESTAMP" not in flat

    def starts(self, raw: bytes) -> bool:
        return raw.startswith(_STARTS) and raw.rstrip().endswith(b"}")

    def shape(self, raw: bytes) -> bytes:
        mark = self._level_mark
        at = raw.find(mark) if mark else -1
        level = raw[at + len(mark) : at + len(mark) + 12].split(b",", 1)[0] if at >= 0 else b""
        message = self._slice(raw)
        return level + b"|" + (digitless(raw) if message is None else message.translate(None, b"0123456789"))

    def sliced(self, raw: bytes) -> str | None:
        """The message cut out of the line without decoding it, or None where it is not found."""
        message = self._slice(raw)
        return None if message is None else message.decode("utf-8", "replace")

    def _slice(self, raw: bytes) -> bytes | None:
        if not self._message:
            return None
        start = raw.find(self._message_mark)
        if start < 0:
            return None
        start = raw.find(b'"', start + len(self._message_mark), start + len(self._message_mark) + 2) + 1
        end = raw.find(b'"', start) if start else -1
        while end > 0 and raw[end - 1] == 0x5C:
            end = raw.find(b'"', end + 1)
        return raw[start:end] if end > 0 else None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        flat = flatten(line.raw)
        if flat is None:
            return plain(line, more)
        key, message = first(flat, self._messages)
        text = message_of(message).strip() if key else line.text.strip()
        time, inferred = time_of(flat, clock)
        unit_key, unit = first(flat, UNIT)
        taken = {key, unit_key}
        fields = [(k, text_of(v)[:_LONGEST_VALUE]) for k, v in flat.items() if k not in _OWN and k not in taken]
        return Event(
            line=line,
            format=self.name,
            message=text,
            time=time,
            time_inferred=inferred,
            host=text_of(first(flat, HOST)[1]),
            unit=text_of(unit),
            pid=whole_number(first(flat, PID)[1]),
            severity=severity_in(flat) or guess(text),
            fields=tuple(fields[:_MOST_FIELDS]),
            more=tuple(more),
        )


class Journal(JsonLines):
    """What `journalctl -o json` prints."""

    name = "journal"

    def owns(self, flat: Flat) -> bool:
        return "__REALTIME_TIMESTAMP" in flat

    def starts(self, raw: bytes) -> bool:
        return super().starts(raw) and b'"__REALTIME_TIMESTAMP"' in raw


JSON = JsonLines()
JOURNAL = Journal()
