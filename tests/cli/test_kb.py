"""The knowledge commands: add, search, show, edit, outcome, stats; backup and restore."""

from __future__ import annotations

import io
import json
import platform
from pathlib import Path
from typing import Any

import pytest

from edgeops.cli import main
from edgeops.knowledge import library


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command line; its exit code, stdout and stderr."""
    # Vectors of the whole pack are the search's business, not the command line's.
    monkeypatch.setattr(library, "AT_ONCE", 0)
    monkeypatch.setattr("edgeops.cli.kb.AT_ONCE", 0)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.run([str(one) for one in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def added(call: Any, title: str, text: str) -> str:
    code, out, _ = call("kb", "add", title, "--text", text)
    assert code == 0
    return str(out.strip())


def test_a_note_is_added_found_judged_and_shown(call: Any) -> None:
    name = added(call, "Fan 3 rattles", "Replace fan tray 3; part 88-1234")
    code, out, _ = call("kb", "search", "fan tray 88-1234", "-k", "1", "--json")
    (hit,) = json.loads(out)
    assert (code, hit["id"], hit["title"], hit["lang"]) == (0, name, "Fan 3 rattles", "en")
    assert "fan tray 3" in hit["snippet"]
    assert hit["score"] > 0
    assert call("kb", "outcome", name, "worked", "--note", "quiet now")[0] == 0
    (hit,) = json.loads(call("kb", "search", "rattling fan 3", "-k", "1", "--json")[1])
    assert hit["outcomes"] == {"worked": 1, "failed": 0, "unknown": 0, "useful": 0, "wrong": 0}
    shown = call("kb", "show", name)[1]
    assert "quiet now" in shown
    assert "Replace fan tray 3" in shown


def test_the_starter_pack_is_found_in_chinese(call: Any) -> None:
    found = json.loads(call("kb", "search", "磁盘空间已满，无法写入", "--json")[1])
    assert any("disk-full" in hit["id"] or "no-space" in hit["id"] for hit in found)


def test_an_edit_makes_a_version_and_retiring_hides(call: Any) -> None:
    name = added(call, "Zebra printer jams", "open the lid")
    assert call("kb", "edit", name, "--text", "clean the roller")[1].strip() == f"{name}  version 2"
    shown = json.loads(call("kb", "show", name[:6], "--json")[1])
    assert (shown["entry"]["body"], shown["versions"]) == ("clean the roller", 2)
    assert call("kb", "edit", name, "--retire")[0] == 0
    assert name not in call("kb", "search", "zebra printer", "--json")[1]


def test_text_comes_from_a_file_or_from_stdin(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text("from the file", "utf-8")
    name = call("kb", "add", "one", "--file", str(tmp_path / "a.md"))[1].strip()
    assert json.loads(call("kb", "show", name, "--json")[1])["entry"]["body"] == "from the file"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("从标准输入".encode())))
    name = call("kb", "add", "two")[1].strip()
    assert json.loads(call("kb", "show", name, "--json")[1])["entry"]["body"] == "从标准输入"


def test_feedback_on_an_entry_is_kept_and_shown(call: Any) -> None:
    name = added(call, "Fan 3 rattles", "Replace fan tray 3")
    assert "1 × wrong" in call("kb", "feedback", name[:6], "wrong", "--note", "it is tray 4")[1]
    assert "it is tray 4" in call("kb", "show", name)[1]
    kept = json.loads(call("kb", "feedback", name, "note", "--note", "only on model B", "--json")[1])
    assert (kept["about"], kept["kind"], kept["note"]) == (name, "note", "only on model B")


def test_where_knowledge_comes_from_is_said(call: Any, tmp_path: Path) -> None:
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "fan.md").write_text("# Fans\n\nReplace fan tray 3 when it rattles.\n")
    added(call, "Fan tray 3 rattles", "Part 88-1234 is in the drawer")
    call("kb", "import", str(tmp_path / "runbooks"))
    found = call("kb", "search", "fan tray 3 rattles", "-k", "2")[1]
    assert "[runbooks/fan.md]" in found
    assert f"@{platform.node()}]" in found
    answer = call("ask", "why does fan tray 3 rattle?", "--no-model")[1]
    assert "runbooks/fan.md)" in answer


def test_an_import_is_found_by_meaning_at_once_unless_that_is_left_for_later(call: Any, tmp_path: Path) -> None:
    for name, more in (("a.md", ()), ("b.md", ("--no-vectors",))):
        (tmp_path / name).write_text(f"# Zebra {name}\n\nStripes of {name}.\n")
        assert call("kb", "import", str(tmp_path / name), *more)[0] == 0
        notes = call("kb", "search", "zebra")[2]
        assert ("1 passages are found by their words only" in notes) is bool(more)


def test_ctrl_c_while_vectors_are_made_loses_nothing(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> Any:
        raise KeyboardInterrupt

    (tmp_path / "a.md").write_text("# Zebra\n\nStripes.\n")
    with monkeypatch.context() as patched:
        patched.setattr("edgeops.knowledge.embedders.Sentences.embed", stopped)
        code, _, err = call("kb", "import", str(tmp_path / "a.md"))
    assert (code, "Stopped: all is imported" in err) == (0, True)
    assert "Zebra" in call("kb", "search", "zebra")[1]


def test_what_was_imported_from_a_folder_is_forgotten_by_its_name(call: Any, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "fan.md").write_text("# Zebra fans\n\nReplace the zebra.\n")
    call("kb", "import", str(tmp_path / "old"))
    assert "old/fan.md: 1 passages" in call("kb", "stats")[1]
    assert call("kb", "forget", "old")[:2] == (0, "1 passages of old are retired.\n")
    assert "Zebra" not in call("kb", "search", "zebra fans")[1]
    assert call("kb", "forget", "old")[0] == 2


def test_statistics_say_what_works_and_what_keeps_failing(call: Any) -> None:
    bad, good = added(call, "Bad advice", "reboot it"), added(call, "Good advice", "ask Ann")
    call("kb", "outcome", bad, "failed")
    call("kb", "outcome", good, "worked")
    call("kb", "feedback", good, "useful")
    found = json.loads(call("kb", "stats", "--json")[1])
    assert [(one["id"], one["title"], one["outcomes"]["failed"]) for one in found["failing"]] == [
        (bad, "Bad advice", 1)
    ]
    assert [one["id"] for one in found["working"]] == [good]
    assert (found["entries"]["note"], found["outcomes"]["useful"]) == (2, 1)
    assert found["entries"]["fault"] > 100
    out = call("kb", "stats")[1]
    assert f"Works\n  {good}  Good advice  (worked 1 of 1, 1 × useful)" in out
    assert f"Fails, or is called wrong\n  {bad}  Bad advice  (worked 0 of 1)" in out
    assert "Asked in vain" not in out


def test_statistics_name_what_comes_back_and_what_has_no_answer(call: Any, tmp_path: Path) -> None:
    for day in (1, 2):
        log = tmp_path / f"{day}.log"
        log.write_text(f"Mar  {day} 02:11:09 web1 frob[3]: error: widget 7 has lost its gasket\n")
        incident = json.loads(call("explain", "--no-model", "--json", str(log))[1])[0]["incident"]
    found = json.loads(call("kb", "stats", "--json")[1])
    for name in ("recurring", "gaps"):
        ((times, what, template),) = [(one["times"], one["what"], one["template"]) for one in found[name]]
        assert (times, "lost its gasket" in what) == (2, True)
    out = call("kb", "stats")[1]
    assert f"{incident}  2 times" in out
    assert f"(template {template})" in out
    call("incidents", "resolve", incident, "--did", "new gasket")
    found = json.loads(call("kb", "stats", "--json")[1])
    assert found["recurring"][0]["resolved"]
    assert found["gaps"][0]["times"] == 1


def test_statistics_name_questions_that_got_no_answer(call: Any) -> None:
    call("ask", "why does the zorbulator flumph?", "--no-model")
    assert json.loads(call("kb", "stats", "--json")[1])["questions"] == ["why does the zorbulator flumph?"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("kb", "show", "nowhere"), "kb search"),
        (("kb", "edit", "nowhere"), "Say what to change"),
        (("kb", "outcome", "nowhere", "worked"), "kb search"),
        (("kb", "outcome", "nowhere", "perhaps"), "worked"),
        (("kb", "feedback", "nowhere", "wrong"), "kb search"),
        (("kb", "feedback", "nowhere", "great"), "useful"),
        (("kb", "feedback", "nowhere", "note"), "Say what there is to note"),
        (("kb", "add", "t", "--file", "/nowhere/x"), "cannot be read"),
        (("restore",), "Name a backup"),
        (("restore", "/nowhere/x"), "cannot be restored"),
        (("backup", "/nowhere/x"), "nothing to back up"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(call: Any, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_a_backup_brings_back_what_was_changed_since(call: Any, tmp_path: Path) -> None:
    name = added(call, "Spare keys", "in the left drawer")
    assert call("backup", str(tmp_path / "b.db"))[0] == 0
    call("kb", "edit", name, "--text", "lost")
    assert call("restore", str(tmp_path / "b.db"))[0] == 0
    assert "left drawer" in call("kb", "show", name)[1]


def test_a_salvage_keeps_what_is_known(call: Any) -> None:
    name = added(call, "Spare keys", "in the left drawer")
    code, _, err = call("restore", "--salvage")
    assert code == 0
    assert "damaged-" in err
    assert "left drawer" in call("kb", "show", name)[1]


def test_a_terminal_of_ascii_alone_is_shown_everything(
    call: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = added(call, "风扇 rattles", "更换风扇 3")
    (tmp_path / "a.log").write_text("Mar  1 02:11:09 web1 frob[3]: error: 风扇 7 has stopped\n")
    incident = json.loads(call("explain", "--no-model", "--json", str(tmp_path / "a.log"))[1])[0]["incident"]
    written = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr("sys.stdout", written)
    commands = (
        ("kb", "show", name),
        ("kb", "stats"),
        ("incidents", "show", incident),
        ("incidents", "report", incident),
    )
    assert [call(*arguments)[0] for arguments in commands] == [0] * len(commands)
    assert rb"\u98ce" in written.buffer.getvalue()  # type: ignore[attr-defined]


def test_control_characters_of_an_entry_do_not_reach_the_terminal(call: Any) -> None:
    name = added(call, "evil \x1b]52;c;AAAA\x07 title", "body \x1b[2J [/red] \u202e")
    for arguments in (("kb", "show", name), ("kb", "search", "evil title")):
        out = call(*arguments)[1]
        assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_a_question_in_sql_is_answered_in_columns_and_changes_nothing(call: Any) -> None:
    name = added(call, "Fan 3 rattles\x1b[31m", "风扇三号")
    code, out, err = call("kb", "sql", f"SELECT id, title, 1.5 AS n, NULL AS none FROM entries WHERE id = '{name}'")
    assert (code, err) == (0, "")
    header, row = out.splitlines()
    assert header.split() == ["id", "title", "n", "none"]
    assert row.startswith(name) and row.index("Fan 3") == header.index("title") and "\x1b" not in out
    code, out, err = call("kb", "sql", "SELECT id FROM entries", "-k", "2", "--json")
    table = json.loads(out)
    assert (code, table["columns"], len(table["rows"]), table["cut"]) == (0, ["id"], 2, True)
    assert "There is more than these 2 rows" in err
    for question, said in (
        ("DELETE FROM entry", "Only questions are answered here"),
        ("SELECT * FROM entry", "Not for here"),
        ("SELECT * FROM entries WHERE", "Not understood"),
    ):
        code, out, err = call("kb", "sql", question)
        assert (code, out) == (2, "") and said in err and len(err.splitlines()) == 1
    assert call("kb", "show", name)[0] == 0
