"""Which lines continue the message before them: traces, indented lines, text without a header.

What kind of line it is depends on its shape only, so it is asked once a shape; the state is one number. The loop:

    kinds: dict[bytes, int] = {}
    state = 0
    for block in reader.blocks():
        for i, key in enumerate(reader.shapes(block)):
            raw = block.lines[i]
            kind = kinds.get(key)
            if kind is None:
                kind = kinds[key] = reader.kind(raw)
            state = reader.step(state, kind, raw) if kind else 0
            if state > 0:
                ...  # the line belongs to the message before it
            else:
                ...  # a message begins: reader.event(block.line(reader.source, i), more) when it is complete

A message holds at most 200 lines and 64 KiB; what follows begins another one. So does a line of another writer, or of the
same one ten seconds later, where each line has a header (`relays`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol, runtime_checkable

from edgeops.hooks import Format
from edgeops.intake.relays import Carried, Relay, identity, near, second
from edgeops.intake.severity import guess
from edgeops.intake.traces import (
    ALARM,
    BARE,
    BEGINS,
    BLANK,
    CALL,
    CALLS,
    CONTINUES,
    DUMP,
    FRAME,
    GATHERED,
    INDENTED,
    LINK,
    NAMED,
    REPORT,
    TRACEBACK,
    announces,
    is_ruler,
    kind_of,
    names_exception,
    only_announces,
    warns,
)
from edgeops.records import Event, Severity

MOST_LINES = 200
MOST_BYTES = 65536

# Beside a kind: the line has a header of its own; its writer's next line goes on where it ends.
_CARRIED, _UNFINISHED = 16, 32
_KIND = 15
# What the open message is doing: nothing special, in a trace, past its exception, between two chained traces, in a kernel's report.
_QUIET, _TRACE, _CONCLUDED, _LINKED, _REPORTS = range(5)


@runtime_checkable
class Continued(Protocol):
    """A format that knows which lines continue its messages, whatever they say; their shapes must tell them apart."""

    def continues(self, raw: bytes) -> bool:
        """Whether this line belongs to the message before it."""


class _Open(NamedTuple):
    """The open message. more: lines besides the first; held: their bytes; at: the second of its last line; writer: of whom."""

    mode: int = _QUIET
    unfinished: bool = False
    more: int = 0
    held: int = 0
    at: int = 0
    writer: int = 0

    def packed(self) -> int:
        """As one number, 0 for a message of one line by nobody."""
        number = self.writer << 17 | self.at
        return ((number << 17 | self.held) << 8 | self.more) << 4 | self.unfinished << 3 | self.mode


def _unpacked(number: int) -> _Open:
    return _Open(
        number & 7, bool(number & 8), number >> 4 & 255, number >> 12 & 0x1FFFF, number >> 29 & 0x1FFFF, number >> 46
    )


class Joiner:
    """Tells for one source which lines continue a message.

    headed: messages begin with a header; lines that begin one of the others' messages are told apart. loose: lines without one are many, so each stands alone unless it is
    indented or part of a trace; otherwise such a line continues the message, unless it cries out itself.
    """

    def __init__(self, format: Format | None, *, headed: bool, loose: bool, others: Sequence[Format] = ()) -> None:
        self._format, self._headed, self._others = format, headed, others
        self._continues = format.continues if isinstance(format, Continued) else None
        self._relay = format if isinstance(format, Relay) else None
        self._alone = loose or not headed
        self._inside: dict[int, Joiner] = {}
        self._splits = self._relay is not None and self._relay.splits

    def kind(self, raw: bytes) -> int:
        """The kind of a line, equal for lines of one shape; 0 begins a message whatever came before."""
        if self._continues is not None and self._continues(raw):
            return CONTINUES
        if self._headed and self._format is not None and self._format.starts(raw):
            return self._carried_kind(raw) if self._relay else BEGINS
        bare = raw.rstrip(b"\r")
        if bare.strip() and any(other.starts(raw) for other in self._others):
            return BEGINS
        return kind_of(bare, alone=self._alone)

    def _carried_kind(self, raw: bytes) -> int:
        """The kind of a line with a header, which need not begin a message."""
        carried = self._relay.carried(raw) if self._relay else None
        if carried is None:
            return BEGINS
        if carried.gathers:
            return GATHERED | _CARRIED
        kind = self._joiner_of(carried).kind(carried.text)
        # Sources without broken lines, which are most, need not be followed line by line.
        self._splits = self._splits or not carried.whole
        if kind or self._splits or announces(carried.text) or (carried.inside and warns(carried.text)):
            return kind | _CARRIED | (0 if carried.whole else _UNFINISHED)
        return BEGINS

    def _joiner_of(self, carried: Carried) -> Joiner:
        key = id(carried.inside)
        if key not in self._inside:
            self._inside[key] = Joiner(carried.inside, headed=carried.inside is not None, loose=carried.loose)
        return self._inside[key]

    def step(self, state: int, kind: int, raw: bytes) -> int:
        """The state after a line; above 0 when the line continues the message."""
        was = _unpacked(abs(state))
        carried = self._relay.carried(raw) if self._relay is not None and kind & _CARRIED else None
        if carried is None:
            joins, mode = self._joins(was.mode, kind & _KIND)
            writer, at = was.writer, was.at
        else:
            writer, at = identity(carried), second(raw)
            same = (writer == was.writer or self._is_streams(was, kind)) and near(at, was.at)
            joins, mode = self._joiner_of(carried)._joins(was.mode if same else _QUIET, kind & _KIND)
            joins = same and (joins or was.unfinished)
        unfinished, size = bool(kind & _UNFINISHED), len(raw)
        if not joins or was.more + 1 >= MOST_LINES or was.held + size > MOST_BYTES:
            at, writer = (0, 0) if carried is None else (at, writer)
            return -_Open(mode, unfinished, 0, 0, at, writer).packed()
        return _Open(mode, unfinished, was.more + 1, was.held + size, at, writer).packed()

    def _is_streams(self, was: _Open, kind: int) -> bool:
        """Whether text continues a line of whichever stream of the program; a trace might hide in a stranger's message."""
        return not was.writer and self._relay is not None and self._relay.streams and kind & _KIND in _TEXT

    def _joins(self, mode: int, kind: int) -> tuple[bool, int]:
        """Whether the line joins, and the mode after it."""
        if kind in _SURE:
            return _SURE[kind]
        if kind in (CALLS, DUMP):
            return mode == _REPORTS, _REPORTS if kind == CALLS or mode == _REPORTS else _QUIET
        if kind == TRACEBACK:
            return self._headed or mode == _LINKED, _TRACE
        if kind == NAMED:
            return self._headed or mode in (_TRACE, _LINKED), _CONCLUDED
        if kind == BLANK:
            return mode != _QUIET or not self._alone, mode
        if kind == INDENTED:
            return self._headed or mode != _QUIET, mode
        if kind in (CALL, ALARM) and mode in (_TRACE, _LINKED):
            return True, mode
        return not self._alone, _QUIET


_TEXT = (BARE, INDENTED, BLANK)
_SURE = {
    BEGINS: (False, _QUIET),
    CONTINUES: (True, _QUIET),
    GATHERED: (True, _QUIET),
    FRAME: (True, _TRACE),
    LINK: (True, _LINKED),
    REPORT: (False, _REPORTS),
}
"""Whether lines of a kind join, and the mode after them, where it does not depend on what came before."""


def with_exception(event: Event, texts: Sequence[bytes]) -> Event:
    """The event with the line that names its exception added to a message that only announces a trace.

    texts are what its further lines say, behind their headers if they have any.
    """
    if texts and is_ruler(event.message):
        message = texts[0].decode("utf-8", "replace").strip()
        return replace(event, message=message, severity=guess(message))
    named = [text for text in texts if names_exception(text)]
    if not named:
        return event
    name = named[-1].decode("utf-8", "replace").strip()
    message = name if only_announces(event.message.encode()) else f"{event.message} {name}"
    return replace(
        event,
        message=message,
        severity=event.severity or Severity.ERROR,
        fields=(*event.fields, ("exception", name)),
    )
