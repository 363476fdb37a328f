"""Incidents out of the dataset's items, put to the model as the runtime puts them."""

from __future__ import annotations

from datetime import timedelta

from edgeops.records import Say
from quantize.data.drafting import drafts
from quantize.data.families import Split
from quantize.data.items import CHOOSE, WRITE, Fixed, Item
from quantize.data.scenes import scene
from quantize.evaluate.posed import NONE, incidents
from tests.quantize.judged import LINES, choose_item, posed, write_item
from tests.quantize.worlds import world


def test_staged_incidents_are_asked_in_the_very_words_of_the_runtime() -> None:
    staged = world(Split.TEST)
    made = [one for number in range(24) for one in drafts(scene(staged, number), staged)]
    items = [one for one in made if isinstance(one, Item)]
    choosing = {f"{item.provenance}/{item.lang}": item for item in items if item.task == CHOOSE}
    writing = {f"{item.provenance}/{item.lang}": item for item in items if item.task == WRITE}
    found = incidents(items)
    assert {one.id for one in found} == choosing.keys() | writing.keys()
    assert {one.id for one in found if one.settled} == writing.keys() - choosing.keys()
    assert any(one.settled for one in found) and any(not one.settled for one in found)
    for one in found:
        if one.settled:
            first = writing[one.id].answer[0]
            assert isinstance(first, Fixed) and one.writing("L1", 1).answer[0].text == first.say  # type: ignore[union-attr]
            assert len(one.writing("L1", 1).answer) == 2
            continue
        item = choosing[one.id]
        assert (one.choosing().system, one.choosing().user) == (item.system, item.user)
        assert one.root_prior and len(one.root_prior) == len(one.roots)
        text = writing.get(one.id)
        if text and one.right_roots:
            asked, began = one.writing(one.right_roots[0], one.right_fault), text.answer[0]
            assert isinstance(began, Fixed) and (asked.user, asked.answer[0]) == (text.user, Say(began.say))


def test_the_items_of_an_incident_become_one() -> None:
    one = posed()
    assert (one.id, one.roots, one.right_roots, one.right_fault) == (
        "staged:1/test/1/en",
        ("L1", "L2", "L4"),
        ("L1",),
        1,
    )
    assert (one.lines, one.root_prior, one.settled) == (LINES, (0.3, 0.6, 0.1), None)
    assert [one.class_of(number) for number in (0, 1, 2)] == [NONE, "disk-full", "disk-quota-exceeded"]


def test_of_the_other_faults_only_those_whose_lines_are_there_stay_when_it_is_written() -> None:
    one = posed(choose_item(seen=(1,)))
    assert "[K2]" in one.choosing().user
    assert "[K2]" not in one.writing("L1", 1).user and "[K1]" in one.writing("L1", 1).user
    other = one.writing("L2", 2)
    assert "[K2]" in other.user and "[K1]" in other.user, "of K1 a line is there"
    assert other.answer[0].text == "Root: [L2]\nFault: [K2]\nSummary: The disk is full [L2], so"  # type: ignore[union-attr]
    assert "[K1]" not in posed().writing("L2", 2).user
    assert len(one.writing("L1", 0).answer) == 2


def test_of_what_code_settles_there_is_nothing_to_choose() -> None:
    one = posed(write_item(settled=True))
    assert one.settled and not one.roots
    assert incidents([write_item()]) == []
    assert posed(choose_item(), write_item(settled=True)).settled is None


def test_an_item_without_priors_gives_even_ones() -> None:
    item = choose_item()
    bare = tuple(
        part if isinstance(part, Fixed) else type(part)(part.choose, part.options, part.right) for part in item.answer
    )  # type: ignore[union-attr, call-arg]
    assert posed(choose_item(answer=bare)).root_prior == (1 / 3,) * 3


def test_lines_give_their_times_over_midnight_too() -> None:
    late = ("[L1] 23:59:58 a kernel: x", "[L2] no clock here", "[L3] 00:00:02 a kernel: y")
    item = choose_item()
    one = posed(choose_item(user=item.user.replace("\n".join(LINES), "\n".join(late))))
    first, second, third, *titles = one.evidence()
    assert first.time and third.time and third.time - first.time == timedelta(seconds=4)
    assert second.time is None and [e.ref for e in titles] == ["K1", "K2"]
