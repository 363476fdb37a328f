"""How long the follower waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. scan: between two looks at everything; twice that while nothing happens and the doorbell works.

    grace: a file that was removed or replaced is read and looked for so long. flush: when an unfinished line is given.
    patience: so long a stream waits whose directory is gone. ripe: a packed file that grows is left alone so long.
    retry: when a file that may not be read is tried again.
    """

    scan: float = 1.0
    grace: float = 30.0
    flush: float = 5.0
    patience: float = 3600.0
    ripe: float = 1.0
    retry: float = 2.0


USUAL = Pace()
