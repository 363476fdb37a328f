"""Items from a store: incidents that people resolved, with what they said, and passages of the runbooks they imported."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgeops.assistant import prompts
from edgeops.assistant.case import shown
from edgeops.assistant.casebook import Casebook
from edgeops.assistant.cite import verify
from edgeops.assistant.evidence import MOST_ROOTS
from edgeops.assistant.experience import Experience
from edgeops.assistant.known import citing, title_of
from edgeops.assistant.likeness import mixed, offered
from edgeops.assistant.reasoned import PROMPT_CHARACTERS
from edgeops.assistant.telling import first
from edgeops.mask import mask
from edgeops.records import Evidence, Explanation, Knowledge, Script, Selection
from quantize.data import wordings
from quantize.data.asks import about_runbook
from quantize.data.items import CHOOSE, MATCH, WRITE, Item, Rejected, answered, named
from quantize.data.matches import match
from quantize.data.telling import MOST_EFFECTS

LEAST_TOLD = 40
"""Characters of a passage below which it teaches nothing."""


@dataclass(frozen=True, slots=True)
class _Lesson:
    """An incident that people settled, as it would be put to the model now."""

    experience: Experience
    family: str
    root: Evidence
    lines: tuple[Evidence, ...]
    roots: tuple[str, ...]
    faults: tuple[str, ...]
    titles: tuple[str, ...]

    @property
    def answer(self) -> Explanation:
        return self.experience.answer

    @property
    def fault(self) -> int:
        """The number of the right fault; 0 for none of them."""
        return self.faults.index(self.answer.fault) + 1 if self.answer.fault in self.faults else 0

    @property
    def effects(self) -> tuple[Evidence, ...]:
        """The signals after the root, the first of them."""
        after = int(self.root.ref[1:])
        return tuple(e for e in self.lines if e.signal is not None and int(e.ref[1:]) > after)[:MOST_EFFECTS]

    def user(self, only: int | None = None) -> str:
        """What is put to the model: all faults, or the chosen one (0: none)."""
        faults = {n: title for n, title in enumerate(self.titles, 1) if only in (None, n)}
        return prompts.user_part([prompts.line_of(line) for line in self.lines], faults, self.answer.lang)


def family_of(experience: Experience, book: Casebook) -> str:
    """The family of the incident's fault; one of its own, by the root's template, where the pack has none."""
    answer = experience.answer
    if answer.fault in book.faults:
        return book.faults[answer.fault].family
    root = _root(answer)
    return f"site/{root.template if root and root.template else answer.incident}"


def from_incident(experience: Experience, book: Casebook, dice: random.Random) -> Iterator[Item | Rejected]:
    """The items of a resolved incident, or why a person should look at it."""
    where, family = f"incident:{experience.answer.incident}", family_of(experience, book)
    root = _root(experience.answer)
    reason = _doubt(experience, root)
    if root is None or (reason and not root.message.strip()):
        yield Rejected(reason, where, family, True)
        return
    lesson = _lesson(experience, family, root, book)
    choosing = _choosing(lesson, where)
    if reason or len(lesson.roots) == 0:
        yield Rejected(reason or "the root line is not among the lines", where, family, True, choosing)
        return
    yield choosing
    if matching := _matching(lesson, book, where, dice):
        yield matching
    yield _writing(lesson, where, dice) or Rejected("nobody put it into words", where, family)


def from_passages(passages: Sequence[Knowledge], dice_of: Callable[[str], random.Random]) -> Iterator[Item | Rejected]:
    """An item a passage that says something in whole sentences."""
    for passage in passages:
        where, family = f"runbook:{passage.id}", f"runbook/{passage.id}"
        if len(passage.text.strip()) < LEAST_TOLD:
            yield Rejected("the passage says too little", where, family)
            continue
        others = [other for other in passages if other.id != passage.id and other.lang == passage.lang]
        item = about_runbook(passage, others, dice_of(passage.id))
        yield item or Rejected("the passage has no sentence to answer with", where, family)


def _root(answer: Explanation) -> Evidence | None:
    return next((e for e in answer.evidence if e.ref == answer.root and e.kind == "log"), None)


def _doubt(experience: Experience, root: Evidence | None) -> str:
    if root is None:
        return "the answer names no root line"
    if experience.wrong > experience.useful:
        return "people say that the answer was wrong"
    if experience.failed >= experience.worked and experience.failed:
        return "what was done failed at least as often as it worked"
    return "" if experience.worked else "nobody said that it worked"


def _lesson(experience: Experience, family: str, root: Evidence, book: Casebook) -> _Lesson:
    answer = experience.answer
    logs = tuple(e for e in answer.evidence if e.kind == "log")
    others = sorted((e for e in logs if e.signal is not None and e.ref != root.ref), key=lambda e: -e.score)
    selection = Selection(logs, (root.ref, *(e.ref for e in others))[:MOST_ROOTS])
    lines = shown(selection, PROMPT_CHARACTERS)
    refs = {line.ref for line in lines}
    own = [answer.fault] if answer.fault in book.faults else []
    faults = tuple(mixed(offered([root.message], book, own), [root.message]))
    titles = tuple(title_of(book.faults[fault], answer.lang) for fault in faults)
    return _Lesson(experience, family, root, lines, tuple(r for r in selection.roots if r in refs), faults, titles)


def _choosing(lesson: _Lesson, where: str) -> Item:
    lang = lesson.answer.lang
    script = prompts.choosing(lesson.user(), lesson.roots, len(lesson.faults), lang)
    right = {"root": (f"{lesson.root.ref[1:]}]",), "fault": (f"{lesson.fault}]",)}
    return _item(CHOOSE, lesson, script, where, right, {})


def _matching(lesson: _Lesson, book: Casebook, where: str, dice: random.Random) -> Item | None:
    titles, lang = dict(zip(lesson.faults, lesson.titles, strict=True)), lesson.answer.lang
    found = match(lesson.root, book.faults.get(lesson.answer.fault), titles, book, lang, dice)
    return _item(MATCH, lesson, found.script, where, found.right, {}, found.faults) if found else None


def _writing(lesson: _Lesson, where: str, dice: random.Random) -> Item | None:
    """What followed from the root, which code names itself; and what the person said of the cause, where the pack has no words."""
    answer, number, ref = lesson.answer, lesson.fault, lesson.root.ref
    clauses = [wordings.clause(line, lesson.root.host, answer.lang, dice) for line in lesson.effects]
    texts = {"summary": wordings.ended(mask(wordings.joined(clauses, answer.lang)), answer.lang)}
    if not number:
        if not lesson.experience.cause or lesson.experience.lang != answer.lang:
            return None
        said = wordings.first_sentence(mask(" ".join(lesson.experience.cause.split())), 200)
        texts["cause"] = wordings.ended(citing(said, ref), answer.lang) if said else ""
    if not all(texts.values()) or verify("summary", texts["summary"], answer.evidence, ref):
        return None
    opening = first(lesson.titles[number - 1] if number else "", lesson.root, answer.lang)
    script = prompts.writing(lesson.user(number), ref, number, opening, (), answer.lang)
    return _item(WRITE, lesson, script, where, {}, texts)


def _item(
    task: str,
    lesson: _Lesson,
    script: Script,
    where: str,
    right: Mapping[str, tuple[str, ...]],
    texts: Mapping[str, str],
    faults: tuple[str, ...] = (),
) -> Item:
    answer = answered(script, right, texts, {})
    return named(
        Item(
            "", task, "incident", "incident", lesson.family, lesson.answer.fault, lesson.answer.lang, script.system,
            script.user, answer, faults or lesson.faults, False, where,
        )
    )  # fmt: skip
