"""The command line completes names, themes and paths; :open leads to other logs without leaving."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from edgeops.tui.widgets.completion import Completion, last_word, rest_of_path
from edgeops.tui.widgets.prompt import PromptInput
from tests.tui.stage import app_of, cursor, numbered, running, status, typed, until, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "var/log").mkdir(parents=True)
    write(tmp_path / "var/log/syslog", numbered(5))
    write(tmp_path / "var/log/my app.log", numbered(7))
    write(tmp_path / "var/.hidden", b"x")
    write(tmp_path / "var/log/evil\x1b[2J.log", b"x")
    return tmp_path


def suggested(value: str) -> str | None:
    offers = Completion(["open ", "theme light", "quit"], ("open",), ("export", "export raw"))
    return asyncio.run(offers.get_suggestion(value))


def test_commands_and_paths_are_completed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert suggested("o") == "open " and suggested("theme l") == "theme light" and suggested("quit") is None
    assert suggested(f"open {folder}/v") == f"open {folder}/var/"
    assert suggested(f"open {folder}/var/log/s") == f"open {folder}/var/log/syslog"
    assert suggested(f"open a.log {folder}/var/log/m") == f"open a.log {folder}/var/log/my\\ app.log"
    assert suggested(f"open {folder}/var/log/my\\ a") == f"open {folder}/var/log/my\\ app.log"
    # One path to the end of the line: nothing has to be quoted.
    assert suggested(f"export {folder}/var/log/my a") == f"export {folder}/var/log/my app.log"
    assert suggested(f"export raw {folder}/var/log/s") == f"export raw {folder}/var/log/syslog"
    monkeypatch.chdir(folder)
    assert suggested("open v") == "open var/"
    monkeypatch.setenv("HOME", str(folder))
    assert suggested("open ~/v") == "open ~/var/"


@pytest.mark.parametrize("typed", ["", "~", "~nobody-of-that-name/x", "/no/such/x", "var/.h/", "var/log/evil"])
def test_where_there_is_nothing_to_complete_nothing_is(
    typed: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert rest_of_path(typed) == ""


def test_hidden_files_are_completed_where_a_dot_is_typed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert rest_of_path("var/") == "log/" and rest_of_path("var/.") == "hidden"


def test_the_last_word_ends_at_a_blank_that_is_not_escaped() -> None:
    assert [last_word(text) for text in ("a b", "a\\ b", "", "a ")] == ["b", "a\\ b", "", ""]


def test_other_logs_are_opened_by_a_completed_path(folder: Path) -> None:
    first = write(folder / "first.log", numbered(3))

    async def act() -> None:
        async with running(app := app_of(first)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app).endswith(b" line 1"))
            await pilot.press("colon", *"open ")
            entry = app.screen.query_one(PromptInput)
            entry.value = f"open {folder}/var/log/my"
            entry.cursor_position = len(entry.value)
            await until(pilot, lambda: entry._suggestion.endswith("app.log"))
            await pilot.press("tab", "enter")
            await until(pilot, lambda: app.study and app.study.has(str(folder / "var/log/my app.log")))
            await until(pilot, lambda: not app.doing)
            await pilot.press("G")
            await until(pilot, lambda: cursor(app).endswith(b" line 7"))

    asyncio.run(act())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("open", "Say what to open"),
        ("open /no/such.log", "There is no /no/such.log"),
        ("open ~nobody-of-that-name/x", "There is no ~nobody-of-that-name/x"),
        ("open 'a", "A quotation mark is not closed"),
        ("watch 'a", "A quotation mark is not closed"),
        ("export ~nobody-of-that-name/x", "cannot be written"),
    ],
)
def test_what_cannot_be_opened_is_a_sentence_and_the_log_stays(text: str, said: str, folder: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(folder / "var/log/syslog"), size=(160, 24)) as pilot:
            await pilot.press("2", "colon")
            await typed(pilot, text)
            await until(pilot, lambda: said in status(app))
            assert app.study and app.study.has(os.fspath(folder / "var/log/syslog"))

    asyncio.run(act())
