"""Writers and readers on one store, some killed at random: no acknowledged write is lost, nobody is told it is locked.

The long form is `python -m bench.torture.store`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.torture.store import Torture, torture


@pytest.mark.parametrize("seed", [1, 2])
def test_no_acknowledged_write_is_lost_and_nobody_finds_the_store_locked(tmp_path: Path, seed: int) -> None:
    result = torture(tmp_path / "store.db", operations=250, kills=6, seed=seed)
    assert result == Torture(result.acknowledged, 0, 0, 0, result.kills, "ok")
    assert result.acknowledged >= 250
    assert result.kills >= 1, "how many there is time for hangs on the machine"
