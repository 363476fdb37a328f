"""Sessions come back: place, line, filter, incident, colours; and what changed or vanished since does no harm."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from edgeops import paths
from edgeops.tui import memory
from edgeops.tui.memory import Memory, Spot
from edgeops.tui.widgets.sheet import Sheet
from edgeops.view.query import Phrase, Query
from tests.tui.stage import SAMPLES, app_of, cursor, numbered, running, status, typed, until, view, write


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "app.log", numbered(3000))


def sessions() -> Path:
    return paths.find().state / "sessions"


def test_what_is_kept_is_recalled_by_the_same_arguments_only(tmp_path: Path) -> None:
    kept = Memory(memory.absolute(["a.log"]), "logs", "light", "", Spot("a.log", 7, "x"), Query((Phrase("b"),)), True)
    memory.keep(tmp_path / "state", kept)
    assert memory.recall(tmp_path / "state", ["a.log"]) == kept
    assert memory.recall(tmp_path / "state", ["b.log"]) is None
    assert memory.last(tmp_path / "state") == kept
    (file,) = (tmp_path / "state/sessions").glob("last.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"place": 3}', b"\xff" * 9])
def test_a_damaged_memory_is_none(tmp_path: Path, content: bytes) -> None:
    memory.keep(tmp_path, Memory(memory.absolute(["a"])))
    for file in (tmp_path / "sessions").iterdir():
        file.write_bytes(content)
    assert memory.recall(tmp_path, ["a"]) is None
    assert memory.last(tmp_path) is None


def test_a_name_that_is_no_utf8_is_kept_all_the_same(tmp_path: Path) -> None:
    memory.keep(tmp_path, Memory(memory.absolute(["a\udcff"]), "logs"))
    found = memory.recall(tmp_path, ["a\udcff"])
    assert found is not None
    assert found.place == "logs"


def test_only_the_latest_sessions_are_kept(tmp_path: Path) -> None:
    for number in range(120):
        memory.keep(tmp_path, Memory((f"/{number}",)))
    assert len(list((tmp_path / "sessions").iterdir())) == 100


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path) -> None:
    write(tmp_path / "file", b"")
    memory.keep(tmp_path / "file", Memory())
    assert memory.recall(tmp_path / "file", []) is None


def test_a_session_begins_where_the_last_one_ended(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            app.command("filter ERROR")
            await until(pilot, lambda: app.study.filtered == 1)
            app.command("theme light")
            app.command("goto 1500")
            await until(pilot, lambda: cursor(app).endswith(b" line 1500"))
            app.command("filter ERROR")
            await pilot.press("g", "j", "ctrl+w")
            await until(pilot, lambda: cursor(app).endswith(b" line 200"))
            app.exit()
        async with running(app := app_of(log)) as pilot:
            await until(pilot, lambda: app.current_mode == "logs" and cursor(app).endswith(b" line 200"))
            assert app.theme == "edgeops-light"
            assert app.study.query == Query((Phrase("ERROR"),))
            assert view(app).wrapping
            await pilot.press("k")
            assert cursor(app).endswith(b" line 100")

    asyncio.run(act())


def test_the_incident_at_the_cursor_is_found_again() -> None:
    both = (SAMPLES / "13-mysql-crash-recovery", SAMPLES / "04-expired-certificate-ldap.log")

    async def act() -> None:
        async with running(app := app_of(*both)) as pilot:
            await until(pilot, lambda: len(app.cases) > 1)
            await pilot.press("G")
            held = app.screen.query_one(Sheet).target
            app.exit()
        async with running(app := app_of(*both)) as pilot:
            await until(pilot, lambda: len(app.cases) > 1 and app.screen.query_one(Sheet).target == held)

    asyncio.run(act())


@pytest.mark.parametrize("became", ["shorter", "other", "gone"])
def test_a_file_that_is_another_now_is_no_error(log: Path, became: str) -> None:
    async def act() -> None:
        async with running(app := app_of(log)) as pilot:
            await pilot.press("2", "G")
            await until(pilot, lambda: cursor(app).endswith(b" line 3000"))
            await pilot.press("k")
            app.exit()
        if became == "gone":
            log.unlink()
        else:
            write(log, numbered(10) if became == "shorter" else numbered(3001, seconds=3))
        async with running(app := app_of(log), read=False) as pilot:
            await until(pilot, lambda: app.session and not app.doing)
            await until(pilot, lambda: app.current_mode == "logs")
            if became != "gone":
                await until(pilot, lambda: cursor(app).endswith(b" line 1"))

    asyncio.run(act())


def test_without_arguments_the_last_session_is_offered(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(log)):
            app.exit()
        async with running(app := app_of()) as pilot:
            await until(pilot, lambda: f"Last time: {log}" in status(app))
            await pilot.press("colon")
            await typed(pilot, "last")
            await until(pilot, lambda: app.study)
            assert app.arguments == [str(log)]

    asyncio.run(act())


def test_whoever_does_not_want_it_begins_at_the_beginning(log: Path) -> None:
    async def act() -> None:
        environ = {"EDGEOPS_SCREEN__RESUME": "false"}
        async with running(app := app_of(log, environ=environ)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            app.exit()
        assert not sessions().exists()

    asyncio.run(act())
