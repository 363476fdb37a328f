"""The starter pack as entries of the store: planted when the store is opened, and again when the pack changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2s

from edgeops.knowledge.entry import Draft, Kind, Origin
from edgeops.knowledge.starter import fill, holes
from edgeops.knowledge.store import Store
from edgeops.records import Fault, Step, Wording

PACK = Origin(author="edgeops", source="starter pack")
_HEADINGS = {"en": ("Signs in logs", "Checks", "Fixes"), "zh": ("日志特征", "检查", "修复")}


def drafts(faults: Iterable[Fault], steps: Iterable[Step]) -> Iterator[Draft]:
    """Each fault as an entry in both languages. Its id is the fault's, which is also what rules name it by."""
    known = {step.id: step for step in steps}
    for fault in faults:
        body = "\n\n".join([_text(fault, fault.en, "en", known), _text(fault, fault.zh, "zh", known)])
        title = f"{_open(fault.en.title)} · {_open(fault.zh.title)}"
        yield Draft(Kind.FAULT, title, body, PACK, "en", 1.0, (fault.id,), fault.id)


def _text(fault: Fault, wording: Wording, lang: str, steps: Mapping[str, Step]) -> str:
    signs, checks, fixes = _HEADINGS[lang]
    parts = [f"# {_open(wording.title)}\n{_open(wording.summary)}\n{_open(wording.cause)}"]
    if lang == "en":
        tags = " ".join(dict.fromkeys([fault.id, fault.family, *fault.services]))
        parts.append("\n".join([f"## {signs}", tags, *fault.samples]))
    for heading, names in ((checks, fault.checks), (fixes, fault.fixes)):
        listed = [_step(steps[name], lang) for name in names if name in steps]
        parts += ["\n".join([f"## {heading}", *listed])] if listed else []
    return "\n\n".join(parts)


def _open(text: str) -> str:
    """The text with its variables as `<name>`: no line has given them yet."""
    return fill(text, {name: f"<{name}>" for name in holes(text, required=True)})


def _step(step: Step, lang: str) -> str:
    told = step.zh if lang == "zh" else step.en
    return f"- {told}: {' '.join(step.argv)}" if step.argv else f"- {told}"


def plant(store: Store, faults: Iterable[Fault], steps: Sequence[Step], now: datetime) -> int:
    """Bring the pack's entries up to date, and retire those that left it; how many faults were looked at (0: all was well).

    An entry that a person edited stays as it is.
    """
    wanted = list(drafts(faults, steps))
    stamp = blake2s("\0".join(f"{d.id}\0{d.title}\0{d.body}" for d in wanted).encode("utf-8", "replace")).hexdigest()
    # Counted too: of a store that was salvaged the mark may be all that is left.
    if store.fact("pack") == stamp and _planted(store) >= len(wanted):
        return 0
    with store.writing():
        present = {entry.id: entry for entry in store.entries.all(Kind.FAULT) if entry.origin.source == PACK.source}
        for draft in wanted:
            if draft.id not in present or present[draft.id].origin.author == PACK.author:
                store.entries.put(draft, now)
        for name in present.keys() - {draft.id for draft in wanted}:
            store.entries.retire(name, PACK.author, now)
        store.keep_fact("pack", stamp)
    return len(wanted)


def _planted(store: Store) -> int:
    """The pack's entries in the store, retired ones too."""
    with store.database.reading() as connection:
        (count,) = connection.execute("SELECT count(*) FROM entry WHERE source = ?", [PACK.source]).fetchone()
    return int(count)
