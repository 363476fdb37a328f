"""Templates: accuracy on the open Loghub systems, speed, and memory on lines that never repeat; Drain3 in the same run.

    python -m bench.templates [--data FOLDER] [--score FILE] [--copies 50] [--unique 300000] [--save]

Accuracy: GA and FGA (grouping), PA and FTA (the templates' text) as Zhu'19, Khan'22 and Jiang'24 define them, computed by
the given scorer on raw files, one configuration for all. Speed: each file many times over, every copy with fresh numbers,
identifiers and times (`bench/corpus.py`). Drain3 (pip install drain3) reads raw lines and, in a second row, is handed our
messages; it has the masks of its own example. The data are not part of this project; see the LICENSE beside them.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.corpus import SHARED, events_of, opened, replicated
from edgeops.detect.miner import Miner
from edgeops.detect.mining import assign, mine, runs
from edgeops.detect.variables import VARIABLE

MEASURES = ("GA", "FGA", "PA", "FTA")
PEER_COPIES = 5
"""Drain3 is timed on so many copies of the same file, and without the time to part headers: it is slow enough."""
_UNIQUE = """
import resource, sys
from bench.templates import mined
miner = mined(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, miner.forgotten, len(miner.templates()))
"""

Scores = dict[str, dict[str, float]]


def mined(path: str | Path) -> Miner:
    """A miner that has read the file."""
    miner = Miner()
    mine(opened(path), miner)
    miner.settle()
    return miner


def ours(path: Path) -> list[str]:
    """The template of each line."""
    miner = mined(path)
    return [template.pattern for _, stretch in assign(opened(path), miner) for template in stretch]


def messages(path: Path) -> list[str]:
    """The message of each line, as our formats part it from its header."""
    reader = opened(path)
    found = []
    for run in runs(reader):
        for at in range(run.start, run.start + len(run.keys)):
            found.append(reader.event(run.block.line(reader.source, at), run.more).message)
        found += [""] * len(run.more)
    return found


def drain(lines: Iterable[str]) -> list[str]:
    """The template of each line by Drain3, with the masks of its example."""
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig

    masks = {
        "IP": r"((?<=[^A-Za-z0-9])|^)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})((?=[^A-Za-z0-9])|$)",
        "SEQ": r"((?<=[^A-Za-z0-9])|^)([0-9a-f]{6,} ?){3,}((?=[^A-Za-z0-9])|$)",
        "HEX": r"((?<=[^A-Za-z0-9])|^)(0x[a-f0-9A-F]+)((?=[^A-Za-z0-9])|$)",
        "NUM": r"((?<=[^A-Za-z0-9])|^)([\-\+]?\d+)((?=[^A-Za-z0-9])|$)",
    }
    config = TemplateMinerConfig()
    config.masking_instructions = [MaskingInstruction(pattern, name) for name, pattern in masks.items()]
    miner = TemplateMiner(config=config)
    clusters = [miner.add_log_message(line)["cluster_id"] for line in lines]
    final = {cluster.cluster_id: cluster.get_template() for cluster in miner.drain.clusters}
    return [final[cluster] for cluster in clusters]


def truth(folder: Path, system: str) -> list[dict[str, str]]:
    """The rows of the corrected truth, or of the original where there is no corrected one."""
    for name in (f"{system}_2k.log_structured_corrected.csv", f"{system}_2k.log_structured.csv"):
        if (folder / system / name).exists():
            with (folder / system / name).open(encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))
    raise SystemExit(f"There is no truth for {system} in {folder}; see --data.")


def normal(template: str) -> str:
    """A template as the truth writes it: every variable `<*>`, single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[A-Z]+>", "<*>", VARIABLE.sub("<*>", template))).strip()


def scored(score: Callable[..., dict[str, float]], rows: list[dict[str, str]], found: list[str]) -> dict[str, float]:
    ids = [row["EventId"] for row in rows]
    return score(ids, [normal(row["EventTemplate"]) for row in rows], found, [normal(template) for template in found])


def speed(work: Callable[[], Any], lines: int) -> float:
    """Lines a second of processor time, so that a busy machine matters less."""
    began = time.process_time()
    work()
    return lines / (time.process_time() - began)


