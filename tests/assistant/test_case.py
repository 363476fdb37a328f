"""What code believes before the model is asked, of roots that state no fault."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from edgeops.assistant.case import case_of
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.evidence import select
from edgeops.assistant.likeness import NONE, offered
from edgeops.knowledge.embedders import Sentences
from edgeops.knowledge.starter import read_folder
from tests.assistant.cases import BOOK, DISK, STEPS, WEB, incident, signal

VALVE, FULL = "valve 7 stuck", "/srv/x: No space left on device"


def test_a_fault_that_only_a_later_line_states_is_less_likely_than_one_that_nothing_states_but_the_words() -> None:
    found = replace(incident(signal(0, VALVE), signal(1, FULL)), root=0)
    case = case_of(found, select(found, 4_000), BOOK, "en", 1_400)
    assert case.roots[0] == "L1" and not case.settled
    assert case.matched == ("disk-full",) and case.faults[0] == "disk-full"
    assert len(case.fault_priors) == len(case.roots)
    assert all(len(row) == len(case.faults) + 1 and row[-1] == NONE and row[0] < NONE / 2 for row in case.fault_priors)
    assert case.fault_of(found, "L2") == "disk-full" and not case.fault_of(found, "L1")


def test_where_nothing_is_known_there_is_nothing_to_choose_from() -> None:
    found = incident(signal(0, VALVE), signal(1, "pump stopped with status 3"))
    case = case_of(found, select(found, 4_000), Casebook((), STEPS), "en", 1_400)
    assert (case.faults, set(case.fault_priors)) == ((), {(NONE,)})
    assert "[K0]" in case.user("en") and "[K?]" in case.user("en") and "[K1]" not in case.user("en")


def test_a_settled_case_asks_nothing_of_the_search() -> None:
    found = incident(signal(0, FULL), signal(1, VALVE))
    case = case_of(found, select(found, 4_000), Casebook([DISK, WEB], STEPS), "en", 1_400)
    assert case.settled and case.faults == ("disk-full",)


def test_where_a_fault_stands_says_nothing_of_how_likely_it_is() -> None:
    """Each of four faults is first about as often, and keeps its own odds; the same lines always get the same order."""
    pack = read_folder()
    book = Casebook(pack.faults, pack.steps)
    firsts, likeliest = Counter[str](), 0
    for number in range(60):
        found = incident(signal(0, f"nginx upstream connection refused timed out reset, request {number:08x}"))
        case, again = (case_of(found, select(found, 4_000), book, "en", 1_400) for _ in range(2))
        assert case == again and len(case.faults) == 4
        messages = [evidence.message for evidence in case.evidence]
        odds = offered(messages, book, ())
        assert case.fault_priors == tuple(
            (*(odds[fault][place] for fault in case.faults), NONE) for place in range(len(case.roots))
        )
        firsts[case.faults[0]] += 1
        likeliest += case.faults[0] == next(iter(odds))
    assert len(firsts) >= 4 and 5 <= likeliest <= 30


def test_each_root_has_the_odds_of_its_own_line() -> None:
    """Of two lines that may be the root each makes the fault likely that it speaks of itself."""
    pack = read_folder()
    book = Casebook(pack.faults, pack.steps, Sentences())
    lock, room = "the backup repository is locked by another host", "no room left on the volume of the database"
    found = replace(incident(signal(0, lock), signal(1, room)), root=1)
    case = case_of(found, select(found, 4_000), book, "en", 1_400)
    assert not case.settled and {case.line(ref).message for ref in case.roots} == {lock, room}
    by_message = {case.line(ref).message: row for ref, row in zip(case.roots, case.fault_priors, strict=True)}
    own = case.faults.index("backup-repository-locked")
    assert by_message[lock][own] > 5 * by_message[room][own]


def test_the_titles_stand_in_the_order_of_the_faults() -> None:
    pack = read_folder()
    book = Casebook(pack.faults, pack.steps)
    found = incident(signal(0, "nginx upstream connection refused timed out reset"))
    case = case_of(found, select(found, 4_000), book, "en", 1_400)
    assert case.titles == tuple(book.faults[fault].title for fault in case.faults)
