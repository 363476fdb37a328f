"""What can be written to a file by `:export`: said where it is, never over another file, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from edgeops.errors import UsageError
from edgeops.files import new_file
from edgeops.paths import from_home
from edgeops.tui.phrases import Phrases


class Exporting:
    """A screen of which something can be written to a file."""

    def export(self, file: Path, as_it_is: bool) -> None:
        """Write what is shown, secrets masked unless it is wanted as it is. Raises UsageError."""
        raise NotImplementedError


def export(room: object, text: str, say: Phrases) -> None:
    """What was typed behind `:export`. Raises UsageError."""
    first, _, rest = text.partition(" ")
    as_it_is = first == "raw" and bool(rest.strip())
    name = rest.strip() if as_it_is else text.strip()
    if not name:
        raise UsageError(say("export_where"))
    if not isinstance(room, Exporting):
        raise UsageError(say("nothing_to_export"))
    room.export(from_home(name), as_it_is)


@contextmanager
def written(file: Path, say: Phrases) -> Iterator[IO[bytes]]:
    """A file to write to, with what may go wrong as a sentence. Raises UsageError."""
    try:
        with new_file(file) as out:
            yield out
    except FileExistsError as error:
        raise UsageError(say("file_exists", file=file)) from error
    except OSError as error:
        raise UsageError(say("file_failed", file=file, why=error.strerror or error)) from error