def unique(lines: int) -> dict[str, float]:
    """What lines that never repeat cost: peak MiB of a fresh process, with and without ten times as many."""
    figures: dict[str, float] = {}
    dice = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        for count in (lines // 10, lines):
            path = Path(folder) / "unique.log"
            with path.open("w", encoding="utf-8") as out:
                for number in range(count):
                    words = " ".join("".join(dice.choices("abcdefghijklmnop", k=6)) for _ in range(dice.randint(3, 9)))
                    out.write(f"2026-05-01T08:00:00Z host app[7]: {words}\n")
                    if number == count // 100:
                        out.write("2026-05-01T08:00:00Z host app[7]: ERROR: the disk array lost its battery\n")
            run = subprocess.run([sys.executable, "-c", _UNIQUE, str(path)], capture_output=True, text=True, check=True)
            peak, forgotten, kept = map(int, run.stdout.split())
            figures |= {f"peak_mb_{count}": peak, f"forgotten_{count}": forgotten, f"kept_{count}": kept}
    return figures


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_parsing", path)
    assert spec and spec.loader, path
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data/loghub_2k/open")
    parser.add_argument("--score", type=Path, default=SHARED / "tools/score_parsing.py")
    parser.add_argument("--copies", type=int, default=50)
    parser.add_argument("--unique", type=int, default=300_000)
    parser.add_argument("--save", action="store_true", help="keep the figures as the new baseline")
    arguments = parser.parse_args()
    score = load(arguments.score).score
    peer = importlib.util.find_spec("drain3") is not None
    if not peer:
        print("Drain3 is not installed here, so its columns are missing; pip install drain3 in a venv of its own.")
    table: dict[str, Scores] = {}
    rates: dict[str, dict[str, float]] = {}
    for system in sorted(folder.name for folder in arguments.data.iterdir() if folder.is_dir()):
        path, rows = arguments.data / system / f"{system}_2k.log", truth(arguments.data, system)
        parted = messages(path)
        parsers: dict[str, Callable[[], list[str]]] = {"edgeops": lambda path=path: ours(path)}  # type: ignore[misc]
        if peer:
            raw = path.read_text(encoding="utf-8", errors="replace").splitlines()
            parsers["drain3 raw"] = lambda raw=raw: drain(raw)  # type: ignore[misc]
            parsers["drain3 message"] = lambda parted=parted: drain(parted)  # type: ignore[misc]
        table[system] = {name: scored(score, rows, work()) for name, work in parsers.items()}
        with tempfile.TemporaryDirectory() as folder:
            large = Path(folder) / f"{system}.log"
            lines = replicated(list(events_of(path)), arguments.copies, large)
            rates[system] = {"edgeops": speed(lambda large=large: mined(large), lines)}  # type: ignore[misc]
            if peer:
                few = messages(large)[: PEER_COPIES * len(rows)]
                rates[system]["drain3 message"] = speed(lambda few=few: drain(few), len(few))  # type: ignore[misc]
    figures = {"scores": table, "lines_per_second": rates, "unique": unique(arguments.unique)}
    report(figures)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if arguments.save:
        baseline = Path(__file__).parent / "baselines" / "templates.json"
        baseline.parent.mkdir(exist_ok=True)
        rounded = json.loads(json.dumps(figures), parse_float=lambda text: round(float(text), 3))
        baseline.write_text(json.dumps(rounded, indent=1) + "\n")
    means = _means(table)["edgeops"]
    return 0 if means["GA"] >= 0.90 and means["FTA"] >= 0.60 else 1


def report(figures: dict[str, Any]) -> None:
    """The figures as tables."""
    table, rates = figures["scores"], figures["lines_per_second"]
    print(f"{'':12}{'':16}" + "".join(f"{name:>8}" for name in MEASURES) + f"{'lines/s':>12}")
    for system, found in (*table.items(), ("mean", _means(table))):
        for name, values in found.items():
            rate = rates.get(system, {}).get(name, 0)
            print(
                f"{system:12}{name:16}"
                + "".join(f"{values[m]:8.3f}" for m in MEASURES)
                + (f"{rate:12,.0f}" * (rate > 0))
            )
    for name, value in figures["unique"].items():
        print(f"unique lines: {name:24}{value:>10}")


def _means(table: dict[str, Scores]) -> Scores:
    names = next(iter(table.values()))
    return {name: {m: sum(found[name][m] for found in table.values()) / len(table) for m in MEASURES} for name in names}


if __name__ == "__main__":
    raise SystemExit(main())
