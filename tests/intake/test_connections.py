"""Syslog over connections: every peer's messages whole, none who waits lost, none who is silent or gone in the way."""

from __future__ import annotations

import os
import resource
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.intake.connections import Connections
from edgeops.intake.feed import Checkpoint, Gap, Loss
from edgeops.intake.listener import Address, address, listen
from edgeops.intake.sockets import opened
from edgeops.records import Severity
from tests.intake.ear import NEW, OLD, PATIENCE_S, Ear, counted, peer
from tests.intake.opened import events_of, written
from tests.intake.opened import opened as read


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "log.sock")


@pytest.fixture
def connections(path: str) -> Iterator[Ear]:
    feed = listen(Address("unix", path))
    assert isinstance(feed, Connections)
    yield Ear(feed)
    feed.close()


def test_messages_of_several_peers_become_one_stream(connections: Ear, path: str) -> None:
    with peer(path) as one, peer(path) as other:
        one.sendall(OLD + b"\n" + OLD[:10])
        other.sendall(counted(NEW))
        connections.until(lambda: len(connections.lines) == 2)
        one.sendall(OLD[10:] + b"\n")
        connections.until(lambda: len(connections.lines) == 3)
    assert sorted(connections.lines) == sorted([OLD, OLD, NEW])
    given = b"".join(raw + b"\n" for raw in connections.lines)
    last = connections.checkpoint
    assert (last.stream, last.source, last.mark) == (f"unix:{path}", f"unix:{path}", None)
    assert (last.offset, last.lines, last.crc) == (len(given), 3, zlib.crc32(given))
    blocks = [batch.block for batch in connections.batches if batch.block]
    found = [block.line("", i) for block in blocks for i in range(len(block.lines))]
    assert [line.number for line in found] == [1, 2, 3]
    assert all(given[line.offset :].startswith(line.raw + b"\n") for line in found)


def test_both_generations_of_syslog_are_read(connections: Ear, path: str, tmp_path: Path) -> None:
    with peer(path) as one:
        one.sendall(b"".join(text + b"\n" for text in [OLD, NEW] * 20))
        connections.until(lambda: len(connections.lines) == 40)
    events = events_of(read(written(tmp_path / "given", b"\n".join(connections.lines) + b"\n")))
    old, new = events[0], events[1]
    assert (old.host, old.unit, old.pid, old.message) == ("web1", "app", 12, "an old message")
    assert (new.host, new.unit, new.pid, new.message) == ("db1", "postgres", 77, "a new message")
    assert new.severity == Severity.NOTICE


def test_what_a_peer_left_without_an_end_is_given_when_it_goes(connections: Ear, path: str) -> None:
    with peer(path) as one:
        one.sendall(OLD)
    connections.until(lambda: connections.lines == [OLD])
    assert connections.feed.standings()[0].lag == 0


def test_a_peer_that_is_reset_is_forgotten(loopback: str) -> None:
    feed = listen(address("tcp:0"))
    assert isinstance(feed, Connections)
    ear = Ear(feed)
    one = socket.create_connection(feed._opened.socket.getsockname())
    one.sendall(OLD + b"\n")
    ear.until(lambda: ear.lines == [OLD])
    assert next(iter(feed._peers.values())).socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
    ear.until(lambda: not feed._peers)
    feed.close()
    assert feed.descriptors() == [] and list(feed.poll(1000)) == []


def test_a_peer_that_sends_no_newline_is_heard_after_a_while_and_bounded(path: str) -> None:
    now = [0.0]
    feed = Connections(opened(Address("unix", path)), Checkpoint("u", "u"), max_line=100, clock=lambda: now[0])
    ear = Ear(feed)
    with peer(path) as one:
        one.sendall(b"<13>" + b"x" * 400)
        ear.until(lambda: feed.standings()[0].lag == 404)
        assert ear.lines == []
        now[0] = 10.0
        ear.poll()
        assert ear.lines == [b"<13>" + b"x" * 96]
        assert ear.gaps == [Gap("u", Loss.TOO_LONG, 100, 304, 304)]
        one.sendall(b"y" * 50 + b"\nnext\n")
        ear.until(lambda: len(ear.lines) == 2)
    assert ear.lines[1] == b"next"
    assert [gap.most for gap in ear.gaps] == [304, 50]
    assert ear.checkpoint.offset == 405 + 50 + 5
    feed.close()


