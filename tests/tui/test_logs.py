"""The Logs screen, key by key."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from edgeops.tui.screens.kinds import KindsScreen
from edgeops.tui.screens.logs import LogsScreen
from edgeops.tui.widgets.course import Course
from edgeops.tui.widgets.prompt import Prompt
from edgeops.tui.widgets.sheet import Sheet
from tests.tui.stage import app_of, cursor, numbered, running, screen, status, typed, until, view, write

LINES = 3000


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "app.log", numbered(LINES))


def test_moving_by_line_page_and_to_the_ends(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            assert cursor(app).endswith(b" line 1")
            await pilot.press("j", "j", "down", "k")
            assert cursor(app).endswith(b" line 3")
            await pilot.press("space")
            height = view(app).size.height
            assert view(app).items[0].row.raw.endswith(b" line %d" % height)
            await pilot.press("G")
            assert cursor(app).endswith(b" line %d" % LINES)
            assert "follow" in status(app)
            await pilot.press("b")
            assert "follow" not in status(app)
            await pilot.press("g")
            assert cursor(app).endswith(b" line 1")
            await pilot.press("k", "b")
            assert cursor(app).endswith(b" line 1")

    asyncio.run(act())


def test_a_window_that_shrinks_and_grows_keeps_the_cursor_on_its_line(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "G", "colon")
            await typed(pilot, "goto 50")
            await until(pilot, lambda: cursor(app).endswith(b" line 50"))
            for columns, rows in ((40, 10), (200, 60), (20, 5), (100, 30)):
                await pilot.resize_terminal(columns, rows)
                await pilot.pause()
                assert cursor(app).endswith(b" line 50")

    asyncio.run(act())


def test_a_search_goes_to_hits_and_marks_them_whatever_their_case(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "slash")
            await pilot.press(*"line", "space", *"299", "enter")
            await until(pilot, lambda: cursor(app).endswith(b" line 299"))
            assert any(span[0] == "hit" for span in view(app)._hits("a line 299 b", "text"))
            await pilot.press("n")
            await until(pilot, lambda: cursor(app).endswith(b" line 2990"))
            await pilot.press("N")
            await until(pilot, lambda: cursor(app).endswith(b" line 299"))
            await pilot.press("slash")
            await typed(pilot, "Nowhere")
            await until(pilot, lambda: "Not found: Nowhere" in status(app))

    asyncio.run(act())


def test_an_expression_is_searched_and_a_broken_one_is_said(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "slash", "ctrl+r")
            await typed(pilot, "line 1.5$")
            await until(pilot, lambda: cursor(app).endswith(b" line 105"))
            await until(
                pilot,
                lambda: any(span == ("hit", "line 105") for span in view(app)._hits(cursor(app).decode(), "text")),
            )
            await pilot.press("slash", "ctrl+r")
            await typed(pilot, "(0+)+$|(l+)+x")
            await until(pilot, lambda: cursor(app).endswith(b"0"))
            await pilot.press("slash", "ctrl+r")
            await typed(pilot, "(a")
            assert "no regular expression" in status(app)
            assert not app.screen.query_one(Prompt).has_class("-open")

    asyncio.run(act())


def test_filters_narrow_and_esc_takes_them_away(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "ampersand")
            await typed(pilot, "error")
            await until(pilot, lambda: app.study and app.study.found == LINES // 100)
            assert all(b"ERROR" in item.row.raw for item in view(app).items)
            await pilot.press("exclamation_mark")
            await typed(pilot, "line 100")
            await until(pilot, lambda: app.study and app.study.found == LINES // 100 - 2)
            assert "&error !line 100" in status(app)
            await pilot.press("escape")
            assert isinstance(app.screen, LogsScreen)
            assert "All lines are shown" in status(app)
            await until(pilot, lambda: any(b"INFO" in item.row.raw for item in view(app).items))

    asyncio.run(act())


def test_severity_and_context(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "s")
            await until(pilot, lambda: app.study and app.study.found == LINES // 10)
            await pilot.press("s")
            await until(pilot, lambda: app.study and app.study.found == LINES // 100)
            await pilot.press("C")
            # Three lines before and after each; the last error is the last line.
            await until(pilot, lambda: app.study and app.study.found == 7 * LINES // 100 - 3)
            await pilot.press("s")
            await until(pilot, lambda: app.study and app.study.query.least == 0)

    asyncio.run(act())


def test_jumps_to_errors_warnings_and_days(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "app.log", numbered(LINES, seconds=60))
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "e")
            await until(pilot, lambda: cursor(app).endswith(b" line 100"))
            await pilot.press("w")
            await until(pilot, lambda: cursor(app).endswith(b" line 110"))
            await pilot.press("E")
            await until(pilot, lambda: cursor(app).endswith(b" line 100"))
            await pilot.press("d")
            await until(pilot, lambda: cursor(app).startswith(b"2024-05-02T00:00:00"))
            await pilot.press("j", "D")
            await until(pilot, lambda: cursor(app).startswith(b"2024-05-02T00:00:00"))
            await pilot.press("D")
            await until(pilot, lambda: cursor(app).startswith(b"2024-05-01T00:00:00"))

    asyncio.run(act())


def test_commands_go_to_lines_and_times_and_limit_the_time(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "colon")
            await typed(pilot, "goto 1234")
            await until(pilot, lambda: cursor(app).endswith(b" line 1234"))
            await pilot.press("colon")
            await typed(pilot, "goto 2024-05-01T01:00")
            await until(pilot, lambda: cursor(app).startswith(b"2024-05-01T01:00:00"))
            await pilot.press("colon")
            await typed(pilot, "since 2024-05-01T01:30")
            await until(pilot, lambda: app.study and app.study.filtered == 1 and app.study.found == LINES - 2700)
            await pilot.press("colon")
            await typed(pilot, "goto soon")
            await until(pilot, lambda: "no time that I know" in status(app))
            await pilot.press("colon")
            await typed(pilot, "nonsense")
            assert "There is no command" in status(app)

    asyncio.run(act())


def test_a_growing_file_is_followed_until_one_moves_up(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "G")
            with log.open("ab") as end:
                end.write(b"2024-05-02T00:00:00Z host app[7]: INFO fresh\n")
            await until(pilot, lambda: cursor(app).endswith(b"fresh"))
            await pilot.press("k")
            with log.open("ab") as end:
                end.write(b"2024-05-02T00:00:01Z host app[7]: INFO fresher\n")
            await pilot.pause(0.4)
            assert b"fresher" not in cursor(app)
            await pilot.press("G")
            await until(pilot, lambda: cursor(app).endswith(b"fresher"))

    asyncio.run(act())


@pytest.mark.parametrize("fate", ["shrinks", "vanishes", "is rotated"])
def test_a_file_that_is_taken_away_while_shown_is_said_and_the_app_goes_on(log: Path, fate: str) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            if fate == "shrinks":
                log.write_bytes(b"only this\n")
            else:
                log.rename(log.with_name("app.log.1"))
                if fate == "is rotated":
                    log.write_bytes(b"new\n")
            word = {"shrinks": "was cut", "vanishes": "was deleted", "is rotated": "was rotated"}[fate]
            await until(pilot, lambda: word in status(app))
            await pilot.press("j", "G", "g")
            expected = b"only this" if fate == "shrinks" else b" line 1"
            await until(pilot, lambda: cursor(app).endswith(expected))
            if fate == "is rotated":
                await pilot.press("colon")
                await typed(pilot, "reload")
                await until(pilot, lambda: cursor(app) == b"new")

    asyncio.run(act())


def test_marks_wrap_and_the_side(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "long.log", b"short\n" + b"".join(b"%04d " % at for at in range(400)) + b"end\nlast\n")
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            assert "0016" not in screen(app)
            await pilot.press("right")
            assert "0016" in screen(app)
            await pilot.press("0", "ctrl+w")
            assert "0100" in screen(app)
            await pilot.press("G")
            assert "end" in screen(app)
            assert "last" in screen(app)
            await pilot.press("ctrl+w", "g", "m")
            assert view(app).marks == {(0, 0)}
            await pilot.press("G", "U")
            assert cursor(app) == b"short"
            await pilot.press("u")
            assert "no marks" in status(app)

    asyncio.run(act())


def test_the_bars_and_the_templates_lead_to_lines(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: app.study and app.study.known == 1)
            await pilot.pause(0.05)
            assert "05-01 00:00" in screen(app)
            await pilot.press("i")
            assert not app.screen.query_one(Course).display
            await pilot.press("t")
            assert isinstance(app.screen, KindsScreen)
            sheet = app.screen.query_one(Sheet)
            assert len(sheet.lines) == 3
            await pilot.press("G", "enter")
            await until(pilot, lambda: app.study and app.study.found == LINES // 100)
            assert isinstance(app.screen, LogsScreen)
            assert all(b"ERROR" in item.row.raw for item in view(app).items)

    asyncio.run(act())


def test_a_moved_cursor_paints_two_rows_and_other_colours_paint_all(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            await until(pilot, lambda: app.study and app.study.known == 1)
            shown = view(app)
            before = [strip for _, strip in shown._strips]
            await pilot.press("j")
            after = [strip for _, strip in shown._strips]
            assert sum(one != other for one, other in zip(before, after, strict=True)) == 2
            assert [str(strip) for strip in app.screen._compositor.render_strips()][4:6] != [
                str(one) for one in before[:2]
            ]
            app.theme = "edgeops-light"
            await until(pilot, lambda: all(one != strip for one, (_, strip) in zip(after, shown._strips, strict=True)))

    asyncio.run(act())


def test_a_search_that_comes_to_an_end_goes_on_at_the_other_and_says_so(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "a.log", numbered(300))
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "G")
            await until(pilot, lambda: cursor(app).endswith(b" line 300"))
            await pilot.press("slash")
            await typed(pilot, "line 29")
            await until(pilot, lambda: cursor(app).endswith(b" line 29"))
            assert "the first one from the top" in status(app)
            await pilot.press("N")
            await until(pilot, lambda: cursor(app).endswith(b" line 299"))
            assert "the last one, from the end" in status(app)
            await pilot.press("N")
            await until(pilot, lambda: cursor(app).endswith(b" line 298"))
            assert "from the end" not in status(app)
            # Errors are gone through from one end to the other: here it ends.
            await pilot.press("G", "e")
            await until(pilot, lambda: "Further down there is no error" in status(app))
            await pilot.press("g", "E")
            await until(pilot, lambda: "Further up there is no error" in status(app))

    asyncio.run(act())
