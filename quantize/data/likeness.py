"""Faults so alike that one is as good an answer as the other: where one is missing and the other offered, nobody can say what is right."""

from __future__ import annotations

import re

from edgeops.records import Fault

_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    "the and not for with are was were has have its from into cannot can program service server failed lost down out".split()
)
SAME_NAME, SAME_WORDS = 0.6, 0.5


def alike(offered: Fault, right: Fault) -> bool:
    """Whether the offered fault brings the right one about, is named like it, or is described in much the same words."""
    if right.id in offered.leads_to:
        return True
    return _overlap(_named(offered), _named(right)) >= SAME_NAME or _overlap(_told(offered), _told(right)) >= SAME_WORDS


def as_good(one: Fault, other: Fault) -> bool:
    """Whether nobody could say that one of them is meant and not the other: they are the same, or alike in either direction."""
    return one.id == other.id or alike(one, other) or alike(other, one)


def _named(fault: Fault) -> frozenset[str]:
    return frozenset(fault.id.removeprefix(f"{fault.family}-").split("-"))


def _told(fault: Fault) -> frozenset[str]:
    return frozenset(_WORD.findall(f"{fault.title} {fault.en.title}".lower())) - _COMMON


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))
