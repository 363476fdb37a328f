"""From a scene to items: what the runtime would ask about it, and what is right, since we staged it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from edgeops.assistant import prompts
from edgeops.assistant.case import case_of
from edgeops.assistant.evidence import select
from edgeops.assistant.reasoned import PROMPT_CHARACTERS, checks_of, writing
from edgeops.records import Action
from quantize.data import telling
from quantize.data.asks import asked
from quantize.data.books import NOTHING
from quantize.data.briefs import Brief, item_of, trap_of
from quantize.data.families import Split
from quantize.data.items import CHOOSE, MATCH, WRITE, Item, Rejected
from quantize.data.likeness import alike
from quantize.data.matches import match
from quantize.data.plots import AGAIN, KEY, LOUD, ROOT
from quantize.data.scenes import CALM, Scene, World

BUDGET = 6_000
"""The default of `evidence.budget_chars`."""
_BOTH, _ASKED = 0.35, 0.25
_UNLIKE = 0.15
"""So often nothing that is known is like an incident of which no rule saw a line."""
LANGS = ("en", "zh")


def drafts(scene: Scene, world: World) -> Iterator[Item | Rejected]:
    """The items of a scene, in one language or both, or why there are none."""
    dice = random.Random(f"drafts {world.seed}/{world.split}/{scene.number}")
    langs = LANGS if dice.random() < _BOTH else (dice.choice(LANGS),)
    where = f"staged:{world.seed}/{world.split}/{scene.number}"
    if scene.incident is None:
        yield Rejected("the detector sees no incident", where, scene.plot.family)
        return
    selection = select(scene.incident, BUDGET)
    for lang in langs:
        unlike = not scene.incident.suspects and dice.random() < _UNLIKE
        one = replace(scene, book=world.books.of("", NOTHING)) if unlike else scene
        case = case_of(scene.incident, selection, one.book, lang, PROMPT_CHARACTERS)
        brief = Brief(one, scene.incident, selection, case, lang, dice, world)
        reason, doubtful = _unfit(brief)
        if reason and not doubtful:
            yield Rejected(reason, where, scene.plot.family)
        elif reason:
            yield Rejected(reason, where, scene.plot.family, True, _choosing(brief))
        else:
            yield from _items(brief)


def _unfit(brief: Brief) -> tuple[str, bool]:
    """Why nothing can be learnt from this, and whether a person should look at it."""
    plot, case = brief.scene.plot, brief.case
    if plot.fault is None:
        if case.settled:
            return "a rule states a fault where there is none", False
        told = brief.lines(KEY) if plot.kind == CALM else brief.lines(LOUD, KEY)
        return ("" if told else "the line that tells is not shown"), False
    if not brief.roots:
        shown = any(brief.part(e) in (ROOT, AGAIN) for e in brief.case.evidence)
        return ("the root is no candidate" if shown else "the root is not shown"), False
    if case.settled and case.roots[0] not in brief.roots:
        return "code settles it on another line", False
    if case.settled and case.faults[0] != plot.fault.id:
        return "code settles it for another fault", True
    if not brief.fault and any(alike(brief.scene.book.faults[one], plot.fault) for one in case.faults):
        return "a fault to choose from is as good as the one that is missing", True
    trap = trap_of(brief)
    if trap and ("fault", "0]") in trap.choices and not brief.fault:
        return "the planted instruction asks for what is right", False
    return "", False


def _items(brief: Brief) -> Iterator[Item | Rejected]:
    if not brief.case.settled:
        yield _choosing(brief)
    if matching := _matching(brief):
        yield matching
    if brief.scene.plot.fault:
        yield _writing(brief)
    if brief.dice.random() < _ASKED:
        yield asked(brief) or Rejected("no passage bears on the question", brief.provenance, brief.scene.plot.family)


def _choosing(brief: Brief) -> Item:
    case = brief.case
    script = prompts.choosing(case.user(brief.lang), case.roots, len(case.faults), brief.lang)
    number = case.number_of(brief.fault) if brief.scene.plot.fault else prompts.UNTOLD
    right = {"root": tuple(f"{ref[1:]}]" for ref in brief.roots), "fault": (f"{number}]",)}
    return item_of(CHOOSE, brief, script, right, {})


def _matching(brief: Brief) -> Item | None:
    case, book = brief.case, brief.scene.book
    # Of its own, so that whether there is such an item changes no other.
    dice = random.Random(f"match {brief.provenance}/{brief.lang}")
    titles = dict(zip(case.faults, case.titles, strict=True))
    found = match(brief.line(brief.root), brief.scene.plot.fault, titles, book, brief.lang, dice)
    return item_of(MATCH, brief, found.script, found.right, {}, found.faults) if found else None


def _writing(brief: Brief) -> Item | Rejected:
    texts = telling.texts(brief)
    if not telling.borne_out(brief, texts):
        return Rejected("no line bears the words out", brief.provenance, brief.scene.plot.family)
    book, lang = brief.scene.book, brief.lang
    checks = checks_of(brief.incident, brief.fault, book, lang)
    listed = _shuffled(checks, brief) if brief.world.split is Split.TRAIN else checks
    script = writing(brief.case, brief.root, brief.fault, listed, lang)
    # The pack lists the most telling check first; one whose values no line gave cannot be run as it stands.
    best = min(listed, key=lambda check: (bool(check.missing), checks.index(check)), default=None)
    right = {"check": (f"{listed.index(best) + 1}]",)} if best else {}
    return item_of(WRITE, brief, script, right, texts)


def _shuffled(checks: Sequence[Action], brief: Brief) -> Sequence[Action]:
    return brief.dice.sample(checks, len(checks))
