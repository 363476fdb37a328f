"""Notes on lines of logs: kept without secrets, one for a line whatever its file is called, taken away by emptying them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from edgeops.knowledge.linenotes import keep, line_notes, noted
from edgeops.knowledge.store import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_a_note_is_kept_without_secrets_and_stays_that_of_its_line_when_the_file_is_rotated(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        first = noted(
            "/x/a.log", "/x/a.log", 7, b"login password=hunter2secret", "token=abcdef0123456789 seen", "ann", NOW
        )
        keep(store.database, first)
        keep(store.database, noted("/x/a.log", "/x/a.log", 90, b"other", "b", "ann", NOW))
        again = noted("/x/a.log", "/x/a.log.1", 7, b"login password=hunter2secret", " better words ", "bob", NOW)
        keep(store.database, again)
        found = line_notes(store.database)
        assert [(note.text, note.at) for note in found] == [("b", 90), ("better words", 7)]
        assert again.id == first.id
        assert all("hunter2secret" not in note.line and "abcdef0123456789" not in note.text for note in (*found, first))
        keep(store.database, noted("/x/a.log", "/x/a.log", 90, b"other", "  ", "ann", NOW))
        assert [note.text for note in line_notes(store.database)] == ["better words"]


def test_a_line_that_says_something_else_now_is_another_line(tmp_path: Path) -> None:
    one, other = (noted("a.log", "a.log", 7, raw, "x", "", NOW) for raw in (b"before", b"after"))
    assert one.id != other.id


def test_names_that_are_no_utf_8_can_be_kept(tmp_path: Path) -> None:
    with Store(tmp_path / "store.db") as store:
        keep(store.database, noted("a\udcff.log", "a\udcff.log", 0, b"\xff", "x", "", NOW))
        assert [note.text for note in line_notes(store.database)] == ["x"]
