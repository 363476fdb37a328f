"""The weights of `edgeops.detect.roots`, fitted on staged faults.

    python -m bench.faults.fitting stage FOLDER [--seeds 11 12 13] [--cases 43] [--shared FOLDER]
    python -m bench.faults.fitting fit FOLDER [--without MARK]... [--only MARK]...

`stage` puts so many faults of each kind and seed into scenes, has edgeops read them, and keeps the signals and the lines never
seen before as one file a seed; half a second a scene. `fit` groups them with today's code, takes the marks of the worst incident
that has to do with the fault, and fits what each mark is worth: a conditional logit (bench.faults.logit), the three kinds counting
alike; the shipped samples, which no dice wrote, are among them, a few times each. It prints the table as it stands in `roots.py`,
and how often the root comes first when each fault is judged by weights that were fitted without it.

So a mark is added: write it in `marks.py`, `fit` with and without it (no new stage), keep it if the judged faults gain and its
sign is what anybody would expect (BOUNDS holds those that must speak against a signal, so that the yardstick's own habits do
not become knowledge). Then paste the table, run tests/detect, tests/test_samples.py, and `python -m bench.detect --seed N` with a seed
that was neither staged nor looked at; `--days 2` tells whether false incidents are as before.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from bench.faults.detectors import GAP, opened
from bench.faults.logit import SAMPLE, Choice, fitted, hits, judged, marks_in
from bench.faults.scenes import Place
from bench.faults.selection import samples
from bench.faults.yardstick import Case, book, cases, staged
from edgeops.assistant.survey import study
from edgeops.detect.incidents import group
from edgeops.detect.marks import marks_of
from edgeops.detect.ordinary import parted
from edgeops.detect.past import Past
from edgeops.detect.roots import order_key
from edgeops.detect.rulebook import RuleBook
from edgeops.records import Event, Signal

SHARED = Path(__file__).parents[3] / "shared"
SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True, slots=True)
class Kept:
    """A staged fault as it was read: all signals, the lines never seen before, and where its own lines stand."""

    case: Case
    signals: list[Signal]
    rare: list[Event]
    root: frozenset[Place]
    part: frozenset[Place]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, dest="command")
    stage = commands.add_parser("stage")
    stage.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    stage.add_argument(
        "--cases", type=int, default=43, help="of each kind and seed; with more than there are stories, seeds overlap"
    )
    stage.add_argument("--shared", type=Path, default=SHARED, help="where data/loghub_2k is")
    fit = commands.add_parser("fit")
    fit.add_argument("--without", action="append", default=[], metavar="MARK")
    fit.add_argument("--only", action="append", default=[], metavar="MARK")
    for command in (stage, fit):
        command.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "stage":
        for seed in arguments.seeds:
            kept = list(read(cases(arguments.cases, seed), arguments.shared / "data/loghub_2k/open"))
            arguments.folder.mkdir(parents=True, exist_ok=True)
            (arguments.folder / f"{seed}.scenes").write_bytes(msgspec.msgpack.encode(kept))
            print(f"seed {seed}: {len(kept)} scenes", flush=True)
        return 0
    files = sorted(arguments.folder.glob("*.scenes"))
    choices = [choice_of(one) for file in files for one in msgspec.msgpack.decode(file.read_bytes(), type=list[Kept])]
    choices += [choice_of(one) for one in read_samples(SAMPLES)]
    names = arguments.only or marks_in(choices, without=arguments.without)
    report(choices, names)
    return 0


def read(chosen: Iterable[Case], loghub: Path | None) -> Iterator[Kept]:
    """Each case staged and read."""
    for case in chosen:
        with tempfile.TemporaryDirectory() as name:
            scene, _ = staged(case, Path(name), loghub)
            signals, rare = _heard(scene.files, book(case))
        yield Kept(case, signals, rare, scene.root, scene.part)


def read_samples(folder: Path) -> Iterator[Kept]:
    """The shipped samples in which something is wrong."""
    for one in samples(folder):
        case = Case(SAMPLE, one.name, 0)
        signals, rare = _heard(one.files, book(case))
        events = [*(signal.event for signal in signals), *rare]
        root = frozenset(_place(event) for event in events if one.decides(event.line.text))
        yield Kept(case, signals, rare, root, root)


def _heard(files: Iterable[Path], rules: RuleBook) -> tuple[list[Signal], list[Event]]:
    """All signals of the files, and their lines that were never seen before."""
    seen = [study(reader, rules, GAP).found for reader in opened(files)]
    return [signal for one in seen for signal in one.signals], [
        event for one in seen for event in one.rare if event.time
    ]


def choice_of(kept: Kept, gap: timedelta = GAP) -> Choice:
    """The marks, by today's code, of the worst incident that has a line of the fault."""
    rules, past = book(kept.case), Past(sorted(parted(kept.signals)[0], key=lambda s: order_key(s.event)), gap)
    for incident in group(kept.signals, kept.rare, rules, gap):
        places = [_place(signal.event) for signal in incident.signals]
        if not kept.part.isdisjoint(places):
            right = [place in kept.root for place in places]
            return Choice(kept.case.kind, kept.case.name, marks_of(incident.signals, rules, past), right)
    return Choice(kept.case.kind, kept.case.name, (), ())


def _place(event: Event) -> Place:
    return Path(event.line.source).name, event.line.number


def report(choices: Sequence[Choice], names: Sequence[str]) -> None:
    """The table for `roots.py` and how well it does."""
    worth = fitted(choices, names)
    totals = Counter(one.kind for one in choices)
    print("WORTH = {\n" + "".join(f'    "{name}": {worth[name]:.1f},\n' for name in names) + "}")
    for what, found in (("as fitted", hits(choices, worth)), ("judged by others", judged(choices, names))):
        print(f"{what:18}" + "   ".join(f"{kind} {found[kind] / totals[kind]:.3f}" for kind in totals))


if __name__ == "__main__":
    raise SystemExit(main())
