"""An answer that only lists lines, guesses, or says what no line bears out is not given."""

from __future__ import annotations

import pytest

from edgeops.assistant.doubt import LEAST_CERTAINTY, doubt
from edgeops.records import Unproved

TOLD = "The disk of db1 is full [L3], so the database stopped [L5]."


def test_an_answer_that_stands_gives_no_reason() -> None:
    assert doubt((TOLD,), (), 0.9, "", "en") == ""


@pytest.mark.parametrize(
    ("text", "certainty", "reason"),
    [
        ("", 0.9, "nothing usable"),
        (" ".join(f"[L{n}]" for n in range(1, 12)), 0.9, "only listed lines"),
        (TOLD, LEAST_CERTAINTY / 2, "not sure"),
    ],
)
def test_empty_rambling_and_unsure_answers_are_withdrawn(text: str, certainty: float, reason: str) -> None:
    assert reason in doubt((text,), (), certainty, "", "en")


def test_an_answer_of_which_most_is_borne_out_by_nothing_is_withdrawn() -> None:
    wrong = tuple(Unproved("summary", token, "stands in no line") for token in ("db7", "10.9.9.9", "/srv/none"))
    assert "stands in no line (db7" in doubt(("db7 at 10.9.9.9 lost /srv/none today.",), wrong, 0.9, "", "en")
