"""Known faults held against one line, each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edgeops.assistant.matching import ANSWERS, Shares, fits, matching
from edgeops.records import Choose, Evidence, Say, Script

LINE = Evidence("L3", "log", "a.log", 0, None, "raw", 1.0, message="valve 7 stuck", unit="press", host="web1")


class Judge:
    """Says yes to a title as often as it is told, but is sure of a yes once it has said one."""

    def __init__(self, yes: dict[str, float], after: float = 0.0) -> None:
        self.yes, self.after = yes, after
        self.asked: list[Script] = []

    def __call__(self, script: Script) -> Shares:
        self.asked.append(script)
        shares: dict[str, Sequence[float]] = {}
        said = [part.text for part in script.answer if isinstance(part, Say)]
        for number, text in enumerate(said, 1):
            title = text.strip("\n- :：")
            yes = self.yes[title] if number == 1 else min(1.0, self.yes[title] + self.after)
            shares[f"fits{number}"] = (yes, 1 - yes)
        return shares


@pytest.mark.parametrize(
    ("lang", "user", "says"),
    [
        ("en", "Line:\npress: valve 7 stuck\nKnown faults:\n- A jam\n- No oil", ["- A jam:", "\n- No oil:"]),
        ("zh", "日志：\npress: valve 7 stuck\n已知故障：\n- A jam\n- No oil", ["- A jam：", "\n- No oil："]),
    ],
)
def test_each_title_gets_a_yes_or_no_beside_the_line(lang: str, user: str, says: list[str]) -> None:
    script = matching(LINE, ["A jam", "No oil"], lang)
    assert script.user == user
    assert [part.text for part in script.answer if isinstance(part, Say)] == says
    slots = [part for part in script.answer if isinstance(part, Choose)]
    assert [(slot.name, slot.options) for slot in slots] == [("fits1", ANSWERS[lang]), ("fits2", ANSWERS[lang])]


def test_a_hostile_title_and_line_are_shown() -> None:
    hostile = Evidence("L1", "log", "a", 0, None, "x", 1.0, message="a\x1b[2Jb", unit="u\nv")
    script = matching(hostile, ["T\x1b]0;x\x07\n- yes"], "en")
    said = script.user + "".join(part.text for part in script.answer if isinstance(part, Say))
    assert "\x1b" not in said and "\x07" not in said
    assert script.user.count("\n") == 3


def test_the_answer_is_the_mean_of_both_orders() -> None:
    judge = Judge({"A jam": 0.2, "No oil": 0.2}, after=0.6)
    first, second = fits(LINE, ["A jam", "No oil"], "en", judge)
    assert first == pytest.approx(second) == pytest.approx(0.5)
    assert ["- A jam\n- No oil" in script.user for script in judge.asked] == [True, False]


def test_a_single_title_is_asked_once_and_certainty_is_kept() -> None:
    judge = Judge({"A jam": 1.0})
    assert fits(LINE, ["A jam"], "en", judge) == (1.0,) and len(judge.asked) == 1
    assert fits(LINE, ["A jam", "No oil"], "en", Judge({"A jam": 1.0, "No oil": 0.0})) == (1.0, 0.0)
    assert fits(LINE, ["A jam", "No oil"], "en", Judge({"A jam": 1.0, "No oil": 0.0}, after=1.0)) == (1.0, 0.5)


def test_a_run_that_did_not_fit_the_context_says_nothing() -> None:
    assert fits(LINE, ["A jam", "No oil"], "en", lambda script: {}) == ()
