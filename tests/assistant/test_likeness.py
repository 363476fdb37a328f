"""Which known faults may be behind messages that no rule fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.likeness import LEAST_ODDS, MOST_FAULTS, odds, offered
from edgeops.errors import KnowledgeError
from edgeops.knowledge.embedders import Sentences
from edgeops.knowledge.starter import read_folder


class Broken:
    """An embedder whose weights cannot be read."""

    name, size = "broken", 512

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> Any:
        self.asked += 1
        raise KnowledgeError("The weights are damaged.")


def book_with(embedder: Any) -> Casebook:
    # From the files of the pack: a test has no cache.
    pack = read_folder()
    return Casebook(pack.faults, pack.steps, embedder)


@pytest.fixture(scope="module")
def book() -> Casebook:
    return book_with(Sentences())


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("could not extend the write-ahead log: the volume of the database has no room left", "postgres-no-space"),
        ("die Gegenstelle prüft das Zertifikat: ausgestellt von einer unbekannten CA", "tls-untrusted-issuer"),
        ("仓库已被另一个进程锁定，备份无法开始", "backup-repository-locked"),
    ],
)
def test_a_message_in_words_of_its_own_is_offered_the_fault_that_it_means(
    message: str, fault: str, book: Casebook
) -> None:
    found = offered([message], book, ())
    assert fault in found and len(found) <= MOST_FAULTS
    assert found[fault][0] > 5 * odds(["dilithium matrix unstable, plugin coupling lost"], book, fault)[0]


def test_what_is_like_nothing_is_offered_nothing_likely(book: Casebook) -> None:
    found = offered(["dilithium matrix unstable, plugin coupling lost"], book, ())
    assert all(LEAST_ODDS <= own < 0.5 for (own,) in found.values())


def test_a_fault_of_other_lines_stays_on_offer_but_is_less_likely(book: Casebook) -> None:
    message = "the file system has no space left for the write-ahead log of PostgreSQL"
    found = offered([message], book, ["nginx-no-live-upstreams", "postgres-no-space"])
    assert list(found)[:2] == ["nginx-no-live-upstreams", "postgres-no-space"]
    assert found["postgres-no-space"] < odds([message], book, "postgres-no-space")


def test_the_likeliest_root_counts_most_for_what_is_offered(book: Casebook) -> None:
    lock, space = "the backup repository is locked by another host", "No space left on device"
    assert book.alike([lock, space]) != book.alike([space, lock])


def test_a_line_far_down_is_weighed_but_nothing_is_looked_for_by_it(book: Casebook) -> None:
    others, lock = ["valve 7 stuck", "pump 2 stuck", "pump 3 stuck"], "the backup repository is locked by another host"
    assert book.alike([*others, lock]) == book.alike(others)
    *least, most = odds([*others, lock], book, "backup-repository-locked")
    assert most > 5 * max(least)


def test_without_meaning_words_alone_find_faults() -> None:
    for embedder in (None, Broken()):
        book = book_with(embedder)
        message = "the file system has no space left for the write-ahead log of PostgreSQL"
        found = offered([message], book, ())
        assert next(iter(found)) == "postgres-no-space" and len(set(found.values())) == 1
        assert book.likeness([message], "postgres-no-space") is None
        if embedder:
            assert embedder.asked == 1, "an embedder that failed is not asked again"


def test_a_fault_of_a_plugin_is_found_by_meaning_too() -> None:
    pack = read_folder()
    book = Casebook(pack.faults[:3], pack.steps, Sentences())
    assert [len(book.likeness(["x", "y"], fault) or ()) for fault in book.faults] == [2, 2, 2]


def test_messages_are_read_once_for_all_faults() -> None:
    class Counting(Sentences):
        asked = 0

        def embed(self, texts: Sequence[str]) -> Any:
            self.asked += 1
            return super().embed(texts)

    embedder = Counting()
    offered(["valve 7 stuck", "pump stopped"], book_with(embedder), ["disk-quota-exceeded"])
    assert embedder.asked == 1
