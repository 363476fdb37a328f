from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgeops.records import Line, Severity
from edgeops.text import counted, hostile, show, show_lines, to_json, width, wrap

ANY = st.text(st.characters(blacklist_categories=[]), max_size=80)
NASTY = st.lists(
    st.sampled_from(
        [
            "\x1b]52;c;aGk=\x07",
            "\x1b[2J",
            "\x9b31m",
            "\x7f",
            "\r",
            "\u202e",
            "\u200b",
            "\U000e0041",
            "\ud800",
            "a",
            "中",
        ]
    )
).map("".join)


@given(ANY | NASTY)
def test_nothing_shown_can_command_a_terminal(text: str) -> None:
    shown = show(text)
    assert not any(hostile(ord(char)) for char in shown)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    shown.encode("utf-8")


@given(ANY | NASTY)
def test_ascii_mode_shows_only_printable_ascii(text: str) -> None:
    shown = show(text, ascii_only=True)
    assert all(" " <= char <= "~" for char in shown)


@given(ANY | NASTY)
def test_showing_twice_changes_nothing(text: str) -> None:
    assert show(show(text)) == show(text)


@given(ANY)
def test_lines_keep_line_feeds_and_nothing_else(text: str) -> None:
    shown = show_lines(text)
    assert not any(hostile(ord(char)) for char in shown if char != "\n")
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text [/b] [link=x]", "plain text [/b] [link=x]"),
        ("\x1b[31mred", "␛[31mred"),
        ("\x9b2J", "\\x9b2J"),
        ("a\x7fb\x00", "a␡b␀"),
        ("a\tb", "a    b"),
        ("over\rwrite\n", "over␍write␊"),
        ("\u202egpj.exe", "⟦U+202E⟧gpj.exe"),
        ("a\u200bb\ufeff", "a⟦U+200B⟧b⟦U+FEFF⟧"),
        ("tag \U000e0041", "tag ⟦U+E0041⟧"),
        ("vs\ufe0f", "vs⟦U+FE0F⟧"),
        ("bad \udcff byte", "bad ⟦U+DCFF⟧ byte"),
        ("one\u2028two", "one⟦U+2028⟧two"),
        ("内存不足，进程被杀", "内存不足，进程被杀"),
        ("naïve café", "naïve café"),
    ],
)
def test_hostile_characters_become_visible(raw: str, shown: str) -> None:
    assert show(raw) == shown


def test_a_terminal_without_unicode_gets_escapes() -> None:
    assert show("\x1b[0m 内存 \U0001f600\u202e", ascii_only=True) == r"\x1b[0m \u5185\u5b58 \U0001f600\u202e"


def test_carriage_return_before_a_line_feed_is_just_a_line_end() -> None:
    assert show_lines("one\r\ntwo\rthree\n") == "one\ntwo␍three\n"


def test_a_tower_of_marks_is_written_out() -> None:
    shown = show("e" + "\u0301" * 50)
    assert shown.startswith("e\u0301\u0301\u0301\u0301⟦U+0301⟧")
    assert shown.count("\u0301") == 4


def test_width_counts_columns() -> None:
    assert width("abc") == 3
    assert width("内存 ok") == 7
    assert width("e\u0301") == 1
    assert width("naïve") == 5


@given(st.text(st.sampled_from("abc 中文，。xyz-"), max_size=200), st.integers(2, 60))
@example("aa。aaaaa中", 8)
def test_wrapping_keeps_every_character_and_the_width(text: str, columns: int) -> None:
    lines = wrap(text, columns, indent="  ")
    assert "".join("".join(lines).split()) == "".join(text.split())
    # Closing punctuation may hang over by one wide character rather than start a line.
    assert all(width(line) <= columns + 2 * sum(c in "，。" for c in line) for line in lines)


def test_wrapping_breaks_at_spaces_and_indents_what_follows() -> None:
    assert wrap("the kernel killed java", 12, indent="  ") == ["the kernel", "  killed", "  java"]
    assert wrap("进程被内核杀死。", 10) == ["进程被内核", "杀死。"]
    assert wrap("", 10) == [""]


def test_a_word_longer_than_a_line_is_broken_not_cut() -> None:
    assert wrap("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


@dataclass(frozen=True)
class Note:
    text: str
    severity: Severity = Severity.ERROR


@given(ANY | NASTY)
def test_json_loses_nothing_and_is_one_safe_line(text: str) -> None:
    written = to_json(Note(text))
    assert not any(hostile(ord(char)) for char in written)
    assert json.loads(written)["text"] == text


def test_json_keeps_chinese_readable_and_bytes_as_base64() -> None:
    assert to_json(Note("内存\u202e")) == '{"text":"内存\\u202e","severity":40}'
    assert '"raw":"/w=="' in to_json(Line("a.log", 0, 1, b"\xff"))
    assert to_json({"tag": "\U000e0041"}) == '{"tag":"\\udb40\\udc41"}'


@pytest.mark.parametrize(
    ("count", "noun", "told"),
    [(1, "line", "1 line"), (0, "line", "0 lines"), (2, "entry", "2 entries"), ("1,350", "line", "1,350 lines")],
)
def test_things_are_counted_in_good_english(count: int | str, noun: str, told: str) -> None:
    assert counted(count, noun) == told
