"""Formats: for sample lines of many programs, which format is found and whether time and level are those the line states.

    python -m bench.formats [--data FILE] [--show FORMAT] [--json FILE] [--against FILE]

Each sample is a file of its own (the hardest case: nothing to learn a layout from). Recognised: any format but bare lines.
Time right: the time read stands in the sample as it was written (its clock time and, where the stamp has them, its year,
month and day; or its epoch); a sample without a stamp should have no time. Level right: where the data state a level.
The data are not part of this project; see the note on their origin beside them.
"""

from __future__ import annotations

import argparse
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edgeops import hooks
from edgeops.detect.mining import runs
from edgeops.intake.reader import open_reader
from edgeops.records import Event, Severity, Skipped

DATA = Path(__file__).parents[2] / "shared/data/logformats/format_samples.jsonl"
NOW = datetime(2026, 8, 1, tzinfo=UTC)
_LEVELS = {
    **{"trace": Severity.DEBUG, "debug": Severity.DEBUG, "info": Severity.INFO, "notice": Severity.NOTICE},
    **{"warning": Severity.WARNING, "error": Severity.ERROR, "critical": Severity.CRITICAL, "fatal": Severity.FATAL},
}
_CLOCK = re.compile(r"(?:(?<![\d:.])|(?<=\d{4}:))(\d{1,2}):(\d\d):(\d\d)(?![\d:]*\d:\d\d)|(?<!\d)\d{6} \d{6}(?!\d)")
_EPOCH = re.compile(r"(?<![\w.])1\d{9}(?:\d{3}){0,3}(?![\w-])")
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.](\d\d)[-/.](\d\d)(?!\d)")


def read(sample: str) -> Event | None:
    """The first message of a sample, read as the whole of a file."""
    formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
    reader = open_reader("-", formats=formats, stdin=io.BytesIO(sample.encode() + b"\n"), now=NOW)
    if isinstance(reader, Skipped):
        return None
    events = [
        reader.event(run.block.line(reader.source, at), run.more)
        for run in runs(reader)
        for at in range(run.start, run.start + len(run.keys))
    ]
    return next((event for event in events if event.time), events[0] if events else None)


def timed(sample: str, time: datetime | None) -> bool:
    """Whether the time read is one that the sample states, compared digit by digit."""
    clocks = [found[0].strip().zfill(8) for found in _CLOCK.finditer(sample)]
    epochs = [found[0] for found in _EPOCH.finditer(sample)]
    if time is None:
        return not clocks and not epochs
    if str(int(time.timestamp())) in {epoch[:10] for epoch in epochs}:
        return True
    dates = {"-".join(found.groups()) for found in _DATE.finditer(sample)}
    ways = {f"{time:%H:%M:%S}", f"{time:%I:%M:%S}", f"{time:%y%m%d %H%M%S}"}
    return bool(ways & set(clocks)) and (not dates or f"{time:%Y-%m-%d}" in dates)


def judged(sample: dict[str, Any]) -> dict[str, Any]:
    """What was found in a sample, and which of it is right (None: the data do not say)."""
    event = read(sample["line"])
    level = _LEVELS.get(sample["level"] or "")
    return {
        "id": sample["id"],
        "of": sample["format"],
        "format": event.format if event else "",
        "recognised": event is not None and event.format != "plain",
        "time": timed(sample["line"], event.time if event else None),
        "level": None if level is None else event is not None and event.severity == level,
        "read": ""
        if event is None
        else f"{event.time} {event.severity.name} {event.unit}[{event.pid}] {event.message}",
    }


def shares(rows: list[dict[str, Any]]) -> dict[str, float | None]:
    """The share of the samples that each measure is right for."""
    found: dict[str, float | None] = {}
    for measure in ("recognised", "time", "level"):
        known = [row[measure] for row in rows if row[measure] is not None]
        found[measure] = sum(known) / len(known) if known else None
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument(
        "--show", default="", help="print what is read from each sample of this format (`wrong`: of all that are)"
    )
    parser.add_argument("--json", type=Path, help="save the figures")
    parser.add_argument("--against", type=Path, help="figures saved before, to compare with")
    arguments = parser.parse_args()
    rows = [judged(json.loads(line)) for line in arguments.data.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        wrong = arguments.show == "wrong" and False in (row["recognised"], row["time"], row["level"])
        if wrong or row["of"] == arguments.show:
            print(f"{row['id']}: {row['format']}: {row['read'][:160]!r}")
    table = {"all": shares(rows)} | {
        of: shares([r for r in rows if r["of"] == of]) for of in sorted({r["of"] for r in rows})
    }
    before = json.loads(arguments.against.read_text())["table"]["all"] if arguments.against else {}
    print(f"{'samples of':24} {'n':>4} {'recognised':>11} {'time':>6} {'level':>6}   formats found")
    for of, found in table.items():
        mine = [row for row in rows if of in ("all", row["of"])]
        names = ", ".join(name for name, _ in Counter(row["format"] for row in mine).most_common(4))
        cells = " ".join(
            f"{'-' if value is None else format(value, '.2f'):>{n}}"
            for value, n in zip(found.values(), (11, 6, 6), strict=True)
        )
        print(f"{of:24} {len(mine):4} {cells}   {names}")
    if before:
        print("before:", {name: round(value, 3) for name, value in before.items()})
    if arguments.json:
        arguments.json.write_text(json.dumps({"table": table, "rows": rows}, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
