"""Questions in SQL: what can be asked, what is refused in a sentence, and where it stops."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pysqlite3
import pytest

from edgeops.errors import StoreError, UsageError
from edgeops.knowledge import linenotes, questions
from edgeops.knowledge.entry import Draft, Kind, Origin, Result
from edgeops.knowledge.questions import ask
from edgeops.knowledge.schema import MIGRATIONS
from edgeops.knowledge.store import Store
from edgeops.knowledge.views import VIEWS
from edgeops.records import Event, Evidence, Explanation, Incident, Line, Severity, Signal, SignalKind, Tier

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
BY = Origin("ann", "ops1", "")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store with two incidents, one of which was mended."""
    with Store(tmp_path / "store.db") as store:
        for number in range(2):
            line = Line(f"web{number}.log", 10, 3, b"ERROR: disk full")
            signal = Signal(SignalKind.SEVERITY, 0.7, "says so", Event(line, "bare", line.text, NOW), "t1")
            incident = Incident(f"inc{number}", NOW, NOW, ("web1", "web2"), (), (signal,), 0)
            shown = Evidence("L1", "log", line.source, 3, NOW, line.text, 0.7, severity=Severity.ERROR)
            answer = Explanation(
                incident.id,
                Tier.KNOWN,
                "en",
                fault="disk-full",
                root="L1",
                summary="The disk is full.",
                evidence=(shown,),
            )
            store.keep(incident, answer, NOW)
        entry = store.entries.put(Draft(Kind.INCIDENT, "Disk full", "made room", BY), NOW)
        store.entries.judge(entry.id, Result.WORKED, BY, NOW)
        store.entries.judge(entry.id, Result.FAILED, BY, NOW, "not here")
        linenotes.keep(store.database, linenotes.noted("a.log", "/x/a.log", 7, b"the line", "look here", "ann", NOW))
    return tmp_path / "store.db"


@pytest.mark.parametrize("name", VIEWS)
def test_each_table_has_the_columns_that_are_told(file: Path, name: str) -> None:
    assert ", ".join(ask(file, f"SELECT * FROM {name}").columns) == VIEWS[name].columns


def test_tables_are_joined_counted_and_grouped(file: Path) -> None:
    found = ask(
        file,
        "SELECT l.source, count(*), group_concat(i.id, '+') FROM incidents i JOIN lines l ON l.incident = i.id GROUP BY 1",
    )
    assert found.rows == (("web0.log", 1, "inc0"), ("web1.log", 1, "inc1"))
    assert ask(file, "SELECT hosts FROM incidents LIMIT 1").rows == (("web1, web2",),)
    assert ask(file, "SELECT root, severity, count FROM lines LIMIT 1").rows == ((1, 40, 1),)
    assert ask(file, "SELECT title, worked, failed FROM entries").rows == (("Disk full", 1, 1),)
    assert {row[0] for row in ask(file, "SELECT result FROM outcomes WHERE title LIKE 'disk%'").rows} == {
        "worked",
        "failed",
    }
    assert ask(file, "SELECT text, at FROM notes").rows == (("look here", 7),)
    assert ask(file, "WITH a AS (SELECT 1 AS x) SELECT x + 1 AS y FROM a") == questions.Table(("y",), ((2,),))


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM incidents", "INSERT INTO fact VALUES ('a', 'b')", "UPDATE incident SET state = 'x'", "DROP TABLE incident",
        "ATTACH DATABASE '/tmp/other.db' AS other", "PRAGMA user_version", "VACUUM INTO '/tmp/copy.db'", "BEGIN", "",
        "-- only words", "/* x */ delete from entry", "WITH a AS (SELECT 1) DELETE FROM incident", "EXPLAIN SELECT 1",
        "SELECT * FROM fact", "SELECT value FROM main.fact", "SELECT sql FROM sqlite_schema", "SELECT * FROM pragma_table_info('fact')",
        "SELECT load_extension('/tmp/evil.so')", "SELECT zeroblob(1000000000)", "SELECT printf('%999999999d', 1)", "SELECT randomblob(9)",
        "SELECT replace('a', 'a', 'b')", "SELECT readfile('/etc/passwd')", "SELECT nonsense FROM incidents", "SELECT 1; DELETE FROM incident",
        "SELECT", "SELECT 'open", "WITH RECURSIVE t(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM t) SELECT length(x) FROM t",
    ],
)  # fmt: skip
def test_all_else_is_refused_with_a_sentence_and_changes_nothing(file: Path, sql: str) -> None:
    before = file.read_bytes()
    with pytest.raises(UsageError):
        ask(file, sql)
    assert file.read_bytes() == before
    assert ask(file, "SELECT count(*) FROM incidents").rows == ((2,),)


def test_what_takes_too_long_ends_and_is_said(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "PATIENCE_S", 0.2)
    many = ", ".join(f"incidents i{n}" for n in range(40))
    begun = time.monotonic()
    with pytest.raises(UsageError, match="takes longer"):
        ask(file, f"SELECT count(*) FROM {many}")
    assert time.monotonic() - begun < 3
    with pytest.raises(UsageError, match="Stopped"):
        ask(file, f"SELECT count(*) FROM {many}", stopped=lambda: True)


def test_rows_beyond_the_limit_are_said_to_be_there(file: Path) -> None:
    assert ask(file, "SELECT id FROM incidents", most=1) == questions.Table(("id",), (("inc0",),), cut=True)
    assert not ask(file, "SELECT id FROM incidents", most=2).cut


def test_what_is_joined_to_one_text_does_not_grow_for_ever(file: Path) -> None:
    many = ", ".join(f"incidents i{n}" for n in range(17))
    ((text,),) = ask(file, f"SELECT group_concat(i0.summary) FROM {many}").rows
    assert len(text) == 100_000


def test_a_store_that_is_not_there_or_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Nothing was kept yet"):
        ask(tmp_path / "none.db", "SELECT 1")
    (tmp_path / "bad.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError):
        ask(tmp_path / "bad.db", "SELECT 1")


def test_an_older_store_answers_for_the_tables_that_it_has(tmp_path: Path) -> None:
    old = pysqlite3.connect(tmp_path / "old.db", isolation_level=None)
    for statement in MIGRATIONS[0]:
        old.execute(statement)
    old.execute("PRAGMA user_version = 1")
    old.close()
    assert ask(tmp_path / "old.db", "SELECT count(*) FROM incidents").rows == ((0,),)
    with pytest.raises(UsageError, match="no such table: gaps"):
        ask(tmp_path / "old.db", "SELECT * FROM gaps")
