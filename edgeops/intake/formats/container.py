"""Container logs of the Kubernetes node (CRI): `<stamp> stdout F <line as the program wrote it>`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from edgeops.hooks import Clock, Format
from edgeops.intake.formats.base import plain, text
from edgeops.intake.formats.json_lines import JSON
from edgeops.intake.formats.layout import LAYOUT
from edgeops.intake.formats.logfmt import LOGFMT
from edgeops.intake.formats.plain import KLOG, PLAIN, PYTHON
from edgeops.intake.sampling import choose
from edgeops.records import Event, Line

_PREFIX = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?: |$)"
)
_INSIDE: tuple[Format, ...] = (JSON, KLOG, LOGFMT, PYTHON, LAYOUT)


class Container:
    """The runtime's prefix around a program's own format, which is found in the same way."""

    name = "cri"

    def __init__(self, inside: Format = PLAIN) -> None:
        self._inside = inside

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        bodies = [raw[found.end() :] for raw in sample if (found := _PREFIX.match(raw)) is not None]
        return type(self)(choose(bodies, _INSIDE)) if len(bodies) >= 0.2 * len(sample) > 0 else None

    def starts(self, raw: bytes) -> bool:
        return _PREFIX.match(raw) is not None

    def shape(self, raw: bytes) -> bytes:
        found = _PREFIX.match(raw)
        return self._inside.shape(raw[found.end() :] if found else raw)

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        found = _PREFIX.match(line.raw)
        if found is None:
            return plain(line, more)
        body = replace(line, raw=line.raw[found.end() :])
        event = (self._inside if self._inside.starts(body.raw) else PLAIN).parse(body, more, clock)
        time, inferred = clock.read(found[1])
        stream = ("stream", text(found[2]))
        return replace(
            event, line=line, format=self.name, time=time, time_inferred=inferred, fields=(*event.fields, stream)
        )


CRI = Container()
