"""The words of right answers."""

from __future__ import annotations

import random

import pytest

from edgeops.assistant.telling import quoted
from edgeops.records import Evidence
from quantize.data import wordings


def line(message: str, unit: str = "nginx", host: str = "web1") -> Evidence:
    return Evidence("L3", "log", "x.log", 3, None, f"header {message}", 0.5, message=message, unit=unit, host=host)


@pytest.mark.parametrize(
    ("message", "piece"),
    [
        ("upstream refused the connection", "upstream refused the connection"),
        ("(error) OOM command not allowed", "OOM command not allowed"),
        ('level=error component=client msg="final error sending batch" status=429', "final error sending batch"),
        ('database "shop" must be vacuumed', 'database "shop" must be vacuumed'),
        ("disk full; next sentence is another", "disk full"),
        ("积压消息 300 条，下游未响应", "积压消息 300 条，下游未响应"),
        ("x" * 90, "x" * 64),
        (
            "rejected execution of TimedRunnable{original=org.elasticsearch.action.bulk.TransportBulkAction}",
            "rejected execution",
        ),
        ("bell \x07 rings", ""),
        ("no", ""),
    ],
)
def test_a_telling_piece_is_quoted_word_for_word(message: str, piece: str) -> None:
    assert quoted(message) == piece
    assert piece in message


def test_a_clause_names_program_and_host_once() -> None:
    dice = random.Random(1)
    assert wordings.clause(line("it broke down"), "", "en", dice).endswith('"it broke down" [L3]')
    assert "nginx on web1 " in wordings.clause(line("it broke down"), "", "en", dice)
    assert "web1" not in wordings.clause(line("it broke down"), "web1", "en", dice)
    assert wordings.clause(line("it broke down"), "", "zh", dice).startswith("web1 上的 nginx ")
    assert wordings.clause(line("审批流: 提交失败", "", ""), "", "zh", dice).startswith("审批流")
    assert wordings.clause(line('he said "go" twice'), "", "en", dice).endswith("'he said \"go\" twice' [L3]")


@pytest.mark.parametrize(
    ("title", "clause"),
    [
        ("A network link went down", "a network link went down"),
        ("The disk is full", "the disk is full"),
        ("Redis reached its limit", "Redis reached its limit"),
        ("PostgreSQL has no slot left", "PostgreSQL has no slot left"),
        ("TCP used up its memory", "TCP used up its memory"),
    ],
)
def test_a_title_begins_a_clause_in_small_letters_unless_it_is_a_name(title: str, clause: str) -> None:
    assert wordings.lowered(title) == clause


def test_what_followed_is_told_or_that_nothing_did() -> None:
    assert wordings.joined(["a [L2]", "b [L3]", "c [L4]"], "en") == "a [L2], b [L3] and c [L4]"
    assert wordings.joined(["甲 [L2]", "乙 [L3]"], "zh") == "甲 [L2]，乙 [L3]"
    assert "no other line" in wordings.joined([], "en")
    assert wordings.joined([], "en", over=True) == "it was disturbed for a while"


def test_a_text_ends_with_one_stop_and_begins_as_the_model_writes() -> None:
    assert wordings.ended("it broke.", "en") == " it broke."
    assert wordings.ended("坏了", "zh") == "坏了。"
    assert wordings.ended("nginx 坏了。", "zh") == " nginx 坏了。"


def test_the_first_sentence_is_whole_or_none() -> None:
    text = "Keys pile up, e.g. here; a consumer stopped. Then more."
    assert wordings.first_sentence(text, 100) == "Keys pile up, e.g. here; a consumer stopped"
    assert wordings.first_sentence("One thing; another thing that is longer", 20) == "One thing"
    assert wordings.first_sentence("no end in sight at all", 10) == ""
    assert wordings.first_sentence("short", 10) == "short"


def test_tokens_are_rather_overestimated() -> None:
    assert wordings.tokens_about("") == 0
    assert wordings.tokens_about("12345") == 5
    assert wordings.tokens_about("磁盘已满") == 4
    assert wordings.tokens_about("connection refused") >= 4
