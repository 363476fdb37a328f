"""Opens the sockets that syslog senders reach us by: on this machine only unless told, and of a user's files none but sockets."""

from __future__ import annotations

import errno
import fcntl
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from edgeops.errors import UsageError

_KINDS = ("udp", "tcp", "unix", "unixgram")
_LONGEST_PATH = 107
_BACKLOG = 128
_EXAMPLES = "udp:5514, tcp:127.0.0.1:5514, unix:/run/user/1000/edgeops.sock or unixgram:/run/user/1000/edgeops.sock"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. place is an IP address or, for unix sockets (stream) and unixgram (datagrams), a path."""

    kind: str
    place: str
    port: int = 0

    def __str__(self) -> str:
        if self.kind.startswith("unix"):
            return f"{self.kind}:{self.place}"
        host = "" if self.place == "127.0.0.1" else f"[{self.place}]:" if ":" in self.place else f"{self.place}:"
        return f"{self.kind}:{host}{self.port}"

    @property
    def datagrams(self) -> bool:
        """Whether each message comes by itself."""
        return self.kind in ("udp", "unixgram")


def address(text: str, *, elsewhere: bool = False) -> Address:
    """The address that is written like `udp:5514`; only of this machine, unless elsewhere. Raises UsageError."""
    kind, _, rest = text.partition(":")
    if kind not in _KINDS or not rest:
        raise UsageError(f"`{text}` is no address to listen at; write {_EXAMPLES}.")
    if kind.startswith("unix"):
        return Address(kind, _path(rest))
    place, _, port = rest.rpartition(":")
    place = place.removeprefix("[").removesuffix("]")
    if not (port.isascii() and port.isdecimal() and 0 <= int(port) < 65536):
        raise UsageError(f"`{text}` has no port from 0 to 65535 at its end; write {_EXAMPLES}.")
    try:
        found = ipaddress.ip_address("127.0.0.1" if place in ("", "localhost") else place)
    except ValueError:
        raise UsageError(f"`{place}` in `{text}` is no IP address; write {_EXAMPLES}.") from None
    if not (found.is_loopback or elsewhere):
        raise UsageError(
            f"`{text}` would let other machines in; listen at a loopback address ({kind}:{port}) and let a relay on this "
            "machine forward to it, or allow other machines in the configuration."
        )
    return Address(kind, str(found), int(port))


def _path(path: str) -> str:
    if not path.startswith("/") or len(os.fsencode(path)) > _LONGEST_PATH or "\0" in path:
        raise UsageError(f"`{path}` must be a path from / on of at most {_LONGEST_PATH} bytes; name another socket.")
    return path


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket that senders can reach. inode tells whether a unix socket's file is still ours."""

    socket: socket.socket
    address: Address
    inode: int = 0

    def close(self) -> None:
        """Close it; a unix socket's file goes, too."""
        if self.inode:
            with suppress(OSError):
                path = Path(self.address.place)
                if path.lstat().st_ino == self.inode:
                    path.unlink()
        self.socket.close()


def opened(at: Address) -> Opened:
    """The socket bound to this address. Raises OSError with a sentence as its only argument."""
    kind = socket.SOCK_DGRAM if at.datagrams else socket.SOCK_STREAM
    try:
        if at.kind.startswith("unix"):
            return _unix(at, kind)
        return Opened(_internet(at, kind), at)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(f"Nothing can be heard at {at} ({error.strerror}); {_advice(error.errno)}.") from error


def _advice(code: int) -> str:
    if code == errno.EADDRINUSE:
        return "choose another address, or end the program that listens there"
    if code in (errno.EACCES, errno.EPERM):
        return "take a port above 1023, or a folder that you may write in"
    return "choose another address"


def _internet(at: Address, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in at.place else socket.AF_INET
    made = socket.socket(family, kind)
    try:
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or the port is taken for a minute after an end
        made.bind((at.place, at.port))
        return _ready(made, kind)
    except OSError:
        made.close()
        raise


def _ready(made: socket.socket, kind: socket.SocketKind) -> socket.socket:
    made.setblocking(False)
    if kind == socket.SOCK_STREAM:
        made.listen(_BACKLOG)
    return made


def _unix(at: Address, kind: socket.SocketKind) -> Opened:
    """A unix socket whose file only we may use; it takes the place of one that nobody listens at any more."""
    path = Path(at.place)
    made = socket.socket(socket.AF_UNIX, kind)
    try:
        # The file gets the mode that the socket has when it is bound, so that it never has another.
        os.fchmod(made.fileno(), 0o600)
        with _alone(path.parent):
            _refuse_taken(path)
            path.unlink(missing_ok=True)
            made.bind(at.place)
            return Opened(_ready(made, kind), at, path.lstat().st_ino)
    except OSError:
        made.close()
        raise


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other of us may open a socket in this folder meanwhile. Raises OSError when one does."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


def _refuse_taken(path: Path) -> None:
    """Nothing but a socket of ours that nobody listens at may be replaced. Raises OSError with a sentence."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise OSError(f"{path} is there already and no socket; name another path, or move it away.")
    if status.st_uid not in (os.geteuid(), 0) or (status.st_uid == 0 and os.geteuid()):
        raise OSError(f"{path} is another user's socket; name another path.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as caller:
        caller.setblocking(False)
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            return
        except OSError:
            pass  # a stream socket, or one with a full queue: somebody listens
    raise OSError(f"Another program listens at {path}; end it, or name another path.")
