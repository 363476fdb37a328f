"""One round of matching: what is still free, what was found, and the files that were opened for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from edgeops.intake.tail.families import family_of
from edgeops.intake.tail.shelf import Shelf
from edgeops.intake.tail.stream import Stream
from edgeops.intake.tail.text import Look, Text


@dataclass
class Matches:
    """What was found. spent: copies of what was read already; cut_short: streams whose own file has lost its content;

    again: families in which something changed while it was looked at; unripe: packed files that are not whole yet."""

    placed: dict[str, Stream] = field(default_factory=dict)
    copies: dict[str, Stream] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    unripe: list[str] = field(default_factory=list)
    lost: list[Stream] = field(default_factory=list)
    cut_short: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    unreadable: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)


class Round:
    """files are those of the families in question; copies were found to be that before, of these streams."""

    def __init__(self, files: Mapping[str, Look], shelf: Shelf, copies: Mapping[str, Stream]) -> None:
        self.files, self.copies = files, copies
        self.free = set(files)
        self.found = Matches()
        self._shelf = shelf

    def place(self, stream: Stream, path: str) -> None:
        """The stream is in this file."""
        self.free.discard(path)
        self.found.placed[path] = stream
        stream.path = path
        text = self.found.texts.pop(path, None)
        if text is not None:
            stream.shut()
            stream.text = text
        if stream.text is not None:
            self._shelf.use(stream)
        self._shelf.tidy()

    def text(self, path: str) -> Text | None:
        """A file's text, opened once; None if it cannot be opened, or has become another since it was looked at."""
        known = self.found.texts.get(path)
        if known is not None or path in self.found.unreadable:
            return known
        text = self._shelf.open(path)
        if isinstance(text, str):
            self.found.unreadable[path] = text
            return None
        if text.look.key != self.files[path].key:
            self.found.again.add(family_of(path))
            text.close()
            return None
        self.found.texts[path] = text
        return text

    def own(self, stream: Stream) -> Text | None:
        """The text of the stream's own file, opened if need be."""
        if stream.text is None and stream.path:
            text = self._shelf.open(stream.path)
            if isinstance(text, Text) and text.look.key == stream.key:
                stream.text = text
                self._shelf.use(stream)
            elif isinstance(text, Text):
                text.close()
        return stream.text

    def fail(self, path: str, error: OSError) -> None:
        """The file cannot be read for now."""
        self.found.unreadable[path] = f"It cannot be read ({error.strerror or error})."

    def close(self, paths: Collection[str]) -> None:
        """Of these files only the new ones stay open, if there is room."""
        for path in paths:
            new = path in self.found.fresh and self._shelf.has_room(len(self.found.texts))
            if path in self.found.texts and not new:
                self.found.texts.pop(path).close()
        self._shelf.tidy()
