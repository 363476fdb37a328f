"""A short round of the bench of damaged stores."""

from __future__ import annotations

from bench.torture import damage


def test_a_damaged_store_is_noticed_kept_and_gone_on_with() -> None:
    result = damage.torture(sum(often for often, _ in damage.HARMS.values()))
    assert all(harms.trials for harms in result.values())
    assert [(harms.silent, harms.refused, harms.unkept) for harms in result.values()] == [(0, 0, 0)] * len(result)
    assert result["log deleted"].saved == result["bits of the log"].saved == 1
    assert result["index of the log swapped"].whole == 1
