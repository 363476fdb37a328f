"""Logs read as a session reads them, but alone: one process, our own formats, nothing kept. For staged logs, whose truth is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from edgeops import hooks
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.survey import survey
from edgeops.hooks import Format
from edgeops.intake.archives import open_readers
from edgeops.records import Reading

GAP = timedelta(minutes=5)
"""The default of `detect.gap_s`."""


def formats() -> list[Format]:
    """Our own formats, most particular first."""
    return [one for group in hooks.registry().hook.edgeops_formats() for one in group]


def rehearse(files: Iterable[Path], book: Casebook, known: Sequence[Format], now: datetime) -> Reading:
    """What the files show to one who knows this casebook. now dates stamps without a year."""
    readers = (reader for file in files for reader in open_readers(str(file), formats=known, now=now))
    return survey(readers, book.rules, GAP)
