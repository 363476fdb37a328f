"""What people wrote beside lines of logs. A note belongs to a line by what it says and where it stands, so that rotation,
which gives a file another name, does not misplace it."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2s

# msgspec: notes are its records, read and written as JSON.
import msgspec

from edgeops.knowledge.database import Database
from edgeops.knowledge.views import LINE_NOTE
from edgeops.mask import mask

_BEHIND = "line-note;"
"""Behind all names that begin with LINE_NOTE."""
_MOST_SHOWN = 500


class LineNote(msgspec.Struct, frozen=True):
    """A note on the line at that byte of a log; log is the name that its rotated files share, source the file's then.

    digest is that of the line; line is the head of it, masked as the text is.
    """

    log: str
    source: str
    at: int
    digest: str
    line: str
    text: str
    author: str
    time: datetime

    @property
    def id(self) -> str:
        """The same for the same line, whatever its file is called now."""
        return f"{digest_of(self.log.encode())}:{self.at}:{self.digest}"


def digest_of(raw: bytes) -> str:
    """What a line is known again by."""
    return blake2s(raw, digest_size=8).hexdigest()


def noted(log: str, source: str, at: int, raw: bytes, text: str, author: str, now: datetime) -> LineNote:
    """A note on a line, secrets masked; of names that are no UTF-8 the bytes that are none are lost."""
    log, source = (name.encode("utf-8", "replace").decode() for name in (log, source))
    head = mask(raw.decode("utf-8", "replace"))[:_MOST_SHOWN]
    return LineNote(log, source, at, digest_of(raw), head, mask(text.strip()), author, now)


def keep(database: Database, note: LineNote) -> None:
    """Keep a note; one without text takes away what was noted there. Raises StoreError."""
    with database.writing("The note") as connection:
        if note.text:
            value = msgspec.json.encode(note).decode()
            connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", [LINE_NOTE + note.id, value])
        else:
            connection.execute("DELETE FROM fact WHERE name = ?", [LINE_NOTE + note.id])


def line_notes(database: Database) -> list[LineNote]:
    """All notes, those of one log together. Raises StoreError."""
    with database.reading() as connection:
        rows = connection.execute("SELECT value FROM fact WHERE name > ? AND name < ?", [LINE_NOTE, _BEHIND]).fetchall()
        found = [msgspec.json.decode(value, type=LineNote) for (value,) in rows]
    return sorted(found, key=lambda note: (note.log, note.source, note.at))
