"""Citations in a text lead to what they cite: by Enter the first of a line, by the mouse each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from edgeops.text import show, width
from edgeops.tui.paint import Line, Link, Span

_REF = re.compile(r"\[([LKH]\d{1,4})\]")


def linked(lines: Iterable[Line], places: Mapping[str, Any]) -> Iterator[Line]:
    """The lines with what they cite of these places; a line that leads somewhere of itself is left as it is."""
    for line in lines:
        yield line if line.target is not None or line.copy else _linked(line, places)


def _linked(line: Line, places: Mapping[str, Any]) -> Line:
    spans: list[Span] = []
    links: list[Link] = []
    column = 0
    for ink, text in line.spans:
        at = 0
        for found in _REF.finditer(text):
            if found[1] not in places:
                continue
            spans += [(ink, text[at : found.start()]), ("ref", found[0])]
            begin = column + width(show(text[: found.start()]))
            links.append((begin, begin + width(found[0]), places[found[1]]))
            at = found.end()
        spans.append((ink, text[at:]))
        column += width(show(text))
    if not links:
        return line
    shown = "".join(text for _, text in line.spans).strip()
    return replace(line, spans=tuple(spans), target=links[0][2], copy=shown, links=tuple(links))
