"""What a dataset is: counts, hashes, what was left out and why, for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from quantize.data.families import Split
from quantize.data.items import Item, Pick
from quantize.data.sorting import Sorted
from quantize.data.wordings import tokens_about


def card_of(found: Sorted, families: Mapping[str, Split], made: Mapping[str, Any]) -> dict[str, Any]:
    """The card. made: how it was made (seed, scenes, versions) and the files with their hashes."""
    return {
        **made,
        "splits": {split.value: _counts(found.items[split]) for split in Split},
        "families": {s.value: sorted(name for name, split in families.items() if split is s) for s in Split},
        "rejected": dict(sorted(found.rejected.items(), key=lambda pair: (-pair[1], pair[0]))),
        "review": len(found.review),
        "masked": found.masked,
    }


def _counts(items: Sequence[Item]) -> dict[str, Any]:
    sizes = [tokens_about(item.user) + sum(map(tokens_about, item.texts)) for item in items]
    return {
        "items": len(items),
        "tasks": _tally(item.task for item in items),
        "kinds": _tally(item.kind for item in items),
        "languages": _tally(item.lang for item in items),
        "abstain": sum(item.abstain for item in items),
        "traps": _tally(item.trap.wants for item in items if item.trap),
        "faults": len({item.fault for item in items if item.fault}),
        "families": len({item.family for item in items if item.fault}),
        "root_position": _tally(_rank(item, "root") for item in items if _rank(item, "root")),
        "fault_chosen": _tally(_first(item, "fault") for item in items if _first(item, "fault")),
        "tokens_about": {"mean": round(sum(sizes) / len(sizes)) if sizes else 0, "most": max(sizes, default=0)},
    }


def _tally(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(map(str, values)).items()))


def _first(item: Item, slot: str) -> str:
    """The option that is right in a slot, as a ref."""
    right = next((part.right for part in item.answer if isinstance(part, Pick) and part.choose == slot), ())
    return f"K{right[0].rstrip(']')}" if right else ""


def _rank(item: Item, slot: str) -> str:
    """Which of the candidates, in the order of the lines, is right: `1 of 4`."""
    part = next((part for part in item.answer if isinstance(part, Pick) and part.choose == slot), None)
    if part is None or not part.right:
        return ""
    order = sorted(int(option.rstrip("]")) for option in part.options)
    return f"{order.index(int(part.right[0].rstrip(']'))) + 1} of {len(order)}"


def markdown(card: Mapping[str, Any]) -> str:
    """The card as a page."""
    splits = card["splits"]
    lines = [
        "# Dataset card",
        "",
        "Items that teach a small model to choose the root line and the fault of an incident, to say what happened, to answer",
        "questions from passages, and to keep still where the lines do not tell. Made by `edgeops-quantize data`; every prompt is",
        "built by the code that builds it at run time, from logs that were staged, written to files, read and grouped as any log is.",
        "",
        f"Seed {card['seed']}, {card['scenes']} scenes, edgeops {card['edgeops']}; the same inputs give the same bytes.",
        "",
        *_table(("", *splits), [_row(name, splits) for name in ("items", "faults", "families", "abstain")]),
        "",
        *_section("Tasks", "tasks", splits),
        *_section("Kinds", "kinds", splits),
        *_section("Languages", "languages", splits),
        *_section("Planted instructions, by what they want", "traps", splits),
        *_section("Which candidate is the root, in the order of the lines", "root_position", splits),
        *_section("Which fault is right", "fault_chosen", splits),
        "## Families",
        "",
        "A family of faults is in one split only; nothing of the families for validation and test (no line, no title) is in the",
        "training items. Their effects may show faults of other families.",
        "",
        *(f"- {split}: {', '.join(names)}" for split, names in card["families"].items()),
        "",
        "## Left out",
        "",
        *_table(("reason", "candidates"), [(reason, str(count)) for reason, count in card["rejected"].items()]),
        "",
        f"{card['review']} of them are doubtful and stand in `review.jsonl` for a person to decide. "
        f"Secrets were masked in {card['masked']} items.",
        "",
        "## Files",
        "",
        *_table(("file", "sha256"), list(card["files"].items())),
        "",
        "## What it is not",
        "",
        "The logs are staged: faults are those of the starter pack with fresh names, services, hosts, clocks and noise, beside what",
        "a site's store adds. Effects follow their cause in time; that they follow from it is by construction, not by what the",
        "lines say. Token counts are estimates. Licence and origin: written in this project, Apache-2.0, unless a store was given.",
        "",
    ]
    return "\n".join(lines)


def _row(name: str, splits: Mapping[str, Any]) -> tuple[str, ...]:
    return (name, *(str(counts[name]) for counts in splits.values()))


def _section(title: str, key: str, splits: Mapping[str, Any]) -> list[str]:
    names = sorted({name for counts in splits.values() for name in counts[key]})
    rows = [(name, *(str(counts[key].get(name, 0)) for counts in splits.values())) for name in names]
    return [f"## {title}", "", *_table(("", *splits), rows), ""] if rows else []


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
