"""Every log that a path holds: the file itself, or the members of an archive, one after the other in one pass.

A member is a source with the name `archive.tar.gz!/path/inside.log`; one that is packed itself is unpacked. Nothing is
written to disk, and what is held does not grow with the archive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from fnmatch import fnmatchcase
from typing import IO

from edgeops.hooks import Format
from edgeops.intake import packed, streams, tar, zip
from edgeops.intake.blocks import Piece
from edgeops.intake.log import LogReader
from edgeops.intake.reader import Archive, Heard, Limits, Opening
from edgeops.intake.sources import INSIDE, parted, unlikely
from edgeops.intake.tape import Member, Tape
from edgeops.records import Skipped

MOST_MEMBERS = 50_000
MOST_TOLD = 500
"""Members that are opened, and members for each of which it is told why it was not read."""
_LONGEST_NAME = 1024
_MEMBERS = {"tar": tar.members, "zip": zip.members}


def open_readers(
    path: str,
    *,
    formats: Sequence[Format],
    limits: Limits | None = None,
    stdin: IO[bytes] | None = None,
    now: datetime | None = None,
    zone: tzinfo = UTC,
    heard: Heard = lambda taken, lines: None,
) -> Iterator[LogReader | Skipped]:
    """Readers of all logs that a path holds, each to be read before the next is asked for.

    `archive!/name` is one member, all those below a directory, or those that fit a pattern.
    """
    file, wanted = parted(path)
    opening = Opening(file, formats, limits or Limits(), now or datetime.now(UTC), zone, heard)
    found = opening.opened(stdin)
    if isinstance(found, Archive):
        yield from _Unfolding(found, opening, wanted).readers()
    elif wanted and isinstance(found, LogReader):
        yield Skipped(path, f"{file} is no archive, so it has no members; name the file alone.")
    else:
        yield found


@dataclass
class _Unfolding:
    """An archive while its members are read."""

    archive: Archive
    opening: Opening
    wanted: str
    text: int = 0
    burst: bool = False
    skipped: int = 0
    names: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.tape = Tape(self.archive.pieces, self.archive.kind, self.archive.notes)

    def readers(self) -> Iterator[LogReader | Skipped]:
        path, kind, tape, met = self.opening.path, self.archive.kind, self.tape, 0
        for member in _MEMBERS[kind](tape):
            inside = member.name[:_LONGEST_NAME].lstrip("/").removeprefix("./")
            name = self._name(inside)
            if not (self._fits(inside) or self._fits(name)):
                continue
            met += 1
            yield from self._member(f"{path}{INSIDE}{name}", inside, member)
            if self.burst or met == MOST_MEMBERS:
                tape.notes.append(f"{kind}: stopped after {met} members; unpack it to read more")
                break
        if self.skipped > MOST_TOLD:
            yield Skipped(path, f"It has {self.skipped - MOST_TOLD} more members that were not read.")
        if not met:
            nothing = "There is no such member in it; unpack or list the archive to see their names."
            yield Skipped(
                path + INSIDE * bool(self.wanted) + self.wanted, nothing if self.wanted else "It has no files."
            )
        for note in self.archive.notes or tape.notes:
            yield Skipped(path, f"Its {note}.")

    def _fits(self, inside: str) -> bool:
        wanted = self.wanted.rstrip("/")
        return not wanted or inside == self.wanted or inside.startswith(wanted + "/") or fnmatchcase(inside, wanted)

    def _name(self, inside: str) -> str:
        """A name of its own for each member: an archive may hold several of one name."""
        self.names[hash(inside)] += 1
        again = self.names[hash(inside)]
        return f"{inside} ({again})" if again > 1 else inside

    def _member(self, name: str, inside: str, member: Member) -> Iterator[LogReader | Skipped]:
        found = self._opened(name, inside, member)
        if isinstance(found, Skipped):
            self.skipped += 1
        if isinstance(found, LogReader) or self.skipped <= MOST_TOLD:
            yield found

    def _opened(self, name: str, inside: str, member: Member) -> LogReader | Skipped:
        refusal = f"It {member.refusal}." if member.refusal else "" if inside == self.wanted else unlikely(inside)
        if refusal:
            return Skipped(name, refusal)
        own: list[str] = []
        opening = replace(
            self.opening, path=name, notes=own, written=member.written or self.opening.written, gauge=self._gauged
        )
        found = opening.stream(self._content(member, own))
        if isinstance(found, Archive):
            return Skipped(name, "It is an archive inside an archive; unpack the outer one and name this one.")
        return found

    def _content(self, member: Member, own: list[str]) -> Iterator[Piece]:
        """The member's bytes; what is told of the archive meanwhile concerns this member."""
        notes = self.tape.notes
        begun = len(notes)
        yield from streams.limited(member.pieces, self.opening.limits.max_stream, own)
        own += notes[begun:]
        del notes[begun:]

    def _gauged(self, pieces: Iterator[Piece], notes: list[str]) -> Iterator[Piece]:
        """The text of a member, as long as that of all together is not too much for what was packed."""
        for offset, data in pieces:
            self.text += len(data)
            if self.text > self.opening.limits.max_archive or packed.is_bomb(self.text, self.opening.taken):
                notes.append(f"stopped after {self.text} bytes of text from {self.opening.taken} bytes of archive")
                self.burst = True
                return
            yield offset, data
