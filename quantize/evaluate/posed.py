"""An incident of the dataset as it is put to the model: made of its items, with what code believed and what is right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from edgeops.assistant import prompts
from edgeops.assistant.telling import first
from edgeops.records import Evidence, Say, Script, Write
from quantize.data.items import CHOOSE, WRITE, Fixed, Item, Pick, Text, Trap

NONE = "none"
"""The class of an incident whose fault is not among those to choose from, or that has none."""
_LINE, _FAULT = re.compile(r"\[(L\d+)\] "), re.compile(r"\[K(\d+)\] (.*)", re.S)
_CLOCK = re.compile(r"\[L\d+\] (\d\d):(\d\d):(\d\d) ")
_SPOKEN = re.compile(r"\[(L\d+)\] (?:\d\d:\d\d:\d\d )?(?:(?:([^\s:]+) )?([^\s:]+): )?(.*?)(?: \(x\d+\))?", re.S)
_NOTHING = "-"
_HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Posed:
    """An incident in one language. titles: the faults' by their number; seen: the numbers of those that have lines in it, the
    likeliest first; states: the number of the fault that the line of each root states (0: none).

    right_roots is empty where nobody can tell, and right_fault is 0 there. settled: the run that writes about an incident whose root code settles;
    there is nothing to choose, and no priors.
    """

    id: str
    kind: str
    lang: str
    abstain: bool
    system: str
    lines: tuple[str, ...]
    titles: tuple[tuple[int, str], ...]
    faults: tuple[str, ...]
    trap: Trap | None
    seen: tuple[int, ...] = ()
    roots: tuple[str, ...] = ()
    states: tuple[int, ...] = ()
    root_prior: tuple[float, ...] = ()
    fault_priors: tuple[tuple[float, ...], ...] = ()
    right_roots: tuple[str, ...] = ()
    right_fault: int = 0
    settled: Script | None = None

    def class_of(self, number: int) -> str:
        """The fault behind K1, K2…; K0 is none."""
        return self.faults[number - 1] if number else NONE

    def choosing(self) -> Script:
        """The run that chooses root and fault."""
        user = prompts.user_part(self.lines, dict(self.titles), self.lang)
        return self._by(prompts.choosing(user, self.roots, len(self.faults), self.lang))

    def harmless(self) -> Script | None:
        """The run that chooses, with a planted instruction's words taken out; None where they do not stand in the lines as they are."""
        words = self.trap.text if self.trap else ""
        if not words or not any(words in line for line in self.lines):
            return None
        return replace(self, lines=tuple(line.replace(words, _NOTHING) for line in self.lines)).choosing()

    def writing(self, root: str, number: int) -> Script:
        """The run that writes the summary, root and fault standing fixed; nothing after it is asked, for nothing after it is judged."""
        if self.settled:
            return self.settled
        faults = {n: title for n, title in self.titles if n == number or n in self.seen}
        user = prompts.user_part(self.lines, faults, self.lang)
        line = next(line for line in self.lines if line.startswith(f"[{root}] "))
        opening = first(dict(self.titles).get(number, ""), _spoken(line), self.lang)
        return self._by(prompts.writing(user, root, number, opening, (), self.lang))

    def _by(self, script: Script) -> Script:
        """The script under the system part that the dataset was made with, up to the first text."""
        upto = next((at for at, slot in enumerate(script.answer, 1) if isinstance(slot, Write)), len(script.answer))
        return Script(self.system, script.user, script.answer[:upto])

    def evidence(self) -> tuple[Evidence, ...]:
        """What the model saw, as far as an answer can be held against it: the lines, and the titles of the faults."""
        day, seen = datetime(2000, 1, 1, tzinfo=UTC), None
        found = []
        for line in self.lines:
            clock = _CLOCK.match(line)
            time = day + timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=int(clock[3])) if clock else None
            if time and seen and seen - time > _HALF_A_DAY:
                day, time = day + timedelta(days=1), time + timedelta(days=1)
            seen = time or seen
            ref = line[1 : line.index("]")]
            found.append(Evidence(ref, "log", "", 0, time, line, 1.0, message=line))
        titles = (
            Evidence(f"K{n}", "knowledge", "pack", 0, None, title, 1.0, message=title) for n, title in self.titles
        )
        return (*found, *titles)


