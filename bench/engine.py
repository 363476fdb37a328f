"""The llama engine: decoding against a bare llama-cpp-python loop, first token with and without the saved prefix, load, memory.

    python -m bench.engine [--model FILE] [--family chatml] [--rounds 24] [--tokens 32] [--threads 0] [--save]

Our child process and the bare loop (a process of its own, the same context and threads, the same prompt, greedy) live at the
same time and take short turns, ABBA, so that what else the machine does slows both; figures are medians of the turns, the
ratio that of the ratios. A first token is that of a fresh child after it has loaded, for a system prefix of about 500
tokens and a user part of about 100.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from edgeops.engines.child import environment
from edgeops.engines.llama import LlamaEngine
from edgeops.engines.settings import EngineSettings, physical_cores
from edgeops.records import Finished, Piece, Script, Timings, Write

RATIO, SOONER, PARENT_MB = 0.95, 3.0, 120
STARTS = 5
COUNTING = "Count from 1 to 300 in digits, one number after another, separated by spaces. Do not stop early."
RULE = "Judge by time and by what depends on what: a full disk stops a database, and a stopped database fails its callers. "
EVENTS = "".join(f"L{n} 10:0{n}:12 web{n} nginx: connect() to 10.0.0.{n} failed (111)\n" for n in range(1, 4))

_BARE = """
import sys, time
import numpy as np
import llama_cpp as L

path, threads, batch, context = sys.argv[1], *map(int, sys.argv[2:5])
params = L.llama_model_default_params()
params.n_gpu_layers = 0
model = L.llama_model_load_from_file(path.encode(), params)
params = L.llama_context_default_params()
params.n_ctx, params.n_batch, params.n_ubatch, params.no_perf = context, batch, batch, True
params.n_threads = params.n_threads_batch = threads
ctx = L.llama_init_from_model(model, params)
vocab = L.llama_model_get_vocab(model)
size = L.llama_vocab_n_tokens(vocab)
for line in sys.stdin:
    count, raw = int(line.split()[0]), bytes.fromhex(line.split()[1])
    tokens = (L.llama_token * (len(raw) + 8))()
    used = L.llama_tokenize(vocab, raw, len(raw), tokens, len(tokens), True, True)
    L.llama_memory_clear(L.llama_get_memory(ctx), True)
    L.llama_decode(ctx, L.llama_batch_get_one(tokens, used))
    one, begun = (L.llama_token * 1)(), None
    for _ in range(count):
        logits = np.ctypeslib.as_array(L.llama_get_logits_ith(ctx, -1), shape=(size,))
        one[0] = int(np.argmax(logits))
        begun = begun or time.perf_counter()
        L.llama_decode(ctx, L.llama_batch_get_one(one, 1))
    np.ctypeslib.as_array(L.llama_get_logits_ith(ctx, -1), shape=(size,))
    print(count / (time.perf_counter() - begun), flush=True)
"""


class Bare:
    """A plain loop over the low-level API, as short as it can be, in its own process."""

    def __init__(self, settings: EngineSettings) -> None:
        numbers = [str(n) for n in (settings.threads, settings.batch, settings.context)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BARE, settings.path, *numbers],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(),
        )  # fmt: skip

    def rate(self, tokens: int) -> float:
        """Tokens per second."""
        text = f"<|im_start|>user\n{COUNTING}<|im_end|>\n<|im_start|>assistant\n"
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{tokens} {text.encode().hex()}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def ours(engine: LlamaEngine, tokens: int) -> float:
    """Tokens per second as the parent sees them: from the first piece to the last."""
    script = Script("You count.", COUNTING, (Write("n", stop=(), max_tokens=tokens),))
    first = last = 0.0
    for reply in engine.run(script):
        if isinstance(reply, Piece):
            last = time.perf_counter()
            first = first or last
        if isinstance(reply, Finished):
            return (reply.timings.tokens - 1) / (last - first)
    raise AssertionError("an answer ends with Finished")


def first_token(settings: EngineSettings, cache: str) -> Timings:
    """A fresh child's first run of a realistic prompt."""
    script = Script(RULE * 20, f"{EVENTS}Which line came first?", (Write("line", max_tokens=2),))
    engine = LlamaEngine(replace(settings, cache=cache))
    try:
        return next(reply.timings for reply in engine.run(script) if isinstance(reply, Finished))
    finally:
        engine.close()


