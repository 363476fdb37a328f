"""The app while lines arrive and a model answers: from a key to what it paints; and what it costs while nothing happens.

    python -m bench.live [--rate 10000] [--keys 200] [--save]

The home has 10,000 incidents; a model is used where one is installed in the home that EDGEOPS_HOME names (--models FOLDER names
another). Each key types a letter that occurs nowhere else into the line for searches, so that what is waited for is
painted for this key and not for a new line. Rows: nothing arrives; lines arrive and are followed; and the model answers, too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.logview import stocked
from bench.screened import Screened, screened, share
from edgeops import paths

BASELINE = Path(__file__).parent / "baselines/live.json"
LETTERS = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩЖЙФЦЩЪЫЭЮЯ"
IDLE_S = 20.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=10_000, help="lines a second")
    parser.add_argument("--keys", type=int, default=200, help="keys a row")
    parser.add_argument("--models", type=Path, default=paths.find().models_dir, help="where models are installed")
    parser.add_argument("--save", action="store_true", help="keep the figures as the new baseline")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, log = Path(folder, "home"), Path(folder, "app.log")
        stocked(home)
        if arguments.models.is_dir():
            (home / "models").symlink_to(arguments.models.resolve())
        log.write_bytes(b"".join(lines(0, 20_000)))
        figures = measured(log, home, arguments.rate, arguments.keys)
    for name, value in figures.items():
        print(f"{name:32}{value:>12,}")
    if arguments.save:
        BASELINE.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    return 0


def lines(begin: int, count: int) -> Iterator[bytes]:
    """Log lines of now, an error among a thousand."""
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
    for number in range(begin, begin + count):
        level = "ERROR cannot reach the ledger" if number % 1000 == 999 else "INFO request"
        yield f"{stamp} web{number % 7} app[{1000 + number % 9}]: {level} {number} took {number % 900} ms\n".encode()


@contextmanager
def arriving(log: Path, rate: int) -> Iterator[list[int]]:
    """Lines are written at this rate, 50 times a second; how many were."""
    ended, written = threading.Event(), [0]

    def write() -> None:
        begin = time.monotonic()
        with log.open("ab") as file:
            while not ended.wait(0.02):
                due = int((time.monotonic() - begin) * rate) - written[0]
                file.write(b"".join(lines(written[0], due)))
                file.flush()
                written[0] += due

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield written
    finally:
        ended.set()
        thread.join()


def measured(log: Path, home: Path, rate: int, keys: int) -> dict[str, Any]:
    """All rows."""
    with screened([sys.executable, "-m", "edgeops", "tui", str(log)], {"EDGEOPS_HOME": str(home)}) as app:
        figures: dict[str, Any] = {"first_paint_s": round(app.until(b"Incidents") - app.begun, 3)}
        figures["listed_10k_s"] = round(app.until(b"th time") - app.begun, 3)
        app.press(b"2")
        app.until(b"took")
        app.watch(5.0)
        used = app.cpu_s()
        figures["idle_painted_bytes"] = app.watch(IDLE_S)
        figures["idle_percent_of_a_core"] = round((app.cpu_s() - used) / IDLE_S * 100, 2)
        figures |= row("quiet", app, keys)
        with arriving(log, rate) as written:
            app.press(b"G")
            app.watch(2.0)
            begun, used = (time.monotonic(), written[0]), app.cpu_s()
            figures |= row("lines", app, keys)
            figures["lines_cores"] = round((app.cpu_s() - used) / (time.monotonic() - begun[0]), 2)
            figures["lines_arrived_a_second"] = round((written[0] - begun[1]) / (time.monotonic() - begun[0]))
            app.press(b"x")
            app.watch(3.0)
            figures["processes_with_model"] = len(app.pids)
            app.press(b"2")
            app.watch(1.0)
            figures |= row("lines_and_model", app, keys)
        figures["memory_mb"] = app.memory_mb()
    return figures


def row(name: str, app: Screened, keys: int) -> dict[str, Any]:
    """From a key to what it paints, in milliseconds."""
    times = []
    app.press(b"/")
    app.watch(0.5)
    for number in range(keys):
        letter = LETTERS[number % len(LETTERS)].encode()
        if number % len(LETTERS) == 0:
            app.press(b"\x15")
            app.watch(0.5)
        pressed = app.press(letter)
        times.append((app.until(letter) - pressed) * 1000)
        app.watch(0.03)
    app.press(b"\x1b")
    app.watch(0.5)
    return {f"{name}_key_p50_ms": round(share(times, 0.5), 1), f"{name}_key_p95_ms": round(share(times, 0.95), 1)}


if __name__ == "__main__":
    raise SystemExit(main())
