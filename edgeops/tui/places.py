"""The places of the app: screens that a number key, a tab of the title bar and a command lead to. One line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.screen import Screen


@dataclass(frozen=True, slots=True)
class Place:
    """A screen that one goes to. name is its phrase, its mode, and what its screen is `TITLED`; make is called when it is first looked at."""

    key: str
    name: str
    make: Callable[[], Screen[None]]


def _screen(module: str, name: str) -> Callable[[], Screen[None]]:
    """Makes a screen; its module is loaded by then only, so that the first one is painted sooner."""
    return lambda: getattr(import_module(f"edgeops.tui.screens.{module}"), name)()


PLACES: tuple[Place, ...] = (
    Place("1", "incidents", _screen("incidents", "IncidentsScreen")),
    Place("2", "logs", _screen("logs", "LogsScreen")),
    Place("3", "ask", _screen("ask", "AskScreen")),
    Place("4", "knowledge", _screen("knowledge", "KnowledgeScreen")),
    Place("5", "watch", _screen("watch", "WatchScreen")),
    Place("6", "models", _screen("models", "ModelsScreen")),
)
"""In the order of the title bar. The first is where the app begins, and where leaving any other leads."""

HOME = PLACES[0].name
NAMES = tuple(place.name for place in PLACES)
