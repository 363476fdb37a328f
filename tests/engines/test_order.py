"""What scripts and replies must look like."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edgeops.engines.order import check, checked, cleaned
from edgeops.errors import EngineLost, UsageError
from edgeops.records import Choose, Chosen, Finished, Piece, Progress, Reply, Say, Script, Timings, Write, Written

SCRIPT = Script("s", "u", (Say("x"), Choose("c", ("a", "b")), Write("w", max_tokens=2)))
END = Finished("m", Timings())
GOOD: list[Reply] = [
    Progress(0, 5),
    Progress(5, 5),
    Chosen("c", "a", (0.9, 0.1)),
    Piece("w", "hi"),
    Written("w", "hi", "eos"),
    END,
]


def test_a_good_answer_passes_unchanged() -> None:
    assert list(checked(SCRIPT, GOOD)) == GOOD


def test_what_comes_after_the_end_is_not_read() -> None:
    assert list(checked(SCRIPT, [*GOOD, Piece("w", "more")])) == GOOD


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        (1, Progress(0, 5)),
        (1, Progress(6, 5)),
        (2, Chosen("c", "z", (0.5, 0.5))),
        (2, Chosen("d", "a", (0.5, 0.5))),
        (2, Chosen("c", "a", (1.0,))),
        (2, Chosen("c", "a", (0.5, 0.6))),
        (2, Chosen("c", "a", (2.0, -1.0))),
        (2, Chosen("c", "a", (float("nan"), 0.5))),
        (2, Written("w", "hi", "eos")),
        (3, Piece("c", "hi")),
        (3, Piece("w", "")),
        (3, Piece("w", "x" * 200)),
        (4, Written("w", "hi", "boredom")),
        (4, Written("w", "x" * 200, "eos")),
        (4, Chosen("c", "a", (0.9, 0.1))),
        (4, END),
    ],
)
def test_a_reply_that_was_not_asked_for_is_refused(at: int, wrong: Reply) -> None:
    replies = [*GOOD[:at], wrong, *GOOD[at + 1 :]]
    with pytest.raises(EngineLost, match=type(wrong).__name__):
        list(checked(SCRIPT, replies))


@pytest.mark.parametrize("size", range(6))
def test_an_answer_that_breaks_off_is_said(size: int) -> None:
    with pytest.raises(EngineLost, match="broke off"):
        list(checked(SCRIPT, GOOD[:size]))


@pytest.mark.parametrize(
    "answer",
    [
        (Choose("c", ()),),
        (Choose("c", ("a", "a")),),
        (Write("w", max_tokens=0),),
        (Write("w"), Choose("w", ("a", "b"))),
    ],
)
def test_senseless_scripts_are_refused(answer: tuple[Say | Choose | Write, ...]) -> None:
    with pytest.raises(UsageError):
        check(replace(SCRIPT, answer=answer))


def test_half_a_surrogate_pair_is_replaced_in_texts_and_refused_in_options() -> None:
    script = Script("s\udcff", "u\udcff", (Say("a\udcff"), Choose("c", ("x", "y"))))
    assert cleaned(script) == Script("s?", "u?", (Say("a?"), Choose("c", ("x", "y"))))
    with pytest.raises(UsageError, match="no valid text"):
        check(Script("s", "u", (Choose("c", ("x", "\udcff")),)))


def test_a_script_without_slots_is_fine() -> None:
    plain = replace(SCRIPT, answer=(Say("x"),))
    check(plain)
    assert list(checked(plain, [END])) == [END]
