"""Listens for syslog, so that the senders of a whole site can feed one machine through its relay. Off unless asked for.

UDP and TCP (loopback addresses only, unless told otherwise) and unix sockets, for datagrams and connections; RFC 3164 and 5424, of many
hosts in one stream. It only ever listens: nothing is sent. Syslog has no receipts, so what was taken from the kernel and not
committed before a kill is lost; after a start with a checkpoint a gap says that nobody listened meanwhile.
"""

from __future__ import annotations

from edgeops.intake.connections import Connections
from edgeops.intake.datagrams import Datagrams
from edgeops.intake.feed import Checkpoint
from edgeops.intake.sockets import Address, address, opened
from edgeops.records import Skipped

__all__ = ["Address", "address", "listen"]


def listen(
    at: Address, checkpoint: Checkpoint | None = None, *, max_line: int = 65536
) -> Datagrams | Connections | Skipped:
    """A feed of what comes to this address, or why there is none. max_line in bytes; a longer message keeps its head."""
    try:
        found = opened(at)
    except OSError as error:
        return Skipped(str(at), str(error))
    feed = Datagrams if at.datagrams else Connections
    return feed(found, checkpoint or Checkpoint(str(at), str(at)), max_line=max_line)
