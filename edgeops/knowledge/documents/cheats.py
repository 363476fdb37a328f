"""Cheat sheets: navi's `.cheat` files and cheat's `# comment` over a command; each command is a passage of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgeops.knowledge.documents.document import Document, Passage, bounded

_VARIABLE = re.compile(r"^\$\s*\w+\s*:")


def read(text: str, name: str) -> Document:
    """A cheat sheet as a document named after its first tag or its file."""
    tags = tuple(tag.strip() for line in text.splitlines() if line.startswith("%") for tag in line[1:].split(","))
    title = " ".join(tag for tag in tags[:2] if tag) or name
    found = tuple(bounded(Passage((title, said), _shown(said, lines), tuple(lines)) for said, lines in _entries(text)))
    return Document(title, found, tuple(tag for tag in tags if tag))


def _entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each comment with the command lines below it."""
    said, lines = "", list[str]()
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        bare = line.strip()
        if bare.startswith("#"):
            if lines:
                yield said, lines
                said, lines = "", []
            said = f"{said} {bare.lstrip('#').strip()}".strip()
        elif bare and not bare.startswith(("%", ";", "---")) and not _VARIABLE.match(bare):
            lines.append(bare)
    if lines:
        yield said, lines


def _shown(said: str, lines: list[str]) -> str:
    return "\n".join([said, *lines]).strip()
