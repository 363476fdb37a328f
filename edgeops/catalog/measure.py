"""How fast an installed model is here: one prompt read and one text decoded through the engine, with its memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edgeops.errors import EngineLost
from edgeops.hooks import Engine
from edgeops.records import Finished, Say, Script, Write


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


def bench(engine: Engine, rss_mb: Callable[[], int], lines: int = 16, tokens: int = 64) -> Speed:
    """Has the engine read `lines` log lines (some 35 tokens each) and decode `tokens` tokens. Raises EngineError."""
    log = "\n".join(_line(number) for number in range(lines))
    # A count that is under way goes on: few models end it before they are stopped.
    counting = (Say("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), Write("count", stop=(), max_tokens=tokens))
    script = Script("", f"{log}\nForget these lines. Count from 1 to 1000, one number a line.", counting)
    for reply in engine.run(script):
        if isinstance(reply, Finished):
            spent = reply.timings
            read = spent.prompt_tokens - spent.restored
            return Speed(
                name=reply.model, load_s=round(spent.load_s, 3), prefill_tps=_rate(read, spent.prompt_s),
                decode_tps=_rate(spent.tokens, spent.decode_s), rss_mb=rss_mb(),
                prompt_tokens=spent.prompt_tokens, tokens=spent.tokens,
            )  # fmt: skip
    raise EngineLost("The model ended without a word; check its file with `edgeops model verify`.")


def _line(number: int) -> str:
    return f"Mar  1 12:{number:02}:07 web-{number} app[{4000 + number * 37}]: request {number * 7919} took {number * 13} ms"


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
