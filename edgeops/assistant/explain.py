"""From incidents to answers: which tier answers, and what happens when the model cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from edgeops.assistant.abstain import NO_FAULT, abstain
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.evidence import select
from edgeops.assistant.known import explain_known, stated
from edgeops.assistant.lessons import doubt, explain_past, weighed, with_past
from edgeops.assistant.reasoned import Desk, Heard, Mind, explain_reasoned
from edgeops.errors import EngineError
from edgeops.knowledge.entry import Entry, Tally
from edgeops.records import Explanation, Incident, Reply, Sampling, Selection

_MODEL_FAILED = {"en": "The model did not answer: {error}", "zh": "模型未能回答：{error}"}

_STOPPED = {
    "en": "You stopped the model; this is what is known without it.",
    "zh": "您中断了模型；以下是不用模型即可得知的内容。",
}


def _silent(_: Reply) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Counsel:
    """How to answer. tier is `auto`, `known` or `reasoned`; mind is called only when a model is needed.

    past gives the entries of the store that explain a template, fared how the answers that a fault gave were taken.

    auto: a line that states a known fault is answered at once; the model is asked about everything else.
    """

    book: Casebook
    lang: str = "en"
    tier: str = "auto"
    budget: int = 6_000
    mind: Callable[[], Mind] | None = None
    heard: Heard = _silent
    sampling: Sampling = field(default_factory=Sampling)
    past: Callable[[str], Sequence[Entry]] = lambda template: ()
    fared: Callable[[str], Tally] = lambda fault: Tally()


def explain_each(incidents: Iterable[Incident], counsel: Counsel) -> Iterator[Explanation]:
    """The answers in order. Whoever stops the model at one incident is not made to wait for it at the next."""
    for incident in incidents:
        answer = explain(incident, counsel)
        if _STOPPED[counsel.lang] in answer.notes:
            counsel = replace(counsel, mind=None)
        yield answer


def explain(incident: Incident, counsel: Counsel) -> Explanation:
    """The answer to one incident. Never raises EngineError: a model that fails costs its tier and leaves a note."""
    incident = weighed(incident, counsel.fared)
    selection = select(incident, counsel.budget)
    past = counsel.past(incident.signals[incident.root].template)
    if past and counsel.tier != "reasoned" and not stated(incident):
        again = explain_past(incident, selection, past, counsel.lang)
        if again:
            return again
    answer = with_past(_explained(incident, selection, counsel), past)
    doubted = doubt(answer.fault, counsel.fared(answer.fault), counsel.lang)
    return replace(answer, notes=(*answer.notes, doubted)) if doubted else answer


def _explained(incident: Incident, selection: Selection, counsel: Counsel) -> Explanation:
    if counsel.mind is None or counsel.tier == "known" or (counsel.tier == "auto" and stated(incident)):
        return _without_model(incident, selection, counsel)
    try:
        desk = Desk(counsel.book, counsel.mind(), counsel.heard, counsel.sampling, counsel.lang)
        return explain_reasoned(incident, selection, desk)
    except EngineError as error:
        note = _MODEL_FAILED[counsel.lang].format(error=error)
    except KeyboardInterrupt:  # whoever stops a slow model still wants what is known without it
        note = _STOPPED[counsel.lang]
    answer = _without_model(incident, selection, counsel)
    return replace(answer, notes=(*answer.notes, note))


def _without_model(incident: Incident, selection: Selection, counsel: Counsel) -> Explanation:
    known = explain_known(incident, selection, counsel.book.faults, counsel.book.steps, counsel.lang)
    return known or abstain(incident, selection, counsel.lang, NO_FAULT[counsel.lang])
