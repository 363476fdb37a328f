"""Conversations as a person meets them again: listed, searched, gone on with, concluded."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from edgeops.cli import main

Chat = Callable[..., list[dict[str, Any]]]
OOM = (
    "Mar  1 02:11:09 web1 kernel: Out of memory: Killed process 4312 (java) total-vm:8123440kB password=hunter2secret\n"
)


@pytest.fixture
def edgeops(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: object, said: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(said))
        code = main.run([str(a) for a in arguments])
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def chat(edgeops: Callable[..., tuple[int, str, str]]) -> Chat:
    def call(*arguments: object, said: str = "") -> list[dict[str, Any]]:
        code, out, err = edgeops("chat", "--no-model", "--json", *arguments, said=said)
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]

    return call


def worked(edgeops: Callable[..., tuple[int, str, str]], entry: str) -> int:
    _, out, _ = edgeops("kb", "show", entry, "--json")
    return int(json.loads(out)["entry"]["outcomes"]["worked"])


def test_a_conversation_goes_on_where_it_stopped(chat: Chat) -> None:
    (first,) = chat(said="my web server answers 502\n")
    (second,) = chat("--continue", said="no\n")
    assert second["talk"] == first["talk"]
    assert second["answer"].startswith("Noted: it was not")
    (third,) = chat("--continue", first["talk"][:4], said="what else?\n")
    faults = [one["record"]["fault"] for one in (first, second, third)]
    assert len(set(faults)) == 3
    (listed,) = chat("--list")
    assert (listed["id"], listed["turns"], listed["said"]) == (first["talk"], 3, "my web server answers 502")


def test_a_question_asked_once_can_be_gone_on_with(chat: Chat, edgeops: Callable[..., tuple[int, str, str]]) -> None:
    _, out, _ = edgeops("ask", "--no-model", "--json", "my web server answers 502")
    (reply,) = chat("--continue", said="that was it\n")
    assert reply["talk"] == json.loads(out)["talk"]
    assert reply["answer"].startswith("Noted: it was ")


def test_the_incidents_at_hand_are_still_there_when_the_log_is_gone(chat: Chat, tmp_path: Path) -> None:
    log = tmp_path / "k.log"
    log.write_text(OOM)
    chat("--log", log, said="what happened?\n")
    log.unlink()
    (again,) = chat("--continue", said="why did java stop?\n")
    assert "L1" in again["cites"]
    assert "java" in again["answer"]


def test_conversations_are_found_by_their_words_in_both_languages(chat: Chat) -> None:
    chat(said="my web server answers 502\nthat was it\n")
    chat(said="磁盘满了怎么办\n")
    assert [one["said"] for one in chat("--search", "servers 502")] == ["my web server answers 502"]
    assert [one["said"] for one in chat("--search", "磁盘")] == ["磁盘满了怎么办"]
    assert chat("--search", "volcano") == []


def test_people_see_a_line_for_each_and_the_whole_of_one(
    chat: Chat, edgeops: Callable[..., tuple[int, str, str]]
) -> None:
    (asked, confirmed) = chat(said="my web server answers 502\nthat was it\n")
    _, out, _ = edgeops("chat", "--list")
    assert out.startswith(asked["talk"])
    assert f"2 turns  [{confirmed['record']['fault']}]  my web server answers 502" in out
    _, out, _ = edgeops("chat", "--show", asked["talk"][:5])
    assert out.startswith("> my web server answers 502\n")
    assert "> that was it\nNoted: it was " in out
    _, out, err = edgeops("chat", "--search", "volcano")
    assert (out, "volcano" in err) == ("", True)


def test_what_it_was_counts_once_for_that_fault(chat: Chat, edgeops: Callable[..., tuple[int, str, str]]) -> None:
    *_, confirmed = chat(said="my web server answers 502\nthat was it\nyes, that was it\n")
    chat("--continue", said="that was it\n")
    assert worked(edgeops, confirmed["record"]["fault"]) == 1


def test_what_is_taken_back_counts_against_that_fault(chat: Chat, edgeops: Callable[..., tuple[int, str, str]]) -> None:
    *_, last = chat(said="my web server answers 502\nthat was it\n")
    chat("--continue", said="no, that was not it\n")
    _, out, _ = edgeops("kb", "show", last["record"]["fault"], "--json")
    outcomes = json.loads(out)["entry"]["outcomes"]
    assert (outcomes["worked"], outcomes["failed"]) == (1, 1)
    assert chat("--list")[0]["settled"] == ""


def test_what_mended_it_answers_the_next_question_and_the_next_incident(
    chat: Chat, edgeops: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    log = tmp_path / "k.log"
    log.write_text(OOM)
    chat("--log", log, said="why did java stop?\nthat was it\n")
    code, out, _ = edgeops("chat", "--did", "gave java -Xmx2g and added zram", "--json")
    entry = json.loads(out)
    assert (code, entry["kind"], entry["outcomes"]["worked"]) == (0, "incident", 1)
    assert "why did java stop?" in entry["body"]
    _, out, _ = edgeops("explain", "--no-model", "--json", log)
    assert "gave java -Xmx2g and added zram" in out
    _, out, _ = edgeops("ask", "--no-model", "why did java stop?")
    assert "zram" in out


def test_what_mended_it_said_twice_is_one_entry(chat: Chat, edgeops: Callable[..., tuple[int, str, str]]) -> None:
    chat(said="my web server answers 502\nthat was it\n")
    edgeops("chat", "--did", "restarted it")
    _, out, _ = edgeops("chat", "--did", "restarted orders", "--json")
    entry = json.loads(out)
    assert (entry["revision"], entry["outcomes"]["worked"]) == (2, 1)
    assert "restarted orders" in entry["body"]


def test_readonly_keeps_nothing(
    chat: Chat, edgeops: Callable[..., tuple[int, str, str]], no_home: Path, tmp_path: Path
) -> None:
    chat("--readonly", said="my web server answers 502\nthat was it\n")
    edgeops("ask", "--no-model", "--readonly", "disk full")
    assert not list(no_home.rglob("store.db*"))
    chat(said="my web server answers 502\n")
    before = {file: file.read_bytes() for file in no_home.rglob("store.db")}
    chat("--continue", "--readonly", said="that was it\n")
    code, _, err = edgeops("chat", "--did", "restarted it", "--readonly")
    assert (code, "Nothing was kept" in err) == (2, True)
    assert {file: file.read_bytes() for file in before} == before


def test_no_secret_is_kept(chat: Chat, no_home: Path, tmp_path: Path) -> None:
    log = tmp_path / "k.log"
    log.write_text(OOM)
    chat("--log", log, said="why did java stop with password=hunter2secret?\nthat was it\n")
    chat("--did", "set password=hunter2secret anew")
    assert b"hunter2secret" not in b"".join(file.read_bytes() for file in no_home.rglob("store.db*"))
    assert "hunter2secret" not in json.dumps(chat("--show"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--continue",), "No conversation was kept yet"),
        (("--show", "zz"), "No conversation was kept yet"),
        (("--did", "x"), "No conversation was kept yet"),
        (("3f2a",), "--continue 3f2a"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    edgeops: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...], sentence: str
) -> None:
    code, _, err = edgeops("chat", *arguments)
    assert code == 2
    assert sentence in err


def test_an_empty_list_says_how_to_begin(edgeops: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = edgeops("chat", "--list")
    assert (code, out) == (0, "")
    assert "'edgeops chat' begins one" in err


def test_hostile_words_that_were_kept_are_shown_harmless(
    chat: Chat, edgeops: Callable[..., tuple[int, str, str]]
) -> None:
    chat(said="disk \x1b]52;c;eA==\x07 full \u202e [/red]\n")
    for arguments in (("--list",), ("--show",), ("--search", "disk")):
        _, out, err = edgeops("chat", *arguments)
        assert "full" in out
        assert not set("\x1b\x07\u202e") & set(out + err)


def test_a_person_is_asked_what_mended_it() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "edgeops", "chat", "--no-model"]
    environ = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as child:
        os.close(theirs)
        os.write(ours, b"my web server answers 502\nthat was it\nrestarted orders\nexit\n")
        seen = b""
        with suppress(OSError):  # the child closed its side
            while part := os.read(ours, 65536):
                seen += part
    os.close(ours)
    text = seen.decode()
    assert child.returncode == 0
    assert "What mended it?" in text
    assert "Kept as talk-" in text
    assert "'edgeops chat --continue" in text
