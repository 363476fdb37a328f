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


class Verdict(StrEnum):
    """What a person says of an answer or an entry."""

    USEFUL = "useful"
    WRONG = "wrong"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote it, on which machine, from what (a file, an incident's id)."""

    author: str = ""
    machine: str = ""
    source: str = ""


def provenance(kind: Kind, origin: Origin) -> str:
    """Where an entry comes from, in a few words; empty when nobody said."""
    writer = "@".join(filter(None, [origin.author, origin.machine]))
    if kind is Kind.RUNBOOK or not writer:
        return origin.source
    return f"incident {origin.source}, {writer}" if kind is Kind.INCIDENT else writer


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
    """How often an entry's advice worked, and what people said of the answers that rest on it."""

    worked: int = 0
    failed: int = 0
    unknown: int = 0
    useful: int = 0
    wrong: int = 0

    @property
    def promise(self) -> float:
        """The share of times that it worked, drawn towards a half while there are few; an opinion is half a try.

        The search weighs by the same in SQL (PROMISE).
        """
        liked = (self.useful - self.wrong) / 2
        return (self.worked + 1 + max(liked, 0)) / (self.worked + self.failed + 2 + abs(liked))


PROMISE = "((worked + 1 + max(useful - wrong, 0) * 0.5) / (worked + failed + 2 + abs(useful - wrong) * 0.5))"


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


def tallied(entry: str) -> str:
    """The columns of a Tally; entry is the SQL name of an entry's id."""
    outcomes = [
        f"(SELECT count(*) FROM outcome WHERE outcome.entry = {entry} AND result = '{one.value}') AS {one.value}"
        for one in Result
    ]
    opinions = [
        f"(SELECT count(*) FROM feedback WHERE about = {entry} AND feedback.kind = '{one.value}') AS {one.value}"
        for one in (Verdict.USEFUL, Verdict.WRONG)
    ]
    return ", ".join([*outcomes, *opinions])


COLUMNS = (
    "id, kind, title, body, lang, author, machine, source, trust, templates, created, updated, revision, retired, "
    f"{tallied('entry.id')}, number"
)


def entry_of(row: Iterable[Any]) -> Entry:
    """An entry from its COLUMNS."""
    (name, kind, title, body, lang, author, machine, source, trust, templates, created, updated, revision, retired,
     worked, failed, unknown, useful, wrong, *_) = row  # fmt: skip
    return Entry(
        name, Kind(kind), title, body, lang, Origin(author, machine, source), trust,
        msgspec.json.decode(templates, type=tuple[str, ...]), datetime.fromisoformat(created),
        datetime.fromisoformat(updated), revision, time_or_none(retired), Tally(worked, failed, unknown, useful, wrong),
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


def legible(text: str) -> str:
    """The text without what cannot be written down: bytes of a command line or a file's name that are no UTF-8."""
    return text.encode("utf-8", "replace").decode()


def time_or_none(text: str | None) -> datetime | None:
    """The time that a text stands for; None for None."""
    return datetime.fromisoformat(text) if text else None
