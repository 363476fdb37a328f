"""The index finds exactly what a plain search finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgeops.detect.literals import LiteralIndex

letters = st.text("ab c", min_size=0, max_size=40)


@given(st.lists(st.text("ab c", min_size=1, max_size=9), max_size=12), letters)
def test_the_index_finds_what_a_plain_search_finds(literals: list[str], text: str) -> None:
    assert LiteralIndex(literals).present(text) == [i for i, literal in enumerate(literals) if literal in text]
