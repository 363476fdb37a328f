"""Conversations: steered, kept and found again; what cannot be used costs a sentence; hostile text is tame."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pysqlite3
import pytest
from textual import events

from edgeops.knowledge.entry import Kind
from edgeops.knowledge.store import Store
from edgeops.tui.screens.ask import AskScreen
from edgeops.tui.screens.incident import IncidentScreen
from edgeops.tui.screens.logs import LogsScreen
from edgeops.tui.widgets.prompt import Prompt
from tests.tui.asked import OOM, WHY, Speaker, ask_screen, asked, store_file, taught
from tests.tui.stage import app_of, cursor, running, screen, status, typed, until, write
from tests.tui.test_hostile import PAYLOADS, assert_tame


def test_replies_steer_and_what_mended_it_becomes_an_entry() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            await pilot.press("3", "f")
            assert "Nothing was asked yet" in status(app)
            await pilot.press("m")
            await asked(pilot, WHY)
            await asked(pilot, "no, the memory is fine")
            assert "ruled out: memory-oom-kill" in screen(app)
            await asked(pilot, "that was it")
            assert app.screen.query_one(Prompt).kind == "mended"
            await typed(pilot, "restarted orders")
            await until(pilot, lambda: "Kept as talk-" in status(app))
            with Store(store_file(), readonly=True) as store:
                (entry,) = store.entries.all(Kind.INCIDENT)
                assert "restarted orders" in entry.body
                assert entry.outcomes.worked == 1

    asyncio.run(act())


def test_a_conversation_about_an_incident_begins_with_its_explanation_and_is_kept_with_it() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            await pilot.press("enter")
            assert isinstance(app.screen, IncidentScreen)
            app.ask_about_case(app.cases[0].id)
            await until(pilot, lambda: "reply to the answer" in screen(app))
            assert "> What is behind this: Out of memory: Killed process 21877 (java)" in screen(app)
            assert "about: The machine ran out of memory" in screen(app)
            await typed(pilot, "no, the memory is fine")
            await until(pilot, lambda: "ruled out: memory-oom-kill" in screen(app))
            with Store(store_file(), readonly=True) as store:
                rows = store.database.connection.execute("SELECT said FROM turn ORDER BY number").fetchall()
                assert [row[0][:4] for row in rows] == ["What", "no, "]
                assert store.database.connection.execute("SELECT count(*) FROM hand").fetchone() == (1,)

    asyncio.run(act())


def test_chosen_lines_are_at_hand_and_lead_back_to_their_file() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            incident = app.cases[0].incident
            assert incident
            app.ask_about("these lines", [incident])
            await until(pilot, lambda: "about: these lines" in screen(app) and "reply to the answer" in screen(app))
            await pilot.press("escape", "j", "enter")
            await until(pilot, lambda: isinstance(app.screen, LogsScreen) and cursor(app))

    asyncio.run(act())


def test_earlier_conversations_are_listed_searched_and_gone_on_with() -> None:
    async def first() -> None:
        async with running(app := app_of(), size=(100, 30)) as pilot:
            await pilot.press("3", "m")
            await asked(pilot, "why is the disk full?")
            await pilot.press("n")
            await asked(pilot, "为什么 nginx 返回 502？")
            assert ask_screen(app).conversation.talk.answers[0].lang == "zh"

    async def second() -> None:
        async with running(app := app_of(), size=(100, 30)) as pilot:
            await pilot.press("3")
            await until(pilot, lambda: "为什么 nginx" in screen(app) and "why is the disk full?" in screen(app))
            await pilot.press("slash")
            await typed(pilot, "disk")
            await until(pilot, lambda: "nginx" not in screen(app))
            await pilot.press("j", "enter")
            await until(pilot, lambda: "> why is the disk full?" in screen(app))
            await pilot.press("m")
            await asked(pilot, "no, there is plenty of space")
            assert len(ask_screen(app).conversation.talk.answers) == 2
            await pilot.press("o")
            await until(pilot, lambda: "2 turns" in screen(app))
            await pilot.press("escape")
            assert "> no, there is plenty of space" in screen(app)
            await pilot.press("o", "slash")
            await typed(pilot, "football")
            await until(pilot, lambda: "No conversation has these words: football" in screen(app))

    asyncio.run(first())
    asyncio.run(second())


def test_a_command_asks_from_anywhere() -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(100, 30)) as pilot:
            await pilot.press("colon")
            await typed(pilot, "ask why is the disk full?")
            await until(
                pilot, lambda: isinstance(app.screen, AskScreen) and not app.screen.coming and "[K1]" in screen(app)
            )
            await pilot.press("1", "colon")
            await typed(pilot, "ask")
            assert isinstance(app.screen, AskScreen)

    asyncio.run(act())


def test_what_nothing_is_known_about_is_said() -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(100, 30)) as pilot:
            await pilot.press("3")
            assert "no logs at hand" in screen(app)
            await asked(pilot, "who won the football match")
            assert "I cannot answer that: " in screen(app)
            assert "[insufficient]" in screen(app)

    asyncio.run(act())


@pytest.mark.parametrize("harm", ["damaged", "of another program", "locked"])
def test_a_store_that_cannot_be_used_costs_a_sentence_and_the_pack_answers(
    harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeops.knowledge.database.WAIT_S", 0.2)

    async def act() -> None:
        file = store_file()
        file.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        if harm == "damaged":
            file.write_bytes(b"SQLite format 3\0" + b"\xff" * 8000)
        with closing(pysqlite3.connect(file)) if harm != "damaged" else closing(pysqlite3.connect(":memory:")) as other:
            if harm != "damaged":
                other.execute("CREATE TABLE theirs (a)")
            if harm == "locked":
                other.execute("BEGIN EXCLUSIVE")
            async with running(app := app_of(), size=(100, 30), read=False) as pilot:
                await until(pilot, lambda: app.session)
                await pilot.press("3", "m")
                await pilot.press("a")
                await typed(pilot, "why is the disk full?")
                await until(pilot, lambda: ask_screen(app).conversation.talk.answers or status(app).strip())
                await pilot.press("j", "y", "o", "q")
                assert app.is_running

    asyncio.run(act())


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (20, 8), (10, 4)])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_it_fits_its_window_in_chinese_too(size: tuple[int, int], ascii_only: bool) -> None:
    async def act() -> None:
        async with running(app := app_of(OOM, lang="zh", ascii_only=ascii_only), size=size) as pilot:
            await until(pilot, lambda: app.cases)
            for keys in (["3", "m"], ["a"], ["escape", "j", "G"], ["o"]):
                await pilot.press(*keys)
                await pilot.pause()
                if keys == ["a"]:
                    await typed(pilot, "为什么 nginx 返回 502？")
                    await until(pilot, lambda: ask_screen(app).conversation.kept)
                strips = app.screen._compositor.render_strips()
                assert len(strips) == size[1]
                assert {strip.cell_length for strip in strips} == {size[0]}

    asyncio.run(act())


def test_hostile_questions_lines_and_passages_are_tame(tmp_path: Path) -> None:
    words = ("disk", "socket", "thread", "lease", "queue", "token", "mirror", "shard")
    lines = [
        f"2026-04-14T10:{at // 60 % 60:02}:{at % 60:02}Z web{one}1 app[7]: ERROR {words[at % 8]} {at} broke {one} down"
        for at, one in enumerate(PAYLOADS)
    ]
    oom = f"2026-04-14T10:00:00Z web1 kernel: Out of memory: Killed process 4121 (ja{PAYLOADS[0]}va) total-vm:1kB"
    log = write(tmp_path / "a\x1b[31m\u202e[red].log", "\n".join([oom, *lines]).encode("utf-8", "surrogatepass"))

    async def act() -> None:
        async with running(app := app_of(log), size=(120, 60)) as pilot:
            await until(pilot, lambda: app.cases)
            engine = Speaker(f"It was {''.join(PAYLOADS[:40])} [L1]. [/] {PAYLOADS[1]}java {PAYLOADS[-1]} [K1].")
            taught(app, engine)
            await pilot.press("3")
            for payload in (PAYLOADS[0], "[/x]", "\u202eabc", "a\x1b[2Jb\nsecond line [link=x]"):
                await pilot.press("a")
                app.screen.query_one("PromptInput").post_message(events.Paste(f"memory out? {payload}"))
                await pilot.pause()
                assert_tame(app)
                await pilot.press("enter")
                await until(pilot, lambda: not ask_screen(app).coming)
                assert_tame(app)
                await pilot.press("G", "y")
                assert_tame(app)
            assert "second line" in ask_screen(app).conversation.talk.answers[-1].question
            await pilot.press("o")
            await pilot.pause(0.2)
            assert_tame(app)
            app.ask_about(PAYLOADS[0] + "x\x1b]0;y\x07", [], app.cases[0].explanation)
            await pilot.pause(0.2)
            assert_tame(app)

    asyncio.run(act())