def test_the_newline_that_comes_late_is_no_message(path: str) -> None:
    now = [0.0]
    feed = Connections(opened(Address("unix", path)), Checkpoint("u", "u"), clock=lambda: now[0])
    ear = Ear(feed)
    with peer(path) as one:
        one.sendall(b"whole")
        ear.until(lambda: feed.standings()[0].lag == 5)
        now[0] = 10.0
        ear.poll()
        one.sendall(b"\nnext\n")
        ear.until(lambda: len(ear.lines) == 2)
    assert ear.lines == [b"whole", b"next"]
    feed.close()


def test_more_peers_than_allowed_wait_before_the_door_and_lose_nothing(path: str) -> None:
    now = [0.0]
    feed = Connections(opened(Address("unix", path)), Checkpoint("u", "u"), peers=2, clock=lambda: now[0])
    ear = Ear(feed)
    peers = [peer(path) for _ in range(4)]
    for number, one in enumerate(peers):
        one.sendall(b"<13>from %d\n" % number)
    ear.until(lambda: len(ear.lines) == 2)
    for _ in range(5):
        ear.poll()
    assert len(feed._peers) == 2 and "2 peers are connected" in feed.standings()[0].trouble
    assert ["2 peers are connected" in note for note in feed.notes()] == [True]
    for one in peers:
        one.close()
    ear.until(lambda: len(ear.lines) == 4)
    assert sorted(ear.lines) == [b"<13>from %d" % number for number in range(4)]
    assert feed.notes() == []  # within the minute
    ear.until(lambda: not feed._peers)
    assert feed.standings()[0].trouble == ""
    feed.close()


def test_when_files_run_out_peers_wait_and_it_is_said(path: str) -> None:
    now = [0.0]
    feed = Connections(opened(Address("unix", path)), Checkpoint("u", "u"), clock=lambda: now[0])
    ear, held = Ear(feed), list[int]()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with peer(path) as one:
        one.sendall(OLD + b"\n")
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, limits[1]), limits[1]))
        try:
            while True:
                held.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            ear.poll()
            ear.poll()
            assert ear.lines == []
            assert "raise the limit of open files" in feed.standings()[0].trouble
        finally:
            for descriptor in held:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert len(feed.notes()) == 1
        ear.poll()
        assert ear.lines == []
        now[0] = 1.0
        ear.until(lambda: ear.lines == [OLD])
    assert feed.standings()[0].trouble == ""
    feed.close()


def test_peers_that_only_come_and_go_do_not_keep_the_reader(connections: Ear, path: str) -> None:
    assert isinstance(connections.feed, Connections)
    for _ in range(40):
        peer(path).close()
    connections.poll(5 * 1024)
    assert connections.feed._peers  # there was more to do, which is left to the next poll
    for _ in range(20):
        connections.poll(5 * 1024)
    assert not connections.feed._peers and connections.lines == []


def test_a_loud_peer_does_not_drown_a_quiet_one(connections: Ear, path: str) -> None:
    with peer(path) as loud, peer(path) as quiet:
        loud.setblocking(False)
        connections.poll()
        with pytest.raises(BlockingIOError):
            while True:
                loud.send(b"<13>loud\n" * 1000)
        quiet.sendall(b"<13>quiet\n")
        connections.poll(100_000)
        assert b"<13>quiet" in connections.lines
        assert sum(len(raw) + 1 for raw in connections.lines) <= 100_000


def test_a_batch_that_was_not_taken_comes_again(connections: Ear, path: str) -> None:
    with peer(path) as one:
        one.sendall(b"a\n" + b"x" * 70_000 + b"\nb\n")
    end = time.monotonic() + PATIENCE_S
    while len(connections.lines) < 3 and time.monotonic() < end:
        connections.batches += [batch for _, batch in zip(range(1), connections.feed.poll(1 << 20), strict=False)]
    assert [raw[:3] for raw in connections.lines] == [b"a", b"xxx", b"b"]
