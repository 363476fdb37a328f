"""The models: fetched, imported, checked, chosen, measured, removed from the screen; stopped by esc; what fails is a sentence."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest

from edgeops.catalog.importing import Facts
from edgeops.catalog.part import Part
from edgeops.catalog.pull import Fetch, fetchers
from edgeops.catalog.release import Reached, read_release
from edgeops.errors import ModelUnfit
from edgeops.hooks import Engine
from edgeops.paths import find
from edgeops.records import Finished, Model, Piece, Progress, Reply, Script, Source, Timings
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.models import ModelsScreen
from edgeops.tui.stock import Stockroom
from edgeops.tui.widgets.sheet import Sheet
from tests.catalog.releases import Maker
from tests.catalog.tiny import make_model, noon
from tests.tui.stage import app_of, running, screen, status, typed, until
from tests.tui.test_hostile import PAYLOADS, assert_tame

CONTENT = b"GGUF" + bytes(range(250)) * 40
TINY = make_model(CONTENT, "tiny", note="A tiny model.", memory_mb=100)
HUGE = make_model(b"GGUF" + b"other" * 99, "huge", licence="MIT", memory_mb=9_000)


def from_hub(source: Source, part: Part) -> str:
    part.resume(0)
    part.write(CONTENT)
    return ""


def no_network(source: Source, part: Part) -> str:
    return "no connection (name or service not known)"


@dataclass
class Slow:
    """A source that gives a byte at a time for ever, until it is stopped."""

    begun: threading.Event = field(default_factory=threading.Event)

    def __call__(self, source: Source, part: Part) -> str:
        part.resume(part.kept)
        for at in range(len(CONTENT) - 1):
            part.write(CONTENT[at : at + 1])
            self.begun.set()
            threading.Event().wait(0.1)
        return "it ended"


@dataclass
class Counting:
    """An engine that counts."""

    wait_s: float = 0.0
    begun: threading.Event = field(default_factory=threading.Event)

    def run(self, script: Script) -> Iterator[Reply]:
        for done in range(100):
            yield Progress(done, 100)
            self.begun.set()
            threading.Event().wait(self.wait_s)
        yield Piece("count", "10")
        yield Finished("tiny", Timings(load_s=0.5, prompt_tokens=600, prompt_s=3.0, tokens=64, decode_s=2.0))


def facts(path: Path) -> Facts:
    if b"broken" in path.read_bytes():
        raise ModelUnfit(f"{path} is not a usable model: it ends too soon. Get the file again.")
    return Facts("qwen2.5", "Apache-2.0", 4096)


def stocked(
    app: EdgeopsApp, hub: Fetch = from_hub, engine: Engine | None = None, models: tuple[Model, ...] = (TINY, HUGE)
) -> EdgeopsApp:
    """The app with two tiny models in its catalogue."""

    def means(address: str) -> Mapping[str, Fetch]:
        return {**fetchers(download=lambda *given: "pip found no network"), "hub": hub}

    app.stockroom = Stockroom(
        os.environ, noon, lambda name: engine or Counting(), lambda: models, means, facts, lambda: 1_000
    )
    return app


def models_dir() -> Path:
    return find().models_dir


async def idle(pilot: object, app: EdgeopsApp) -> None:
    await until(pilot, lambda: app.job is None)  # type: ignore[arg-type]


def test_a_model_is_fetched_verified_used_measured_and_removed() -> None:
    async def act() -> None:
        async with running(app := stocked(app_of()), size=(110, 30)) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: "No model answers" in screen(app))
            assert isinstance(app.screen, ModelsScreen)
            assert "needs 100 MB, fits" in screen(app) and "needs 9,000 MB, only 1,000 MB free" in screen(app)
            await pilot.press("v")
            assert "not on this machine; p fetches it" in status(app)
            await pilot.press("p")
            await until(pilot, lambda: "tiny is here and verified (10 kB, licence Apache-2.0)" in status(app))
            await until(
                pilot, lambda: "tiny answers." in screen(app) and "verified 2026-03-01, answers now" in screen(app)
            )
            await pilot.press("p")
            assert "here already" in status(app)
            await pilot.press("v")
            await until(pilot, lambda: "tiny is right" in status(app))
            await pilot.press("u")
            await until(pilot, lambda: "tiny is active" in status(app) and "verified 2026-03-01, active" in screen(app))
            await pilot.press("U")
            await until(pilot, lambda: "The free memory chooses; tiny" in status(app))
            await pilot.press("s")
            await until(pilot, lambda: "loads in 0.5 s, reads 200 tokens/s, writes 32 tokens/s" in screen(app))
            await pilot.press("enter")
            assert TINY.sha256 in screen(app) and str(models_dir() / TINY.file) in screen(app)
            await pilot.press("r")
            await typed(pilot, "y")
            assert "Nothing was removed" in status(app)
            await pilot.press("r")
            await typed(pilot, "yes")
            await until(pilot, lambda: "tiny was removed" in status(app) and "No model answers" in screen(app))
            assert not (models_dir() / TINY.file).exists()

    asyncio.run(act())


def test_the_title_names_the_model_that_would_answer_from_the_start() -> None:
    async def act() -> None:
        async with running(app := stocked(app_of()), size=(110, 30)) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: app.stock)
            await pilot.press("p")
            await until(pilot, lambda: "tiny is here" in status(app))
        async with running(app := stocked(app_of()), size=(110, 30)) as pilot:
            await until(pilot, lambda: "tiny" in screen(app).split("\n")[0])
            assert isinstance(app.screen, IncidentsScreen)

    asyncio.run(act())


def test_without_a_network_the_way_that_is_left_is_told() -> None:
    async def act() -> None:
        async with running(app := stocked(app_of(), no_network), size=(200, 30)) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: app.stock)
            await pilot.press("p")
            await until(pilot, lambda: app.job is None and "Try again with a network" in status(app))
            assert "no connection" in status(app)

    asyncio.run(act())


def test_a_fetch_is_stopped_by_esc_and_what_came_is_kept() -> None:
    async def act() -> None:
        slow = Slow()
        async with running(app := stocked(app_of(), slow), size=(110, 30)) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: app.stock)
            await pilot.press("p")
            await until(pilot, lambda: slow.begun.is_set() and "esc stops it" in status(app))
            await pilot.press("v", "p")
            assert app.job
            app.verify_model("tiny")
            assert "Busy: fetching tiny" in status(app)
            await pilot.press("escape")
            assert isinstance(app.screen, ModelsScreen)
            await until(pilot, lambda: app.job is None and "Stopped: fetching tiny" in status(app))
            (part,) = models_dir().glob("*.part")
            assert part.stat().st_size > 0
            await pilot.press("escape")
            assert isinstance(app.screen, IncidentsScreen)

    asyncio.run(act())


def test_the_app_leaves_at_once_while_something_is_fetched() -> None:
    async def act() -> None:
        slow = Slow()
        async with running(app := stocked(app_of(), slow)) as pilot:
            app.pull_model("tiny")
            await until(pilot, slow.begun.is_set)
            job = app.job
            await pilot.press("ctrl+c")
        assert job and not job._thread.is_alive()

    asyncio.run(act())


def test_a_measurement_is_stopped_by_esc() -> None:
    async def act() -> None:
        engine = Counting(0.05)
        async with running(app := stocked(app_of(), engine=engine), size=(110, 30)) as pilot:
            app.pull_model("tiny")
            await idle(pilot, app)
            await pilot.press("6")
            await until(pilot, lambda: app.stock and app.stock.answering)
            await pilot.press("s")
            await until(pilot, lambda: engine.begun.is_set() and "measuring tiny: " in status(app))
            await pilot.press("escape")
            await until(pilot, lambda: app.job is None and "Stopped: measuring tiny" in status(app))
            assert not app.speeds

    asyncio.run(act())


def test_a_model_is_taken_from_a_stick_and_a_file_of_ones_own_imported(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "a.bin").write_bytes(CONTENT)
    (tmp_path / "mine.gguf").write_bytes(b"GGUF of my own")
    (tmp_path / "bad.gguf").write_bytes(b"GGUF broken")

    async def act() -> None:
        async with running(app := stocked(app_of(), no_network), size=(160, 30)) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: app.stock)
            await pilot.press("P")
            await typed(pilot, str(tmp_path / "stick"))
            await until(pilot, lambda: "tiny is here and verified" in status(app))
            await pilot.press("i")
            await typed(pilot, str(tmp_path / "mine.gguf"))
            await until(pilot, lambda: "mine is imported and verified" in status(app) and "mine  " in screen(app))
            for name, said in (("bad.gguf", "is not a usable model"), ("nothing", "cannot be opened")):
                await pilot.press("i")
                await typed(pilot, str(tmp_path / name))
                await until(pilot, lambda said=said: app.job is None and said in status(app))

    asyncio.run(act())


def test_a_damaged_model_is_put_aside_and_told() -> None:
    async def act() -> None:
        async with running(app := stocked(app_of()), size=(160, 30)) as pilot:
            app.pull_model("tiny")
            await idle(pilot, app)
            (models_dir() / TINY.file).write_bytes(bytes(len(CONTENT)))
            await pilot.press("6")
            await until(pilot, lambda: "here, not verified" in screen(app))
            await pilot.press("v")
            await until(pilot, lambda: app.job is None and "is damaged" in status(app))
            await until(pilot, lambda: "No model answers" in screen(app))

    asyncio.run(act())


def test_a_shelf_or_settings_that_cannot_be_read_are_told_and_the_screen_stays() -> None:
    models_dir().mkdir(parents=True)
    (models_dir() / "installed.json").write_text("{")
    find().config_file.write_text("lang = 7")

    async def act() -> None:
        async with running(app := stocked(app_of()), size=(160, 30), read=False) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: "installed.json cannot be read" in screen(app))
            assert "config.toml" in screen(app)
            await pilot.press("p", "u", "r", "enter", "y")
            assert "Move to a model first" in status(app) or "nothing to copy" in status(app)

    asyncio.run(act())


@pytest.fixture
def adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped adapter of the tiny model."""
    from edgeops.catalog import adapters

    monkeypatch.setattr(adapters.Rack.__init__, "__defaults__", (tmp_path / "shipped",))
    return Maker(tmp_path, TINY).release(place=tmp_path / "shipped" / "ops-tiny")


