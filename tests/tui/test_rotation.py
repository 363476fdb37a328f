"""A log that is rotated, copied and cut, or deleted while it is shown: the view goes on with the new file."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.tui.stage import app_of, cursor, numbered, running, screen, status, typed, until, view, write

_FRESH = b"2024-05-02T00:00:%02dZ host app[7]: INFO fresh %d\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "app.log", numbered(300))


def test_the_new_file_of_a_rotated_log_is_followed_and_the_old_one_stays_readable(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "G")
            await until(pilot, lambda: cursor(app).endswith(b" line 300"))
            for turn in range(3):
                log.rename(log.with_name(f"app.log.{turn}"))
                log.write_bytes(_FRESH % (turn, turn))
                await until(pilot, lambda turn=turn: cursor(app).endswith(b"fresh %d" % turn))
                assert "follow" in status(app)
            assert [item.row.raw[-7:] for item in view(app).items[-4:]] == [
                b"ine 300",
                b"fresh 0",
                b"fresh 1",
                b"fresh 2",
            ]
            assert "app.log.0" in screen(app)
            assert app.study.known <= 1
            await pilot.press("k", "k", "k")
            assert cursor(app).endswith(b" line 300")
            await pilot.press("g")
            await until(pilot, lambda: cursor(app).endswith(b" line 1"))
            await pilot.press("slash")
            await typed(pilot, "fresh 2")
            await until(pilot, lambda: cursor(app).endswith(b"fresh 2"))

    asyncio.run(act())


def test_what_is_written_to_the_old_file_after_its_rotation_is_shown_too(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "G")
            with log.open("ab") as late:
                log.rename(log.with_name("app.log.1"))
                log.write_bytes(_FRESH % (5, 5))
                await until(pilot, lambda: cursor(app).endswith(b"fresh 5"))
                late.write(_FRESH % (3, 3))
            await until(pilot, lambda: any(item.row.raw.endswith(b"fresh 3") for item in view(app).items))
            assert cursor(app).endswith(b"fresh 5")

    asyncio.run(act())


def test_a_filter_goes_on_in_the_new_file(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "ampersand")
            await typed(pilot, "error")
            await until(pilot, lambda: app.study.found == 3)
            log.rename(log.with_name("app.log.1"))
            log.write_bytes(_FRESH % (1, 1) + b"2024-05-02T00:00:02Z host app[7]: ERROR again\n")
            await until(pilot, lambda: app.study.found == 4 and app.study.filtered == 1)
            await pilot.press("G")
            await until(pilot, lambda: cursor(app).endswith(b"ERROR again"))

    asyncio.run(act())


def test_one_who_reads_is_not_moved_by_a_rotation(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "j", "j")
            await until(pilot, lambda: cursor(app).endswith(b" line 3"))
            log.rename(log.with_name("app.log.1"))
            log.write_bytes(b"no time at all\n")
            await until(pilot, lambda: len(app.study.log.volumes) == 2)
            await pilot.pause(0.1)
            assert cursor(app).endswith(b" line 3")
            await pilot.press("G")
            await until(pilot, lambda: cursor(app) == b"no time at all")

    asyncio.run(act())


def test_a_log_that_is_copied_and_cut_between_two_looks_is_noticed_though_it_is_longer_now(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "m")
            await until(pilot, lambda: app.study.known == 1 and view(app).marks)
            shutil.copy(log, log.with_name("app.log.1"))
            log.write_bytes(b"".join(_FRESH % (at % 60, at) for at in range(600)))
            await until(pilot, lambda: "was cut" in status(app))
            await until(pilot, lambda: cursor(app).endswith(b"fresh 599"))
            assert not view(app).marks
            await pilot.press("g")
            assert cursor(app).endswith(b"fresh 0")

    asyncio.run(act())


def test_a_deleted_log_that_comes_back_is_followed(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "G")
            log.unlink()
            await until(pilot, lambda: "was deleted" in status(app))
            assert cursor(app).endswith(b" line 300")
            write(log, b"")
            await until(pilot, lambda: len(app.study.log.volumes) == 2)
            with log.open("ab") as end:
                end.write(_FRESH % (9, 9))
            await until(pilot, lambda: cursor(app).endswith(b"fresh 9"))

    asyncio.run(act())


def test_two_logs_that_change_names_are_not_opened_twice(log: Path) -> None:
    async def act() -> None:
        older = write(log.with_name("app.log.1"), b"2024-04-30T00:00:00Z host app[7]: INFO older\n")
        async with running(app := app_of(log, older)) as pilot:
            await pilot.press("2")
            older.rename(log.with_name("app.log.2"))
            log.rename(older)
            log.write_bytes(_FRESH % (1, 1))
            await until(pilot, lambda: len(app.study.log.volumes) == 3)
            await pilot.pause(0.6)
            assert len(app.study.log.volumes) == 3

    asyncio.run(act())


def test_a_new_file_that_cannot_be_opened_is_said_once(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            log.rename(log.with_name("app.log.1"))
            log.mkdir()
            await until(pilot, lambda: "cannot be opened" in status(app))
            await pilot.press("j")
            await pilot.pause(0.6)
            assert "cannot be opened" not in status(app)

    asyncio.run(act())
