"""What code believes before the model is asked: a fault whose words account for little of a message is unlikely."""

from __future__ import annotations

import pytest

from edgeops.assistant.case import LEAST_LIKENESS, NONE_ALONE, _likely
from edgeops.assistant.casebook import Casebook
from edgeops.knowledge.starter import read_folder


@pytest.fixture(scope="module")
def book() -> Casebook:
    # From the files of the pack: a test has no cache.
    pack = read_folder()
    return Casebook(pack.faults, pack.steps)


def believed(message: str, book: Casebook) -> float:
    """What is believed of the fault that is most like the message."""
    best = book.search(message, 1, "en")[0]
    return _likely(best.id, [message], book)


def test_a_message_in_a_faults_own_words_makes_it_likelier_than_none(book: Casebook) -> None:
    message = "the file system has no space left for the write-ahead log of PostgreSQL"
    assert book.search(message, 1, "en")[0].id == "postgres-no-space"
    assert believed(message, book) > NONE_ALONE


def test_a_few_common_words_in_a_message_of_unknown_ones_do_not(book: Casebook) -> None:
    message = "dilithium matrix unstable, plugin coupling lost"
    assert book.search(message, 1, "en")[0].score >= LEAST_LIKENESS
    assert believed(message, book) < NONE_ALONE / 4


def test_the_share_of_a_message_counts_rare_words_most(book: Casebook) -> None:
    fault = "postgres-no-space"
    assert book.share("", fault) == 0.0 and book.share("postgres", fault) == 1.0
    assert book.share("postgres flummoxed", fault) < book.share("postgres error", fault) <= 1.0
