"""Staged scenes and the items made of them: what the model would be asked at run time, and what is right."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from edgeops.assistant.casebook import Casebook
from edgeops.assistant.cite import verify
from edgeops.assistant.evidence import select
from edgeops.assistant.reasoned import Desk, Mind, explain_reasoned
from edgeops.assistant.telling import told
from edgeops.records import Choose, Chosen, Finished, Reply, Sampling, Say, Script, Timings, Written
from quantize.data import scenes
from quantize.data.drafting import BUDGET, drafts
from quantize.data.families import Split
from quantize.data.items import ASK, CHOOSE, MATCH, WRITE, Fixed, Item, Pick, Rejected, Text
from quantize.data.likeness import alike
from quantize.data.matches import ANSWERS
from quantize.data.plots import ROOT
from quantize.data.scenes import Scene, scene
from tests.quantize.worlds import world

NUMBERS = range(40)


@cache
def staged() -> list[tuple[Scene, list[Item | Rejected]]]:
    """Scenes and what was made of them; no fixture of the module, for those begin before each test has its own home."""
    own = world(Split.TEST)
    found = [scene(own, number) for number in NUMBERS]
    return [(one, list(drafts(one, own))) for one in found]


def items(task: str = "") -> Iterator[tuple[Scene, Item]]:
    for one, made in staged():
        yield from ((one, item) for item in made if isinstance(item, Item) and task in ("", item.task))


class Recorder:
    """An engine that takes the first option, and keeps the scripts it got."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []

    def run(self, script: Script) -> Iterator[Reply]:
        self.scripts.append(script)
        for slot in script.answer:
            if isinstance(slot, Choose):
                shares = (1.0, *(0.0 for _ in slot.options[1:]))
                yield Chosen(slot.name, slot.options[0], shares)
            elif not isinstance(slot, Say):
                yield Written(slot.name, "It broke down here and there.", "stop")
        yield Finished("recorder", Timings())


def asked_at_run_time(one: Scene, lang: str, nothing: bool) -> list[Script]:
    """The scripts that `explain --tier reasoned` puts to the model about a scene; nothing: where the pack is empty."""
    assert one.incident
    engine = Recorder()
    book = Casebook((), one.book.steps.values()) if nothing else one.book
    desk = Desk(book, Mind(engine), lambda _: None, Sampling(), lang)
    explain_reasoned(one.incident, select(one.incident, BUDGET), desk)
    return engine.scripts


def test_the_prompts_are_those_of_the_run_time_word_for_word() -> None:
    compared = 0
    for one, item in items():
        if item.task in (ASK, MATCH):
            continue
        scripts = asked_at_run_time(one, item.lang, nothing=not item.faults)
        prompts = [(script.system, script.user) for script in scripts]
        if item.task == CHOOSE:
            assert (item.system, item.user) in prompts
            script = scripts[prompts.index((item.system, item.user))]
            options = [slot.options for slot in script.answer if isinstance(slot, Choose)]
            assert options == [part.options for part in item.answer if isinstance(part, Pick)]
            compared += 1
        elif item.mode == "known" and len(scripts) == 1:
            assert prompts == [(item.system, item.user)]
            skeleton = [slot.text for slot in scripts[0].answer if isinstance(slot, Say)]
            assert skeleton == [part.say for part in item.answer if isinstance(part, Fixed)]
            compared += 1
    assert compared > 20


def test_what_is_right_is_the_staged_line_and_the_staged_fault() -> None:
    seen = 0
    for one, item in items(CHOOSE):
        root, fault = (part for part in item.answer if isinstance(part, Pick))
        if item.abstain:
            assert root.right == () and fault.right == ("?]",)
            continue
        chosen = int(fault.right[0].rstrip("]"))
        assert one.incident and one.plot.fault
        assert set(root.right) <= set(root.options) and root.right
        selection = select(one.incident, BUDGET)
        said = [one.said(e) for e in selection.evidence if e.ref == f"L{root.right[0].rstrip(']')}"]
        assert said[0] and said[0].part.startswith(ROOT)
        assert (item.faults[chosen - 1] if chosen else "") == (item.fault if item.fault in item.faults else "")
        seen += 1
    assert seen > 10


