"""What many sources gave, joined into incidents: intake and detection meet here.

A source is studied by itself (`study`), perhaps in another process, and the results are gathered in any order (`Survey`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from edgeops.detect.baseline import Lesson
from edgeops.detect.incidents import group, worth_reading
from edgeops.detect.ordinary import parted, told
from edgeops.detect.reading import Pass, read_source
from edgeops.detect.rulebook import RuleBook
from edgeops.hooks import Reader
from edgeops.records import Event, Normal, Reading, Signal, Skipped

MOST_SIGNALS = 20_000
MOST_RARE = 50_000
"""Signals, and lines that were never seen before, that are held of all sources together."""

Place = tuple[int, ...]
"""Where among the sources a result belongs, whenever it comes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What reading one log gave. sources are its files: rotated ones are one log. notes begin with whose they are."""

    sources: tuple[str, ...]
    found: Pass
    notes: tuple[str, ...] = ()


def study(
    reader: Reader,
    rules: RuleBook,
    gap: timedelta,
    wanted: Callable[[Event], bool] = lambda _: True,
    normal: Normal | None = None,
    *,
    learn: bool = False,
) -> Seen:
    """Read one log to its end. wanted narrows the signals (by time). normal: what is known of it; learn: and tell what is new."""
    found = read_source(reader, rules, gap, normal)
    if not learn:
        # Many logs are held at once.
        found.lesson = None
    found.templates = []
    found.signals = [signal for signal in found.signals if wanted(signal.event)]
    found.rare = [event for event in found.rare if wanted(event)]
    return Seen((reader.source,), found, tuple(f"{reader.source}: {note}" for note in reader.notes))


@dataclass
class Survey:
    """Gathers results; what it holds is bounded, and the same whatever order they come in."""

    _signals: list[tuple[float, Place, int, Signal]] = field(default_factory=list)
    _seen: dict[Place, Seen] = field(default_factory=dict)
    _skipped: dict[Place, Skipped] = field(default_factory=dict)
    _left_out: int = 0
    _rare: int = 0
    _unheard: set[Place] = field(default_factory=set)

    def add(self, place: Place, result: Seen | Skipped) -> None:
        """One result and its place."""
        if isinstance(result, Skipped):
            self._skipped[place] = result
            return
        self._seen[place] = result
        self._signals += [(-s.score, place, at, s) for at, s in enumerate(result.found.signals)]
        result.found.signals = []
        if len(self._signals) > 2 * MOST_SIGNALS:
            self._thin()
        # Without a time nothing is known to have come before anything.
        result.found.rare = [event for event in result.found.rare if event.time]
        self._rare += len(result.found.rare)
        if self._rare > 2 * MOST_RARE:
            self._hush()

    def lessons(self) -> list[tuple[str, Lesson]]:
        """What the logs teach about what is normal, each with its source."""
        seen = [self._seen[place] for place in sorted(self._seen)]
        return [(one.sources[0], one.found.lesson) for one in seen if one.found.lesson]

    def _thin(self) -> None:
        """The strongest stay, of equal ones the earlier."""
        self._signals.sort(key=lambda signal: signal[:3])
        self._left_out += len(self._signals[MOST_SIGNALS:])
        del self._signals[MOST_SIGNALS:]

    def _hush(self) -> None:
        """Where nearly everything is new, that says nothing: the sources with the fewest new lines keep theirs."""
        total = kept = 0
        for count, place in sorted((len(seen.found.rare), place) for place, seen in self._seen.items()):
            total += count
            if total <= MOST_RARE:
                kept = total
            else:
                self._seen[place].found.rare = []
                self._unheard.add(place)
        self._rare = kept

    def reading(self, rules: RuleBook, gap: timedelta) -> Reading:
        """What all the sources gave."""
        if len(self._signals) > MOST_SIGNALS:
            self._thin()
        if self._rare > MOST_RARE:
            self._hush()
        seen = [self._seen[place] for place in sorted(self._seen)]
        notes = [note for one in seen for note in (*one.notes, *_forgotten(one))]
        if self._left_out:
            notes.append(f"There were so many errors in all that {self._left_out} of the weaker ones were left out.")
        if self._unheard:
            count = len(self._unheard)
            notes.append(f"There were so many new lines in all that those of {count} sources were left out as hints.")
        signals = [signal for *_, signal in sorted(self._signals, key=lambda signal: signal[1:3])]
        rare = [event for one in seen for event in one.found.rare]
        incidents = group(signals, rare, rules, gap)
        notes += told(parted(signals)[1])
        return Reading(
            incidents=incidents,
            lines=sum(one.found.lines for one in seen),
            sources=tuple(source for one in seen for source in one.sources),
            skipped=tuple(self._skipped[place] for place in sorted(self._skipped)),
            notes=tuple(notes),
            rest=() if incidents else worth_reading(signals, rare),
        )


def _forgotten(seen: Seen) -> list[str]:
    """A sentence about the runs that a source had no room for."""
    count = seen.found.forgotten
    return [f"{seen.sources[-1]}: so many kinds of errors that {count} of the weaker ones were left out"] * (count > 0)


def survey(
    sources: Iterable[Reader | Skipped],
    rules: RuleBook,
    gap: timedelta,
    wanted: Callable[[Event], bool] = lambda _: True,
) -> Reading:
    """One pass over the sources, one after the other."""
    gathered = Survey()
    for at, source in enumerate(sources):
        gathered.add((at,), source if isinstance(source, Skipped) else study(source, rules, gap, wanted))
    return gathered.reading(rules, gap)
