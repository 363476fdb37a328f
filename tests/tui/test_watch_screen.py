"""The watch: run in the app or seen from it, paused, ended with it; never two of one store; incidents come without moving the cursor."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysqlite3
import pytest

from edgeops.knowledge import lock
from edgeops.knowledge.schema import MIGRATIONS
from edgeops.paths import find
from edgeops.records import Skipped, State
from edgeops.tui.app import EdgeopsApp
from edgeops.tui.lookout import Look, Lookout
from edgeops.tui.phrases import Phrases
from edgeops.tui.screens.incidents import IncidentsScreen
from edgeops.tui.screens.logs import LogsScreen
from edgeops.tui.screens.watch import WatchScreen
from edgeops.tui.watch_page import Page
from edgeops.tui.watcher import Pulse
from edgeops.tui.widgets.prompt import PromptInput
from edgeops.tui.widgets.sheet import Sheet
from edgeops.watch.meters import Meters
from edgeops.watch.status import Missing, Status, Stream
from tests.tui.stage import SAMPLES, app_of, cursor, running, screen, status, typed, until
from tests.tui.test_hostile import PAYLOADS, assert_tame

FULL = "2026-03-01T12:00:%02dZ db1 kernel: EXT4-fs error (device sda1): No space left on device\n"
OOM = "2026-03-01T13:30:%02dZ web1 kernel: Out of memory: Killed process 4121 (java) total-vm:1kB, anon-rss:1kB\n"
CALM = "2026-03-01T11:%02d:%02dZ web1 nginx[5]: request %d served in %d ms\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    file = folder / "app.log"
    file.write_text("".join(CALM % (n // 60, n % 60, n, n % 50) for n in range(100)))
    return file


def add(log: Path, line: str, count: int = 6) -> None:
    with log.open("a") as more:
        more.write("".join(line % n for n in range(count)))


def store() -> Path:
    return find().store_file


@contextmanager
def elsewhere(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A watch that somebody else runs for the same store."""
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeops", "watch", "--no-model", str(log.parent)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def lines_of(app: EdgeopsApp) -> int:
    return app.look.status.lines if app.look and app.look.status else 0


def test_a_watch_in_the_app_reads_finds_pauses_goes_on_and_ends(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(110, 30)) as pilot:
            app.command(f"watch {log.parent}")
            await until(pilot, lambda: lines_of(app) == 100 and "Running in this app" in screen(app))
            assert isinstance(app.screen, WatchScreen)
            assert "app.log" in screen(app) and "1 source, 100 lines" in screen(app)
            add(log, FULL)
            await until(pilot, lambda: any("No space left" in case.title for case in app.cases))
            await pilot.press("p")
            await until(pilot, lambda: "Paused" in screen(app))
            add(log, OOM, 1)
            await until(pilot, lambda: "behind" in screen(app) and app.look.status.sources[0].lag)
            assert lines_of(app) == 106
            await pilot.press("p")
            await until(pilot, lambda: lines_of(app) == 107)
            await pilot.press("e")
            await until(pilot, lambda: app.ours is None and "Not running" in screen(app))
            assert lock.holder(store()) == 0

    asyncio.run(act())


def test_it_ends_with_the_app(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of()) as pilot:
            app.command(f"watch {log.parent}")
            await until(pilot, lambda: lock.holder(store()) and lines_of(app))
        assert lock.holder(store()) == 0

    asyncio.run(act())


def test_what_is_asked_for_is_followed_from_the_key_and_a_source_opens_in_the_logs(log: Path) -> None:
    async def act() -> None:
        async with running(app := app_of(), size=(100, 24)) as pilot:
            await pilot.press("5", "s")
            assert app.screen.query_one(PromptInput).value == "/var/log"
            await typed(pilot, f"'{log.parent}' --from-end")
            await until(pilot, lambda: app.look and app.look.status and app.look.status.sources)
            add(log, FULL, 2)
            await until(pilot, lambda: lines_of(app) == 2 + 100 or app.look.status.sources[0].lines)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, LogsScreen) and cursor(app))
            assert app.arguments == [str(log)]

    asyncio.run(act())


