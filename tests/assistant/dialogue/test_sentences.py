"""Every sentence is borne out by something that exists, or is marked."""

from __future__ import annotations

from edgeops.assistant.dialogue.sentences import bears_on, grounded, split, telling
from edgeops.records import Evidence

LINES = (
    Evidence(
        "L1", "log", "a.log", 3, None, "web1 nginx: upstream 10.0.0.7 refused", 1.0, message="upstream 10.0.0.7 refused"
    ),
    Evidence("K1", "knowledge", "x", 0, None, "Disk full", 1.0, message="Old logs fill the disk most often."),
)


def test_refs_behind_a_full_stop_belong_to_the_sentence_before() -> None:
    assert split("It is full. [K1] Then it stopped [L1].") == ["It is full [K1].", "Then it stopped [L1]."]


def test_names_with_points_do_not_end_a_sentence() -> None:
    assert split("web1.example.net is down. See /etc/x.conf now.") == [
        "web1.example.net is down.",
        "See /etc/x.conf now.",
    ]


def test_chinese_sentences_end_without_a_space() -> None:
    assert split("磁盘已满 [K1]。请清理。") == ["磁盘已满 [K1]。", "请清理。"]


def test_a_sentence_keeps_the_refs_that_exist_and_loses_the_others() -> None:
    (one,), doubts = grounded(["The upstream refused [L1] [L9]."], LINES)
    assert (one.text, one.refs) == ("The upstream refused [L1].", ("L1",))
    assert [u.token for u in doubts] == ["L9"]


def test_a_sentence_without_a_ref_gets_the_passage_that_says_the_same() -> None:
    (one,), _ = grounded(["Old logs fill the disk."], LINES)
    assert (one.text, one.refs) == ("Old logs fill the disk [K1].", ("K1",))


def test_what_nothing_says_is_general_knowledge() -> None:
    (one,), _ = grounded(["Coffee helps engineers at night."], LINES)
    assert one.refs == ()


def test_a_name_that_stands_nowhere_is_doubted() -> None:
    _, doubts = grounded(["The upstream 10.0.0.99 refused [L1]."], LINES)
    assert [u.token for u in doubts] == ["10.0.0.99"]


def test_the_sentences_that_share_most_with_the_question_are_told_in_their_order() -> None:
    texts = [("K1", "Fans fail. The disk is full of old logs. A full disk stops writes. Birds sing.")]
    told = telling("why is the disk full", texts, 2)
    assert [s.text for s in told] == ["The disk is full of old logs [K1].", "A full disk stops writes [K1]."]


def test_one_chance_word_does_not_make_a_passage_bear_on_a_question() -> None:
    assert not bears_on("who won the football match yesterday", "The key does not match the certificate.", "en")
    assert bears_on("is the disk full", "The disk is full: old logs.", "en")
    assert bears_on("网站502错误怎么办", "上游拒绝连接，nginx 返回 502", "zh")
    assert not bears_on("今天天气怎么样", "磁盘已满", "zh")
