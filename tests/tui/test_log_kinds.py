"""What the Logs screen makes of files of every kind: several, huge lines, binary bytes, secrets, none at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui.stage import app_of, cursor, numbered, running, screen, status, typed, until, write


def test_a_line_is_copied_by_the_terminal_as_it_is_shown(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "a.log", b"evil \x1b[2J\x07 rm -rf /\r\n")
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            await pilot.press("y")
            assert app.clipboard == "evil ␛[2J␇ rm -rf /"
            assert "Copied" in status(app)

    asyncio.run(act())


def test_secrets_are_masked(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "a.log", b"login with password=hunter2secret ok\n")
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: "masked" in screen(app))
            assert "hunter2secret" not in screen(app)
            await pilot.press("y")
            assert "hunter2secret" not in app.clipboard

    asyncio.run(act())


def test_files_are_merged_and_named(tmp_path: Path) -> None:
    async def act() -> None:
        write(tmp_path / "one.log", b"2024-05-01T10:00:00Z a: first\n2024-05-01T10:00:02Z a: third\n")
        write(tmp_path / "two.log", b"2024-05-01T10:00:01Z b: second\n")
        async with running(app := app_of(tmp_path)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: "third" in screen(app))
            shown = screen(app)
            assert shown.index("first") < shown.index("second") < shown.index("third")
            assert " two " in shown

    asyncio.run(act())


def test_long_lines_zeros_binary_bytes_and_utf_16_are_shown_and_searched(tmp_path: Path) -> None:
    async def act() -> None:
        write(tmp_path / "long.log", b"2024-05-01T10:00:00Z a: before\n" + b"x" * (8 << 20) + b"\nthe needle\n")
        write(tmp_path / "zero.log", b"2024-05-01T10:00:01Z b: nul\0inside\n" + b"\0" * 100_000 + b"\nend\n")
        write(tmp_path / "wide.log", "\ufeff2024-05-01T10:00:02Z c: 磁盘已满 sixteen\r\n".encode("utf-16-le"))
        async with running(app := app_of(tmp_path)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: "磁盘已满 sixteen" in screen(app))
            assert "nul␀inside" in screen(app)
            assert "[+8323073 B]" not in screen(app)
            await pilot.press("j", "ctrl+w", "j", "j", "ctrl+w", "g", "slash")
            await typed(pilot, "needle")
            await until(pilot, lambda: cursor(app) == b"the needle")

    asyncio.run(act())


def test_without_logs_the_screen_says_how_to_open_some() -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            await pilot.press("2")
            await pilot.press("j", "G", "e", "slash", "escape", "d", "x", "n", "s", "t", "q", "i", "y")
            await pilot.press("1", "2")
            assert "edgeops tui PATH" in screen(app) or "edgeops tui PATH" in status(app)

    asyncio.run(act())


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    async def act() -> None:
        app = app_of(tmp_path / "none.log")
        async with running(app, read=False) as pilot:
            await until(pilot, lambda: "no such file" in status(app))

    asyncio.run(act())


def test_that_some_files_are_not_shown_is_said_as_long_as_they_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeops.view.opening.MOST", 3)
    for number in range(5):
        write(tmp_path / f"{number}.log", numbered(30))

    async def act() -> None:
        async with running(app := app_of(tmp_path)) as pilot:
            await pilot.press("2", "j", "j")
            await until(pilot, lambda: "3 of 5 files" in status(app))
            app.command(f"open {tmp_path}/1.log")
            await until(pilot, lambda: app.study and len(app.study.log.volumes) == 1 and "files" not in status(app))

    asyncio.run(act())
