"""What the app is given from outside, so that it looks nothing up by itself."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeops.knowledge.entry import Origin
    from edgeops.session import Session

Make = Callable[[Callable[[str], None]], "Session"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the app is given: the environment, how people's times are read, who they are, how a session is made.

    A session hears where its sentences for the person go. lang is that of the screens until the settings are read.
    """

    environ: Mapping[str, str]
    parse: Callable[[str, datetime], datetime | None]
    by: Callable[[], Origin]
    make: Make
    ascii_only: bool = False
    lang: str = "auto"

    def roles(self) -> Mapping[str, Callable[[socket.socket], None]]:
        """What the app has processes for; called in the one that they come from, which loads what they need."""
        from edgeops.tui.reader import roles

        return roles(self.make)
