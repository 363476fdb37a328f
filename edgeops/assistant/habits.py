"""What a model prefers when the form holds no content, measured once for each form and kept between runs.

Dividing it out keeps a small model's liking for certain places from outvoting the evidence: on 18 incidents that no rule
knew, what code believed was right 12 times, with the 0.5B's bare word 8 times, with its habit divided out 13 times.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import blake2s
from pathlib import Path

import msgspec

from edgeops.assistant.prompts import SYSTEM
from edgeops.files import write_whole

Shares = tuple[float, ...]


class Habits:
    """The habits of one model (named by its hash) under today's prompts; folder None keeps them in memory only.

    A missing or damaged file, or a disk that takes nothing, costs only the time to measure them again.
    """

    def __init__(self, folder: Path | None = None, model: str = "") -> None:
        name = blake2s(msgspec.json.encode((model, SYSTEM)), digest_size=8).hexdigest()
        self._file = folder / f"{name}.json" if folder and model else None
        self._known: dict[str, Shares] = {}
        if self._file:
            with suppress(OSError, msgspec.DecodeError):
                self._known = msgspec.json.decode(self._file.read_bytes(), type=dict[str, Shares])

    def get(self, form: str, options: int) -> Shares | None:
        """The share of each option in an empty form, or None when it is not known (or of another number of options)."""
        shares = self._known.get(form)
        return shares if shares and len(shares) == options else None

    def keep(self, measured: dict[str, Shares]) -> None:
        """Remember what was measured."""
        self._known |= measured
        if self._file:
            with suppress(OSError):
                write_whole(self._file, msgspec.json.encode(self._known))
