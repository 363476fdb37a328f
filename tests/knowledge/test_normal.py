"""What is normal for a source, kept in the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from edgeops.knowledge import normal
from edgeops.knowledge.database import Database
from edgeops.records import Normal, Severity, Template, Usual

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


def known(source: str, pattern: str = "link <id> up") -> Normal:
    usual = Usual(Template("0123456789", pattern, 7, Severity.WARNING, NOW, None), 3, 7, 19, 4, 5, 9, 6)
    return Normal(source, 10, 40, 900, 3, 0.25, (("ff", 900),), (usual,))


def test_what_is_kept_is_recalled_whole(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.db")
    normal.keep(database, [known("/a"), known("/b")], NOW)
    normal.keep(database, [known("/b", "link <id> down")], NOW)
    database.close()
    again = Database(tmp_path / "store.db", readonly=True)
    assert normal.recall(again, ["/a", "/b", "/c"]) == {"/a": known("/a"), "/b": known("/b", "link <id> down")}


def test_a_template_is_masked_and_keeps_its_id(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.db")
    normal.keep(database, [known("/a", "login with password=Hunter2secret! refused")], NOW)
    (usual,) = normal.recall(database, ["/a"])["/a"].usuals
    assert "Hunter2secret" not in usual.template.pattern
    assert usual.template.id == "0123456789"


def test_a_row_that_cannot_be_read_is_as_if_it_were_not(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.db")
    normal.keep(database, [known("/a"), known("/b")], NOW)
    database.connection.execute("UPDATE normal SET record = x'7b22' WHERE source = '/a'")
    assert set(normal.recall(database, ["/a", "/b"])) == {"/b"}


def test_sources_not_read_for_longest_are_forgotten(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.db")
    for number in range(3):
        batch = [Normal(f"/{number}/{n}") for n in range(200)]
        normal.keep(database, batch, NOW + timedelta(days=number))
    kept = {source for (source,) in database.connection.execute("SELECT source FROM normal")}
    assert len(kept) == normal.MOST_SOURCES
    assert {f"/{number}/{n}" for number in (1, 2) for n in range(200)} <= kept
