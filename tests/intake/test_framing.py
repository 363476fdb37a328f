"""Messages are the same whatever the pieces they come in, and what is held of them is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgeops.intake.framing import Frames
from tests.intake.ear import NEW, OLD, counted


def framed(pieces: list[bytes], max_line: int = 65536) -> list[bytes]:
    frames = Frames(max_line)
    runs = [run for piece in pieces for run in frames.feed(piece)]
    return [raw for run in [*runs, *filter(None, [frames.flush()])] for raw in run.lines]


def test_messages_end_by_newline_or_by_their_length() -> None:
    assert framed([OLD + b"\n" + NEW + b"\r\n"]) == [OLD, NEW + b"\r"]
    assert framed([counted(OLD, NEW, OLD)]) == [OLD, NEW, OLD]
    assert framed([b"".join(counted(one) + b"\n" for one in (OLD, NEW))]) == [OLD, NEW]
    assert framed([counted(OLD + b"\n", NEW + b"\n")]) == [OLD, NEW]


def test_a_message_of_several_lines_stays_together_where_its_length_is_told() -> None:
    trace = OLD + b"\n\tat Main.run\n\tat Main.main"
    assert framed([counted(trace, NEW)]) == [*trace.split(b"\n"), NEW]


def test_a_line_that_begins_with_a_number_is_no_length() -> None:
    assert framed([b"2026-11-22 10:00:00 said\n12 monkeys\n"]) == [b"2026-11-22 10:00:00 said", b"12 monkeys"]
    assert framed([b"123456789 <13>x\n"]) == [b"123456789 <13>x"]


def test_a_peer_that_counts_wrong_loses_no_byte() -> None:
    assert framed([b"5 " + OLD + b"\n" + NEW + b"\n"]) == [OLD[:5], OLD[5:], NEW]
    assert framed([b"12"]) == [b"12"]
    assert framed([counted(OLD)[:-4]]) == [OLD[:-4]]


_MESSAGE = st.binary(min_size=0, max_size=30).map(lambda raw: b"<1>" + raw.replace(b"\n", b" ").rstrip(b"\r\0 ") + b".")


@given(st.lists(_MESSAGE, max_size=10), st.lists(st.integers(1, 20), min_size=1), st.booleans())
def test_whatever_the_pieces_the_messages_are_the_same(
    messages: list[bytes], sizes: list[int], by_length: bool
) -> None:
    text = counted(*messages) if by_length else b"".join(one + b"\n" for one in messages)
    pieces, at, step = [], 0, 0
    while at < len(text):
        pieces.append(text[at : at + sizes[step % len(sizes)]])
        at += len(pieces[-1])
        step += 1
    assert framed(pieces) == messages


@given(st.lists(st.binary(max_size=300), max_size=10), st.integers(1, 64))
def test_no_bytes_break_it_and_what_it_holds_is_bounded(pieces: list[bytes], longest: int) -> None:
    frames, given, cut = Frames(longest), 0, 0
    for piece in pieces:
        for run in frames.feed(piece):
            assert all(len(raw) <= longest for raw in run.lines)
            given, cut = given + sum(map(len, run.lines)), cut + run.cut
        assert len(frames._open) <= longest and len(frames._lines._open) <= longest and len(frames._held) < 10
    assert given + cut + frames.waiting <= sum(map(len, pieces))


def test_a_vast_length_is_not_believed_before_it_is_there() -> None:
    frames = Frames(100)
    assert frames.feed(b"99999999 <13>" + b"x" * 500) == []
    assert frames.inside and frames.waiting == 504
    run = frames.flush()
    assert run and (run.lines, run.cut) == ([b"<13>" + b"x" * 96], 404)
