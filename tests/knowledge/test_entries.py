"""Entries keep where they come from, how they fared and how they read before; nothing goes without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeops.errors import StoreError
from edgeops.knowledge.entry import Draft, Kind, Origin, Result, Tally
from edgeops.knowledge.store import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ANNA = Origin("anna", "web1", "shift book")
NOTE = Draft(
    Kind.NOTE, "Raid controller beeps", "Silence it with the key, then look at slot 3.", ANNA, templates=("t1",)
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.db") as opened:
        yield opened


def matches(store: Store, word: str) -> int:
    found = store.database.connection.execute("SELECT count(*) FROM found WHERE found MATCH ?", [f'"{word}"'])
    return int(found.fetchone()[0])


def counts(store: Store, word: str) -> int:
    row = store.database.connection.execute("SELECT entries FROM term WHERE term = ?", [word]).fetchone()
    return row[0] if row else 0


def test_an_entry_comes_back_as_it_was_put(store: Store) -> None:
    made = store.entries.put(NOTE, NOW)
    found = store.entries.get(made.id[:4])
    assert found == made
    assert (found.title, found.body, found.origin, found.templates) == (NOTE.title, NOTE.body, ANNA, ("t1",))
    assert (found.lang, found.revision, found.created, found.outcomes) == ("en", 1, NOW, Tally())


def test_the_language_is_found_out(store: Store) -> None:
    assert store.entries.put(Draft(Kind.NOTE, "磁盘已满", "清理 /var/log 下的旧日志"), NOW).lang == "zh"


def test_an_edit_keeps_how_it_read_before(store: Store) -> None:
    made = store.entries.put(NOTE, NOW)
    changed = store.entries.edit(made.id, "ben", LATER, body="Slot 5, not 3.")
    assert (changed.revision, changed.body, changed.title, changed.updated) == (2, "Slot 5, not 3.", NOTE.title, LATER)
    assert [(v.revision, v.body, v.author) for v in store.entries.versions(made.id)] == [
        (1, NOTE.body, "anna"),
        (2, "Slot 5, not 3.", "ben"),
    ]
    assert matches(store, "silenc") == 0 == counts(store, "silenc")
    assert matches(store, "5") == 1 == counts(store, "5")


def test_putting_the_same_again_makes_no_revision(store: Store) -> None:
    first = store.entries.put(Draft(Kind.RUNBOOK, "Restart", "systemctl restart x", id="book-1"), NOW)
    again = store.entries.put(Draft(Kind.RUNBOOK, "Restart", "systemctl restart x", id="book-1"), LATER)
    other = store.entries.put(Draft(Kind.RUNBOOK, "Restart", "systemctl restart y", id="book-1"), LATER)
    assert (first, other.revision, len(store.entries.versions("book-1"))) == (again, 2, 2)


def test_a_retired_entry_is_not_found_but_can_be_shown_and_put_again(store: Store) -> None:
    made = store.entries.put(NOTE, NOW)
    gone = store.entries.retire(made.id, "ben", LATER)
    assert gone.retired == LATER
    assert matches(store, "beep") == 0 == counts(store, "beep")
    assert [entry.id for entry in store.entries.all()] == []
    assert [entry.id for entry in store.entries.all(retired=True)] == [made.id]
    back = store.entries.put(Draft(NOTE.kind, NOTE.title, NOTE.body, id=made.id), LATER)
    assert (back.retired, back.revision, matches(store, "beep")) == (None, 3, 1)


def test_outcomes_count_and_say_by_whom_and_when(store: Store) -> None:
    made = store.entries.put(NOTE, NOW)
    store.entries.judge(made.id, Result.WORKED, ANNA, NOW)
    store.entries.judge(made.id, Result.FAILED, Origin("ben", "web2"), LATER, "made it worse")
    assert store.entries.get(made.id).outcomes == Tally(worked=1, failed=1)
    assert [(o.kind, o.author, o.machine, o.time, o.note) for o in store.entries.outcomes(made.id)] == [
        ("worked", "anna", "web1", NOW, ""),
        ("failed", "ben", "web2", LATER, "made it worse"),
    ]


def test_what_cannot_be_written_down_is_replaced_and_never_called_damage(store: Store) -> None:
    odd = "p\udcffmp"
    made = store.entries.put(Draft(Kind.NOTE, odd, odd, templates=(odd,)), NOW)
    assert (made.title, made.templates) == ("p?mp", ("p?mp",))
    assert store.entries.judge(made.id, Result.WORKED, ANNA, NOW, odd).note == "p?mp"
    for look in (store.entries.get, store.incident):
        with pytest.raises(StoreError, match="begins with"):
            look(odd)


def test_feedback_is_kept_for_anything_that_has_an_id(store: Store) -> None:
    store.entries.comment("incident-1", "wrong", ANNA, NOW, "it was the switch")
    assert [(c.kind, c.note) for c in store.entries.comments("incident-1")] == [("wrong", "it was the switch")]
    with pytest.raises(StoreError, match="useful, wrong or note"):
        store.entries.comment("incident-1", "great", ANNA, NOW)
    made = store.entries.put(NOTE, NOW)
    store.entries.comment(made.id, "useful", ANNA, NOW)
    store.entries.comment(made.id, "note", ANNA, NOW, "only on model B")
    assert store.entries.get(made.id).outcomes == Tally(useful=1)


def test_secrets_do_not_reach_the_file(store: Store) -> None:
    made = store.entries.put(Draft(Kind.NOTE, "Login", "mysql --password=hunter2secret -u root"), NOW)
    store.entries.judge(made.id, Result.WORKED, ANNA, NOW, "password=hunter2secret")
    store.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"hunter2secret" not in store.path.read_bytes()


def test_several_changes_are_kept_together_or_not_at_all(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.writing():
        store.entries.put(NOTE, NOW)
        raise ZeroDivisionError
    assert list(store.entries.all()) == []
    with store.writing():
        for number in range(450):
            store.entries.put(Draft(Kind.NOTE, f"Note {number}", "x"), NOW)
    assert len({entry.id for entry in store.entries.all(Kind.NOTE)}) == 450
    assert list(store.entries.all(Kind.FAULT)) == []


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (Draft(Kind.NOTE, "  ", "text"), "needs a title"),
        (Draft(Kind.NOTE, "big", "x" * 1_000_001), "split it"),
        (Draft(Kind.NOTE, "sure", "x", trust=2.0), "from 0 to 1"),
    ],
)
def test_what_cannot_be_an_entry_is_refused_with_a_sentence(store: Store, draft: Draft, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        store.entries.put(draft, NOW)
    assert list(store.entries.all()) == []


@pytest.mark.parametrize("name", ["", "zz", "%"])
def test_an_id_that_fits_none_or_several_is_a_sentence(store: Store, name: str) -> None:
    store.entries.put(Draft(Kind.NOTE, "a", "x", id="aa1"), NOW)
    store.entries.put(Draft(Kind.NOTE, "b", "x", id="aa2"), NOW)
    for wrong in (name, "aa"):
        with pytest.raises(StoreError, match="kb search"):
            store.entries.get(wrong)
    assert store.entries.get("aa1").title == "a"


def test_text_that_is_no_unicode_is_kept_with_marks(store: Store) -> None:
    made = store.entries.put(Draft(Kind.NOTE, "odd \udcff", "name\udc80"), NOW)
    assert store.entries.get(made.id).title == "odd ?"
