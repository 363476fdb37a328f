"""Formats that other programs' users declared: one or more expressions, or JSON keys, and which part plays which role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import DIGITS, digitless, number, plain, text
from edgeops.intake.formats.json_lines import JsonLines
from edgeops.intake.formats.objects import Flat, flatten, text_of
from edgeops.intake.formats.pcre import Boxed
from edgeops.intake.formats.stampings import Stamping
from edgeops.intake.severity import guess, severity_of
from edgeops.intake.timestamps import Clock as Reading
from edgeops.records import Event, Line, Severity

_HOSTS = ("host", "hostname", "log_hostname", "log_host")
_UNITS = ("procname", "log_procname", "app", "appname", "service", "component", "module", "logger", "name")
_PIDS = ("pid", "log_pid")
_LEAST = 0.2
_LONGEST_LEVEL = 100
_LONGEST_VALUE = 400
_LATEST = 1e11
# Whether a stamp is a time at all does not hang on when it was.
_ANY = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Roles:
    """Which group or key is what. levels say what a level's value means; divisor makes seconds of a number."""

    time: str = "timestamp"
    level: str = "level"
    body: str = "body"
    levels: tuple[tuple[Severity, Boxed], ...] = ()
    stampings: tuple[Stamping, ...] = ()
    divisor: float = 0.0

    def severity(self, level: str, message: str) -> Severity:
        """How bad a line with this level and message is."""
        value = level[:_LONGEST_LEVEL].encode("utf-8", "replace")
        stated = next((meant for meant, pattern in self.levels if value and pattern.match(value)), Severity.NONE)
        return stated or severity_of(level) or guess(message)

    def moment(self, stamp: str, clock: Clock) -> tuple[datetime | None, bool]:
        """The time that a stamp means, and whether part of it was inferred."""
        if self.divisor and stamp.replace(".", "", 1).isdecimal() and len(stamp) < 30:
            seconds = float(stamp) / self.divisor
            return clock.read(f"{seconds:.6f}".encode()) if seconds < _LATEST else (None, False)
        for one in self.stampings:
            found = one.read(stamp, clock)
            if found[0] is not None:
                return found
        return clock.read(stamp.strip().encode("utf-8", "replace"))


class Foreign:
    """Lines that one of several expressions matches, the first that does."""

    def __init__(self, name: str, sources: tuple[bytes, ...], roles: Roles, *, fitted: bool = False) -> None:
        self.name, self._sources, self._roles, self._fitted = name, sources, roles, fitted
        self._boxed = [Boxed(source) for source in sources]
        self.shape = digitless if b"(?P<%s>" % roles.level.encode() not in b"".join(sources) else self._with_level

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """A copy, when enough lines match and their stamps are times."""
        one = type(self)(self.name, self._sources, self._roles, fitted=True)
        matched = [raw for raw in sample if one.starts(raw)]
        return one if 2 * sum(map(one._timed, matched)) > len(matched) >= _LEAST * len(sample) else None

    def starts(self, raw: bytes) -> bool:
        # In a file of another format, a line is not taken for one of these only because a loose expression matches it.
        return any(one.match(raw) is not None for one in self._boxed) if self._fitted else self._timed(raw)

    def _timed(self, raw: bytes) -> bool:
        stamp = self._groups(raw).get(self._roles.time)
        return bool(stamp) and self._roles.moment(text(stamp), Reading(_ANY))[0] is not None

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        groups = self._groups(line.raw)
        if not groups:
            return plain(line, more)
        roles = self._roles
        message = text(groups.get(roles.body)).strip() or line.text.strip()
        time, inferred = roles.moment(text(groups.get(roles.time)), clock)
        parts = {name: value for name, value in groups.items() if value}
        own = {roles.time, roles.body, roles.level, *_HOSTS, *_PIDS}
        unit = next((name for name in _UNITS if name in parts), "")
        return Event(
            line=line,
            format=self.name,
            message=message,
            time=time,
            time_inferred=inferred,
            host=text(next((parts[name] for name in _HOSTS if name in parts), None)),
            unit=text(parts.get(unit)),
            pid=number(next((parts[name] for name in _PIDS if name in parts), None)),
            severity=roles.severity(text(groups.get(roles.level)), message),
            fields=tuple((name, text(value)) for name, value in parts.items() if name not in own and name != unit),
            more=tuple(more),
        )

    def _groups(self, raw: bytes) -> dict[str, bytes | None]:
        for one in self._boxed:
            if (found := one.match(raw)) is not None:
                return found.groupdict()
        return {}

    def _with_level(self, raw: bytes) -> bytes:
        """The line without its digits, but for a level that has some."""
        level = self._groups(raw).get(self._roles.level) or b""
        return level + b"|" + digitless(raw) if level.translate(None, DIGITS) != level else digitless(raw)


class ForeignJson(JsonLines):
    """JSON objects with keys of which it is said what they are."""

    def __init__(self, name: str, roles: Roles) -> None:
        super().__init__()
        self.name, self._roles = name, roles
        self._level = b'"%s":' % roles.level.rpartition(".")[2].encode()
        self._keys = [b'"%s"' % key.rpartition(".")[2].encode() for key in (roles.time, roles.body)]

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """Itself, when most objects of the sample have its keys for the time and the message."""
        objects = [flat for raw in sample if (flat := flatten(raw)) is not None]
        own = [flat for flat in objects if self.owns(flat)]
        return self if 2 * len(own) > len(objects) >= _LEAST * len(sample) > 0 else None

    def starts(self, raw: bytes) -> bool:
        return super().starts(raw) and all(key in raw for key in self._keys)

    def owns(self, flat: Flat) -> bool:
        return self._roles.time in flat and self._roles.body in flat

    def shape(self, raw: bytes) -> bytes:
        at = raw.find(self._level)
        level = raw[at + len(self._level) : at + len(self._level) + 12].split(b",", 1)[0] if at >= 0 else b""
        return level + b"|" + digitless(raw)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        event, flat = super().parse(line, more, clock), flatten(line.raw)
        if flat is None or not self.owns(flat):
            return event
        roles = self._roles
        message = text_of(flat[roles.body]).strip()
        time, inferred = roles.moment(text_of(flat[roles.time]), clock)
        level = text_of(flat[roles.level]) if roles.level in flat else ""
        taken = (roles.time, roles.body, roles.level)
        return replace(
            event,
            message=message,
            time=time or event.time,
            time_inferred=inferred if time else event.time_inferred,
            severity=roles.severity(level, message),
            fields=tuple((key, value[:_LONGEST_VALUE]) for key, value in event.fields if key not in taken),
        )
