"""What the ledger keeps: all of a commit or nothing, marks and open messages as they were, and no more than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.detect.live import Count
from edgeops.errors import StoreError
from edgeops.intake.feed import Checkpoint, CursorMark, FileMark, Gap, Loss
from edgeops.knowledge.database import Database
from edgeops.records import Line, Severity
from edgeops.watch import ledger as module
from edgeops.watch.ledger import PIPE, Effects, Ledger
from edgeops.watch.status import status
from tests.assistant.cases import incident, signal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARK = FileMark(1, 2, 1024, "ab", 512, "cd", 9000, 123_456_789)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "store.db")
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def point(name: str, **given: object) -> Checkpoint:
    return replace(Checkpoint(name, f"/var/log/{name}", 100, 3, 7, MARK), **given)  # type: ignore[arg-type]


def count(template: str, number: int, severity: Severity = Severity.NONE) -> tuple[str, Count]:
    return "/var/log/a", Count(template, f"pattern {template}", severity, number, NOW)


def test_checkpoints_and_open_messages_come_back_as_they_were(ledger: Ledger) -> None:
    raw = "naïve \udcff".encode("utf-8", "surrogateescape")
    points = [point("a"), point("b", mark=CursorMark("s=1;i=2")), point("c", mark=None)]
    pending = {"a": (Line("/var/log/a", 90, 3, raw),)}
    ledger.commit(Effects(checkpoints={one.stream: one for one in points}, pending=pending), NOW)
    assert ledger.checkpoints() == points
    (found,) = ledger.pending()
    assert (found.stream, found.source, found.lines) == ("a", "/var/log/a", pending["a"])
    ledger.commit(Effects(checkpoints={"a": point("a", retired=True)}, pending={"a": ()}), NOW)
    assert [one.stream for one in ledger.checkpoints()] == ["b", "c"]
    assert ledger.pending() == []


def test_a_commit_that_fails_midway_leaves_nothing(
    ledger: Ledger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(module, "_keep", broken)
    effects = Effects(
        checkpoints={"a": point("a")}, counts=[count("t", 3)], incidents=[incident(signal(0, "it broke"))]
    )
    with pytest.raises(StoreError):
        ledger.commit(effects, NOW)
    assert ledger.checkpoints() == []
    assert database.connection.execute("SELECT count(*) FROM tally").fetchone() == (0,)


def test_rare_errors_outlive_chatter_when_there_are_too_many_templates(
    ledger: Ledger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_TEMPLATES", 10)
    ledger.commit(Effects(counts=[count("rare", 1, Severity.ERROR), *(count(f"c{n}", 5 + n) for n in range(30))]), NOW)
    kept = dict(database.connection.execute("SELECT template, count FROM tally"))
    assert kept["rare"] == 1 and len(kept) <= 11
    assert sum(kept.values()) == 1 + sum(5 + n for n in range(30))


def test_an_incident_waits_until_it_is_explained_or_given_up(ledger: Ledger, database: Database) -> None:
    one = incident(signal(0, "it broke"))
    ledger.commit(Effects(incidents=[one], signals=list(one.signals)), NOW)
    (waiting,) = ledger.waiting()
    assert waiting.id == one.id and [s.event.message for s in waiting.signals] == ["it broke"]
    assert [owner for _, owner in ledger.signals()] == [one.id]
    assert (status(database).queue, status(database).shed) == (1, 0)
    ledger.shed([one.id])
    ledger.shed(["another"])
    assert ledger.waiting() == []
    assert (status(database).queue, status(database).shed, status(database).incidents) == (0, 2, 1)


def test_signals_that_belong_to_nothing_are_known_to_have_been_looked_at(ledger: Ledger) -> None:
    ledger.commit(Effects(signals=[signal(0, "odd")]), NOW)
    assert [owner for _, owner in ledger.signals()] == [""]
    ledger.commit(Effects(signals=[signal(1, "odder")], grouped=True), NOW)
    assert [owner for _, owner in ledger.signals()] == [module.NONE, module.NONE]


def test_pipes_of_former_watches_are_over(ledger: Ledger) -> None:
    ledger.commit(Effects(checkpoints={name: point(name, mark=None) for name in (f"{PIPE}1", "udp:5514")}), NOW)
    ledger.begin()
    assert [one.stream for one in ledger.checkpoints()] == ["udp:5514"]


def test_what_is_old_is_tidied_away_and_what_is_needed_stays(
    ledger: Ledger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MOST_SIGNALS", "MOST_GAPS", "MOST_RETIRED", "MOST_WATCHED"):
        monkeypatch.setattr(module, name, 3)
    gaps = [Gap("/var/log/a", Loss.TRUNCATED, n, 10, 5) for n in range(9)]
    points = {str(n): point(str(n), retired=n > 1) for n in range(9)}
    ledger.commit(Effects(checkpoints=points, gaps=gaps, signals=[signal(n, f"e{n}") for n in range(9)]), NOW)
    ledger.tidy()
    sizes = [
        database.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("sighting", "gap", "stream")
    ]
    assert sizes == [3, 3, 5]
    assert len(ledger.checkpoints()) == 2
    assert [gap.start for gap in status(database).gaps] == [8, 7, 6]
