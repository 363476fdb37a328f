"""Listening for syslog: where, who may, and messages that come one a datagram."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeops.errors import UsageError
from edgeops.intake.connections import Connections
from edgeops.intake.datagrams import Datagrams
from edgeops.intake.feed import Checkpoint, Gap, Loss
from edgeops.intake.listener import Address, address, listen
from edgeops.intake.pipe import readable
from edgeops.intake.sockets import opened
from edgeops.records import Skipped
from tests.intake.ear import NEW, OLD, PATIENCE_S, Ear, peer


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "log.sock")


@pytest.fixture
def datagrams(path: str) -> Iterator[Ear]:
    feed = listen(Address("unixgram", path))
    assert isinstance(feed, Datagrams)
    yield Ear(feed)
    feed.close()


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("text", "place", "port", "shown"),
    [
        ("udp:5514", "127.0.0.1", 5514, "udp:5514"),
        ("tcp:localhost:5514", "127.0.0.1", 5514, "tcp:5514"),
        ("tcp:127.0.0.2:1", "127.0.0.2", 1, "tcp:127.0.0.2:1"),
        ("udp:[::1]:514", "::1", 514, "udp:[::1]:514"),
        ("unix:/run/a.sock", "/run/a.sock", 0, "unix:/run/a.sock"),
        ("unixgram:/dev/log2", "/dev/log2", 0, "unixgram:/dev/log2"),
    ],
)
def test_an_address_is_read_and_shown(text: str, place: str, port: int, shown: str) -> None:
    found = address(text)
    assert (found.place, found.port, str(found)) == (place, port, shown)
    assert address(shown) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5514", "no address to listen at"),
        ("http:80", "no address to listen at"),
        ("udp:", "no address to listen at"),
        ("udp:host", "no port"),
        ("udp:99999", "no port"),
        ("tcp:example.invalid:514", "no IP address"),
        ("unix:relative/path", "path from / on"),
        ("unix:/" + "x" * 107, "at most 107 bytes"),
        ("udp:0.0.0.0:514", "let other machines in"),
        ("tcp:[::]:514", "let other machines in"),
        ("tcp:192.0.2.7:514", "let other machines in"),
    ],
)
def test_a_wrong_address_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        address(text)


def test_other_machines_are_let_in_only_when_told() -> None:
    assert address("tcp:192.0.2.7:514", elsewhere=True).place == "192.0.2.7"


# ---------------------------------------------------------------- datagrams


def test_each_datagram_is_a_message(datagrams: Ear, path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.connect(path)
        for message in (OLD, NEW + b"\n", b"", OLD + b"\n\tat Main\0"):
            one.send(message)
        datagrams.until(lambda: len(datagrams.lines) == 4)
    assert datagrams.lines == [OLD, NEW, OLD, b"\tat Main"]
    given = b"".join(raw + b"\n" for raw in datagrams.lines)
    assert (datagrams.checkpoint.offset, datagrams.checkpoint.crc) == (len(given), zlib.crc32(given))


def test_the_bell_rings_while_messages_wait_and_no_longer(datagrams: Ear, path: str) -> None:
    [bell] = datagrams.feed.descriptors()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.connect(path)
        for _ in range(3):
            one.send(OLD)
    end = time.monotonic() + PATIENCE_S
    while datagrams.feed.standings()[0].lag < 3 * len(OLD) and time.monotonic() < end:
        time.sleep(0.001)
    datagrams.poll(len(OLD))
    assert datagrams.lines == [OLD]
    assert readable(bell)
    datagrams.poll()
    assert datagrams.lines == [OLD] * 3
    assert not readable(bell)


def test_senders_over_a_unix_socket_wait_when_nobody_reads(path: str) -> None:
    feed = Datagrams(opened(Address("unixgram", path)), Checkpoint("u", "u"), room=5000)
    ear, sent = Ear(feed), 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.connect(path)
        one.settimeout(0.3)
        with pytest.raises(TimeoutError):
            while sent < 100_000:
                one.send(b"<13>message %d" % sent)
                sent += 1
        assert feed.standings()[0].lag <= 5000 + 256 * 20
        ear.until(lambda: len(ear.lines) == sent)
    assert ear.lines == [b"<13>message %d" % number for number in range(sent)]
    assert ear.gaps == [] and feed.standings()[0].trouble == ""
    feed.close()


def test_a_datagram_or_line_too_long_keeps_its_head(path: str) -> None:
    feed = Datagrams(opened(Address("unixgram", path)), Checkpoint("u", "u"), max_line=50)
    ear = Ear(feed)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        one.connect(path)
        one.send(b"a" * 60 + b"\nb")
        sizes = [60]
        try:
            one.send(b"c" * 300_000)
            sizes.append(300_000)
        except OSError:  # more than this kernel lets through
            pass
        one.send(b"d")
        ear.until(lambda: ear.lines[-1:] == [b"d"])
    assert ear.lines == [b"a" * 50, b"b", *([b"c" * 50] if len(sizes) > 1 else []), b"d"]
    assert [(gap.loss, gap.most) for gap in ear.gaps] == [(Loss.TOO_LONG, size - 50) for size in sizes]
    assert ear.checkpoint.offset == sum(sizes) + len(sizes) + 4
    feed.close()


def test_what_the_kernel_drops_is_counted_to_the_message(loopback: str) -> None:
    feed = Datagrams(opened(address("udp:0")), Checkpoint("udp:0", "udp:0"), room=1)
    feed._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    ear, sent = Ear(feed), 500
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for number in range(sent):
            one.sendto(b"<13>%d" % number, feed._socket.getsockname())
    ear.until(lambda: len(ear.lines) + ear.lost == sent)
    assert ear.lost > 0
    assert {(gap.loss, gap.most) for gap in ear.gaps} == {(Loss.OVERRUN, None)}
    assert f"{ear.lost:,} messages" in feed.standings()[0].trouble
    [note] = feed.notes()
    assert "are lost; send over tcp or a unix socket" in note
    assert feed.notes() == []
    feed.close()


def test_messages_over_udp_survive_a_busy_reader(loopback: str) -> None:
    feed = listen(address("udp:0"))
    assert isinstance(feed, Datagrams)
    code = (
        "import socket, sys, time\none = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for number in range(4000):\n"
        "    one.sendto(b'<13>message %d' % number, ('127.0.0.1', int(sys.argv[1])))\n"
        "    number % 40 or time.sleep(0.004)"
    )
    port = str(feed._socket.getsockname()[1])
    ear = Ear(feed)
    with subprocess.Popen([sys.executable, "-I", "-c", code, port]) as sender:
        while sender.poll() is None:
            end = time.monotonic() + 0.1
            while time.monotonic() < end:
                sum(range(1000))
            ear.poll()
    ear.until(lambda: len(ear.lines) + ear.lost == 4000)
    assert len(ear.lines) > 3000
    feed.close()


# ---------------------------------------------------------------- the sockets themselves


@pytest.mark.parametrize("kind", ["unix", "unixgram"])
def test_only_we_may_use_the_socket_and_it_goes_with_us(kind: str, path: str) -> None:
    before = os.umask(0)
    try:
        feed = listen(Address(kind, path))
    finally:
        os.umask(before)
    assert not isinstance(feed, Skipped)
    status = Path(path).lstat()
    assert stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600
    feed.close()
    assert not Path(path).exists()


@pytest.mark.parametrize("kind", ["unix", "unixgram"])
def test_a_socket_left_behind_is_replaced(kind: str, path: str) -> None:
    left = opened(Address(kind, path))
    left.socket.close()
    assert Path(path).exists()
    feed = listen(Address("unix", path))
    assert isinstance(feed, Connections)
    with peer(path) as one:
        one.sendall(b"heard\n")
        ear = Ear(feed)
        ear.until(lambda: ear.lines == [b"heard"])
    feed.close()


@pytest.mark.parametrize("theirs", ["unix", "unixgram"])
@pytest.mark.parametrize("ours", ["unix", "unixgram"])
def test_a_socket_that_somebody_listens_at_stays(theirs: str, ours: str, path: str) -> None:
    other = opened(Address(theirs, path))
    refused = listen(Address(ours, path))
    assert isinstance(refused, Skipped) and "Another program listens" in refused.reason
    assert Path(path).lstat().st_ino == other.inode
    other.close()


def test_a_file_or_link_that_is_no_socket_stays(path: str, tmp_path: Path) -> None:
    Path(path).write_text("precious")
    refused = listen(Address("unix", path))
    assert isinstance(refused, Skipped) and "no socket" in refused.reason
    assert Path(path).read_text() == "precious"
    (tmp_path / "link").symlink_to(path)
    assert isinstance(listen(Address("unix", str(tmp_path / "link"))), Skipped)
    assert (tmp_path / "link").is_symlink()


def test_a_file_that_is_another_by_now_is_not_removed_at_the_end(path: str) -> None:
    ours = opened(Address("unix", path))
    Path(path).rename(path + ".away")  # keeps the inode
    Path(path).write_text("another")
    ours.close()
    assert Path(path).read_text() == "another"


def test_what_cannot_be_opened_is_a_sentence(path: str, loopback: str) -> None:
    refused = listen(Address("unix", path + "/none/log.sock"))
    assert isinstance(refused, Skipped) and refused.source == f"unix:{path}/none/log.sock"
    assert "Nothing can be heard at" in refused.reason
    first = opened(address("tcp:0"))
    taken = listen(Address("tcp", "127.0.0.1", first.socket.getsockname()[1]))
    first.close()
    assert isinstance(taken, Skipped) and "end the program that listens there" in taken.reason


@pytest.mark.parametrize("kind", ["unix", "unixgram"])
def test_after_a_restart_the_account_goes_on_and_says_that_nobody_listened(kind: str, path: str) -> None:
    before = Checkpoint("s", "s", offset=100, lines=7, crc=9)
    feed = listen(Address(kind, path), before)
    assert not isinstance(feed, Skipped)
    [batch] = feed.poll(1000)
    feed.close()
    assert (batch.block, batch.checkpoint) == (None, before)
    assert batch.gaps == (Gap("s", Loss.VANISHED, 100, None),)