def test_an_incident_of_the_watch_is_explained_anew_from_what_the_watch_kept_of_it(log: Path) -> None:
    command = [sys.executable, "-m", "edgeops", "watch", "--once", "--no-explain", str(log)]
    add(log, OOM, 1)
    subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)

    async def act() -> None:
        async with running(app := app_of(), size=(100, 30)) as pilot:
            await until(pilot, lambda: app.cases and app.cases[0].state is State.OPEN)
            await pilot.press("enter", "x")
            await until(pilot, lambda: "[known]" in screen(app) and app.cases[0].state is State.EXPLAINED)

    asyncio.run(act())


@pytest.mark.parametrize(
    ("typed_", "said"),
    [
        ("watch --all x", "--journal"),
        ("watch 'half", "A quotation mark is not closed"),
        ("watch --from-end", "Name files"),
    ],
)
def test_what_cannot_be_followed_is_told(typed_: str, said: str) -> None:
    async def act() -> None:
        async with running(app := app_of()):
            app.command(typed_)
            assert said in status(app) and app.ours is None

    asyncio.run(act())


def test_a_watch_that_runs_elsewhere_is_shown_and_there_is_no_second_one(log: Path) -> None:
    async def act() -> None:
        with elsewhere(log) as process:
            async with running(app := app_of(), size=(110, 30)) as pilot:
                await pilot.press("5")
                await until(pilot, lambda: f"process {process.pid}" in screen(app) and lines_of(app) == 100)
                await pilot.press("p")
                assert "runs elsewhere" in status(app)
                await pilot.press("g", "y")
                assert app.clipboard == f"kill -TERM {process.pid}"
                app.command(f"watch {log.parent}")
                await until(pilot, lambda: app.watch_told and app.ours is None)
                assert f"(process {process.pid})" in app.watch_told[0]
                assert process.poll() is None and lock.holder(store()) == process.pid
                process.kill()
                await until(pilot, lambda: "Not running" in screen(app))

    asyncio.run(act())


def test_a_readonly_app_runs_no_watch(log: Path) -> None:
    async def act() -> None:
        from dataclasses import replace

        app = app_of()
        make = app.around.make
        changed = replace(app.around, make=lambda say: replace(make(say), keep=False))
        async with running(readonly := EdgeopsApp([], changed)) as pilot:
            readonly.command(f"watch {log.parent}")
            await until(pilot, lambda: readonly.watch_told)
            assert "--readonly" in readonly.watch_told[0] and not store().exists()
        app._nursery.close()

    asyncio.run(act())


def test_incidents_that_come_leave_the_cursor_and_its_row_where_they_are(log: Path) -> None:
    names = ("01-oom-kill-behind-502.log", "04-expired-certificate-ldap.log", "08-clock-not-synchronised.log")
    command = [sys.executable, "-m", "edgeops", "explain", "--no-model", *(str(SAMPLES / name) for name in names)]
    subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)

    async def act() -> None:
        async with running(app := app_of(), size=(80, 6)) as pilot:
            await until(pilot, lambda: len(app.cases) >= 3)
            assert isinstance(app.screen, IncidentsScreen)
            sheet = app.screen.query_one(Sheet)
            await pilot.press("G")
            held, row = sheet.target, sheet.cursor - int(sheet.scroll_offset.y)
            before = [case.id for case in app.cases]
            app.start_watch([str(log)])
            add(log, FULL)
            await until(pilot, lambda: {case.id for case in app.cases} - set(before))
            assert isinstance(app.screen, IncidentsScreen)
            assert [case.id for case in app.cases][-len(before) :] == before, "what is new stands first"
            assert sheet.target == held
            assert sheet.cursor - int(sheet.scroll_offset.y) == row
            await pilot.press("g")
            before, held = [case.id for case in app.cases], sheet.target
            add(log, OOM)
            await until(pilot, lambda: {case.id for case in app.cases} - set(before))
            assert sheet.target == held and int(sheet.scroll_offset.y) == 0, "from the top one sees them come"

    asyncio.run(act())


# ------------------------------------------------------------ the page, from what was seen


