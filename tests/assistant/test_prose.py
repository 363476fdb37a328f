"""A small model's text is kept up to where it repeats itself, and a cut is marked."""

from __future__ import annotations

from edgeops.assistant.prose import MARK, tidy


def test_a_whole_text_stays_as_it_is() -> None:
    text = " java was killed [L1], so nginx answered 502 [L3]."
    assert tidy(text, "stop") == text.strip()


def test_a_text_that_runs_in_circles_ends_before_the_second_round() -> None:
    text = (
        "nothing answers [L5] and the cluster has lost its leader [L8] and the cluster has lost its leader [L9] and the"
    )
    assert tidy(text, "length") == "nothing answers [L5] and the cluster has lost its leader [L8]"


def test_chinese_is_watched_too() -> None:
    text = "内核终止了进程 [L1],上游服务拒绝连接 [L2],上游服务拒绝连接 [L3],上游服务拒绝连接"
    assert tidy(text, "length") == "内核终止了进程 [L1],上游服务拒绝连接 [L2]"


def test_a_text_that_was_cut_off_ends_with_a_whole_clause_and_a_mark() -> None:
    assert tidy("the disk is full [L1], so postgres stopped [L2], and the appl", "length") == (
        "the disk is full [L1], so postgres stopped [L2]" + MARK
    )


def test_the_marks_of_the_form_are_no_evidence() -> None:
    assert (
        tidy(" the pump stopped [L2] [K0]. It is over[K?] [K10].", "stop") == "the pump stopped [L2]. It is over [K10]."
    )


def test_nothing_stays_nothing() -> None:
    assert tidy("  ", "eos") == ""
