"""Questions: answered without a model and with one, streamed, stopped; citations followed."""

from __future__ import annotations

import asyncio

from edgeops.knowledge.store import Store
from edgeops.records import Tier
from edgeops.tui.screens.ask import AskScreen
from edgeops.tui.screens.entry import EntryScreen
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.logs import LogsScreen
from edgeops.tui.turns import Cite
from edgeops.tui.widgets.sheet import Sheet
from tests.tui.asked import OOM, WHY, Speaker, ask_screen, asked, store_file, taught
from tests.tui.stage import app_of, cursor, running, screen, status, typed, until


def test_a_question_is_answered_without_a_model_and_every_sentence_shows_what_bears_it_out() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            await pilot.press("3", "m")
            assert "incidents at hand: 1" in screen(app)
            await asked(pilot, WHY)
            answer = ask_screen(app).conversation.talk.answers[0]
            assert answer.tier is Tier.KNOWN
            shown = screen(app)
            assert f"> {WHY}" in shown
            assert "[known] without the model" in shown
            assert "L18 01-oom-kill-behind-502.log:317" in shown
            assert "Out of memory: Killed process" in shown
            assert "$ free -m" in shown
            await pilot.press("G")
            assert "Read as well, not cited" in screen(app)
            assert "Left out: 51 lines" in screen(app)
            with Store(store_file(), readonly=True) as store:
                assert store.database.connection.execute("SELECT said FROM turn").fetchall() == [(WHY,)]

    asyncio.run(act())


def test_a_citation_leads_to_its_line_by_enter_and_by_a_click() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            await pilot.press("3", "m")
            await asked(pilot, WHY)
            await pilot.press("j", "j", "enter")
            await until(pilot, lambda: isinstance(app.screen, LogsScreen) and cursor(app))
            assert b"Out of memory: Killed process 21877" in cursor(app)
            await pilot.press("3")
            sheet = app.screen.query_one(Sheet)
            row = next(at for at, line in enumerate(sheet.lines) if line.links and line.links[0][2].place.line == 320)
            begin, *_ = next(link for link in sheet.lines[row].links if link[2].place.line == 320)
            await pilot.click(sheet, offset=(begin + 1, row - int(sheet.scroll_offset.y)))
            await until(pilot, lambda: isinstance(app.screen, LogsScreen) and b"reset by peer" in cursor(app))

    asyncio.run(act())


def test_a_citation_of_an_entry_leads_to_it_and_back() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            await pilot.press("3", "m")
            await asked(pilot, WHY)
            sheet = app.screen.query_one(Sheet)
            known = next(
                line.target
                for line in sheet.lines
                if isinstance(line.target, Cite) and hasattr(line.target.place, "entry")
            )
            sheet.stand_on(known)
            await pilot.pause()
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, EntryScreen) and app.screen.reading)
            assert app.screen.reading.entry.id == known.place.entry  # type: ignore[attr-defined]
            await pilot.press("q", "3")
            assert f"> {WHY}" in screen(app)

    asyncio.run(act())


def test_what_the_model_writes_is_shown_as_it_comes_and_then_checked() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            engine = Speaker(
                "The kernel ended java because memory ran out [L18]. It lies on 10.9.9.9. Coffee is good for people.",
                free=False,
            )
            taught(app, engine)
            await pilot.press("3", "a")
            await typed(pilot, WHY)
            await until(pilot, lambda: "writing; esc stops" in screen(app) and "The" in screen(app))
            assert "ended java" not in screen(app)
            await pilot.press("a")
            await typed(pilot, "and what else?")
            assert "at work" in status(app)
            engine.go.set()
            await until(pilot, lambda: "[reasoned] model: speaker-1b" in screen(app))
            shown = screen(app)
            assert "The kernel ended java because memory ran out [L18]." in shown
            assert "general knowledge, cited by nothing here" in shown
            assert "10.9.9.9 (" in shown
            assert len(engine.scripts) == 1

    asyncio.run(act())


def test_esc_stops_the_model_and_what_is_known_without_it_answers() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            engine = Speaker("never", free=False)
            taught(app, engine)
            await pilot.press("3", "a")
            await typed(pilot, WHY)
            await until(pilot, engine.spoke.is_set)
            await pilot.press("2")
            assert isinstance(app.screen, LogsScreen)
            await pilot.press("3", "escape")
            assert isinstance(app.screen, AskScreen)
            await until(pilot, lambda: not ask_screen(app).coming)
            assert engine.ended.is_set()
            assert "You stopped the model; this is what is known without it." in screen(app)
            assert "Out of memory: Killed process" in screen(app)
            await pilot.press("escape")
            assert isinstance(app.screen, IncidentsScreen)

    asyncio.run(act())


def test_an_answer_that_comes_while_one_looks_elsewhere_is_announced() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM)) as pilot:
            await until(pilot, lambda: app.cases)
            engine = Speaker("It is full [L18].", free=False)
            taught(app, engine)
            await pilot.press("3", "a")
            await typed(pilot, WHY)
            await until(pilot, engine.spoke.is_set)
            await pilot.press("1")
            engine.go.set()
            await until(pilot, lambda: "The answer to your question is there" in status(app))

    asyncio.run(act())


def test_leaving_the_app_while_the_model_speaks_ends_it() -> None:
    engine = Speaker("never", free=False)

    async def act() -> None:
        async with running(app := app_of(OOM)) as pilot:
            await until(pilot, lambda: app.cases)
            taught(app, engine)
            await pilot.press("3", "a")
            await typed(pilot, WHY)
            await until(pilot, engine.spoke.is_set)
            app.exit()

    asyncio.run(act())
    assert engine.ended.wait(15)
