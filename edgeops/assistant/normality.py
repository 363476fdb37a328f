"""What is known of the sources that are read: recalled from the store before, learnt from what they held after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edgeops.detect.baseline import Lesson, family_of, learnt
from edgeops.errors import StoreError
from edgeops.records import Normal

MOST_SOURCES = 200
"""So many sources are recalled and learnt in one reading."""


@dataclass
class Normality:
    """What is normal, by source. Rotated files of one log are one source; what has no name (a pipe) has no normality."""

    _known: dict[str, Normal] = field(default_factory=dict)
    _lessons: list[tuple[str, Lesson]] = field(default_factory=list)

    def recall(self, names: Iterable[str], store: Path) -> None:
        """Recall what the store knows of these files. A store that cannot be read knows nothing."""
        families = list(dict.fromkeys(_family(name) for name in names if name != "-"))[:MOST_SOURCES]
        self._known = {family: Normal(family) for family in families}
        if not families or not store.exists():
            return
        # A database is opened only where there is one.
        from edgeops.knowledge.database import Database
        from edgeops.knowledge.normal import recall

        try:
            database = Database(store, readonly=True)
        except StoreError:
            return
        self._known |= recall(database, families)
        database.close()

    def of(self, name: str) -> Normal | None:
        """What is normal for a file; None where it is none that was named."""
        return self._known.get(_family(name))

    def hear(self, lessons: Sequence[tuple[str, Lesson]]) -> None:
        """What a reading taught."""
        self._lessons = list(lessons)

    def news(self) -> list[Normal]:
        """What is normal now, of the sources of which something was learnt."""
        changed: dict[str, Normal] = {}
        for name, lesson in self._lessons:
            before = changed.get(_family(name)) or self.of(name)
            if before is not None and (after := learnt(before, lesson)) is not before:
                changed[after.source] = after
        return list(changed.values())


def _family(name: str) -> str:
    return family_of(str(Path(name).absolute()))
