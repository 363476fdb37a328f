"""Several files as one log: every line once, in the order of time, filtered as far as is known."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from threading import Timer

from edgeops.view.export import shown, write
from edgeops.view.file import File, Turn
from edgeops.view.lens import Lens
from edgeops.view.lineindex import SLAB
from edgeops.view.log import Item, Log
from edgeops.view.matches import Matches
from edgeops.view.query import Phrase, Query
from edgeops.view.scan import Scan

Open = Callable[..., tuple[File, Lens]]
BEGIN = datetime(2024, 5, 1, tzinfo=UTC)


def _files(opened: Open, count: int, lines: int) -> Log:
    dice = random.Random(7)
    made = []
    for number in range(count):
        time, data = BEGIN, []
        for at in range(lines):
            time += timedelta(milliseconds=dice.randrange(1, 4000))
            stamp = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            data.append(f"{stamp} host app[{number}]: line {at}\n")
            if dice.random() < 0.1:
                data.append("    continued\n")
        made.append(opened("".join(data).encode(), f"{number}.log"))
    return Log(made)


def _texts(items: list[Item | None]) -> list[bytes]:
    return [item.row.raw for item in items if item]


def test_lines_of_three_files_come_in_the_order_of_time_and_back_again(opened: Open) -> None:
    log = _files(opened, 3, 200)
    there = list(log.after(log.first))
    stamps = [raw[:24] for raw in _texts(there) if raw[:1] == b"2"]
    assert stamps == sorted(stamps)
    assert len(stamps) == 600
    assert list(log.before(log.last))[::-1] == there
    middle = there[123]
    assert middle is not None
    assert list(islice(log.after(middle.place), 10)) == there[123:133]
    assert list(islice(log.before(middle.place), 10)) == there[122:112:-1]
    log.close()


def test_what_continues_a_message_stays_with_it(opened: Open) -> None:
    log = _files(opened, 2, 100)
    items = [item for item in log.after(log.first) if item]
    for before, item in pairwise(items):
        if item.row.raw.startswith(b"    "):
            assert before.file == item.file
    log.close()


def test_each_line_is_met_once_though_times_are_out_of_order(opened: Open) -> None:
    def file(name: str, seconds: list[int]) -> tuple[File, Lens]:
        return opened(b"".join(b"2024-05-01 10:00:%02d app: %s\n" % (s, name.encode()) for s in seconds), name)

    log = Log([file("a", [5, 1, 9, 2]), file("b", [3, 8, 4])])
    assert sorted(_texts(list(log.after(log.first)))) == sorted(_texts(list(log.before(log.last))))
    assert len(list(log.after(log.first))) == 7
    log.close()


def test_a_time_leads_to_the_first_line_at_or_after_it(opened: Open) -> None:
    log = _files(opened, 3, 300)
    wanted = BEGIN + timedelta(seconds=200)
    place = log.place_at(wanted)
    after, before = next(log.after(place)), next(log.before(place))
    assert after and before
    assert log.time(after.file, after.row) >= wanted  # type: ignore[operator]
    assert log.time(before.file, before.row) < wanted  # type: ignore[operator]
    assert log.place_at(BEGIN - timedelta(days=9)) == log.first
    assert log.place_at(BEGIN + timedelta(days=9)) == log.last
    log.close()


def test_a_place_of_one_file_stands_among_the_others_by_its_time(opened: Open) -> None:
    log = _files(opened, 2, 100)
    item = [one for one in log.after(log.first) if one and one.file == 1 and one.row.raw[:1] == b"2"][50]
    place = log.place_of(1, item.row.at)
    found = next(log.after(place))
    assert found and found.row == item.row
    log.close()


def test_a_filter_shows_what_is_known_and_tells_where_it_is_not(opened: Open) -> None:
    lines = [b"line %d %s" % (at, b"odd" if at % 2 else b"even") for at in range(60_000)]
    file, lens = opened(b"\n".join(lines) + b"\n")
    log = Log([(file, lens)])
    query = Query((Phrase("odd"),))
    log.want(query)
    matches = log.volumes[0].matches
    assert isinstance(matches, Matches)
    assert list(log.after(log.first)) == [None]
    scan = Scan(file, lens, query)
    assert matches.missing(SLAB + 5, 2) == [1, 2]
    matches.put(1, scan.slab(1).tobytes())
    known = list(log.after((SLAB,)))
    assert known[-1] is None
    assert all(b"odd" in raw for raw in _texts(known))
    for number in matches.missing(0, 99):
        matches.put(number, scan.slab(number).tobytes())
    assert _texts(list(log.after(log.first))) == [raw for raw in lines if b"odd" in raw]
    assert _texts(list(log.before(log.last))) == [raw for raw in lines if b"odd" in raw][::-1]
    assert matches.found == 30_000
    assert matches.share == 1
    log.close()


def test_a_log_that_grows_shows_its_new_lines_and_one_that_shrinks_begins_anew(opened: Open, tmp_path: Path) -> None:
    log = Log([opened(b"one\ntwo")])
    log.want(Query((Phrase("t"),)))
    matches = log.volumes[0].matches
    assert matches
    matches.put(0, b"")
    path = tmp_path / "app.log"
    with path.open("ab") as end:
        end.write(b" more\nthree\n")
    assert log.look() == {0: Turn.GREW}
    assert matches.missing(0, 9) == [0]
    log.want(Query())
    assert _texts(list(log.before(log.last))) == [b"three", b"two more", b"one"]
    path.write_bytes(b"x\n")
    assert log.look() == {0: Turn.SHRANK}
    assert _texts(list(log.after(log.first))) == [b"x"]
    log.close()


def test_a_file_that_follows_a_rotated_one_comes_after_it_and_old_places_are_still_good(opened: Open) -> None:
    def file(name: str, seconds: list[int]) -> tuple[File, Lens]:
        return opened(b"".join(b"2024-05-01 10:00:%02d app: %d\n" % (s, s) for s in seconds), name)

    log = Log([file("a", [1, 3]), file("b", [2, 4])])
    before = [item for item in log.after(log.first) if item]
    path = log.volumes[0].file.path
    new, lens = opened(b"no time at first\n2024-05-01 10:00:09 app: 9\n", "new")
    new.path = path
    log.add(new, lens)
    assert [one.after for one in log.volumes] == [None, None, 0]
    assert _texts(list(log.after(before[2].place))) == [
        b"2024-05-01 10:00:03 app: 3", b"no time at first", b"2024-05-01 10:00:04 app: 4", b"2024-05-01 10:00:09 app: 9",
    ]  # fmt: skip
    assert _texts(list(log.before(before[1].place))) == [b"2024-05-01 10:00:01 app: 1"]
    assert log.behind(before[0]) == (before[0].row.end, 0, 0)
    log.close()


def test_what_is_shown_is_written_once_the_filter_is_known_and_only_to_where_the_files_ended(opened: Open) -> None:
    file, lens = opened(b"one\nodd two password=hunter2secret\nodd three\n")
    log = Log([(file, lens)])
    log.want(Query((Phrase("odd"),)))
    lines = shown(log, lambda: False)
    matches = log.volumes[0].matches
    assert matches
    Timer(0.1, lambda: matches.put(0, Scan(file, lens, log.volumes[0].matches.query).slab(0).tobytes())).start()
    out = io.BytesIO()
    done = write(out, lines, False, lambda count: None, lambda: False)
    assert (done.lines, done.cut) == (2, 0)
    assert b"hunter2" not in out.getvalue() and out.getvalue().endswith(b"odd three\n")
    assert list(shown(log, lambda: True)) == []
    log.close()
