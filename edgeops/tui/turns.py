"""A conversation as lines of a sheet: each sentence with what bears it out right below it, and each of those leads to its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from edgeops.mask import mask
from edgeops.records import Answer, Knowledge, Sentence
from edgeops.text import show, width, wrap
from edgeops.tui.answer import TIERS, Cited, Writer
from edgeops.tui.paint import OF_SEVERITY, Line, Link, Span, cut, paragraph

_ASKED = "> "
_REF = re.compile(r"\[([LKH]\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Known:
    """A passage leads to its entry."""

    entry: str


@dataclass(frozen=True, slots=True)
class Cite:
    """Where a citation leads; turn and row tell it from others that lead there too."""

    place: Cited | Known
    turn: int
    row: int


@dataclass(frozen=True, slots=True)
class TurnWriter(Writer):
    """Writes the turns of a conversation."""

    def turn(self, number: int, answer: Answer, left: int = 0) -> Iterator[Line]:
        """The question and what it got, conclusion first. left counts the lines at hand that the answer did not see."""
        yield from self.question(answer.question)
        if answer.reason:
            yield from self._text(self.say("cannot", reason=answer.reason), "title")
        yield from self._sentences(number, answer)
        words = self.say(f"{answer.tier.value}_is", model=answer.model)
        yield from self._text(f"[{self.say(answer.tier.value)}] {words}", TIERS[answer.tier])
        for note in answer.notes:
            yield from self._text(self.say.told(note), "warning")
        yield from self._section("unproved", self._unproved(answer.unproved), "warning")
        yield from self._actions("next_checks", answer.checks)
        yield from self._actions("fixes", answer.fixes)
        # A reply that only notes what was said rests on nothing new.
        if answer.cites or answer.reason:
            yield from self._lines(number, answer)
            yield from self._uncited(number, answer)
            if left:
                yield Line()
                yield from self._text(self.say("unseen", lines=f"{left:,}"), "dim")

    def question(self, text: str) -> Iterator[Line]:
        """What was asked."""
        yield Line()
        rows = paragraph(f"{_ASKED}{mask(text)}", self.columns, "key", indent="  ", ascii_only=self.ascii_only)
        first, *more = rows
        yield replace(first, copy=mask(text))
        yield from more

    def _sentences(self, number: int, answer: Answer) -> Iterator[Line]:
        places = self._places(answer)
        shown: set[str] = set()
        row = 0
        for at, sentence in enumerate(answer.sentences):
            yield from self._sentence(number, row, sentence, places, "title" if at == 0 else "text")
            if answer.model and not sentence.refs:
                yield from paragraph(f"({self.say('general')})", self.columns, "warning", ascii_only=self.ascii_only)
            row += 1
            for ref in sentence.refs:
                if ref in places and ref not in shown:
                    yield self._ground(Cite(places[ref], number, row), ref, answer)
                    shown.add(ref)
                    row += 1

    def _sentence(
        self, number: int, row: int, sentence: Sentence, places: dict[str, Cited | Known], ink: str
    ) -> Iterator[Line]:
        """A sentence whose refs can be clicked; Enter follows the first."""
        first = next((Cite(places[ref], number, row) for ref in sentence.refs if ref in places), None)
        for at, text in enumerate(wrap(show(sentence.text, ascii_only=self.ascii_only), self.columns)):
            spans, links = _linked(text, places, number, row, ink)
            yield Line(spans, first if at == 0 else None, sentence.text if at == 0 else "", links)

    def _places(self, answer: Answer) -> dict[str, Cited | Known]:
        found: dict[str, Cited | Known] = {one.ref: Cited(one.source, one.line) for one in answer.evidence}
        return {**found, **{f"K{n}": Known(one.id) for n, one in enumerate(answer.knowledge, 1)}}

    def _ground(self, cite: Cite, ref: str, answer: Answer) -> Line:
        """What bears a sentence out, on one row: where the line stands and its beginning, or the passage's title."""
        if isinstance(cite.place, Known):
            return self._passage(cite, ref, answer.knowledge[int(ref[1:]) - 1])
        one = next(one for one in answer.evidence if one.ref == ref)
        head, *_ = self.line(one, is_root=False)
        message = mask(one.message or one.text).partition("\n")[0]
        return self._row((*head.spans, (OF_SEVERITY[one.severity], f"  {message}")), cite, mask(one.text))

    def _passage(self, cite: Cite, ref: str, one: Knowledge) -> Line:
        source = ", ".join(filter(None, (one.id, one.source)))
        return self._row(
            (("text", "  "), ("ref", ref), ("text", f" {one.title}"), ("dim", f" ({source})")), cite, one.title
        )

    def _row(self, spans: tuple[Span, ...], cite: Cite, copy: str) -> Line:
        """One row, what there is no room for cut off."""
        room, kept = self.columns, list[Span]()
        for ink, text in spans:
            kept.append((ink, cut(show(text, ascii_only=self.ascii_only), room, self.ascii_only)))
            room -= width(kept[-1][1])
        return Line(tuple(kept), cite, copy)

    def _lines(self, number: int, answer: Answer) -> Iterator[Line]:
        """The cited lines in full."""
        cited = set(answer.cites)
        lines = [one for one in answer.evidence if one.ref in cited]
        if lines:
            yield Line()
            yield Line((("head", self.say("lines")),))
        for row, one in enumerate(lines, 1_000):
            head, *text = self.line(one, is_root=False)
            yield replace(head, target=Cite(Cited(one.source, one.line), number, row))
            yield from text

    def _uncited(self, number: int, answer: Answer) -> Iterator[Line]:
        """What was looked at, too: nothing that was at hand is hidden."""
        cited, places = set(answer.cites), self._places(answer)
        refs = [ref for ref in places if ref not in cited]
        if not refs:
            return
        yield Line()
        yield Line((("head", self.say("also_read")),))
        for row, ref in enumerate(refs, 2_000):
            yield self._ground(Cite(places[ref], number, row), ref, answer)


def is_question(line: Line) -> bool:
    """Whether a turn begins there."""
    return bool(line.spans) and line.spans[0][0] == "key" and line.spans[0][1].startswith(_ASKED)


def _linked(
    text: str, places: dict[str, Cited | Known], turn: int, row: int, ink: str
) -> tuple[tuple[Span, ...], tuple[Link, ...]]:
    """A row of a sentence with its refs marked, and which columns lead where."""
    spans: list[Span] = []
    links: list[Link] = []
    at = 0
    for found in _REF.finditer(text):
        if found[1] not in places:
            continue
        spans += [(ink, text[at : found.start()]), ("ref", found[0])]
        begin = width(text[: found.start()])
        links.append((begin, begin + width(found[0]), Cite(places[found[1]], turn, row)))
        at = found.end()
    spans.append((ink, text[at:]))
    return tuple(span for span in spans if span[1]), tuple(links)
