"""Real processes that write and rotate while they are followed. The long form is `python -m bench.torture.rotators`."""

from __future__ import annotations

from pathlib import Path

from bench.torture.rotators import Tally, torture


def test_nothing_is_lost_or_doubled_while_others_rotate(tmp_path: Path) -> None:
    tally = torture(tmp_path, files=3, lines=12_000)
    assert tally == Tally(lines=36_000, kills=tally.kills, seconds=tally.seconds)
