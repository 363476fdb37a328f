"""Speeds follow from the engine's own timings, memory from the kernel's account of its child processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edgeops.catalog.measure import bench, children_rss_mb
from edgeops.errors import EngineLost
from edgeops.records import Finished, Piece, Progress, Reply, Say, Script, Timings, Write


@dataclass
class Fake:
    """An engine that answers with given timings."""

    timings: Timings | None
    scripts: list[Script] = field(default_factory=list)

    def run(self, script: Script) -> Iterator[Reply]:
        self.scripts.append(script)
        yield Progress(1, 2)
        yield Piece("story", "Once")
        if self.timings:
            yield Finished("m", self.timings)


def test_speeds_are_tokens_over_seconds_without_what_was_restored() -> None:
    engine = Fake(Timings(load_s=0.75, prompt_tokens=600, restored=100, prompt_s=2.5, tokens=64, decode_s=1.6))
    speed = bench(engine, lambda: 700)
    assert (speed.load_s, speed.prefill_tps, speed.decode_tps, speed.rss_mb) == (0.75, 200.0, 40.0, 700)
    assert (speed.name, speed.prompt_tokens, speed.tokens) == ("m", 600, 64)


def test_the_prompt_is_long_and_the_answer_is_decoded_plainly() -> None:
    engine = Fake(Timings())
    bench(engine, lambda: 0, lines=20, tokens=32)
    (script,) = engine.scripts
    assert script.user.count("\n") == 20
    begun, slot = script.answer
    assert isinstance(begun, Say)
    assert isinstance(slot, Write)
    assert (slot.max_tokens, slot.stop, slot.grammar) == (32, (), "")


def test_no_seconds_are_no_speed() -> None:
    assert bench(Fake(Timings()), lambda: 0).decode_tps == 0.0


def test_an_engine_that_ends_without_a_word_is_an_error() -> None:
    with pytest.raises(EngineLost, match="edgeops model verify"):
        bench(Fake(None), lambda: 0)


def test_the_memory_of_children_and_their_children_is_added_up(tmp_path: Path) -> None:
    for pid, children, peak in ((1, "2 3", 999_999), (2, "4", 10_240), (3, "", 20_480), (4, "", 1_024)):
        (tmp_path / f"{pid}/task/{pid}").mkdir(parents=True)
        (tmp_path / f"{pid}/task/{pid}/children").write_text(children + " ")
        (tmp_path / f"{pid}/status").write_text(f"Name:\tx\nVmHWM:\t  {peak} kB\nVmRSS:\t 1 kB\n")
    assert children_rss_mb(tmp_path, 1) == 31
    assert children_rss_mb(tmp_path, 77) == 0


def test_a_real_child_is_seen() -> None:
    program = "x = bytearray(80_000_000); print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdin
        child.stdout.readline()
        seen = children_rss_mb()
        child.stdin.write(b"\n")
    assert 70 < seen < 300
