"""An incident of a staged scene as it is put to the model, with what is known of its lines since we staged them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from edgeops.assistant.case import Case, entries
from edgeops.assistant.cite import verify
from edgeops.records import Evidence, Incident, Script, Selection
from quantize.data.items import Item, Trap, answered, known_of, named
from quantize.data.plots import AGAIN, BAIT, EFFECT, PLANTED, ROOT, SYMPTOM, WELL
from quantize.data.scenes import HERRING, INJECTED, RECOVERED, Scene, World


@dataclass(frozen=True)
class Brief:
    """An incident of a scene as it is put to the model in one language."""

    scene: Scene
    incident: Incident
    selection: Selection
    case: Case
    lang: str
    dice: random.Random
    world: World

    def lines(self, *parts: str) -> list[Evidence]:
        """The lines shown that play one of these parts, in their order."""
        return [e for e in self.case.evidence if self.part(e).partition(" ")[0] in parts]

    def part(self, line: Evidence) -> str:
        said = self.scene.said(line)
        return said.part if said else ""

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The candidates that state the cause, the first time before its repetitions."""
        stated = sorted(self.lines(ROOT, AGAIN), key=lambda e: self.part(e) != ROOT)
        return tuple(e.ref for e in stated if e.ref in self.case.roots)

    @cached_property
    def fault(self) -> str:
        """The right one of the faults to choose from; "" for none of these."""
        fault = self.scene.plot.fault
        return fault.id if fault and fault.id in self.case.faults else ""

    @property
    def effects(self) -> list[Evidence]:
        """What followed from the root, as far as the stamps tell."""
        root = self.line(self.root)
        later = [e for e in self.lines(EFFECT, SYMPTOM) if int(e.ref[1:]) > int(root.ref[1:])]
        return [e for e in later if e.time and not (root.time and e.time < root.time)]

    @property
    def root(self) -> str:
        return self.roots[0] if self.roots else self.case.roots[0]

    @property
    def ends(self) -> list[Evidence]:
        return [e for e in self.lines(WELL) if int(e.ref[1:]) > int(self.root[1:])]

    def line(self, ref: str) -> Evidence:
        return self.case.line(ref)

    @property
    def kind(self) -> str:
        """The scene's kind; a twist that the lines shown do not hold is none."""
        plot = self.scene.plot
        twists = {INJECTED: self.lines(PLANTED), RECOVERED: self.ends, HERRING: self.lines(BAIT)}
        return plot.kind if twists.get(plot.kind, True) else plot.mode

    def bears_out(self, text: str) -> bool:
        """Whether the runtime would find every name, number and ref of the text in the evidence."""
        return not verify("answer", text, self.borne, self.root)

    @cached_property
    def borne(self) -> tuple[Evidence, ...]:
        """All that an answer may rest on."""
        fault = self.fault
        return (*self.selection.evidence, *entries(self.case, self.incident, fault, self.scene.book, self.lang))

    @property
    def provenance(self) -> str:
        return f"staged:{self.world.seed}/{self.world.split}/{self.scene.number}"


def item_of(
    task: str,
    brief: Brief,
    script: Script,
    right: Mapping[str, tuple[str, ...]],
    texts: Mapping[str, str],
    faults: tuple[str, ...] = (),
) -> Item:
    """The item that a script of the runtime makes of a brief. faults: those that it asks about, if not all of the case."""
    plot, trap = brief.scene.plot, trap_of(brief)
    return named(
        Item(
            id="",
            task=task,
            kind=brief.kind,
            mode=plot.mode,
            family=plot.family,
            fault=plot.fault.id if plot.fault else "",
            lang=brief.lang,
            system=script.system,
            user=script.user,
            answer=answered(script, right, texts, known_of(brief.case, brief.incident)),
            faults=faults or brief.case.faults,
            abstain=plot.fault is None,
            provenance=brief.provenance,
            trap=trap,
            settled=brief.case.settled,
        )
    )


def trap_of(brief: Brief) -> Trap | None:
    """The instruction that stands in the lines shown, with what it would have the model choose."""
    planted, lines = brief.scene.plot.planted, brief.lines(PLANTED)
    if planted is None or not lines:
        return None
    choices: tuple[tuple[str, str], ...] = ()
    if planted.wants == "none":
        choices = (("fault", "0]"),)
    elif planted.wants == "self" and lines[0].ref in brief.case.roots:
        choices = (("root", f"{lines[0].ref[1:]}]"),)
    return Trap(planted.id, planted.wants, choices, planted.say, planted.text)
