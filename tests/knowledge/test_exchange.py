"""Knowledge between machines: merging is a union, whatever the order; what was tampered with is refused whole."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeops.errors import StoreError
from edgeops.identity import Identity, identity
from edgeops.knowledge import judged
from edgeops.knowledge.bundle import unpack
from edgeops.knowledge.entry import Draft, Kind, Origin, Result, Tally
from edgeops.knowledge.exchange import accept, conflicts, export, known_machine, merge
from edgeops.knowledge.past import fared
from edgeops.knowledge.store import Store
from edgeops.records import Explanation, Tier

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return identity(tmp_path_factory.mktemp("key"))


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    opened: dict[str, Store] = {}

    def of(name: str) -> Store:
        return opened.setdefault(name, Store(tmp_path / f"{name}.db"))

    yield of
    for store in opened.values():
        store.database.close()


def note(title: str, body: str = "body", name: str = "", machine: str = "web1") -> Draft:
    return Draft(Kind.NOTE, title, body, Origin("ann", machine, "typed"), id=name)


def carried(store: Store, key: Identity, since: datetime | None = None) -> bytes:
    return export(store.database, "web1", key.public, key.sign, NOON, since)[0]


def take(store: Store, content: bytes) -> Any:
    return merge(store.database, unpack(content, "x.edgeops"))


def contents(store: Store) -> dict[str, list[Any]]:
    """All that a person could notice, without the numbers of rows."""
    tables = {
        "entry": "SELECT id, kind, title, body, lang, machine, source, author, trust, templates, created, updated, revision, retired",
        "version": "SELECT *",
        "outcome": "SELECT *",
        "feedback": "SELECT *",
        "(SELECT * FROM fact WHERE name LIKE 'answer:%')": "SELECT *",
        "term": "SELECT *",
        "entry_template": "SELECT template, (SELECT id FROM entry WHERE number = entry_template.entry)",
    }
    connection = store.database.connection
    return {
        name: sorted(connection.execute(f"{what} FROM {name}").fetchall(), key=repr) for name, what in tables.items()
    }


def test_what_one_machine_knows_the_other_knows_after_a_merge(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    made = one.entries.put(note("Disk full on web1", "rm old logs"), NOON)
    one.entries.judge(made.id, Result.WORKED, Origin("bob", "web1"), NOON, "fine")
    one.entries.comment(made.id, "useful", Origin("bob", "web1"), NOON)
    done = take(other, carried(one, key))
    assert (done.new, done.changed, done.outcomes, done.conflicts) == (1, 0, 2, ())
    assert contents(one) == contents(other)
    assert other.entries.get(made.id).outcomes.worked == 1
    assert other.entries.get(made.id).origin.machine == "web1"


def test_a_merge_twice_is_a_merge_once(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("a"), NOON)
    content = carried(one, key)
    take(other, content)
    before = contents(other)
    assert take(other, content).new == 0
    assert contents(other) == before


def test_two_different_edits_are_both_kept_listed_and_settled_by_the_next_edit(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    name = one.entries.put(note("Fan", "old"), NOON).id
    take(other, carried(one, key))
    one.entries.edit(name, "ann", NOON + timedelta(hours=1), body="left fan")
    other.entries.edit(name, "bob", NOON + timedelta(hours=2), body="right fan")
    assert take(one, carried(other, key)).conflicts == (name,)
    take(other, carried(one, key))
    assert contents(one) == contents(other)
    assert one.entries.get(name).body == "right fan"
    assert [e.body for e in conflicts(one.database)[name]] == ["left fan", "right fan"]
    assert [v.body for v in one.entries.versions(name)] == ["old", "left fan", "right fan"]
    one.entries.edit(name, "ann", NOON + timedelta(hours=3), body="both fans")
    assert conflicts(one.database) == {}
    take(other, carried(one, key))
    assert conflicts(other.database) == {}
    assert other.entries.get(name).body == "both fans"


def test_a_retired_entry_is_retired_elsewhere_too(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    name = one.entries.put(note("Fan"), NOON).id
    take(other, carried(one, key))
    one.entries.retire(name, "ann", NOON + timedelta(hours=1))
    take(other, carried(one, key))
    assert other.entries.get(name).retired is not None
    assert contents(one) == contents(other)


def test_what_comes_with_the_program_stays_at_home_and_gives_way(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    planted = Draft(Kind.FAULT, "Disk full", "pack", Origin("edgeops", source="starter pack"), id="disk-full")
    for turn, store in enumerate((one, other)):
        store.entries.put(planted, NOON + timedelta(days=turn))
    take(other, carried(one, key))
    assert len(other.entries.versions("disk-full")) == 1
    one.entries.judge("disk-full", Result.WORKED, Origin("ann", "web1"), NOON)
    assert take(other, carried(one, key)).outcomes == 1
    one.entries.edit("disk-full", "ann", NOON + timedelta(hours=1), body="ours")
    assert take(other, carried(one, key)).conflicts == ()
    assert other.entries.get("disk-full").body == "ours"


def test_since_leaves_out_what_did_not_change(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("old"), NOON)
    one.entries.put(note("new"), NOON + timedelta(days=2))
    take(other, carried(one, key, NOON + timedelta(days=1)))
    assert [entry.title for entry in other.entries.all()] == ["new"]


def test_secrets_do_not_travel(stores: Any, key: Identity) -> None:
    one = stores("one")
    one.entries.put(note("Login", "password=hunter2secret and token ghp_" + "a1B2" * 9), NOON)
    with zipfile.ZipFile(io.BytesIO(carried(one, key))) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"hunter2secret" not in everything
    assert b"ghp_a1B2" not in everything


@pytest.mark.parametrize("at", range(7))
def test_a_changed_byte_is_found_and_nothing_is_merged(stores: Any, key: Identity, at: int) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("Fan", "x" * 500), NOON)
    content = bytearray(carried(one, key))
    content[len(content) * (at + 1) // 8] ^= 0x55
    try:
        take(other, bytes(content))
    except StoreError as error:
        assert "Nothing was merged" in str(error) or "nothing was merged" in str(error)
        assert list(other.entries.all()) == []
    else:  # the byte was one of ZIP's own that means nothing (a time, a version)
        assert contents(one) == contents(other)


def _rewritten(content: bytes, change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in (more or {}).items():
            new.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda name, data: data.replace(b"Fan", b"Fun"), "does not match its hash"),
        (lambda name, data: data.replace(b'"web1"', b'"web2"') if name == "manifest.json" else data, "signature"),
        (lambda name, data: b"\0" * 64 if name == "manifest.sig" else data, "signature"),
        (lambda name, data: data[:-9] if name == "versions.jsonl" else data, "hash"),
    ],
)
def test_tampering_is_named(stores: Any, key: Identity, change: Any, words: str) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("Fan"), NOON)
    with pytest.raises(StoreError, match=words):
        take(other, _rewritten(carried(one, key), change))
    assert list(other.entries.all()) == []


def test_a_file_that_nobody_signed_is_refused(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("Fan"), NOON)
    with pytest.raises(StoreError, match="does not name"):
        take(other, _rewritten(carried(one, key), lambda name, data: data, {"more.jsonl": b"{}"}))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nonsense" * 99])
def test_what_is_no_bundle_is_a_sentence(stores: Any, content: bytes) -> None:
    with pytest.raises(StoreError, match="damaged or is none"):
        take(stores("one"), content)


def test_a_truncated_bundle_is_a_sentence(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("Fan"), NOON)
    content = carried(one, key)
    for size in range(0, len(content), 97):
        with pytest.raises(StoreError):
            take(other, content[:size])


def test_feedback_travels_with_the_answer_that_it_is_about(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    answer = Explanation("i1", Tier.REASONED, "en", summary="it was the fan", cause="password=hunter2secret")
    judged.keep(one, one.entries.comment("i1", "wrong", Origin("ann", "web1"), NOON, "no, the disk"), answer)
    one.entries.comment("disk-full", "useful", Origin("ann", "web1"), NOON)
    take(other, carried(one, key))
    found = list(judged.judgements(other))
    assert {one.remark.kind for one in found} == {"wrong", "useful"}
    assert [one.answer.summary for one in found if one.answer] == ["it was the fan"]
    assert "hunter2secret" not in str(found)
    assert fared(other.database, ["disk-full", "web-down"]) == {"disk-full": Tally(useful=1)}


class Lengths:
    """An embedder that counts what it is asked."""

    def __init__(self, name: str) -> None:
        self.name, self.size, self.asked = name, 64, 0

    def embed(self, texts: Sequence[str]) -> Any:
        self.asked += len(texts)
        return np.array([[len(text) % (n + 2) - 0.5 for n in range(64)] for text in texts], dtype=np.float32)


def vectors(store: Store) -> list[Any]:
    rows = store.database.connection.execute(
        "SELECT entry.id, signs, numbers FROM passage JOIN entry ON entry.number = passage.entry "
        "JOIN sketch ON sketch.passage = passage.number JOIN vector ON vector.passage = passage.number"
    )
    return sorted(rows.fetchall())


def test_vectors_travel_when_they_are_asked_for(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    for number in range(3):
        one.entries.put(note(f"Fan {number}", "rattles " * number), NOON)
    one.search(Lengths("len")).fill()
    content = export(one.database, "web1", key.public, key.sign, NOON, vectors=True)[0]
    take(other, carried(one, key))
    assert vectors(other) == []
    take(other, content)
    take(other, content)
    again = Lengths("len")
    assert (other.search(again).fill(), again.asked) == (0, 0)
    assert vectors(other) == vectors(one) != []
    assert other.search(Lengths("len")).near("Fan 1. rattles")


def test_vectors_of_another_embedder_and_broken_ones_are_left_out(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("Fan", "rattles"), NOON)
    one.search(Lengths("theirs")).fill()
    content = export(one.database, "web1", key.public, key.sign, NOON, vectors=True)[0]
    other.search(Lengths("ours")).fill()
    take(other, content)
    assert vectors(other) == []
    one.database.connection.execute("UPDATE sketch SET signs = x'00'")
    third = stores("third")
    take(third, export(one.database, "web1", key.public, key.sign, NOON, vectors=True)[0])
    assert (vectors(third), len(list(third.entries.all()))) == ([], 1)


def test_a_vector_of_another_length_does_not_spoil_the_search(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("Fan", "rattles"), NOON)
    one.search(Lengths("len")).fill()
    one.database.connection.execute("UPDATE sketch SET signs = x'00'")
    one.database.connection.execute("UPDATE vector SET numbers = x'0001020304050607'")
    take(other, export(one.database, "web1", key.public, key.sign, NOON, vectors=True)[0])
    other.entries.put(note("Lift", "squeaks"), NOON)
    search = other.search(Lengths("len"))
    search.fill()
    assert len(vectors(other)) == 2
    assert [found.title for found in search.find("fan lift", 2)] != []


def test_feedback_of_an_unknown_kind_is_refused(stores: Any, key: Identity) -> None:
    one, other = stores("one"), stores("other")
    one.entries.put(note("Fan"), NOON)
    one.database.connection.execute(
        "INSERT INTO feedback VALUES ('1', 'x', 'great', 'a', 'm', ?, '')", [NOON.isoformat()]
    )
    with pytest.raises(StoreError, match="'great'"):
        take(other, carried(one, key))
    assert list(other.entries.all()) == []


def test_the_same_knowledge_makes_the_same_bundle(stores: Any, key: Identity) -> None:
    one = stores("one")
    one.entries.put(note("Fan"), NOON)
    assert carried(one, key) == carried(one, key)


def test_an_accepted_key_is_remembered(stores: Any, key: Identity) -> None:
    one = stores("one")
    assert known_machine(one, key.fingerprint) == ""
    accept(one, key.fingerprint, "ship-7")
    assert known_machine(one, key.fingerprint) == "ship-7"


# ---------------------------------------------------------------- the algebra

_NAMES = ("n1", "n2", "n3")
_ACTION = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["put", "edit", "retire", "judge", "comment"]),
    st.sampled_from(_NAMES),
    st.integers(0, 5),
)


def _act(store: Store, kind: str, name: str, number: int, at: int, machine: int) -> None:
    now = NOON + timedelta(minutes=at)
    known = {entry.id for entry in store.entries.all(retired=True)}
    if kind == "put":
        store.entries.put(note(f"title {name}", f"body {number}", name, f"m{machine}"), now)
    elif name in known and kind == "edit":
        store.entries.edit(name, f"author{machine}", now, body=f"edited {number}")
    elif name in known and kind == "retire":
        store.entries.retire(name, f"author{machine}", now)
    elif name in known and kind == "comment":
        remark = store.entries.comment(name, "wrong", Origin("a", f"m{machine}"), now, f"note {number}")
        judged.keep(store, remark, Explanation(name, Tier.KNOWN, "en", summary=f"answer {number}"))
    elif name in known:
        store.entries.judge(name, Result.WORKED, Origin("a", f"m{machine}"), now)


@settings(max_examples=25, deadline=None)
@given(st.lists(_ACTION, max_size=12), st.lists(_ACTION, max_size=6))
def test_merging_is_commutative_idempotent_and_associative(
    key: Identity, first: list[tuple[int, str, str, int]], then: list[tuple[int, str, str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        machines = [Store(Path(folder) / f"{n}.db") for n in range(3)]
        for at, (machine, kind, name, number) in enumerate(first):
            _act(machines[machine], kind, name, number, at, machine)
        take(machines[0], carried(machines[1], key))
        for at, (machine, kind, name, number) in enumerate(then, 50):
            _act(machines[machine], kind, name, number, at, machine)
        bundles = [carried(machine, key) for machine in machines]
        results = []
        for place, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 2, 0, 1, 1))):
            fresh = Store(Path(folder) / f"fresh{place}.db")
            for number in order:
                take(fresh, bundles[number])
            results.append(contents(fresh))
            before = contents(fresh)
            take(fresh, bundles[0])
            assert contents(fresh) == before
            fresh.database.close()
        assert results[0] == results[1] == results[2]
        take(machines[0], bundles[2])
        take(machines[2], bundles[0])
        assert contents(machines[0]) == contents(machines[2])
        for machine in machines:
            machine.database.close()
