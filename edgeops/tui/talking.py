"""A conversation as the app holds it, and what its thread does: answer, keep, find again. Everything here may take time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from edgeops.knowledge.documents.document import language
from edgeops.knowledge.talks import Hand
from edgeops.records import Answer, Incident, Reply, Talk

if TYPE_CHECKING:
    from edgeops.knowledge.entry import Entry, Origin
    from edgeops.session import Session

_TOO_SHORT = 2
"""A reply of so few characters, as `ok`, is in no language of its own."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """about says in a few words what it is about; kept counts the turns that the store has.

    left holds for each turn how many lines at hand its answer did not see, as far as that is known.
    """

    talk: Talk = field(default_factory=lambda: Talk(""))
    hand: Hand = field(default_factory=Hand)
    about: str = ""
    kept: int = 0
    left: tuple[int, ...] = ()

    @property
    def spoken(self) -> str:
        """The language of the last answer."""
        return self.talk.answers[-1].lang if self.talk.answers else ""

    def lang(self, said: str) -> str:
        """The language to answer this in: its own, unless it is too short to have one."""
        return self.spoken if self.spoken and len(said) <= _TOO_SHORT else language(said)


@dataclass(frozen=True, slots=True)
class Asked:
    """Something said in a conversation. heard may raise KeyboardInterrupt to stop the model; stopped is the note that says so."""

    said: str
    model: bool
    heard: Callable[[Reply], None]
    stopped: Callable[[str], str]


def answered(session: Session, so_far: Conversation, asked: Asked, by: Callable[[], Origin]) -> Conversation:
    """The conversation with the answer, kept. Whoever stops the model gets what is known without it. Raises EdgeopsError."""
    lang, incidents = so_far.lang(asked.said), so_far.hand.incidents
    try:
        talk = session.ask(asked.said, so_far.talk, incidents, lang, asked.model, asked.heard)
    except KeyboardInterrupt:
        talk = session.ask(asked.said, so_far.talk, incidents, lang, model=False)
        last = replace(talk.answers[-1], notes=(*talk.answers[-1].notes, asked.stopped(lang)))
        talk = replace(talk, answers=(*talk.answers[:-1], last))
    _keep(session, so_far, talk, by())
    unseen = (0,) * (len(so_far.talk.answers) - len(so_far.left))
    return replace(
        so_far,
        talk=talk,
        kept=len(talk.answers),
        left=(*so_far.left, *unseen, left_out(talk.answers[-1], incidents)),
    )


def _keep(session: Session, so_far: Conversation, talk: Talk, by: Origin) -> None:
    """The new turn, and before it the one that the conversation was opened with."""
    hand = so_far.hand if not so_far.kept else None
    before = replace(so_far.talk, id=talk.id)
    if before.answers and hand is not None:
        session.keep_talk(Talk(talk.id), before, by, hand)
        hand = None
    session.keep_talk(before, talk, by, hand)


def left_out(answer: Answer, incidents: Sequence[Incident]) -> int:
    """How many lines of the incidents at hand the answer was made without."""
    lines = sum(signal.count for incident in incidents for signal in incident.signals)
    seen = sum(one.count for one in answer.evidence if one.signal is not None)
    return max(lines - seen, 0)


def concluded(session: Session, so_far: Conversation, did: str, by: Callable[[], Origin]) -> Entry:
    """What mended it becomes an entry, by which the next one is answered. Raises EdgeopsError."""
    return session.conclude(so_far.talk, so_far.hand, did, by(), so_far.spoken)


def taken_up(session: Session, name: str) -> Conversation:
    """A conversation that was kept, to go on with. Raises StoreError."""
    recalled = session.recall(name)
    return Conversation(recalled.talk, recalled.hand, ", ".join(recalled.hand.logs), len(recalled.talk.answers))
