"""What is known of sources, between runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from edgeops.assistant.normality import Normality
from edgeops.detect.baseline import Lesson
from edgeops.knowledge import normal
from edgeops.knowledge.database import Database
from edgeops.records import Template, Usual

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


def lesson(file: str) -> Lesson:
    return Lesson(file, 50, 1, 5, 50, 0, 0.0, (Usual(Template("ab", "link up", 50), 5, 50, 500, 10),))


def test_rotated_files_teach_one_source_and_a_pipe_none(tmp_path: Path) -> None:
    normality = Normality()
    normality.recall(["-", "/var/log/syslog.1", "/var/log/syslog"], tmp_path / "no store")
    assert normality.of("-") is None
    assert normality.of("/var/log/mail") is None
    normality.hear([("/var/log/syslog.1", lesson("f")), ("/var/log/syslog", lesson("g")), ("-", lesson("h"))])
    (news,) = normality.news()
    assert (news.source, news.lines, len(news.files)) == ("/var/log/syslog", 100, 2)


def test_what_was_learnt_is_recalled_and_the_same_file_teaches_nothing_new(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    first = Normality()
    first.recall(["/var/log/syslog"], store)
    first.hear([("/var/log/syslog", lesson("f"))])
    database = Database(store)
    normal.keep(database, first.news(), NOW)
    database.close()
    again = Normality()
    again.recall(["/var/log/syslog.1.gz"], store)
    assert again.of("/var/log/syslog.1.gz") == first.news()[0]
    again.hear([("/var/log/syslog.1.gz", lesson("f"))])
    assert again.news() == []


def test_a_store_that_is_no_store_knows_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    store.write_text("not a database, but long enough to be looked at as one" * 50)
    normality = Normality()
    normality.recall(["/var/log/syslog"], store)
    found = normality.of("/var/log/syslog")
    assert found is not None
    assert not found.lines
