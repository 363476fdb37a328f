"""The lines that are shown, written to a file: all that the filter wants, from the first to the last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from edgeops.mask import mask
from edgeops.view.log import Item, Log

_WAIT_S = 0.05
_OFTEN_S = 0.2


@dataclass(frozen=True, slots=True)
class Exported:
    """How many lines were written, and of how many of them only the head."""

    lines: int
    cut: int


def shown(log: Log, stopped: Callable[[], bool]) -> Iterator[Item]:
    """All lines that are wanted, to where the files end now; waits where it is not known yet which are."""
    place, end = log.first, log.last
    while not stopped():
        known = True
        for item in log.after(place):
            if item is None:
                known = False
                break
            place = log.behind(item)
            if item.file < len(end) and item.row.at < end[item.file]:
                yield item
        if known:
            return
        time.sleep(_WAIT_S)


def write(
    out: IO[bytes], items: Iterable[Item], as_they_are: bool, told: Callable[[int], None], stopped: Callable[[], bool]
) -> Exported:
    """Write lines in UTF-8, secrets masked unless they are wanted as they are. told hears how many now and then. Raises OSError."""
    lines = cut = 0
    last = time.monotonic()
    for item in items:
        raw = item.row.raw
        out.write((raw if as_they_are else _masked(raw)) + b"\n")
        lines += 1
        cut += item.row.cut > 0
        if time.monotonic() - last > _OFTEN_S:
            last = time.monotonic()
            told(lines)
            if stopped():
                break
    return Exported(lines, cut)


def _masked(raw: bytes) -> bytes:
    return mask(raw.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
