"""Detection in numbers: faults put into healthy logs, false incidents on normal lines, evidence against budget.

    python -m bench.detect [--full] [--cases 30] [--days 2] [--seed 1] [--shared FOLDER] [--save]

Prints accuracy of the root, recall, precision and F1 of our detector beside three simple ones, the share of cases whose
decisive line is picked within a budget (and draws it, where matplotlib is installed), and what changed since the last
saved run (bench/results/detect.json). What the faults and the normal stretches are stands in bench/faults.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from pathlib import Path
from typing import Any

from bench.faults.selection import BUDGETS, builds, curve, samples
from bench.faults.yardstick import KINDS, cases, faults, figures, normal, pack
from bench.sessions import by_share, read, scored
from edgeops.detect.rulebook import RuleBook

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "detect.json"
SHARED = HERE.parents[1] / "shared"
_COLUMNS = ("faults", "recall", "precision", "f1", "root", "worst", "seconds", "lines")
_TOLD = 0.02


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="three times each fault instead of a few")
    parser.add_argument("--cases", type=int, default=30, help="faults of each kind")
    parser.add_argument("--days", type=float, default=2, help="days of each healthy program")
    parser.add_argument("--seed", type=int, default=7, help="1 was used for tuning")
    parser.add_argument("--shared", type=Path, default=SHARED, help="where data/loghub_2k and data/evidence are")
    parser.add_argument("--save", action="store_true", help="keep the figures and the plot")
    arguments = parser.parse_args()
    begun = time.monotonic()
    loghub = arguments.shared / "data/loghub_2k/open"
    hdfs = arguments.shared / "data/hdfs100k_sessions/open/sessions.jsonl"
    per_kind, days = (3 * len(pack()), 7.0) if arguments.full else (arguments.cases, arguments.days)
    tallies = faults(cases(per_kind, arguments.seed), loghub)
    told: dict[str, Any] = figures(tallies, normal(days, loghub, arguments.seed))
    report(told)
    rules = RuleBook(pack().values())
    curves = {
        "builds": curve(list(builds(arguments.shared / "data/evidence")), rules),
        "samples": curve(list(samples(HERE.parent / "samples")), rules),
    }
    report_curves(curves)
    found: dict[str, Any] = {"detectors": told, "evidence": curves, "sessions": sessions(hdfs)}
    rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 3))
    compare(rounded)
    if arguments.save:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
    plot(curves, RESULTS.with_name("evidence.png") if arguments.save else Path("evidence.png"))
    print(f"{time.monotonic() - begun:.0f} s")
    return 0


def report(told: dict[str, Any]) -> None:
    """The detectors as a table; in brackets the 95 % intervals."""
    for kind in KINDS:
        print(f"\nfaults {kind}\n{'':14}" + "".join(f"{name:>11}" for name in _COLUMNS))
        for detector, kinds in told.items():
            row = kinds[kind]
            print(f"{detector:14}" + "".join(f"{row[name]:11.3f}" for name in _COLUMNS))
        ours = told["edgeops"][kind]
        print(
            f"edgeops: recall {ours['recall_low']:.3f} to {ours['recall_high']:.3f}, "
            f"root {ours['root_low']:.3f} to {ours['root_high']:.3f} (95 %)"
        )
    print(f"\nnormal lines\n{'':14}{'lines':>11}{'days':>9}{'incidents':>11}{'per 100k':>10}{'a day':>9}")
    for detector, kinds in told.items():
        row = kinds["normal"]
        print(
            f"{detector:14}{row['lines']:11.0f}{row['days']:9.1f}{row['incidents']:11.0f}"
            f"{row['per_100k']:10.2f}{row['per_day']:9.2f}"
        )


def report_curves(curves: dict[str, dict[str, dict[int, float]]]) -> None:
    for what, pickers in curves.items():
        print(
            f"\nevidence, {what}: share of cases with the decisive line\n{'':16}" + "".join(f"{b:>8}" for b in BUDGETS)
        )
        for picker, shares in pickers.items():
            print(f"{picker:16}" + "".join(f"{shares[b]:8.2f}" for b in BUDGETS))


def sessions(path: Path) -> dict[str, dict[str, float]]:
    """Anomalous HDFS sessions without labels, as bench.sessions scores them; empty where the data are not."""
    if not path.exists():
        return {}
    found = read(path)
    figures = scored(found, by_share(found))
    print("\nHDFS sessions: " + "  ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    return {"shares, all sessions": figures}


def compare(found: dict[str, Any]) -> None:
    """What is better or worse than in the last saved run."""
    if not RESULTS.exists():
        print("\nNo run was saved before; --save keeps this one.")
        return
    before, now = _flat(json.loads(RESULTS.read_text(encoding="utf-8"))), _flat(found)
    changed = [name for name in now if name in before and abs(now[name] - before[name]) > _TOLD]
    print(f"\nsince the last saved run: {len(changed)} figures changed by more than {_TOLD}")
    for name in changed:
        if "edgeops" in name:
            print(f"  {name:60}{before[name]:10.3f} -> {now[name]:.3f}")


def _flat(tree: dict[str, Any], above: str = "") -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in tree.items():
        place = f"{above}/{name}"
        if isinstance(value, dict):
            found |= _flat(value, place)
        elif isinstance(value, (int, float)):
            found[place] = float(value)
    return found


def plot(curves: dict[str, dict[str, dict[int, float]]], to: Path) -> None:
    if importlib.util.find_spec("matplotlib") is None:
        print("matplotlib is not installed here, so nothing is drawn; pip install matplotlib.")
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(curves), figsize=(9, 3.5), sharey=True)
    for axis, (what, pickers) in zip(axes, curves.items(), strict=True):
        for picker, shares in pickers.items():
            axis.plot(list(shares), list(shares.values()), marker="o", label=picker)
        axis.set(title=what, xlabel="characters", ylim=(-0.03, 1.03))
    axes[0].set_ylabel("cases with the decisive line")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(to, dpi=90)
    print(f"drawn: {to}")


if __name__ == "__main__":
    raise SystemExit(main())
