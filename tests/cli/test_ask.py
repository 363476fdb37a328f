"""`edgeops ask` and `edgeops chat` as a person meets them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.cli import main

Edgeops = Callable[..., tuple[int, str, str]]


@pytest.fixture
def edgeops(capfd: pytest.CaptureFixture[str]) -> Edgeops:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main.run([str(a) for a in arguments])
        return code, *capfd.readouterr()

    return call


def test_a_question_is_answered_with_its_sources_and_the_next_check(edgeops: Edgeops) -> None:
    code, out, _ = edgeops("ask", "--no-model", "my web server answers 502, why?")
    assert code == 0
    assert "[K1]" in out.split("\n")[0]
    assert "502" in out
    assert "From\n[K1]" in out
    assert "Check next" in out


def test_a_chinese_question_gets_a_chinese_answer(edgeops: Edgeops) -> None:
    _, out, _ = edgeops("ask", "--no-model", "我的Web服务器出现了502错误,请帮助排查原因并解决问题。")
    assert out.startswith("与您的描述最相符的是：")
    assert "502" in out.split("\n")[0]


def test_the_logs_at_hand_go_before_likeness(edgeops: Edgeops, tmp_path: Path) -> None:
    log = tmp_path / "k.log"
    log.write_text("Mar  1 02:11:09 web1 kernel: Out of memory: Killed process 4312 (java) total-vm:8123440kB\n")
    _, out, _ = edgeops("ask", "--no-model", "--json", "why did java stop?", "--log", log)
    answer = json.loads(out)
    assert "L1" in answer["cites"]
    assert "java" in answer["answer"]
    assert answer["tier"] == "known"
    assert {"answer", "tier", "cites", "knowledge"} <= answer.keys()


def test_what_nobody_knows_is_said_to_be_unknown(edgeops: Edgeops) -> None:
    code, out, _ = edgeops("ask", "--no-model", "who won the football match?")
    assert code == 0
    assert out.startswith("I cannot answer that")


def test_without_a_model_the_store_answers_and_says_so(edgeops: Edgeops) -> None:
    _, out, _ = edgeops("ask", "my web server answers 502, why?")
    assert "[K1]" in out
    assert "The model did not answer" in out


def test_an_empty_question_says_what_to_type(edgeops: Edgeops) -> None:
    code, _, err = edgeops("ask", " ")
    assert code == 2
    assert "Ask something" in err


def test_a_log_that_is_not_there_is_named(edgeops: Edgeops) -> None:
    code, _, err = edgeops("ask", "why?", "--log", "/no/such.log")
    assert code == 2
    assert "/no/such.log" in err


def test_a_chat_is_steered_by_replies(edgeops: Edgeops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("my web server answers 502\nno\n\nthat was it\nexit\nnever asked\n"))
    code, out, _ = edgeops("chat", "--no-model", "--json")
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, len(answers)) == (0, 3)
    faults = [answer["record"]["fault"] for answer in answers]
    assert faults[0] != faults[1] == faults[2]
    assert answers[1]["answer"].startswith("Noted: it was not")
    assert answers[2]["answer"].startswith("Noted: it was ")


def test_hostile_questions_are_shown_harmless(edgeops: Edgeops) -> None:
    _, out, err = edgeops("ask", "--no-model", "disk \x1b]52;c;eA==\x07 full \u202e [/red]")
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err
