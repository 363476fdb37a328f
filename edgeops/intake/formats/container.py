"""Prefixes around a program's own lines: the Kubernetes node's (CRI), Docker's JSON files, and `docker compose logs`.

What is inside is found in the same way as the format of a file, and its traces are joined in the same way.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Self

# msgspec: decodes JSON several times faster than the standard library.
import msgspec

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import digitless, plain, text
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.relays import Carried
from edgeops.intake.sampling import choose, is_loose
from edgeops.intake.severity import LEVELS
from edgeops.records import Event, Line

_CRI = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?::\w{1,20})?(?: |$)"
)
_COLOUR = rb"(?:\x1b\[[\d;]{0,12}m)?"
_COMPOSE = re.compile(_COLOUR + rb"([A-Za-z0-9][\w.-]{0,80}) {0,40}\| ?" + _COLOUR + rb" ?")
_EXITED = re.compile(_COLOUR + rb"([A-Za-z0-9][\w.-]{0,80}) exited with code \d{1,3}")
_NUMBERED = re.compile(rb"[-_]\d{1,4}$")
_MOST_SERVICES = 64


class _Inside(NamedTuple):
    """The format of a program's lines, and whether bare ones stand alone."""

    format: Format
    loose: bool


class Taken(NamedTuple):
    """A line without its prefix. whole: the program's line ends with it; stamp: the prefix's own."""

    writer: bytes
    text: bytes
    whole: bool = True
    stamp: bytes = b""


class Container(ABC):
    """A prefix and what is inside. formats are those that may be inside; a fitted copy knows which one is, for each service."""

    name: str
    splits = False
    streams = True

    def __init__(self, formats: Sequence[Format] = (), inside: dict[bytes, _Inside] | None = None) -> None:
        self._formats = formats
        self._inside = inside or {}
        self._only = self._inside.get(b"", _Inside(PLAIN, loose=True)).format

    @abstractmethod
    def taken(self, raw: bytes) -> Taken | None:
        """The line without its prefix; None when it has none."""

    def service(self, taken: Taken) -> bytes:
        """Whose lines have a format of their own."""
        return b""

    def fit(self, sample: Sequence[bytes]) -> Self | None:
        bodies: dict[bytes, list[bytes]] = defaultdict(list)
        for raw in sample:
            if (taken := self.taken(raw)) is not None and len(bodies) < _MOST_SERVICES:
                bodies[self.service(taken)].append(taken.text)
        if not bodies or sum(map(len, bodies.values())) < 0.2 * len(sample):
            return None
        return type(self)(self._formats, {name: self._found(lines) for name, lines in bodies.items()})

    def _found(self, bodies: Sequence[bytes]) -> _Inside:
        format = choose(bodies, self._formats)
        return _Inside(format, format is PLAIN or is_loose(format, bodies))

    def _within(self, taken: Taken) -> _Inside:
        return self._inside.get(self.service(taken)) or _Inside(PLAIN, loose=True)

    def starts(self, raw: bytes) -> bool:
        return self.taken(raw) is not None

    def carried(self, raw: bytes) -> Carried | None:
        taken = self.taken(raw)
        if taken is None:
            return None
        inside = self._within(taken)
        format = None if inside.format is PLAIN else inside.format
        return Carried(taken.writer, taken.text, taken.whole, inside=format, loose=inside.loose)

    def shape(self, raw: bytes) -> bytes:
        taken = self.taken(raw)
        if taken is None:
            return digitless(raw)
        inner = self._within(taken).format.shape(taken.text)
        return b"%s|%s" % (self.service(taken), inner) if taken.whole else b"%s>%s" % (self.service(taken), inner)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        taken = self.taken(line.raw)
        if taken is None:
            return plain(line, more)
        head, *rest = self._unbroken(line, more)
        format = self._within(taken).format
        if not format.starts(head.raw):
            format = next((one for one in self._formats if one.starts(head.raw)), PLAIN)
        event = format.parse(head, rest, clock)
        time, inferred = clock.read(taken.stamp) if taken.stamp else (event.time, event.time_inferred)
        return self.named(
            replace(event, line=line, more=tuple(more), format=self.name, time=time, time_inferred=inferred), taken
        )

    def named(self, event: Event, taken: Taken) -> Event:
        """The event with what the prefix says of its origin."""
        return replace(event, fields=(*event.fields, ("stream", text(taken.writer))))

    def _unbroken(self, line: Line, more: Sequence[Line]) -> list[Line]:
        """The program's own lines: what the runtime broke is put together."""
        lines: list[Line] = []
        whole = True
        for one in (line, *more):
            taken = self.taken(one.raw) or Taken(b"", one.raw)
            if whole:
                lines.append(replace(one, raw=taken.text))
            else:
                lines[-1] = replace(lines[-1], raw=lines[-1].raw + taken.text)
            whole = taken.whole
        return lines


