"""A survey over many sources is bounded and says what it left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from edgeops import hooks
from edgeops.assistant import survey as room
from edgeops.assistant.survey import Survey, study, survey
from edgeops.detect.rulebook import RuleBook
from edgeops.intake.reader import open_reader
from edgeops.records import Skipped

FORMATS = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
NO_RULES = RuleBook([])
GAP = timedelta(minutes=5)


def written(folder: Path, name: str, words: list[str]) -> str:
    path = folder / name
    path.write_text("".join(f"Mar  1 02:11:09 web1 app: ERROR {word} failed\n" for word in words))
    return str(path)


def test_the_strongest_signals_stay_and_the_rest_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_SIGNALS", 4)
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    paths = [written(tmp_path, "a.log", words[:3]), written(tmp_path, "b.log", words[3:])]
    reading = survey([open_reader(path, formats=FORMATS) for path in paths], NO_RULES, GAP)
    assert sum(len(i.signals) for i in reading.incidents) == 4
    assert any("2 of the weaker ones were left out" in note for note in reading.notes)


@pytest.mark.parametrize("most", [2, 3, 1000])
def test_what_is_gathered_is_the_same_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(room, "MOST_SIGNALS", most)
    paths = [written(tmp_path, f"{name}.log", [f"{name}{word}" for word in ("x", "y", "z")]) for name in "abcd"]
    readings = []
    for order in permutations(range(4)):
        gathered = Survey()
        for at in order:
            reader = open_reader(paths[at], formats=FORMATS)
            gathered.add((at,), reader if isinstance(reader, Skipped) else study(reader, NO_RULES, GAP))
        readings.append(gathered.reading(NO_RULES, GAP))
    assert readings[0].sources == tuple(paths)
    assert sum(len(i.signals) for i in readings[0].incidents) == min(most, 12)
    assert all(reading == readings[0] for reading in readings)


def test_new_lines_of_sources_where_all_is_new_are_left_out_in_any_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_RARE", 10)
    reader = open_reader(written(tmp_path, "a.log", ["alpha"]), formats=FORMATS)
    assert not isinstance(reader, Skipped)
    seen = study(reader, NO_RULES, GAP)
    event = seen.found.signals[0].event
    left = []
    for order in permutations([1, 2, 4, 30, 5]):
        gathered = Survey()
        for count in order:
            gathered.add((count,), replace(seen, found=replace(seen.found, rare=[event] * count)))
        reading = gathered.reading(NO_RULES, GAP)
        left.append([count for (count,), one in gathered._seen.items() if one.found.rare])
        assert any("those of 2 sources were left out" in note for note in reading.notes)
    assert all(sorted(one) == [1, 2, 4] for one in left)


def test_what_could_not_be_read_is_kept_beside_what_was(tmp_path: Path) -> None:
    gone = Skipped("gone.log", "There is no such file.")
    path = written(tmp_path, "a.log", ["alpha"])
    reading = survey([gone, open_reader(path, formats=FORMATS)], NO_RULES, GAP)
    assert (reading.skipped, reading.sources, reading.lines) == ((gone,), (path,), 1)
    assert reading.notes == ()
