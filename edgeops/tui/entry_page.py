"""An entry as lines: what it says, its steps as exact argv, how it fared, how it read before; and a list of entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from edgeops.knowledge.entry import Entry, Kind, Remark, Tally, Version, provenance
from edgeops.mask import mask
from edgeops.text import show, wrap
from edgeops.tui.answer import Writer
from edgeops.tui.paint import Line, Span, padded, paragraph
from edgeops.tui.phrases import Phrases
from edgeops.tui.shelves import Finding, Hit, Reading, compared

_KIND_INKS = {Kind.FAULT: "dim", Kind.INCIDENT: "ok", Kind.NOTE: "notice", Kind.RUNBOOK: "accent"}
_REMARKS = {"worked": "ok", "useful": "ok", "failed": "error", "wrong": "error"}
_CHANGES = {"+": "ok", "-": "error", " ": "text"}
_STEPS = ("## Checks", "## Fixes", "## 检查", "## 修复")
_PACK = "edgeops"
_BOTH = " · "
_WIDE, _KIND, _FARED, _TRUST = 60, 8, 7, 5


@dataclass(frozen=True, slots=True)
class Revision:
    """Leads to how an entry read before."""

    number: int


@dataclass(frozen=True, slots=True)
class EntryWriter(Writer):
    """Writes entries."""

    zone: tzinfo | None = None

    # ------------------------------------------------------------ a list

    def finding(self, found: Finding) -> Iterator[Line]:
        """A list of entries; each leads to its own."""
        say = self.say
        if not found.hits:
            yield Line()
            yield from self._text(say("kb_none", words=found.words) if found.words else say("kb_empty"), "dim")
            return
        count = len(found.hits)
        head = say("kb_found", count=count, words=found.words, ms=f"{found.took_ms:.0f}") if found.words else ""
        spans: list[Span] = [("head", f" {head or say('kb_latest', count=count)}")]
        if found.by_words:
            spans.append(("dim", f"  {say('kb_by_words')}"))
        yield Line(tuple(spans))
        if self.columns > _WIDE:
            named = ((say("kb_kind"), _KIND), (say("kb_tried"), _FARED), (say("kb_trust"), _TRUST))
            yield Line((("dim", " " + " ".join(padded(name, columns) for name, columns in named)),))
        for hit in found.hits:
            yield from self._hit(hit)

    def _hit(self, hit: Hit) -> Iterator[Line]:
        say, wide = self.say, self.columns > _WIDE
        kind = padded(say(f"{hit.kind.value}_kind"), _KIND, self.ascii_only)
        spans: list[Span] = [(_KIND_INKS[hit.kind], f" {kind} ")]
        if wide:
            tried = hit.outcomes.worked + hit.outcomes.failed
            spans.append(
                (fared_ink(hit.outcomes), padded(f"{hit.outcomes.worked}/{tried}" if tried else "", _FARED) + " ")
            )
            spans.append(("dim", f"{hit.trust:.2f}".ljust(_TRUST) + " "))
        spans.append(("text", self._titled(hit.kind, hit.title)))
        yield Line(tuple(spans), hit.id, copy=hit.title)
        if hit.snippet and wide:
            yield Line((("dim", f"{' ' * (_KIND + 2)}{mask(hit.snippet)}"),))

    def _titled(self, kind: Kind, title: str) -> str:
        """A title; of a fault of the pack, whose titles are in two languages, the one in this."""
        titles = title.split(_BOTH) if kind is Kind.FAULT else [title]
        return mask(titles[self.say.lang == "zh"] if len(titles) == 2 else title)

    # ------------------------------------------------------------ one entry

    def entry(self, read: Reading) -> Iterator[Line]:
        """The entry as it reads now, with all that belongs to it."""
        entry, say = read.entry, self.say
        yield from self._text(self._titled(entry.kind, entry.title), "title")
        yield from self._about(entry)
        if read.disputed:
            yield from self._text(say("disputed", count=read.disputed), "warning")
        yield Line()
        yield from self.body(said(read, say.lang).split("\n"))
        yield from self._actions("checks", read.checks)
        yield from self._actions("fixes", read.fixes)
        yield from self._remarks(read.remarks)
        yield from self._history(read.versions)

    def _about(self, entry: Entry) -> Iterator[Line]:
        say = self.say
        words = [
            say(f"{entry.kind.value}_kind"),
            say("trust", value=f"{entry.trust:g}"),
            say("version_of", number=entry.revision, time=self._time(entry.updated)),
        ]
        if origin := provenance(entry.kind, entry.origin):
            words.append(say("came_from", origin=origin))
        yield from self._text(f"{entry.id}  {', '.join(words)}", "dim")
        yield from self._text(", ".join(fared(say, entry.outcomes)), fared_ink(entry.outcomes))
        if entry.retired:
            yield from self._text(say("retired", time=self._time(entry.retired)), "warning")

    def body(self, lines: Sequence[str]) -> Iterator[Line]:
        """The text; each line of it can be copied in one piece."""
        for line in lines:
            heading = line.startswith("#")
            text = line.lstrip("# ") if heading else line
            yield from self._row(text, "head" if heading else "text")

    def _row(self, text: str, ink: str, mark: str = "") -> Iterator[Line]:
        rows = wrap(mark + show(mask(text), ascii_only=self.ascii_only), self.columns, indent="  ") or [""]
        for at, row in enumerate(rows):
            yield Line(((ink, row),), copy=text.strip() if at == 0 else "")

    def _remarks(self, remarks: Sequence[Remark]) -> Iterator[Line]:
        yield Line()
        yield Line((("head", self.say("outcomes")),))
        if not remarks:
            yield from self._text(self.say("no_outcomes"), "dim")
        for one in remarks:
            words = "  ".join(filter(None, (self._time(one.time), one.kind, one.author, mask(one.note))))
            yield from paragraph(
                f" {words}", self.columns, _REMARKS.get(one.kind, "text"), indent="   ", ascii_only=self.ascii_only
            )

    def _history(self, versions: Sequence[Version]) -> Iterator[Line]:
        if len(versions) < 2:
            return
        yield Line()
        yield Line((("head", self.say("history")),))
        for place, one in enumerate(reversed(versions)):
            number = len(versions) - place
            spans = (("ref", f" v{number}"), ("dim", f"  {self._time(one.updated)}  {one.author}  "))
            yield Line((*spans, ("text", mask(one.title))), Revision(number), copy=one.title)

    # ------------------------------------------------------------ one version

    def version(self, versions: Sequence[Version], number: int) -> Iterator[Line]:
        """How an entry read, with what was new in it and what was gone."""
        shown = versions[number - 1]
        yield from self._text(self.say("version_shown", number=number, all=len(versions)), "warning")
        yield from self._text(f"{self._time(shown.updated)}  {shown.author}", "dim")
        after = [shown.title, "", *shown.body.split("\n")]
        before = [versions[number - 2].title, "", *versions[number - 2].body.split("\n")] if number > 1 else after
        changes = compared(before, after)
        if changes is None:
            yield from self._text(self.say("too_long_to_compare"), "warning")
            changes = [(" ", line) for line in after]
        yield Line()
        for mark, line in changes:
            yield from self._row(line, _CHANGES[mark], f"{mark} ")

    def _time(self, time: datetime) -> str:
        return f"{time.astimezone(self.zone):%Y-%m-%d %H:%M}"


def said(read: Reading, lang: str) -> str:
    """What an entry says. Of a fault of the pack that nobody edited: in one language, without the steps, which stand below it as argv."""
    entry = read.entry
    if not read.checks or entry.origin.author != _PACK:
        return entry.body
    halves = entry.body.split("\n\n# ", 1)
    half = f"# {halves[1]}" if lang == "zh" and len(halves) > 1 else halves[0]
    parts = half.partition("\n")[2].split("\n\n")
    return "\n\n".join(part for part in parts if not part.startswith(_STEPS))


def fared(say: Phrases, tally: Tally) -> list[str]:
    """How an entry's advice fared, in words."""
    tried = tally.worked + tally.failed
    words = [say("fared", worked=tally.worked, tried=tried) if tried else say("untried")]
    words += [say("useful", count=tally.useful)] if tally.useful else []
    words += [say("wrong", count=tally.wrong)] if tally.wrong else []
    return words


def fared_ink(tally: Tally) -> str:
    """Green for what worked more often than not, red for what failed more often."""
    return "ok" if tally.worked > tally.failed else "error" if tally.failed > tally.worked else "dim"
