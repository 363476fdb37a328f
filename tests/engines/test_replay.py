"""Recordings of engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.engines.replay import ReplayEngine, key_of, record
from edgeops.errors import EngineError, EngineLost
from edgeops.records import (
    Choose,
    Chosen,
    Finished,
    Piece,
    Progress,
    Reply,
    Sampling,
    Script,
    Timings,
    Write,
    Written,
)

SCRIPT = Script("system", "用户", (Choose("c", ("a", "b")), Write("w")))


class Fixed:
    """An engine with one answer."""

    def __init__(self, text: str = "hi") -> None:
        self.text = text

    def run(self, script: Script) -> Iterator[Reply]:
        yield Progress(5, 5)
        yield Chosen("c", "a", (0.75, 0.25))
        yield Piece("w", self.text)
        yield Written("w", self.text, "stop")
        yield Finished("fixed", Timings(total_s=3.0))


def test_a_recorded_script_is_played_back(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    live = list(record(Fixed(), path).run(SCRIPT))
    played = list(ReplayEngine(path).run(SCRIPT))
    assert played[:-1] == live[1:-1]
    assert played[-1] == Finished("fixed", Timings())


def test_a_recording_grows_and_is_replaced_by_key(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    other = Script("system", "other", SCRIPT.answer)
    for script, text in ((SCRIPT, "one"), (other, "two"), (SCRIPT, "three")):
        list(record(Fixed(text), path).run(script))
    texts = [r.text for s in (SCRIPT, other) for r in ReplayEngine(path).run(s) if isinstance(r, Written)]
    assert texts == ["three", "two"]
    assert json.loads(path.read_text())[key_of(SCRIPT)]["user"] == "用户"
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.parametrize(
    "other",
    [
        Script("System", "用户", SCRIPT.answer),
        Script("system", "用户 ", SCRIPT.answer),
        Script("system", "用户", (Choose("c", ("a", "c")), Write("w"))),
        Script("system", "用户", SCRIPT.answer, Sampling(seed=1)),
    ],
)
def test_any_change_of_the_script_is_another_script(other: Script, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    list(record(Fixed(), path).run(SCRIPT))
    with pytest.raises(EngineError, match=r"r\.json has no recording of this script .*record\(engine, path\)"):
        list(ReplayEngine(path).run(other))


def test_a_missing_file_is_said_the_same_way(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"none\.json has no recording"):
        list(ReplayEngine(tmp_path / "none.json").run(SCRIPT))


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"a": 1}', b'{"a": {"user": "", "replies": [1]}}', b"\xff"])
def test_a_broken_file_is_said(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_bytes(raw)
    with pytest.raises(EngineError, match="record it again"):
        list(ReplayEngine(path).run(SCRIPT))


def test_a_recording_that_was_edited_into_nonsense_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    list(record(Fixed(), path).run(SCRIPT))
    path.write_text(path.read_text().replace('"a"', '"z"'))
    with pytest.raises(EngineLost):
        list(ReplayEngine(path).run(SCRIPT))


def test_a_run_that_was_cut_off_is_not_recorded(tmp_path: Path) -> None:
    run = record(Fixed(), tmp_path / "r.json").run(SCRIPT)
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []
