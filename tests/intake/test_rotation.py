"""What a rotation cut in two is one message; each line keeps the file and the number that it has."""

from __future__ import annotations

from pathlib import Path

from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.intake.rotation import joined
from edgeops.records import Event, Skipped

from .opened import FORMATS, events_of, written

HEAD = b"2024-05-01T10:00:0%dZ host app[1]: ERROR request failed\n"
FRAMES = b'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\nValueError: no\n'


def read(*paths: Path, family: bool = True) -> list[Event | Skipped]:
    files = [str(path) for path in paths]
    readers = (open_reader(file, formats=FORMATS) for file in files)
    found: list[Event | Skipped] = []
    for reader in joined(readers, files if family else ()):
        found += events_of(reader) if isinstance(reader, LogReader) else [reader]
    return found


def places(event: Event | Skipped) -> list[tuple[str, int, int]]:
    assert isinstance(event, Event)
    return [(Path(line.source).name, line.number, line.offset) for line in (event.line, *event.more)]


def halves(tmp_path: Path, at: int) -> tuple[Path, Path]:
    """A log with one trace in it, rotated in the middle of the trace's line of this number."""
    lines = (HEAD % 1 * 20 + HEAD % 2 + FRAMES + HEAD % 3 * 20).splitlines(keepends=True)
    return (
        written(tmp_path / "app.log.1", b"".join(lines[: 21 + at])),
        written(tmp_path / "app.log", b"".join(lines[21 + at :])),
    )


def test_a_trace_goes_on_in_the_next_file(tmp_path: Path) -> None:
    for at in range(5):
        old, new = halves(tmp_path, at)
        events = read(old, new)
        assert len(events) == 41
        trace = events[20]
        assert isinstance(trace, Event)
        assert "ValueError: no" in trace.message
        numbers = [(name, number) for name, number, _ in places(trace)]
        assert numbers == [("app.log.1", 21 + n) for n in range(at + 1)] + [("app.log", 1 + n) for n in range(4 - at)]
        assert places(events[21])[0][:2] == ("app.log", 5 - at)


def test_files_of_different_logs_keep_their_lines(tmp_path: Path) -> None:
    old, new = halves(tmp_path, 2)
    events = read(old, new, family=False)
    assert {name for event in events[:21] for name, *_ in places(event)} == {"app.log.1"}
    assert places(events[21])[0] == ("app.log", 1, 0)


def test_a_file_of_another_format_keeps_its_lines(tmp_path: Path) -> None:
    old = written(tmp_path / "app.log.1", HEAD % 1 * 20)
    new = written(tmp_path / "app.log", b"  indented\nMay  1 10:00:00 web1 app[7]: started\n" * 20)
    assert places(read(old, new)[20])[0] == ("app.log", 1, 0)


def test_what_cannot_be_read_in_between_is_told_and_joins_nothing(tmp_path: Path) -> None:
    old, new = halves(tmp_path, 2)
    events = read(old, tmp_path / "app.log.0", new)
    assert isinstance(events[21], Skipped)
    assert places(events[22])[0] == ("app.log", 1, 0)


def test_a_next_file_that_is_nothing_but_a_continuation_is_left_alone(tmp_path: Path) -> None:
    old = written(tmp_path / "app.log.1", HEAD % 1 * 20)
    new = written(tmp_path / "app.log", b"  frame\n" * 300)
    events = read(old, new)
    assert {name for event in events[:20] for name, *_ in places(event)} == {"app.log.1"}


def test_a_reader_that_is_not_read_is_no_trouble(tmp_path: Path) -> None:
    old, new = halves(tmp_path, 1)
    files = [str(old), str(new)]
    readers = list(joined((open_reader(file, formats=FORMATS) for file in files), files))
    assert [reader.source for reader in readers] == files
