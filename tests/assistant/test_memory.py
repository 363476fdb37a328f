"""Answers take up what the store remembers: lessons by template, opinions by fault, passages with where they come from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops.assistant.memory import experience, written
from edgeops.errors import StoreError
from edgeops.knowledge.entry import Draft, Kind, Origin, Result
from edgeops.knowledge.store import Store
from tests.assistant.cases import incident, signal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Origin("ann", "web1")
FULL = "/srv/x: No space left on device"


def test_lessons_come_by_the_root_s_template_and_opinions_by_the_suspected_fault(tmp_path: Path) -> None:
    case = incident(signal(0, FULL))
    template = case.signals[case.root].template
    with Store(tmp_path / "store.db") as store:
        store.entries.put(
            Draft(Kind.INCIDENT, "Spool full", "emptied it", ANN, templates=(template,), id="spool"), NOON
        )
        store.entries.comment("disk-full", "wrong", ANN, NOON)
    past, fared = experience(tmp_path / "store.db", [case])
    assert [entry.id for entry in past[template]] == ["spool"]
    assert {fault: tally.wrong for fault, tally in fared.items()} == {"disk-full": 1}


def test_a_store_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("no store, but long enough to be taken for one " * 90)
    with pytest.raises(StoreError, match="no store of edgeops"):
        experience(tmp_path / "store.db", [incident(signal(0, FULL))])


def test_passages_say_where_they_come_from_and_the_pack_is_left_out(tmp_path: Path) -> None:
    lesson = "## Cause\nrust\n\n## What was done\noiled the valve\n\n## Lines\n    valve stuck"
    with Store(tmp_path / "store.db") as store:
        for kind, name, body, source in (
            (Kind.FAULT, "f", "valve", "starter pack"),
            (Kind.RUNBOOK, "r", "the valve turns left", "books/valve.md"),
            (Kind.NOTE, "n", "# Long\n" + "other things\n" * 90 + "# Valve\nthe valve is red", ""),
            (Kind.INCIDENT, "i", lesson, "ab12cd34"),
        ):
            store.entries.put(Draft(kind, f"Valve {name}", body, Origin("ann", "web1", source), id=name), NOON)
        store.entries.judge("i", Result.WORKED, ANN, NOON)
        found = {one.id: one for one in written(store.search(), store, "valve", 5, "en", NOON, False)}
    assert {name: one.source for name, one in found.items()} == {
        "r": "books/valve.md",
        "n": "ann@web1",
        "i": "incident ab12cd34, ann@web1",
    }
    assert found["n"].text == "the valve is red"
    assert found["i"].text == "rust\n\noiled the valve\n\nFixed before: 1 of 1 times by what i says."
