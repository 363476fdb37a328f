"""A log under study: what is worked out behind the screen, searches over several files, lines by number."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import pytest

from edgeops.hooks import Format
from edgeops.records import Severity
from edgeops.view.course import kinds
from edgeops.view.log import Item
from edgeops.view.opening import Opened, open_log
from edgeops.view.query import Phrase, Query
from edgeops.view.scout import Nursery
from edgeops.view.study import Study

Make = Callable[[], Study]


@pytest.fixture
def make(tmp_path: Path, formats: list[Format], nursery: Nursery) -> Iterator[Callable[..., Study]]:
    made: list[Study] = []

    def open_all(*paths: Path) -> Study:
        opened = open_log([str(path) for path in paths or (tmp_path,)], formats, UTC, None)
        assert opened.log is not None
        made.append(Study(opened.log, nursery))
        return made[-1]

    yield open_all
    for study in made:
        study.close()


def _work(study: Study) -> None:
    """All that there is to do."""
    while study._step():
        pass


def _first(study: Study) -> Item:
    item = next(study.log.after(study.log.first))
    assert item
    return item


def _never() -> bool:
    return False


def _line(study: Study, query: Query, item: Item, back: bool = False) -> bytes | None:
    place = study.seek(query, item, back, lambda share: None, _never)
    found = next(study.log.after(place)) if place else None
    return found.row.raw if found else None


def test_the_toil_works_out_the_filter_the_numbers_and_the_bars(tmp_path: Path, make: Make) -> None:
    (tmp_path / "a.log").write_bytes(b"".join(b"2024-05-01T10:00:00Z app: line %d\n" % at for at in range(30_000)))
    study = make()
    study.want(Query((Phrase("line 29999"),)))
    _work(study)
    assert (study.filtered, study.found, study.known) == (1.0, 1, 1.0)
    item = next(study.log.after(study.log.first))
    assert item
    assert list(study.numbers([item])) == [30_000]
    assert [kind.count for kind in kinds(study.tallies)] == [30_000]


def test_a_search_over_files_finds_the_next_in_time(tmp_path: Path, make: Make) -> None:
    (tmp_path / "a.log").write_bytes(b"2024-05-01T10:00:00Z a: x\n2024-05-01T10:00:09Z a: hit late\n")
    (tmp_path / "b.log").write_bytes(b"2024-05-01T10:00:01Z b: y\n2024-05-01T10:00:05Z b: hit soon\n")
    study = make()
    query = Query((Phrase("hit"),))
    assert _line(study, query, _first(study)) == b"2024-05-01T10:00:05Z b: hit soon"
    last = next(study.log.before(study.log.last))
    assert last
    assert _line(study, query, last, back=True) == b"2024-05-01T10:00:05Z b: hit soon"
    assert _line(study, Query((Phrase("never"),)), _first(study)) is None


def test_a_search_heeds_the_filter(tmp_path: Path, make: Make) -> None:
    (tmp_path / "a.log").write_bytes(b"start\nhit one\nERROR: hit two\n")
    study = make()
    study.want(Query(least=Severity.ERROR))
    _work(study)
    first = next(study.log.after(study.log.first))
    assert first and first.row.raw == b"ERROR: hit two"
    study.want(Query((Phrase("two"),)))
    assert _line(study, Query((Phrase("hit"),)), Item((0,), 0, first.row)) is None


def test_a_line_is_found_by_its_file_and_number_before_the_toil_came_there(tmp_path: Path, make: Make) -> None:
    (tmp_path / "a.log").write_bytes(b"".join(b"line %d\n" % at for at in range(1, 90_001)))
    study = make()
    place = study.place_of_line(str(tmp_path / "a.log"), 77_777)
    assert place
    item = next(study.log.after(place))
    assert item and item.row.raw == b"line 77777"
    assert study.place_of_line(str(tmp_path / "a.log"), 99_999_999) is None
    assert study.place_of_line("elsewhere", 1) is None


def test_packed_files_and_members_of_archives_are_unpacked(tmp_path: Path, formats: list[Format]) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    found: Opened = open_log([str(tmp_path / "a.log.gz"), str(tmp_path / "none")], formats, UTC, tmp_path)
    assert found.log
    assert [item.row.raw for item in found.log.after(found.log.first) if item] == [b"one", b"two"]
    assert found.log.look() == {}
    assert [one.source for one in found.skipped] == [str(tmp_path / "none")]
    assert [path.name for path in tmp_path.iterdir()] == ["a.log.gz"]
    found.log.close()


def test_a_filter_that_never_ends_is_taken_away_and_said(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.log").write_bytes(b"a" * 60 + b"b\n")
    study = make()
    monkeypatch.setattr(
        study._toiler, "ask", lambda order, file: type(study._toiler).ask(study._toiler, order, file, 0.2)
    )
    study.want(Query((Phrase("(a+)+$", regex=True),)))
    study.tallied = False
    _work(study)
    assert "simpler" in study.failure
    assert study.query.is_all


def test_more_files_than_one_view_holds_are_counted(
    tmp_path: Path, formats: list[Format], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeops.view.opening.MOST", 2)
    for number in range(5):
        (tmp_path / f"{number}a.log").write_bytes(b"x\n")
    found = open_log([str(tmp_path)], formats, UTC, None)
    assert found.log
    assert (len(found.log.volumes), found.beyond) == (2, 3)
    found.log.close()
