"""Notes beside lines: typed, shown, kept, found again after a rotation, listed, taken away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edgeops.tui.screens.logs import LogsScreen
from edgeops.tui.screens.notes import NotesScreen
from edgeops.tui.widgets.prompt import PromptInput
from edgeops.tui.widgets.sheet import Sheet
from tests.tui.stage import app_of, cursor, numbered, running, screen, status, typed, until, view, write
from tests.tui.test_hostile import PAYLOADS, assert_tame


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "app.log", numbered(300))


def test_a_note_stands_below_its_line_and_is_there_again_the_next_time_without_its_secrets(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "j", "c")
            await typed(pilot, "here it began, password=hunter2secret was tried")
            await until(pilot, lambda: "here it began" in screen(app))
            rows = screen(app).split("\n")
            at = next(at for at, row in enumerate(rows) if "here it began" in row)
            assert rows[at - 1].rstrip().endswith("line 2")
            assert cursor(app).endswith(b" line 2")
        async with running(app := app_of(log, ascii_only=True)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: "# here it began" in screen(app))
            assert "hunter2secret" not in screen(app)

    asyncio.run(act())


def test_a_note_stays_with_its_line_when_the_log_is_rotated_and_not_with_another_line_at_its_place(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "j", "c")
            await typed(pilot, "remember me")
            await until(pilot, lambda: "remember me" in screen(app))
        log.rename(log.with_name("app.log.1"))
        log.write_bytes(numbered(300).replace(b" line ", b" LINE "))
        async with running(app := app_of(log.parent)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: screen(app).count("remember me") == 1)
            rows = screen(app).split("\n")
            at = next(at for at, row in enumerate(rows) if "remember me" in row)
            assert "app.log.1" in rows[at - 1] and rows[at - 1].rstrip().endswith("line 2")

    asyncio.run(act())


def test_notes_are_gone_to_listed_changed_and_taken_away(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "L")
            assert "Nothing was noted" in screen(app)
            await pilot.press("q")
            for number in (7, 200):
                app.command(f"goto {number}")
                await until(pilot, lambda number=number: cursor(app).endswith(b" line %d" % number))
                await pilot.press("c")
                await typed(pilot, f"note {number}")
                await until(pilot, lambda number=number: f"✎ note {number}" in screen(app))
            await pilot.press("g", "u")
            assert cursor(app).endswith(b" line 7")
            await pilot.press("j", "m", "U")
            assert cursor(app).endswith(b" line 8")
            await pilot.press("u")
            assert cursor(app).endswith(b" line 200")
            await pilot.press("L")
            assert isinstance(app.screen, NotesScreen)
            assert "note 7" in screen(app) and "note 200" in screen(app)
            app.screen.query_one(Sheet).action_edge(-1)
            await pilot.press("y", "enter")
            assert app.clipboard == "note 7"
            await until(pilot, lambda: isinstance(app.screen, LogsScreen) and cursor(app).endswith(b" line 7"))
            await pilot.press("c")
            await pilot.pause()
            assert app.screen.query_one(PromptInput).value == "note 7"
            await typed(pilot, "")
            await until(pilot, lambda: len(app.notebook.notes) == 1)
            assert "note 7" not in screen(app)

    asyncio.run(act())


def test_a_note_whose_line_is_not_open_says_where_it_is(log: Path, tmp_path: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "c")
            await typed(pilot, "far away")
            await until(pilot, lambda: "✎ far away" in screen(app))
        async with running(app := app_of(write(tmp_path / "other.log", b"x\n"))) as pilot:
            await pilot.press("2", "L")
            await until(pilot, lambda: "far away" in screen(app))
            await pilot.press("enter")
            assert "not in the logs that are open" in status(app)

    asyncio.run(act())


def test_the_cursor_stays_in_sight_among_lines_with_long_notes(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log), size=(40, 12)) as pilot:
            await pilot.press("2")
            for _ in range(4):
                await pilot.press("c")
                await typed(pilot, "much to say " * 12)
                await pilot.press("j")
            await until(pilot, lambda: len(app.notebook.notes) == 4)
            await pilot.press("g")
            for _ in range(8):
                await pilot.press("j")
                number = int(cursor(app).rsplit(b" ", 1)[1])
                assert any(at == view(app).at for at, _ in view(app)._strips), number
            assert number == 9
            await pilot.press("G", "g", "space", "b")
            assert cursor(app)

    asyncio.run(act())


def test_notes_and_lists_of_hostile_text_are_tame(tmp_path: Path) -> None:
    async def act() -> None:
        lines = [f"2026-04-14T10:00:00Z web app[7]: ERROR broke {one} down".replace("\n", "") for one in PAYLOADS[:12]]
        log = write(tmp_path / "a\x1b[31m.log", "\n".join(lines).encode("utf-8", "surrogatepass"))
        async with running(app := app_of(log), size=(100, 40)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            for payload in PAYLOADS[:6]:
                app.note_line(str(log), view(app).cursor.row.at, view(app).cursor.row.raw, f"x{payload}y")
                await until(pilot, lambda: app.notebook and app.notebook.notes)
                await pilot.pause(0.05)
                assert_tame(app)
                await pilot.press("j")
            await pilot.press("L", "y")
            assert_tame(app)

    asyncio.run(act())
