"""The page of questions as lines: the conversation that is open, or those before; and what stands above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from edgeops.knowledge.talks import Heading
from edgeops.mask import mask
from edgeops.records import Answer
from edgeops.tui.answer import Cited
from edgeops.tui.paint import OF_SEVERITY, Line, Span, paragraph
from edgeops.tui.talking import Conversation
from edgeops.tui.turns import Cite, TurnWriter

_WIDE = 60
_MOST_AT_HAND = 8


@dataclass(frozen=True, slots=True)
class Earlier:
    """Leads to a conversation that was kept; without a name to a question, or back to the conversation that is open."""

    name: str = ""
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Coming:
    """An answer that is being worked out: what was asked, how far it is, and what the model wrote so far."""

    said: str
    state: str
    written: str = ""


@dataclass(slots=True)
class TalkPage:
    """Writes for one width and language; what was written of a turn is kept."""

    writer: TurnWriter
    zone: tzinfo
    _turns: dict[int, tuple[Answer, list[Line]]] = field(default_factory=dict)

    def turns(self, conversation: Conversation, coming: Coming | None) -> Iterator[Line]:
        """The conversation, with the answer that is coming."""
        left = conversation.left
        for number, answer in enumerate(conversation.talk.answers):
            if self._turns.get(number, (None,))[0] is not answer:
                unseen = left[number] if number < len(left) else 0
                self._turns[number] = answer, list(self.writer.turn(number, answer, unseen))
            yield from self._turns[number][1]
        if coming:
            yield from self.writer.question(coming.said)
            if coming.written:
                yield from self._text(coming.written, "text")
            yield from self._text(coming.state, "accent")

    def earlier(self, found: Sequence[Heading], words: str, open_now: Conversation) -> Iterator[Line]:
        """How one asks, what the conversation that is open is about, and those before."""
        say = self.writer.say
        yield Line()
        yield from self._text(say("how_to_ask"), "dim")
        yield Line()
        yield Line((("key", " a  "), ("text", say("ask_now"))), Earlier(ask=True))
        if open_now.talk.answers:
            yield Line((("key", " q  "), ("text", say("go_on"))), Earlier())
        elif open_now.about:
            yield from self._at_hand(open_now)
        yield Line()
        if found:
            yield Line((("head", say("earlier")),))
            yield from map(self._heading, found)
        else:
            yield from self._text(say("no_such_talks", words=words) if words else say("no_talks"), "dim")

    def _at_hand(self, conversation: Conversation) -> Iterator[Line]:
        """The first of the lines that it is about."""
        signals = [signal for incident in conversation.hand.incidents for signal in incident.signals]
        for row, event in enumerate(signal.event for signal in signals[:_MOST_AT_HAND]):
            name = event.line.source.rpartition("/")[2]
            message = mask(event.message).split("\n")[0]
            spans: tuple[Span, ...] = (
                ("dim", f"    {name}:{event.line.number}  "),
                (OF_SEVERITY[event.severity], message),
            )
            yield Line(spans, Cite(Cited(event.line.source, event.line.number), 0, row), message)

    def _heading(self, one: Heading) -> Line:
        say, said = self.writer.say, mask(one.said)
        spans: list[Span] = [("dim", f" {one.seen.astimezone(self.zone):%m-%d %H:%M}  ")]
        if self.writer.columns > _WIDE:
            spans.append(("dim", f"{say('turns', count=one.turns):>8}  "))
        if one.settled:
            spans.append(("ok", f"[{one.settled}] "))
        return Line((*spans, ("text", said)), Earlier(one.id), copy=said)

    def _text(self, text: str, ink: str) -> Iterator[Line]:
        yield from paragraph(text, self.writer.columns, ink, ascii_only=self.writer.ascii_only)
