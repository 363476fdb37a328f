"""The log view on a large file: first and last screen, line numbers, search, memory; beside `grep -n`, lnav and toolong in the same run.

    python -m bench.logview [--big 1024] [--lnav PROGRAM] [--toolong PROGRAM] [--save]

The file is made once (access-like lines with fresh numbers, one line at the end that holds a rare word) and read through
before anything is timed, so that all find it in the page cache; each figure is the best of three. The app is timed in a
pty from its start to its first paint, with 10,000 incidents in its store, and from a key to what it paints.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench.screened import PATIENCE_S, screened, share
from edgeops import hooks
from edgeops.knowledge.store import Store
from edgeops.records import Event, Explanation, Incident, Line, Signal, SignalKind, Tier
from edgeops.view.opening import open_log
from edgeops.view.query import Phrase, Query
from edgeops.view.scout import Nursery
from edgeops.view.seeker import seeking
from edgeops.view.study import Study

BEST_OF = 3
RARE = "zebra-crossing"
SCREEN = 60
INCIDENTS = 10_000
LNAV_S = 300
BASELINE = Path(__file__).parent / "baselines/logview.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--big", type=int, default=1024, help="MiB of the file")
    parser.add_argument("--lnav", default=shutil.which("lnav") or "", help="path of the lnav program")
    parser.add_argument("--toolong", default=shutil.which("tl") or "", help="path of toolong's program")
    parser.add_argument("--save", action="store_true", help="keep the figures as the new baseline")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "big.log")
        written(path, arguments.big)
        figures = {
            **engine(path),
            **peers(path, arguments.lnav),
            **toolong(path, arguments.toolong),
            **app(path, Path(folder, "home")),
        }
    figures["search_times_grep"] = round(figures["search_s"] / figures["grep_s"], 2)
    for name, value in figures.items():
        print(f"{name:24}{value:>12,}")
    if arguments.save:
        BASELINE.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    return 0


def written(path: Path, mebibytes: int) -> None:
    """A log of that size whose last line alone holds the rare word."""
    dice, time_ = random.Random(1), datetime(2024, 5, 1, tzinfo=UTC)
    piece = []
    for number in range(60_000):
        time_ += timedelta(milliseconds=dice.randrange(400))
        level = dice.choices(("INFO", "WARN", "ERROR"), (60, 3, 1))[0]
        piece.append(
            f"{time_:%Y-%m-%dT%H:%M:%S.000Z} web{number % 7} app[{1000 + number % 9}]: {level} request {number} "
            f"path=/api/v{number % 4}/orders/{dice.getrandbits(40):x} took {dice.randrange(900)} ms status {200 + number % 50}\n"
        )
    block = "".join(piece).encode()
    with path.open("wb") as file:
        while file.tell() < mebibytes << 20:
            file.write(block)
        file.write(f"2024-06-30T00:00:00.000Z web1 app[1]: ERROR {RARE}\n".encode())


def best(work: Callable[[], object]) -> float:
    """The least of several times, in seconds."""
    times = []
    for _ in range(BEST_OF):
        begin = time.monotonic()
        work()
        times.append(time.monotonic() - begin)
    return round(min(times), 3)


def engine(path: Path) -> dict[str, Any]:
    """Our own figures, without a screen."""
    formats = [one for group in hooks.registry().hook.edgeops_formats() for one in group]
    nursery = Nursery(lambda: seeking(formats, UTC))
    size = path.stat().st_size

    def opened() -> Study:
        log = open_log([str(path)], formats, UTC, None).log
        assert log
        return Study(log, nursery)

    def screens() -> None:
        study = opened()
        assert len(list(islice(study.log.after(study.log.first), SCREEN))) == SCREEN
        assert len(list(islice(study.log.before(study.log.last), SCREEN))) == SCREEN
        study.close()

    def indexed() -> None:
        study = opened()
        while study.log.volumes[0].index.count_on(32 << 20):
            pass
        study.close()

    study = opened()
    first = next(study.log.after(study.log.first))
    assert first

    def searched() -> None:
        assert study.seek(Query((Phrase(RARE),)), first, False, lambda share: None, lambda: False)

    with path.open("rb") as file:
        while file.read(1 << 20):
            pass
    figures = {"screens_s": best(screens), "index_mb_s": round(size / 1e6 / best(indexed)), "search_s": best(searched)}
    study.close()
    nursery.close()
    figures["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return figures


def peers(path: Path, lnav: str) -> dict[str, Any]:
    """`grep -n` for the same word, and lnav opening the file and going to its end."""
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}

    def grepped() -> None:
        subprocess.run(["grep", "-n", "-i", RARE, str(path)], stdout=subprocess.DEVNULL, env=environ, check=True)

    def grepped_exactly() -> None:
        subprocess.run(["grep", "-n", RARE, str(path)], stdout=subprocess.DEVNULL, env=environ, check=True)

    figures: dict[str, Any] = {"grep_s": best(grepped_exactly), "grep_i_s": best(grepped)}
    if lnav:
        with tempfile.TemporaryDirectory() as home:
            command = [lnav, "-n", "-c", ":goto 100%", str(path)]
            begin = time.monotonic()
            with suppress(subprocess.TimeoutExpired):
                subprocess.run(
                    command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**environ, "HOME": home},
                    timeout=LNAV_S, check=False,
                )  # fmt: skip
            figures["lnav_to_end_s"] = round(time.monotonic() - begin, 1)
    return figures


def toolong(path: Path, program: str) -> dict[str, Any]:
    """toolong from its start to the file's first lines and to its last one, End being pressed until that is there."""
    if not program:
        return {}
    with screened([program, str(path)], {}) as shown:
        first, seen = shown.until(b"request") - shown.begun, b""
        while RARE.encode() not in seen and time.monotonic() - shown.begun < PATIENCE_S:
            shown.press(b"\x1b[F")
            seen += shown.read(0.1)
        return {
            "toolong_first_screen_s": round(first, 2),
            "toolong_to_end_s": round(time.monotonic() - shown.begun, 2),
            "toolong_memory_mb": shown.memory_mb(),
        }


