"""What watching leaves in the store: effects of lines and the checkpoint behind them, in one transaction.

A crash leaves both or neither, so a line counts once. The connection is synced at SQLite's own checkpoints only (NORMAL): what a
power cut takes back it takes back as a whole, and the lines are read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec

from edgeops.detect.live import Count
from edgeops.detect.ongoing import MOST_SIGNALS, key_of
from edgeops.intake.feed import Checkpoint, CursorMark, FileMark, Gap
from edgeops.knowledge import normal
from edgeops.knowledge.database import Database
from edgeops.knowledge.entry import legible
from edgeops.mask import mask
from edgeops.records import Event, Explanation, Incident, Line, Normal, Severity, Signal, State, Tier

MOST_TEMPLATES = 5_000
"""So many templates of a source are counted each for itself; the rarest harmless ones beyond are counted together."""
MOST_RETIRED = 1_000
MOST_WATCHED = 500
MOST_GAPS = 10_000
PIPE = "pipe:"
"""So begin the ids of streams that end with the watch."""
SHED = "watch:shed"
TROUBLES = "watch:troubles"
NONE = "-"
"""Stands for the incident of a signal that belongs to none."""
OTHERS = ""
"""Stands for the template of those that are counted together."""
_FAILURES = "The watch goes on when it can write again; the files keep what is new meanwhile."


@dataclass(frozen=True, slots=True)
class Pending:
    """A message of a stream that may go on: its lines, read and counted nowhere yet."""

    stream: str
    source: str
    lines: tuple[Line, ...]


@dataclass
class Effects:
    """What is to be committed together. counts are by source; grouped: all signals, these included, were looked at together."""

    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    pending: dict[str, tuple[Line, ...]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    counts: list[tuple[str, Count]] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    normals: list[Normal] = field(default_factory=list)
    grouped: bool = False

    def __bool__(self) -> bool:
        return any((self.checkpoints, self.pending, self.gaps, self.counts, self.signals, self.incidents, self.normals))


class Ledger:
    """One connection of the watch's own. Raises StoreError; what could not be committed can be tried again as it is."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._templates: dict[str, int] = {}

    def begin(self) -> None:
        """A watch begins: of the pipes of former ones nothing more will come."""
        with self._database.writing("The beginning", _FAILURES) as connection:
            connection.execute("UPDATE stream SET retired = 1 WHERE substr(id, 1, ?) = ?", [len(PIPE), PIPE])

    # ------------------------------------------------------------ what was committed

    def checkpoints(self) -> list[Checkpoint]:
        """How far each stream was consumed that may go on."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id, source, bytes, lines, crc, mark FROM stream WHERE NOT retired")
            return [
                Checkpoint(name, source, size, lines, crc, _mark(mark)) for name, source, size, lines, crc, mark in rows
            ]

    def pending(self) -> list[Pending]:
        """The messages that were open."""
        decoder = msgspec.json.Decoder(tuple[Line, ...])
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id, source, pending FROM stream WHERE pending <> '[]'")
            return [Pending(stream, source, decoder.decode(lines)) for stream, source, lines in rows]

    def signals(self) -> list[tuple[Signal, str]]:
        """The signals of late in the order heard, each with its incident's id (NONE: of none; empty: nobody looked yet).

        What was resolved is left out.
        """
        decoder = msgspec.json.Decoder(Signal)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT record, sighting.incident FROM sighting LEFT JOIN incident ON incident.id = sighting.incident "
                "WHERE state IS NULL OR state <> ? ORDER BY number",
                [State.RESOLVED.value],
            ).fetchall()
        return [(decoder.decode(record), incident) for record, incident in rows]

    def waiting(self) -> list[Incident]:
        """The incidents that are still to be explained, the gravest first."""
        decoder = msgspec.json.Decoder(Incident)
        with self._database.reading() as connection:
            rows = connection.execute("SELECT record FROM watched WHERE waits ORDER BY rank DESC").fetchall()
        return [decoder.decode(record) for (record,) in rows]

    def resolved(self, names: Iterable[str]) -> list[str]:
        """Which of these incidents a person has resolved."""
        wanted = list(names)
        marks = ", ".join("?" * len(wanted))
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT id FROM incident WHERE state = ? AND id IN ({marks})", [State.RESOLVED.value, *wanted]
            )
            return [name for (name,) in rows]

    def normal(self, source: str) -> Normal:
        """What is normal for a source."""
        return normal.recall(self._database, [source]).get(source, Normal(source))

    # ------------------------------------------------------------ committing

    def commit(self, effects: Effects, now: datetime) -> None:
        """Keep all of it, or none."""
        with self._database.writing("What was read", _FAILURES) as connection:
            self._streams(connection, effects)
            connection.executemany(
                "INSERT INTO gap (source, loss, start, least, most, noticed) VALUES (?, ?, ?, ?, ?, ?)",
                [(legible(g.source), g.loss.value, g.start, g.least, g.most, now.isoformat()) for g in effects.gaps],
            )
            self._count(connection, effects.counts)
            connection.executemany(
                "INSERT INTO sighting (key, incident, record) VALUES (?, '', ?) ON CONFLICT (key) DO UPDATE SET "
                "number = (SELECT max(number) + 1 FROM sighting), record = excluded.record",
                [(_key(signal), msgspec.json.encode(_masked(signal))) for signal in effects.signals],
            )
            for incident in effects.incidents:
                _keep(connection, incident, now)
            if effects.grouped:
                connection.execute("UPDATE sighting SET incident = ? WHERE incident = ''", [NONE])
            if effects.normals:
                normal.keep(self._database, effects.normals, now)

    def _streams(self, connection: Any, effects: Effects) -> None:
        connection.executemany(
            "INSERT INTO stream (id, source, bytes, lines, crc, mark, retired, pending) VALUES (?, ?, ?, ?, ?, ?, ?, '[]') "
            "ON CONFLICT (id) DO UPDATE SET source = excluded.source, bytes = excluded.bytes, lines = excluded.lines, "
            "crc = excluded.crc, mark = excluded.mark, retired = excluded.retired",
            [
                (c.stream, legible(c.source), c.offset, c.lines, c.crc, _marked(c.mark), c.retired)
                for c in effects.checkpoints.values()
            ],
        )
        connection.executemany(
            "UPDATE stream SET pending = ? WHERE id = ?",
            [(msgspec.json.encode(lines).decode(), stream) for stream, lines in effects.pending.items()],
        )

    def _count(self, connection: Any, counts: Sequence[tuple[str, Count]]) -> None:
        connection.executemany(
            "INSERT INTO tally (source, template, pattern, severity, count, last) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (source, template) DO UPDATE SET count = count + excluded.count, "
            "severity = max(severity, excluded.severity), last = max(last, excluded.last)",
            [
                (legible(source), c.template, mask(legible(c.pattern)), c.severity.value, c.count, _time(c.last))
                for source, c in counts
            ],
        )
        for source in {source for source, _ in counts}:
            self._templates[source] = self._templates.get(source, MOST_TEMPLATES) + sum(s == source for s, _ in counts)
            if self._templates[source] > MOST_TEMPLATES:
                self._templates[source] = _fold(connection, legible(source))

    def troubled(self, troubles: Mapping[str, str]) -> None:
        """What cannot be followed now, and why."""
        with self._database.writing("What cannot be followed", _FAILURES) as connection:
            connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", [TROUBLES, _encoded(troubles)])

    def troubles(self) -> dict[str, str]:
        """What could not be followed when somebody looked last."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM fact WHERE name = ?", [TROUBLES]).fetchone()
        return msgspec.json.decode(row[0], type=dict[str, str]) if row else {}

    def tidy(self) -> None:
        """Drop what is no longer needed: signals of long ago, records of incidents long explained, streams that ended."""
        with self._database.writing("What was tidied", _FAILURES) as connection:
            for table, column, most, which in (
                ("sighting", "number", MOST_SIGNALS, ""),
                ("gap", "number", MOST_GAPS, ""),
                ("watched", "touched", MOST_WATCHED, "WHERE NOT waits"),
                ("stream", "rowid", MOST_RETIRED, "WHERE retired AND pending = '[]'"),
            ):
                connection.execute(
                    f"DELETE FROM {table} WHERE rowid IN "
                    f"(SELECT rowid FROM {table} {which} ORDER BY {column} DESC LIMIT -1 OFFSET {most})"
                )

    def shed(self, names: Sequence[str]) -> None:
        """Explanations of these incidents were given up; how many there ever were is remembered."""
        with self._database.writing("What was given up", _FAILURES) as connection:
            connection.executemany("UPDATE watched SET waits = 0 WHERE incident = ?", [(name,) for name in names])
            connection.execute(
                "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                [SHED, str(len(names))],
            )


