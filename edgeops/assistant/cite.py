"""Verification: every ref that a text cites must exist, and every name and number in it must stand in the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from edgeops.records import Evidence, Unproved

_REF = re.compile(r"(?<![A-Za-z0-9])([LKH])(\d{1,3})(?![\w-])")
_CHECKED = re.compile(
    r"""
    "(?P<double>[^"\n]{2,80})" | (?<![A-Za-z])'(?P<single>[^'\n]{2,80})'(?![A-Za-z]) | `(?P<code>[^`\n]{2,80})`
  | [“「](?P<cjk>[^”」\n]{2,80})[”」]
  | (?P<path>(?<![\w/])/[\w.@%+~:-]+(?:/[\w.@%+~:-]*)*)
  | (?P<address>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b)
  | (?P<name>\b[A-Za-z][A-Za-z0-9]*(?:[._@:-][A-Za-z0-9]+)+\b|\b[A-Za-z]+\d[A-Za-z0-9]*\b|\b[a-z]+[A-Z][A-Za-z]+\b|\b[A-Z]{4,}\b)
  | (?P<number>(?<![\w.])\d[\d.,:]*\d(?:%|\s?[kKMGT]i?B)?|(?<![\w.])\d+%)
    """,
    re.VERBOSE,
)
# Plain English that the name pattern takes for an identifier.
_ORDINARY = re.compile(
    r"(?:out-of-memory|read-only|root-cause|high|low|re-?\w+|non-\w+|so-called|e\.g|i\.e|HTTP|HTTPS|JSON|DNS|TLS|SSH)$",
    re.I,
)

_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3})")


def cited(text: str) -> tuple[str, ...]:
    """The refs in a text, in order, once each."""
    return tuple(dict.fromkeys(f"{kind}{number}" for kind, number in _REF.findall(text)))


def checkable(text: str) -> tuple[str, ...]:
    """The names, numbers, paths and quotations in a text, in order, once each."""
    bare = _REF.sub(" ", text)
    found = (next(group for group in match.groups() if group) for match in _CHECKED.finditer(bare))
    return tuple(dict.fromkeys(token.strip(".,:;") for token in found if not _ORDINARY.match(token)))


def verify(where: str, text: str, evidence: Sequence[Evidence], root: str) -> tuple[Unproved, ...]:
    """What of the text is not borne out: refs that do not exist or stand before the root, words no evidence holds."""
    refs = {e.ref: e for e in evidence}
    wrong = [Unproved(where, ref, _ref_fault(ref, refs, root)) for ref in cited(text)]
    corpus = corpus_of(evidence)
    unseen = [
        Unproved(where, token, "stands in no evidence line") for token in checkable(text) if not _within(token, corpus)
    ]
    return (*(u for u in wrong if u.reason), *unseen)


def _ref_fault(ref: str, refs: dict[str, Evidence], root: str) -> str:
    if ref not in refs:
        return "no such evidence"
    first, line = refs.get(root), refs[ref]
    if first and first.time and line.time and ref.startswith("L") and line.time < first.time:
        return f"stands before the root {root}, so it cannot be its effect"
    return ""


def corpus_of(evidence: Iterable[Evidence]) -> str:
    """All that the evidence says, in lower case."""
    parts = (f"{e.text}\n{e.message}\n{e.host}\n{e.unit}\n{e.source}\n{e.count}" for e in evidence)
    return "\n".join(parts).lower()


def _within(token: str, corpus: str) -> bool:
    lowered = token.lower()
    return lowered in corpus or _bare(lowered) in _bare(corpus)


def _bare(text: str) -> str:
    """Without thousands separators, so that 812,344 and 812344 are the same number."""
    return _SEPARATOR.sub("", text)