def stocked(home: Path) -> None:
    """A store with many incidents."""
    home.mkdir(mode=0o700)
    now = datetime(2024, 5, 1, tzinfo=UTC)
    with Store(home / "store.db") as store, store.writing():
        for number in range(INCIDENTS):
            event = Event(Line("a.log", 0, 1, b"boom"), "plain", "boom")
            signal = Signal(SignalKind.SEVERITY, 1.0, "It says so.", event, "t")
            incident = Incident(f"{number:010x}", now, now, ("web1",), (), (signal,), 0)
            answer = Explanation(incident.id, Tier.KNOWN, "en", summary=f"Something broke for the {number}th time.")
            store.keep(incident, answer, now + timedelta(minutes=number))


BARE = """
from textual.app import App
from textual.widgets import Input
class Bare(App):
    def compose(self):
        yield Input(placeholder="Incidents th time request")
Bare().run()
"""


def app(path: Path, home: Path) -> dict[str, Any]:
    """The app in a pty: first paint, ready for keys, the large log on the screen, a key to what it paints; beside a bare app."""
    stocked(home)
    bare = _driven([sys.executable, "-c", BARE], home, "bare_")
    return {**_driven([sys.executable, "-m", "edgeops", "tui", str(path)], home, ""), **bare}


def _driven(command: list[str], home: Path, prefix: str) -> dict[str, Any]:
    with screened(command, {"EDGEOPS_HOME": str(home)}) as program:
        figures: dict[str, Any] = {f"{prefix}first_paint_s": round(program.until(b"Incidents") - program.begun, 3)}
        if not prefix:
            listed = program.until(b"th time")
            program.press(b"2")
            opened = program.until(b"request")
            figures["listed_10k_s"] = round(listed - program.begun, 3)
            figures["log_shown_after_key_s"] = round(opened - listed, 3)
        keys = []
        for key in b"jjjjjjjjjj kkkkk  bb":
            program.settle()
            pressed = program.press(bytes([key]))
            keys.append((program.until(b"\x1b") - pressed) * 1000)
        figures[f"{prefix}key_to_paint_p95_ms"] = round(share(keys, 0.95))
        figures[f"{prefix}key_to_paint_p50_ms"] = round(share(keys, 0.5))
        figures[f"{prefix}app_memory_mb"] = program.memory_mb()
    return figures


if __name__ == "__main__":
    raise SystemExit(main())
