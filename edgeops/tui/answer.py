"""An explanation as lines of a sheet: the conclusion first, every cited line, each step with its exact argv and risk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgeops.assistant.steps import command_of
from edgeops.mask import mask
from edgeops.records import Action, Evidence, Explanation, Risk, Tier, Unproved
from edgeops.text import show_lines, wrap
from edgeops.tui.paint import OF_SEVERITY, Line, paragraph
from edgeops.tui.phrases import Phrases

_RISKS = {Risk.READ: "ok", Risk.MODIFY: "warning", Risk.DANGEROUS: "fatal"}
TIERS = {Tier.KNOWN: "ok", Tier.REASONED: "accent", Tier.INSUFFICIENT: "warning"}


@dataclass(frozen=True, slots=True)
class Cited:
    """A line of evidence leads to its place."""

    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes for one width, in one language."""

    say: Phrases
    columns: int
    ascii_only: bool = False

    def answer(self, answer: Explanation) -> Iterator[Line]:
        """The explanation without its evidence."""
        if answer.tier is Tier.INSUFFICIENT:
            yield from self._text(self.say("abstain", reason=self.say.told(answer.reason)), "title")
        if answer.summary:
            yield from self._text(answer.summary, "title")
        yield from self._tier(answer)
        for note in answer.notes:
            yield from self._text(self.say.told(note), "warning")
        yield from self._section("why", [answer.cause] if answer.cause else [])
        yield from self._actions("checks", answer.checks)
        yield from self._actions("fixes", answer.fixes)
        yield from self._section("confirm", [answer.confirm] if answer.confirm else [])
        yield from self._section("collect", [f"- {one}" for one in answer.collect])
        yield from self._section("unproved", self._unproved(answer.unproved), "warning")
        if answer.dropped_lines:
            yield Line()
            yield from self._text(
                self.say("left_out", lines=answer.dropped_lines, kinds=answer.dropped_templates), "dim"
            )

    def _unproved(self, unproved: Sequence[Unproved]) -> list[str]:
        return [f"- {one.token} ({self.say.told(one.reason)})" for one in unproved]

    def _tier(self, answer: Explanation) -> Iterator[Line]:
        tier = answer.tier.value
        certain = f"; {self.say('certain', value=answer.certainty)}" if answer.certainty else ""
        words = self.say(f"{tier}_is", model=answer.model)
        yield from self._text(f"[{self.say(tier)}] {words}{certain}", TIERS[answer.tier])

    def evidence(self, answer: Explanation) -> Iterator[Line]:
        """The cited lines, the root marked; each leads to its place."""
        logs = [one for one in answer.evidence if one.kind == "log"]
        yield Line((("head", self.say("lines")),))
        for one in logs:
            yield from self.line(one, one.ref == answer.root)
        for one in (one for one in answer.evidence if one.kind != "log"):
            yield from self._text(f"{one.ref} {one.text}", "dim")

    def line(self, one: Evidence, is_root: bool) -> Iterator[Line]:
        """One line of evidence in full, below its ref and place."""
        again = f" ({self.say('times', count=one.count)})" if one.count > 1 else ""
        mark = ("> " if self.ascii_only else "▶ ") if is_root else "  "
        name = one.source.rpartition("/")[2]
        target = Cited(one.source, one.line)
        yield Line(
            (("mark", mark), ("ref", one.ref), ("dim", f" {name}:{one.line}{again}")), target, copy=mask(one.text)
        )
        for text in show_lines(mask(one.text), ascii_only=self.ascii_only).split("\n"):
            for piece in wrap(f"    {text}", self.columns, indent="      "):
                yield Line(((OF_SEVERITY[one.severity] if one.signal is not None else "dim", piece),))

    def _actions(self, title: str, actions: tuple[Action, ...]) -> Iterator[Line]:
        if not actions:
            return
        yield Line()
        yield Line((("head", self.say(title)),))
        for number, action in enumerate(actions, 1):
            how = self.say(f"{action.risk.value}_risk") if action.argv else self.say("hand")
            if action.missing:
                how += f"; {self.say('missing', names=', '.join(action.missing))}"
            yield from paragraph(
                f"{number}. {action.text} ({how})", self.columns, indent="   ", ascii_only=self.ascii_only
            )
            if action.argv:
                yield from self._command(action)

    def _command(self, action: Action) -> Iterator[Line]:
        """The exact argv: whole, over several rows if need be; `y` copies it in one piece."""
        command = command_of(action)
        rows = wrap(f"   $ {command}", self.columns, indent="     ")
        for at, row in enumerate(rows):
            yield Line(((_RISKS[action.risk], row),), copy=command if at == 0 else "")

    def _section(self, title: str, paragraphs: list[str], ink: str = "text") -> Iterator[Line]:
        if paragraphs:
            yield Line()
            yield Line((("head", self.say(title)),))
            for text in paragraphs:
                yield from self._text(text, ink)

    def _text(self, text: str, ink: str = "text") -> Iterator[Line]:
        yield from paragraph(text, self.columns, ink, ascii_only=self.ascii_only)
