"""A short form of the yardstick: detection does not fall behind what was measured (bench/faults, bench/results)."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.faults.healthy import softwares
from bench.faults.yardstick import OURS, Tallies, cases, faults, normal, pack, wilson
from edgeops.pattern import Pattern
from quantize.data.filling import Filler
from quantize.data.styles import Said, lines_of

CASES = 6


@pytest.fixture(scope="module")
def tallies() -> Tallies:
    return faults(cases(CASES, seed=3), None, peers=False)


@pytest.mark.parametrize(("kind", "found", "rooted"), [("in the pack", 6, 4), ("held out", 5, 2), ("stories", 5, 1)])
def test_faults_are_found_and_their_roots_named(tallies: Tallies, kind: str, found: int, rooted: int) -> None:
    tally = tallies[OURS][kind]
    assert tally.faults == CASES
    assert tally.found >= found, tally.missed
    assert tally.rooted >= rooted, tally.misrooted


def test_healthy_software_is_left_alone() -> None:
    quiet = normal(0.6, None, seed=3, peers=False)
    assert quiet.lines > 45_000
    assert quiet.incidents[OURS] <= 4, quiet.examples


def test_a_sample_varied_still_fits_its_rule() -> None:
    fill = Filler(random.Random(1))
    told = [pair for f in list(pack().values())[::9] for pair in zip(f.rules, f.samples, strict=True)]
    pairs = [(rule, sample) for rule, sample in told if Pattern(rule.pattern).match(sample)]
    varied = [fill.vary(sample, rule.pattern) for rule, sample in pairs]
    assert all(Pattern(rule.pattern).match(text) for (rule, _), text in zip(pairs, varied, strict=True))
    assert sum(text != sample for (_, sample), text in zip(pairs, varied, strict=True)) > len(pairs) / 3


def test_there_are_enough_kinds_of_healthy_software() -> None:
    assert len({software.style for software in softwares().values()}) >= 8


def test_a_trace_has_headers_only_in_syslog() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    lengths = [len(lines_of(Said(at, "h", "u", style, "error", "a\nb"), at)) for style in ("syslog", "log4j", "json")]
    assert lengths == [2, 2, 1]
    assert lines_of(Said(at, "h", "u", "log4j", "error", "a\nb"), at)[1] == "b"


def test_the_interval_of_a_share_is_wider_for_few() -> None:
    few, many = wilson(9, 10), wilson(900, 1000)
    assert few[0] < many[0] < 0.9 < many[1] < few[1]
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_folder_of_another_checkout_is_no_matter(tmp_path: Path) -> None:
    assert faults(cases(1, seed=5)[:1], tmp_path / "absent", peers=False)[OURS]
