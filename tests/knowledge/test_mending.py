"""What an entry said is known twice, and an id that is a hash says which text is the true one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edgeops.knowledge import history
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.mending import mend
from edgeops.knowledge.store import Store

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.db") as opened:
        opened.entries.put(Draft(Kind.NOTE, "Lift squeaks", "Grease it.", id="lift"), NOW)
        opened.entries.edit("lift", "anna", NOW + timedelta(hours=1), body="Grease the rails.")
        opened.entries.put(Draft(Kind.NOTE, "Boiler cold", "Bleed it.", id="boiler", trust=0.5), NOW)
        opened.entries.put(Draft(Kind.RUNBOOK, "Gone", "Gone.", id="gone"), NOW)
        opened.entries.retire("gone", "anna", NOW)
        yield opened


def said(store: Store) -> dict[str, tuple[object, ...]]:
    return {e.id: (e.title, e.body, e.trust, e.retired, e.revision) for e in store.entries.all(retired=True)}


def change(store: Store, statement: str) -> int:
    with store.writing() as connection:
        connection.execute(statement)
        return mend(connection)


def test_a_whole_store_needs_no_mending(store: Store) -> None:
    before = said(store)
    with store.writing() as connection:
        assert mend(connection) == 0
    assert said(store) == before


def test_an_entry_whose_text_was_changed_says_again_what_its_version_says(store: Store) -> None:
    before = said(store)
    assert change(store, "UPDATE entry SET body = 'Greasy rails.' WHERE id = 'lift'") == 1
    assert said(store) == before
    assert store.entries.get("gone").kind is Kind.RUNBOOK


def test_an_entry_that_was_lost_comes_back_from_its_versions(store: Store) -> None:
    before = said(store)
    assert change(store, "DELETE FROM entry") == 3
    assert said(store) == before


def test_a_version_whose_text_was_changed_is_mended_from_the_entry(store: Store) -> None:
    before = said(store), history.of(store.database.connection, "lift")
    assert change(store, "UPDATE version SET body = 'x' WHERE entry = 'lift' AND revision = 2") == 0
    assert (said(store), history.of(store.database.connection, "lift")) == before


def test_an_entry_and_its_version_both_changed_stay_as_they_are(store: Store) -> None:
    with store.writing() as connection:
        connection.execute("UPDATE version SET body = 'x' WHERE entry = 'boiler'")
        connection.execute("UPDATE entry SET body = 'y' WHERE id = 'boiler'")
        assert mend(connection) == 0
    assert store.entries.get("boiler").body == "y"


def test_an_entry_without_any_version_stays(store: Store) -> None:
    assert change(store, "DELETE FROM version WHERE entry = 'lift'") == 0
    assert store.entries.get("lift").body == "Grease the rails."
