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
    from datetime import datetime

    from edgeops.records import Event, Fault, Line, Reply, Script, Step

specification = pluggy.HookspecMarker("edgeops")
implementation = pluggy.HookimplMarker("edgeops")

BUILT_IN = ("edgeops.intake.formats", "edgeops.knowledge.starter", "edgeops.knowledge.embedders", "edgeops.engines")


class Clock(Protocol):
    """Turns the time stamps of one source into times, filling in what they leave out."""

    def read(self, stamp: bytes) -> tuple[datetime | None, bool]:
        """The time, and whether part of it (year, zone) was inferred; (None, False) when it is no time. Never raises."""


class Format(Protocol):
    """One log format. The methods see lines without their ending and must not raise on any bytes."""

    name: str

    def fit(self, sample: Sequence[bytes]) -> Format | None:
        """The format to read these lines with: itself, a copy adapted to them, or None when it is not theirs."""

    def starts(self, raw: bytes) -> bool:
        """Whether a message of this format begins on this line."""

    def shape(self, raw: bytes) -> bytes:
        """A key equal only for lines of the same template and severity (usually the line without its digits)."""

    def parse(self, line: Line, more: Sequence[Line], clock: Clock) -> Event:
        """The line, with the lines that continue it, as an event."""


class Block(Protocol):
    """Consecutive lines of one source; lines have no ending (a carriage return stays until `line` drops it)."""

    @property
    def number(self) -> int: ...

    @property
    def offset(self) -> int: ...

    @property
    def lines(self) -> list[bytes]: ...

    def line(self, source: str, index: int) -> Line:
        """One of the lines as a record; cheap, but meant for the few that matter."""

    def part(self, start: int, end: int) -> Block:
        """Some of the lines as a block of their own."""


class Reader(Protocol):
    """An open source that is read once, in blocks. `edgeops.intake.messages` shows the loop that groups its lines."""

    source: str
    format: Format
    notes: list[str]

    def blocks(self) -> Iterator[Block]: ...

    def shapes(self, block: Block) -> list[bytes]:
        """The format's shape of each line of a block, found faster than one by one."""

    def whole(self, lines: Sequence[bytes]) -> bytes:
        """The shape of a message of several lines: a key equal only for messages of one template and severity."""

    def kind(self, raw: bytes) -> int:
        """0 when the line begins a message whatever came before, else what `step` needs; lines of one shape share it."""

    def step(self, state: int, kind: int, raw: bytes) -> int:
        """The state after a line: above 0 when it continues the open message, else it begins one."""

    def event(self, line: Line, more: Sequence[Line] = ()) -> Event: ...

    def time(self, raw: bytes) -> datetime | None:
        """The time that the line's first stamp means, many times cheaper than an event; not always the event's time."""

    def minute(self, raw: bytes) -> int:
        """The same in whole minutes since 1970, cheaper still; -1 where the line tells no time."""

    def time_before(self, block: Block, index: int) -> datetime | None:
        """The time of the nearest stamped line above, for a line without a stamp of its own."""


class Engine(Protocol):
    """A language model behind one method."""

    def run(self, script: Script) -> Iterator[Reply]:
        """Fill the script's slots in order; the last reply is Finished. Close the iterator to cancel.

        Raises EngineError; a prompt that does not fit raises ContextOverflow before anything is decoded.
        """


class Embedder(Protocol):
    """Turns texts into vectors that lie close where the meaning does. name changes whenever the vectors do."""

    name: str
    size: int

    def embed(self, texts: Sequence[str]) -> Any:
        """A float32 array (texts, size), its rows of length 1. Raises KnowledgeError."""


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

    @specification
    def edgeops_embedders(self) -> Iterable[Embedder]:
        """Sentence embedders; the first one is used. Must not load anything before the first text."""
        return ()


@cache
def registry() -> pluggy.PluginManager:
    """The plugin manager with the built-in doors open."""
    manager = pluggy.PluginManager("edgeops")
    manager.add_hookspecs(Doors)
    for name in BUILT_IN:
        manager.register(importlib.import_module(name), name)
    return manager


def embedder(manager: pluggy.PluginManager) -> Embedder | None:
    """The sentence embedder that is used: the first that came in; None when there is none."""
    return next((one for group in manager.hook.edgeops_embedders() for one in group), None)
