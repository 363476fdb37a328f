"""The places of the app: by key, by tab, by command; and a title bar that makes do with the room there is."""

from __future__ import annotations

import asyncio

import pytest

from edgeops.tui.commands import COMMANDS
from edgeops.tui.phrases import TABLE
from edgeops.tui.places import HOME, NAMES, PLACES, Place
from edgeops.tui.widgets.title import TitleBar, arranged
from tests.tui.stage import SAMPLES, app_of, running, screen, until

SIX = [
    (str(at), name, name.capitalize())
    for at, name in enumerate(("incidents", "logs", "ask", "knowledge", "watch", "models"), 1)
]
MODEL = " qwen2.5-coder-0.5b "


def words(*args: object) -> str:
    return "".join(text for _, spans in arranged(*args) for _, text in spans)


def test_each_place_has_a_key_a_name_and_a_command_of_its_own() -> None:
    assert len({place.key for place in PLACES}) == len({place.name for place in PLACES}) == len(PLACES)
    for place in PLACES:
        assert place.name in TABLE
        assert place.name in COMMANDS


@pytest.mark.parametrize("place", PLACES, ids=NAMES)
def test_a_place_is_reached_by_its_key_and_by_its_command_and_left_for_the_incidents(place: Place) -> None:
    async def act() -> None:
        async with running(app := app_of(SAMPLES / "01-oom-kill-behind-502.log")) as pilot:
            await pilot.press(place.key)
            assert app.current_mode == place.name
            assert place.name == app.room.TITLED
            app.action_place(HOME)
            app.command(place.name)
            assert app.current_mode == place.name
            app.back()
            assert app.current_mode == HOME

    asyncio.run(act())


def test_a_click_on_a_tab_leads_to_its_place() -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            shown = screen(app).splitlines()[0]
            await pilot.click(TitleBar, offset=(shown.index("Logs") + 1, 0))
            assert app.current_mode == "logs"
            await pilot.click(TitleBar, offset=(shown.index("1"), 0))
            assert app.current_mode == HOME
            await pilot.click(TitleBar, offset=(1, 0))
            assert app.current_mode == HOME

    asyncio.run(act())


def test_a_place_is_found_as_it_was_left_and_its_key_again_leads_to_its_beginning() -> None:
    async def act() -> None:
        async with running(app := app_of(SAMPLES / "01-oom-kill-behind-502.log")) as pilot:
            await until(pilot, lambda: app.cases)
            await pilot.press("enter", "2", "1")
            assert app.incident_screen
            await pilot.press("1")
            assert app.room.TITLED == HOME

    asyncio.run(act())


def test_six_places_and_the_model_fit_eighty_columns() -> None:
    text = words(SIX, "watch", "", 80 - len(MODEL))
    assert len(text) + len(MODEL) <= 80
    assert "Knowledge" in text
    assert "edgeops" not in text
    assert "edgeops" in words(SIX, "watch", "", 100)


def test_a_narrow_title_keeps_the_numbers_and_says_where_one_is() -> None:
    assert words(SIX, "watch", "", 30).split() == ["1", "2", "3", "4", "5", "Watch", "6"]
    assert words(SIX, "incidents", "Incident", 40).split() == ["1", "2", "3", "4", "5", "6", ">", "Incident"]
