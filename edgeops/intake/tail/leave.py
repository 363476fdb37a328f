"""Streams without a file: read while theirs is open, looked for, and given up in the end."""

from __future__ import annotations

import os

from edgeops.intake.feed import Gap, Loss
from edgeops.intake.tail.families import is_rotated
from edgeops.intake.tail.roster import Roster
from edgeops.intake.tail.stream import Stream


def take_leave(roster: Roster, now: float) -> None:
    """Of all streams for which was waited long enough."""
    for stream in list(roster.adrift):
        since = stream.lost_at if stream.lost_at is not None else now
        stream.lost_at = since
        if now - since < roster.pace.grace or (stream.text is not None and not stream.rested):
            continue
        if stream.text is not None:
            stream.drained = not stream.lag and stream not in roster.unfinished
            stream.shut()
            roster.pending.add(stream.family)
        elif not _is_away(stream) or now - since >= roster.pace.patience:
            _bury(roster, stream)
        else:
            stream.trouble = "Its directory or its file system is not there; it is waited for."


def _is_away(stream: Stream) -> bool:
    """Whether the whole directory is missing, or another file system is in its place."""
    try:
        device = os.stat(os.path.dirname(stream.source) or ".").st_dev  # noqa: PTH116, PTH120
    except OSError:
        return True
    return device != stream.mark.device


def _bury(roster: Roster, stream: Stream) -> None:
    """Nothing more will come of it; say what was lost."""
    if not stream.told and not stream.lag:
        roster.forget(stream)
        return
    gaps = []
    place = stream.place
    if place.midway:
        gaps.append(Gap(stream.source, Loss.TOO_LONG, place.since, None, place.offset - place.since))
    quiet = stream.drained or stream.mark.closed or (is_rotated(stream.source) and not stream.lag)
    if not quiet or stream.cut_short:
        loss = Loss.TRUNCATED if stream.cut_short else Loss.VANISHED
        known = stream.mark.size - stream.offset if stream.cut_short and not stream.mark.packed else stream.lag
        gaps.append(Gap(stream.source, loss, stream.offset, None, max(0, known)))
    roster.tell(stream, *gaps, retired=True)
    roster.forget(stream)
