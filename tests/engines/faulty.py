"""A child process that speaks the protocol well or badly, as its argument says. Run as a program by the tests of llama."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edgeops.engines import wire
from edgeops.engines.channel import Channel
from edgeops.records import Chosen, Finished, Piece, Progress, Timings, Written

LAST_WORDS = "\x1b]52;c;aGFjaw==\x07 terrible words"


def answer(channel: Channel, run: int, pause: float = 0.0) -> None:
    """The replies to `Choose root (a, b), Write text`; ends early when cancelled."""
    for reply in (
        Progress(0, 10),
        Progress(10, 10),
        Chosen("root", "a", (0.75, 0.25)),
        *(Piece("text", f"word{n} ") for n in range(5)),
        Written("text", "word0 word1 word2 word3 word4 ", "stop"),
        Finished("faulty", Timings(tokens=5)),
    ):
        time.sleep(pause)
        if channel.cancelled(run):
            channel.send(wire.Ended(run))
            return
        channel.send(wire.Told(run, wire.named(reply)))


def misbehave(how: str, channel: Channel, run: int) -> None:
    """Begin the answer, then do what the name says."""
    channel.send(wire.Told(run, wire.named(Progress(10, 10))))
    if how == "dies":
        os.write(2, LAST_WORDS.encode())
        os.kill(os.getpid(), signal.SIGSEGV)
    elif how == "exits":
        sys.exit(3)
    elif how == "hangs":
        time.sleep(600)
    elif how == "hangs-shouting":
        while True:
            os.write(2, b"still here\n" * 100)
    elif how == "garbage":
        os.write(channel._out, b"\0\0\0\7garbage")
    elif how == "text":
        os.write(channel._out, b"llama_model_load: some library printed this\n" * 100)
    elif how == "endless-frame":
        os.write(channel._out, (wire.MOST_UP).to_bytes(4, "big"))
        while True:
            os.write(channel._out, b"x" * 65536)
    elif how == "endless-progress":
        while True:
            channel.send(wire.Told(run, wire.named(Progress(10, 10))))
    elif how == "endless-pieces":
        channel.send(wire.Told(run, wire.named(Chosen("root", "a", (1.0, 0.0)))))
        while True:
            channel.send(wire.Told(run, wire.named(Piece("text", "x" * 100))))
    elif how == "skips":
        channel.send(wire.Told(run, wire.named(Finished("faulty", Timings()))))
    elif how == "invents":
        channel.send(wire.Told(run, wire.named(Chosen("root", "rm -rf /", (1.0, 0.0)))))
    elif how == "ahead":
        channel.send(wire.Told(run + 1, wire.named(Progress(10, 10))))
    elif how == "closes":
        os.close(channel._out)
        time.sleep(600)


def main() -> None:
    how = sys.argv[1]
    channel = Channel()
    load = channel.receive()
    assert isinstance(load, wire.Load)
    if how == "unfit":
        channel.send(wire.Failed(0, "ModelUnfit", "The model is a teapot; use another."))
        return
    if how == "dies-loading":
        os.abort()
    if how == "slow-loading":
        for _ in range(8):
            time.sleep(0.1)
            channel.send(wire.Alive())
    marks = Path(load.settings.cache)
    with (marks / "starts").open("a") as file:
        file.write(f"{os.getpid()}\n")
    channel.send(wire.Ready("faulty", 4096))
    while True:
        message = channel.receive()
        if not isinstance(message, wire.Run):
            continue
        if message.user == "overflow":
            channel.send(wire.Failed(message.run, "ContextOverflow", "", 5000, 4096))
        elif message.user == "unreadable":
            channel.send(wire.Failed(message.run, "EngineError", "The grammar cannot be parsed."))
        elif message.user in ("good", "slow"):
            answer(channel, message.run, 0.05 if message.user == "slow" else 0.0)
        else:
            misbehave(message.user, channel, message.run)


if __name__ == "__main__":
    main()
