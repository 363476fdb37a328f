"""Syslog that comes over connections, TCP or a unix socket: many peers, each with its own framing, one stream of lines.

A peer that is faster than the reader waits, so that nothing is lost but what a dying peer has not sent to its end.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edgeops.intake.account import resumed
from edgeops.intake.feed import Batch, Checkpoint, Standing
from edgeops.intake.framing import Frames, Run, merged
from edgeops.intake.sockets import Opened

_CHUNK = 1 << 16
# In bytes, so that peers who only come and go cannot keep a reader for ever.
_COST_OF_A_PEER = 1024
_PAUSE_S = 1.0
_TELL_S = 60.0
_SCARCE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
# A peer that was switched off is noticed after a minute and a half; a silent one may stay.
_ALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3))


@dataclass(slots=True)
class _Peer:
    """One connection, and when it was heard last."""

    socket: socket.socket
    frames: Frames
    heard: float


class Connections:
    """Follows a listening socket, which it closes at last, and all who connect, at most so many peers at a time.

    A message without its end is given when its peer was silent for idle_s seconds, or is gone. max_line in bytes.
    """

    def __init__(
        self,
        opened: Opened,
        checkpoint: Checkpoint,
        *,
        max_line: int = 65536,
        peers: int = 256,
        idle_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._opened, self._account = opened, resumed(checkpoint)
        self._max, self._most, self._idle_s, self._clock = max_line, peers, idle_s, clock
        self._peers: dict[int, _Peer] = {}
        self._ready: deque[Run] = deque()
        self._listening, self._again = False, 0.0
        self._trouble = ""
        self._told: dict[str, float] = {}
        self._notes: list[str] = []
        self._epoll = select.epoll()
        self._listen()

    def poll(self, most: int) -> Iterator[Batch]:
        """The messages that are complete, after reading at most so many bytes, from all peers in turn."""
        if not self._ready and not self._epoll.closed:
            self._ready.extend(merged(self._come(most)))
        while self._ready:
            yield self._account.batch(self._ready.popleft())
        if self._account.owing:
            yield self._account.settled()

    def descriptors(self) -> Sequence[int]:
        """What becomes readable when a peer has sent something, or one comes."""
        return [] if self._epoll.closed else [self._epoll.fileno()]

    def standings(self) -> Sequence[Standing]:
        """Lag is what waits for the rest of its message; what peers have sent and was not read is known to the kernel only."""
        now = self._account.checkpoint
        lag = sum(peer.frames.waiting for peer in self._peers.values())
        return [Standing(now.source, now.stream, now.offset, lag, self._trouble)]

    def notes(self) -> Sequence[str]:
        """That no more peers can be let in, at most once a minute."""
        notes, self._notes = self._notes, []
        return notes

    def close(self) -> None:
        """Listen no more, and hang up."""
        for peer in self._peers.values():
            peer.socket.close()
        self._peers.clear()
        self._epoll.close()
        self._opened.close()

    def _come(self, most: int) -> Iterator[Run]:
        now = self._clock()
        if not self._listening and now >= self._again and len(self._peers) < self._most:
            self._listen()
        while most > 0 and (ready := self._epoll.poll(0)):
            for descriptor, _ in ready:
                if descriptor == self._opened.socket.fileno():
                    most -= _COST_OF_A_PEER
                    self._accept(now)
                elif peer := self._peers.get(descriptor):
                    size, found = self._heard(peer, min(most, _CHUNK), now)
                    most -= size
                    yield from found
                if most <= 0:
                    break
        for peer in self._peers.values():
            if not peer.frames.inside and now - peer.heard >= self._idle_s and (rest := peer.frames.flush()):
                yield rest

    def _heard(self, peer: _Peer, most: int, now: float) -> tuple[int, list[Run]]:
        """How many bytes a peer had to say, and which messages they end; a peer that is gone is forgotten."""
        try:
            data = peer.socket.recv(most)
        except BlockingIOError:
            return 0, []
        except OSError:  # reset, or found dead
            data = b""
        if data:
            peer.heard = now
            return len(data), peer.frames.feed(data)
        del self._peers[peer.socket.fileno()]
        self._epoll.unregister(peer.socket)
        peer.socket.close()
        rest = peer.frames.flush()
        if not self._listening and len(self._peers) < self._most:
            self._listen()
        return 0, [rest] if rest else []

    def _accept(self, now: float) -> None:
        """Let one more peer in, where that is possible; else the door is shut for a while, and peers wait before it."""
        try:
            made, _ = self._opened.socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            advice = "; raise the limit of open files" * (error.errno in _SCARCE)
            self._shut(f"no more peers can be let in ({error.strerror}){advice}", now)
            return
        try:
            self._admit(made)
        except OSError:  # gone again
            made.close()
            return
        self._peers[made.fileno()] = _Peer(made, Frames(self._max), now)
        if len(self._peers) >= self._most:
            self._shut(f"{self._most} peers are connected, which is the most; others wait until one leaves", now)

    def _admit(self, made: socket.socket) -> None:
        made.setblocking(False)
        if self._opened.address.kind == "tcp":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _ALIVE:
                made.setsockopt(socket.IPPROTO_TCP, option, value)
        self._epoll.register(made, select.EPOLLIN)

    def _listen(self) -> None:
        self._epoll.register(self._opened.socket, select.EPOLLIN)
        self._listening, self._trouble = True, ""

    def _shut(self, why: str, now: float) -> None:
        self._epoll.unregister(self._opened.socket)
        self._listening, self._again = False, now + _PAUSE_S
        self._trouble = why[0].upper() + why[1:] + "."
        if now - self._told.get(why, float("-inf")) >= _TELL_S:
            self._told[why] = now
            self._notes.append(f"{self._account.checkpoint.source}: {why}.")
