"""Random lists of actions upon logs, with crashes, against a ledger. The long form is `python -m bench.torture.tail`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench.torture.tail import play


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_every_line_comes_once_and_every_destroyed_byte_is_in_a_gap(tmp_path: Path, first: int) -> None:
    written = destroyed = kills = 0
    for seed in range(first, first + 50):
        home = tmp_path / "logs"
        home.mkdir()
        verdict = play(home, seed)
        assert verdict.clean, (seed, verdict)
        written, kills = written + verdict.written, kills + verdict.kills
        destroyed += verdict.destroyed_unread
        shutil.rmtree(home)
    assert written > 3000 and kills > 100 and destroyed > 100
