"""How fast an installed model is here: one prompt read and one text decoded through the engine, with its memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edgeops.errors import EngineLost
from edgeops.hooks import Engine
from edgeops.records import Finished, Script, Write


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second when reading the prompt and when decoding, seconds to load, peak resident MiB of the child processes."""

    name: str
    load_s: float
    prefill_tps: float
    decode_tps: float
    rss_mb: int
    prompt_tokens: int
    tokens: int


def bench(engine: Engine, name: str, rss_mb: Callable[[], int], lines: int = 16, tokens: int = 64) -> Speed:
    """Has the engine read `lines` log lines (about 30 tokens each) and decode `tokens` tokens. Raises EngineError."""
    log = "\n".join(
        f"Mar  1 12:{n:02}:07 web-{n} app[{4000 + n * 37}]: request {n * 7919} took {n * 13} ms" for n in range(lines)
    )
    script = Script("", f"{log}\nTell a long story about these lines.", (Write("story", stop=(), max_tokens=tokens),))
    for reply in engine.run(script):
        if isinstance(reply, Finished):
            spent = reply.timings
            read = spent.prompt_tokens - spent.restored
            return Speed(
                name=name, load_s=round(spent.load_s, 3), prefill_tps=_rate(read, spent.prompt_s),
                decode_tps=_rate(spent.tokens, spent.decode_s), rss_mb=rss_mb(),
                prompt_tokens=spent.prompt_tokens, tokens=spent.tokens,
            )  # fmt: skip
    raise EngineLost(f"{name} ended without a word; run `edgeops model verify {name}`.")


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 1) if seconds > 0 else 0.0


def children_rss_mb(proc: Path = Path("/proc"), pid: int = 0) -> int:
    """Peak resident MiB of all processes below pid (0 = this one), which is where engines run; 0 if there are none."""
    total = 0
    for child in _descendants(proc, pid or os.getpid()):
        for line in _lines(proc / str(child) / "status"):
            if line.startswith("VmHWM:"):
                total += int(line.split()[1])
    return total // 1024


def _descendants(proc: Path, pid: int) -> Iterator[int]:
    for listing in (proc / str(pid) / "task").glob("*/children"):
        for child in " ".join(_lines(listing)).split():
            yield int(child)
            yield from _descendants(proc, int(child))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except OSError:  # the process ended meanwhile
        return []
