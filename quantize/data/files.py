"""Messages as the files that their hosts keep, each by its own clock."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from quantize.data.styles import Said, lines_of

Place = tuple[str, int]
"""A file's name and a line's number in it, from 1."""


@dataclass(frozen=True, slots=True)
class Stood:
    """A message in its file: the places of its lines, and the time that its stamp tells."""

    places: tuple[Place, ...]
    at: datetime
    said: Said


def written(said: Iterable[Said], folder: Path, skew: Mapping[str, float], *, old: bool = False) -> list[Stood]:
    """Write messages to their hosts' files; skew in seconds by host. old: syslog without year and fractions."""
    by_file: dict[str, list[tuple[datetime, Said]]] = defaultdict(list)
    for one in said:
        if old and one.style == "syslog":
            one = replace(one, style="oldsyslog")
        by_file[one.file].append((one.at + timedelta(seconds=skew.get(one.host, 0.0)), one))
    stood = []
    for name, stamped in by_file.items():
        stamped.sort(key=lambda pair: pair[0])
        lines: list[str] = []
        for at, one in stamped:
            own = lines_of(one, at)
            stood.append(Stood(tuple((name, len(lines) + n) for n in range(1, len(own) + 1)), at, one))
            lines += own
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        end = stamped[-1][0].timestamp() + 60
        os.utime(folder / name, (end, end))
    return stood