def incidents(items: Iterable[Item]) -> list[Posed]:
    """The incidents of a dataset's items, in their order. Those that can only be asked about are none."""
    choosing: dict[tuple[str, str], Item] = {}
    writing: dict[tuple[str, str], Item] = {}
    for item in items:
        if item.task in (CHOOSE, WRITE):
            (choosing if item.task == CHOOSE else writing)[item.provenance, item.lang] = item
    keys = dict.fromkeys([*choosing, *writing])
    found = [_posed(choosing.get(key), writing.get(key)) for key in keys]
    return [one for one in found if one]


def _posed(choice: Item | None, text: Item | None) -> Posed | None:
    if choice:
        return _open(choice)
    return _settled(text) if text and text.settled else None


def _open(choice: Item) -> Posed:
    """An incident that the model has a say in."""
    picks = {part.choose: part for part in choice.answer if isinstance(part, Pick)}
    root, fault = picks["root"], picks["fault"]
    lines, titles = _read(choice.user)
    return Posed(
        id=f"{choice.provenance}/{choice.lang}",
        kind=choice.kind,
        lang=choice.lang,
        abstain=choice.abstain,
        system=choice.system,
        lines=lines,
        titles=titles,
        faults=choice.faults,
        trap=choice.trap,
        seen=fault.seen,
        roots=tuple(f"L{_number(option)}" for option in root.options),
        states=root.states or (0,) * len(root.options),
        root_prior=root.prior or _even(root.options),
        fault_priors=fault.priors or (_even(fault.options[:-1]),) * len(root.options),
        right_roots=tuple(f"L{_number(option)}" for option in root.right),
        right_fault=0 if choice.abstain else _number(fault.right[0]),
    )


def _settled(text: Item) -> Posed:
    """One whose root states a known fault: code does not ask."""
    lines, titles = _read(text.user)
    return Posed(
        id=f"{text.provenance}/{text.lang}",
        kind=text.kind,
        lang=text.lang,
        abstain=text.abstain,
        system=text.system,
        lines=lines,
        titles=titles,
        faults=text.faults,
        trap=text.trap,
        settled=_summary_of(text),
    )


def _summary_of(item: Item) -> Script:
    """The item's run up to its first text."""
    slots: list[Say | Write] = []
    for part in item.answer:
        if isinstance(part, Fixed):
            slots.append(Say(part.say))
        elif isinstance(part, Text):
            slots.append(Write(part.write, max_tokens=90))
            break
    return Script(item.system, item.user, tuple(slots))


def _spoken(line: str) -> Evidence:
    """A line of a prompt in its parts, as far as they can be told (see prompts.line_of)."""
    parts = _SPOKEN.fullmatch(line)
    assert parts
    ref, host, unit, message = parts.groups("")
    return Evidence(ref, "log", "", 0, None, message if not unit else "", 1.0, unit=unit, host=host, message=message)


def _read(user: str) -> tuple[tuple[str, ...], tuple[tuple[int, str], ...]]:
    """The lines and the titles in a prompt; K0 and K? aside."""
    lines, titles = [], []
    for line in user.split("\n"):
        fault = _FAULT.match(line)
        if _LINE.match(line):
            lines.append(line)
        elif fault and int(fault[1]):
            titles.append((int(fault[1]), fault[2]))
    return tuple(lines), tuple(titles)


def _number(option: str) -> int:
    return int(option.rstrip("]"))


def _even(options: Sequence[str]) -> tuple[float, ...]:
    return (1 / len(options),) * len(options)
