"""Declared formats whose header stands on every line, so that a message may run over several of them."""

from __future__ import annotations

from edgeops.intake.formats.base import Declared
from edgeops.intake.relays import Carried

_OF_WRITER = ("host", "unit", "pid")


class Relayed(Declared):
    """A declared format with a header on each line; host, unit and pid together are the writer."""

    splits = streams = False

    def carried(self, raw: bytes) -> Carried | None:
        if self.hint not in raw or (found := self._pattern.match(raw)) is None:
            return None
        groups = found.groupdict()
        return Carried(b"\0".join(groups.get(name) or b"" for name in _OF_WRITER), groups.get("message") or b"")
