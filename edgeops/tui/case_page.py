"""What stands below an answer: which lines carried it, what helped before, what was done, what people noted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING

from edgeops.assistant.lessons import done_in
from edgeops.knowledge.entry import Entry, Remark, Result
from edgeops.mask import mask
from edgeops.records import Explanation
from edgeops.text import width
from edgeops.tui.answer import Cited
from edgeops.tui.cases import when
from edgeops.tui.paint import Line, paragraph
from edgeops.tui.phrases import Phrases

if TYPE_CHECKING:
    from edgeops.assistant.annals import Annals
    from edgeops.assistant.why import Carried

_RESULTS = {
    Result.WORKED: ("was_worked", "ok"),
    Result.FAILED: ("was_failed", "error"),
    Result.UNKNOWN: ("was_unknown", "dim"),
}
_BAR = 10


@dataclass(frozen=True, slots=True)
class Known:
    """Leads to an entry of what is known."""

    entry: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """Writes for one width, in one language."""

    say: Phrases
    columns: int
    zone: tzinfo
    ascii_only: bool = False

    def carried(self, answer: Explanation, found: Sequence[Carried]) -> Iterator[Line]:
        """Which lines carried the answer, a bar for how much less likely it is without one."""
        yield from self._head("carried")
        if not found:
            yield from self._text(self.say("carried_none"), "dim")
        lines = {one.ref: one for one in answer.evidence}
        for one in found:
            line = lines.get(one.ref)
            fall = max(one.root or 0.0, one.fault or 0.0)
            bar = ("#" if self.ascii_only else "█") * max(round(fall * _BAR), 0)
            how = f"{bar:<{_BAR}} {fall:4.0%}"
            if one.rule:
                how = self.say("states_fault", fault=one.rule)
            elif one.root is None and one.fault is None:
                how = self.say("states_past")
            text = mask(line.message.split("\n")[0]) if line else ""
            target = Cited(line.source, line.line) if line else None
            yield Line((("ref", f"  {one.ref}"), ("bar", f" {how} "), ("text", text)), target, copy=text)

    def annals(self, known: Annals) -> Iterator[Line]:
        """What the store has beside the answer."""
        if known.past:
            yield from self._head("past")
            for entry in known.past:
                yield from self._entry(entry)
        if known.deeds:
            yield from self._head("done")
            for deed in known.deeds:
                yield from self._text(f"- {done_in(deed.entry)}", "text")
                for one in deed.outcomes:
                    word, ink = _RESULTS[Result(one.kind)]
                    yield from self._remark(one, self.say(word), ink)
        if known.notes:
            yield from self._head("case_notes")
            for one in known.notes:
                yield from self._remark(one, "", "accent")

    def _entry(self, entry: Entry) -> Iterator[Line]:
        tally = entry.outcomes
        tried = tally.worked + tally.failed
        fared = self.say("helped", worked=tally.worked, all=tried) if tried else self.say("not_tried")
        ink = "ok" if tally.worked > tally.failed else "warning" if tally.failed else "dim"
        text = mask(done_in(entry)).split("\n")[0]
        yield Line((("ref", f"  {mask(entry.title)}"),), Known(entry.id), copy=text)
        first, *more = paragraph(text, max(self.columns - width(fared) - 6, 16), ascii_only=self.ascii_only)
        yield Line((("text", "    "), (ink, f"{fared}  "), *first.spans))
        for line in more:
            yield Line((("text", " " * (width(fared) + 6)), *line.spans))

    def _remark(self, one: Remark, word: str, ink: str) -> Iterator[Line]:
        said = "  ".join(filter(None, [when(one.time, self.zone), one.author, word, mask(one.note)]))
        yield from self._text(f"    {said}", ink)

    def _head(self, name: str) -> Iterator[Line]:
        yield Line()
        yield Line((("head", self.say(name)),))

    def _text(self, text: str, ink: str) -> Iterator[Line]:
        yield from paragraph(text, self.columns, ink, indent="      ", ascii_only=self.ascii_only)
