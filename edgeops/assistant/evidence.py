"""The evidence picker: a pure function from an incident to the lines that decide it, under a budget of characters.

What it prefers, in this order: the root candidates, lines that fit a known fault, worse severity, what came first,
what is rare, then the neighbours of the root. Each template is shown once with its count; everything left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from edgeops.detect.roots import order_key
from edgeops.detect.templates import pattern_of
from edgeops.mask import mask
from edgeops.records import Event, Evidence, Incident, Line, Selection, Signal, SignalKind

MOST_ROOTS = 8
MOST_CHARACTERS = 2_000
TRACE_HEAD, TRACE_TAIL = 4, 8
_WORST_SHARE = 0.6
LEAST, LATEST, LATEST_ROOT = 0.05, 0.15, 0.5


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    event: Event
    text: str
    message: str
    count: int
    signal: int | None
    latest: bool = False


def select(incident: Incident, budget: int) -> Selection:
    """Pick evidence of at most `budget` characters in all (the root is kept even if it alone is longer).

    Refs `L1`, `L2`… follow time. Nothing is shortened without a mark in the text that says how much is missing.
    """
    candidates = sorted(_unique(_candidates(incident)), key=lambda c: -c.score)
    picked = _fitting(candidates, budget)
    evidence = tuple(_evidence(f"L{n}", candidate, incident.signals) for n, candidate in enumerate(picked, 1))
    dropped = [c for c in candidates if c not in picked and c.signal is not None]
    return Selection(
        evidence=evidence,
        roots=_roots(incident, evidence),
        dropped_templates=len(dropped),
        dropped_lines=sum(c.count for c in dropped),
    )


def select_all(incidents: Sequence[Incident], budget: int) -> Selection:
    """The evidence of several incidents, the worst first, with refs that run on; the worst gets the most room."""
    evidence: list[Evidence] = []
    roots: list[str] = []
    left, templates, lines = budget, 0, 0
    for number, incident in enumerate(incidents):
        last = number == len(incidents) - 1
        part = select(incident, left if last else int(left * _WORST_SHARE))
        size = sum(len(e.text) + 1 for e in part.evidence)
        if size > left + 1 and evidence:
            templates, lines = templates + len(incident.signals), lines + sum(s.count for s in incident.signals)
            continue
        left -= size
        new = {e.ref: f"L{len(evidence) + n}" for n, e in enumerate(part.evidence, 1)}
        evidence += [replace(e, ref=new[e.ref]) for e in part.evidence]
        roots += [new[ref] for ref in part.roots]
        templates, lines = templates + part.dropped_templates, lines + part.dropped_lines
    return Selection(tuple(evidence), tuple(roots), templates, lines)


def select_quiet(rest: Sequence[Signal], ends: Sequence[Event], budget: int) -> Selection:
    """Where there is no incident: the lines most worth reading. rest are what made none, ends the last lines of the sources.

    No line is called a root. What is dropped is counted, the last lines aside.
    """
    telling = [_candidate(s.score + 0.15 / s.count, s.event, s.count, n) for n, s in enumerate(rest)]
    latest = [_candidate(LEAST, event, 1, None) for event in ends]
    candidates = sorted(_unique([*telling, *latest]), key=lambda c: -c.score)
    picked = _fitting(candidates, budget)
    shown = tuple(replace(_evidence(f"L{n}", c, rest), signal=None) for n, c in enumerate(picked, 1))
    dropped = [c for c in candidates if c not in picked and c.signal is not None]
    return Selection(shown, (), len(dropped), sum(c.count for c in dropped))


def _fitting(candidates: Iterable[_Candidate], budget: int) -> list[_Candidate]:
    """The best that fit, in order of time; the first whatever its size."""
    picked: list[_Candidate] = []
    left = budget
    for candidate in candidates:
        if not picked or len(candidate.text) <= left:
            picked.append(candidate)
            left -= len(candidate.text) + 1
    return sorted(picked, key=lambda c: order_key(c.event))


def _candidates(incident: Incident) -> Iterator[_Candidate]:
    for position, signal in enumerate(incident.signals):
        score = _worth(incident, position, signal)
        yield _candidate(score, signal.event, signal.count, position)
        is_root = position == incident.root
        if signal.count > 1 and signal.last and signal.last.line != signal.event.line and signal.score >= 0.5:
            yield replace(_candidate(LATEST_ROOT if is_root else LATEST, signal.last, 1, None), latest=True)
        if is_root or signal.score >= 0.5:
            reach = 0.45 if is_root else 0.12
            for distance, line in enumerate(reversed(signal.before), 1):
                yield _neighbour(reach / distance, signal.event, line)
            for distance, line in enumerate(signal.after, 1):
                yield _neighbour(reach / distance, signal.event, line)


def _worth(incident: Incident, position: int, signal: Signal) -> float:
    if position == incident.root:
        return 3.0
    fits = 0.5 if any(position in suspect.signals for suspect in incident.suspects) else 0.0
    early = 0.3 / (1 + position)
    rare = 0.15 / signal.count
    novel = 0.1 if signal.kind is SignalKind.NOVEL else 0.0
    return signal.score + fits + early + rare + novel


def _candidate(score: float, event: Event, count: int, signal: int | None) -> _Candidate:
    lines = [event.line.text, *(more.text for more in event.more)]
    message = event.message.split("\n")
    return _Candidate(score, event, mask(abridge(lines)), mask(abridge(message)), count, signal)


def _neighbour(score: float, event: Event, line: Line) -> _Candidate:
    """A line beside a signal: shown for its context, without a time of its own."""
    return _candidate(score, replace(event, line=line, message=line.text, more=()), 1, None)


def abridge(lines: list[str]) -> str:
    """Lines joined; the middle of a long trace, or of a very long line, is replaced by a mark that counts what is missing."""
    if len(lines) > TRACE_HEAD + TRACE_TAIL + 1:
        gone = len(lines) - TRACE_HEAD - TRACE_TAIL
        lines = [*lines[:TRACE_HEAD], f"[... {gone} lines left out ...]", *lines[-TRACE_TAIL:]]
    text = "\n".join(line for line in lines if line.strip()) or lines[0]
    if len(text) <= MOST_CHARACTERS:
        return text
    keep = MOST_CHARACTERS // 2
    return f"{text[:keep]}[... {len(text) - 2 * keep} characters left out ...]{text[-keep:]}"


def _unique(candidates: Iterable[_Candidate]) -> Iterable[_Candidate]:
    """The best candidate of each place and of each template; the counts of one template's signals add up."""
    best: dict[str, _Candidate] = {}
    places: set[tuple[str, int]] = set()
    for candidate in sorted(candidates, key=lambda c: (c.signal is None, -c.score)):
        line = candidate.event.line
        if (line.source, line.offset) in places or not candidate.text.strip():
            continue
        shape = pattern_of(candidate.message) + "\0latest" * candidate.latest
        twin = best.get(shape)
        if twin is None:
            best[shape] = candidate
            places.add((line.source, line.offset))
        elif candidate.signal is not None:
            best[shape] = replace(twin, count=twin.count + candidate.count)
    return best.values()


def _evidence(ref: str, candidate: _Candidate, signals: Sequence[Signal]) -> Evidence:
    event = candidate.event
    return Evidence(
        ref=ref,
        kind="log",
        source=event.line.source,
        line=event.line.number,
        # A neighbour was not parsed: it has no time of its own.
        time=event.time if candidate.signal is not None or candidate.latest else None,
        text=candidate.text,
        score=round(min(candidate.score, 1.0), 3),
        message=candidate.message,
        count=candidate.count,
        severity=event.severity,
        host=mask(event.host),
        unit=mask(event.unit),
        signal=candidate.signal,
        template="" if candidate.signal is None else signals[candidate.signal].template,
    )


def _roots(incident: Incident, evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Refs that may be the root, the detector's choice first, then the other signals by strength."""
    refs = {e.signal: e.ref for e in evidence if e.signal is not None}
    order = sorted(refs, key=lambda i: (i != incident.root, -incident.signals[i].score, i))
    return tuple(refs[i] for i in order[:MOST_ROOTS])
