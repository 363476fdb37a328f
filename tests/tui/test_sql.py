"""Questions in SQL from any screen: typed, answered as a table, refused in a sentence, copied, written to a file."""

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, datetime
from pathlib import Path

from edgeops.knowledge.entry import Draft, Kind, Origin
from edgeops.knowledge.store import Store
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.screens.incident import IncidentScreen
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.table import RowScreen, TableScreen
from edgeops.tui.widgets.prompt import PromptInput
from edgeops.tui.widgets.sheet import Sheet
from tests.tui.stage import SAMPLES, app_of, running, screen, status, typed, until
from tests.tui.test_hostile import PAYLOADS, assert_tame

OOM = SAMPLES / "01-oom-kill-behind-502.log"
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def _written(app: EdgeopsApp, *texts: str) -> None:
    """Notes in the store of an app."""
    app.store_file.parent.mkdir(parents=True, exist_ok=True)
    with Store(app.store_file) as store:
        for text in texts:
            store.entries.put(Draft(Kind.NOTE, text, "body", Origin("ann")), NOW)


def test_a_question_is_answered_as_a_table_and_its_rows_lead_on() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM)) as pilot:
            await until(pilot, lambda: app.cases and app.cases[0].kept)
            await pilot.press("semicolon")
            await typed(pilot, "SELECT id, state, summary FROM incidents")
            await until(pilot, lambda: isinstance(app.screen, TableScreen))
            assert "state" in screen(app) and "1 rows" in status(app)
            await pilot.press("y")
            assert app.clipboard.startswith(app.cases[0].id)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, RowScreen) and app.screen.query_one(Sheet).target)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, IncidentScreen))

    asyncio.run(act())


def test_a_question_is_changed_and_asked_again_and_esc_leads_back() -> None:
    async def act() -> None:
        app = app_of()
        _written(app, "one", "two", "three")
        async with running(app) as pilot:
            app.command("sql SELECT title FROM entries ORDER BY title")
            await until(pilot, lambda: "three" in screen(app))
            await pilot.press("semicolon")
            await pilot.pause()
            assert app.screen.query_one(PromptInput).value == "SELECT title FROM entries ORDER BY title"
            await typed(pilot, "SELECT count(*) AS n FROM entries")
            await until(pilot, lambda: "three" not in screen(app))
            assert "3" in screen(app)
            await pilot.press("semicolon")
            await typed(pilot, "SELECT title FROM entries WHERE title = 'none'")
            await until(pilot, lambda: "No row fits" in screen(app))
            await pilot.press("y", "escape")
            assert isinstance(app.screen, IncidentsScreen)

    asyncio.run(act())


def test_what_would_change_something_is_a_sentence_and_nothing_is_changed() -> None:
    async def act() -> None:
        app = app_of()
        _written(app, "one")
        async with running(app) as pilot:
            for sql, word in (
                ("DELETE FROM entries", "Only questions"),
                ("SELECT load_extension('x')", "Not for here"),
                ("SELECT nonsense FROM entries", "no such column"),
            ):
                await pilot.press("semicolon")
                await typed(pilot, sql)
                await until(pilot, lambda word=word: word in status(app))
                assert isinstance(app.screen, IncidentsScreen)
            await pilot.press("semicolon")
            await typed(pilot, "SELECT title FROM entries")
            await until(pilot, lambda: "one" in screen(app))

    asyncio.run(act())


def test_a_table_is_written_to_a_new_file_in_which_nothing_is_a_formula(tmp_path: Path) -> None:
    async def act() -> None:
        app = app_of()
        _written(app, "=HYPERLINK(1)", 'quoted "x", y', "@SUM(1)")
        async with running(app) as pilot:
            app.command("sql SELECT title, trust FROM entries ORDER BY title")
            await until(pilot, lambda: isinstance(app.screen, TableScreen))
            file = tmp_path / "out.csv"
            app.command(f"export {file}")
            await until(pilot, lambda: "3 rows" in status(app))
            with file.open(encoding="utf-8", newline="") as text:
                assert list(csv.reader(text)) == [
                    ["title", "trust"], ["'=HYPERLINK(1)", "1.0"], ["'@SUM(1)", "1.0"], ['quoted "x", y', "1.0"],
                ]  # fmt: skip
            app.command(f"export {file}")
            assert "is there already" in status(app)

    asyncio.run(act())


def test_tables_fit_their_window_and_hostile_text_is_tame() -> None:
    async def act() -> None:
        app = app_of()
        _written(app, *(f"wide 磁盘 {payload} title" for payload in PAYLOADS[:30]))
        for size in ((80, 24), (20, 8), (200, 60)):
            async with running(app := app_of(lang="zh"), size=size) as pilot:
                app.command("sql SELECT * FROM entries")
                await until(pilot, lambda: isinstance(app.screen, TableScreen))
                await pilot.pause()
                assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}
                assert_tame(app)
                await pilot.press("y", "enter")
                assert_tame(app)
                await pilot.press("j", "y")
                assert_tame(app)

    asyncio.run(act())


def test_the_tables_are_told_in_the_help() -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(120, 200)) as pilot:
            await pilot.press("question_mark")
            assert "incident, ref, root" in screen(app)

    asyncio.run(act())
