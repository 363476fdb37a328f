"""Shared by the tests of archives: make one, hostile ones too, and read all that it holds."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from edgeops.intake.archives import open_readers
from edgeops.intake.reader import Limits
from edgeops.records import Skipped

from .opened import FORMATS

Put = tuple[str, bytes]


def tar(*members: Put | tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive of files, and of members without content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            info = tarfile.TarInfo(member[0])
            info.size, info.mtime = len(member[1]), 1714557600
            archive.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zipped(*members: Put, method: int = zipfile.ZIP_DEFLATED, streamed: bool = False) -> bytes:
    """A zip archive; streamed as a packer writes it that cannot go back to fill in sizes."""
    out = io.BytesIO()
    sink = _Pipe(out) if streamed else out
    with zipfile.ZipFile(sink, "w", method) as archive:  # type: ignore[arg-type]
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


class _Pipe(io.RawIOBase):
    def __init__(self, to: io.BytesIO) -> None:
        self._to = to

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self._to.write(data)


Read = dict[str, list[bytes] | str]


def read(path: Path | str, limits: Limits | None = None) -> tuple[Read, dict[str, list[str]]]:
    """The lines of each member, or why it was not read; and the notes of each."""
    found: Read = {}
    notes: dict[str, list[str]] = {}
    for reader in open_readers(str(path), formats=FORMATS, limits=limits):
        name = reader.source.partition("!/")[2]
        if isinstance(reader, Skipped):
            assert reader.reason.endswith(".")
            found[name] = reader.reason
        else:
            found[name] = [raw for block in reader.blocks() for raw in block.lines]
            notes[name] = reader.notes
    return found, {name: told for name, told in notes.items() if told}


LOGS = (("var/log/syslog", b"one\ntwo\n"), ("var/log/app.log", b"three\n"))
AS_READ = {"var/log/syslog": [b"one", b"two"], "var/log/app.log": [b"three"]}
FORMS = [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]