def peak_mb(pid: int | None) -> float:
    """Peak resident memory of a process, the mapped model included."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0


def decoding(settings: EngineSettings, rounds: int, tokens: int) -> dict[str, float]:
    """Medians of both, and of their ratio in each round."""
    engine, bare = LlamaEngine(settings), Bare(settings)
    try:
        ours(engine, 8), bare.rate(8)
        pairs = []
        for number in range(rounds):
            turns = [lambda: ours(engine, tokens), lambda: bare.rate(tokens)]
            rates = [turn() for turn in turns] if number % 2 == 0 else [turn() for turn in turns[::-1]][::-1]
            pairs.append(rates)
        return {
            "decode_tps": statistics.median(a for a, _ in pairs),
            "bare_tps": statistics.median(b for _, b in pairs),
            "decode_ratio": statistics.median(a / b for a, b in pairs),
            "child_mb": peak_mb(engine.pid),
        }
    finally:
        engine.close()
        bare.close()


def starting(settings: EngineSettings, rounds: int) -> dict[str, float]:
    """Medians of the first token without and with the saved prefix, turn by turn."""
    cold, warm = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            cold.append(first_token(settings, cache))
            warm.append(first_token(settings, cache))
    middle = {
        "first_cold_s": statistics.median(t.first_s for t in cold),
        "first_warm_s": statistics.median(t.first_s for t in warm),
        "load_s": statistics.median(t.load_s for t in [*cold, *warm]),
        "prefix_tokens": warm[0].restored,
        "user_tokens": warm[0].prompt_tokens - warm[0].restored,
        "prefill_tps": statistics.median(t.prompt_tokens / t.prompt_s for t in cold),
    }
    return {**middle, "first_sooner": middle["first_cold_s"] / middle["first_warm_s"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=os.environ.get("EDGEOPS_TEST_MODEL", ""))
    parser.add_argument("--family", default="chatml")
    parser.add_argument("--rounds", type=int, default=24)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--threads", type=int, default=0, help="0 = all physical cores, the engine's default")
    parser.add_argument("--save", action="store_true", help="keep the figures as the new baseline")
    given = parser.parse_args()
    if not given.model:
        parser.error("name a model file with --model or EDGEOPS_TEST_MODEL")
    threads = given.threads or physical_cores()
    path = str(Path(given.model).absolute())
    settings = EngineSettings(name="bench", path=path, sha256="0" * 64, family=given.family, threads=threads)
    figures = {**decoding(settings, given.rounds, given.tokens), **starting(settings, STARTS), "threads": threads}
    figures["parent_mb"] = peak_mb(os.getpid())
    limits = {"decode_ratio": f">= {RATIO}", "first_sooner": f">= {SOONER:g}", "parent_mb": f"<= {PARENT_MB}"}
    baseline = Path(__file__).parent / "baselines" / "engine.json"
    before = json.loads(baseline.read_text()) if baseline.exists() else {}
    print(f"{Path(path).name}, load {os.getloadavg()[0]:.1f}\n{'':14}{'now':>10}{'baseline':>10}{'limit':>10}")
    for name, value in figures.items():
        print(f"{name:14}{value:10.2f}{before.get(name, float('nan')):10.2f}{limits.get(name, ''):>10}")
    if given.save:
        baseline.parent.mkdir(exist_ok=True)
        baseline.write_text(json.dumps({k: round(v, 3) for k, v in figures.items()}, indent=1) + "\n")
    good = figures["decode_ratio"] >= RATIO and figures["first_sooner"] >= SOONER and figures["parent_mb"] <= PARENT_MB
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
