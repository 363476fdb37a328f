"""Families of faults go to one split each."""

from __future__ import annotations

from collections import Counter

import pytest

from edgeops.knowledge.starter import read_folder
from quantize.data.families import SHARES, Split, parted, split_of

SIZES = Counter(fault.family for fault in read_folder().faults)


@pytest.mark.parametrize("seed", range(6))
def test_each_split_gets_about_its_share_of_the_faults(seed: int) -> None:
    found = parted(SIZES, seed)
    assert set(found) == set(SIZES)
    for split, share in SHARES.items():
        part = sum(SIZES[family] for family in found if found[family] is split)
        assert abs(part / SIZES.total() - share) < 0.02


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    assert parted(SIZES, 1) == parted(dict(reversed(SIZES.items())), 1)
    assert parted(SIZES, 1) != parted(SIZES, 2)


def test_few_families_still_leave_some_for_training() -> None:
    assert list(parted({"only": 3}, 1).values()) == [Split.TRAIN]
    assert Split.TRAIN in parted({"a": 1, "b": 1, "c": 1}, 1).values()


def test_a_family_of_the_site_keeps_its_split_whenever_it_is_met() -> None:
    splits = [split_of(f"site/{n}", 1) for n in range(600)]
    assert splits == [split_of(f"site/{n}", 1) for n in range(600)]
    counts = Counter(splits)
    assert 80 < counts[Split.TEST] < 160 and 30 < counts[Split.VALIDATION] < 90
