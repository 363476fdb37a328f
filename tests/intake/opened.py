"""Shared by the tests of this room: write bytes to a file, open it as a log, read all its lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from edgeops.intake.formats import edgeops_formats
from edgeops.intake.log import LogReader
from edgeops.intake.reader import Limits, open_reader
from edgeops.records import Event, Line

FORMATS = tuple(edgeops_formats())
NOW = datetime(2024, 6, 1, tzinfo=UTC)


def opened(path: Path, **limits: int) -> LogReader:
    reader = open_reader(str(path), formats=FORMATS, limits=Limits(**limits))
    assert isinstance(reader, LogReader), reader
    return reader


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def lines_of(reader: LogReader) -> list[Line]:
    return [block.line(reader.source, i) for block in reader.blocks() for i in range(len(block.lines))]


def events_of(reader: LogReader) -> list[Event]:
    """The messages of a source, grouped by the loop that `edgeops.intake.messages` documents."""
    grouped: list[list[Line]] = []
    state = 0
    for block in reader.blocks():
        for i, raw in enumerate(block.lines):
            kind = reader.kind(raw)
            state = reader.step(state, kind, raw) if kind else 0
            line = block.line(reader.source, i)
            if state > 0 and grouped:
                grouped[-1].append(line)
            else:
                grouped.append([line])
    return [reader.event(first, more) for first, *more in grouped]
