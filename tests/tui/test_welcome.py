"""Who is new gets from nothing to a first explanation: once, by a sample, by the logs of the machine, with a model or without."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from edgeops import paths
from edgeops.tui import greeting
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.greeting import Host, LogFile, survey
from edgeops.tui.newcomer import is_new, welcomed
from edgeops.tui.screens.incident import IncidentScreen
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.welcome import Choice, WelcomeScreen
from edgeops.tui.widgets.sheet import Sheet
from edgeops.watch.meters import Meters
from tests.tui.stage import SAMPLES, app_of, running, screen, status, typed, until, write
from tests.tui.test_hostile import PAYLOADS, assert_tame
from tests.tui.test_models import CONTENT, TINY, stocked

OOM = SAMPLES / "01-oom-kill-behind-502.log"


async def stand_on(pilot: object, kind: str, name: str = "") -> None:
    """Move to the line that does this."""
    sheet: Sheet = pilot.app.screen.query_one(Sheet)  # type: ignore[attr-defined]
    await pilot.press("g")  # type: ignore[attr-defined]
    for _ in range(20):
        target = sheet.target
        if isinstance(target, Choice) and target.kind == kind and any(name in one for one in target.names or ("",)):
            return
        await pilot.press("j")  # type: ignore[attr-defined]
    raise AssertionError(f"no line does {kind} {name}:\n" + screen(pilot.app))  # type: ignore[attr-defined]


def test_who_is_new_opens_a_sample_and_stands_before_its_explained_incident() -> None:
    async def act() -> None:
        async with running(app := stocked(app_of(new=True)), size=(80, 40), read=False) as pilot:
            await until(pilot, lambda: app.session and app.stock and app.host)
            assert isinstance(app.screen, WelcomeScreen)
            shown = screen(app)
            for wanted in (
                "Logs never leave",
                "memory free",
                "Fetch tiny: 10 kB",
                "the best that fits",
                "more than is free",
                "A sample:",
            ):
                assert wanted in shown, wanted
            await stand_on(pilot, "open", OOM.name)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, IncidentScreen) and "[known]" in screen(app))
            assert "memory" in screen(app).lower()
            await pilot.press("q")
            assert isinstance(app.screen, IncidentsScreen)
        async with running(again := app_of(new=True)):
            assert isinstance(again.screen, IncidentsScreen)

    asyncio.run(act())


def test_who_leaves_is_not_asked_again_but_may_come_back() -> None:
    async def act() -> None:
        async with running(app := app_of(new=True), read=False) as pilot:
            await until(pilot, lambda: app.session and isinstance(app.screen, WelcomeScreen))
            await pilot.press("q")
            assert isinstance(app.screen, IncidentsScreen)
        async with running(again := app_of(new=True)) as pilot:
            assert isinstance(again.screen, IncidentsScreen)
            await pilot.press("colon")
            await typed(pilot, "welcome")
            await until(pilot, lambda: isinstance(again.screen, WelcomeScreen) and "This machine" in screen(again))

    asyncio.run(act())


def test_a_model_is_fetched_on_the_way_and_esc_stops_that_first() -> None:
    async def act() -> None:
        async with running(app := stocked(app_of(new=True)), size=(100, 40), read=False) as pilot:
            await until(pilot, lambda: app.session and app.stock)
            await stand_on(pilot, "pull", "tiny")
            await pilot.press("enter")
            await until(pilot, lambda: "tiny is here and answers." in screen(app))
            assert isinstance(app.screen, WelcomeScreen)
            assert app.model_name == "tiny"

    asyncio.run(act())


def test_a_stick_is_taken_whatever_it_holds_and_what_it_lacks_is_told(tmp_path: Path) -> None:
    (tmp_path / "stick" / "models.d").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    write(tmp_path / "stick" / "models.d" / "some.bin", CONTENT)

    async def act() -> None:
        async with running(app := stocked(app_of(new=True)), size=(160, 40), read=False) as pilot:
            await until(pilot, lambda: app.session and app.stock)
            await pilot.press("i")
            await typed(pilot, str(tmp_path / "empty"))
            await until(pilot, lambda: app.job is None and "holds no file of" in status(app))
            await stand_on(pilot, "import")
            await pilot.press("enter")
            await typed(pilot, str(tmp_path / "stick"))
            await until(pilot, lambda: app.job is None and "tiny is here and answers." in screen(app))
            assert (paths.find().models_dir / TINY.file).exists()

    asyncio.run(act())


def test_other_logs_may_be_named_and_where_nothing_is_wrong_that_is_said(tmp_path: Path) -> None:
    calm = "".join(f"2026-04-14T10:{at:02}:00Z web1 app[7]: request {at} served\n" for at in range(60))
    log = write(tmp_path / "calm.log", calm.encode())

    async def act() -> None:
        async with running(app := app_of(new=True), size=(100, 40), read=False) as pilot:
            await until(pilot, lambda: app.session and app.host)
            await stand_on(pilot, "other")
            await pilot.press("enter")
            await typed(pilot, str(log))
            await until(pilot, lambda: "Nothing wrong was found in these logs" in status(app))
            assert isinstance(app.screen, IncidentsScreen) and app.arguments == [str(log)]

    asyncio.run(act())


def test_who_went_elsewhere_meanwhile_is_left_there() -> None:
    async def act() -> None:
        async with running(app := app_of(new=True), size=(80, 40), read=False) as pilot:
            await until(pilot, lambda: app.session and app.host)
            app.first([str(OOM)])
            await pilot.press("6")
            await until(pilot, lambda: app.cases and not app.doing)
            assert app.current_mode == "models"

    asyncio.run(act())


def test_logs_of_the_machine_are_those_in_use_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (
        ("syslog", 100),
        ("syslog.1", 9),
        ("app.log", 50),
        ("old.log.2.gz", 5),
        ("empty.log", 0),
        ("shut.log", 7),
    ):
        write(tmp_path / name, b"x" * size)
    write(tmp_path / "huge.log", b"")
    os.truncate(tmp_path / "huge.log", greeting.MOST_BYTES + 1)
    os.utime(tmp_path / "syslog", (1, 1))
    real = os.access
    # Root may read everything.
    monkeypatch.setattr(greeting.os, "access", lambda path, mode: "shut" not in str(path) and real(path, mode))
    found = survey(tmp_path, [str(tmp_path), str(tmp_path / "not there")])
    assert [Path(one.path).name for one in found.logs] == ["syslog", "app.log"]
    assert found.denied == 1 and found.meters.memory > 0


@pytest.mark.parametrize("what", ["named", "store", "model", "mark"])
def test_whoever_named_something_or_has_something_is_not_new(what: str) -> None:
    where = paths.find()
    assert is_new(where, ())
    if what == "named":
        assert not is_new(where, ["x.log"])
        return
    if what == "mark":
        welcomed(where)
    elif what == "store":
        paths.private(where.data)
        where.store_file.touch()
    else:
        where.models_dir.mkdir(parents=True)
        (where.models_dir / "some.gguf").touch()
    assert not is_new(where, ())


def test_where_nothing_can_be_kept_it_goes_on_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGEOPS_HOME")
    monkeypatch.delenv("HOME")
    where = paths.find({})
    welcomed(where)
    assert is_new(where, ())


@pytest.mark.parametrize("size", [(20, 10), (80, 24), (200, 60)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_fits_any_window_and_no_name_of_a_log_commands_the_terminal(size: tuple[int, int], lang: str) -> None:
    async def act() -> None:
        async with running(
            app := app_of(new=True, lang=lang, ascii_only=size[0] == 80), size=size, read=False
        ) as pilot:
            await until(pilot, lambda: app.session and app.host and app.stock)
            for payload in PAYLOADS[::6]:
                app.host = Host(Meters(), (LogFile(f"/var/log/a{payload}.log", 7),), 3, 1)
                app.screen.fill()
                await pilot.pause()
                assert_tame(app)
                assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}

    asyncio.run(act())


def test_its_words_are_of_the_language_that_the_settings_call_for() -> None:
    async def act() -> None:
        app: EdgeopsApp = app_of(new=True, lang="auto", environ={"LANG": "zh_CN.UTF-8"})
        async with running(app, read=False) as pilot:
            await until(pilot, lambda: app.session and "本机" in screen(app))
            await pilot.press("q")
            assert "事件" in screen(app) and "打开" in screen(app)

    asyncio.run(act())
