"""Lines that one chooses: copied, explained, asked about, written to a file."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from edgeops.assistant.reasoned import Mind
from edgeops.records import Tier
from edgeops.tui.screens.incident import IncidentScreen
from edgeops.tui.screens.logs import LogsScreen
from tests.tui.stage import app_of, cursor, numbered, running, screen, status, typed, until, view, write
from tests.tui.test_incidents import Slow

QUIET = b"".join(
    b"2026-04-14T10:%02d:00Z host lessor[7]: INFO lease %d %s\n" % (at, at, b"granted" if at % 2 else b"renewed")
    for at in range(30)
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "app.log", numbered(300))


def test_a_range_is_chosen_copied_and_left(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "j", "v", "j", "j")
            assert "choosing lines" in status(app)
            assert screen(app).count("┃") == 3
            await pilot.press("y")
            copied = app.clipboard.split("\n")
            assert [line.rsplit(" ", 1)[1] for line in copied] == ["2", "3", "4"]
            assert "Copied: 3 lines" in status(app)
            assert "┃" not in screen(app)
            await pilot.press("v", "k", "k", "escape")
            assert isinstance(app.screen, LogsScreen)
            assert view(app).chosen_from is None
            await pilot.press("v", "G", "v", "y")
            assert app.clipboard.endswith("line 300")
            assert "\n" not in app.clipboard

    asyncio.run(act())


def test_of_a_very_long_range_as_much_is_copied_as_a_terminal_takes_and_that_is_said(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "long.log", b"".join(b"%05d " % at + b"x" * 200 + b"\n" for at in range(3000)))
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "v", "G", "y")
            assert 80_000 < len(app.clipboard) <= 100_000
            assert ":export FILE writes all" in status(app)

    asyncio.run(act())


def test_the_mouse_chooses_lines_too(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "i")
            await until(pilot, lambda: cursor(app))
            await pilot.mouse_down(view(app), offset=(5, 2))
            await pilot.hover(view(app), offset=(5, 4))
            await pilot.mouse_up(view(app), offset=(5, 4))
            chosen = view(app).selection
            assert chosen
            assert [item.row.raw.rsplit(b" ", 1)[1] for item in chosen.items()] == [b"3", b"4", b"5"]
            await pilot.click(view(app), offset=(5, 9))
            assert view(app).selection is None

    asyncio.run(act())


def test_lines_that_no_incident_holds_are_explained_with_themselves_as_evidence(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "lease.log", QUIET)
        async with running(app := app_of(log), size=(100, 40)) as pilot:
            assert not app.cases
            await pilot.press("2")
            app.command("goto 11")
            await until(pilot, lambda: cursor(app).endswith(b"lease 10 renewed"))
            await pilot.press("v", "j", "j", "x")
            await until(pilot, lambda: isinstance(app.screen, IncidentScreen) and app.cases and app.cases[0].answer)
            answer = app.cases[0].answer
            assert {one.line for one in answer.evidence} >= {11, 12}
            assert all(8 <= one.line <= 16 for one in answer.evidence)
            assert "lease 10 renewed" in screen(app)
            first = len(answer.evidence)
            await pilot.press("X")
            await until(pilot, lambda: app.cases[0].answer is not answer)
            assert len(app.cases[0].answer.evidence) >= first
            await pilot.press("q", "2", "x")
            await until(pilot, lambda: isinstance(app.screen, IncidentScreen))

    asyncio.run(act())


def test_one_asks_about_chosen_lines(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "lease.log", QUIET)
        async with running(app := app_of(log), size=(100, 40)) as pilot:
            await pilot.press("2")
            app.command("goto 11")
            await until(pilot, lambda: cursor(app).endswith(b"lease 10 renewed"))
            await pilot.press("v", "j", "a")
            await until(pilot, lambda: app.current_mode == "ask" and "lease.log, lines 11 to 12" in screen(app))

    asyncio.run(act())


def test_a_chosen_line_that_states_a_fault_is_answered_at_once(tmp_path: Path) -> None:
    async def act() -> None:
        oom = (
            b"2026-04-14T10:40:00Z host kernel: Out of memory: Killed process 4121 (java) total-vm:1kB, anon-rss:1kB\n"
        )
        log = write(tmp_path / "a.log", QUIET + oom + QUIET)
        async with running(app := app_of(log), size=(100, 40)) as pilot:
            await pilot.press("2", "slash")
            await typed(pilot, "Killed process")
            await until(pilot, lambda: b"Killed process" in cursor(app))
            await pilot.press("v", "k", "x")
            await until(pilot, lambda: isinstance(app.screen, IncidentScreen) and app.screen.case_id == app.cases[0].id)
            await until(pilot, lambda: app.cases[0].answer)
            assert app.cases[0].answer.tier is Tier.KNOWN

    asyncio.run(act())


def test_an_explanation_of_chosen_lines_is_stopped_by_esc(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "lease.log", QUIET)
        async with running(app := app_of(log)) as pilot:
            engine = Slow()
            app.session.__dict__["mind"] = Mind(engine)
            await pilot.press("2", "x")
            await until(pilot, lambda: "the model reads" in screen(app))
            await pilot.press("escape")
            await until(pilot, engine.ended.is_set)
            await until(pilot, lambda: "You stopped the model" in screen(app))

    asyncio.run(act())


def test_what_is_shown_is_written_to_a_new_file_without_secrets(tmp_path: Path) -> None:
    async def act() -> None:
        lines = b"".join(b"line %d password=hunter2secret%d\n" % (at, at) for at in range(50)) + b"x" * 70_000 + b"\n"
        log = write(tmp_path / "a.log", lines)
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "ampersand")
            await typed(pilot, "line 1")
            await until(pilot, lambda: app.study.found == 11)
            app.command(f"export {tmp_path / 'out.txt'}")
            await until(pilot, lambda: "11 lines, secrets masked" in status(app))
            text = (tmp_path / "out.txt").read_text()
            assert text.startswith("line 1 password=") and text.count("\n") == 11
            assert "hunter2" not in text
            assert stat.S_IMODE((tmp_path / "out.txt").stat().st_mode) == 0o600
            app.command(f"export {tmp_path / 'out.txt'}")
            await until(pilot, lambda: "is there already" in status(app))
            assert (tmp_path / "out.txt").read_text() == text
            await pilot.press("escape")
            app.command(f"export raw {tmp_path / 'all.txt'}")
            await until(
                pilot, lambda: "51 lines, as they are, NOT masked; cut since longer than 64 KiB: 1 line" in status(app)
            )
            assert b"hunter2secret7\n" in (tmp_path / "all.txt").read_bytes()
            await pilot.press("g", "v", "j")
            app.command(f"export {tmp_path / 'two.txt'}")
            await until(pilot, lambda: "2 lines" in status(app))
            app.command("export")
            assert "Name a file" in status(app)
            app.command(f"export {tmp_path / 'none' / 'x.txt'}")
            await until(pilot, lambda: "cannot be written" in status(app))
            await pilot.press("1")
            app.command("export x.txt")
            assert "nothing here" in status(app)
        assert {path.name for path in tmp_path.iterdir()} >= {"a.log", "out.txt", "all.txt", "two.txt"}
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]

    asyncio.run(act())


def test_a_long_line_and_bytes_that_are_no_text_are_chosen_and_explained(tmp_path: Path) -> None:
    async def act() -> None:
        write(tmp_path / "long.log", b"2024-05-01T10:00:00Z a: before\n" + b"x" * (16 << 20) + b"\nafter\n")
        write(tmp_path / "zero.log", b"2024-05-01T10:00:01Z b: nul\0inside\n" + bytes(range(256)) * 40 + b"\nend\n")
        async with running(app := app_of(tmp_path)) as pilot:
            await pilot.press("2", "v", "G", "x")
            await until(pilot, lambda: isinstance(app.screen, IncidentScreen) and app.cases[0].answer)
            assert len(app.cases[0].answer.evidence) > 1
            await pilot.press("2", "v", "g", "y")
            assert "Copied" in status(app)

    asyncio.run(act())
