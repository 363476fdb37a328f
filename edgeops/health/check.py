"""What was looked at, whether it is as it should be, and what to do if not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. fix is what a person can do, "" when there is nothing to do."""

    check: str
    ok: bool
    detail: str
    fix: str = ""


def told(check: str, sentences: str) -> Check:
    """A finding from an error's message: its first sentence is what is wrong, the rest what to do."""
    detail, end, fix = sentences.partition(". ")
    return Check(check, False, detail + end.strip(), fix)
