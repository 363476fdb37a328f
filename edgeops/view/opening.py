"""From what a person names to an open log: plain files as they are, packed ones unpacked to a file without a name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from edgeops.hooks import Format
from edgeops.intake.archives import open_readers
from edgeops.intake.log import LogReader
from edgeops.intake.packed import compression
from edgeops.intake.reader import Limits
from edgeops.intake.sources import find, parted
from edgeops.records import Skipped
from edgeops.view.file import File, Turn, open_file
from edgeops.view.lens import Lens
from edgeops.view.log import Log

MOST = 64
"""So many files are one view at most."""
_MOST_TEXT = 2 << 30
_HEAD = 8192


@dataclass(frozen=True, slots=True)
class Opened:
    """The log, None where nothing could be opened; what could not, and why; how many files were too many."""

    log: Log | None
    skipped: tuple[Skipped, ...] = ()
    beyond: int = 0


def open_log(arguments: Sequence[str], formats: Sequence[Format], zone: tzinfo, cache: Path | None) -> Opened:
    """Open what the arguments name. cache is where packed text may lie while it is shown."""
    files: list[File] = []
    skipped: list[Skipped] = []
    beyond = 0
    for name in find([one for one in arguments if one != "-"]):
        if isinstance(name, Skipped):
            skipped.append(name)
        elif len(files) >= MOST:
            beyond += 1
        else:
            for found in _opened(name, formats, zone, cache):
                if isinstance(found, Skipped):
                    skipped.append(found)
                else:
                    files.append(found)
    readable = [(file, Lens(file, formats, zone)) for file in files]
    return Opened(Log(readable) if readable else None, tuple(skipped), beyond)


def reopened(path: str, formats: Sequence[Format], zone: tzinfo) -> tuple[File, Lens] | Skipped:
    """The plain file that has a path now."""
    file = open_file(path)
    return file if isinstance(file, Skipped) else (file, Lens(file, formats, zone))


def _opened(name: str, formats: Sequence[Format], zone: tzinfo, cache: Path | None) -> Iterable[File | Skipped]:
    path, inside = parted(name)
    file = open_file(path)
    if isinstance(file, Skipped):
        return [file]
    head = file.read(0, _HEAD)
    if not inside and not compression(head) and not _is_archive(head):
        return [file]
    file.close()
    return _unpacked(name, formats, zone, cache)


def _is_archive(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") or head[257:262] == b"ustar"


def _unpacked(name: str, formats: Sequence[Format], zone: tzinfo, cache: Path | None) -> Iterator[File | Skipped]:
    """The text of a packed file, or of the members of an archive, in files that vanish when they are closed."""
    limits = Limits(max_stream=_MOST_TEXT, max_archive=_MOST_TEXT)
    for reader in open_readers(name, formats=formats, limits=limits, zone=zone):
        yield _text_of(reader, cache) if isinstance(reader, LogReader) else reader


def _text_of(reader: LogReader, cache: Path | None) -> File | Skipped:
    try:
        with tempfile.TemporaryFile(dir=cache) as text:
            for block in reader.blocks():
                text.write(b"\n".join(block.lines) + b"\n")
            text.flush()
            return Fixed(reader.source, text.fileno())
    except OSError as error:
        return Skipped(reader.source, f"There is no room to unpack it ({error.strerror or error}); free some space.")


class Fixed(File):
    """Text without a path of its own: nobody can change it."""

    def __init__(self, path: str, fd: int) -> None:
        super().__init__(path, os.dup(fd))

    def _at_path(self, identity: tuple[int, int]) -> Turn:
        return Turn.SAME
