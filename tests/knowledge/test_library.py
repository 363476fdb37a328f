"""The library opens whatever there is: nothing, an old store, a damaged one; the pack is in it, edits of people stay."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from edgeops.hooks import embedder, registry
from edgeops.knowledge.entry import Draft, Kind
from edgeops.knowledge.library import open_library
from edgeops.knowledge.store import Store
from edgeops.records import Fault, Rule, Step, Wording

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def fault(name: str, summary: str = "It is full.") -> Fault:
    english, chinese = Wording("Tank full", summary, "Rain.", ""), Wording("水箱已满", "满了。", "下雨。", "")
    rule = Rule(name, "x", "tank full", 0, ())
    return Fault(name, name, "tank", (), (rule,), ("tank: FULL",), english, chinese, ("look",), ())


def doors(*faults: Fault) -> Any:
    steps = (Step("look", "Look into it", "看一看", ("ls", "-l")),)
    hook = SimpleNamespace(edgeops_faults=lambda: [faults], edgeops_steps=lambda: [steps], edgeops_embedders=lambda: [])
    return SimpleNamespace(hook=hook)


def test_the_pack_is_found_in_both_languages_by_its_samples_and_by_its_id(tmp_path: Path) -> None:
    with open_library(tmp_path / "store.db", doors(fault("tank-full")), NOW) as store:
        search = store.search()
        assert [search.find(text, 1)[0].id for text in ("tank FULL", "水箱满了", "Look into it")] == ["tank-full"] * 3
        assert search.find("nothing at all", 1, templates=["tank-full"])[0].exact
        assert "ls -l" in store.entries.get("tank-full").body


def test_a_changed_pack_changes_its_entries_and_retires_what_left(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_library(path, doors(fault("one"), fault("two"), fault("three")), NOW) as store:
        store.entries.edit("three", "anna", NOW, body="we do it otherwise")
    with open_library(path, doors(fault("one", "It overflows."), fault("three", "It overflows.")), NOW) as store:
        assert "overflows" in store.entries.get("one").body
        assert store.entries.get("two").retired == NOW
        assert store.entries.get("three").body == "we do it otherwise"
    with open_library(path, doors(fault("one", "It overflows."), fault("three", "It overflows.")), NOW) as store:
        assert store.entries.get("one").revision == 2


def test_a_pack_of_which_entries_are_lost_is_planted_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_library(path, doors(fault("one"), fault("two")), NOW) as store:
        store.entries.edit("two", "anna", NOW, body="we do it otherwise")
        store.database.connection.execute("DELETE FROM entry WHERE id = 'one'")
        store.database.connection.execute("DELETE FROM version WHERE entry = 'one'")
    with open_library(path, doors(fault("one"), fault("two")), NOW) as store:
        assert "full" in store.entries.get("one").body
        assert store.entries.get("two").body == "we do it otherwise"


def test_where_nothing_can_be_kept_what_is_there_and_the_pack_are_searched_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_library(path, doors(fault("one")), NOW, keep=False) as store:
        assert store.search().find("tank", 1)[0].id == "one"
    assert list(tmp_path.iterdir()) == []
    with Store(path) as store:
        store.entries.put(Draft(Kind.NOTE, "Lift squeaks", "Grease it", id="lift"), NOW)
    before = path.read_bytes()
    with open_library(path, doors(fault("one")), NOW, keep=False) as store:
        assert [store.search().find(text, 1)[0].id for text in ("tank", "squeaking lift")] == ["one", "lift"]
    assert path.read_bytes() == before


def test_a_store_that_cannot_be_read_costs_a_sentence_where_nothing_can_be_kept(tmp_path: Path) -> None:
    path, said = tmp_path / "store.db", list[str]()
    path.write_bytes(b"no store at all" * 99)
    with open_library(path, doors(fault("one")), NOW, said.append, keep=False) as store:
        assert store.search().find("tank", 1)[0].id == "one"
    assert "starter pack is searched alone" in said[0]


def test_a_damaged_store_is_saved_kept_and_gone_on_with(tmp_path: Path) -> None:
    path, said = tmp_path / "store.db", list[str]()
    with Store(path) as store, store.writing():
        for number in range(200):
            store.entries.put(Draft(Kind.NOTE, f"Note {number}", "word " * 60), NOW)
    with path.open("r+b") as file:
        for start in range(40_960, path.stat().st_size, 40_960):
            file.seek(start)
            file.write(b"\xff" * 64)
    with open_library(path, doors(fault("one")), NOW, said.append) as store:
        assert len(list(store.entries.all(Kind.NOTE))) > 50
        store.database.check(whole=True)
    assert "damaged" in said[0]
    assert len(list(tmp_path.glob("store.db.damaged-*"))) >= 1


def test_the_real_pack_is_planted_and_the_real_embedder_stands_at_its_door(tmp_path: Path) -> None:
    with open_library(tmp_path / "store.db", registry(), NOW) as store:
        assert len(list(store.entries.all(Kind.FAULT))) >= 100
        assert store.search().find("no space left on device", 1)[0].id == "disk-full"
    assert (found := embedder(registry())) and found.size == 512
