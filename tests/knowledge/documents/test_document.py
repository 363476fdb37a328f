"""Passages stay small enough to be shown, and nothing of their text is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgeops.knowledge.documents.document import Passage, bounded, language


def test_a_short_passage_stays_whole() -> None:
    passage = Passage(("a",), "one\n\ntwo", ("ls",))
    assert list(bounded([passage])) == [passage]


def test_an_empty_section_is_no_passage() -> None:
    assert list(bounded([Passage(("a",), " \n ")])) == []


def test_a_long_passage_is_parted_between_paragraphs() -> None:
    text = "\n\n".join(f"paragraph {n} " + "word " * 30 for n in range(20))
    parts = [p.text for p in bounded([Passage(("a",), text)], most=500)]
    assert len(parts) > 5
    assert all(part.startswith("paragraph") for part in parts)


def test_a_command_stays_with_the_part_that_shows_it() -> None:
    text = "first\n\n" + "word " * 80 + "\n\nthen run `df -h` to see"
    parts = list(bounded([Passage(("a",), text, ("df -h", "uptime"))], most=420))
    assert [part.steps for part in parts] == [("uptime",), ("df -h",)]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=3000), st.integers(20, 400))
def test_no_word_is_lost_and_no_part_is_too_long(text: str, most: int) -> None:
    parts = [p.text for p in bounded([Passage(("a",), text)], most)]
    assert all(len(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_the_language_is_that_of_the_letters() -> None:
    assert language("检查磁盘空间 df -h") == "zh"
    assert language("check the disk 磁盘 with df and then restart the service") == "en"
    assert language("") == "en"
