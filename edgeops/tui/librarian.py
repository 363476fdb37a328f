"""Whom screens ask for what is known: it is found and written in a thread of its own, while keys are answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from edgeops.session import Session
from edgeops.tui.lane import Lane
from edgeops.tui.shelves import Shelf

T = TypeVar("T")


class Librarian:
    """One for all screens of what is known."""

    def __init__(self, session: Session) -> None:
        self._lane = Lane("shelf")
        self._shelf = Shelf(session)

    async def do(self, job: Callable[[Shelf], T]) -> T:
        """What the job gives. Raises EdgeopsError."""
        return await self._lane.do(partial(job, self._shelf))

    def end(self) -> None:
        """Close the store when what goes on is done."""
        self._lane.end(self._shelf.close)
