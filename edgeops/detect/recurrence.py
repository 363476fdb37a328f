"""The same break again, hours or minutes later, is the same incident: told once, as it was at its worst, with how often it came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from edgeops.records import Incident

Place = tuple[str, str, str, str]


def told_once(incidents: Iterable[Incident]) -> list[Incident]:
    """Incidents in order of rank (worst first); each later one that is a kind of an earlier one is counted there."""
    kept: list[Incident] = []
    by_root: dict[Place, int] = {}
    for incident in incidents:
        key = place_of(incident)
        at = by_root.get(key)
        if at is None:
            by_root[key] = len(kept)
            kept.append(replace(incident, since=incident.start, until=incident.end))
        else:
            kept[at] = _both(kept[at], incident)
    return kept


def place_of(incident: Incident) -> Place:
    """What broke and where: the template of the root line (of a share of errors, its kind); its host, unit and source."""
    root = incident.signals[incident.root]
    return root.template or root.kind, root.event.host, root.event.unit, root.event.line.source


def _both(one: Incident, again: Incident) -> Incident:
    begun = [time for time in (one.since, again.start) if time]
    ended = [time for time in (one.until, again.end) if time]
    return replace(one, times=one.times + again.times, since=min(begun, default=None), until=max(ended, default=None))
