"""Keys that come in one packet, as slow lines bring them, do what they do one by one."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edgeops import paths
from edgeops.knowledge.entry import Draft, Kind, Origin
from edgeops.knowledge.store import Store
from tests.tui.stage import numbered, write
from tests.tui.terminal import PATIENCE_S, Launch, Terminal


@pytest.fixture
def app(tmp_path: Path, launch: Launch) -> Terminal:
    terminal = launch(str(write(tmp_path / "a.log", numbered(3000))))
    terminal.until(b"lines read")
    return terminal


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (b"2/line 2345\r", b"2024-05-01T01:18:08Z"),
        (b"2:goto 1234\r", b"app[7]: INFO line 1234"),
        (b"4/oom killer quit\r", b"found for oom killer quit"),
        (b"3aquit jk?\r", b"> quit jk?"),
        (b"3a\x1b[200~quit jk\x1b[201~?\r", b"> quit jk?"),
        (b"2gjjcremember qQ\r", b"remember qQ"),
    ],
)
def test_what_is_typed_goes_where_the_key_before_it_led(app: Terminal, keys: bytes, shown: bytes) -> None:
    app.press(keys)
    app.until(shown)


def test_a_key_whose_screen_goes_away_keeps_the_next_waiting_for_a_moment_only(app: Terminal) -> None:
    begun = time.monotonic()
    app.press(b"2?q?q?q?q1q" + b"q")
    assert app.leave() == 0
    assert time.monotonic() - begun < PATIENCE_S / 2


def test_an_entry_that_is_still_being_read_is_edited_once_it_is(launch: Launch) -> None:
    paths.writable(paths.find().store_file.parent)
    with Store(paths.find().store_file) as store:
        draft = Draft(Kind.NOTE, "Zebrafish", "stripes", Origin("somebody", "here", ""))
        store.entries.put(draft, datetime(2026, 4, 15, tzinfo=UTC))
    terminal = launch()
    terminal.until(b"Incidents")
    terminal.press(b"4/zebrafish\r")
    terminal.until(b"found for")
    terminal.press(b"\re")
    terminal.until(b"ctrl-s")
