"""What the store remembers, as answers take it up: what helped before, and what the site wrote down. Raises StoreError."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from edgeops.assistant.lessons import told
from edgeops.knowledge.entry import Entry, Kind, Tally, provenance
from edgeops.knowledge.past import explaining, fared
from edgeops.knowledge.retrieval import Found, Search
from edgeops.knowledge.store import Store
from edgeops.records import Incident, Knowledge


def experience(file: Path, incidents: Sequence[Incident]) -> tuple[dict[str, list[Entry]], dict[str, Tally]]:
    """What helped before against each root's template, and how the answers of each suspected fault fared."""
    templates = {incident.signals[incident.root].template for incident in incidents}
    faults = sorted({suspect.fault for incident in incidents for suspect in incident.suspects})
    with Store(file, readonly=True) as store:
        past = {template: explaining(store.database, [template]) for template in templates}
        return past, fared(store.database, faults)


def written(
    search: Search, store: Store, query: str, most: int, lang: str, now: datetime, meaning: bool
) -> list[Knowledge]:
    """Notes, runbooks and past incidents that fit best; the pack's faults are not among them."""
    found = [f for f in search.find(query, 3 * most, now, meaning=meaning) if f.kind is not Kind.FAULT]
    return [_knowledge(store, one, lang) for one in found[:most]]


def _knowledge(store: Store, one: Found, lang: str) -> Knowledge:
    """A note may be long: of it only the piece that fits is taken."""
    text = one.snippet if one.kind is Kind.NOTE else told(store.entries.get(one.id), lang)
    return Knowledge(one.id, one.title, text, one.score, one.lang, one.trust, provenance(one.kind, one.origin))
