"""What a watch is told to follow: files and directories, the journal, syslog sockets, a pipe; each goes on behind its checkpoint."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeops.config import Watch
from edgeops.errors import SourceError
from edgeops.intake.feed import Checkpoint, Feed
from edgeops.intake.journal import Journal
from edgeops.intake.listener import address, listen
from edgeops.intake.pipe import Pipe
from edgeops.intake.tail import Pace, Tail
from edgeops.records import Skipped
from edgeops.watch.ledger import PIPE

_JOURNAL = "journal"
_SWITCH_S = 0.0005


@dataclass(frozen=True, slots=True)
class Targets:
    """What a person named, as `edgeops watch` takes it: `-` is a pipe; once: what has an end is read to it."""

    paths: Sequence[str] = ()
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    journal: bool = False
    listen: Sequence[str] = ()
    once: bool = False
    from_end: bool = False
    old: bool = False

    def __bool__(self) -> bool:
        return bool(self.paths or self.journal or self.listen)


def feeds(targets: Targets, settings: Watch, stdin: Callable[[], int]) -> Callable[[Sequence[Checkpoint]], list[Feed]]:
    """What makes the feeds of a watch. stdin gives the descriptor that `-` stands for. The feeds raise SourceError, UsageError."""

    def made(checkpoints: Sequence[Checkpoint]) -> list[Feed]:
        found: list[Feed] = []
        files = [path for path in targets.paths if path != "-"]
        if files:
            found.append(_tail(files, checkpoints, targets, settings))
        if len(files) < len(targets.paths):
            found.append(Pipe(stdin(), Checkpoint(f"{PIPE}{time.time_ns()}", "-")))
        if targets.journal:
            known = (one for one in checkpoints if one.stream == _JOURNAL)
            found.append(Journal(next(known, Checkpoint(_JOURNAL, _JOURNAL)), follow=not targets.once))
        found += (_listening(one, checkpoints, elsewhere=settings.listen_elsewhere) for one in targets.listen)
        return found

    return made


def _tail(files: Sequence[str], checkpoints: Sequence[Checkpoint], targets: Targets, settings: Watch) -> Tail:
    return Tail(
        files,
        checkpoints,
        include=targets.include,
        exclude=[*targets.exclude, *settings.exclude],
        from_end=targets.from_end,
        old=targets.old,
        pace=Pace(flush=0) if targets.once else Pace(),
    )


def _listening(where: str, checkpoints: Sequence[Checkpoint], *, elsewhere: bool) -> Feed:
    at = address(where, elsewhere=elsewhere)
    feed = listen(at, next((one for one in checkpoints if one.stream == str(at)), None))
    if isinstance(feed, Skipped):
        raise SourceError(f"--listen {where}: {feed.reason}")
    # A thread that explains must not keep the reader from a small buffer of the kernel's.
    sys.setswitchinterval(_SWITCH_S)
    return feed
