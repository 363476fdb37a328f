"""Messages a second that the syslog listener takes, and how many are lost, over UDP, TCP and unix sockets, from a process that sends.

    python -m bench.listener [--messages 200000] [--rates 5000,20000,50000] [--save]

TCP and unix sockets are sent to as fast as they go: there the sender waits for the reader. Over UDP nobody waits, so it is sent at
each of the rates, to a reader that has nothing else to do and to one that computes nine tenths of its time, as detection
does, once with the room in the kernel that ordinary users get; then as fast as it goes. `untold` is what was lost without being counted by a gap; it must be 0.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from edgeops.intake.connections import Connections
from edgeops.intake.datagrams import Datagrams
from edgeops.intake.feed import Loss
from edgeops.intake.listener import Address, listen
from edgeops.records import Skipped

RESULTS = Path(__file__).parent / "results" / "listener.json"
MESSAGE = "<13>Nov 22 10:00:00 web1 app[4711]: a message of ordinary length, with number {:08d} and some words about a request"
_ORDINARY_ROOM = 212_992
_WORK_S, _REST_S = 0.045, 0.005
_QUIET_S = 1.0
_MOST = 1 << 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--rates", default="5000,20000,50000", help="messages a second over UDP")
    parser.add_argument("--save", action="store_true", help=f"keep the figures in {RESULTS}")
    arguments = parser.parse_args()
    count = arguments.messages
    print(f"{'':24}{'sent/s':>10}{'taken/s':>10}{'cpu us':>8}{'lost':>9}{'untold':>8}")
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, framing in (("tcp", "newline"), ("tcp", "counted"), ("unix", "newline"), ("unixgram", "")):
            place = "127.0.0.1" if kind == "tcp" else f"{folder}/{kind}{framing}"
            rows[f"{kind} {framing}".strip()] = _row(Address(kind, place), framing, count, 0, busy=False)
    for rate in map(int, arguments.rates.split(",")):
        for name, busy, room in (("", False, 0), (" busy", True, 0), (" busy, small", True, _ORDINARY_ROOM)):
            row = _row(Address("udp", "127.0.0.1"), "", min(count, 3 * rate), rate, busy=busy, room=room)
            rows[f"udp {rate:,}/s{name}"] = row
    rows["udp flat out"] = _row(Address("udp", "127.0.0.1"), "", count, 0, busy=False)
    for name, row in rows.items():
        print(
            f"{name:24}{row['sent_s']:>10,}{row['taken_s']:>10,}{row['cpu_us']:>8}{row['lost']:>9,}{row['untold']:>8,}"
        )
    if arguments.save:
        RESULTS.write_text(json.dumps({"messages": count, "rows": rows}, indent=1) + "\n")
    return int(any(row["untold"] for row in rows.values()))


def _row(at: Address, framing: str, count: int, rate: int, *, busy: bool, room: int = 0) -> dict[str, Any]:
    """The figures of one run."""
    feed = listen(at)
    if isinstance(feed, Skipped):
        raise SystemExit(feed.reason)
    if room:
        feed._opened.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room // 2)  # the kernel doubles it
    port = feed._opened.socket.getsockname()[1] if at.port == 0 and not at.place.startswith("/") else 0
    code = [sys.executable, "-I", "-c", _SENDER, at.kind, at.place, str(port), framing, str(count), str(rate), MESSAGE]
    with subprocess.Popen(code, stdout=subprocess.PIPE, text=True) as sender:
        taken, lost, seconds, worked = _heard(feed, sender, busy=busy)
        sent_s = count / float(sender.communicate()[0])
    feed.close()
    return {
        "sent_s": round(sent_s),
        "taken_s": round(taken / seconds),
        # Of the reader's process; where it is busy, that is not the listener's doing.
        "cpu_us": "" if busy else round(worked / max(1, taken) * 1e6, 1),
        "lost": count - taken,
        "untold": count - taken - lost,
    }


def _heard(
    feed: Datagrams | Connections, sender: subprocess.Popen[str], *, busy: bool
) -> tuple[int, int, float, float]:
    """How many messages came, how many are told to be lost, and seconds from the first to the last, on the clock and of work."""
    taken = lost = 0
    begun = last = 0.0
    worked = spent = time.process_time()
    while sender.poll() is None or time.perf_counter() - last < _QUIET_S:
        for batch in feed.poll(_MOST):
            last = time.perf_counter()
            begun, worked = begun or last, worked if begun else time.process_time()
            taken += len(batch.block.lines) if batch.block else 0
            lost += sum(gap.least for gap in batch.gaps if gap.loss is Loss.OVERRUN)
            spent = time.process_time()
        if busy:
            _compute()
        time.sleep(_REST_S if busy else 0.001)
    return taken, lost, max(last - begun, 1e-9), spent - worked


def _compute() -> None:
    """What a reader does that finds and explains: it holds the interpreter."""
    end = time.perf_counter() + _WORK_S
    while time.perf_counter() < end:
        sum(range(200))


# Prints how many seconds it took.
_SENDER = """
import socket, sys, time
kind, place, port, framing, count, rate, message = sys.argv[1:]
count, rate = int(count), int(rate)
family = socket.AF_UNIX if kind.startswith("unix") else socket.AF_INET
one = socket.socket(family, socket.SOCK_DGRAM if kind in ("udp", "unixgram") else socket.SOCK_STREAM)
one.connect(place if family == socket.AF_UNIX else (place, int(port)))
texts = [message.format(number).encode() for number in range(count)]
if framing == "counted":
    texts = [b"%d %s" % (len(text), text) for text in texts]
begun = time.perf_counter()
if framing:
    end = b"" if framing == "counted" else b"\\n"
    for at in range(0, count, 100):
        one.sendall(end.join(texts[at : at + 100]) + end)
else:
    for number, text in enumerate(texts):
        one.send(text)
        if rate and number % 20 == 0:
            while time.perf_counter() - begun < number / rate:
                time.sleep(0.0005)
print(time.perf_counter() - begun)
"""


if __name__ == "__main__":
    raise SystemExit(main())
