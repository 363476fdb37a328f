"""What can be asked about in SQL: tables whose names and columns stay, whatever those of the store become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LINE_NOTE = "line-note:"
"""Facts whose names begin so are notes beside lines of logs."""


@dataclass(frozen=True, slots=True)
class View:
    """table is what it rests on, which an older store may lack; columns with a comma between them; select gives them."""

    table: str
    columns: str
    select: str


_NAMES = "replace(trim({0}, '[]\"'), '\",\"', ', ')"

VIEWS: Mapping[str, View] = {
    "incidents": View(
        "incident",
        "id, state, tier, fault, summary, began, ended, hosts, sources, seen",
        'SELECT id, state, tier, fault, summary, start, "end", '
        f"{_NAMES.format('hosts')}, {_NAMES.format('sources')}, seen FROM incident",
    ),
    "lines": View(
        "incident",
        "incident, ref, root, time, severity, count, source, line, text",
        "SELECT i.id, e.value ->> 'ref', e.value ->> 'ref' = i.explanation ->> 'root', e.value ->> 'time', e.value ->> 'severity', "
        "e.value ->> 'count', e.value ->> 'source', e.value ->> 'line', e.value ->> 'text' "
        "FROM incident AS i, json_each(i.explanation, '$.evidence') AS e WHERE e.value ->> 'kind' = 'log'",
    ),
    "entries": View(
        "entry",
        "id, kind, title, body, lang, author, machine, source, trust, created, updated, retired, worked, failed",
        "SELECT id, kind, title, body, lang, author, machine, source, trust, created, updated, retired, "
        "(SELECT count(*) FROM outcome WHERE entry = entry.id AND result = 'worked'), "
        "(SELECT count(*) FROM outcome WHERE entry = entry.id AND result = 'failed') FROM entry",
    ),
    "outcomes": View(
        "outcome",
        "entry, title, result, author, machine, time, note",
        "SELECT entry, (SELECT title FROM entry WHERE id = outcome.entry), result, author, machine, time, note FROM outcome",
    ),
    "feedback": View(
        "feedback",
        "about, kind, author, machine, time, note",
        "SELECT about, kind, author, machine, time, note FROM main.feedback",
    ),
    "notes": View(
        "fact",
        "source, at, line, text, author, time",
        "SELECT value ->> 'source', value ->> 'at', value ->> 'line', value ->> 'text', value ->> 'author', value ->> 'time' "
        f"FROM fact WHERE substr(name, 1, {len(LINE_NOTE)}) = '{LINE_NOTE}'",
    ),
    "templates": View(
        "tally",
        "source, template, pattern, severity, count, last",
        "SELECT source, template, pattern, severity, count, last FROM tally",
    ),
    "gaps": View(
        "gap",
        "source, loss, start, least, most, noticed",
        "SELECT source, loss, start, least, most, noticed FROM gap",
    ),
}
"""What can be asked about, by its name."""