class Cri(Container):
    """`<stamp> stdout F <line>`; P instead of F means that the line goes on in the next one."""

    name = "cri"

    def shape(self, raw: bytes) -> bytes:
        found = _CRI.match(raw)
        if found is None:
            return digitless(raw)
        inner = self._only.shape(raw[found.end() :])
        return b"|" + inner if found[3] == b"F" else b">" + inner

    def taken(self, raw: bytes) -> Taken | None:
        found = _CRI.match(raw)
        return Taken(found[2], raw[found.end() :], found[3] == b"F", found[1]) if found else None


class _Written(msgspec.Struct):
    """What a line of Docker's json-file driver holds."""

    log: str
    stream: str
    time: str


_DECODER = msgspec.json.Decoder(_Written)


class DockerJson(Container):
    """`{"log":"<line>\\n","stream":"stdout","time":"<stamp>"}`; without a newline the line goes on in the next one."""

    name = "docker"

    def shape(self, raw: bytes) -> bytes:
        end = raw.rfind(b'","stream":"')
        log = raw[8:end]
        if end < 0 or b'\\"' in log or not raw.startswith(b'{"log":"'):
            return super().shape(raw)
        return b"|" + self._only.shape(log[:-2]) if log.endswith(b"\\n") else b">" + self._only.shape(log)

    def taken(self, raw: bytes) -> Taken | None:
        if not raw.startswith(b'{"log":"') or b'"stream":"' not in raw:
            return None
        try:
            written = _DECODER.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        log = written.log.encode("utf-8", "replace")
        return Taken(
            written.stream.encode("utf-8", "replace"),
            log.rstrip(b"\r\n"),
            log.endswith(b"\n"),
            written.time.encode("utf-8", "replace"),
        )


class Compose(Container):
    """`web_1  | <line>`; each service has a format of its own, and its name is the unit."""

    name = "compose"
    splits = True
    streams = False

    def fit(self, sample: Sequence[bytes]) -> Self | None:
        """Columns between bars are common: names must be numbered, or said to be attached to."""
        names = [taken.writer for raw in sample if (taken := self.taken(raw)) is not None]
        numbered = sum(_NUMBERED.search(name) is not None for name in names)
        attached = any(raw.startswith(b"Attaching to ") for raw in sample[:5])
        return super().fit(sample) if attached or numbered > len(names) / 2 else None

    def taken(self, raw: bytes) -> Taken | None:
        if b" exited with code " in raw and (exited := _EXITED.match(raw)) is not None:
            return Taken(exited[1], raw)
        found = _COMPOSE.match(raw) if b"|" in raw[:160] else None
        if found is None or text(found[1]).lower() in LEVELS:
            return None
        return Taken(found[1], raw[found.end() :])

    def service(self, taken: Taken) -> bytes:
        return _NUMBERED.sub(b"", taken.writer)

    def named(self, event: Event, taken: Taken) -> Event:
        logger = (("logger", event.unit),) if event.unit else ()
        fields = (*event.fields, ("container", text(taken.writer)), *logger)
        return replace(event, unit=text(self.service(taken)), fields=fields)
