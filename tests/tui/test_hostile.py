"""Hostile text through every screen: what reaches the terminal are our own sequences and plain text, whatever a log says."""

from __future__ import annotations

import asyncio
import io
import re
import unicodedata
from pathlib import Path

import pytest
from rich.console import Console
from textual import events

from edgeops.text import hostile
from edgeops.tui.app import EdgeopsApp
from tests.tui.stage import app_of, running, screen, until, write

_OPENINGS = ("\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x9b", "\x9d", "\x90")
_BODIES = ("2J", "31m", "?1049h", "6n", "0;owned", "52;c;ZXZpbA==", "8;;file:///etc/passwd", "1337;File=:AA")
_ENDS = ("\x07", "\x1b\\", "\x9c", "")
PAYLOADS = (
    *(opening + body + _ENDS[(n + m) % 4] for n, opening in enumerate(_OPENINGS) for m, body in enumerate(_BODIES)),
    *map(chr, (*range(10), *range(11, 32), *range(0x7F, 0xA0))),
    *"\u00ad\u034f\u061c\u180e\u200b\u200d\u200e\u202a\u202e\u2066\u2069\u2800\u3164\ufe0f\ufeff\ufff9",
    "\U000e0041", "[/]", "[/x]", "[link=file:///x]y[/link]", "[@click=app.quit]z[/]", "[on red]w", "[bold", "\\[", "{0.__class__}",
    "all bad\rall fine", "x\b\b\b", "a" + "\u0301" * 30, "\x1b", "$boom", "%s%n",
)  # fmt: skip
_SGR = re.compile(r"\x1b\[[0-9;]*m")


def assert_tame(app: EdgeopsApp) -> None:
    """The whole screen, as the driver would write it, is colours and text; and no text of it does anything when clicked."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system="truecolor", width=400, legacy_windows=False)
    for strip in app.screen._compositor.render_strips():
        out.write(strip.render(console) + "\n")
        for segment in strip:
            assert not (segment.style and segment.style.link)
            assert not (segment.style and any(name.startswith("@click") for name in segment.style.meta))
    rest = _SGR.sub("", out.getvalue()).replace("\n", "")
    bad = {char for char in rest if hostile(ord(char)) or unicodedata.category(char) in ("Cc", "Cf", "Cs")}
    assert not bad, {hex(ord(char)) for char in bad}


def _log(tmp_path: Path) -> Path:
    words = ("disk", "socket", "thread", "lease", "queue", "token", "mirror", "shard")
    lines = [
        f"2026-04-14T10:{at // 60 % 60:02}:{at % 60:02}Z web{payload}1 app{payload}[7]: ERROR {words[at % 8]} {at} broke {payload} down"
        for at, payload in enumerate(PAYLOADS)
    ]
    lines.insert(
        0,
        f"2026-04-14T10:00:00Z web1 kernel: Out of memory: Killed process 4121 (ja{PAYLOADS[0]}va) total-vm:1kB, anon-rss:1kB",
    )
    return write(tmp_path / "a\x1b[31m\u202e[red].log", "\n".join(lines).encode("utf-8", "surrogatepass"))


def test_no_screen_lets_a_payload_through(tmp_path: Path) -> None:
    async def act() -> None:
        path = _log(tmp_path)
        async with running(app := app_of(path), size=(200, 60)) as pilot:
            await until(pilot, lambda: app.cases)
            assert_tame(app)
            for case in app.cases[:2]:
                app.open_case(case.id)
                await pilot.pause()
                assert_tame(app)
                await pilot.press("tab", "G", "y")
                assert_tame(app)
                await pilot.press("q")
            await pilot.press("2")
            await until(pilot, lambda: app.study and app.study.known == 1)
            for keys in (
                "space",
                "space",
                "G",
                "ctrl+w",
                "b",
                "ctrl+w",
                "right",
                "y",
                "e",
                "s",
                "x",
                "2",
                "escape",
                "t",
                "y",
                "enter",
            ):
                await pilot.press(keys)
                assert_tame(app)
            assert all(not hostile(ord(char)) for char in app.clipboard)

    asyncio.run(act())


@pytest.mark.parametrize("ascii_only", [False, True])
def test_what_is_typed_pasted_and_said_is_tame_too(tmp_path: Path, ascii_only: bool) -> None:
    async def act() -> None:
        log = write(
            tmp_path / "a.log", "\n".join(PAYLOADS).encode("utf-8", "surrogatepass") + b"\n\xff\xfe\x00\x9b bytes\n"
        )
        async with running(app := app_of(log, ascii_only=ascii_only)) as pilot:
            await pilot.press("2")
            for payload in (PAYLOADS[0], "[/x]", "\u202eabc", "中文 é"):
                await pilot.press("slash")
                app.screen.prompt.query_one("PromptInput").post_message(events.Paste(payload))
                await pilot.pause()
                assert_tame(app)
                await pilot.press("enter")
                app.hint(payload)
                await pilot.pause()
                assert_tame(app)
                app.command(f"goto {payload}")
                app.command(payload)
                await pilot.pause()
                assert_tame(app)
            if ascii_only:
                assert "中" not in screen(app)

    asyncio.run(act())


def test_no_text_is_drawn_but_through_the_one_door() -> None:
    """Whoever draws by other means than `paint` might read text as markup."""
    room = Path(__file__).parents[2] / "edgeops/tui"
    for path in room.rglob("*.py"):
        text = path.read_text("utf-8")
        found = re.search(r"\b(?:Static|Label|RichLog|Markdown|from_markup|notify|Text)\(|markup=True", text)
        assert found is None, f"{path}: {found}"
        if path.name != "paint.py":
            assert "Segment(" not in text, path
