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
            state = reader.step(state, kind, len(raw)) if kind else 0
            if state > 0:
                ...  # the line belongs to the message before it
            else:
                ...  # a message begins: reader.event(block.line(reader.source, i), more) when it is complete

A message holds at most 200 lines and 64 KiB; what follows begins another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from edgeops.hooks import Format
from edgeops.intake.severity import guess
from edgeops.records import Event, Severity

MOST_LINES = 200
MOST_BYTES = 65536

# Kinds of lines. 0 begins a message in any state.
BEGINS, BARE, INDENTED, BLANK, TRACEBACK, LINK, FRAME, CALL, NAMED, ALARM, CONTINUES = range(11)
# What the open message is doing: nothing special, in a trace, past its exception, between two chained traces.
_QUIET, _TRACE, _CONCLUDED, _LINKED = range(4)

_FRAME = re.compile(
    rb"\s+(?:at\s|File \"|from \S+:\d+:in|#\d+ |\d+: +0x|\.\.\. \d+ (?:more|common)|\^+\s*$|(?:\d+ *)?\| )"
)
_HEAD = re.compile(
    rb"Traceback \(most recent|panic: |fatal error: \w.*\n?$|Exception in thread |Stack ?trace:|thread '[^']*' panicked|Call Trace:|"
    rb"Unhandled [Ee]xception|Uncaught "
)
_LINK = re.compile(
    rb"\s*(?:Caused by: |Suppressed: |\.\.\. \d+ (?:more|common)|During handling of the above exception|"
    rb"The above exception was the direct cause|goroutine \d+ \[|created by |stack backtrace:|note: run with `RUST_|"
    rb"--- End of |\[CIRCULAR REFERENCE)"
)
_NAMED = re.compile(
    rb"(?:[A-Za-z_$][\w$]*\.)*[A-Z_$][\w$]*(?:Error|Exception|Warning|Interrupt|Exit|Failure|Fault|Throwable|Timeout|Iteration|Group)"
    rb"(?::|\s*$| \[|\()"
)
_CALL = re.compile(rb"[\w./*()$<>{}\[\]-]+\([^()]*\)$")


@runtime_checkable
class Continued(Protocol):
    """A format that knows which lines continue its messages, whatever they say; their shapes must tell them apart."""

    def continues(self, raw: bytes) -> bool:
        """Whether this line belongs to the message before it."""


class Joiner:
    """Tells for one source which lines continue a message.

    headed: messages begin with a header; lines that begin one of the others' messages are told apart. loose: lines without one are many, so each stands alone unless it is
    indented or part of a trace; otherwise such a line continues the message, unless it cries out itself.
    """

    def __init__(self, format: Format, *, headed: bool, loose: bool, others: Sequence[Format] = ()) -> None:
        self._format, self._headed, self._others = format, headed, others
        self._continues = format.continues if isinstance(format, Continued) else None
        self._alone = loose or not headed

    def kind(self, raw: bytes) -> int:
        """The kind of a line, equal for lines of one shape; 0 begins a message whatever came before."""
        if self._continues is not None and self._continues(raw):
            return CONTINUES
        if self._headed and self._format.starts(raw):
            return BEGINS
        bare = raw.rstrip(b"\r")
        if not bare.strip():
            return BLANK
        if any(other.starts(raw) for other in self._others):
            return BEGINS
        if _LINK.match(bare):
            return LINK
        if bare[:1] in b" \t":
            if _FRAME.match(bare):
                return FRAME
            return ALARM if self._alone and _alarms(bare) else INDENTED
        if _HEAD.match(bare):
            return TRACEBACK
        if _NAMED.match(bare):
            return NAMED
        if _CALL.match(bare):
            return CALL
        return BEGINS if self._alone or _alarms(bare) else BARE

    def step(self, state: int, kind: int, size: int) -> int:
        """The state after a line; above 0 when the line continues the message."""
        mode, lines, held = (-state, 1, 0) if state <= 0 else (state & 3, state >> 2 & 255, state >> 10)
        joins, mode = self._joins(mode, kind)
        if not joins or lines >= MOST_LINES or held + size > MOST_BYTES:
            return -mode
        return mode | lines + 1 << 2 | held + size << 10

    def _joins(self, mode: int, kind: int) -> tuple[bool, int]:
        """Whether the line joins, and the mode after it."""
        if kind == CONTINUES:
            return True, _QUIET
        if kind == FRAME:
            return True, _TRACE
        if kind == LINK:
            return True, _LINKED
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


def _alarms(bare: bytes) -> bool:
    """Whether a line speaks of an error by itself, so that it must not hide in another message."""
    return guess(bare.decode("utf-8", "replace")) >= Severity.ERROR


def with_exception(event: Event) -> Event:
    """The event with the line that names its exception added to a message that only announces a trace."""
    named = [line for line in event.more if _NAMED.match(line.raw)]
    if not named:
        return event
    name = named[-1].text.strip()
    announced = _HEAD.match(event.message.encode())
    message = name if announced else f"{event.message} {name}"
    return replace(
        event,
        message=message,
        severity=event.severity or Severity.ERROR,
        fields=(*event.fields, ("exception", name)),
    )