def test_a_line_is_held_against_faults_and_shows_the_staged_one_alone() -> None:
    shown = 0
    for _, item in items(MATCH):
        yes, _ = ANSWERS[item.lang]
        picks = [part for part in item.answer if isinstance(part, Pick)]
        assert [pick.options for pick in picks] == [ANSWERS[item.lang]] * len(item.faults)
        right = [fault for fault, pick in zip(item.faults, picks, strict=True) if pick.right == (yes,)]
        assert right in ([], [item.fault])
        assert item.user.count("\n") == 2 + len(item.faults)
        shown += bool(right)
    assert shown > 5


def test_every_text_is_borne_out_and_fits_its_slot() -> None:
    for one, item in items(WRITE):
        assert one.incident
        evidence = select(one.incident, BUDGET).evidence
        known = [e for e in evidence if e.kind == "log"]
        for text in item.texts:
            assert text.endswith((".", "。")) and len(text) < 420
            refs = [u.token for u in verify("", text, known, "") if u.reason == "no such evidence"]
            assert refs == []


def test_where_nobody_can_tell_the_model_is_only_asked_what_it_would_choose() -> None:
    own = world(Split.TEST)
    numbers = [number for number in range(120) if scenes.planned(own, number).fault is None][:10]
    made = [item for number in numbers for item in drafts(scene(own, number), own)]
    abstaining = [item for item in made if isinstance(item, Item) and item.task != ASK]
    assert {item.kind for item in abstaining} == {scenes.CALM, scenes.THIN}
    assert all(item.abstain and item.task in (CHOOSE, MATCH) for item in abstaining)
    matches = [item for item in abstaining if item.task == MATCH]
    assert matches and not any(
        part.right == part.options[:1] for one in matches for part in one.answer if isinstance(part, Pick)
    )


def test_where_no_fault_is_known_the_summary_begins_with_the_roots_own_words() -> None:
    begun = 0
    for one, item in items(WRITE):
        first = item.answer[0]
        if isinstance(first, Fixed) and "[K0]" in first.say:
            assert one.incident
            ref = first.say.split("[", 1)[1].split("]")[0]
            (line,) = (e for e in select(one.incident, BUDGET).evidence if e.ref == ref)
            assert f" {told(line, item.lang)} [{ref}]" in first.say
            begun += 1
    assert begun > 5


def test_a_scene_is_the_same_each_time_and_another_number_another() -> None:
    own = world(Split.TEST)
    assert list(drafts(scene(own, 3), own)) == list(drafts(scene(own, 3), own))
    assert scene(own, 3).truth != scene(own, 4).truth


def test_a_planted_instruction_is_never_what_is_right_and_never_in_the_answer() -> None:
    own, seen = world(Split.TRAIN), 0
    for number in range(400):
        if seen >= 6:
            break
        if scenes.planned(own, number).kind != scenes.INJECTED:
            continue
        for item in drafts(scene(own, number), own):
            if isinstance(item, Item) and item.trap:
                seen += 1
                wrong = dict(item.trap.choices)
                right = {part.choose: part.right for part in item.answer if isinstance(part, Pick)}
                assert all(option not in right.get(slot, ()) for slot, option in wrong.items())
                assert not item.trap.say or all(item.trap.say not in text for text in item.texts)
                assert item.trap.text
    assert seen >= 6


def test_a_fault_as_good_as_the_missing_one_goes_to_a_person() -> None:
    faults = world(Split.TEST).books.of("", "known").faults
    assert alike(faults["network-address-in-use"], faults["apache-address-in-use"])
    assert alike(faults["mysql-unreachable"], faults["postgres-unreachable"])
    assert not alike(faults["redis-oom"], faults["java-deadlock"])
    assert not alike(faults["network-link-down"], faults["tls-certificate-expired"])


def test_nothing_of_the_families_for_judging_is_known_while_training() -> None:
    train, test = world(Split.TRAIN), world(Split.TEST)
    families = {fault.family for fault in train.faults}
    assert families.isdisjoint(fault.family for fault in test.faults)
    assert {fault.family for fault in train.books.faults} == families
    assert {t.id for t in train.scenery.planted}.isdisjoint(t.id for t in test.scenery.planted)
    assert {s.id for s in train.scenery.thin}.isdisjoint(s.id for s in test.scenery.thin)


def test_parts_of_an_answer_join_to_what_the_model_reads() -> None:
    _, item = next(items(WRITE))
    text = "".join(
        p.say if isinstance(p, Fixed) else p.text if isinstance(p, Text) else p.right[0] for p in item.answer
    )
    assert text.startswith(("Root: [L", "根因： [L"))
    assert "\n\n" not in text
