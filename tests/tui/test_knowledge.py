"""What is known: searched as one types, read, edited, judged; and stores that cannot be used."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
from textual import events

from edgeops import hooks, paths
from edgeops.knowledge.entry import Draft, Kind, Origin, Result
from edgeops.knowledge.library import open_library
from edgeops.knowledge.store import Store
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.screens.editing import Editor, EditScreen, Headline
from edgeops.tui.screens.entry import EntryScreen
from edgeops.tui.screens.knowledge import KnowledgeScreen
from edgeops.tui.shelves import compared
from edgeops.tui.widgets.prompt import PromptInput
from edgeops.tui.widgets.sheet import Sheet
from tests.tui.stage import NOW, app_of, running, screen, status, typed, until
from tests.tui.test_hostile import PAYLOADS, assert_tame

ME = Origin("tester", "here")
WIDE = (240, 24)
"""Room for a sentence with a path in it."""
NOTE = Draft(Kind.NOTE, "Gate 7 sticks", "Push the flux lever.\n\n    gatectl --unstick 7\n", ME, id="gate7")


@pytest.fixture
def store() -> Iterator[Store]:
    file = store_file()
    file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    with open_library(file, hooks.registry(), NOW - timedelta(days=1)) as opened:
        opened.entries.put(NOTE, NOW)
        yield opened


def store_file() -> Path:
    return paths.find(os.environ).store_file


def knowledge(app: EdgeopsApp) -> KnowledgeScreen:
    found = app.screen
    assert isinstance(found, KnowledgeScreen)
    return found


async def opened(pilot: Any) -> None:
    """Go there, and wait for the list."""
    await until(pilot, lambda: pilot.app.session)
    await pilot.press("4")
    await until(pilot, lambda: knowledge(pilot.app).finding)


async def entry_shown(pilot: Any) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, EntryScreen) and pilot.app.screen.reading)


def test_what_people_here_wrote_stands_before_the_starter_pack(store: Store) -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            await opened(pilot)
            rows = screen(app).split("\n")
            assert "Written here, the latest first" in rows[1]
            assert rows[3].startswith(" note             1.00  Gate 7 sticks")
            assert rows[4].startswith(" fault ")
            assert " · " not in rows[4]

    asyncio.run(act())


def test_every_key_searches_and_a_word_that_is_only_begun_finds(store: Store) -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            await opened(pilot)
            await pilot.press("slash", *"unsti")
            await until(pilot, lambda: "found for unsti" in screen(app))
            assert "Gate 7 sticks" in screen(app).split("\n")[3]
            assert knowledge(app).query_one(PromptInput).value == "unsti"
            finding = knowledge(app).finding
            assert finding
            assert finding.hits[0].id == "gate7"
            await pilot.press("enter")
            await pilot.press("enter")
            await entry_shown(pilot)
            await pilot.press("escape", "slash")
            await typed(pilot, "qwertzuiop")
            await until(pilot, lambda: "Nothing known fits qwertzuiop" in screen(app))
            await pilot.press("slash")
            await typed(pilot, "")
            await until(pilot, lambda: "Written here" in screen(app))

    asyncio.run(act())


def test_a_fault_shows_its_steps_as_exact_argv_which_are_copied(store: Store) -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(100, 50)) as pilot:
            await opened(pilot)
            knowledge(app).open("disk-full")
            await entry_shown(pilot)
            await until(pilot, lambda: "$ df -hT" in screen(app))
            shown = screen(app)
            assert "A file system is full" in shown
            assert "文件系统已满" not in shown
            assert "(reads only)" in shown
            sheet = app.screen.query_one(Sheet)
            whole = "\n".join("".join(text for _, text in line.spans) for line in sheet.lines)
            assert "changes the system" in whole
            assert "fill in unit" in whole
            assert whole.count("df -hT") == 1
            at = next(at for at, line in enumerate(sheet.lines) if line.copy == "df -hT")
            while sheet.cursor < at:
                await pilot.press("j")
            await pilot.press("y")
            assert app.clipboard == "df -hT"

    asyncio.run(act())


def test_an_edit_is_a_new_version_and_the_history_shows_what_it_changed(store: Store) -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(100, 40)) as pilot:
            await opened(pilot)
            await pilot.press("enter")
            await entry_shown(pilot)
            assert "History" not in screen(app)
            await pilot.press("e")
            await until(pilot, lambda: isinstance(app.screen, EditScreen) and app.screen.query(Editor))
            editor = app.screen.query_one(Editor)
            assert editor.text == "Push the flux lever.\n\n    gatectl --unstick 7"
            await pilot.press("ctrl+s")
            assert "Nothing was changed" in status(app)
            editor.move_cursor(editor.document.end)
            await pilot.press("enter", *"y 4 q?")
            await pilot.press("escape")
            assert "Not kept yet" in status(app)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: isinstance(app.screen, EntryScreen) and "Kept as version 2" in status(app))
            await until(pilot, lambda: "History" in screen(app))
            entry = store.entries.get("gate7")
            assert entry.body.endswith("unstick 7\ny 4 q?")
            assert [one.revision for one in store.entries.versions("gate7")] == [1, 2]
            await pilot.press("G", "k", "enter")
            await until(pilot, lambda: "Version 2 of 2" in screen(app))
            assert "+ y 4 q?" in screen(app)
            await pilot.press("escape")
            assert isinstance(app.screen, EntryScreen)
            assert "Version 2 of 2" not in screen(app)

    asyncio.run(act())


def test_a_change_meanwhile_is_said_and_both_versions_are_kept(store: Store) -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(100, 40)) as pilot:
            await opened(pilot)
            await pilot.press("enter")
            await entry_shown(pilot)
            await pilot.press("e")
            await until(pilot, lambda: isinstance(app.screen, EditScreen) and app.screen.query(Headline))
            store.entries.edit("gate7", "somebody", NOW, body="Pull it.")
            app.screen.query_one(Headline).value = "Gate 7 sticks again"
            await pilot.press("ctrl+s")
            await until(pilot, lambda: "somebody changed it while you wrote" in status(app))
            assert len(store.entries.versions("gate7")) == 3

    asyncio.run(act())


def test_a_note_is_written_and_found_at_once(store: Store) -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            await opened(pilot)
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, EditScreen) and app.screen.query(Headline))
            await pilot.press("ctrl+s")
            await pilot.press(*"Pump 3", "enter")
            app.screen.query_one(Editor).post_message(events.Paste("prime it\nfirst \x1b[2J"))
            await pilot.pause()
            assert app.screen.query_one(Editor).text == "prime it\nfirst ␛[2J"
            assert_tame(app)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: isinstance(app.screen, KnowledgeScreen) and "Kept as " in status(app))
            await until(pilot, lambda: "Pump 3" in screen(app))
            (made,) = (one for one in store.entries.all(Kind.NOTE) if one.title == "Pump 3")
            assert (made.body, made.origin.author) == ("prime it\nfirst ␛[2J", "tester")
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, EditScreen) and app.screen.query(Headline))
            await pilot.press("x", "escape", "escape")
            await until(pilot, lambda: isinstance(app.screen, KnowledgeScreen))
            assert len(list(store.entries.all(Kind.NOTE))) == 2

    asyncio.run(act())


def test_an_outcome_is_recorded_in_three_answers_and_counts_at_once(store: Store) -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            await opened(pilot)
            await pilot.press("f")
            await typed(pilot, "y")
            await typed(pilot, "twice")
            await until(pilot, lambda: "worked 1 of 1" in status(app))
            await until(pilot, lambda: " note     1/1" in screen(app))
            await pilot.press("enter")
            await entry_shown(pilot)
            assert "twice" in screen(app)
            await pilot.press("f")
            await typed(pilot, "n")
            await typed(pilot, "")
            await until(pilot, lambda: "worked 1 of 2" in screen(app))
            assert {one.note for one in store.entries.outcomes("gate7")} == {"twice", ""}

    asyncio.run(act())


def test_the_entry_at_the_cursor_stands_beside_the_list_where_there_is_room(store: Store) -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(200, 40)) as pilot:
            await opened(pilot)
            await until(pilot, lambda: "gatectl --unstick 7" in screen(app))
            await pilot.press("j")
            await until(pilot, lambda: "gatectl" not in screen(app) and "trust 1" in screen(app))

    asyncio.run(act())


def test_a_command_searches_from_anywhere() -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            await until(pilot, lambda: app.session)
            await pilot.press("colon")
            await typed(pilot, "kb no space left")
            await until(
                pilot, lambda: isinstance(app.screen, KnowledgeScreen) and "found for no space left" in screen(app)
            )
            await pilot.press("enter")
            await entry_shown(pilot)
            await pilot.press("4")
            assert isinstance(app.screen, KnowledgeScreen)

    asyncio.run(act())


def test_an_entry_that_is_gone_is_said() -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            await until(pilot, lambda: app.session)
            app.open_entry("no-such-entry")
            await until(pilot, lambda: "No entry begins with 'no-such-entry'" in screen(app))
            await pilot.press("e", "f", "y", "j", "enter", "q")
            assert isinstance(app.screen, KnowledgeScreen)

    asyncio.run(act())


@pytest.mark.parametrize("harm", ["of another program", "locked", "made by a newer edgeops"])
def test_a_store_that_cannot_be_used_costs_a_sentence_and_the_app_stays(harm: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("edgeops.knowledge.database.WAIT_S", 0.2)
    file = store_file()
    file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    with Store(file):
        pass
    with closing(pysqlite3.connect(file)) as other:
        if harm == "of another program":
            other.execute("DROP TABLE incident")
            other.execute("CREATE TABLE theirs (a)")
            other.commit()
        elif harm == "locked":
            other.execute("BEGIN EXCLUSIVE")
        else:
            other.execute("PRAGMA user_version = 9999")

        async def act() -> None:
            async with running(app := app_of(), read=False, size=WIDE) as pilot:
                await until(pilot, lambda: app.session)
                await pilot.press("4")
                await until(pilot, lambda: "store" in screen(app).split("\n")[-2])
                await pilot.press("slash")
                await typed(pilot, "disk")
                await pilot.press("enter", "f", "n", "escape", "escape", "4", "j", "y")
                assert app.is_running

        asyncio.run(act())


def test_a_damaged_store_is_said_and_searched_again_once_it_is_saved(store: Store) -> None:
    store.database.close()
    file = store_file()
    data = bytearray(file.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    file.write_bytes(data)

    async def act() -> None:
        async with running(app := app_of(), read=False, size=WIDE) as pilot:
            await until(pilot, lambda: app.session)
            await pilot.press("4")
            await until(pilot, lambda: isinstance(app.screen, KnowledgeScreen) and "damaged" in screen(app))
            for _ in range(3):
                await pilot.press("slash")
                await typed(pilot, "disk full")
                await pilot.pause(0.5)
            await until(pilot, lambda: isinstance(app.screen, KnowledgeScreen) and app.screen.finding)
            await pilot.press("j", "enter", "q")
            assert app.is_running

    asyncio.run(act())


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (20, 8), (10, 4)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_fits_its_window(size: tuple[int, int], lang: str, store: Store) -> None:
    store.entries.judge("gate7", Result.WORKED, ME, NOW)
    store.entries.edit("gate7", "tester", NOW, title="七号门卡住", body="推动手柄。" * 40)

    async def act() -> None:
        async with running(app := app_of(lang=lang), size=size) as pilot:
            await opened(pilot)
            for keys in (["slash", "x"], ["escape"], ["enter"], ["G"], ["enter"], ["e"], ["escape"], ["f"]):
                await pilot.press(*keys)
                await pilot.pause(0.1)
                strips = app.screen._compositor.render_strips()
                assert len(strips) == size[1]
                assert {strip.cell_length for strip in strips} == {size[0]}

    asyncio.run(act())


def test_hostile_entries_are_tame_on_every_screen(store: Store) -> None:
    evil = " ".join(PAYLOADS)
    store.entries.put(
        Draft(Kind.NOTE, f"A {evil}", f"B\n{evil}\n" + "\n".join(PAYLOADS), Origin("e\x1b[2J", "m"), id="evil"), NOW
    )
    store.entries.edit("evil", "x\x9b2J", NOW, body="C " + evil)
    store.entries.judge("evil", Result.FAILED, ME, NOW, evil)

    async def act() -> None:
        async with running(app := app_of(), size=(200, 60)) as pilot:
            await opened(pilot)
            await until(pilot, lambda: "A " in screen(app))
            assert_tame(app)
            knowledge(app).search(evil[:80])
            await pilot.pause(0.3)
            assert_tame(app)
            knowledge(app).open("evil")
            await entry_shown(pilot)
            assert_tame(app)
            for keys in (["y"], ["G"], ["y"], ["k", "enter"], ["escape"]):
                await pilot.press(*keys)
                await pilot.pause(0.05)
                assert_tame(app)
            await pilot.press("e")
            await until(pilot, lambda: isinstance(app.screen, EditScreen) and app.screen.query(Editor))
            assert_tame(app)
            await pilot.press("tab", "end", "x", "ctrl+s")
            await until(pilot, lambda: isinstance(app.screen, EntryScreen))
            await pilot.pause(0.1)
            assert_tame(app)
            # What was not touched is kept byte for byte.
            assert store.entries.get("evil").body == store.entries.versions("evil")[1].body

    asyncio.run(act())


def test_versions_are_compared_line_by_line_unless_they_are_too_long() -> None:
    assert compared(["a", "b", "c"], ["a", "x", "c"]) == [(" ", "a"), ("-", "b"), ("+", "x"), (" ", "c")]
    assert compared(["a"] * 3000, ["b"] * 3000) is None
