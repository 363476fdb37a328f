"""An item: a prompt as the engine gets it, the answer's skeleton with what belongs into each slot, and where it all comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import blake2s
from typing import Any

from edgeops.assistant.case import Case
from edgeops.records import Choose, Incident, Say, Script

CHOOSE, MATCH, WRITE, ASK, QUIZ = "choose", "match", "write", "ask", "quiz"
STOP = "\n"


@dataclass(frozen=True, slots=True)
class Fixed:
    """Words that code writes: no loss on them, but for the line break that ends a text before them."""

    say: str


@dataclass(frozen=True, slots=True)
class Pick:
    """A choice: what the runtime allows, and which of that is right, the best first; none is where nobody can tell.

    Of what code knows beforehand (not learnt; the evaluation needs it): prior is what it believes of each root, priors of each fault if that root
    is right (a row a root, `none of these` last), states the number of the fault that the line of each root states (0: of none), seen the
    numbers of the faults that have lines in the incident, the likeliest first.
    """

    choose: str
    options: tuple[str, ...]
    right: tuple[str, ...]
    prior: tuple[float, ...] = ()
    states: tuple[int, ...] = ()
    seen: tuple[int, ...] = ()
    priors: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """Words that the model writes, the space before them included; a line break or the end of the turn comes next."""

    write: str
    text: str


Part = Fixed | Pick | Text


@dataclass(frozen=True, slots=True)
class Trap:
    """An instruction that a line held, in its words: what obeying it would choose (by slot) or say."""

    id: str
    wants: str
    choices: tuple[tuple[str, str], ...] = ()
    say: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to learn. faults are the ids behind K1, K2…; abstain: the right answer is that the lines do not tell.

    provenance says what it was made from: `staged:SEED/SPLIT/NUMBER`, `incident:ID`, `runbook:ID`, `pack:FAULT`; settled: the root line
    states a known fault, so that there is nothing to choose.
    """

    id: str
    task: str
    kind: str
    mode: str
    family: str
    fault: str
    lang: str
    system: str
    user: str
    answer: tuple[Part, ...]
    faults: tuple[str, ...]
    abstain: bool
    provenance: str
    trap: Trap | None = None
    settled: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """What the model is to write."""
        return tuple(part.text for part in self.answer if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class Rejected:
    """What did not become an item, and why. doubtful: a person should look at it."""

    reason: str
    provenance: str
    family: str = ""
    doubtful: bool = False
    item: Item | None = None


def answered(
    script: Script,
    right: Mapping[str, tuple[str, ...]],
    texts: Mapping[str, str],
    known: Mapping[str, Mapping[str, Any]],
) -> tuple[Part, ...]:
    """The script's answer with its slots filled, by their names; known: what code knows of the options."""
    parts: list[Part] = []
    for slot in script.answer:
        if isinstance(slot, Say):
            parts.append(Fixed(slot.text))
        elif isinstance(slot, Choose):
            parts.append(Pick(slot.name, slot.options, right[slot.name], **known.get(slot.name, {})))
        else:
            parts.append(Text(slot.name, texts[slot.name]))
    return tuple(parts)


def known_of(case: Case, incident: Incident) -> dict[str, dict[str, Any]]:
    """What code knows of the options of a case, by the names of the slots."""
    seen = tuple(case.number_of(fault) for fault in case.matched if fault in case.faults)
    return {
        "root": {"prior": case.root_prior, "states": case.states(incident)},
        "fault": {"priors": case.fault_priors, "seen": seen},
    }


def named(item: Item) -> Item:
    """The item with the id that its prompt and answer give it."""
    said = "\0".join([item.task, item.lang, item.system, item.user, repr(item.answer)])
    return replace(item, id=blake2s(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest())


def row_of(item: Item) -> dict[str, Any]:
    """The item as a line of the dataset."""
    row: dict[str, Any] = {
        "id": item.id, "task": item.task, "kind": item.kind, "mode": item.mode, "family": item.family,
        "fault": item.fault, "lang": item.lang, "abstain": item.abstain, "faults": list(item.faults),
        "provenance": item.provenance,
        "messages": [{"role": "system", "content": item.system}, {"role": "user", "content": item.user}],
        "answer": [_part(part) for part in item.answer],
    }  # fmt: skip
    if item.settled:
        row["settled"] = True
    if item.trap:
        row["trap"] = {**asdict(item.trap), "choices": dict(item.trap.choices)}
    return row


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, Fixed):
        return {"say": part.say}
    if isinstance(part, Pick):
        known = {"prior": _rounded(part.prior), "states": list(part.states), "seen": list(part.seen),
                 "priors": [_rounded(row) for row in part.priors]}  # fmt: skip
        filled = {name: value for name, value in known.items() if value}
        return {"choose": part.choose, "options": list(part.options), "right": list(part.right), **filled}
    return {"write": part.write, "text": part.text, "stop": STOP}


def _rounded(shares: Iterable[float]) -> list[float]:
    return [round(one, 4) for one in shares]


def item_of(row: Mapping[str, Any]) -> Item:
    """The item that a line of the dataset holds."""
    system, user = (message["content"] for message in row["messages"])
    trap = row.get("trap")
    return Item(
        row["id"], row["task"], row["kind"], row["mode"], row["family"], row["fault"], row["lang"], system, user,
        tuple(_part_of(part) for part in row["answer"]), tuple(row["faults"]), row["abstain"], row["provenance"],
        Trap(**{**trap, "choices": tuple(trap["choices"].items())}) if trap else None, row.get("settled", False),
    )  # fmt: skip


def _part_of(part: Mapping[str, Any]) -> Part:
    if "say" in part:
        return Fixed(part["say"])
    if "choose" in part:
        known = tuple(part.get("prior", ())), tuple(part.get("states", ())), tuple(part.get("seen", ()))
        priors = tuple(tuple(row) for row in part.get("priors", ()))
        return Pick(part["choose"], tuple(part["options"]), tuple(part["right"]), *known, priors)
    return Text(part["write"], part["text"])
