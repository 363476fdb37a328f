"""Pictures of the real app on the shipped samples, for README and docs/tui.md: `python -m bench.pictures [NAME…]`.

No model, a home of its own, a fixed clock and size, so that the same app gives the same pictures; those of the watch and of the
models show the machine they were made on. The scenes are also what tests/tui/test_snapshots.py compares.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import cast

from rich.color import Color
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from edgeops.cli.when import parse
from edgeops.knowledge.entry import Origin
from edgeops.session import Session
from edgeops.text import width
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.surroundings import Surroundings

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs/pictures"
NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
SIZE = (110, 32)
PATIENCE_S = 60.0
_STEADY = 4
_CELL, _ROW, _FONT = 8.4, 18, 14
_LOGS = (
    "01-oom-kill-behind-502.log",
    "04-expired-certificate-ldap.log",
    "10-node-disk-full-evictions.log",
    "11-java-heap-connection-pool",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A screen: the samples that are opened, the keys that lead there, words that must stand on it before it is taken.

    still: it shows nothing of the machine it is made on. shows_zh: those words in Chinese, if they are others.
    """

    name: str
    keys: tuple[str, ...] = ()
    shows: str = ""
    logs: tuple[str, ...] = _LOGS[:1]
    still: bool = True
    shows_zh: str = ""


SCENES = (
    Scene("incidents", shows="found now", logs=_LOGS, shows_zh="本次发现"),
    Scene("incident", ("enter",), "[known]", shows_zh="[已知]"),
    Scene("logs", ("2", "e"), "oom-killer"),
    Scene("templates", ("2", "t"), "session"),
    Scene("ask", ("3", "a", *"why does nginx answer 502?", "enter"), "[L18]"),
    Scene("knowledge", ("4", "slash", *"too many clients"), "found for", (), shows_zh="”：找到"),
    Scene("watch", ("5",), "", (), still=False),
    Scene("models", ("6",), "qwen", (), still=False),
    Scene("help", ("question_mark",), "q", ()),
)


def main() -> int:
    wanted = sys.argv[1:]
    FOLDER.mkdir(exist_ok=True)
    for scene in SCENES:
        if not wanted or scene.name in wanted:
            with tempfile.TemporaryDirectory() as home:
                environ = {"HOME": home, "EDGEOPS_HOME": f"{home}/edgeops", "TERM": "xterm-256color", "LANG": "C.UTF-8"}
                picture = asyncio.run(_picture(scene, environ))
            (FOLDER / f"{scene.name}.svg").write_text(picture, "utf-8")
    return 0


def app_of(scene: Scene, environ: Mapping[str, str], lang: str) -> EdgeopsApp:
    """The app on the samples of a scene."""
    given = {**environ, "EDGEOPS_SCREEN__THEME": "dark", "EDGEOPS_SCREEN__RESUME": "false"}
    around = Surroundings(
        environ=given,
        parse=parse,
        by=lambda: Origin("somebody", "here", ""),
        make=lambda say: Session(given, lambda: NOW, say),
        lang=lang,
    )
    return EdgeopsApp([str(ROOT / "samples" / one) for one in scene.logs], around)


@asynccontextmanager
async def staged(
    scene: Scene, environ: Mapping[str, str], size: tuple[int, int] = SIZE, lang: str = "en"
) -> AsyncIterator[tuple[EdgeopsApp, Pilot[None]]]:
    """The app at a scene, with everything there that it needs."""
    app = app_of(scene, environ, lang)
    async with app.run_test(size=size) as pilot:
        await _until(pilot, lambda: app.session and not app.doing and (app.study or not scene.logs))
        if app.room and app.room.TITLED == "welcome":
            await pilot.press("escape")
        # Until the store is made, too: whoever reads it before may say that it cannot be read.
        await _until(pilot, lambda: not scene.logs or any(case.kept for case in app.cases))
        for key in scene.keys:
            await pilot.press({" ": "space", "?": "question_mark"}.get(key, key))
            await pilot.pause()
        await _until(pilot, lambda: (scene.shows if lang == "en" else scene.shows_zh or scene.shows) in text(app))
        await _until(pilot, lambda: app.study is None or (app.study.known >= 1 and app.study.filtered >= 1))
        for entry in app.screen.query(Input):
            entry.cursor_blink = False
        yield app, pilot


async def settled(app: EdgeopsApp, pilot: Pilot[None]) -> list[Strip]:
    """The rows of the screen, once nothing changes any more."""
    before, same = "", 0
    while same < _STEADY:
        now = text(app)
        same = same + 1 if now == before else 0
        before = now
        await pilot.pause(0.1)
    return list(app.screen._compositor.render_strips())


async def _picture(scene: Scene, environ: Mapping[str, str]) -> str:
    async with staged(scene, environ) as (app, pilot):
        return svg(await settled(app, pilot), SIZE[0])


async def _until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"The screen never came to that:\n{text(cast(EdgeopsApp, pilot.app))}")
        await pilot.pause(0.02)


def text(app: EdgeopsApp) -> str:
    """What stands on the screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


# ---------------------------------------------------------------- strips to SVG


def svg(strips: list[Strip], columns: int) -> str:
    """The rows as a small picture of text: no fonts, no scripts, nothing from elsewhere."""
    wide, high = columns * _CELL + 16, len(strips) * _ROW + 16
    ground = _ground(strips)
    body = "\n".join(piece for row, strip in enumerate(strips) for piece in _row(strip, row, ground))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}">\n'
        f'<rect width="100%" height="100%" rx="6" fill="{ground}"/>\n'
        f'<g font-family="ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="{_FONT}" xml:space="preserve">\n'
        f"{body}\n</g>\n</svg>\n"
    )


def _ground(strips: list[Strip]) -> str:
    return next(
        (_hex(part.style.bgcolor) for part in strips[len(strips) // 2] if part.style and part.style.bgcolor), ""
    )


def _row(strip: Strip, row: int, ground: str) -> Iterator[str]:
    column, top = 0, row * _ROW + 8
    for part in strip.simplify():
        cells, style = width(part.text), part.style
        left, wide = 8 + column * _CELL, cells * _CELL
        column += cells
        if style is None:
            continue
        ink, paper = _hex(style.color), _hex(style.bgcolor)
        if style.reverse:
            ink, paper = paper, ink
        if paper and paper != ground:
            yield f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{_ROW}" fill="{paper}"/>'
        if part.text.strip():
            looks = ' font-weight="bold"' * bool(style.bold) + ' text-decoration="underline"' * bool(style.underline)
            # Said for each piece, so that what follows stands in its column whatever the font.
            yield (
                f'<text x="{left:.1f}" y="{top + 13}" textLength="{wide:.1f}" fill="{ink}"{looks}>{escape(part.text)}</text>'
            )


def _hex(colour: Color | None) -> str:
    return colour.get_truecolor().hex if colour and not colour.is_default else ""


if __name__ == "__main__":
    raise SystemExit(main())
