"""The doors of edgeops: what formats, faults, steps, engines and embedders look like, and the registry they enter by.

Our own features register through the same hooks as plugins do (pluggy); `registry()` loads ours by name, the way
pytest loads its default plugins, so that this floor imports nothing from the rooms above it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

# pluggy: the plugin registry of pytest; one small dependency-free package, kept by the pytest team.
import pluggy

if TYPE_CHECKING:
    from edgeops.records import Event, Fault, Line, Reply, Script, Step

specification = pluggy.HookspecMarker("edgeops")
implementation = pluggy.HookimplMarker("edgeops")

BUILT_IN = ("edgeops.intake.formats", "edgeops.knowledge.starter", "edgeops.engines")


class Clock(Protocol):
    """What a format needs to know to complete a time stamp that leaves something out."""

    def complete(self, text: str) -> Any: ...


class Format(Protocol):
    """One log format. All three methods see a line without its ending and must not raise on any bytes."""

    name: str

    def starts(self, raw: bytes) -> bool:
        """Whether a message of this format begins on this line."""

    def shape(self, raw: bytes) -> bytes:
        """A key equal for lines of the same template and severity (usually the line without its digits)."""

    def parse(self, line: Line, more: Sequence[Line], clock: Any) -> Event:
        """The line, with the lines that continue it, as an event."""


class Reader(Protocol):
    """An open source that is read once, in blocks."""

    source: str
    format: Format
    notes: list[str]

    def blocks(self) -> Iterator[Any]: ...

    def event(self, line: Line, more: Sequence[Line] = ()) -> Event: ...


class Engine(Protocol):
    """A language model behind one method."""

    def run(self, script: Script) -> Iterator[Reply]:
        """Fill the script's slots in order; the last reply is Finished. Close the iterator to cancel.

        Raises EngineError; a prompt that does not fit raises ContextOverflow before anything is decoded.
        """


class Doors:
    """The hook specifications."""

    @specification
    def edgeops_formats(self) -> Iterable[Format]:
        """Log formats, most particular first."""
        return ()

    @specification
    def edgeops_faults(self) -> Iterable[Fault]:
        """Known faults with their rules."""
        return ()

    @specification
    def edgeops_steps(self) -> Iterable[Step]:
        """Catalogue checks and fixes that faults refer to."""
        return ()

    @specification
    def edgeops_engines(self) -> Iterable[tuple[str, Any]]:
        """Pairs of an engine's name and a factory `(Settings) -> Engine`."""
        return ()


@cache
def registry() -> pluggy.PluginManager:
    """The plugin manager with the built-in doors open."""
    manager = pluggy.PluginManager("edgeops")
    manager.add_hookspecs(Doors)
    for name in BUILT_IN:
        manager.register(importlib.import_module(name), name)
    return manager
