"""An entry and what belongs to it: where it comes from, how it fared, how it read before, what people said about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Kind(StrEnum):
    """What an entry is."""

    FAULT = "fault"
    NOTE = "note"
    RUNBOOK = "runbook"
    INCIDENT = "incident"


class Result(StrEnum):
    """How it went when somebody did what an entry says."""

    WORKED = "worked"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote it, on which machine, from what (a file, an incident's id)."""

    author: str = ""
    machine: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it is kept. trust is 0..1; lang is found out when empty, and so is a new id.

    templates are the ids of the log templates that it explains, or of rules; they are looked up before anything else.
    """

    kind: Kind
    title: str
    body: str
    origin: Origin = Origin()
    lang: str = ""
    trust: float = 1.0
    templates: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often an entry's advice worked."""

    worked: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it reads now. retired says since when it is not found any more."""

    id: str
    kind: Kind
    title: str
    body: str
    lang: str
    origin: Origin
    trust: float
    templates: tuple[str, ...]
    created: datetime
    updated: datetime
    revision: int
    retired: datetime | None = None
    outcomes: Tally = Tally()


@dataclass(frozen=True, slots=True)
class Version:
    """How an entry read up to its next revision, and who wrote that."""

    revision: int
    title: str
    body: str
    author: str
    updated: datetime
    retired: datetime | None


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing a person said: an outcome of an entry (worked, failed, unknown) or feedback (useful, wrong, note) on anything."""

    id: str
    about: str
    kind: str
    author: str
    machine: str
    time: datetime
    note: str = ""


_TALLY = "(SELECT count(*) FROM outcome WHERE outcome.entry = entry.id AND result = '{}')"
COLUMNS = (
    "id, kind, title, body, lang, author, machine, source, trust, templates, created, updated, revision, retired, "
    f"{', '.join(_TALLY.format(result.value) for result in Result)}, number"
)


def entry_of(row: Iterable[Any]) -> Entry:
    """An entry from its COLUMNS."""
    (name, kind, title, body, lang, author, machine, source, trust, templates, created, updated, revision, retired,
     worked, failed, unknown, *_) = row  # fmt: skip
    return Entry(
        name, Kind(kind), title, body, lang, Origin(author, machine, source), trust,
        msgspec.json.decode(templates, type=tuple[str, ...]), datetime.fromisoformat(created),
        datetime.fromisoformat(updated), revision, time_or_none(retired), Tally(worked, failed, unknown),
    )  # fmt: skip


def remark_of(row: Iterable[Any]) -> Remark:
    """A remark from its row."""
    name, about, kind, author, machine, time, note = row
    return Remark(name, about, kind, author, machine, datetime.fromisoformat(time), note)


def row_of(remark: Remark) -> list[str]:
    """A remark as the row that it is kept in."""
    return [
        remark.id, remark.about, remark.kind, remark.author, remark.machine, remark.time.isoformat(), remark.note
    ]  # fmt: skip


def time_or_none(text: str | None) -> datetime | None:
    """The time that a text stands for; None for None."""
    return datetime.fromisoformat(text) if text else None
