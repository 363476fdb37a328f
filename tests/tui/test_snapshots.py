"""Each screen as it is drawn, compared with what was looked at and found right: in small and large, light and dark, and in Chinese.

EDGEOPS_TEST_SNAPSHOTS=write writes them anew; look at what changed before it is kept.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.style import Style
from textual.pilot import Pilot
from textual.strip import Strip

from bench.pictures import SCENES, Scene, settled, staged
from edgeops.catalog.listing import Listed
from edgeops.catalog.release import Base, Manifest, Reached, Weights
from edgeops.text import width
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.greeting import Host, LogFile
from edgeops.tui.phrases import Phrases
from edgeops.tui.screens.models import ModelsScreen
from edgeops.tui.screens.watch import WatchScreen
from edgeops.tui.screens.welcome import WelcomeScreen
from edgeops.tui.stock import Stock
from edgeops.watch.meters import Meters
from tests.tui.stage import app_of, running, until
from tests.tui.test_watch_screen import look

FOLDER = Path(__file__).parent / "snapshots"
_TOOK = re.compile(r"\d+ (ms|毫秒) *")
STILL = [scene for scene in SCENES if scene.still]
_HERE = datetime(2026, 3, 1, tzinfo=UTC)
_PLAIN = Listed(
    name="plain-0.5b", file="plain-0.5b.gguf", bytes=491_400_032, sha256="ab" * 32, licence="Apache-2.0", family="chatml",
    context=4096, memory_mb=900, purpose="answers", installed=True, verified=True, verified_at=_HERE, active=False,
    path="/srv/models/plain-0.5b.gguf", get="", note="Small and quick.",
)  # fmt: skip
_MODELS = (
    replace(_PLAIN, name="large-7b", bytes=4_683_073_536, memory_mb=6_100, installed=False, verified=False, verified_at=None, get="edgeops model pull large-7b"),
    _PLAIN,
    replace(_PLAIN, name="ops-0.5b", base="plain-0.5b", version="3", bytes=500_210_048, note="Ours."),
)  # fmt: skip
_CARD = Manifest(
    1, "ops-0.5b", "3", _HERE, b"\x01" * 32, "Apache-2.0", Base("plain-0.5b", "ab" * 32), Weights("adapter.gguf", "cd" * 32, 8_810_016, 16, "lora"), "q4_k_m", {}, {}, {},
    {"base": {"root_accuracy": Reached(0.6, 0.5, 0.7, 90)}, "tuned": {"root_accuracy": Reached(0.8, 0.71, 0.87, 90)}},
    {"tuned": {"prefill_tps": 187.0}}, {}, "a laptop", {},
)  # fmt: skip


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


async def looked_at(app: EdgeopsApp, pilot: Pilot[None], name: str) -> None:
    """A screen in small, dark and light, and in large."""
    strips = await settled(app, pilot)
    compare(f"{name}-80x24", grid(strips))
    compare(f"{name}-dark", coloured(strips))
    app.wear("light")
    compare(f"{name}-light", coloured(await settled(app, pilot)))
    await pilot.resize_terminal(200, 60)
    compare(f"{name}-200x60", grid(await settled(app, pilot)))


@pytest.mark.parametrize("scene", STILL, ids=lambda scene: scene.name)
def test_a_screen_looks_as_it_did(scene: Scene) -> None:
    async def act() -> None:
        async with staged(scene, {**os.environ, "TERM": "xterm-256color"}, (80, 24)) as (app, pilot):
            await looked_at(app, pilot, scene.name)

    asyncio.run(act())


@pytest.mark.parametrize("scene", STILL, ids=lambda scene: scene.name)
def test_a_screen_looks_as_it_did_in_chinese(scene: Scene) -> None:
    async def act() -> None:
        async with staged(scene, {**os.environ, "TERM": "xterm-256color"}, (80, 24), "zh") as (app, pilot):
            compare(f"{scene.name}-zh", grid(await settled(app, pilot)))

    asyncio.run(act())


async def _shown(app: EdgeopsApp, pilot: Pilot[None], scene: Scene) -> None:
    """A machine that is the same everywhere."""
    await until(pilot, lambda: app.stock and (app.look or scene.name != "watch"))
    stock = Stock(_MODELS, "ops-0.5b", memory_mb=3_200, disk_bytes=40_000_000_000, cards={"ops-0.5b": _CARD})
    app.stockroom = SimpleNamespace(look=lambda: stock)  # type: ignore[assignment]
    app.look_around = lambda: None  # type: ignore[method-assign]
    screen = app.screen
    assert isinstance(screen, WatchScreen | ModelsScreen)
    if isinstance(screen, ModelsScreen):
        screen._opened = {"ops-0.5b"}
    app.look_at_stock()
    await until(pilot, lambda: app.stock is stock)
    app.look = look()
    screen.fill()


@pytest.mark.parametrize("scene", [scene for scene in SCENES if not scene.still], ids=lambda scene: scene.name)
def test_a_screen_of_the_machine_looks_as_it_did(scene: Scene) -> None:
    async def act() -> None:
        async with staged(scene, {**os.environ, "TERM": "xterm-256color"}, (80, 24)) as (app, pilot):
            await _shown(app, pilot, scene)
            await looked_at(app, pilot, scene.name)
            app.say = Phrases("zh")
            await pilot.resize_terminal(80, 24)
            assert app.room
            app.room.relabel()
            compare(f"{scene.name}-zh", grid(await settled(app, pilot)))

    asyncio.run(act())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_first_screen_looks_as_it_did(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = (LogFile("/var/log/syslog", 1_234_567), LogFile("/var/log/nginx/error.log", 52_000))
    host = Host(Meters(cores=4, memory_free=3_200, memory=7_900, disk_free=40_000, disk=250_000), logs, 3, 1)
    stock = Stock(_MODELS, "", memory_mb=3_200, disk_bytes=40_000_000_000)
    monkeypatch.setattr("edgeops.tui.greeting.survey", lambda folder: host)

    async def act() -> None:
        app = app_of(new=True, lang=lang)
        app.stockroom = SimpleNamespace(look=lambda: stock)  # type: ignore[assignment]
        async with running(app, size=(80, 24), read=False) as pilot:
            await until(pilot, lambda: app.session and app.stock is stock and app.host is host)
            assert isinstance(app.screen, WelcomeScreen)
            if lang == "zh":
                compare("welcome-zh", grid(await settled(app, pilot)))
            else:
                await looked_at(app, pilot, "welcome")

    asyncio.run(act())