def look(hostile: str = "", **status_: object) -> Look:
    source = f"/var/log/日志/{hostile}app.log"
    known: dict[str, object] = {
        "pid": 4711, "queue": 3, "shed": 2, "incidents": 9, "lines": 1_234_567, "templates": 88,
        "sources": (Stream(source, 5_000_000, 40_000, 1_500_000, 1), Stream("journal", 99, 10, None, 0)),
        "troubles": (Skipped(f"/var/log/secure{hostile}", f"You are not allowed to read it{hostile}."),),
        "gaps": (
            Missing(source, "truncated", 10, 5, 5, "2026-03-01T12:00:00"), Missing(source, "overrun", 10, 0, None, "2026"),
            Missing(source, "hole", 10, 2, 9, "2026"), Missing(source, "damaged", 10, 2, None, "2026"),
        ),
    }  # fmt: skip
    meters = Meters(0.25, 1.5, 2, 900, 4000, 10_000, 40_000, 71, 55)
    found = Status(**{**known, **status_})  # type: ignore[arg-type]
    return Look(
        meters, found, sizes=((source, 6_500_000),), model=f"m{hostile}", model_mb=690, pause="The host is busy."
    )


def shown(page: Page, look: Look, pulse: Pulse | None = None, told: tuple[str, ...] = ()) -> str:
    return "\n".join("".join(text for _, text in line.spans) for line in page.lines(look, pulse, None, told))


def test_the_page_tells_sources_lag_gaps_queue_model_and_host() -> None:
    text = shown(Page(Phrases("en"), 120), look())
    for wanted in (
        "process 4711", "1,234,567 lines", "3 wait to be explained", "2 given up", "m, loaded (690 MB)", "The host is busy",
        "processors 25%", "memory 900 of 4,000 MB", "71 °C", "battery 55 %", "5.0 MB", "6.5 MB", "1.5 MB", "40,000", "?",
        "/var/log/secure: You are not allowed", "5 bytes, from byte 10", "2 to 9 bytes", "at least 2 bytes", "perhaps nothing",
    ):  # fmt: skip
        assert wanted in text, wanted
    first, second = (text.index(name) for name in ("app.log  ", "journal"))
    assert first < second, "what is most behind stands first"


def test_of_ten_thousand_sources_those_most_behind_are_shown_and_the_rest_counted() -> None:
    many = tuple(Stream(f"/var/log/{at}.log", at, at, at, 0) for at in range(10_000))
    text = shown(Page(Phrases("en"), 120), look(sources=many))
    assert text.count(".log") < 300 and "/var/log/9999.log" in text and "and 9800 more sources" in text


def test_errors_pauses_and_trouble_are_sentences() -> None:
    page = Page(Phrases("en"), 100)
    assert "the disk is full" in shown(page, look(), Pulse(trouble="the disk is full"), ("it said so",))
    assert "it said so" in shown(page, look(), None, ("it said so",))
    assert "nobody may read" in shown(page, Look(Meters(), failure="nobody may read this store"))
    assert "Nothing was watched yet" in shown(page, Look(Meters()))
    assert "none here" in shown(page, Look(Meters()))


@pytest.mark.parametrize("columns", [19, 79, 199])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_it_fits_any_window_and_nothing_that_is_named_commands_the_terminal(columns: int, lang: str) -> None:
    async def act() -> None:
        async with running(app := app_of(lang=lang, ascii_only=columns == 79), size=(columns + 1, 24)) as pilot:
            await pilot.press("5")
            await until(pilot, lambda: app.look)
            for payload in PAYLOADS[::5]:
                app.look = look(payload)
                app.watch_told.append(f"it said {payload}")
                app.screen.fill()
                await pilot.pause()
                assert_tame(app)
                strips = app.screen._compositor.render_strips()
                assert {strip.cell_length for strip in strips} == {columns + 1}
            await pilot.press("G", "y")
            assert_tame(app)

    asyncio.run(act())


def test_a_store_of_an_older_version_is_no_damaged_one(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    connection = pysqlite3.connect(file, isolation_level=None)
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    seen = Lookout(file, lambda: "").look()
    assert (seen.status, seen.failure) == (None, "")


def test_a_store_that_cannot_be_read_is_told_and_the_screen_stays(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_bytes(b"no database at all" * 100)
    seen = Lookout(file, lambda: "").look()
    assert seen.status is None and str(file) in seen.failure
