"""A source that changes its format is read by the new one from there; what does not change costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.intake.blocks import Block
from edgeops.intake.changes import Changes, regime_of
from edgeops.intake.formats.plain import PLAIN
from edgeops.intake.log import LogReader
from edgeops.intake.reader import open_reader
from edgeops.records import Line

from .opened import FORMATS, events_of, opened, written


def syslog(start: int, count: int) -> str:
    return "".join(
        f"May  1 10:{i // 60 % 60:02}:{i % 60:02} web1 app[7]: step {i}\n" for i in range(start, start + count)
    )


def layout(start: int, count: int) -> str:
    return "".join(
        f"2024-05-01 11:{i // 60 % 60:02}:{i % 60:02},123 INFO  [main] shop.Cart - step {i}\n"
        for i in range(start, start + count)
    )


def json(start: int, count: int) -> str:
    return "".join(
        f'{{"time":"2024-05-01T11:{i // 60 % 60:02}:{i % 60:02}Z","level":"info","msg":"step {i}"}}\n'
        for i in range(start, start + count)
    )


def plain(start: int, count: int) -> str:
    return "".join(f"step number {i} of the build\n" for i in range(start, start + count))


WRITERS = {"syslog": syslog, "layout": layout, "json": json, "plain": plain}


def formats_of(reader: LogReader) -> list[str]:
    return [event.format for event in events_of(reader)]


@pytest.mark.parametrize("to", ["syslog", "layout", "json"])
@pytest.mark.parametrize("start", WRITERS)
@pytest.mark.parametrize("count", [2000, 20000])
def test_a_file_that_changes_its_format_is_read_by_the_new_one(tmp_path: Path, start: str, to: str, count: int) -> None:
    if start == to:
        return
    reader = opened(written(tmp_path / "a.log", (WRITERS[start](0, count) + WRITERS[to](count, 3000)).encode()))
    assert formats_of(reader) == [start] * count + [to] * 3000
    assert reader.notes == [f"from line {count + 1} on its format is {to}"]
    assert reader.format.name == to


def test_an_upgraded_program_with_another_layout_keeps_messages_and_times_apart(tmp_path: Path) -> None:
    newer = "".join(f"[2024-05-02T09:{i // 60 % 60:02}:{i % 60:02}Z] <warn> cart: step {i}\n" for i in range(1000))
    reader = opened(written(tmp_path / "a.log", (layout(0, 1000) + newer).encode()))
    events = events_of(reader)
    assert [event.message for event in events] == [f"step {i}" for i in range(1000)] * 2
    assert [event.time.day for event in events if event.time] == [1] * 1000 + [2] * 1000
    assert reader.notes == ["from line 1001 on its format is another layout"]


def test_two_programs_by_turns_are_each_read_by_their_own(tmp_path: Path) -> None:
    turns = "".join(layout(i, 500) + syslog(i, 500) for i in range(0, 10000, 500))
    reader = opened(written(tmp_path / "a.log", turns.encode()))
    assert formats_of(reader) == (["layout"] * 500 + ["syslog"] * 500) * 20
    assert [note for note in reader.notes if "line" in note] == [
        f"from line {n} on its format is {name}"
        for n, name in zip(range(501, 5000, 500), ["syslog", "layout"] * 5, strict=False)
    ][:5]
    assert reader.notes[-1] == "the format changes 34 times more"


def test_lines_of_two_programs_between_each_other_are_each_read_by_their_own(tmp_path: Path) -> None:
    both = "".join(
        a + b for a, b in zip(syslog(0, 3000).splitlines(True), layout(0, 3000).splitlines(True), strict=True)
    )
    reader = opened(written(tmp_path / "a.log", both.encode()))
    assert formats_of(reader) == ["syslog", "layout"] * 3000
    assert reader.notes == []


def test_what_one_format_learnt_is_not_taken_for_the_other(tmp_path: Path) -> None:
    reader = opened(written(tmp_path / "a.log", (plain(0, 1000) + layout(0, 1000) + plain(0, 3)).encode()))
    shapes = [(shape, reader.format.name) for block in reader.blocks() for shape in reader.shapes(block)]
    assert len({name for _, name in shapes}) == 2
    assert len({shape for shape, _ in shapes}) == len(set(shapes)) == 3


def test_a_long_dump_in_a_log_is_no_change(tmp_path: Path) -> None:
    dump = "".join(f"row {i} of the table\n" for i in range(3000))
    reader = opened(written(tmp_path / "a.log", (layout(0, 1000) + dump + layout(1000, 1000)).encode()))
    events = events_of(reader)
    assert reader.notes == []
    assert events[-1].message == "step 1999"


def test_a_change_within_a_trickling_pipe_is_noticed() -> None:
    text = (syslog(0, 600) + layout(0, 600)).encode().splitlines()
    lines = [raw for raw in text if raw]
    changes = Changes(regime_of(lines[:200], FORMATS), FORMATS, [])

    def trickle() -> Iterator[Block]:
        at = 0
        for start in range(0, len(lines), 50):
            part = lines[start : start + 50]
            yield Block(start + 1, at, part)
            at += sum(map(len, part)) + len(part)

    for block in trickle():
        for _ in changes.parts(block):
            pass
    assert changes.now.format.name == "layout"
    assert changes.at(1).format.name == "syslog"
    assert changes.at(1200).format.name == "layout"


class Counted:
    """A format that counts how often it is asked."""

    name = "counted"

    def __init__(self) -> None:
        self.asked = 0

    def fit(self, sample: object) -> None:
        return None

    def starts(self, raw: bytes) -> bool:
        self.asked += 1
        return False

    shape = staticmethod(PLAIN.shape)
    parse = PLAIN.parse


def test_a_stray_line_is_tried_with_all_formats_once_a_shape(tmp_path: Path) -> None:
    counted = Counted()
    path = written(tmp_path / "a.log", layout(0, 300).encode())
    reader = open_reader(str(path), formats=[*FORMATS, counted])
    assert isinstance(reader, LogReader)
    list(reader.blocks())
    counted.asked = 0
    events = [reader.event(Line("", 0, n, b"stray line number %d" % n)) for n in range(1, 500)]
    assert {event.format for event in events} == {"plain"}
    assert counted.asked == 1
