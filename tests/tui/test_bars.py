"""The line of what is told: sentences of any length, at any width."""

from __future__ import annotations

import asyncio

import pytest

from edgeops.tui.screens.room import Room
from edgeops.tui.widgets.bars import StatusBar
from tests.tui.stage import app_of, running, screen

SENTENCE = f"The store /srv/{'very/' * 12}far/store.db is locked by another program; what is shown is fine; close it and try again."


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_sentence_that_is_too_long_for_a_row_takes_more_and_gives_them_back(columns: int) -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(columns, 30)) as pilot:
            room = app.screen
            assert isinstance(room, Room)
            bar = room.query_one(StatusBar)
            room.tell(SENTENCE)
            await pilot.pause()
            assert SENTENCE.replace(" ", "") in "".join(screen(app).split())
            assert (bar.size.height > 1) == (columns < 200)
            await pilot.resize_terminal(240, 30)
            await pilot.pause()
            assert bar.size.height == 1
            room.tell("All is well.")
            await pilot.resize_terminal(columns, 30)
            await pilot.pause()
            assert bar.size.height == 1

    asyncio.run(act())


def test_a_sentence_that_fills_the_screen_leaves_room_and_says_that_it_goes_on() -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(40, 12)) as pilot:
            room = app.screen
            assert isinstance(room, Room)
            room.tell("word " * 200 + "end")
            await pilot.pause()
            assert room.query_one(StatusBar).size.height == 4
            assert "…" in screen(app)

    asyncio.run(act())
