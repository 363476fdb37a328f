"""The store remembers, refuses what it should and leaves nothing readable by others."""

from __future__ import annotations

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysqlite3
import pytest

from edgeops.errors import StoreError
from edgeops.knowledge.schema import MIGRATIONS
from edgeops.knowledge.store import Store
from edgeops.records import (
    Action,
    Event,
    Evidence,
    Explanation,
    Incident,
    Line,
    Risk,
    Severity,
    Signal,
    SignalKind,
    State,
    Tier,
    Unproved,
)

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
EVENT = Event(Line("a.log", 0, 1, b"it failed"), "bare", "it failed", NOW, severity=Severity.ERROR)
INCIDENT = Incident(
    "abcd1234", NOW, NOW, ("web1",), ("nginx",), (Signal(SignalKind.SEVERITY, 0.6, "why", EVENT, "t"),), 0
)
ANSWER = Explanation(
    "abcd1234",
    Tier.KNOWN,
    "zh",
    fault="disk-full",
    root="L1",
    summary="磁盘已满 [L1]",
    checks=(Action("disk-free", "look", ("df", "-h"), Risk.READ),),
    unproved=(Unproved("summary", "x", "no"),),
    evidence=(Evidence("L1", "log", "a.log", 1, NOW, "it failed", 0.9),),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def test_what_is_kept_comes_back_the_same(path: Path) -> None:
    with Store(path) as store:
        store.keep(INCIDENT, ANSWER, NOW)
    with Store(path, readonly=True) as store:
        (kept,) = store.incidents()
    assert kept.explanation == ANSWER
    assert (kept.sources, kept.hosts, kept.start) == (("a.log",), ("web1",), NOW)


def test_only_the_owner_can_read_the_store(path: Path) -> None:
    with Store(path) as store:
        store.keep(INCIDENT, ANSWER, NOW)
        files = [path, *path.parent.glob("store.db-*")]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_an_incident_seen_again_is_kept_once_with_its_newest_answer(path: Path) -> None:
    with Store(path) as store:
        store.keep(INCIDENT, ANSWER, NOW)
        store.keep(INCIDENT, replace(ANSWER, summary="new"), NOW + timedelta(hours=1))
        (kept,) = store.incidents()
    assert kept.explanation.summary == "new"


@pytest.mark.parametrize(
    ("before", "tier", "after"),
    [
        (State.OPEN, Tier.KNOWN, State.EXPLAINED), (State.OPEN, Tier.INSUFFICIENT, State.OPEN),
        (State.RESOLVED, Tier.REASONED, State.RESOLVED),
    ],
)  # fmt: skip
def test_an_answer_explains_an_open_incident_and_opens_no_resolved_one(
    path: Path, before: State, tier: Tier, after: State
) -> None:
    with Store(path) as store:
        store.keep(INCIDENT, ANSWER, NOW)
        with store.writing() as connection:
            connection.execute("UPDATE incident SET state = ?", [before.value])
        store.keep(INCIDENT, replace(ANSWER, tier=tier), NOW)
        assert store.incident("abcd").state is after


def test_an_incident_is_found_by_the_beginning_of_its_id(path: Path) -> None:
    with Store(path) as store:
        store.keep(INCIDENT, ANSWER, NOW)
        store.keep(replace(INCIDENT, id="abff0000"), ANSWER, NOW)
        assert store.incident("abc").id == "abcd1234"
        for wrong in ("ab", "zz", "%"):
            with pytest.raises(StoreError, match="incidents list"):
                store.incident(wrong)


def test_a_store_of_a_newer_version_is_refused_unchanged(path: Path) -> None:
    connection = pysqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer edgeops"):
        Store(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database, surely not, by no means" * 40, b"SQLite format 3\0garbage" * 90])
def test_a_file_that_is_no_store_is_refused_with_a_sentence(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"is no store of edgeops|is damaged"):
        Store(path)
    assert path.read_bytes() == content


def test_a_symbolic_link_is_not_followed(path: Path) -> None:
    target = path.with_name("elsewhere")
    path.symlink_to(target)
    with pytest.raises(StoreError):
        Store(path)
    assert not target.exists()


def test_a_missing_store_opened_for_reading_is_a_sentence(path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(path, readonly=True)
    assert not path.exists()


def test_a_full_disk_is_a_sentence_and_the_store_stays_whole(path: Path) -> None:
    with Store(path) as store:
        store.keep(INCIDENT, ANSWER, NOW)
        pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
        store.database.connection.execute(
            f"PRAGMA max_page_count = {pages}"
        )  # SQLite then reports SQLITE_FULL, as on a full disk
        with pytest.raises(StoreError, match="could not be kept"):
            for n in range(500):
                store.keep(replace(INCIDENT, id=f"{n:08}"), ANSWER, NOW)
    with Store(path) as store:
        assert store.incident("abcd1234").explanation == ANSWER
        assert store.database.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
