"""Text is found by its words: Chinese in pairs, identifiers whole and in parts, English without endings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.knowledge.words import COMMON, stem, words


def test_chinese_is_found_by_characters_and_pairs() -> None:
    assert list(words("磁盘已满")) == ["磁", "盘", "已", "满", "磁盘", "盘已", "已满"]


def test_mixed_text_parts_at_the_border_of_the_scripts() -> None:
    assert list(words("nginx服务502错误")) == ["nginx", "服", "务", "服务", "502", "错", "误", "错误"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kubelet.service", {"kubelet.service", "kubelet"}),
        ("0x80070005", {"0x80070005"}),
        ("ECONNREFUSED", {"econnrefus"}),
        ("KubePodNotReady", {"kubepodnotready", "kube", "pod", "not", "ready"}),
        ("/var/log/nginx/error.log", {"var/log/nginx/error.log", "nginx", "error"}),
        ("nf_conntrack: table full", {"nf_conntrack", "conntrack", "tabl", "full"}),
        ("10.0.0.1:5432", {"10.0.0.1:5432", "5432"}),
        ("ＥＲＲＯＲ", {"error"}),
    ],
)
def test_an_identifier_is_found_whole_and_by_its_parts(text: str, found: set[str]) -> None:
    assert found <= set(words(text))


def test_single_numbers_of_a_time_are_no_words() -> None:
    assert list(words("15:28:40")) == ["15:28:40"]


@pytest.mark.parametrize(
    "forms",
    [
        ("mount", "mounts", "mounted", "mounting"),
        ("stop", "stops", "stopped", "stopping"),
        ("archive", "archives", "archived", "archiving"),
        ("configure", "configuration", "configurations", "configured"),
        ("replica", "replicas"),
        ("policy", "policies"),
        ("process", "processes"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(("one", "other"), [("disk", "dish"), ("status", "stat"), ("nginx", "ng"), ("port", "porter")])
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@given(st.text(max_size=300))
def test_any_text_has_words_without_blanks_and_quotes(text: str) -> None:
    assert all(word and not any(c.isspace() or c == '"' for c in word) for word in words(text))


def test_common_words_are_words_of_both_languages() -> None:
    assert {"the", "of", "的", "了"} <= COMMON
