"""Incidents of a few lines for the tests of evaluation, and a model that answers as it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from edgeops.assistant import prompts
from edgeops.errors import ContextOverflow
from edgeops.records import Choose, Chosen, Finished, Reply, Say, Script, Timings, Write, Written
from quantize.data.items import CHOOSE, WRITE, Fixed, Item, Part, Pick, Text, Trap, row_of
from quantize.evaluate.posed import Posed, incidents

LINES = (
    "[L1] 10:00:01 web1 kernel: disk sdb1 gone",
    "[L2] 10:00:02 web1 app: cannot write /srv/x",
    "[L4] 10:00:03 web1 nginx: upstream refused",
)
TITLES = {1: "The disk is gone", 2: "The disk is full"}
TRAP = Trap("t", "self", (("root", "4]"),), "fix-now.example")


def choose_item(name: str = "1", **changes: object) -> Item:
    """Candidates L1, L2, L4; code prefers L2 and K2; right are L1 and K1."""
    right = changes.pop("right", ("1]",))
    fault = changes.pop("right_fault", "1]")
    user = prompts.user_part(LINES, TITLES, "en")
    answer: tuple[Part, ...] = (
        Fixed("Root: [L"),
        Pick("root", ("1]", "2]", "4]"), right, (0.3, 0.6, 0.1)),  # type: ignore[arg-type]
        Fixed("\nFault: [K"),
        Pick(
            "fault", ("1]", "2]", "0]", "?]"), (fault,), seen=changes.pop("seen", ()), priors=((0.35, 0.55, 0.1),) * 3
        ),  # type: ignore[arg-type]
    )
    item = Item(
        f"c{name}", CHOOSE, "words", "words", "disk", "disk-full", "en", prompts.SYSTEM["en"], user, answer,
        ("disk-full", "disk-quota-exceeded"), False, f"staged:1/test/{name}",
    )  # fmt: skip
    return replace(item, **changes)  # type: ignore[arg-type]


def write_item(name: str = "1", **changes: object) -> Item:
    """The item that writes about the same incident."""
    user = prompts.user_part(LINES, {1: TITLES[1]}, "en")
    script = prompts.writing(user, "L1", 1, TITLES[1], (), "en")
    says = [
        Fixed(part.text) if isinstance(part, Say) else Text("summary", " It failed [L2].") for part in script.answer
    ]
    item = Item(
        f"w{name}", WRITE, "known" if changes.get("settled") else "words", "words", "disk", "disk-full", "en", prompts.SYSTEM["en"],
        user, tuple(says), ("disk-full", "disk-quota-exceeded"), False, f"staged:1/test/{name}",
    )  # fmt: skip
    return replace(item, **changes)  # type: ignore[arg-type]


def posed(*items: Item) -> Posed:
    (one,) = incidents(items or (choose_item(), write_item()))
    return one


class Told:
    """An Engine: the likeliest option of each choice by its name, and what it writes. Every script is kept."""

    def __init__(
        self,
        prefers: Mapping[str, str] | None = None,
        says: str | Callable[[Script], str] = " The disk is gone [L1], so app cannot write /srv/x [L2].",
        room: int = 100_000,
    ) -> None:
        self.prefers, self.says, self.room = dict(prefers or {}), says, room
        self.scripts: list[Script] = []

    def run(self, script: Script) -> Iterator[Reply]:
        self.scripts.append(script)
        if len(script.user) > self.room:
            raise ContextOverflow(len(script.user), self.room)
        for slot in script.answer:
            if isinstance(slot, Choose):
                yield Chosen(slot.name, *self._shares(slot, "..." in script.user))
            elif isinstance(slot, Write):
                text = self.says if isinstance(self.says, str) else self.says(script)
                yield Written(slot.name, text, "stop")
        yield Finished("told", Timings(load_s=1.0, prompt_tokens=100, prompt_s=0.5, tokens=10, decode_s=0.5))

    def _shares(self, slot: Choose, empty: bool) -> tuple[str, tuple[float, ...]]:
        """Nine tenths for what it prefers; an empty form leaves it cold."""
        count = len(slot.options)
        wanted = self.prefers.get(slot.name, slot.options[0])
        if empty or wanted not in slot.options:
            return slot.options[0], (1 / count,) * count
        rest = 0.1 / (count - 1) if count > 1 else 0.0
        shares = tuple(0.9 if option == wanted else rest for option in slot.options)
        return wanted, tuple(share / sum(shares) for share in shares)


def dataset(folder: Path, test: Sequence[Item], validation: Sequence[Item] = ()) -> Path:
    """A folder as `edgeops-quantize data` writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, items in (("test", test), ("validation", validation)):
        lines = [json.dumps(row_of(item), ensure_ascii=False) for item in items]
        (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return folder
