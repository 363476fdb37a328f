"""What people taught a store becomes items, or a question to a person."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.experience import Experience, experiences, passages
from edgeops.assistant.explain import Counsel, explain
from edgeops.assistant.settling import resolve
from edgeops.knowledge.entry import Draft, Kind, Origin, Result
from edgeops.knowledge.store import Store
from edgeops.records import Explanation, Role, Rule
from quantize.data.collecting import from_incident, from_passages
from quantize.data.items import ASK, CHOOSE, MATCH, WRITE, Fixed, Item, Pick, Rejected
from tests.assistant.cases import BOOK, DISK, STEPS, WEB, incident, signal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = Origin("ann", "web1")


def explained(store: Store, message: str = "valve 7 of the press is stuck", lang: str = "en") -> Explanation:
    case = incident(signal(0, message), signal(1, "pump of the press stopped with status 3"))
    answer = explain(case, Counsel(BOOK, lang))
    store.keep(case, answer, NOON)
    return answer


def made(experience: Experience) -> list[Item | Rejected]:
    return list(from_incident(experience, BOOK, random.Random(1)))


def taught(
    path: Path, result: Result = Result.WORKED, cause: str = "Rust in the valve.", feedback: str = ""
) -> Experience:
    with Store(path) as store:
        answer = explained(store)
        resolve(store, answer.incident, "oiled the valve", result, ANN, NOON, cause=cause)
        if feedback:
            store.entries.comment(answer.incident, feedback, ANN, NOON)
    (experience,) = experiences(path)
    return experience


def test_a_fix_that_worked_gives_items_with_the_words_of_the_one_who_found_the_cause(tmp_path: Path) -> None:
    experience = taught(tmp_path / "s.db")
    assert (experience.cause, experience.did, experience.worked) == ("Rust in the valve.", "oiled the valve", 1)
    choosing, matching, writing = made(experience)
    assert isinstance(choosing, Item) and isinstance(matching, Item) and isinstance(writing, Item)
    assert (choosing.task, matching.task, writing.task) == (CHOOSE, MATCH, WRITE)
    assert "httpd: valve 7 of the press is stuck" in matching.user
    assert all(part.right == (" no",) for part in matching.answer if isinstance(part, Pick))
    root, fault = (part for part in choosing.answer if isinstance(part, Pick))
    assert root.right == ("1]",) and fault.right == ("0]",)
    assert "[L1] 10:00:00 web1 httpd: valve 7 of the press is stuck" in choosing.user
    opening = writing.answer[0]
    assert isinstance(opening, Fixed)
    assert opening.say.endswith('Summary: httpd on web1 reported "valve 7 of the press is stuck" [L1], so')
    assert writing.texts == (
        ' httpd reported "pump of the press stopped with status 3" [L2].',
        " Rust in the valve [L1].",
    )
    assert choosing.family.startswith("site/") and choosing.provenance.startswith("incident:")


def test_a_known_fault_is_labelled_by_its_entry(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        answer = explained(store, "/srv/x: No space left on device")
        resolve(store, answer.incident, "removed old dumps", Result.WORKED, ANN, NOON)
    choosing, _, writing = made(next(experiences(tmp_path / "s.db")))
    assert isinstance(choosing, Item) and isinstance(writing, Item)
    assert (choosing.family, choosing.fault, choosing.faults[0]) == ("disk", "disk-full", "disk-full")
    fault = [part for part in choosing.answer if isinstance(part, Pick)][1]
    assert fault.right == ("1]",)
    opening = writing.answer[0]
    assert isinstance(opening, Fixed) and opening.say.endswith(f"Summary: {DISK.title} [L1], so")
    assert writing.texts == (' httpd logged "pump of the press stopped with status 3" [L2].',)


def test_the_place_of_the_right_fault_among_the_known_ones_tells_nothing(tmp_path: Path) -> None:
    """What a site teaches must not teach to take the first."""
    like_it = replace(
        DISK, id="disk-filling", rules=(Rule("disk-filling", Role.CAUSE, "No space left on device soon"),)
    )
    others = [replace(WEB, id=f"web-{n}", rules=(), samples=(f"gear{n} of wheel{n} jams",)) for n in range(40)]
    book = Casebook([DISK, WEB, like_it, *others], STEPS)
    places = []
    for number in range(12):
        with Store(tmp_path / f"{number}.db") as store:
            answer = explained(store, f"/srv/x{number}: No space left on device")
            resolve(store, answer.incident, "removed old dumps", Result.WORKED, ANN, NOON)
        (experience,) = experiences(tmp_path / f"{number}.db")
        choosing = next(one for one in from_incident(experience, book, random.Random(1)) if isinstance(one, Item))
        places.append(choosing.faults.index("disk-full"))
        assert set(choosing.faults) == {"disk-full", "disk-filling"}
    assert set(places) == {0, 1}


def test_what_is_doubtful_goes_to_a_person(tmp_path: Path) -> None:
    for name, result, feedback, why in (
        ("failed", Result.FAILED, "wrong", "people say that the answer was wrong"),
        ("unknown", Result.UNKNOWN, "", "nobody said that it worked"),
        ("wrong", Result.WORKED, "wrong", "people say that the answer was wrong"),
    ):
        (rejected,) = made(taught(tmp_path / f"{name}.db", result, feedback=feedback))
        assert isinstance(rejected, Rejected) and rejected.doubtful
        assert rejected.reason == why and rejected.item is not None


def test_a_secret_in_a_persons_words_is_masked(tmp_path: Path) -> None:
    items = made(taught(tmp_path / "s.db", cause="Somebody set password=hunter2secret in the file."))
    assert not any("hunter2secret" in text for item in items if isinstance(item, Item) for text in item.texts)


def test_an_incident_that_nobody_resolved_is_not_collected(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        explained(store)
    assert list(experiences(tmp_path / "s.db")) == []


def test_passages_of_runbooks_become_questions(tmp_path: Path) -> None:
    body = "Drain the node before you stop it. Wait until the ring is quiet again.\n\n    nodetool drain --force $NODE"
    with Store(tmp_path / "s.db") as store:
        store.entries.put(Draft(Kind.RUNBOOK, "Ring › Stop a node", body, ANN, id="aa"), NOON)
        store.entries.put(Draft(Kind.RUNBOOK, "Ring › Start", "Start it.", ANN, id="bb"), NOON)
        store.entries.put(
            Draft(Kind.RUNBOOK, "Line › Oil", "Oil the chain each Monday with two drops of oil only.", ANN, id="cc"),
            NOON,
        )
    found = list(from_passages(list(passages(tmp_path / "s.db")), lambda name: random.Random(name)))
    items = {one.provenance: one for one in found if isinstance(one, Item)}
    assert [one.reason for one in found if isinstance(one, Rejected)] == ["the passage says too little"]
    stop = items["runbook:aa"]
    assert stop.task == ASK and "Stop a node" in stop.user and "nodetool" not in stop.texts[0]
    ref = f"K{stop.faults.index('aa') + 1}"
    assert stop.texts[0] == f" Drain the node before you stop it [{ref}]. Wait until the ring is quiet again [{ref}]."
