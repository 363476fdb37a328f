"""Random lists of actions upon logs that are followed, and killed, against a ledger: every line once, every destroyed byte in a gap.

    python -m bench.torture.tail [LISTS] [FIRST_SEED]     5,000 and 1 by default; writes bench/results/torture_tail.json

Run it on ext4 (TMPDIR): only there a new file gets the inode of the one just deleted.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.torture.world import World, Written
from edgeops.intake.feed import Batch, Checkpoint, Gap, Loss
from edgeops.intake.tail import Tail
from edgeops.intake.tail.families import family_of

LONGEST = 256
ACTIONS = 40
_DESTROYED = (Loss.TRUNCATED, Loss.VANISHED)
RESULT = Path(__file__).parents[1] / "results" / "torture_tail.json"


@dataclass
class Verdict:
    """Lines given not at all, twice, out of order or at a wrong place; destroyed lines outside of any gap; and what went well."""

    written: int = 0
    given: int = 0
    destroyed_unread: int = 0
    kills: int = 0
    missing: list[int] = field(default_factory=list)
    twice: list[int] = field(default_factory=list)
    disordered: list[int] = field(default_factory=list)
    misplaced: list[int] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.missing or self.twice or self.disordered or self.misplaced or self.silent)


class Watcher:
    """Follows a world's directory, commits batches and dies in between."""

    def __init__(self, home: Path, order: random.Random) -> None:
        self.home, self.order, self.now = home, order, 1000.0
        self.checkpoints: dict[str, Checkpoint] = {}
        self.given: list[tuple[str, int, int, bytes]] = []
        self.gaps: list[Gap] = []
        self.kills = 0
        self.most_open = order.choice((4, 8, 256))
        self.tail = self._built()

    def _built(self) -> Tail:
        return Tail(
            [str(self.home)],
            list(self.checkpoints.values()),
            max_line=LONGEST,
            max_open=self.most_open,
            bell=False,
            monotonic=lambda: self.now,
        )

    def kill(self) -> None:
        self.kills += 1
        self.tail.close()
        self.tail = self._built()

    def look(self, commit: int = 1 << 30) -> bool:
        """One poll a second later; so many batches are committed, at the next one it dies. Whether it lived."""
        self.now += 1.1
        for index, batch in enumerate(self.tail.poll(1 << 30)):
            if index >= commit:
                self.kill()
                return False
            self._commit(batch)
        return True

    def _commit(self, batch: Batch) -> None:
        checkpoint = batch.checkpoint
        self.gaps += batch.gaps
        if checkpoint.retired:
            self.checkpoints.pop(checkpoint.stream, None)
        else:
            self.checkpoints[checkpoint.stream] = checkpoint
        block = batch.block
        for index in range(len(block.lines) if block else 0):
            assert block is not None
            line = block.line(checkpoint.source, index)
            if index == 0 and batch.continued:
                at = max(i for i, each in enumerate(self.given) if each[0] == checkpoint.stream)
                stream, offset, number, raw = self.given[at]
                assert number == line.number, "what goes on with a line has its number"
                self.given[at] = (stream, offset, number, raw + block.lines[0])
            else:
                self.given.append((checkpoint.stream, line.offset, line.number, block.lines[index]))


def play(home: Path, seed: int, actions: int = ACTIONS, say: bool = False) -> Verdict:
    """One list of actions in an empty directory."""
    order = random.Random(seed)
    watcher = Watcher(home, order)

    def between() -> None:
        watcher.look()

    world = World(home, order, between)
    watcher.look()
    for _ in range(actions):
        what = world.act()
        if say:
            print(what, sorted(world.files), len(world.lines))
        _follow(world, watcher, order, say)
    for _ in range(4):
        for _ in range(12):
            watcher.now += 5.0
            alive = watcher.look()
        if alive:
            world.seen()
    return _judged(world, watcher)


def _follow(world: World, watcher: Watcher, order: random.Random, say: bool) -> None:
    """Between two actions: nothing, a poll, a death, or a while in which nothing happens."""
    chance = order.random()
    if chance < 0.35:
        if watcher.look():
            world.seen()
    elif chance < 0.45:
        if say:
            print("  dies")
        watcher.look(order.randint(0, 4))
    elif chance < 0.5:
        if say:
            print("  killed")
        watcher.kill()
    elif chance < 0.6:
        for _ in range(order.randint(1, 45)):
            alive = watcher.look()
        if alive:
            world.seen()


def _judged(world: World, watcher: Watcher) -> Verdict:
    numbered = [(world.number_of(raw), *rest, raw) for *rest, raw in watcher.given]
    given = [number for number, *_ in numbered if number is not None]
    counts = Counter(given)
    verdict = Verdict(written=len(world.lines), given=len(given), kills=watcher.kills)
    verdict.twice = [number for number, count in counts.items() if count > 1]
    ends = {raw for _, _, _, raw in watcher.given}
    for number, line in world.lines.items():
        whole = line.raw.rstrip(b"\n")[:LONGEST] in ends
        if number in counts and (whole or line.destroyed):
            continue
        if line.readable or (not line.destroyed and line.offset + len(line.raw) <= line.content.size):
            verdict.missing.append(number)
        elif line.destroyed:
            verdict.destroyed_unread += 1
            # Of a line that was never ended all that there was may have been given.
            begun = any(offset == line.offset and line.raw.startswith(raw) for _, offset, _, raw in watcher.given)
            if line.expected_gap and not begun and not _covered(line, watcher.gaps):
                verdict.silent.append(number)
    for number, _, offset, place, _ in numbered:
        if number is not None:
            line = world.lines[number]
            if (line.offset, line.line) != (offset, place):
                verdict.misplaced.append(number)
    last: dict[int, int] = {}
    for number in given:
        content = id(world.lines[number].content)
        if last.get(content, 0) > number:
            verdict.disordered.append(number)
        last[content] = max(last.get(content, 0), number)
    return verdict


def _covered(line: Written, gaps: list[Gap]) -> bool:
    last = line.offset + len(line.raw) - 1
    return any(
        family_of(Path(gap.source).name) == line.content.log
        and gap.loss in _DESTROYED
        and gap.start <= last
        and (gap.most is None or gap.start + gap.most > last)
        for gap in gaps
    )


def torture(lists: int, first: int = 1, actions: int = ACTIONS) -> tuple[Verdict, list[int]]:
    """All lists together, and the seeds of those that went wrong."""
    total, wrong = Verdict(), []
    with tempfile.TemporaryDirectory() as base:
        for seed in range(first, first + lists):
            home = Path(base) / "logs"
            home.mkdir()
            verdict = play(home, seed, actions)
            shutil.rmtree(home)
            for name, value in asdict(verdict).items():
                setattr(total, name, getattr(total, name) + value)
            if not verdict.clean:
                wrong.append(seed)
    return total, wrong


def main(lists: int, first: int) -> None:
    began = time.perf_counter()
    total, wrong = torture(lists, first)
    kind = subprocess.run(
        ["stat", "-f", "-c", "%T", tempfile.gettempdir()], capture_output=True, text=True, check=False
    )
    result = {"lists": lists, "actions": ACTIONS, "file_system": kind.stdout.strip(), "wrong_seeds": wrong}
    result |= {name: len(value) if isinstance(value, list) else value for name, value in asdict(total).items()}
    result["seconds"] = round(time.perf_counter() - began, 1)
    print(json.dumps(result))
    if lists >= 5000:
        RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
