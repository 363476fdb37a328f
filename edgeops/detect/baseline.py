"""What is normal for a source: its templates, how often each comes and whether it beats. Records in, records out.

A reading gives what it added (`Lesson`); `learnt` puts that to what was known. A stretch of a file counts once: a file is known by
its first lines whatever its name becomes, and only what lies behind the part learnt before is new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2s

from edgeops.detect.miner import Miner
from edgeops.records import Normal, Severity, Template, Usual

MOST_TEMPLATES = 2_000
MOST_FILES = 40
MOST_SPANS = 20_000
"""So many templates, files and spans of a source are remembered; the counts of more spans than that are halved."""
ENOUGH_LINES = 1_000

_TURNED = re.compile(r"(?:[.-](?:\d{1,3}|\d{4}-?\d\d-?\d\d(?:[-_T]?\d{2,6})?|old))*(?:\.(?:gz|bz2|xz|zst|lz4|Z))?\Z")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one reading of a file adds: the file by its first lines (empty: not to be learnt),  and its lines up to end."""

    file: str
    end: int
    width: int
    spans: int
    lines: int
    bad: int
    worst: float
    usuals: tuple[Usual, ...]


def family_of(path: str) -> str:
    """The name that a log and its rotated, compressed predecessors share."""
    return _TURNED.sub("", path) or path


def name_of(lines: Iterable[bytes]) -> str:
    """A file's first lines as a name that stays when the file is renamed or packed."""
    return blake2s(b"\n".join(lines), digest_size=8).hexdigest()


def known_before(normal: Normal, file: str) -> int:
    """How many lines are known from before a file; 0 where they are too few to tell what is unusual."""
    lines = normal.lines - learnt_of(normal, file)
    return lines if lines >= ENOUGH_LINES else 0


def learnt_of(normal: Normal, file: str) -> int:
    """Up to which line a file was learnt."""
    return dict(normal.files).get(file, 0)


def learnt(normal: Normal, lesson: Lesson) -> Normal:
    """What is known after a reading. Templates that turn out to be one become one; the rarest are forgotten when there are too many."""
    if not lesson.file or lesson.end <= learnt_of(normal, lesson.file):
        return normal
    same = normal.width in (0, lesson.width) or not lesson.width
    before = normal if same else replace(normal, spans=0, usuals=tuple(map(_timeless, normal.usuals)))
    files = {**dict(before.files), lesson.file: lesson.end}
    spans = before.spans + lesson.spans
    usuals = _joined((*before.usuals, *lesson.usuals))
    if spans > MOST_SPANS:
        spans, usuals = spans // 2, [_halved(usual) for usual in usuals]
    usuals.sort(key=_worth, reverse=True)
    return Normal(
        source=before.source,
        width=lesson.width or before.width,
        spans=spans,
        lines=before.lines + lesson.lines,
        bad=before.bad + lesson.bad,
        worst=max(before.worst, lesson.worst),
        files=tuple(files.items())[-MOST_FILES:],
        usuals=tuple(usuals[:MOST_TEMPLATES]),
    )


def _joined(usuals: Iterable[Usual]) -> list[Usual]:
    """One for each template."""
    given = list(usuals)
    miner = Miner(2 * MOST_TEMPLATES)
    for usual in given:
        template = usual.template
        miner.learn(template.pattern, template.count, template.severity, template.first, template.last)
    miner.settle()
    parts: dict[str, list[Usual]] = {}
    for usual in given:
        parts.setdefault(miner.template(usual.template.pattern).pattern, []).append(usual)
    return [_sum(miner.template(pattern), group) for pattern, group in parts.items()]


def _sum(template: Template, group: list[Usual]) -> Usual:
    latest = group[-1]
    return Usual(
        template=template,
        spans=sum(usual.spans for usual in group),
        total=sum(usual.total for usual in group),
        squares=sum(usual.squares for usual in group),
        most=max(usual.most for usual in group),
        period=latest.period,
        beats=latest.beats,
        slowest=latest.slowest,
    )


def _timeless(usual: Usual) -> Usual:
    """What stays true when spans have another width."""
    return Usual(usual.template)


def _halved(usual: Usual) -> Usual:
    """What was long ago counts less and less."""
    return replace(usual, spans=usual.spans // 2, total=usual.total // 2, squares=usual.squares // 2)


def _worth(usual: Usual) -> tuple[bool, int]:
    return (usual.template.severity >= Severity.WARNING, usual.template.count)
