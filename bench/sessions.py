"""A smoke test of the idea behind the baseline, on the HDFS sessions: what is unusual is found without labels.

    python -m bench.sessions [--data FOLDER] [--save]

A session is odd when it has what fewer than one session in twenty has, or lacks what fewer than one in twenty lacks. The shares
are learnt from the first four fifths without their labels and tried on the rest; then learnt and tried on all. Beside it: a count
vector never seen in the sessions learnt from, which labels had cleaned of anomalies (so it had help). Many anomalies of this set
have exactly the events of a normal session: nothing that looks at events alone finds those.
The data are not part of this project; see the PROVENANCE beside them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
SELDOM = 0.05
LEAST_F1 = 0.65


@dataclass(frozen=True, slots=True)
class Session:
    events: tuple[str, ...]
    anomaly: bool
    later: bool


Odd = Callable[[Session], bool]


def read(path: Path) -> list[Session]:
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [Session(tuple(row["events"]), bool(row["label"]), row["official_split"] == "test") for row in rows]


def by_share(sessions: Sequence[Session]) -> Odd:
    """Odd by what hardly any session has, or hardly any lacks. Knows no labels."""
    shares = Counter(event for session in sessions for event in set(session.events))
    seldom = SELDOM * len(sessions)
    usual = {event for event, count in shares.items() if len(sessions) - count < seldom}
    return lambda session: not usual <= set(session.events) or any(shares[event] < seldom for event in session.events)


def by_vector(sessions: Sequence[Session]) -> Odd:
    """Odd by a count of events that no normal session has. Knows which sessions it learns from are normal."""
    seen = {frozenset(Counter(session.events).items()) for session in sessions if not session.anomaly}
    return lambda session: frozenset(Counter(session.events).items()) not in seen


def scored(sessions: Sequence[Session], odd: Odd) -> dict[str, float]:
    found = [odd(session) for session in sessions]
    hits = sum(told and session.anomaly for told, session in zip(found, sessions, strict=True))
    told, anomalies = sum(found), sum(session.anomaly for session in sessions)
    return {
        "precision": hits / max(told, 1),
        "recall": hits / max(anomalies, 1),
        "f1": 2 * hits / max(told + anomalies, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data/hdfs100k_sessions/open/sessions.jsonl")
    parser.add_argument("--save", action="store_true", help="keep the figures as the new baseline")
    arguments = parser.parse_args()
    sessions = read(arguments.data)
    earlier, later = [s for s in sessions if not s.later], [s for s in sessions if s.later]
    figures = {
        "shares, later sessions": scored(later, by_share(earlier)),
        "shares, all sessions": scored(sessions, by_share(sessions)),
        "unseen vector (labels), later sessions": scored(later, by_vector(earlier)),
        "unseen vector (labels), all sessions": scored(sessions, by_vector(sessions)),
    }
    for name, values in figures.items():
        print(f"{name:40}" + "".join(f"{measure} {value:.3f}  " for measure, value in values.items()))
    if arguments.save:
        rounded = json.loads(json.dumps(figures), parse_float=lambda text: round(float(text), 3))
        (Path(__file__).parent / "baselines" / "sessions.json").write_text(json.dumps(rounded, indent=1) + "\n")
    return 0 if figures["shares, all sessions"]["f1"] >= LEAST_F1 else 1


if __name__ == "__main__":
    raise SystemExit(main())
