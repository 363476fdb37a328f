"""Size, loading, speed and memory of each model, measured in turns so that what else the machine does slows all alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from edgeops.errors import ContextOverflow
from edgeops.hooks import Engine
from edgeops.records import Finished, Script, Timings, Write
from quantize.evaluate.models import Loaded

ROUNDS = 3
_TOKENS = 32
_RULE = "A full disk stops a database, and a stopped database fails its callers. "
_LINES = "".join(f"[L{n}] 10:{n:02}:12 web{n} nginx: connect() to 10.0.0.{n} failed (111)\n" for n in range(1, 17))


def figures(
    models: Mapping[str, Loaded], open_fresh: Callable[[str], Engine], close: Callable[[Engine], None]
) -> dict[str, dict[str, float]]:
    """bytes, load_s, prefill_tps, decode_tps and memory_mb (peak, the mapped file included) of each row, medians of the rounds.

    open_fresh gives an engine that has read nothing and saves nothing.
    """
    engines = {name: open_fresh(name) for name in models}
    try:
        rounds: dict[str, list[Timings]] = {name: [] for name in models}
        for number in range(ROUNDS):
            for name, engine in engines.items():
                rounds[name] += _run(engine, number)
        return {
            name: {"bytes": float(models[name].bytes), **_middle(rounds[name]), **_memory(engine)}
            for name, engine in engines.items()
        }
    finally:
        for engine in engines.values():
            close(engine)


def _run(engine: Engine, number: int) -> list[Timings]:
    """A prompt of about 600 tokens that differs from its first word on, and some words of an answer.

    Nothing for a model whose context is smaller than that.
    """
    script = Script(
        f"Round {number}. {_RULE}", f"{_LINES}Copy the lines.", (Write("copy", stop=(), max_tokens=_TOKENS),)
    )
    try:
        return [reply.timings for reply in engine.run(script) if isinstance(reply, Finished)]
    except ContextOverflow:
        return []


def _middle(rounds: list[Timings]) -> dict[str, float]:
    if not rounds:
        return {}
    reading = [(t.prompt_tokens - t.restored) / t.prompt_s for t in rounds if t.prompt_s]
    writing = [t.tokens / t.decode_s for t in rounds if t.decode_s]
    return {
        "load_s": round(max(t.load_s for t in rounds), 3),
        "prefill_tps": round(median(reading), 1) if reading else 0.0,
        "decode_tps": round(median(writing), 1) if writing else 0.0,
    }


def _memory(engine: object) -> dict[str, float]:
    """The peak of the engine's process; nothing where it has none."""
    pid = getattr(engine, "pid", None)
    try:
        status = Path(f"/proc/{pid}/status").read_text() if pid else ""
    except OSError:
        status = ""
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return {"memory_mb": round(int(found[1]) / 1024, 1)} if found else {}
