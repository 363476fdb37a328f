"""Keys of a person's own: what they may be, what is said of those that cannot be, and that pages show them as they are."""

from __future__ import annotations

import asyncio
import importlib.util
import re
from pathlib import Path

import pytest

from edgeops.tui import keymap
from edgeops.tui.commands import COMMANDS, KEYS
from edgeops.tui.keymap import plain, read, shown, translated
from edgeops.tui.screens.help import HelpScreen
from edgeops.tui.widgets.bars import KeyBar
from edgeops.tui.widgets.prompt import Prompt
from tests.tui.stage import app_of, cursor, numbered, running, screen, status, until, write

KNOWN = keymap.known()
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("/", "slash"),
        ("?", "question_mark"),
        ("esc", "escape"),
        ("G", "G"),
        ("ctrl-d", "ctrl+d"),
        ("Enter", "enter"),
        ("&", "ampersand"),
    ],
)
def test_a_key_is_known_by_the_name_that_a_person_gives_it(key: str, name: str) -> None:
    assert plain(key) == plain(name) == name
    assert shown(name) == key


def test_every_key_of_every_screen_can_be_called() -> None:
    assert {"all.q", "all.1", "logs.slash", "incident.x", "sheet.j", "logview.G"} <= set(KNOWN)
    assert KNOWN["all.q"] == ("q", "escape")


def test_other_keys_are_taken_and_arrows_go_on_working() -> None:
    assert read(["logs./=ctrl+f", "logview.j=J, ctrl-n"], KNOWN) == (
        {"logs.slash": "ctrl+f", "logview.j": "J,ctrl+n,down"},
        [],
    )


@pytest.mark.parametrize(
    ("entry", "phrase"),
    [
        ("logs.Z=ctrl+f", "key_unknown"),
        ("nowhere.x=y", "key_unknown"),
        ("nonsense", "key_unknown"),
        ("logs./=", "key_none"),
        ("sheet.enter=z", "key_none"),
        ("logs./=n", "key_twice"),
        ("logs./=j", "key_twice"),
        ("incident.x=j", "key_twice"),
        ("all.q=x", "key_twice"),
    ],
)
def test_what_cannot_be_is_left_out_and_said(entry: str, phrase: str) -> None:
    taken, problems = read([entry], KNOWN)
    assert taken == {}
    assert [name for name, _ in problems] == [phrase]


def test_two_keys_may_change_places_with_a_third_but_not_be_the_same() -> None:
    taken, problems = read(["logs.n=ctrl+n", "logs.t=n", "logs.i=ctrl+n"], KNOWN)
    assert taken == {"logs.n": "ctrl+n", "logs.t": "n"}
    assert [holes["entry"] for _, holes in problems] == ["logs.i=ctrl+n"]


def test_a_page_shows_keys_as_they_are() -> None:
    changed = {"logs.n": "ctrl+n", "all.question_mark": "h"}
    assert translated("/  n N", ("logs", "logview", "all"), changed) == "/  ctrl-n N"
    assert translated("?  F1", ("all",), changed) == "h  F1"


def test_a_key_of_ones_own_works_and_is_shown_and_a_wrong_one_is_said(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "app.log", numbered(200))
        environ = {"EDGEOPS_SCREEN__KEYS": "logs./=ctrl+f:all.?=h:logs.Q=q"}
        async with running(app := app_of(log, environ=environ), size=(160, 30)) as pilot:
            await until(pilot, lambda: app.keymap)
            assert "names no key" in status(app)
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            assert "ctrl-f search" in screen(app)
            await pilot.press("ctrl+f")
            assert app.screen.query_one(Prompt).has_class("-open")
            await pilot.press("escape", "slash")
            assert not app.screen.query_one(Prompt).has_class("-open")
            await pilot.press("h")
            assert isinstance(app.screen, HelpScreen)
            assert "h  F1" in screen(app)

    asyncio.run(act())


def test_a_click_on_a_key_presses_it(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "app.log", numbered(200))
        async with running(app := app_of(log), size=(120, 30)) as pilot:
            await pilot.press("2")
            await until(pilot, lambda: cursor(app))
            row = screen(app).splitlines()[-1]
            await pilot.click(KeyBar, offset=(row.index("search"), 0))
            await until(pilot, lambda: app.screen.query_one(Prompt).has_class("-open"))
            await pilot.press("escape")
            await pilot.click(KeyBar, offset=(119, 0))
            assert not app.screen.query_one(Prompt).has_class("-open")

    asyncio.run(act())


def test_colours_are_those_that_the_settings_say(tmp_path: Path) -> None:
    async def act() -> None:
        log = write(tmp_path / "app.log", numbered(20))
        async with running(app := app_of(log, environ={"EDGEOPS_SCREEN__THEME": "ascii"})) as pilot:
            await until(pilot, lambda: app.theme == "ansi-dark")
            assert app.ascii_only
            app.command("theme contrast")
            assert app.theme == "edgeops-contrast"
            assert not app.ascii_only

    asyncio.run(act())


def test_the_page_of_the_full_screen_is_the_one_that_the_tables_give() -> None:
    spec = importlib.util.spec_from_file_location("tui_page", ROOT / "packaging/tui_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (ROOT / "docs/tui.md").read_text("utf-8")
    assert module.page() == written, "run: python packaging/tui_page.py > docs/tui.md"
    assert all((ROOT / "docs" / name).exists() for name in re.findall(r"\]\((pictures/\w+\.svg)\)", written))


def test_every_key_and_command_is_described_in_both_languages() -> None:
    rows = [(english, chinese) for _, english, chinese in KEYS] + [(one.en, one.zh) for one in COMMANDS.values()]
    for scene in {one.__name__: one for one in keymap._owners() if hasattr(one, "KEYS")}.values():
        rows += [(english, chinese) for _, english, chinese in scene.KEYS]
    for english, chinese in rows:
        assert english.strip()
        assert chinese.strip()
        assert re.search("[\u4e00-\u9fff]", chinese), chinese
