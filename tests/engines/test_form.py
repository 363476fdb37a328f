"""Scripts as forms for a chat server, and answers read as they grow."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.engines.form import Reading, body, schema_of, skeleton, value_of
from edgeops.errors import EngineError
from edgeops.records import Choose, Chosen, Piece, Reply, Sampling, Say, Script, Write, Written

SCRIPT = Script(
    "be brief",
    "why?",
    (Say("Root: "), Choose("root", ("L1", "L2")), Say("\nSummary: "), Write("summary", max_tokens=30)),
    Sampling(0.2, seed=4),
)


def read(text: str, script: Script = SCRIPT, size: int = 1) -> list[Reply]:
    reading = Reading(script)
    replies = [r for at in range(0, len(text), size) for r in reading.feed(text[at : at + size])]
    return [*replies, *reading.end()]


def test_the_request_carries_prompt_sampling_and_schema() -> None:
    asked = body("m", SCRIPT, True)
    assert asked["model"] == "m"
    assert [m["role"] for m in asked["messages"]] == ["system", "user"]
    assert asked["messages"][0]["content"] == "be brief"
    assert asked["messages"][1]["content"].startswith("why?")
    assert (asked["temperature"], asked["seed"], asked["stream"]) == (0.2, 4, True)
    assert asked["response_format"]["json_schema"]["schema"] == schema_of(SCRIPT)
    assert "response_format" not in body("m", SCRIPT, False)


def test_the_schema_allows_only_the_options() -> None:
    schema = schema_of(SCRIPT)
    assert schema["properties"] == {"root": {"type": "string", "enum": ["L1", "L2"]}, "summary": {"type": "string"}}
    assert schema["required"] == ["root", "summary"]
    assert schema["additionalProperties"] is False


def test_the_skeleton_shows_slots_and_options() -> None:
    assert skeleton(SCRIPT) == 'Root: <root>\nSummary: <summary>\n\n<root> is exactly one of: "L1", "L2"'


def test_an_answer_is_told_as_it_grows() -> None:
    replies = read('{"root": "L2", "summary": "disk full"}')
    assert replies[0] == Chosen("root", "L2", (0.0, 1.0))
    assert [r.text for r in replies[1:-1] if isinstance(r, Piece)] == list("disk full")
    assert replies[-1] == Written("summary", "disk full", "stop")


def test_keys_in_another_order_are_told_in_ours() -> None:
    replies = read('{"summary": "disk full", "root": "L1"}')
    assert [type(r) for r in replies] == [Chosen, Piece, Written]


def test_prose_and_fences_around_the_object_do_no_harm() -> None:
    assert read('Sure!\n```json\n{"root": "L1", "summary": "x"}\n```')[-1] == Written("summary", "x", "stop")


def test_a_stop_string_ends_the_text() -> None:
    assert read('{"root": "L1", "summary": "one\\ntwo"}')[-1] == Written("summary", "one", "stop")


def test_a_text_that_broke_off_is_kept_and_said() -> None:
    assert read('{"root": "L1", "summary": "the disk i')[-1] == Written("summary", "the disk i", "length")


@pytest.mark.parametrize("text", ["", "I cannot", '{"root": "L', '{"summary": "x"}', '{"root": "L1"}'])
def test_missing_slots_are_said(text: str) -> None:
    with pytest.raises(EngineError, match="lacks"):
        read(text)


def test_a_choice_that_was_not_offered_is_refused() -> None:
    with pytest.raises(EngineError, match=r"'rm -rf /'.*not offered"):
        read('{"root": "rm -rf /", "summary": "x"}')


def test_spaces_around_a_choice_do_not_matter() -> None:
    assert read('{"root": " L2 ", "summary": "x"}')[0] == Chosen("root", "L2", (0.0, 1.0))


@given(st.text(max_size=60), st.booleans(), st.integers(1, 7))
def test_any_text_comes_through_however_it_is_escaped_and_cut(text: str, plain: bool, size: int) -> None:
    script = Script("s", "u", (Write("t", stop=(), max_tokens=100),))
    clean = text.encode("utf-8", "replace").decode()
    replies = read(json.dumps({"t": clean}, ensure_ascii=plain), script, size)
    assert replies[-1] == Written("t", clean.lstrip(), "stop")
    assert "".join(r.text for r in replies if isinstance(r, Piece)) == clean.lstrip()


@given(st.text(alphabet='{}":,\\ abtuD8', max_size=60))
def test_no_answer_raises_anything_but_an_engine_error(text: str) -> None:
    try:
        read(text)
    except EngineError:
        return


def test_a_value_is_found_before_it_ends() -> None:
    assert value_of('{"a": "x\\u00e', "a") == ("x", False)
    assert value_of('{"a": "x\\ud83d', "a") == ("x", False)
    assert value_of('{"a": "x\\', "a") == ("x", False)
    assert value_of('{"a" : "x"', "a") == ("x", True)
    assert value_of('{"b": "x"', "a") == ("", False)