def watched(database: Database, name: str) -> Incident | None:
    """An incident as the watch knows it, with its lines; None where it knows none of that id. Raises StoreError."""
    with database.reading() as connection:
        row = connection.execute("SELECT record FROM watched WHERE incident = ?", [name]).fetchone()
        return msgspec.json.decode(row[0], type=Incident) if row else None


def answered(connection: Any, incident: str, *, final: bool) -> None:
    """An incident has an answer; unless it is final, a better one is still waited for. Belongs into the answer's transaction."""
    connection.execute("UPDATE watched SET waits = ? WHERE incident = ?", [not final, incident])


def _marked(mark: FileMark | CursorMark | None) -> str:
    return f"{type(mark).__name__} {msgspec.json.encode(mark).decode()}"


def _mark(text: str) -> FileMark | CursorMark | None:
    kind, _, record = text.partition(" ")
    if kind == FileMark.__name__:
        return msgspec.json.decode(record, type=FileMark)
    return msgspec.json.decode(record, type=CursorMark) if kind == CursorMark.__name__ else None


def _fold(connection: Any, source: str) -> int:
    """Where a source has too many templates, the rarest harmless ones become one row; how many there are then."""
    rows = connection.execute(
        "SELECT template, count FROM tally WHERE source = ? AND template <> ? ORDER BY severity >= ?, count",
        [source, OTHERS, Severity.WARNING.value],
    ).fetchall()
    if len(rows) <= MOST_TEMPLATES:
        return len(rows)
    over = rows[: len(rows) - MOST_TEMPLATES // 2]
    connection.executemany("DELETE FROM tally WHERE source = ? AND template = ?", [(source, name) for name, _ in over])
    connection.execute(
        "INSERT INTO tally VALUES (?, ?, 'other templates', 0, ?, '') "
        "ON CONFLICT (source, template) DO UPDATE SET count = count + excluded.count",
        [source, OTHERS, sum(count for _, count in over)],
    )
    return len(rows) - len(over)


def _keep(connection: Any, incident: Incident, now: datetime) -> None:
    """The incident as the store's other users see it, and as it must be to be explained."""
    root = incident.signals[incident.root]
    summary = mask(legible(root.event.message))
    said = Explanation(incident.id, Tier.INSUFFICIENT, "en", summary=summary, reason="It waits to be explained")
    times = [
        time.isoformat() if time else None
        for time in (incident.since or incident.start, incident.until or incident.end)
    ]
    names = [
        list(map(mask, map(legible, incident.hosts))),
        sorted({legible(s.event.line.source) for s in incident.signals}),
    ]
    connection.execute(
        """INSERT INTO incident (id, state, tier, fault, summary, start, "end", hosts, sources, seen, explanation)
        VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET start = excluded.start,
        "end" = excluded."end", hosts = excluded.hosts, sources = excluded.sources, seen = excluded.seen""",
        [incident.id, State.OPEN.value, said.tier.value, summary, *times]
        + [msgspec.json.encode(one).decode() for one in names]
        + [now.isoformat(), msgspec.json.encode(said).decode()],
    )  # fmt: skip
    connection.executemany(
        "UPDATE sighting SET incident = ? WHERE key = ?", [(incident.id, _key(signal)) for signal in incident.signals]
    )
    record = replace(incident, signals=tuple(map(_masked, incident.signals)))
    connection.execute(
        "INSERT INTO watched (incident, rank, waits, touched, record) VALUES (?, ?, 1, ?, ?) "
        "ON CONFLICT (incident) DO UPDATE SET rank = excluded.rank, touched = excluded.touched, record = excluded.record",
        [incident.id, root.score, now.isoformat(), msgspec.json.encode(record)],
    )


def _encoded(troubles: Mapping[str, str]) -> str:
    return msgspec.json.encode({legible(source): legible(why) for source, why in troubles.items()}).decode()


def _key(signal: Signal) -> str:
    return "\0".join(map(legible, map(str, key_of(signal))))


def _masked(signal: Signal) -> Signal:
    """Without secrets, and in characters that a store can hold."""
    return replace(
        signal,
        reason=mask(legible(signal.reason)),
        event=_event(signal.event),
        last=_event(signal.last) if signal.last else None,
        bindings=tuple((name, mask(legible(value))) for name, value in signal.bindings),
        before=tuple(map(_line, signal.before)),
        after=tuple(map(_line, signal.after)),
    )


def _event(event: Event) -> Event:
    return replace(
        event,
        line=_line(event.line),
        message=mask(legible(event.message)),
        host=legible(event.host),
        unit=legible(event.unit),
        fields=tuple((legible(name), mask(legible(value))) for name, value in event.fields),
        more=tuple(map(_line, event.more)),
    )


def _line(line: Line) -> Line:
    text = line.raw.decode("utf-8", "surrogateescape")
    return replace(line, source=legible(line.source), raw=mask(text).encode("utf-8", "surrogateescape"))


def _time(time: datetime | None) -> str:
    return time.isoformat() if time else ""
