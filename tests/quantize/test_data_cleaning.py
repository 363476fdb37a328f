"""Items that are no good are told apart by why; twins are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quantize.data.cleaning import fault_of, masked
from quantize.data.families import Split
from quantize.data.items import WRITE, Fixed, Item, Pick, Rejected, Text, item_of, named, row_of
from quantize.data.sorting import sort
from quantize.data.twins import SAME, Twins, runs_of

LINES = "Lines:\n[L1] 10:00:01 web1 nginx: upstream refused the connection\n[L2] 10:00:02 web1 booking: cannot reach it\nAnswer:"


def item(text: str = " nginx said so [L1].", lang: str = "en", user: str = LINES, right: str = "1]") -> Item:
    answer = (Pick("root", ("1]", "2]"), (right,)), Fixed("\nSummary:"), Text("summary", text))
    return named(
        Item("", WRITE, "words", "words", "nginx", "x", lang, "system", user, answer, ("x",), False, "staged:1/train/1")
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (item(" the line [...] goes on [L1]."), "the answer is cut"),
        (item(user=LINES.replace("refused the", "refused [...] the")), "the root line is cut"),
        (item(user=LINES.replace("web1 nginx: upstream refused the connection", "0x1f 17")), "the root line says nothing"),
        (item(" ."), "the answer says nothing"),
        (item(user=LINES + "word " * 2000), "too long"),
        (item(" it fell and fell on and on over there; it fell and fell on and on over there [L1]."), "the answer repeats itself"),
        (item(" nginx 坏了 [L1]。"), "the answer is not in English"),
        (item(" nginx is down [L1].", "zh"), "the answer is not in Chinese"),
        (item(), ""),
        (item(' nginx said "坏了" [L1].'), ""),
        (item("nginx 报告“upstream refused” [L1]。", "zh"), ""),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_item_is_named(bad: Item, reason: str) -> None:
    assert fault_of(bad) == reason


def test_a_secret_in_the_answer_is_masked_and_the_item_gets_another_id() -> None:
    told = item(" somebody set password=hunter2secret [L1].")
    clean = masked(told)
    assert "hunter2secret" not in clean.texts[0] and "[masked:" in clean.texts[0]
    assert clean.id != told.id
    assert masked(item()) == item()


def test_an_item_reads_back_from_its_line() -> None:
    assert item_of(row_of(item())) == item()


def test_items_that_differ_in_numbers_only_are_twins_and_others_are_not() -> None:
    twins = Twins()
    assert not twins.has(item())
    assert twins.has(item(user=LINES.replace("10:00", "23:59")))
    assert not twins.has(replace(item(), lang="zh"))
    other = LINES.replace("upstream refused the connection", "no space left on device while writing the log").replace(
        "cannot reach it", "gave up"
    )
    assert not twins.has(item(" the disk is full [L1].", user=other))


def test_the_pairs_that_hashing_finds_are_those_that_counting_finds() -> None:
    words = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau".split()
    twins, kept, missed = Twins(), [], 0
    for n in range(300):
        text = " ".join(words[(n * k + k * k) % len(words)] for k in range(1, 25))
        one = item(user=text)
        runs = runs_of(f"{one.user}\n{one.texts[0]}")
        near = any(len(runs & other) >= SAME * len(runs | other) for other in kept)
        found = twins.has(one)
        missed += near and not found
        assert near or not found
        kept += [] if found else [runs]
    assert missed == 0


def test_a_twin_stays_in_the_split_that_judges() -> None:
    found = sort([(Split.TRAIN, item()), (Split.TEST, item(user=LINES.replace("10:00", "11:30")))])
    assert len(found.items[Split.TEST]) == 1 and found.items[Split.TRAIN] == []
    assert found.rejected == {"a near-duplicate": 1}


def test_rejections_are_counted_and_the_doubtful_are_kept_for_a_person() -> None:
    doubtful = Rejected("who knows", "staged:1/train/2", "nginx", True, item())
    found = sort(
        [(Split.TRAIN, doubtful), (Split.TRAIN, Rejected("no", "staged:1/train/3")), (Split.TRAIN, item(" ."))]
    )
    assert found.rejected == {"who knows": 1, "no": 1, "the answer says nothing": 1}
    assert found.review == [doubtful]