@pytest.mark.parametrize("columns", [40, 120])
def test_the_quality_card_shows_what_was_measured_with_its_intervals(adapter: Path, columns: int) -> None:
    async def act() -> None:
        async with running(app := stocked(app_of()), size=(columns, 60)) as pilot:
            app.pull_model("tiny")
            await idle(pilot, app)
            await pilot.press("6")
            await until(pilot, lambda: app.stock and app.stock.answering == "ops-tiny")
            await pilot.press("G", "enter")
            shown = screen(app)
            for wanted in (
                "ops-tiny",
                "goes with",
                "tiny",
                "root_accuracy",
                "0.900 [0.800 0.950]",
                "0.500 [0.400 0.600]",
                "decode_tps",
            ):
                assert wanted in shown, wanted
            await pilot.press("u")
            await until(pilot, lambda: app.job is None and "ops-tiny is active" in status(app))
            await pilot.press("r")
            await typed(pilot, "yes")
            await until(pilot, lambda: (app.job is None and "came with edgeops" in status(app)) or columns == 40)

    asyncio.run(act())


@pytest.mark.parametrize("size", [(20, 10), (80, 24), (200, 60)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_fits_any_window_and_nothing_in_a_manifest_commands_the_terminal(
    size: tuple[int, int], lang: str, tmp_path: Path
) -> None:
    made = read_release(Maker(tmp_path, TINY).release()).manifest

    async def act() -> None:
        async with running(app := stocked(app_of(lang=lang, ascii_only=size[0] == 80)), size=size) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: app.stock)
            base = app.stock
            for payload in PAYLOADS[::6]:
                card = msgspec.structs.replace(
                    made, version=payload, evaluation={payload: {payload: Reached(0.5, 0.4, 0.6, 10)}},
                    figures={payload: {payload: 1.0}},
                )  # fmt: skip
                listed = tuple(
                    replace(
                        one, name=f"ops{payload}", note=f"note {payload}", licence=payload, file=payload, path=payload
                    )
                    for one in base.models
                )
                app.stock = replace(
                    base, models=listed, notes=(payload,), cards={f"ops{payload}": card}, server=payload
                )
                app.screen._opened = {f"ops{payload}"}
                app.screen.fill()
                await pilot.pause()
                assert_tame(app)
                assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}
                await pilot.press("y")
                assert_tame(app)

    asyncio.run(act())


def test_the_cursor_stays_on_its_model_when_the_list_changes() -> None:
    async def act() -> None:
        async with running(app := stocked(app_of())) as pilot:
            await pilot.press("6")
            await until(pilot, lambda: app.stock)
            await pilot.press("j")
            sheet = app.screen.query_one(Sheet)
            assert sheet.target == "huge"
            app.pull_model("tiny")
            await idle(pilot, app)
            await until(pilot, lambda: app.stock and app.stock.answering)
            assert sheet.target == "huge"

    asyncio.run(act())
