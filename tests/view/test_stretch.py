"""Lines that a person chose, as messages with their numbers and times; ranges of lines; and the notes beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from edgeops.knowledge.linenotes import noted
from edgeops.view.file import File
from edgeops.view.lens import Lens
from edgeops.view.log import Item, Log
from edgeops.view.notebook import Notebook, log_name
from edgeops.view.selection import between
from edgeops.view.stretch import around, messages_of, taken, whole

Open = Callable[..., tuple[File, Lens]]
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TRACE = b"""2024-05-01T10:00:00Z app: starting
2024-05-01T10:00:01Z app: ERROR it broke
Traceback (most recent call last):
  File "app.py", line 7, in main
    run()
ValueError: no such thing
2024-05-01T10:00:02Z app: going on
no time of its own
"""


def _items(log: Log) -> list[Item]:
    return [item for item in log.after(log.first) if item]


def test_lines_become_messages_with_numbers_and_times(opened: Open) -> None:
    log = Log([opened(TRACE)])
    events = messages_of(log, _items(log))
    assert [event.line.number for event in events][:2] == [1, 2]
    assert [line.number for line in events[1].more] == [3, 4, 5, 6]
    assert "no such thing" in events[1].message
    assert events[-1].time == datetime(2024, 5, 1, 10, 0, 2, tzinfo=UTC)
    log.close()


def test_any_line_of_a_message_leads_to_all_of_it(opened: Open) -> None:
    log = Log([opened(TRACE)])
    items = _items(log)
    for at in range(1, 6):
        assert [item.row.at for item in whole(log, items[at])] == [item.row.at for item in items[1:6]]
    assert [item.row.raw for item in whole(log, items[0])] == [items[0].row.raw]
    before, after = around(log, items[1:6])
    assert [line.number for line in before] == [1]
    assert [line.number for line in after] == [7, 8]
    log.close()


def test_long_lines_and_many_of_them_are_taken_in_part(opened: Open) -> None:
    log = Log([opened(b"".join(b"%d " % at + b"x" * 70_000 + b"\n" for at in range(200)))])
    found, more = taken(log_item for log_item in log.after(log.first) if log_item)
    assert more
    assert len(found) < 140
    (line,) = (event.line for event in messages_of(log, found[:1]))
    assert len(line.raw) == 4096
    assert len(line.raw) + line.cut >= 70_000
    log.close()


def test_a_range_of_merged_files_holds_what_is_shown_between_its_ends(opened: Open) -> None:
    def file(name: str, seconds: list[int]) -> tuple[File, Lens]:
        return opened(b"".join(b"2024-05-01 10:00:%02d app: %s\n" % (s, name.encode()) for s in seconds), name)

    log = Log([file("a", [1, 3, 5, 7]), file("b", [2, 4, 6, 8])])
    items = _items(log)
    for first in range(8):
        for last in range(8):
            low, high = sorted((first, last))
            chosen = between(log, items[first], items[last])
            assert [item.row.raw for item in chosen.items()] == [item.row.raw for item in items[low : high + 1]]
            assert [chosen.holds(item) for item in items] == [low <= at <= high for at in range(8)]
    log.close()


def test_a_note_is_found_beside_its_line_whatever_the_file_is_called_now(opened: Open, tmp_path: Path) -> None:
    data = b"one\ntwo\nthree\n"
    old, new = opened(data, "a.log.1"), opened(b"one\nother\n", "a.log")
    log = Log([old, new])
    name = str(tmp_path / "a.log")
    book = Notebook(
        [
            noted(log_name(name), name, at, raw, raw.decode(), "", NOW)
            for at, raw in ((4, b"two"), (8, b"three"), (4, b"gone"))
        ]
    )
    items = _items(log)
    assert [note.text for item in items if (note := book.on(log.volumes[item.file], item.row))] == ["two", "three"]
    assert book.place(log, book.notes[0]) == (0, 4)
    assert book.place(log, book.notes[2]) is None
    assert [book.next(log.volumes[0], at, by) for at, by in ((0, 1), (4, 1), (8, 1), (8, -1), (4, -1))] == [
        4,
        8,
        None,
        4,
        None,
    ]
    assert book.next(log.volumes[1], 0, 1) is None
    assert list(islice(log.after(log.first), 1))
    log.close()
