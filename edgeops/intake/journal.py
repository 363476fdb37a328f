"""systemd's journal, followed entry by entry through `journalctl`, which is started again wherever it ends.

An entry is known again by its cursor. A child is asked for the entry that was given last and all behind it; the one is
dropped, and where another comes in its place, the journal has lost entries. Entries that journald files behind the
cursor later (of other machines, of a clock that was set back) are as invisible to us as to `journalctl --follow`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from edgeops.intake import journalctl
from edgeops.intake.account import Account
from edgeops.intake.feed import Batch, Checkpoint, CursorMark, Loss, Standing
from edgeops.intake.framing import Lines, Run
from edgeops.intake.journal_entry import cursor_in_part, cursor_of, legible, same

_MOST_ENTRY = 4 << 20
"""Bytes of a longer entry are not kept; with the fields that are asked for only a message can be so long."""
_LONGEST_PAUSE_S = 60.0
_WELL_S = 5.0
_WORTH_TELLING = 3

_GONE = (
    "The journal no longer has the entry where reading stopped (it was vacuumed or replaced); reading goes on at the oldest "
    "entry left behind it, and what was between is lost."
)
_NO_ENTRY = "journalctl printed something that is no entry of a journal; it was left out."
_ABSENT = "journalctl is not on this machine, so its journal cannot be followed; follow its log files instead."
_FORBIDDEN = (
    "The journal may not be read by this user; add the user to the group systemd-journal "
    "(usermod -aG systemd-journal NAME) and log in again."
)


class Journal:
    """Follows the journal from the checkpoint's cursor on, or without one from its oldest entry or since (as of journalctl).

    follow: whether to wait for more at the end; without it, descriptors() is empty again when all was read.
    command: how to call journalctl, instead of looking for it; obstacle says why not all can be read. max_line in bytes;
    pause_s: how long to wait before a child that ended is started again; it doubles up to a minute while none does well.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        since: str = "",
        follow: bool = True,
        command: Sequence[str] | None = None,
        obstacle: Callable[[], str] = journalctl.obstacle,
        max_line: int = 65536,
        pause_s: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = Account(checkpoint)
        self._since, self._follow, self._command, self._obstacle = since, follow, command, obstacle
        self._max, self._pause_s, self._clock = max_line, pause_s, clock
        self._child: journalctl.Child | None = None
        self._lines = Lines(_MOST_ENTRY)
        self._ready: deque[tuple[Run, CursorMark | None]] = deque()
        self._awaited = ""
        self._fails = 0
        self._begun = self._again = clock()
        self._trouble, self._hindrance = "", ""
        self._notes: list[str] = []
        self._told: set[str] = set()

    def poll(self, most: int) -> Iterator[Batch]:
        """The entries that have come, about so many bytes of them."""
        if not self._ready:
            self._take(most)
        while self._ready:
            yield self._account.batch(*self._ready.popleft())

    def descriptors(self) -> Sequence[int]:
        """The child's output, while there is a child."""
        return [self._child.descriptor] if self._child else []

    def standings(self) -> Sequence[Standing]:
        """How far the journal was read; lag is what the child has written and we have not read."""
        now = self._account.checkpoint
        lag = self._lines.waiting + (self._child.waiting if self._child else 0)
        return [Standing(now.source, now.stream, now.offset, lag, self._trouble or self._hindrance)]

    def notes(self) -> Sequence[str]:
        """What the person should know: entries lost, a child that ends again and again."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.end()
            self._child = None
        self._again = float("inf")

    def _take(self, most: int) -> None:
        if not self._child and self._clock() >= self._again:
            self._start()
        pieces: list[bytes] = []
        data: bytes | None = b""
        while self._child and most > 0 and (data := self._child.read(most)):
            pieces.append(data)
            most -= len(data)
        for run in self._lines.feed(b"".join(pieces)):
            self._accept(run)
        if self._child and data == b"":
            self._ended(self._child.end())
        elif self._child and self._clock() - self._begun >= _WELL_S:
            self._trouble = ""

    def _start(self) -> None:
        """A new child, unless there is no journalctl. What the last one printed of an entry without end is printed again."""
        self._begun = now = self._clock()
        program = journalctl.found()
        command = self._command or ([program] if program else [])
        if not command:
            self._trouble, self._again = _ABSENT, now + _LONGEST_PAUSE_S
            self._say(_ABSENT)
            return
        self._hindrance = self._obstacle()
        self._say(self._hindrance)
        mark = self._account.checkpoint.mark
        self._awaited = mark.cursor if isinstance(mark, CursorMark) else ""
        self._lines = Lines(_MOST_ENTRY)
        try:
            options = journalctl.arguments(self._awaited, self._since, follow=self._follow)
            self._child = journalctl.Child([*command, *options])
        except OSError as error:
            self._ended(f"it cannot be started: {error.strerror}")

    def _ended(self, why: str) -> None:
        self._child = None
        if not self._follow and why in journalctl.DONE:
            self._again, self._trouble = float("inf"), ""
            return
        now = self._clock()
        self._fails = 1 if now - self._begun >= _LONGEST_PAUSE_S else self._fails + 1
        pause = min(_LONGEST_PAUSE_S, self._pause_s * 2 ** min(self._fails - 1, 20))
        self._again = now + pause
        self._trouble = f"journalctl ended ({why}); it is started again after {pause:.3g} s."
        if "insufficient permissions" in why:
            self._trouble = _FORBIDDEN
            self._say(_FORBIDDEN)
        elif self._fails == _WORTH_TELLING:
            self._notes.append(self._trouble)

    def _accept(self, run: Run) -> None:
        """Queue what is new of these entries; the last of them has not been kept whole where the run is cut."""
        entries = [raw for raw in (run.lines[:-1] if run.cut else run.lines) if cursor_of(raw)]
        if len(entries) < len(run.lines) - bool(run.cut):
            self._say(_NO_ENTRY)
        vast = cursor_in_part(run.lines[-1], run.tail, run.cut) if run.cut else ""
        first = cursor_of(entries[0]) if entries else vast
        if self._awaited and first:
            again = same(first, self._awaited)
            self._awaited = ""
            if not again:
                self._account.owe(Loss.VANISHED, 0, None)
                self._notes.append(_GONE)
            elif entries:
                del entries[0]
            else:
                return
        self._queue(entries)
        if run.cut:
            cut = len(run.lines[-1]) + run.cut + 1
            self._ready.append((Run([], cut, ended=False), CursorMark(vast) if vast else None))
        if self._ready:
            self._trouble, self._fails = "", 0

    def _queue(self, entries: list[bytes]) -> None:
        """The entries as lines that our formats read; one that lost some of its bytes ends a run."""
        lines: list[bytes] = []
        for raw in entries:
            line, cut = legible(raw, self._max)
            lines.append(line)
            if cut or raw is entries[-1]:
                self._ready.append((Run(lines, cut), CursorMark(cursor_of(raw))))
                lines = []

    def _say(self, note: str) -> None:
        """A note, once."""
        if note and note not in self._told:
            self._told.add(note)
            self._notes.append(note)
