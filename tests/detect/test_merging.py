"""Which patterns are one template, and which are not."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.detect.merging import FREE_VALUES, NAMED_VALUES, merge, skeleton, text_of, tokens

NAMES = ("ann", "bob", "cleo", "dan", "eve", "fay", "gus", "hal", "ida", "jim", "kit", "lea", "max", "ned")


def of(*patterns: str) -> set[str]:
    """The templates of these patterns."""
    merged = merge(patterns)
    assert merged.keys() == set(patterns)
    return set(merged.values())


def test_kinds_alone_do_not_part_templates() -> None:
    assert of("link to <ip> lost", "link to <host> lost") == {"link to <*> lost"}


def test_a_word_where_others_have_a_variable_is_one_too() -> None:
    assert of("chdir(<path>) failed: denied", "chdir(pwd) failed: denied") == {"chdir(<*>) failed: denied"}


def test_empty_brackets_and_values_may_be_filled() -> None:
    assert of("connection from <ip> ()", "connection from <ip> (<host>)") == {"connection from <ip> (<*>)"}
    assert of("login ruser= ok", "login ruser=<user> ok") == {"login ruser=<*> ok"}


def test_few_words_in_one_place_are_wording() -> None:
    services = [f"{name} startup succeeded" for name in NAMES[: FREE_VALUES - 1]]
    assert of(*services) == set(services)
    states = ["torus receiver x+ error", "torus receiver y+ error", "torus receiver z- error"]
    assert of(*states) == set(states)


def test_very_many_words_in_one_place_are_values() -> None:
    assert of(*(f"quota of {name} exceeded" for name in NAMES[:FREE_VALUES])) == {"quota of <*> exceeded"}


@pytest.mark.parametrize(
    "form", ["acquire tag={} now", 'acquire "{}" now', "acquire '{} lock' now", "acquire tag = {} now"]
)
def test_where_a_value_is_expected_fewer_are_enough(form: str) -> None:
    few = [form.format(name) for name in NAMES[: NAMED_VALUES - 1]]
    assert of(*few) == set(few)
    assert len(of(*(form.format(name) for name in NAMES[:NAMED_VALUES]))) == 1


def test_values_that_vary_together_are_found_together() -> None:
    rows = [f'lock tag="{a} {b}", name={b}, uid=<number>' for a, b in pairwise(NAMES[:7])]
    assert of(*rows) == {'lock tag="<*>", name=<*>, uid=<number>'}


def test_no_value_is_a_value() -> None:
    assert of("acquire ws=null", "acquire ws=Source{<id>}") == {"acquire ws=<*>"}


def test_qualified_names_are_values_but_exceptions_are_not() -> None:
    assert of("register org.a.b.One now", "register org.a.c.Two now") == {"register <*> now"}
    thrown = {"java.io.IOException: gone away", "java.net.ConnectException: gone away"}
    assert of(*thrown) == thrown


def test_lists_of_any_length_are_one_variable() -> None:
    assert of("delete <id>", "delete <id> <id>", "delete <id> <id> <id>") == {"delete <id>"}
    assert of("peers <ip>:<port>, <ip>:<port>", "peers <ip>:<port>") == {"peers <ip>:<port>"}


def test_a_list_of_one_length_stays_as_it_is() -> None:
    assert of("header <hex> <hex> <hex>", "other words") == {"header <hex> <hex> <hex>", "other words"}


def test_two_words_that_vary_at_once_are_values_when_they_take_very_many() -> None:
    dice = random.Random(1)
    words = ["".join(dice.choices("abcdefghij", k=7)) for _ in range(80)]
    rows = [f"copying {a} over {b} again" for a, b in zip(words[:40], words[40:], strict=True)]
    assert of(*rows) == {"copying <*> over <*> again"}


def test_different_sentences_of_equal_length_stay_apart() -> None:
    rows = {"data TLB error interrupt", "data storage error interrupt", "disk read failed twice", "fan speed is low"}
    assert of(*rows) == rows


def test_variables_alone_swallow_no_words() -> None:
    rows = {"<number> <number>", "hello <number>", "<number> world"}
    assert of(*rows) == rows


@given(st.lists(st.text(alphabet="ab =<>*()\"',ipx:", max_size=30), max_size=12), st.randoms())
def test_the_order_of_patterns_makes_no_difference(patterns: list[str], dice: random.Random) -> None:
    merged = merge(patterns)
    dice.shuffle(patterns)
    assert merge(patterns) == merged
    assert {skeleton(merge([pattern])[pattern]) for pattern in patterns} == set(map(skeleton, patterns))


@given(st.text(max_size=200))
def test_tokens_lose_nothing(pattern: str) -> None:
    if "\0" not in pattern:
        assert text_of(tokens(pattern)) == pattern
