"""Known tier on a 10,000-line file: milliseconds from the opened session to the answer, and the parent's peak memory.

    python -m bench.explain [--lines 10000] [--save]

Each run is a fresh process. The log is generated (seeded): eight programs on three hosts, fresh ids, numbers and addresses
in every line, and an OOM kill with its consequences near the end.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

RUNS = 7
LIMIT_MS, LIMIT_MB = 150, 120
_PROBE = """
import os, resource, sys, time
from datetime import UTC, datetime
started = time.perf_counter()
from edgeops.session import Session
imported = time.perf_counter()
session = Session(os.environ, lambda: datetime.now(UTC), print, keep=False)
reading = session.read([sys.argv[1]])
(answer,) = session.explain(reading.incidents[:1], "en", "known")
done = time.perf_counter()
assert answer.fault == "memory-oom-kill", answer
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(1000 * (imported - started), 1000 * (done - imported), peak)
"""


def generate(path: Path, lines: int) -> None:
    """A log of that many lines with one incident near its end."""
    dice = random.Random(3)
    time = datetime(2026, 3, 1)
    with path.open("w") as out:
        for number in range(lines):
            time += timedelta(seconds=dice.random() * 3)
            stamp = f"{time:%b %d %H:%M:%S} web{dice.randint(1, 3)}"
            out.write(f"{stamp} {_chatter(dice, number)}\n")
            if number == lines * 8 // 10:
                out.write(f"{stamp} kernel: Out of memory: Killed process 4312 (java) total-vm:8123440kB\n")
            if number in (lines * 8 // 10 + 3, lines * 8 // 10 + 9):
                out.write(
                    f"{stamp} nginx: connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.3.14\n"
                )


def _chatter(dice: random.Random, number: int) -> str:
    address = f"10.0.{dice.randint(0, 9)}.{dice.randint(1, 250)}"
    return dice.choice(
        (
            f"sshd[{number}]: Accepted publickey for ann from {address} port {dice.randint(1024, 65000)} ssh2: RSA SHA256:{dice.randbytes(6).hex()}",
            f"CRON[{number}]: (root) CMD (/usr/lib/job{dice.randint(1, 9)})",
            f"systemd[1]: Started Session {number} of user bob.",
            f"nginx[812]: {address} GET /item/{dice.randint(1, 9999)} 200 {dice.randint(100, 9999)}",
            f"postgres[{number}]: LOG: checkpoint complete: wrote {dice.randint(1, 999)} buffers",
            f"kernel: [{number}.{dice.randint(0, 999999):06d}] audit: type=1400 msg=audit({number}:{number})",
            f"dhclient[700]: DHCPACK of {address} from 10.0.0.1",
            f"app[{number}]: request {dice.randbytes(8).hex()} handled in {dice.randint(1, 900)} ms",
        )
    )


def measure(path: Path) -> tuple[float, float, float]:
    """Import ms, answer ms and peak MiB of one fresh process."""
    run = subprocess.run([sys.executable, "-c", _PROBE, str(path)], capture_output=True, text=True, check=True)
    imported, answered, peak = map(float, run.stdout.split())
    return imported, answered, peak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--save", action="store_true", help="keep the figures as the new baseline")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "bench.log"
        generate(log, arguments.lines)
        measure(log)  # fills the caches, as every run but a machine's first finds them
        runs = [measure(log) for _ in range(RUNS)]
    imported, answered, peak = (statistics.median(values) for values in zip(*runs, strict=True))
    figures = {"lines": arguments.lines, "import_ms": imported, "answer_ms": answered, "peak_mb": peak}
    baseline = Path(__file__).parent / "baselines" / "explain.json"
    before = json.loads(baseline.read_text()) if baseline.exists() else {}
    print(f"{'':12}{'now':>10}{'baseline':>10}{'limit':>8}")
    for name, limit in (("import_ms", None), ("answer_ms", LIMIT_MS), ("peak_mb", LIMIT_MB)):
        print(f"{name:12}{figures[name]:10.1f}{before.get(name, float('nan')):10.1f}{limit or '':>8}")
    if arguments.save:
        baseline.parent.mkdir(exist_ok=True)
        baseline.write_text(json.dumps({k: round(v, 1) for k, v in figures.items()}, indent=1) + "\n")
    return 0 if answered <= LIMIT_MS and peak <= LIMIT_MB else 1


if __name__ == "__main__":
    raise SystemExit(main())
