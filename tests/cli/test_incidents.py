"""`edgeops incidents resolve` and `report` as a technician meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeops.cli import main

Edgeops = Callable[..., tuple[int, str, str]]
LOG = "Mar  1 02:11:09 web1 frob[3]: error: widget 7 has lost its gasket\n"


@pytest.fixture
def edgeops(capfd: pytest.CaptureFixture[str]) -> Edgeops:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main.run([str(a) for a in arguments])
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def incident(edgeops: Edgeops, tmp_path: Path) -> str:
    (tmp_path / "a.log").write_text(LOG)
    _, out, _ = edgeops("explain", "--no-model", "--json", tmp_path / "a.log")
    found: str = json.loads(out)[0]["incident"]
    return found


def test_a_fix_that_worked_answers_the_next_incident(edgeops: Edgeops, incident: str, tmp_path: Path) -> None:
    code, out, _ = edgeops("incidents", "resolve", incident[:5], "--did", "new gasket", "--cause", "worn rubber")
    assert code == 0
    assert "worked 1 of 1 times" in out
    (tmp_path / "b.log").write_text(LOG.replace("widget 7", "widget 9").replace("Mar  1", "Mar  4"))
    _, out, _ = edgeops("explain", "--no-model", "--json", tmp_path / "b.log")
    (answer,) = json.loads(out)
    assert answer["tier"] == "known"
    assert answer["cause"] == "worn rubber"
    assert "Fixed before: 1 of 1" in answer["notes"][0]


def test_a_question_is_answered_by_what_mended_it_before(edgeops: Edgeops, incident: str) -> None:
    edgeops("incidents", "resolve", incident, "--did", "Put in a new gasket.", "--cause", "The rubber was worn.")
    answer = json.loads(edgeops("ask", "why has a widget lost its gasket?", "--no-model", "--json")[1])
    assert "Put in a new gasket" in answer["answer"]
    assert "##" not in answer["answer"]
    assert answer["knowledge"][0]["text"].startswith("The rubber was worn.")
    assert "Fixed before: 1 of 1 times" in answer["knowledge"][0]["text"]
    assert answer["knowledge"][0]["source"].startswith(f"incident {incident}")


def test_what_was_done_is_shown_and_listed(edgeops: Edgeops, incident: str) -> None:
    assert "explained" in edgeops("incidents", "list")[1]
    edgeops("incidents", "resolve", incident, "--did", "new gasket", "--note", "took an hour")
    shown = edgeops("incidents", "show", incident)[1]
    assert "State: resolved" in shown
    assert "Done: new gasket [" in shown
    assert "took an hour\n" in shown
    assert f"{incident}  " in edgeops("incidents", "list")[1]
    assert "  resolved   insufficient  " in edgeops("incidents", "list")[1]


def test_a_fix_is_named_by_its_entry(edgeops: Edgeops, incident: str) -> None:
    edgeops("incidents", "resolve", incident, "--did", "new gasket")
    entry = json.loads(edgeops("kb", "search", "gasket", "-k", "1", "--json")[1])[0]["id"]
    code, out, _ = edgeops("incidents", "resolve", incident, "--entry", entry)
    assert (code, "worked 2 of 2 times" in out) == (0, True)


def test_a_fault_of_the_pack_is_an_entry_too(edgeops: Edgeops, incident: str) -> None:
    code, out, _ = edgeops("incidents", "resolve", incident, "--entry", "disk-full", "--result", "failed")
    assert (code, "worked 0 of 1 times" in out) == (0, True)


def test_without_saying_what_was_done_nothing_is_kept(edgeops: Edgeops, incident: str) -> None:
    code, _, err = edgeops("incidents", "resolve", incident)
    assert code == 2
    assert "Say what was done" in err


def test_a_person_says_what_an_answer_was_worth(edgeops: Edgeops, incident: str) -> None:
    edgeops("incidents", "resolve", incident, "--did", "new gasket")
    code, out, _ = edgeops("incidents", "feedback", incident[:6], "wrong", "--note", "it was the \x1b[31mseal")
    assert (code, out) == (0, f"Incident {incident}: wrong is kept.\n")
    shown = edgeops("incidents", "show", incident)[1]
    assert "wrong" in shown and "it was the" in shown and "\x1b" not in shown
    (said,) = json.loads(edgeops("incidents", "show", incident, "--json")[1])["feedback"]
    assert (said["kind"], said["note"]) == ("wrong", "it was the \x1b[31mseal")
    code, out, _ = edgeops("incidents", "feedback", incident, "useful", "--json")
    assert json.loads(out)["remark"]["kind"] == "useful"


def test_feedback_on_a_lesson_counts_for_it(edgeops: Edgeops, incident: str, tmp_path: Path) -> None:
    edgeops("incidents", "resolve", incident, "--did", "new gasket", "--json")
    (tmp_path / "b.log").write_text(LOG.replace("Mar  1", "Mar  4"))
    _, out, _ = edgeops("explain", "--no-model", "--json", tmp_path / "b.log")
    (answer,) = json.loads(out)
    _, out, _ = edgeops("incidents", "feedback", answer["incident"], "useful")
    assert f"It counts for {answer['evidence'][-1]['source'].removeprefix('kb:')}." in out


def test_a_report_can_be_printed_and_kept_in_a_file(edgeops: Edgeops, incident: str, tmp_path: Path) -> None:
    edgeops("incidents", "resolve", incident, "--did", "new gasket")
    code, out, _ = edgeops("incidents", "report", incident)
    assert code == 0
    assert out.startswith(f"# Incident {incident}")
    file = tmp_path / "report.html"
    code, out, err = edgeops("incidents", "report", incident, "-o", "html", "--file", file)
    assert (code, out) == (0, "")
    assert str(file) in err
    assert file.read_text().startswith("<!doctype html>")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_is_a_sentence(edgeops: Edgeops, incident: str) -> None:
    code, _, err = edgeops("incidents", "report", incident, "--file", "/no/such/place.md")
    assert code == 2
    assert "/no/such/place.md" in err


@pytest.mark.parametrize("command", ["resolve", "report", "show", "feedback"])
def test_before_anything_was_explained_the_way_is_said(edgeops: Edgeops, command: str) -> None:
    code, out, err = edgeops("incidents", command, "abc", *(["wrong"] if command == "feedback" else []))
    assert code == 2
    assert "edgeops explain PATH" in out + err
