"""Each screen as it is drawn, compared with what was looked at and found right: in small and large, light and dark, and in Chinese.

EDGEOPS_TEST_SNAPSHOTS=write writes them anew; look at what changed before it is kept.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest
from rich.style import Style
from textual.strip import Strip

from bench.pictures import SCENES, Scene, settled, staged
from edgeops.text import width

FOLDER = Path(__file__).parent / "snapshots"
_TOOK = re.compile(r"\d+ (ms|毫秒) *")
STILL = [scene for scene in SCENES if scene.still]


def grid(strips: Sequence[Strip]) -> str:
    """The rows as text, without how long something took."""
    return "".join(_TOOK.sub(r"N \1 ", strip.text).rstrip() + "\n" for strip in strips)


def coloured(strips: Sequence[Strip]) -> str:
    """The rows as runs of one colour: how wide each is, in what, on what."""
    rows = []
    for strip in strips:
        if _TOOK.search(strip.text):
            rows.append("as wide as its number")
            continue
        runs = groupby(strip, key=lambda part: _look(part.style))
        rows.append(" ".join(f"{sum(width(part.text) for part in run)}:{look}" for look, run in runs))
    return "\n".join(rows) + "\n"


def _look(style: Style | None) -> str:
    if style is None:
        return "-"
    signs = "".join(sign for sign, on in (("b", style.bold), ("u", style.underline), ("r", style.reverse)) if on)
    names = (colour.name.removeprefix("#") if colour else "-" for colour in (style.color, style.bgcolor))
    return "/".join((*names, signs)).rstrip("/")


def compare(name: str, found: str) -> None:
    """With what was kept."""
    file = FOLDER / f"{name}.txt"
    if os.environ.get("EDGEOPS_TEST_SNAPSHOTS") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(found, "utf-8")
    assert found.splitlines() == file.read_text("utf-8").splitlines(), name


@pytest.mark.parametrize("scene", STILL, ids=lambda scene: scene.name)
def test_a_screen_looks_as_it_did(scene: Scene) -> None:
    async def act() -> None:
        async with staged(scene, {**os.environ, "TERM": "xterm-256color"}, (80, 24)) as (app, pilot):
            strips = await settled(app, pilot)
            compare(f"{scene.name}-80x24", grid(strips))
            compare(f"{scene.name}-dark", coloured(strips))
            app.wear("light")
            compare(f"{scene.name}-light", coloured(await settled(app, pilot)))
            await pilot.resize_terminal(200, 60)
            compare(f"{scene.name}-200x60", grid(await settled(app, pilot)))

    asyncio.run(act())


@pytest.mark.parametrize("scene", STILL, ids=lambda scene: scene.name)
def test_a_screen_looks_as_it_did_in_chinese(scene: Scene) -> None:
    async def act() -> None:
        async with staged(scene, {**os.environ, "TERM": "xterm-256color"}, (80, 24), "zh") as (app, pilot):
            compare(f"{scene.name}-zh", grid(await settled(app, pilot)))

    asyncio.run(act())
