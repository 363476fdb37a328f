"""The list of incidents and one incident: open, read, jump to the lines, explain, stop, record, copy."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edgeops.assistant.reasoned import Mind
from edgeops.records import Finished, Piece, Progress, Reply, Script, State, Tier, Timings
from edgeops.tui.screens.help import HelpScreen
from edgeops.tui.screens.incident import IncidentScreen
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.logs import LogsScreen
from edgeops.tui.widgets.sheet import Sheet
from tests.tui.stage import SAMPLES, app_of, cursor, running, screen, status, typed, until, write

OOM = SAMPLES / "01-oom-kill-behind-502.log"
STRANGE = b"".join(
    b"2026-04-14T10:%02d:00Z host frobnicator[7]: %s\n"
    % (minute, b"ERROR: flux capacitor desynchronised beyond repair" if minute > 50 else b"INFO: all quiet %d" % minute)
    for minute in range(60)
)


class Slow:
    """An engine that reads a prompt for ever, until it is stopped."""

    def __init__(self) -> None:
        self.began, self.ended = threading.Event(), threading.Event()

    def run(self, script: Script) -> Iterator[Reply]:
        try:
            for step in range(10_000):
                self.began.set()
                yield Progress(step, 10_000)
                threading.Event().wait(0.1)
            yield Piece("summary", "never")
            yield Finished("slow", Timings())
        finally:
            self.ended.set()


def test_an_incident_is_opened_and_its_root_line_found_in_the_file() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM)) as pilot:
            await until(pilot, lambda: app.cases)
            assert "found now: 1" in screen(app)
            await pilot.press("enter")
            assert isinstance(app.screen, IncidentScreen)
            shown = screen(app)
            assert "Out of memory" in shown or "memory" in shown
            assert "[known]" in shown
            evidence = app.screen.query_one("#evidence", Sheet)
            root = next(at for at, line in enumerate(evidence.lines) if line.spans and line.spans[0][1].startswith("▶"))
            await until(pilot, lambda: evidence.cursor == root)
            assert root - evidence.scroll_offset.y < evidence.size.height - 1
            wanted = evidence.lines[root].target.line
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, LogsScreen) and cursor(app))
            await until(pilot, lambda: f":{wanted} " in status(app))
            assert cursor(app) == OOM.read_bytes().split(b"\n")[wanted - 1]
            await pilot.press("x")
            await until(pilot, lambda: isinstance(app.screen, IncidentScreen))
            await pilot.press("q")
            assert isinstance(app.screen, IncidentsScreen)

    asyncio.run(act())


def test_steps_are_copied_as_exact_argv_and_never_run() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM), size=(80, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            answer = app.cases[0].explanation
            assert answer
            await pilot.press("enter", "tab")
            if not app.screen.query_one("#answer", Sheet).has_focus:
                await pilot.press("tab")
            copies = []
            for _ in range(len(answer.checks) + len(answer.fixes) + 4):
                await pilot.press("y", "j")
                if app.clipboard not in copies and "[L" not in app.clipboard:
                    copies.append(app.clipboard)
            argvs = [" ".join(action.argv) for action in (*answer.checks, *answer.fixes) if action.argv]
            assert argvs[0] == copies[0].replace("'", "")
            assert len(set(copies)) == len(set(argvs))

    asyncio.run(act())


def test_the_model_is_stopped_by_esc_and_what_is_known_without_it_is_shown(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "strange.log", STRANGE)
        async with running(app := app_of(log)) as pilot:
            engine = Slow()
            app.session.__dict__["mind"] = Mind(engine)
            await until(pilot, lambda: app.cases)
            assert app.cases[0].state is State.OPEN
            await pilot.press("enter", "x")
            await until(pilot, lambda: "the model reads" in screen(app))
            assert engine.began.is_set()
            await pilot.press("x")
            assert "at work" in status(app)
            await pilot.press("escape")
            assert isinstance(app.screen, IncidentScreen)
            await until(pilot, engine.ended.is_set)
            await until(pilot, lambda: "You stopped the model" in screen(app))
            await pilot.press("escape")
            assert isinstance(app.screen, IncidentsScreen)

    asyncio.run(act())


def test_without_a_model_the_answer_says_so_and_shows_the_lines(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "strange.log", STRANGE)
        async with running(app := app_of(log), size=(100, 40)) as pilot:
            await until(pilot, lambda: app.cases)
            await pilot.press("enter", "X")
            await until(pilot, lambda: "No model is installed" in screen(app))
            assert app.cases[0].explanation
            assert app.cases[0].explanation.tier is Tier.INSUFFICIENT
            assert "flux capacitor" in screen(app)

    asyncio.run(act())


def test_an_outcome_is_recorded_and_the_incident_resolved() -> None:
    async def act() -> None:
        async with running(app := app_of(OOM)) as pilot:
            await until(pilot, lambda: app.cases and app.cases[0].kept)
            await pilot.press("enter", "f")
            await typed(pilot, "raised the memory limit")
            await typed(pilot, "y")
            await until(pilot, lambda: "it worked 1 of 1" in status(app))
            await until(pilot, lambda: app.cases[0].state is State.RESOLVED)
        async with running(again := app_of()) as pilot:
            await until(pilot, lambda: "explained before: 1" in screen(again))
            assert "resolved" in screen(again)
            await pilot.press("enter")
            assert "[known]" in screen(again)
            await pilot.press("x")
            await until(pilot, lambda: "logs were not read now" in status(again))
            await pilot.press("enter")
            assert "No log is open" in status(again) or "not among" in status(again)

    asyncio.run(act())


def test_incidents_keep_their_place_when_others_come() -> None:
    async def act() -> None:
        async with running(
            app := app_of(SAMPLES / "13-mysql-crash-recovery", SAMPLES / "04-expired-certificate-ldap.log")
        ) as pilot:
            await until(pilot, lambda: len(app.cases) > 1)
            await pilot.press("G")
            sheet = app.screen.query_one(Sheet)
            held = sheet.target
            app.cases = [replace(app.cases[0], id="new"), *app.cases]
            app.screen.fill()
            assert sheet.target == held

    asyncio.run(act())


def test_a_cursor_that_nobody_moved_stands_on_the_worst_incident_found_now() -> None:
    async def act() -> None:
        async with running(first := app_of(SAMPLES / "13-mysql-crash-recovery")) as pilot:
            await until(pilot, lambda: first.cases and first.cases[0].kept)
        async with running(app := app_of(OOM)) as pilot:
            await until(pilot, lambda: len(app.cases) == 2)
            sheet = app.screen.query_one(Sheet)
            await until(pilot, lambda: app.cases[0].incident and sheet.target == app.cases[0].id)

    asyncio.run(act())


def test_what_another_process_keeps_is_shown_as_it_comes() -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(100, 24)) as pilot:
            assert "Nothing wrong" in screen(app)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "edgeops", "explain", "--no-model", str(OOM),
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, cwd=SAMPLES.parent,
            )  # fmt: skip
            assert await process.wait() == 1
            await until(pilot, lambda: "explained before: 1" in screen(app))

    asyncio.run(act())


def test_help_and_the_palette_open_from_anywhere_and_close() -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            await pilot.press("question_mark")
            assert isinstance(app.screen, HelpScreen)
            assert "search (ctrl-r" in screen(app) or "Everywhere" in screen(app)
            await pilot.press("escape", "ctrl+p")
            await until(pilot, lambda: type(app.screen).__name__ == "CommandPalette")
            await pilot.press("t", "h", "e", "m", "e")
            await until(pilot, lambda: "theme" in screen(app))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, IncidentsScreen))
            await pilot.press("colon")
            await typed(pilot, "theme light")
            assert app.theme == "edgeops-light"
            await pilot.press("q")
        assert app.return_code in (0, None)

    asyncio.run(act())


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (20, 8)])
def test_each_screen_fits_its_window_in_chinese(size: tuple[int, int]) -> None:
    async def act() -> None:
        async with running(app := app_of(OOM, lang="zh"), size=size) as pilot:
            await until(pilot, lambda: app.cases)
            shown = screen(app)
            for keys, word in ((["enter"], "已知"), (["2"], "日志"), (["t"], ""), (["q", "question_mark"], "通用")):
                await pilot.press(*keys)
                await pilot.pause()
                shown = screen(app)
                strips = app.screen._compositor.render_strips()
                assert len(strips) == size[1]
                assert {strip.cell_length for strip in strips} == {size[0]}
                assert word in shown.replace(" ", "") or size[0] < 80

    asyncio.run(act())
