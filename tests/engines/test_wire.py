"""Messages and frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeops.engines import wire
from edgeops.engines.settings import EngineSettings
from edgeops.errors import EngineLost
from edgeops.records import (
    Choose,
    Chosen,
    Finished,
    Piece,
    Progress,
    Sampling,
    Say,
    Script,
    Timings,
    Write,
    Written,
)

SCRIPT = Script(
    "系统\n",
    "user \x00\x1b",
    (Say("a"), Choose("c", ("x", "y")), Write("w", ("\n",), 9, "root ::= x")),
    Sampling(0.5, 3),
)
REPLIES = [
    Progress(1, 2),
    Piece("w", "文"),
    Chosen("c", "x", (0.5, 0.5)),
    Written("w", "文", "stop"),
    Finished("m", Timings(load_s=1.5)),
]


def body(message: wire.Down | wire.Up) -> bytes:
    (found,) = wire.Frames(1 << 20).feed(wire.frame(message))
    return found


def test_a_script_survives_the_way_down() -> None:
    message = wire.down(body(wire.run_of(3, SCRIPT)))
    assert isinstance(message, wire.Run)
    assert message.run == 3
    assert wire.script_of(message) == SCRIPT


def test_settings_survive_the_way_down() -> None:
    settings = EngineSettings(name="m", path="/x", sha256="ab", family="qwen2", threads=2, cache="/c")
    assert wire.down(body(wire.Load(settings, 7))) == wire.Load(settings, 7)


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: type(reply).__name__)
def test_replies_survive_the_way_up(reply: object) -> None:
    message = wire.up(body(wire.Told(1, wire.named(reply))))  # type: ignore[arg-type]
    assert isinstance(message, wire.Told)
    assert wire.reply_of(message.reply) == reply


@given(st.lists(st.binary(max_size=50), max_size=5), st.data())
def test_frames_come_out_whole_however_they_arrive(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(len(b).to_bytes(4, "big") + b for b in bodies)
    frames, found, at = wire.Frames(50), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, 20))
        found += frames.feed(stream[at : at + size])
        at += size
    assert found == bodies


def test_a_frame_that_is_too_long_is_refused_before_it_comes() -> None:
    with pytest.raises(EngineLost, match="51 bytes"):
        list(wire.Frames(50).feed((51).to_bytes(4, "big")))


@given(st.binary(max_size=200))
def test_garbage_is_no_message_and_raises_nothing_else(raw: bytes) -> None:
    with pytest.raises(EngineLost):
        wire.up(raw)


@pytest.mark.parametrize(
    ("name", "raw"),
    [("Run", b"{}"), ("Progress", b'{"done":"x","total":1}'), ("Chosen", b'{"name":"c"}'), ("Piece", b"\xff")],
)
def test_broken_replies_are_refused(name: str, raw: bytes) -> None:
    import msgspec

    with pytest.raises(EngineLost):
        wire.reply_of((name, msgspec.Raw(raw)))
