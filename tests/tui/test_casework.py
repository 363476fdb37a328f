"""What goes on beside an incident's answer: past fixes, deeds, notes, its time line, resolved, reported, citations, what carried it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot

from edgeops.assistant.annals import annals
from edgeops.assistant.reasoned import Mind
from edgeops.knowledge.entry import Result
from edgeops.knowledge.store import Store
from edgeops.records import State
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.screens.incident import IncidentScreen
from edgeops.tui.screens.logs import LogsScreen
from edgeops.tui.timeline import lines, moments
from edgeops.tui.widgets.sheet import Sheet
from tests.tui.stage import NOW, SAMPLES, app_of, cursor, running, screen, status, typed, until, write
from tests.tui.test_incidents import STRANGE, Slow

OOM = SAMPLES / "01-oom-kill-behind-502.log"


async def _opened(pilot: Pilot[None], app: EdgeopsApp) -> None:
    await until(pilot, lambda: app.cases and app.cases[0].kept)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, IncidentScreen))


def test_what_helped_before_and_what_was_done_stand_below_the_answer() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(160, 60)) as pilot:
            await _opened(pilot, app)
            await pilot.press("f")
            await typed(pilot, "raised the memory limit")
            await typed(pilot, "y")
            await until(pilot, lambda: "What was done" in screen(app))
            assert "it worked" in screen(app)
        with Store(app.store_file) as store:
            name = app.cases[0].id
            answer = store.incident(name).explanation
            others = annals(store, "another", answer, NOW)
            assert [entry.outcomes.worked for entry in others.past][:1] == [1]
            mine = annals(store, name, answer, NOW)
            assert mine.deeds and others.past[0].id not in {entry.id for entry in mine.past}

    asyncio.run(act())


def test_a_like_incident_shows_the_fix_with_how_often_it_worked(tmp_path: Path) -> None:
    async def act() -> None:
        async with running(first := app_of(OOM)) as pilot:
            await _opened(pilot, first)
            first.record(first.cases[0].id, "raised the memory limit", Result.WORKED)
            await until(pilot, lambda: first.cases[0].state is State.RESOLVED)
        again = write(tmp_path / "again.log", OOM.read_bytes())
        async with running(app := app_of(again), size=(160, 60)) as pilot:
            await until(pilot, lambda: app.cases and app.cases[0].incident)
            await pilot.press("enter")
            await until(pilot, lambda: "What helped before" in screen(app))
            assert "worked 1 of 1 times" in screen(app)
            assert "raised the memory limit" in screen(app)

    asyncio.run(act())


def test_notes_are_kept_and_the_incident_is_resolved_and_opened_again() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(160, 60)) as pilot:
            await _opened(pilot, app)
            await pilot.press("n")
            await typed(pilot, "seen after the move, password=hunter2secret")
            await until(pilot, lambda: "seen after the move" in screen(app))
            assert "hunter2secret" not in screen(app)
            await pilot.press("r")
            await until(pilot, lambda: app.cases[0].state is State.RESOLVED)
            await pilot.press("r")
            await until(pilot, lambda: app.cases[0].state is State.EXPLAINED)
            app.cases = [replace(app.cases[0], kept=None)]
            await pilot.press("r")
            assert "does not hold" in status(app)

    asyncio.run(act())


def test_a_report_is_written_to_a_new_file(tmp_path: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(OOM)) as pilot:
            app.command("report x.md")
            assert "Open an incident first" in status(app)
            app.command("why")
            assert "Open an incident first" in status(app)
            await _opened(pilot, app)
            app.command("report")
            assert "Open an incident first" in status(app)
            for name, begin in (("r.md", "# "), ("r.html", "<!doctype html>")):
                app.command(f"report {tmp_path / name}")
                await until(pilot, lambda name=name: (tmp_path / name).exists())
                assert (tmp_path / name).read_text("utf-8").startswith(begin)
            app.command(f"report {tmp_path / 'r.md'}")
            await until(pilot, lambda: "is there already" in status(app))

    asyncio.run(act())


def test_the_time_line_is_in_order_with_its_pauses_and_leads_to_the_lines() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(160, 60)) as pilot:
            await _opened(pilot, app)
            evidence = app.screen.query_one("#evidence", Sheet)
            assert any(("head", "Time line  ") in line.spans for line in evidence.lines)
            found = moments(app.cases[0])
            assert [one.time for one in found] == sorted(one.time for one in found)
            assert sum(one.is_root for one in found) == 1
            evidence.action_edge(1)
            place = evidence.target
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, LogsScreen) and cursor(app))
            await until(pilot, lambda: f":{place.line} " in status(app))

    asyncio.run(act())


def test_a_pause_in_the_time_line_says_how_long_it_was(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(
            tmp_path / "a.log",
            b"".join(
                b"2026-04-14T%02d:%02d:00Z host app[7]: ERROR part %s of the thing broke\n" % (hour, minute, word)
                for hour, minute, word in ((10, 0, b"one"), (10, 1, b"two"), (10, 4, b"three"), (10, 4, b"four"))
            ),
        )
        async with running(app := app_of(log), size=(160, 60)) as pilot:
            await until(pilot, lambda: app.cases)
            shown = [line.spans[0][1] for line in lines(app.cases[0], app.say, app.zone, ascii_only=True)]
            assert [text.split()[-1] for text in shown if ":" in text[:4]] == ["0:01:00", "0:03:00"]

    asyncio.run(act())


def test_a_citation_leads_to_its_line_by_the_mouse_and_by_enter() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(160, 60)) as pilot:
            await _opened(pilot, app)
            answer = app.screen.query_one("#answer", Sheet)
            at, line = next((at, line) for at, line in enumerate(answer.lines) if line.links)
            begin, _, place = line.links[0]
            await pilot.click(answer, offset=(begin, at))
            await until(pilot, lambda: isinstance(app.screen, LogsScreen) and f":{place.line} " in status(app))
            await pilot.press("1")
            await until(pilot, lambda: isinstance(app.screen, IncidentScreen))
            answer = app.screen.query_one("#answer", Sheet)
            answer.focus()
            answer.action_edge(-1)
            assert answer.target == place
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, LogsScreen))

    asyncio.run(act())


def test_a_known_answer_says_which_line_states_it() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(160, 60)) as pilot:
            await _opened(pilot, app)
            await pilot.press("w")
            await until(pilot, lambda: "What carried the answer" in screen(app))
            assert "states the known fault" in screen(app)

    asyncio.run(act())


def test_weighing_the_lines_is_stopped_by_esc_and_without_logs_it_says_why_not(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "strange.log", STRANGE)
        async with running(app := app_of(log)) as pilot:
            engine = Slow()
            app.session.__dict__["mind"] = Mind(engine)
            await until(pilot, lambda: app.cases)
            await pilot.press("enter", "x")
            await until(pilot, lambda: "the model reads" in screen(app))
            await pilot.press("w")
            assert "at work" in status(app)
            await pilot.press("escape")
            await until(pilot, engine.ended.is_set)
            await until(pilot, lambda: app._stop is None)
            assert isinstance(app.screen, IncidentScreen)

    asyncio.run(act())


def test_the_annals_of_an_incident_that_is_not_kept_are_those_of_its_like(tmp_path: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(OOM)) as pilot:
            await until(pilot, lambda: app.cases and app.cases[0].answer)
            with Store(tmp_path / "other.db") as store:
                found = annals(store, "none", app.cases[0].answer, NOW)
                assert (found.past, found.deeds, found.notes) == ((), (), ())
                assert not store.knows("none")

    asyncio.run(act())


def test_what_threads_tell_an_app_that_left_is_no_fault() -> None:
    async def act() -> EdgeopsApp:
        async with running(app := app_of(OOM)):
            pass
        return app

    app = asyncio.run(act())
    app._screen_stacks[app._current_mode].clear()
    assert (app.front, app.room, app.incident_screen, app.logs_screen) == (None, None, None, None)
    app.hint("too late")
