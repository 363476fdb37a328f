"""Search finds by words, by meaning and across languages; exact hits come first; what worked comes before what failed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeops.errors import KnowledgeError
from edgeops.knowledge.embedders import Sentences
from edgeops.knowledge.entry import PROMISE, Draft, Kind, Origin, Result, Tally
from edgeops.knowledge.query import build
from edgeops.knowledge.retrieval import Search
from edgeops.knowledge.store import Store
from edgeops.knowledge.vectors import BATCH

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
ENGLISH = {
    "nginx": (
        "Upstream refuses",
        "connect() failed (111: ECONNREFUSED) while connecting to upstream, nginx answers 502",
    ),
    "kubelet": ("Node not ready", "kubelet.service stopped posting status; restart it and look at its certificate"),
    "windows": ("Access denied by the update", "Error 0x80070005 in WindowsUpdate.log: run it as an administrator"),
    "clock": ("Time runs away", "chronyc sources shows no reachable server, so the clock drifts"),
    "raid": ("Controller beeps", "A drive of the RAID array failed; replace it while the system runs"),
}
CHINESE = {
    "disk": ("磁盘空间不足", "清理 /var/log 下的旧日志，释放空间，然后重启服务"),
    "login": ("无法登录", "密码过期导致登录失败，请联系管理员重置密码"),
    "archive": ("归档文件", "用 tar 把目录打包并压缩"),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.db") as opened, opened.writing():
        for name, (title, body) in (ENGLISH | CHINESE).items():
            opened.entries.put(Draft(Kind.NOTE, title, body, id=name), NOW)
    with Store(tmp_path / "store.db") as opened:
        yield opened


class Letters:
    """An embedder for tests: how often each letter occurs."""

    name = "letters"
    size = 512

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Any:
        self.texts += texts
        rows = np.array(
            [[text.lower().count(chr(97 + n % 26)) - 0.5 for n in range(512)] for text in texts], np.float32
        )
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def ids(found: Sequence[Any]) -> list[str]:
    return [one.id for one in found]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("ECONNREFUSED", "nginx"),
        ("0x80070005", "windows"),
        ("kubelet.service", "kubelet"),
        ("kubelet", "kubelet"),
        ("drifting clocks", "clock"),
        ("磁盘满了", "disk"),
        ("nginx 返回 502", "nginx"),
        ("登录不了，密码过期", "login"),
        ("reset the password", "login"),
        ("compress a directory", "archive"),
        ("替换 raid 硬盘", "raid"),
        ("kubelt stopped", "kubelet"),
        ("ngnix", "nginx"),
        ("certifcate", "kubelet"),
    ],
)
def test_words_find_identifiers_slips_and_the_other_language(store: Store, query: str, first: str) -> None:
    assert ids(store.search().find(query, 1)) == [first]


def test_without_an_embedder_the_search_says_it_is_by_words_only(store: Store) -> None:
    search = store.search()
    assert "words only" in search.notes[0]
    assert search.fill() == 0
    assert search.find("qqqqqq zzzzzz") == []


@pytest.mark.parametrize(
    "query", ["", "   ", '"', "* OR NOT (", "a AND", "title:x", "\0\x01", "的", "-", "'; DROP TABLE entry"]
)
def test_no_query_is_a_syntax_error(store: Store, query: str) -> None:
    assert isinstance(store.search(Letters()).find(query), list)
    assert len(list(store.entries.all())) == len(ENGLISH | CHINESE)


def test_a_template_of_the_question_comes_before_everything_else(store: Store) -> None:
    store.entries.put(
        Draft(Kind.INCIDENT, "Something else", "unlike the question", templates=("t42",), id="exact"), NOW
    )
    found = store.search().find("nginx upstream ECONNREFUSED", 3, templates=["t42", "t43"])
    assert ids(found)[:2] == ["exact", "nginx"]
    assert [one.exact for one in found[:2]] == [True, False]


def test_what_worked_comes_before_what_failed_and_trust_counts(store: Store) -> None:
    for name, trust in (("same-1", 1.0), ("same-2", 1.0), ("same-3", 0.2)):
        store.entries.put(Draft(Kind.NOTE, "Pump is loud", "Oil the pump", id=name, trust=trust), NOW)
    by = Origin("anna", "web1")
    assert ids(store.search().find("loud pump", 3)) == ["same-1", "same-2", "same-3"]
    for _ in range(3):
        store.entries.judge("same-2", Result.WORKED, by, NOW)
        store.entries.judge("same-1", Result.FAILED, by, NOW)
    found = store.search().find("loud pump", 3)
    assert ids(found)[0] == "same-2"
    assert {one.id: (one.outcomes.worked, one.outcomes.failed) for one in found} == {
        "same-1": (0, 3),
        "same-2": (3, 0),
        "same-3": (0, 0),
    }


def test_feedback_moves_an_answer(store: Store) -> None:
    for name in ("one", "two"):
        store.entries.put(Draft(Kind.NOTE, "Pump is loud", "Oil the pump", id=name), NOW)
    store.entries.comment("one", "wrong", Origin("anna"), NOW)
    store.entries.comment("two", "useful", Origin("anna"), NOW)
    assert ids(store.search().find("loud pump", 2)) == ["two", "one"]


@pytest.mark.parametrize("counts", [(0, 0, 0, 0, 0), (3, 0, 1, 0, 2), (0, 2, 0, 5, 1), (1, 1, 0, 0, 7)])
def test_the_search_weighs_experience_as_the_known_tier_does(store: Store, counts: tuple[int, ...]) -> None:
    tally = Tally(*counts)
    names = ", ".join(f"{count} AS {name}" for name, count in zip(asdict(tally), counts, strict=True))
    ((found,),) = store.database.connection.execute(f"SELECT {PROMISE} FROM (SELECT {names})")
    assert found == pytest.approx(tally.promise)


def test_of_equals_the_newer_comes_first_when_time_counts(store: Store) -> None:
    store.entries.put(Draft(Kind.NOTE, "Pump is loud", "Oil the pump", id="old"), NOW - timedelta(days=900))
    store.entries.put(Draft(Kind.NOTE, "Pump is loud", "Oil the pump", id="new"), NOW)
    assert ids(store.search().find("loud pump", 2, NOW)) == ["new", "old"]
    assert ids(store.search().find("loud pump", 2)) == ["old", "new"]


def test_a_retired_entry_is_not_found_by_any_way(store: Store) -> None:
    search = store.search(Letters())
    search.fill()
    store.entries.retire("nginx", "anna", NOW)
    assert "nginx" not in ids(search.find("nginx upstream ECONNREFUSED 502", 10))


def test_meaning_finds_what_shares_no_word(store: Store) -> None:
    search = store.search(Sentences())
    search.fill()
    assert "clock" in ids(search.find("wrong hour", 2))
    assert "raid" in ids(search.find("broken hardware", 2))


def test_vectors_are_made_once_the_newest_first_and_again_for_another_embedder(store: Store) -> None:
    letters = Letters()
    search = store.search(letters)
    assert search.fill() == 0
    made = len(letters.texts)
    assert made == len(ENGLISH | CHINESE)
    assert letters.texts[0].startswith("归档文件")
    search.fill()
    assert len(letters.texts) == made
    other = Letters()
    other.name = "other letters"
    store.search(other).fill()
    assert len(other.texts) == made


def test_filling_in_parts_says_how_many_are_missing(store: Store) -> None:
    with store.writing():
        for number in range(3 * BATCH):
            store.entries.put(Draft(Kind.NOTE, f"Note {number}", "x"), NOW)
    search = store.search(Letters())
    left = [search.fill(BATCH) for _ in range(4)]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0


def test_an_edit_of_another_process_is_found_by_its_new_vector(store: Store) -> None:
    search = store.search(Letters())
    search.fill()
    assert search.near("zzzz")
    with Store(store.path) as other:
        other.entries.edit("nginx", "ben", NOW, title="zzzz", body="zzzz zzzz")
        other.search(Letters()).fill()
    number = search.near("zzzz")[0][0]
    (name,) = store.database.connection.execute(
        "SELECT entry.id FROM entry JOIN passage ON passage.entry = entry.number WHERE passage.number = ?", [number]
    ).fetchone()
    assert name == "nginx"


def test_an_embedder_that_fails_costs_a_sentence_only(store: Store) -> None:
    class Broken(Letters):
        def embed(self, texts: Sequence[str]) -> Any:
            raise KnowledgeError("The weights are gone.")

    search = Search(store.database, Broken())
    assert search.fill() == 0
    assert ids(search.find("ECONNREFUSED", 1)) == ["nginx"]
    assert "words only" in search.notes[-1]


def test_the_snippet_speaks_the_language_of_the_question_and_does_not_repeat_the_title(store: Store) -> None:
    body = "# Tank full\nThe tank takes no more water.\n\n# 水箱已满\n水箱无法再进水。"
    store.entries.put(Draft(Kind.FAULT, "Tank full · 水箱已满", body, id="tank", lang="en"), NOW)
    found = [store.search().find(text, 1)[0].snippet for text in ("tank full", "水箱已满")]
    assert found == ["The tank takes no more water.", "水箱无法再进水。"]


def test_the_snippet_is_the_passage_that_answers(store: Store) -> None:
    body = "\n\n".join(f"# Part {n}\n{'filler ' * 60}" for n in range(5)) + "\n\n# Last\nturn the red valve"
    store.entries.put(Draft(Kind.RUNBOOK, "Cooling", body, id="long"), NOW)
    (found,) = store.search().find("red valve", 1)
    assert found.snippet.startswith("# Last turn the red valve")


def test_words_that_most_entries_have_are_left_out_of_the_expression(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.writing():
        for number in range(40):
            store.entries.put(Draft(Kind.NOTE, f"service number{number}", "service"), NOW)
    monkeypatch.setattr("edgeops.knowledge.query.OWN_ROWS", 10)
    query = build(store.database.connection, "service number7")
    assert '"number7"' in query.own
    assert '"servic"' not in query.own
    assert '"servic"' in build(store.database.connection, "service").own


def test_hits_of_one_search_are_all_different(store: Store) -> None:
    search = store.search(Letters())
    search.fill()
    found = ids(search.find("nginx kubelet clock raid 磁盘 登录", 8))
    assert all(a != b for a, b in itertools.combinations(found, 2))
    assert len(found) == 8


def test_a_word_that_is_being_typed_goes_on_as_the_one_that_most_entries_have(store: Store) -> None:
    search = store.search()
    assert search.completed("why does ngi") == "why does nginx"
    assert search.completed("KUBELE") == "kubelet"
    for whole in ("nginx", "clock dr ", "zzz", "x", "", "磁盘", "a.b.ku", "0x80"):
        assert search.completed(whole) == whole
